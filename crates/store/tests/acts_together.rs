//! Acts that wait at the same time go to the database together; what comes of them must be what comes of them one after
//! another.
#![allow(clippy::unwrap_used, missing_docs)]

mod story;

use healthcode_core::ids::PersonId;
use healthcode_core::time::Interval;
use healthcode_store::queue::{self, RECONCILE};
use healthcode_store::traced_places::{self, TracedPlace};
use healthcode_store::visits::Visit;
use healthcode_store::visits_around::{self, Around};
use healthcode_store::{Act, StoreFault, Tx, cases, outbox, settings, visit_days, visit_load, visits};
use healthcode_testkit::random::Random;
use std::collections::{BTreeMap, BTreeSet};
use story::{AddVisits, Book, KEPT, at, on_both, person, visit};
use tokio::task::JoinSet;

on_both! {
    acts_together_do_what_they_do_one_after_another
    the_second_of_two_scans_of_one_person_knows_the_first
    visits_that_change_hands_in_a_group_are_seen
    whoever_has_thousands_of_visits_hides_nobody_elses
    scans_together_ask_for_each_case_that_they_concern_once
    an_act_that_overlooks_a_fault_is_not_acknowledged_in_vain
    a_visit_that_does_not_read_back_refuses_whoever_asks_for_it_alone
}

/// What one act does, step by step.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Puts a setting off.
    Put(usize, u32),
    /// Reads a setting and puts it back with a figure more.
    Append(usize, u32),
    /// Puts a message off; a message that is there already breaks the act.
    Tell(u32),
    /// Puts work off that may not wait for others.
    Ask,
    /// Reads.
    Read,
}

const NAMES: [&str; 3] = ["one", "two", "three"];

#[derive(Clone, Debug)]
struct Steps {
    about: PersonId,
    steps: Vec<Step>,
    is_refused: bool,
}

fn refused() -> StoreFault {
    StoreFault::Url("refused".to_owned())
}

impl Act for Steps {
    type Out = ();
    type Fault = StoreFault;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.about)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<(), StoreFault> {
        for step in &self.steps {
            match *step {
                Step::Put(name, value) => tx.later(settings::put(NAMES[name], &value.to_string())).await?,
                Step::Append(name, figure) => {
                    let before = settings::get(tx.conn().await?, NAMES[name]).await?.unwrap_or_default();
                    tx.later(settings::put(NAMES[name], &format!("{before},{figure}"))).await?;
                }
                Step::Tell(number) => {
                    tx.later(outbox::tell(&format!("n{number}"), &self.about, at(number.into()), KEPT))
                        .await?;
                }
                Step::Ask => tx.later(queue::ask(RECONCILE, "alice", at(0), KEPT)).await?,
                Step::Read => drop(settings::get(tx.conn().await?, NAMES[0]).await?),
            }
        }
        if self.is_refused { Err(refused()) } else { Ok(()) }
    }
}

/// What the database holds.
#[derive(Clone, Default, PartialEq, Debug)]
struct Held {
    settings: BTreeMap<usize, String>,
    told: BTreeSet<u32>,
    asked: i64,
}

impl Held {
    /// The act by itself: what is held then, unless it leaves nothing behind.
    fn after(&self, act: &Steps) -> Option<Self> {
        let mut held = self.clone();
        for step in &act.steps {
            match *step {
                Step::Put(name, value) => drop(held.settings.insert(name, value.to_string())),
                Step::Append(name, figure) => {
                    let value = held.settings.entry(name).or_default();
                    value.push_str(&format!(",{figure}"));
                }
                Step::Tell(number) if !held.told.insert(number) => return None,
                Step::Ask => held.asked += 1,
                Step::Tell(_) | Step::Read => {}
            }
        }
        (!act.is_refused).then_some(held)
    }

    async fn read(book: &Book) -> Self {
        let conn = &mut *book.conn().await;
        let mut held = Self::default();
        for (number, name) in NAMES.iter().enumerate() {
            held.settings.extend(settings::get(conn, name).await.unwrap().map(|value| (number, value)));
        }
        let told = outbox::since(conn, at(0), 9_999).await.unwrap();
        held.told = told.iter().map(|(when, ..)| (when.seconds() - at(0).seconds()) as u32).collect();
        let work = queue::claim(conn, RECONCILE, at(0), at(0), 9).await.unwrap();
        held.asked = work.first().map_or(0, |work| work.revision);
        held
    }
}

fn any_act(random: &mut Random, breaks: u32) -> Steps {
    let step = |random: &mut Random| match random.below(12) {
        0..4 => Step::Put(random.below(3) as usize, random.below(100)),
        4..6 => Step::Append(random.below(3) as usize, random.below(100)),
        // Of few numbers some come twice.
        6..9 => Step::Tell(random.below(breaks)),
        9 => Step::Ask,
        _ => Step::Read,
    };
    let steps = (0..random.between(1, 4)).map(|_| step(random)).collect();
    Steps { about: person("alice"), steps, is_refused: random.chance(15) }
}

async fn acts_together_do_what_they_do_one_after_another(book: &Book) {
    let (mut random, mut held, mut refusals) = (Random::new(5), Held::default(), 0);
    for round in 0..30 {
        // In some rounds next to nothing breaks, so that groups come to their end together.
        let breaks = if round % 3 == 0 { 40 } else { 1_000_000 };
        let acts: Vec<_> = (0..40).map(|_| any_act(&mut random, breaks)).collect();
        let mut writing = JoinSet::new();
        for (number, act) in acts.iter().cloned().enumerate() {
            let store = book.store.clone();
            writing.spawn(async move { (number, store.write(act).await.is_ok()) });
        }
        let answers: BTreeMap<usize, bool> = writing.join_all().await.into_iter().collect();
        for (number, act) in acts.iter().enumerate() {
            let after = held.after(act);
            assert_eq!(answers[&number], after.is_some(), "round {round}, act {number}: {act:?}");
            refusals += u32::from(after.is_none());
            held = after.unwrap_or(held);
        }
        assert_eq!(Held::read(book).await, held, "round {round}");
    }
    assert!((150..900).contains(&refusals), "{refusals} of 1200 acts were refused");
}

/// Somebody is scanned: answers how many visits are known before.
struct Scan {
    id: String,
    around: Around,
    /// By whom it comes to its writer.
    about: PersonId,
}

impl Scan {
    fn of(id: &str, who: &str) -> Self {
        let began = Interval { from: at(-9), until: at(9_999) };
        Self { id: id.to_owned(), around: Around { person: person(who), began }, about: person(who) }
    }
}

impl Act for Scan {
    type Out = usize;
    type Fault = StoreFault;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.about)
    }

    fn foresees(&self) -> Option<Around> {
        Some(self.around.clone())
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<usize, StoreFault> {
        let before = visits_around::read(tx, &self.around).await?;
        let next = visit(&self.id, self.around.person.as_str(), (before.len() as i64, 60));
        tx.later(visits::add(&next, at(0), "checker")).await?;
        Ok(before.len())
    }
}

async fn the_second_of_two_scans_of_one_person_knows_the_first(book: &Book) {
    let first = ["alice", "bob", "carol"].map(|who| visit(&format!("v-{who}"), who, (0, 60)));
    book.store.write(AddVisits(first.into())).await.unwrap();
    let mut writing = JoinSet::new();
    for number in 0..40 {
        let who = ["alice", "bob", "alice", "carol", "dave"][number % 5];
        let scan = Scan::of(&format!("v{number:02}"), who);
        let store = book.store.clone();
        writing.spawn(async move { (who, number, store.write(scan).await.unwrap()) });
    }
    let mut known: BTreeMap<&str, Vec<(usize, usize)>> = BTreeMap::new();
    for (who, number, before) in writing.join_all().await {
        known.entry(who).or_default().push((number, before));
    }
    for (who, first, scans) in [("alice", 1, 16), ("bob", 1, 8), ("carol", 1, 8), ("dave", 0, 8)] {
        let known = known.get_mut(who).unwrap();
        known.sort_unstable();
        let known: Vec<_> = known.iter().map(|(_, before)| *before).collect();
        assert_eq!(known, (first..first + scans).collect::<Vec<_>>(), "{who}");
    }
}

/// Two records turn out to be of one person.
struct SamePerson(PersonId);

impl Act for SamePerson {
    type Out = usize;
    type Fault = StoreFault;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.0)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<usize, StoreFault> {
        visits::hand_over(tx, &person("bob"), &self.0).await?;
        Ok(0)
    }
}

async fn visits_that_change_hands_in_a_group_are_seen(book: &Book) {
    let first = ["alice", "bob"].map(|who| visit(&format!("v-{who}"), who, (0, 60)));
    book.store.write(AddVisits(first.into())).await.unwrap();
    // All come to one writer, in this order; what is asked for of two people is read for both beforehand.
    let scan = |id: &str, who: &str| Scan { about: person("alice"), ..Scan::of(id, who) };
    let (before, after, other) = (scan("v1", "alice"), scan("v2", "alice"), scan("v3", "dave"));
    let store = &book.store;
    let answers = tokio::join!(
        store.write(SamePerson(person("alice"))),
        store.write(before),
        store.write(after),
        store.write(other)
    );
    assert_eq!((answers.1.unwrap(), answers.2.unwrap(), answers.3.unwrap()), (2, 3, 0));
}

/// Many visits at once, of a day that is open.
struct Load(Vec<Visit>);

impl Act for Load {
    type Out = u64;
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<u64, StoreFault> {
        visit_load::load(tx, &self.0, at(0), "import").await
    }
}

async fn whoever_has_thousands_of_visits_hides_nobody_elses(book: &Book) {
    book.store.write(AddVisits(vec![visit("v-bob", "bob", (0, 60))])).await.unwrap();
    let many = (0..9_000).map(|number| visit(&format!("v{number:05}"), "alice", (1 + number / 4, 9_000)));
    book.store.write(Load(many.collect())).await.unwrap();
    let scan = |id: &str, who: &str| Scan { about: person("alice"), ..Scan::of(id, who) };
    let (hers, his, other) = (scan("s1", "alice"), scan("s2", "bob"), scan("s3", "carol"));
    let store = &book.store;
    let answers = tokio::join!(store.write(hers), store.write(his), store.write(other));
    let known = (answers.0.unwrap(), answers.1.unwrap(), answers.2.unwrap());
    assert_eq!(known, (visits_around::MOST, 1, 0));
}

/// Somebody is scanned, and whoever's case that concerns is asked for.
struct Concerns {
    who: PersonId,
    from: i64,
    /// By whom it comes to its writer.
    about: PersonId,
}

impl Act for Concerns {
    type Out = ();
    type Fault = StoreFault;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.about)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<(), StoreFault> {
        let stay = Interval { from: at(self.from), until: at(self.from + 60) };
        tx.later(queue::ask_for_visit(&self.who, &story::point().point, stay, at(self.from), KEPT)).await
    }
}

async fn scans_together_ask_for_each_case_that_they_concern_once(book: &Book) {
    let conn = &mut *book.conn().await;
    let window = Interval { from: at(0), until: at(500) };
    for who in ["alice", "bob", "carol"] {
        cases::put_window(conn, &story::case(who, window), KEPT).await.unwrap();
    }
    let place = TracedPlace {
        point: story::point().point,
        via: None,
        time: Interval { from: at(100), until: at(200) },
    };
    traced_places::put(conn, &person("carol"), &[place], KEPT).await.unwrap();
    // Alice is a case, Bob's scan is after his window, Dave was where Carol's contacts are traced, Erin was there later.
    let scans = [("alice", 10), ("alice", 20), ("bob", 500), ("dave", 150), ("dave", 190), ("erin", 200)];
    let mut writing = JoinSet::new();
    for (who, from) in scans {
        let store = book.store.clone();
        let scan = Concerns { who: person(who), from, about: person("alice") };
        writing.spawn(async move { store.write(scan).await });
    }
    writing.join_all().await.into_iter().for_each(|answer| answer.unwrap());
    let mut asked = queue::claim(conn, RECONCILE, at(9_999), at(99_999), 9).await.unwrap();
    asked.sort_by(|a, b| a.key.cmp(&b.key));
    let asked: Vec<_> = asked.iter().map(|work| work.key.as_str()).collect();
    assert_eq!(asked, ["alice", "carol"]);
}

/// Tells, tells the same once more, and overlooks that the database refuses it.
struct Overlooks(u32);

impl Act for Overlooks {
    type Out = u32;
    type Fault = StoreFault;

    fn about(&self) -> Option<&PersonId> {
        None
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<u32, StoreFault> {
        let tell = outbox::tell(&format!("n{}", self.0), &person("alice"), at(self.0.into()), KEPT);
        tell.clone().run(tx.conn().await?).await?;
        assert!(tell.run(tx.conn().await?).await.is_err(), "it is there already");
        Ok(self.0)
    }
}

async fn an_act_that_overlooks_a_fault_is_not_acknowledged_in_vain(book: &Book) {
    let mut acknowledged = BTreeSet::from_iter(book.store.write(Overlooks(0)).await);
    let mut writing = JoinSet::new();
    for number in 1..20 {
        let store = book.store.clone();
        writing.spawn(async move {
            match number % 5 {
                0 => store.write(Overlooks(number)).await.ok(),
                _ => {
                    let steps = vec![Step::Tell(number)];
                    let act = Steps { about: person("alice"), steps, is_refused: false };
                    store.write(act).await.unwrap();
                    Some(number)
                }
            }
        });
    }
    acknowledged.extend(writing.join_all().await.into_iter().flatten());
    assert!((1..20).filter(|number| number % 5 != 0).all(|number| acknowledged.contains(&number)));
    assert_eq!(Held::read(book).await.told, acknowledged, "what is there is what was acknowledged");
}

async fn a_visit_that_does_not_read_back_refuses_whoever_asks_for_it_alone(book: &Book) {
    let damaged = visit("v-alice", "alice", (0, 60));
    book.store.write(AddVisits(vec![damaged.clone()])).await.unwrap();
    let table = visit_days::TABLES[visit_days::slot_of(visit_days::day_of(damaged.stay.from))];
    let sql = format!("UPDATE {table} SET flag = 'nobody knows this word' WHERE id = 'v-alice'");
    sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut *book.conn().await).await.unwrap();
    let mut writing = JoinSet::new();
    for (id, who) in [("v1", "bob"), ("v2", "alice"), ("v3", "carol")] {
        // All come to one writer.
        let scan = Scan { about: person("alice"), ..Scan::of(id, who) };
        let store = book.store.clone();
        writing.spawn(async move { (who, store.write(scan).await.is_ok()) });
    }
    let answers: BTreeMap<&str, bool> = writing.join_all().await.into_iter().collect();
    assert_eq!(answers, BTreeMap::from([("alice", false), ("bob", true), ("carol", true)]));
}
