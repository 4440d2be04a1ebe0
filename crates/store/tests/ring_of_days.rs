//! The ring of days in which visits lie, on both engines.
#![allow(clippy::unwrap_used, missing_docs)]

mod story;

use healthcode_core::ids::PointId;
use healthcode_core::time::{Day, Interval};
use healthcode_store::doubts::{self, Doubt, Flag, Ruled, Ruling};
use healthcode_store::visits::{self, Visit};
use healthcode_store::{Act, Engine, StoreFault, Tx, backup, points, schema, visit_days, visit_load};
use healthcode_testkit::world::Database;
use sqlx::{Connection, Row};
use story::{Book, KEPT, at, on_both, person};

on_both! {
    a_day_is_forgotten_as_a_whole_and_its_slot_taken_by_another
    a_slot_never_holds_two_days
    a_visit_of_a_day_that_is_not_open_is_refused
    visits_on_both_sides_of_midnight_are_found
    many_at_once_are_stored_once
    a_doubted_visit_is_not_traced_by_until_it_is_cleared
    a_migration_moves_visits_to_their_days
}

/// The day of the stories' beginning.
fn first() -> Day {
    visit_days::day_of(at(0))
}

fn later(days: i32) -> Day {
    Day(first().0 + days)
}

/// A visit that begins so many days after the first.
fn on_day(id: &str, who: &str, days: i64) -> Visit {
    let from = days * 86_400;
    story::visit(id, who, (from, from + 600))
}

fn span(days: i64) -> Interval {
    Interval { from: at(-86_400), until: at(days * 86_400) }
}

async fn ids(book: &Book, who: &str, span: Interval) -> Vec<String> {
    let found = visits::of_person(&mut *book.conn().await, &person(who), span).await.unwrap();
    found.iter().map(|visit| visit.id.to_string()).collect()
}

struct Open(Day, Day);

impl Act for Open {
    type Out = bool;
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<bool, StoreFault> {
        visit_days::open(tx, self.0, Day(self.0.0 + 28), self.1).await
    }
}

struct Forget(Day, Day);

impl Act for Forget {
    type Out = bool;
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<bool, StoreFault> {
        visit_days::forget(tx, self.0, self.1).await
    }
}

async fn a_day_is_forgotten_as_a_whole_and_its_slot_taken_by_another(book: &Book) {
    story::add_visits(book, vec![on_day("v0", "alice", 0), on_day("v1", "alice", 1)]).await;
    let past = async |today| visit_days::past(&mut *book.conn().await, today).await.unwrap();
    assert_eq!(past(later(28)).await, [], "28 days are kept");
    assert_eq!(past(later(29)).await, [first()]);
    assert!(!book.store.write(Forget(first(), later(28))).await.unwrap(), "it is not past");
    assert_eq!(ids(book, "alice", span(9)).await, ["v0", "v1"]);
    assert!(book.store.write(Forget(first(), later(29))).await.unwrap());
    assert!(!book.store.write(Forget(first(), later(29))).await.unwrap(), "it is gone");
    assert_eq!(ids(book, "alice", span(9)).await, ["v1"]);
    story::add_visits(book, vec![on_day("v32", "alice", 32)]).await;
    assert_eq!(ids(book, "alice", span(40)).await, ["v1", "v32"]);
}

async fn a_slot_never_holds_two_days(book: &Book) {
    story::add_visits(book, vec![on_day("v0", "alice", 0)]).await;
    assert!(!book.store.write(Open(later(32), later(28))).await.unwrap(), "the day before is kept still");
    assert_eq!(ids(book, "alice", span(40)).await, ["v0"]);
    // After weeks of standstill nobody forgot it in time: whoever comes first does.
    assert!(book.store.write(Open(later(32), later(32))).await.unwrap());
    assert_eq!(ids(book, "alice", span(40)).await, [""; 0]);
    assert!(
        !book.store.write(Open(first(), later(32))).await.unwrap(),
        "an old day does not push out a new one"
    );
    assert!(book.store.write(Open(later(32), later(32))).await.unwrap(), "it is open already");
}

/// Adds a visit without asking whether there is room.
struct AddBlindly(Visit);

impl Act for AddBlindly {
    type Out = ();
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<(), StoreFault> {
        tx.later(visits::add(&self.0, at(0), "checker")).await
    }
}

async fn a_visit_of_a_day_that_is_not_open_is_refused(book: &Book) {
    assert!(book.store.write(AddBlindly(on_day("v0", "alice", 0))).await.is_err());
    assert!(book.store.write(Load(vec![on_day("v0", "alice", 0)])).await.is_err());
    story::add_visits(book, vec![on_day("v0", "alice", 0)]).await;
    assert!(
        book.store.write(AddBlindly(on_day("v32", "alice", 32))).await.is_err(),
        "the slot has another day"
    );
    assert!(book.store.write(Load(vec![on_day("v32", "alice", 32)])).await.is_err());
    book.store.write(AddBlindly(on_day("v0b", "alice", 0))).await.unwrap();
    assert_eq!(ids(book, "alice", span(40)).await, ["v0", "v0b"]);
}

async fn visits_on_both_sides_of_midnight_are_found(book: &Book) {
    let midnight = 86_400 - at(0).seconds().rem_euclid(86_400);
    let over = story::visit("over", "alice", (midnight - 3_600, midnight + 3_600));
    let after = story::visit("after", "alice", (midnight, midnight + 60));
    story::add_visits(book, vec![after, over.clone()]).await;
    let until = |from: i64, until: i64| Interval { from: at(midnight + from), until: at(midnight + until) };
    assert_eq!(ids(book, "alice", until(-60, 60)).await, ["over", "after"]);
    assert_eq!(ids(book, "alice", until(600, 601)).await, ["over"]);
    let point = PointId::new("library").unwrap();
    let since = at(midnight + 3_600 - 86_400);
    let open =
        visits::open_at(&mut *book.conn().await, &person("alice"), &point, "witnessed", since).await.unwrap();
    assert_eq!(open.unwrap().id.as_str(), "after", "the latest");
    visits::close(&over, at(midnight)).run(&mut *book.conn().await).await.unwrap();
    assert_eq!(ids(book, "alice", until(600, 601)).await, [""; 0]);
}

struct Load(Vec<Visit>);

impl Act for Load {
    type Out = u64;
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<u64, StoreFault> {
        visit_load::load(tx, &self.0, at(5), "import").await
    }
}

async fn many_at_once_are_stored_once(book: &Book) {
    let visit = |number: i64| {
        let seat = (number % 2 == 0).then(|| format!("r{number}/A"));
        let mut visit = on_day(&format!("v{number:04}"), &format!("p{}", number % 7), number % 3);
        (visit.open, visit.seat) = (false, seat);
        visit.flag = (number % 5 == 0).then_some(Flag::Late);
        visit
    };
    for day in 0..3 {
        assert!(book.store.write(Open(later(day), first())).await.unwrap());
    }
    let many: Vec<_> = (0..1_234).map(visit).collect();
    assert_eq!(book.store.write(Load(many[..700].to_vec())).await.unwrap(), 700);
    assert_eq!(book.store.write(Load(many.clone())).await.unwrap(), 534);
    let mut conn = book.conn().await;
    let point = PointId::new("library").unwrap();
    let mut found = visits::at_point(&mut conn, &point, span(9)).await.unwrap();
    found.sort_by(|a, b| a.id.as_str().cmp(b.id.as_str()));
    assert_eq!(found, many);
    let traceable = visits::traceable_at_point(&mut conn, &point, span(9)).await.unwrap();
    assert_eq!(traceable.len(), many.iter().filter(|visit| visit.is_traceable()).count());
}

async fn a_doubted_visit_is_not_traced_by_until_it_is_cleared(book: &Book) {
    let mut doubted = on_day("v1", "alice", 0);
    doubted.flag = Some(Flag::Impossible);
    story::add_visits(book, vec![doubted.clone(), on_day("v2", "alice", 1)]).await;
    let doubt = |visit: &Visit, region: &str| Doubt {
        visit: visit.id.clone(),
        entered_at: visit.stay.from,
        person: visit.person.clone(),
        point: visit.point.clone(),
        region: region.to_owned(),
        flag: Flag::Impossible,
        noted_at: at(9),
        ruling: None,
    };
    let mut conn = book.conn().await;
    doubts::note(&doubt(&doubted, "330106"), KEPT).run(&mut conn).await.unwrap();
    let traced = async |conn: &mut healthcode_store::Conn| {
        let found = visits::traceable_of_person(conn, &person("alice"), span(9)).await.unwrap();
        found.iter().map(|visit| visit.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(traced(&mut conn).await, ["v2"]);
    assert_eq!(ids(book, "alice", span(9)).await, ["v1", "v2"], "it is kept and shown");
    let open = async |conn: &mut healthcode_store::Conn, region| {
        doubts::open_in(conn, region, (at(-9), ""), 9).await.unwrap().len()
    };
    assert_eq!(
        (open(&mut conn, "3301").await, open(&mut conn, "44").await, open(&mut conn, "").await),
        (1, 0, 1)
    );
    assert!(
        doubts::open_in(&mut conn, "", (at(0), "v1"), 9).await.unwrap().is_empty(),
        "after it is nothing"
    );
    let officer = healthcode_core::ids::AccountId::new("officer").unwrap();
    let rule = |ruling, second| Ruled {
        at: at(second),
        id: format!("r{second}"),
        ruling,
        reason: "seen on camera".to_owned(),
        account: officer.clone(),
    };
    let (rejected, cleared) = (rule(Ruling::Rejected, 10), rule(Ruling::Cleared, 11));
    for (ruled, then) in [(&rejected, vec!["v2"]), (&cleared, vec!["v1", "v2"])] {
        for statement in doubts::rule(&doubted, ruled, KEPT) {
            statement.run(&mut conn).await.unwrap();
        }
        assert_eq!(traced(&mut conn).await, then);
    }
    assert_eq!(open(&mut conn, "").await, 0, "an officer has ruled");
    assert_eq!(doubts::get(&mut conn, &doubted.id).await.unwrap().unwrap().ruling, Some(Ruling::Cleared));
    assert_eq!(doubts::rulings(&mut conn, &doubted.id).await.unwrap(), [rejected, cleared]);
}

/// Visits as the program before the ring stored them: of two days, and of one that the ring has no room for beside them.
async fn fill_before(conn: &mut healthcode_store::Conn) {
    let sql = "INSERT INTO point (point, name_en, name_zh, kind, region, usual_stay_s, created_at, forget_on)
         VALUES ('library', 'Library', '图书馆', 'school', '330106', 60, 0, 99999)";
    sqlx::query(sql).execute(&mut *conn).await.unwrap();
    for (id, days) in [("v0", 0), ("v1", 1), ("v33", 33)] {
        let sql = "INSERT INTO visit (point, entered_at, id, person, left_at, assumed, open, grade, recorded_at, recorded_by,
             forget_on) VALUES ($1, $2, $3, 'alice', $4, 1, 0, 'poster', 5, 'checker', 7)";
        let visit = sqlx::query(sql)
            .bind(if days == 1 { "moon" } else { "library" })
            .bind(at(days * 86_400).micros())
            .bind(id)
            .bind(at(days * 86_400 + 60).micros());
        visit.execute(&mut *conn).await.unwrap();
    }
}

async fn assert_moved(book: &Book) {
    let mut conn = book.conn().await;
    let found = visits::of_person(&mut conn, &person("alice"), span(99)).await.unwrap();
    let seen: Vec<_> =
        found.iter().map(|visit| (visit.id.as_str(), visit.kind.as_str(), visit.grade.as_str())).collect();
    assert_eq!(seen, [("v33", "school", "poster")]);
    let (days, at_most) = (visit_days::past(&mut conn, later(99)).await.unwrap(), later(33 + 28));
    assert!(days.contains(&later(33)) && !days.contains(&first()));
    assert!(visit_days::past(&mut conn, at_most).await.unwrap().iter().all(|day| *day != later(33)));
}

async fn a_migration_moves_visits_to_their_days(book: &Book) {
    let other = match book.store.engine() {
        Engine::Sqlite => Database::sqlite(),
        Engine::Postgres => Database::postgres().await.unwrap(),
    };
    let url = match book.store.engine() {
        Engine::Sqlite => format!("{}?mode=rwc", other.url()),
        Engine::Postgres => other.url(),
    };
    let mut conn = sqlx::AnyConnection::connect(&url).await.unwrap();
    schema::bring_up_to(book.store.engine(), &mut conn, 10).await.unwrap();
    fill_before(&mut conn).await;
    conn.close().await.unwrap();
    assert_moved(&Book::on(other).await).await;
}

#[tokio::test]
async fn a_backup_from_before_the_ring_is_restored() {
    let book = Book::on(Database::sqlite()).await;
    let rows = |days: i64, id: &str| {
        let (from, until) = (at(days * 86_400).micros(), at(days * 86_400 + 60).micros());
        format!(
            r#"{{"table":"visit","row":[["point",{{"t":"library"}}],["entered_at",{{"i":{from}}}],["id",{{"t":"{id}"}}],["person",{{"t":"alice"}}],["left_at",{{"i":{until}}}],["assumed",{{"i":1}}],["open",{{"i":0}}],["grade",{{"t":"poster"}}],["recorded_at",{{"i":5}}],["recorded_by",{{"t":"checker"}}],["forget_on",{{"i":7}}]]}}"#
        )
    };
    let point = r#"{"table":"point","row":[["point",{"t":"library"}],["name_en",{"t":"L"}],["name_zh",{"t":"馆"}],["kind",{"t":"school"}],["region",{"t":"330106"}],["usual_stay_s",{"i":60}],["created_at",{"i":0}],["forget_on",{"i":99999}]]}"#;
    let lines = [
        r#"{"format":"healthcode-backup/2","schema":10}"#.to_owned(),
        rows(1, "v1"),
        rows(33, "v33"),
        point.to_owned(),
    ];
    let text = lines.map(|line| line + "\n").concat();
    let sum = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let sum: String = sum.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let text = format!("{text}{{\"rows\":3,\"sha256\":\"{sum}\"}}\n");
    backup::fill(&book.store, text.as_bytes()).await.unwrap();
    assert_moved(&book).await;
}

#[tokio::test]
async fn sqlite_empties_a_day_without_looking_at_its_rows() {
    let book = Book::on(Database::sqlite()).await;
    story::add_visits(&book, vec![on_day("v0", "alice", 0)]).await;
    let rows = sqlx::query("EXPLAIN DELETE FROM visit_00").fetch_all(&mut *book.conn().await).await.unwrap();
    let steps: Vec<String> = rows.iter().map(|row| row.get("opcode")).collect();
    assert_eq!(steps.iter().filter(|step| *step == "Clear").count(), 2, "the table and its index: {steps:?}");
    assert!(!steps.iter().any(|step| step == "Next" || step == "Delete"), "{steps:?}");
}

#[tokio::test]
async fn every_day_is_asked_by_index() {
    let book = Book::on(Database::sqlite()).await;
    points::add(&mut *book.conn().await, &story::point(), at(0), KEPT).await.unwrap();
    for (column, index) in [("person", "visit_05_person"), ("point", "PRIMARY KEY")] {
        let sql =
            format!("EXPLAIN QUERY PLAN SELECT id FROM visit_05 WHERE {column} = 'x' AND entered_at >= 1");
        let plan = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&mut *book.conn().await).await.unwrap();
        let detail: String = plan[0].get("detail");
        assert!(detail.starts_with("SEARCH") && detail.contains(index), "{detail}");
    }
}
