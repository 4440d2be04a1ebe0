//! A database of its own for every test, gone afterwards.

use sqlx::{Connection, Executor, PgConnection};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// Holds the URL of a PostgreSQL database whose user may create databases.
pub const POSTGRES: &str = "HEALTHCODE_TEST_POSTGRES";

/// A fresh database and a folder for what lies beside it.
pub struct Database {
    folder: TempDir,
    postgres: Option<Postgres>,
}

struct Postgres {
    admin: String,
    name: String,
}

impl Database {
    /// A file in a folder that is removed at the end.
    pub fn sqlite() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), postgres: None }
    }

    /// A database of the server that [`POSTGRES`] names; `None`, said loudly, where it names none.
    pub async fn postgres() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let Ok(admin) = std::env::var(POSTGRES) else {
            eprintln!("SKIPPED: no {POSTGRES}");
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder");
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("healthcode_test_{}_{count}", std::process::id());
        run(&admin, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        run(&admin, format!("CREATE DATABASE {name}")).await;
        Some(Self { folder, postgres: Some(Postgres { admin, name }) })
    }

    /// The URL that the store opens.
    pub fn url(&self) -> String {
        match &self.postgres {
            None => format!("sqlite:{}", self.folder.path().join("world.sqlite").display()),
            Some(Postgres { admin, name }) => {
                let (server, _) = admin.rsplit_once('/').expect("a URL that names a database");
                format!("{server}/{name}")
            }
        }
    }

    /// A folder that is removed with it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some(Postgres { admin, name }) = self.postgres.take() else { return };
        // A runtime of its own: the test's may be the one that runs this.
        let dropped = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(run(&admin, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")));
        });
        if dropped.join().is_err() {
            eprintln!("a test database was left behind");
        }
    }
}

async fn run(admin: &str, sql: String) {
    let mut conn = PgConnection::connect(admin).await.expect("the server that the variable names");
    conn.execute(sqlx::AssertSqlSafe(sql)).await.expect("a user who may create databases");
    conn.close().await.expect("closed");
}
