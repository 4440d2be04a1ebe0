//! What the stories on both databases have in common: the database, the cast, the clock.
#![allow(dead_code, reason = "each story needs a part of it")]

use healthcode_core::evidence::{Evidence, Source};
use healthcode_core::fact::Fact;
use healthcode_core::ids::{AccountId, EvidenceId, PersonId, PointId, VisitId};
use healthcode_core::personal::DocumentKind;
use healthcode_core::region::Region;
use healthcode_core::rule_set::Text;
use healthcode_core::time::{Day, Instant, Interval};
use healthcode_store::cases::CaseWindow;
use healthcode_store::gate_scans::GateScan;
use healthcode_store::looks::Look;
use healthcode_store::people::{self, Assurance, Person, Personal};
use healthcode_store::points::Point;
use healthcode_store::seal::SealKey;
use healthcode_store::sessions::SignInLink;
use healthcode_store::visits::Visit;
use healthcode_store::{Act, Store, StoreFault, Tx, evidence, visit_days, visits};
use healthcode_testkit::cast;
use healthcode_testkit::world::Database;

/// The day on which the stories' rows are forgotten: long after.
pub const KEPT: Day = Day(99_999);
/// The secret of the stories' key.
pub const SECRET: [u8; 32] = [7; 32];

/// A store with its database.
pub struct Book {
    /// The store.
    pub store: Store,
    /// Its database. Last, because it goes when the connections are gone.
    pub database: Database,
}

impl Book {
    /// Opens a database that is empty.
    pub async fn on(database: Database) -> Self {
        Self { store: open(&database).await, database }
    }

    /// A connection for reading.
    pub async fn conn(&self) -> sqlx::pool::PoolConnection<sqlx::Any> {
        self.store.reader().await.unwrap()
    }
}

/// Adds a person.
pub async fn add(book: &Book, person: &Person) {
    for statement in people::add(book.store.seal(), person, &[], at(0), KEPT).unwrap() {
        statement.run(&mut *book.conn().await).await.unwrap();
    }
}

/// Records evidence.
pub struct Record(pub Vec<Evidence>);

impl Act for Record {
    type Out = ();
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<(), StoreFault> {
        for piece in &self.0 {
            evidence::add(tx, &piece.person, &[piece], "device", KEPT).await?;
        }
        Ok(())
    }
}

/// Adds visits, to days that are opened for them.
pub async fn add_visits(book: &Book, visits: Vec<Visit>) {
    book.store.write(AddVisits(visits)).await.unwrap();
}

/// Adds visits, to days that are opened for them.
pub struct AddVisits(pub Vec<Visit>);

impl Act for AddVisits {
    type Out = ();
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<(), StoreFault> {
        for visit in &self.0 {
            let day = visit_days::day_of(visit.stay.from);
            assert!(visit_days::open(tx, day, Day(day.0 + 28), day).await?);
            tx.later(visits::add(visit, at(0), "checker")).await?;
        }
        Ok(())
    }
}

/// Opens a database with the stories' key.
pub async fn open(database: &Database) -> Store {
    Store::open(&database.url(), SealKey::new(&SECRET).unwrap()).await.unwrap()
}

/// Tells each story on both databases.
macro_rules! on_both {
    ($($story:ident)+) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $story() {
                let book = crate::story::Book::on(healthcode_testkit::world::Database::sqlite()).await;
                super::$story(&book).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $story() {
                let Some(database) = healthcode_testkit::world::Database::postgres().await else { return };
                let book = crate::story::Book::on(database).await;
                super::$story(&book).await;
            })+
        }
    };
}
pub(crate) use on_both;

/// So many seconds after the stories begin.
pub fn at(seconds: i64) -> Instant {
    Instant::from_seconds(1_772_000_000 + seconds)
}

/// The id of a person.
pub fn person(name: &str) -> PersonId {
    PersonId::new(name).unwrap()
}

/// One of the cast, as she is stored.
pub fn alice() -> Person {
    let alice = cast::alice();
    let personal = Personal {
        name: alice.name,
        document_kind: DocumentKind::IdentityCard,
        document: alice.document,
        phone: alice.phone,
    };
    let (assurance, residence) = (Assurance::Declared, alice.residence);
    Person { person: person("alice"), personal, assurance, active: false, residence }
}

/// A declaration, its audit, a report and a withdrawal, in the order of recording.
pub fn life() -> Vec<Evidence> {
    let facts = [
        (
            "declaration",
            r#"{"symptoms":["fever"],"temperature_c":36.6,"contact":"no","stayed_in":["330106"],"residence":"330106","health_state":"normal"}"#,
        ),
        ("audit", r#"{"of":"e0","result":"refused","note":"“请重新申报” ' \" \\ 🙂"}"#),
        ("health_report", r#"{"temperature_c":37.3,"symptoms":["dry_cough"]}"#),
        ("withdrawal", r#"{"of":"e2","reason":"mistaken"}"#),
    ];
    let of = |(index, (kind, data)): (usize, &(&str, &str))| Evidence {
        id: EvidenceId::new(format!("e{index}")).unwrap(),
        person: person("alice"),
        happened_at: at(index as i64 - 1000),
        recorded_at: at(index as i64),
        source: if index == 1 { Source::Officer } else { Source::Own },
        fact: Fact::from_json(kind, data).unwrap(),
    };
    facts.iter().enumerate().map(of).collect()
}

/// Where the visits take place.
pub fn point() -> Point {
    Point {
        point: PointId::new("library").unwrap(),
        name: Text { en: "Library".to_owned(), zh: "图书馆".to_owned() },
        kind: "other".to_owned(),
        region: Region::new("330106").unwrap(),
        usual_stay_s: 3_600,
        position: None,
    }
}

/// An open visit to the library, in seconds after the stories begin.
pub fn visit(id: &str, who: &str, (from, until): (i64, i64)) -> Visit {
    Visit {
        id: VisitId::new(id).unwrap(),
        point: PointId::new("library").unwrap(),
        person: person(who),
        stay: Interval { from: at(from), until: at(until) },
        assumed: true,
        open: true,
        grade: "witnessed".to_owned(),
        kind: "other".to_owned(),
        seat: None,
        part: None,
        way: None,
        flag: None,
        cleared_at: None,
    }
}

/// A case with the span in which it may infect.
pub fn case(who: &str, window: Interval) -> CaseWindow {
    CaseWindow {
        person: person(who),
        status: "confirmed".to_owned(),
        since: at(0),
        onset_at: None,
        sampled_at: None,
        window,
    }
}

/// The first officer's sign-in link.
pub fn link(expires_at: Instant) -> SignInLink {
    SignInLink {
        region: String::new(),
        role: "officer".to_owned(),
        point: None,
        account: None,
        label: "first officer".to_owned(),
        given_by: "installation".to_owned(),
        expires_at,
    }
}

/// A look at a person.
pub fn look(who: &str, at: Instant) -> Look {
    Look {
        person: person(who),
        at,
        id: "look".to_owned(),
        account: AccountId::new("checker").unwrap(),
        role: "checker".to_owned(),
        purpose: "scan".to_owned(),
        point: None,
        action: None,
    }
}

/// A scan that a gate made alone.
pub fn gate_scan(scan: &str) -> GateScan {
    GateScan {
        gate: AccountId::new("gate").unwrap(),
        scan: scan.to_owned(),
        point: PointId::new("hall").unwrap(),
        person: Some(person("alice")),
        direction: "in".to_owned(),
        scanned_at: at(1),
        received_at: at(9),
        verdict: "valid".to_owned(),
        colour: None,
        action: "ask".to_owned(),
    }
}
