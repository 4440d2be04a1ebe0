//! The database as a whole, on both engines: its writer, its schema, and its backup.
#![allow(clippy::unwrap_used, missing_docs)]

mod story;

use healthcode_core::decision::Colour;
use healthcode_core::ids::{AccountId, PointId, Scheme};
use healthcode_core::region::Region;
use healthcode_store::decisions::{self, StoredDecision};
use healthcode_store::enrolments::{self, Enrolment};
use healthcode_store::gate_scans::{self, ShownTwice};
use healthcode_store::people::Personal;
use healthcode_store::seal::SealKey;
use healthcode_store::status::{self, FileKind};
use healthcode_store::{
    Act, Conn, Store, StoreFault, Tx, backup, bundles, evidence, identity, looks, outbox, passes, people,
    points, schema, sessions,
};
use healthcode_testkit::world::Database;
use std::sync::Arc;
use story::{Book, KEPT, SECRET, at, on_both, open, person};

on_both! {
    a_refused_act_among_fifty_leaves_the_others
    an_act_that_breaks_a_statement_leaves_the_others
    what_was_acknowledged_is_there_after_opening_anew
    migrations_run_once
    a_newer_schema_is_refused
    a_writer_that_was_stopped_says_so
}

/// Tells once, and then does something else.
struct Tell {
    number: i64,
    then: Then,
}

#[derive(Clone, Copy, PartialEq)]
enum Then {
    Succeed,
    Refuse,
    Break,
}

impl Act for Tell {
    type Out = i64;
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<i64, StoreFault> {
        let id = format!("n{}", self.number);
        tx.later(outbox::tell(&id, &person("alice"), at(self.number), KEPT)).await?;
        match self.then {
            Then::Succeed => Ok(self.number),
            Then::Refuse => Err(StoreFault::Url("refused".to_owned())),
            // The same primary key once more: the statement itself fails.
            Then::Break => tx
                .later(outbox::tell(&id, &person("alice"), at(self.number), KEPT))
                .await
                .map(|()| self.number),
        }
    }
}

async fn fifty(book: &Book, odd: Then) {
    let tasks: Vec<_> = (0..50)
        .map(|number| {
            let (store, then) = (book.store.clone(), if number % 10 == 3 { odd } else { Then::Succeed });
            tokio::spawn(async move { (number, store.write(Tell { number, then }).await) })
        })
        .collect();
    let mut acknowledged = Vec::new();
    for task in tasks {
        let (number, answer) = task.await.unwrap();
        assert_eq!(answer.is_ok(), number % 10 != 3, "{number}: {answer:?}");
        acknowledged.extend(answer.ok());
    }
    let told = outbox::since(&mut *book.conn().await, at(0), 99).await.unwrap();
    let told: Vec<_> = told.iter().map(|(when, ..)| when.seconds() - at(0).seconds()).collect();
    assert_eq!(told, acknowledged);
}

async fn a_refused_act_among_fifty_leaves_the_others(book: &Book) {
    fifty(book, Then::Refuse).await;
}

async fn an_act_that_breaks_a_statement_leaves_the_others(book: &Book) {
    fifty(book, Then::Break).await;
}

async fn what_was_acknowledged_is_there_after_opening_anew(book: &Book) {
    book.store.write(Tell { number: 1, then: Then::Succeed }).await.unwrap();
    let second = open(&book.database).await;
    assert_eq!(outbox::since(&mut second.reader().await.unwrap(), at(0), 9).await.unwrap().len(), 1);
    second.close().await;
}

async fn migrations_run_once(book: &Book) {
    let (one, other) = tokio::join!(open(&book.database), open(&book.database));
    let mut conn = book.conn().await;
    assert_eq!(schema::version(&mut conn).await.unwrap(), schema::KNOWN);
    schema::bring_up_to_date(book.store.engine(), &mut conn).await.unwrap();
    assert_eq!(schema::version(&mut conn).await.unwrap(), schema::KNOWN);
    one.close().await;
    other.close().await;
}

async fn a_newer_schema_is_refused(book: &Book) {
    let mut conn = book.conn().await;
    let newer = sqlx::query("INSERT INTO schema_version (version) VALUES ($1)").bind(schema::KNOWN + 1);
    newer.execute(&mut *conn).await.unwrap();
    let refused = Store::open(&book.database.url(), SealKey::new(&SECRET).unwrap()).await;
    assert!(
        matches!(refused, Err(StoreFault::NewerSchema { found, known }) if found == known + 1),
        "a program must not touch what it does not know"
    );
}

async fn a_writer_that_was_stopped_says_so(book: &Book) {
    book.store.close().await;
    let refused = book.store.write(Tell { number: 1, then: Then::Succeed }).await;
    assert!(matches!(refused, Err(StoreFault::Stopped)), "{refused:?}");
}

/// Something in every kind of column, absent values included.
async fn fill(book: &Book) {
    let mut conn = book.conn().await;
    let alice = story::alice();
    story::add(book, &alice).await;
    let hash =
        Personal::document_hash(book.store.seal(), alice.personal.document_kind, &alice.personal.document);
    identity::claim_free(&hash, &alice.person, at(0), KEPT).run(&mut conn).await.unwrap();
    points::add(&mut conn, &story::point(), at(0), KEPT).await.unwrap();
    book.store.write(story::Record(story::life())).await.unwrap();
    story::add_visits(book, vec![story::visit("v1", "alice", (0, 60))]).await;
    sessions::add_link(&mut conn, b"\x00\xffhash", &story::link(at(9)), at(0), KEPT).await.unwrap();
    looks::record(&story::look("alice", at(5)), KEPT).run(&mut conn).await.unwrap();
    let decision = StoredDecision {
        scheme: Scheme::new("covid-19").unwrap(),
        colour: Colour::Green,
        reasons: "G1".to_owned(),
        rule_set: "rules@1".to_owned(),
        since: at(0),
        decided_at: at(0),
        next_change_at: None,
        body: "{}".to_owned(),
    };
    decisions::put(&person("alice"), &decision, KEPT).run(&mut conn).await.unwrap();
    let pass = passes::Pass {
        issue_day: KEPT,
        status_index: 3,
        person: person("alice"),
        account: None,
        issued_at: at(0),
        expires_at: at(9),
    };
    assert!(passes::add(&mut conn, &pass, KEPT).await.unwrap());
    passes::add_paper([1; 8], &person("alice"), at(0), at(9), KEPT).run(&mut conn).await.unwrap();
    fill_gates(book, &mut conn).await;
}

/// What is kept of phones and gates.
async fn fill_gates(book: &Book, conn: &mut Conn) {
    let enrolment = Enrolment { person: person("alice"), key: vec![4; 65] };
    enrolments::put(&AccountId::new("phone").unwrap(), &enrolment, at(0), KEPT).run(conn).await.unwrap();
    status::open_day(KEPT, 65_536, KEPT).run(conn).await.unwrap();
    status::add_day_key(book.store.seal(), KEPT, &[7; 32], KEPT).unwrap().run(conn).await.unwrap();
    let region = Region::new("330100").unwrap();
    status::publish(&region, 0, FileKind::Snapshot, at(0), vec![1, 0, 2], KEPT).run(conn).await.unwrap();
    bundles::publish(&region, 1, at(0), vec![123, 125], KEPT).run(conn).await.unwrap();
    assert_eq!(bundles::newest(conn, &region).await.unwrap(), Some((1, vec![123, 125])));
    assert!(gate_scans::add(conn, &story::gate_scan("s1"), KEPT).await.unwrap());
    let (point, first_point) = (PointId::new("hall").unwrap(), PointId::new("gate").unwrap());
    let seen = ShownTwice { at: at(1), person: person("alice"), point, first_point };
    gate_scans::add_shown_twice(&seen, KEPT).run(conn).await.unwrap();
}

/// Copies one book into the other, and compares what both say of themselves.
async fn copy(from: &Book, to: &Book) {
    fill(from).await;
    let written = backup::read_all(from.store.engine(), &mut *from.conn().await).await.unwrap();
    let rows = backup::fill(&to.store, written.as_bytes()).await.unwrap();
    assert_eq!(rows, written.lines().count() - 2);
    let mut conn = to.conn().await;
    assert_eq!(backup::read_all(to.store.engine(), &mut conn).await.unwrap(), written);
    assert_eq!(
        backup::check(to.store.engine(), to.store.seal(), &mut conn).await.unwrap(),
        Vec::<String>::new()
    );
    assert_eq!(evidence::of_person(&mut conn, &person("alice")).await.unwrap(), story::life());
    let again = backup::fill(&to.store, written.as_bytes()).await;
    assert!(matches!(again, Err(backup::RestoreFault::NotEmpty)), "{again:?}");
    let other = SealKey::new(&[8; 32]).unwrap();
    assert!(
        !backup::check(to.store.engine(), &other, &mut conn).await.unwrap().is_empty(),
        "another key opens nothing"
    );
}

#[tokio::test]
async fn a_backup_of_either_database_is_restored_into_the_other() {
    copy(&Book::on(Database::sqlite()).await, &Book::on(Database::sqlite()).await).await;
    let (Some(one), Some(other)) = (Database::postgres().await, Database::postgres().await) else { return };
    copy(&Book::on(Database::sqlite()).await, &Book::on(one).await).await;
    copy(&Book::on(other).await, &Book::on(Database::sqlite()).await).await;
}

#[tokio::test]
async fn what_is_no_backup_is_refused_and_nothing_is_stored() {
    let book = Arc::new(Book::on(Database::sqlite()).await);
    fill(&book).await;
    let written = backup::read_all(book.store.engine(), &mut *book.conn().await).await.unwrap();
    let into = Book::on(Database::sqlite()).await;
    let broken = [
        "{}".to_owned(),
        written.replace("healthcode-backup/2", "healthcode-backup/9"),
        written.replace("\"person\"", "\"person; --\""),
        written.clone() + "{\"table\":\"person\",\"row\":[]}\n",
        written.clone() + "{\"table\"",
        written.lines().take(3).map(|line| format!("{line}\n")).collect(),
        written.replacen("19", "18", 1),
    ];
    for text in broken {
        assert!(backup::fill(&into.store, text.as_bytes()).await.is_err());
        assert_eq!(people::count(&mut *into.conn().await).await.unwrap(), 0);
    }
    assert!(backup::fill(&into.store, written.as_bytes()).await.is_ok());
}

#[tokio::test]
async fn what_does_not_fit_together_is_said() {
    for (sql, word) in [
        ("DELETE FROM identity", "no claim on the document number"),
        ("DELETE FROM phone", "no phone"),
        ("DELETE FROM person", "evidence of nobody"),
        ("UPDATE person SET life = x'00'", "stored person.life"),
        ("UPDATE person SET life = x''", "stored person.life"),
        ("DELETE FROM point", "a visit to a place that there is not"),
    ] {
        let book = Book::on(Database::sqlite()).await;
        fill(&book).await;
        let mut conn = book.conn().await;
        sqlx::query(sql).execute(&mut *conn).await.unwrap();
        let said = backup::check(book.store.engine(), book.store.seal(), &mut conn).await.unwrap();
        assert!(said.iter().any(|fault| fault.contains(word)), "{sql}: {said:?}");
    }
}

/// Looks around for long before it tells.
struct TellLate {
    started: Arc<tokio::sync::Notify>,
}

impl Act for TellLate {
    type Out = ();
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<(), StoreFault> {
        tx.conn().await?;
        self.started.notify_one();
        // Long enough for a reader who does not wait to be done.
        for _ in 0..500 {
            sqlx::query("SELECT 1").execute(tx.conn().await?).await?;
        }
        tx.later(outbox::tell("n1", &person("alice"), at(1), KEPT)).await
    }
}

#[tokio::test]
async fn what_comes_after_writes_under_way_sees_them() {
    // SQLite writes one after another.
    let Some(database) = Database::postgres().await else { return };
    let book = Book::on(database).await;
    // A connection that is there already, so that whoever does not wait is quick.
    drop(book.conn().await);
    let started = Arc::new(tokio::sync::Notify::new());
    let read = async {
        started.notified().await;
        book.store.after_writes_under_way().await.unwrap();
        outbox::since(&mut *book.conn().await, at(0), 9).await.unwrap()
    };
    let (written, seen) = tokio::join!(book.store.write(TellLate { started: started.clone() }), read);
    written.unwrap();
    assert_eq!(seen.len(), 1, "a write that was under way was not waited for");
}

#[tokio::test]
async fn writes_under_way_in_another_database_are_not_waited_for() {
    let (Some(here), Some(there)) = (Database::postgres().await, Database::postgres().await) else { return };
    let (here, there) = (Book::on(here).await, Book::on(there).await);
    let mut conn = there.conn().await;
    sqlx::query("BEGIN").execute(&mut *conn).await.unwrap();
    sqlx::query("SELECT CAST(pg_current_xact_id() AS TEXT)").execute(&mut *conn).await.unwrap();
    here.store.after_writes_under_way().await.unwrap();
    assert!(there.store.after_writes_under_way().await.is_err(), "in its own it is waited for");
}
