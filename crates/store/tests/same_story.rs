//! One life told on both databases: every assertion here holds for SQLite and for PostgreSQL.
#![allow(clippy::unwrap_used, missing_docs)]

mod story;

use healthcode_core::decision::Colour;
use healthcode_core::evidence::Evidence;
use healthcode_core::ids::{AccountId, PersonId, PointId, Scheme};
use healthcode_core::life::Life;
use healthcode_core::region::Region;
use healthcode_core::time::{Day, Instant, Interval};
use healthcode_store::decisions::{self, StoredDecision};
use healthcode_store::idempotency::{self, Given};
use healthcode_store::identity::{self, Claim};
use healthcode_store::passes::{self, Pass};
use healthcode_store::people::{self, Assurance, Person};
use healthcode_store::queue::{self, RECONCILE};
use healthcode_store::status::{self, FileKind, Newest};
use healthcode_store::traced_places::{self, TracedPlace};
use healthcode_store::visits::{self, Visit};
use healthcode_store::{
    Act, Conn, StoreFault, Tx, acts_for, at_gate, cases, evidence, forget, gate_scans, lives, looks, outbox,
    points, sessions, settings,
};
use story::{Book, KEPT, at, on_both, person};

on_both! {
    a_number_is_claimed_once_and_the_second_claim_waits
    who_a_person_is_reads_back_and_lies_sealed
    evidence_reads_back_as_it_was_recorded
    a_life_that_is_missing_is_read_from_the_rows_and_made_again
    a_decision_in_force_is_replaced
    an_index_that_is_taken_is_not_given_twice
    a_status_file_is_published_once_and_a_gates_scan_kept_once
    visits_are_found_by_point_and_by_person
    work_is_claimed_by_lease_and_a_late_request_is_not_lost
    an_answer_is_kept_once
    the_outbox_tells_in_order
    what_is_past_its_day_is_forgotten_in_batches
    a_link_is_used_once
    settings_and_looks_read_back
}

async fn a_number_is_claimed_once_and_the_second_claim_waits(book: &Book) {
    let mut conn = book.conn().await;
    let (alice, other) = (person("alice"), person("other"));
    assert_eq!(identity::claim(&mut conn, b"number", &alice, at(0), KEPT).await.unwrap(), alice);
    assert_eq!(identity::claim(&mut conn, b"number", &other, at(1), KEPT).await.unwrap(), alice);
    assert_eq!(identity::claim(&mut conn, b"number", &alice, at(2), KEPT).await.unwrap(), alice);
    assert_eq!(identity::claim(&mut conn, b"another", &other, at(3), KEPT).await.unwrap(), other);
    let claim = |claimant: &PersonId| Claim {
        document_hash: b"number".to_vec(),
        claimant: claimant.clone(),
        holder: alice.clone(),
        opened_at: at(1),
    };
    for claimant in [&other, &other, &person("third")] {
        identity::open_claim(&mut conn, &claim(claimant), KEPT).await.unwrap();
    }
    let first = identity::open_claims(&mut conn, (at(0), ""), 1).await.unwrap();
    assert_eq!(first, [claim(&other)]);
    let second = identity::open_claims(&mut conn, (at(1), "other"), 9).await.unwrap();
    assert_eq!(second, [claim(&person("third"))]);
    identity::settle(&mut conn, b"number", at(5)).await.unwrap();
    assert!(identity::open_claims_on(&mut conn, b"number").await.unwrap().is_empty());
}

async fn who_a_person_is_reads_back_and_lies_sealed(book: &Book) {
    let mut conn = book.conn().await;
    let (alice, key) = (story::alice(), book.store.seal());
    story::add(book, &alice).await;
    let read = people::get(&mut conn, key, &alice.person).await.unwrap().unwrap();
    assert_eq!(
        (&read.personal.name, &read.personal.document),
        (&alice.personal.name, &alice.personal.document)
    );
    assert_eq!((read.assurance, read.active), (Assurance::Declared, false));
    assert_eq!(
        people::by_phone(&mut conn, key, &alice.personal.phone).await.unwrap(),
        std::slice::from_ref(&alice.person)
    );
    people::assure(&alice.person, Assurance::DocumentSeen, true).run(&mut conn).await.unwrap();
    assert!(people::get(&mut conn, key, &alice.person).await.unwrap().unwrap().active);
    let device = AccountId::new("device").unwrap();
    acts_for::let_act(&device, &alice.person, "self", at(0), KEPT).run(&mut conn).await.unwrap();
    assert_eq!(acts_for::own_person(&mut conn, &device).await.unwrap(), Some(alice.person.clone()));
    acts_for::end_acting(&mut conn, &alice.person, at(1)).await.unwrap();
    assert_eq!(acts_for::own_person(&mut conn, &device).await.unwrap(), None);
    let stored = healthcode_store::backup::read_all(book.store.engine(), &mut conn).await.unwrap();
    for datum in [alice.personal.document.expose(), alice.personal.name.expose(), "19900000001"] {
        assert!(!stored.contains(datum));
    }
    people::remove(&mut conn, &alice.person).await.unwrap();
    assert_eq!(people::count(&mut conn).await.unwrap(), 0);
}

async fn evidence_reads_back_as_it_was_recorded(book: &Book) {
    let mut conn = book.conn().await;
    let all = story::life();
    story::add(book, &story::alice()).await;
    book.store.write(story::Record(all.iter().rev().cloned().collect())).await.unwrap();
    assert_eq!(evidence::of_person(&mut conn, &person("alice")).await.unwrap(), all);
    let again = book.store.write(story::Record(all[..1].to_vec())).await;
    assert!(again.is_err(), "an id is given once");
    let life = Life::new(all.clone()).unwrap();
    assert_eq!(
        lives::of_person(&mut conn, &person("alice")).await.unwrap(),
        life,
        "and nothing was appended"
    );
    story::add(book, &Person { person: person("bob"), ..story::alice() }).await;
    evidence::hand_over(&mut conn, &person("alice"), &person("bob")).await.unwrap();
    let handed: Vec<Evidence> = evidence::of_person(&mut conn, &person("bob")).await.unwrap();
    assert_eq!(handed.len(), all.len());
    assert_eq!(lives::of_person(&mut conn, &person("bob")).await.unwrap().recordings(), life.recordings());
    assert!(evidence::of_person(&mut conn, &person("alice")).await.unwrap().is_empty());
}

async fn a_life_that_is_missing_is_read_from_the_rows_and_made_again(book: &Book) {
    let mut conn = book.conn().await;
    let (alice, all) = (person("alice"), story::life());
    story::add(book, &story::alice()).await;
    assert!(lives::missing(&mut conn, 9).await.unwrap().is_empty(), "no evidence is a life, too");
    book.store.write(story::Record(all[..2].to_vec())).await.unwrap();
    sqlx::query("UPDATE person SET life = NULL").execute(&mut *conn).await.unwrap();
    book.store.write(story::Record(all[2..].to_vec())).await.unwrap();
    let life = Life::new(all.clone()).unwrap();
    assert_eq!(lives::of_person(&mut conn, &alice).await.unwrap(), life);
    assert_eq!(lives::missing(&mut conn, 9).await.unwrap(), std::slice::from_ref(&alice));
    assert_eq!(lives::page(&mut conn, "", None, 9).await.unwrap()[0].life, None);
    sqlx::query("UPDATE person SET life = $1").bind(vec![0_u8, 1]).execute(&mut *conn).await.unwrap();
    assert_eq!(
        lives::of_person(&mut conn, &alice).await.unwrap(),
        life,
        "what does not read back is passed over"
    );
    lives::make_again(&mut conn, &alice).await.unwrap();
    let page = lives::page(&mut conn, "", Some("alice"), 9).await.unwrap();
    assert_eq!(page[0].life, Some(lives::pack(&all)));
    assert_eq!(lives::of_person(&mut conn, &alice).await.unwrap(), life);
    assert!(lives::page(&mut conn, "alice", None, 9).await.unwrap().is_empty());
}

/// Before every decision that is due.
const START: (Instant, &str) = (Instant::MIN, "");

async fn a_decision_in_force_is_replaced(book: &Book) {
    let mut conn = book.conn().await;
    let (alice, scheme) = (person("alice"), Scheme::new("covid-19").unwrap());
    story::add(book, &story::alice()).await;
    assert_eq!(decisions::of_person(&mut conn, &alice, &scheme).await.unwrap(), None);
    let decided = |colour: Colour, next: Option<i64>| StoredDecision {
        scheme: scheme.clone(),
        colour,
        reasons: "X1 X2".to_owned(),
        rule_set: "rules@1".to_owned(),
        since: at(0),
        decided_at: at(1),
        next_change_at: next.map(at),
        body: r#"{"text":"原因"}"#.to_owned(),
    };
    for decision in [decided(Colour::Green, None), decided(Colour::Red, Some(50))] {
        decisions::put(&alice, &decision, KEPT).run(&mut conn).await.unwrap();
        let at_gate = at_gate::read(&mut conn, book.store.seal(), &alice, &scheme).await.unwrap().unwrap();
        let (colour, next) = (decision.colour, decision.next_change_at);
        assert_eq!(at_gate.decided.map(|d| (d.colour, d.next_change_at)), Some((colour, next)));
        assert_eq!(decisions::of_person(&mut conn, &alice, &scheme).await.unwrap(), Some(decision));
    }
    assert_eq!(decisions::due(&mut conn, at(49), START, 9).await.unwrap(), []);
    assert_eq!(decisions::due(&mut conn, at(50), START, 9).await.unwrap(), [(at(50), alice.clone())]);
    assert_eq!(decisions::due(&mut conn, at(50), (at(50), alice.as_str()), 9).await.unwrap(), []);
    assert_eq!(decisions::count_by_colour(&mut conn, &scheme).await.unwrap(), [("red".to_owned(), 1)]);
    assert!(decisions::decided_otherwise(&mut conn, &scheme, "rules@1", "", 9).await.unwrap().is_empty());
    assert_eq!(
        decisions::decided_otherwise(&mut conn, &scheme, "rules@2", "", 9).await.unwrap(),
        std::slice::from_ref(&alice)
    );
    decisions::drop_all(&mut conn, &alice).await.unwrap();
    assert_eq!(decisions::of_person(&mut conn, &alice, &scheme).await.unwrap(), None);
}

async fn a_status_file_is_published_once_and_a_gates_scan_kept_once(book: &Book) {
    let mut conn = book.conn().await;
    let region = Region::new("330100").unwrap();
    assert_eq!(status::newest(&mut conn, &region).await.unwrap(), None);
    let publish =
        |number, kind, content: &[u8]| status::publish(&region, number, kind, at(0), content.to_vec(), KEPT);
    publish(0, FileKind::Snapshot, b"all").run(&mut conn).await.unwrap();
    publish(1, FileKind::Delta, b"one").run(&mut conn).await.unwrap();
    assert!(publish(1, FileKind::Delta, b"other").run(&mut conn).await.unwrap_err().is_taken());
    assert_eq!(status::newest(&mut conn, &region).await.unwrap(), Some(Newest { number: 1, snapshot: 0 }));
    assert_eq!(status::file(&mut conn, &region, 1, FileKind::Delta).await.unwrap(), Some(b"one".to_vec()));
    assert_eq!(status::file(&mut conn, &region, 1, FileKind::Snapshot).await.unwrap(), None);
    assert_eq!(status::day_size(&mut conn, Day(9)).await.unwrap(), None);
    for size in [64, 128, 32] {
        status::open_day(Day(9), size, KEPT).run(&mut conn).await.unwrap();
    }
    assert_eq!(status::day_size(&mut conn, Day(9)).await.unwrap(), Some(128));
    let key = book.store.seal();
    for secret in [[1; 32], [2; 32]] {
        status::add_day_key(key, Day(9), &secret, KEPT).unwrap().run(&mut conn).await.unwrap();
    }
    assert_eq!(status::day_key(&mut conn, key, Day(9)).await.unwrap(), Some([1; 32]), "the first stays");
    assert_eq!(status::day_key(&mut conn, key, Day(8)).await.unwrap(), None);
    assert!(gate_scans::add(&mut conn, &story::gate_scan("s1"), KEPT).await.unwrap());
    assert!(!gate_scans::add(&mut conn, &story::gate_scan("s1"), KEPT).await.unwrap());
    assert!(gate_scans::add(&mut conn, &story::gate_scan("s2"), KEPT).await.unwrap());
}

async fn an_index_that_is_taken_is_not_given_twice(book: &Book) {
    let mut conn = book.conn().await;
    let pass = |who: &str, day: i32, index: u32| Pass {
        issue_day: Day(day),
        status_index: index,
        person: person(who),
        account: (index != 7).then(|| AccountId::new(format!("phone of {who}").replace(' ', "-")).unwrap()),
        issued_at: at(0),
        expires_at: at(i64::from(day)),
    };
    assert!(passes::add(&mut conn, &pass("alice", 100, u32::MAX), KEPT).await.unwrap());
    assert!(!passes::add(&mut conn, &pass("bob", 100, u32::MAX), KEPT).await.unwrap());
    assert!(passes::add(&mut conn, &pass("bob", 101, u32::MAX), KEPT).await.unwrap());
    assert!(passes::add(&mut conn, &pass("alice", 102, 7), KEPT).await.unwrap());
    passes::add_paper([9; 8], &person("alice"), at(0), at(9), KEPT).run(&mut conn).await.unwrap();
    let alice = person("alice");
    let phone = pass("alice", 100, 1).account.unwrap();
    assert_eq!(passes::holder(&mut conn, Day(100), u32::MAX, at(9)).await.unwrap(), Some(alice.clone()));
    assert_eq!(passes::paper_holder(&mut conn, [9; 8], at(9)).await.unwrap(), Some(alice.clone()));
    assert_eq!(passes::paper_holder(&mut conn, [8; 8], at(9)).await.unwrap(), None);
    assert_eq!(passes::token_index(&mut conn, &alice, Day(102), at(5)).await.unwrap(), Some(7));
    assert_eq!(passes::token_index(&mut conn, &alice, Day(102), at(102)).await.unwrap(), None);
    assert_eq!(passes::token_index(&mut conn, &alice, Day(100), at(5)).await.unwrap(), None, "a phone's");
    assert_eq!(passes::lasts_until(&mut conn, &alice, &phone, at(5)).await.unwrap(), Some(at(100)));
    assert_eq!(passes::lasts_until(&mut conn, &alice, &phone, at(100)).await.unwrap(), None);
    assert_eq!(passes::withdraw_of_phone(&mut conn, &alice, &phone, at(6)).await.unwrap(), 1);
    let held =
        async |conn: &mut Conn, then| passes::holder(conn, Day(100), u32::MAX, at(then)).await.unwrap();
    assert_eq!((held(&mut conn, 5).await, held(&mut conn, 6).await), (Some(alice.clone()), None));
    let places = passes::places_of(&mut conn, &alice, at(5)).await.unwrap();
    let mut withdrawn: Vec<_> = places.iter().map(|place| (place.issue_day.0, place.is_withdrawn)).collect();
    withdrawn.sort_unstable();
    assert_eq!(withdrawn, [(100, true), (102, false)]);
    // Nothing is decided about either, so that every place is one to tell of.
    let told = passes::places_not_green(&mut conn, "covid-19", at(5), (Day(0), -1), 2).await.unwrap();
    assert_eq!(told.iter().map(|(place, ..)| place.issue_day.0).collect::<Vec<_>>(), [100, 101]);
    let last = (Day(101), i64::from(u32::MAX));
    assert_eq!(passes::places_not_green(&mut conn, "covid-19", at(5), last, 2).await.unwrap().len(), 1);
    passes::withdraw_all(&mut conn, &alice, at(9)).await.unwrap();
    assert_eq!(passes::holder(&mut conn, Day(102), 7, at(9)).await.unwrap(), None);
    assert_eq!(passes::paper_holder(&mut conn, [9; 8], at(9)).await.unwrap(), None);
    let (key, scheme) = (book.store.seal(), Scheme::new("covid-19").unwrap());
    assert!(at_gate::read(&mut conn, key, &person("alice"), &scheme).await.unwrap().is_none());
    story::add(book, &story::alice()).await;
    let alice = at_gate::read(&mut conn, key, &person("alice"), &scheme).await.unwrap().unwrap();
    assert_eq!(alice.decided, None);
    assert_eq!(alice.person.personal.name, story::alice().personal.name);
}

async fn visits_are_found_by_point_and_by_person(book: &Book) {
    let mut conn = book.conn().await;
    let mut first = story::visit("v1", "alice", (0, 600));
    let others = [story::visit("v2", "bob", (600, 900)), story::visit("v3", "bob", (2000, 2100))];
    story::add_visits(book, [vec![first.clone()], others.into()].concat()).await;
    let span = |from, until| Interval { from: at(from), until: at(until) };
    let names = |visits: Vec<Visit>| visits.iter().map(|visit| visit.id.to_string()).collect::<Vec<_>>();
    let point = PointId::new("library").unwrap();
    // Half open: whoever left at 600 did not meet whoever came at 600.
    assert_eq!(names(visits::at_point(&mut conn, &point, span(600, 2000)).await.unwrap()), ["v2"]);
    assert_eq!(names(visits::at_point(&mut conn, &point, span(0, 9999)).await.unwrap()), ["v1", "v2", "v3"]);
    assert_eq!(
        names(visits::of_person(&mut conn, &person("bob"), span(0, 9999)).await.unwrap()),
        ["v2", "v3"]
    );
    points::add(&mut conn, &story::point(), at(0), KEPT).await.unwrap();
    let both = [person("alice"), person("bob")];
    let kinds = visits::kinds_of(&mut conn, &both, span(500, 9999)).await.unwrap();
    assert_eq!(kinds.get(&person("bob")), Some(&vec!["other".to_owned()]));
    assert_eq!(kinds.get(&person("alice")), None, "she was there before");
    let open = visits::open_at(&mut conn, &person("alice"), &point, "witnessed", at(-10)).await.unwrap();
    assert_eq!(open, Some(first.clone()));
    visits::close(&first, at(300)).run(&mut conn).await.unwrap();
    (first.stay.until, first.assumed, first.open) = (at(300), false, false);
    assert_eq!(visits::of_person(&mut conn, &person("alice"), span(0, 9)).await.unwrap(), [first]);
    assert_eq!(
        visits::open_at(&mut conn, &person("alice"), &point, "witnessed", at(-10)).await.unwrap(),
        None
    );
    book.store.write(SamePerson(person("alice"), person("bob"))).await.unwrap();
    assert_eq!(visits::of_person(&mut conn, &person("bob"), span(0, 9999)).await.unwrap().len(), 3);
}

async fn work_is_claimed_by_lease_and_a_late_request_is_not_lost(book: &Book) {
    let mut conn = book.conn().await;
    queue::ask(RECONCILE, "alice", at(10), KEPT).run(&mut conn).await.unwrap();
    queue::ask(RECONCILE, "alice", at(20), KEPT).run(&mut conn).await.unwrap();
    assert!(!queue::is_due(&mut conn, RECONCILE, at(9)).await.unwrap());
    let work = queue::claim(&mut conn, RECONCILE, at(10), at(100), 9).await.unwrap();
    assert_eq!((work.len(), &work[0].key), (1, &person("alice")));
    assert!(queue::claim(&mut conn, RECONCILE, at(50), at(100), 9).await.unwrap().is_empty(), "it is leased");
    queue::ask(RECONCILE, "alice", at(60), KEPT).run(&mut conn).await.unwrap();
    queue::finish(&mut conn, RECONCILE, &work[0]).await.unwrap();
    let again = queue::claim(&mut conn, RECONCILE, at(60), at(100), 9).await.unwrap();
    assert_eq!(again.len(), 1, "it was asked for again meanwhile");
    let taken_over = queue::claim(&mut conn, RECONCILE, at(100), at(200), 9).await.unwrap();
    assert_eq!(taken_over, again, "whose lease has run out is taken over");
    queue::finish(&mut conn, RECONCILE, &taken_over[0]).await.unwrap();
    assert!(!queue::is_due(&mut conn, RECONCILE, at(999)).await.unwrap());
    // A visit beside a case, and one of the case himself, ask for the case's reconciliation; others do not.
    let (point, window) = (PointId::new("library").unwrap(), Interval { from: at(0), until: at(1000) });
    let case = story::case("carl", window);
    cases::put_window(&mut conn, &case, KEPT).await.unwrap();
    let place = TracedPlace { point: point.clone(), via: None, time: window };
    traced_places::put(&mut conn, &case.person, &[place], KEPT).await.unwrap();
    for (who, from, asks) in
        [("bob", 1000, false), ("bob", 999, true), ("carl", 5, true), ("carl", 1000, false)]
    {
        let stay = Interval { from: at(from), until: at(from + 60) };
        queue::ask_for_visit(&person(who), &point, stay, at(0), KEPT).run(&mut conn).await.unwrap();
        let work = queue::claim(&mut conn, RECONCILE, at(1), at(2), 9).await.unwrap();
        assert_eq!(work.len(), usize::from(asks), "{who} from {from}");
        for done in &work {
            queue::finish(&mut conn, RECONCILE, done).await.unwrap();
        }
    }
    assert_eq!(cases::list(&mut conn, "", 9).await.unwrap(), [(case, 0)]);
}

async fn an_answer_is_kept_once(book: &Book) {
    let mut conn = book.conn().await;
    let caller = AccountId::new("device").unwrap();
    let given = |answer: &[u8]| Given { request_hash: vec![0, 255], answer: answer.to_vec() };
    idempotency::keep(&caller, "key", given(b"one"), at(0), KEPT).run(&mut conn).await.unwrap();
    assert!(idempotency::keep(&caller, "key", given(b"two"), at(0), KEPT).run(&mut conn).await.is_err());
    assert_eq!(idempotency::find(&mut conn, &caller, "key").await.unwrap(), Some(given(b"one")));
    assert_eq!(idempotency::find(&mut conn, &AccountId::new("other").unwrap(), "key").await.unwrap(), None);
}

async fn the_outbox_tells_in_order(book: &Book) {
    let mut conn = book.conn().await;
    for (id, who, when) in [("n3", "bob", 3), ("n1", "alice", 1), ("n2", "carl", 1)] {
        outbox::tell(id, &person(who), at(when), KEPT).run(&mut conn).await.unwrap();
    }
    let heard = outbox::since(&mut conn, at(1), 9).await.unwrap();
    assert_eq!(heard.iter().map(|(_, id, _)| id.as_str()).collect::<Vec<_>>(), ["n1", "n2", "n3"]);
    assert_eq!(outbox::since(&mut conn, at(2), 9).await.unwrap(), [(at(3), "n3".to_owned(), person("bob"))]);
}

async fn what_is_past_its_day_is_forgotten_in_batches(book: &Book) {
    let mut conn = book.conn().await;
    for number in 0..7 {
        let day = Day(if number < 5 { 10 } else { 11 });
        outbox::tell(&format!("n{number}"), &person("alice"), at(number), day).run(&mut conn).await.unwrap();
    }
    let outbox = forget::TABLES.iter().find(|(table, _)| *table == "outbox").unwrap();
    assert_eq!(forget::batch(&mut conn, *outbox, Day(10), 3).await.unwrap(), 0, "its day is not past");
    let mut deleted = Vec::new();
    for _ in 0..3 {
        deleted.push(forget::batch(&mut conn, *outbox, Day(11), 3).await.unwrap());
    }
    assert_eq!(deleted, [3, 2, 0]);
    assert_eq!(outbox::since(&mut conn, at(0), 9).await.unwrap().len(), 2);
    for table in forget::TABLES {
        forget::batch(&mut conn, *table, Day(i32::MAX), 5_000).await.unwrap();
    }
}

async fn a_link_is_used_once(book: &Book) {
    let mut conn = book.conn().await;
    let link = story::link(at(100));
    sessions::add_link(&mut conn, b"hash", &link, at(0), KEPT).await.unwrap();
    assert_eq!(sessions::use_link(&mut conn, b"other", at(1)).await.unwrap(), None);
    assert_eq!(sessions::use_link(&mut conn, b"hash", at(100)).await.unwrap(), None, "it is too old");
    assert_eq!(sessions::use_link(&mut conn, b"hash", at(99)).await.unwrap(), Some(link));
    assert_eq!(sessions::use_link(&mut conn, b"hash", at(99)).await.unwrap(), None, "it was used");
}

async fn settings_and_looks_read_back(book: &Book) {
    let mut conn = book.conn().await;
    settings::put(settings::RECONCILED_AT, "1").run(&mut conn).await.unwrap();
    settings::put(settings::RECONCILED_AT, "2").run(&mut conn).await.unwrap();
    assert_eq!(settings::get(&mut conn, settings::RECONCILED_AT).await.unwrap().as_deref(), Some("2"));
    let look = story::look("alice", at(5));
    looks::record(&look, KEPT).run(&mut conn).await.unwrap();
    assert_eq!(looks::at_person(&mut conn, &person("alice"), (at(6), ""), 9).await.unwrap(), [look]);
}

/// Two records turn out to be of one person.
struct SamePerson(PersonId, PersonId);

impl Act for SamePerson {
    type Out = ();
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<(), StoreFault> {
        visits::hand_over(tx, &self.0, &self.1).await
    }
}
