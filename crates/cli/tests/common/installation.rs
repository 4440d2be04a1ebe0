//! An installation of its own: a data folder, and a database of either engine.

use super::{Ran, Room};
use healthcode_core::ids::PersonId;
use healthcode_core::personal::{DocumentKind, DocumentNumber};
use healthcode_core::time::Day;
use healthcode_server::clock::Clock;
use healthcode_server::keys::{KeyAccess, Keys};
use healthcode_store::people::Personal;
use healthcode_store::seal::SealKey;
use healthcode_store::{Store, identity};
use healthcode_testkit::world::Database;

/// Three people, two of whom share a phone; one lives in a region that is named in words.
pub const PEOPLE: &str = "姓名,证件号码,手机,居住地\n\
    Ann Ash,AB100001,13800000001,330106\n\
    Ben Birch,AB100002,13800000002,杭州市\n\
    Cai Cedar,AB100003,13800000002,330106\n";

pub struct Installation {
    pub room: Room,
    pub url: String,
    // Last: the database goes when the connections are gone.
    _database: Database,
}

impl Installation {
    /// With keys and an empty database.
    pub fn new(database: Database) -> Self {
        let made = Self { room: Room::new(), url: database.url(), _database: database };
        made.done(&["keys", "make"], &["--data", "data"]);
        made
    }

    /// Runs a command on this installation.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.room.run(&[arguments, &["--database", &self.url, "--data", "data"]].concat())
    }

    /// The same, for what must be done.
    #[track_caller]
    pub fn done(&self, arguments: &[&str], more: &[&str]) -> String {
        let more =
            if more.is_empty() { vec!["--database", &self.url, "--data", "data"] } else { more.to_vec() };
        let ran = self.room.run(&[arguments, &more].concat());
        assert_eq!(ran.status, 0, "{arguments:?}: {}{}", ran.out, ran.err);
        ran.out
    }

    /// Imports a table, and gives the whole report.
    #[track_caller]
    pub fn import(&self, kind: &str, table: &str, more: &[&str]) -> String {
        self.room.write("in.csv", table);
        self.done(&[&["import", kind, "in.csv"], more].concat(), &[])
    }

    /// Its database, opened with its keys.
    pub async fn store(&self) -> Store {
        let keys = Keys::open(&Keys::path_in(&self.room.path("data")), &KeyAccess::default()).unwrap();
        Store::open(&self.url, SealKey::new(keys.secret()).unwrap()).await.unwrap()
    }

    /// Rules in force for long.
    pub fn adopt_rules(&self) {
        self.adopt("2020-01-01T00:00:00+08:00", "2099-01-01T00:00:00+08:00");
    }

    pub fn adopt(&self, from: &str, until: &str) {
        let preset = ["rules", "adopt", "hangzhou-2020-02", "--authority", "330100"];
        self.done(&[&preset[..], &["--from", from, "--until", until]].concat(), &[]);
    }
}

/// Who holds a passport number.
pub async fn person(store: &Store, document: &str) -> PersonId {
    let number = DocumentNumber::new(DocumentKind::Passport, document, Day(30_000)).unwrap();
    let hash = Personal::document_hash(store.seal(), DocumentKind::Passport, &number);
    identity::holder(&mut store.reader().await.unwrap(), &hash).await.unwrap().unwrap()
}

pub fn last_line(report: &str) -> &str {
    report.lines().last().unwrap_or_default()
}

/// The machine's clock, which the binary has, too.
pub fn now() -> healthcode_core::time::Instant {
    Clock::system().now()
}

/// Runs each story on SQLite, and again on PostgreSQL where there is one.
#[macro_export]
macro_rules! on_both {
    ($($story:ident)+) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $story() {
                let database = healthcode_testkit::world::Database::sqlite();
                super::$story(&$crate::common::installation::Installation::new(database)).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $story() {
                let Some(database) = healthcode_testkit::world::Database::postgres().await else { return };
                super::$story(&$crate::common::installation::Installation::new(database)).await;
            })+
        }
    };
}
