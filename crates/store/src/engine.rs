//! SQLite or PostgreSQL from one URL, and the few statements that differ.

use crate::StoreFault;
use crate::schema;
use crate::seal::SealKey;
use crate::writer::{Act, Writers};
use sqlx::any::AnyPoolOptions;
use sqlx::{AnyPool, Row};
use std::sync::Arc;
use std::time::Duration;

/// A connection to either engine.
pub type Conn = sqlx::AnyConnection;

/// Which database engine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Engine {
    /// One file, embedded.
    Sqlite,
    /// A server of its own.
    Postgres,
}

impl Engine {
    /// How many write at the same time: SQLite allows one. PostgreSQL gets one for each core of this machine, from 2 to 8:
    /// more would share the acts that wait into smaller groups, and cost more commits than they save waiting.
    pub(crate) fn writers(self) -> u32 {
        match self {
            Self::Sqlite => 1,
            Self::Postgres => {
                std::thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 8) as u32)
            }
        }
    }

    /// The engine that a database URL names.
    pub fn of_url(url: &str) -> Result<Self, StoreFault> {
        if url.starts_with("sqlite:") {
            Ok(Self::Sqlite)
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Ok(Self::Postgres)
        } else {
            // Only the scheme is repeated: what follows may hold a password.
            Err(StoreFault::Url(url.split(':').next().unwrap_or_default().chars().take(20).collect()))
        }
    }
}

/// An open database: many readers, one writer or a few.
#[derive(Clone)]
pub struct Store {
    engine: Engine,
    readers: AnyPool,
    writers: AnyPool,
    writer: Writers,
    seal: Arc<SealKey>,
}

/// How long, and how often, an open transaction of another connection is waited for: two seconds in all.
const WAIT: Duration = Duration::from_millis(5);
const WAITS: u32 = 400;
/// What SQLite keeps of pages in memory for each connection: 64 MiB.
pub(crate) const CACHE: &str = "PRAGMA cache_size = -65536";
/// Connections that read at the same time.
const READERS: u32 = 8;

impl Store {
    /// Opens (and for SQLite creates) the database and brings its schema up to date. A schema newer than this program
    /// is refused.
    pub async fn open(url: &str, seal: SealKey) -> Result<Self, StoreFault> {
        let engine = Engine::of_url(url)?;
        sqlx::any::install_default_drivers();
        let url = match engine {
            Engine::Sqlite if !url.contains('?') => format!("{url}?mode=rwc"),
            _ => url.to_owned(),
        };
        let writers = pool(engine, engine.writers()).connect(&url).await?;
        schema::bring_up_to_date(engine, &mut *writers.acquire().await?).await?;
        let readers = pool(engine, READERS).connect(&url).await?;
        let writer = Writers::start(engine, &writers);
        Ok(Self { engine, readers, writers, writer, seal: Arc::new(seal) })
    }

    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// The key that seals personal fields.
    pub fn seal(&self) -> &SealKey {
        &self.seal
    }

    /// A connection for reading. What it sees is committed.
    pub async fn reader(&self) -> Result<sqlx::pool::PoolConnection<sqlx::Any>, StoreFault> {
        Ok(self.readers.acquire().await?)
    }

    /// Runs an act in a savepoint of its own and answers when its commit is on disk. Acts that wait at the same time
    /// share one commit.
    pub async fn write<A: Act>(&self, act: A) -> Result<A::Out, A::Fault> {
        self.writer.run(act).await
    }

    /// What comes after every write that is under way now: returns when each of them can be read or has left nothing
    /// behind. SQLite writes one after another, so that whoever has just written has nothing to wait for; PostgreSQL
    /// numbers transactions, and the oldest of this database that is still open tells. Those of other databases of the
    /// same server, which share the numbers, are not waited for.
    pub async fn after_writes_under_way(&self) -> Result<(), StoreFault> {
        if self.engine == Engine::Sqlite {
            return Ok(());
        }
        let mut conn = self.reader().await?;
        let number = async |conn: &mut Conn, sql: String| -> Result<i64, StoreFault> {
            Ok(sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_one(conn).await?.try_get(0)?)
        };
        // A number of our own, above every one handed out. The snapshot's upper bound would not do: it is one past the
        // last that has ended, and so may be the number of one that is still open.
        let own = "SELECT CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)".to_owned();
        let newest = number(&mut conn, own).await?;
        for _ in 0..WAITS {
            let oldest = "SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)";
            if number(&mut conn, oldest.to_owned()).await? > newest
                || number(&mut conn, older_here(newest)).await? == 0
            {
                return Ok(());
            }
            tokio::time::sleep(WAIT).await;
        }
        Err(StoreFault::Overtaken)
    }

    /// Waits for the acts under way and closes the database.
    pub async fn close(&self) {
        self.writer.stop().await;
        self.writers.close().await;
        self.readers.close().await;
    }
}

/// Counts the transactions of this database with a number below `newest`. Those of another role are hidden unless one may
/// see them, so that whatever such a role is doing counts.
fn older_here(newest: i64) -> String {
    // Sessions show the lower 32 bits.
    let short = newest % (1 << 32);
    format!(
        "SELECT COUNT(*) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
           AND (age(backend_xid) > age(CAST('{short}' AS xid))
             OR (usename <> current_user AND backend_xid IS NULL AND state <> 'idle'))"
    )
}

fn pool(engine: Engine, size: u32) -> AnyPoolOptions {
    // A test before every loan would be one more pass between threads, or a round trip; a broken connection is noticed by
    // its first statement.
    let options = AnyPoolOptions::new().max_connections(size).min_connections(1).test_before_acquire(false);
    options.after_connect(move |conn, _| {
        Box::pin(async move {
            let settings: &[&'static str] = match engine {
                // FULL: a commit is on disk before it is acknowledged.
                Engine::Sqlite => &[
                    "PRAGMA journal_mode = WAL",
                    "PRAGMA synchronous = FULL",
                    "PRAGMA busy_timeout = 10000",
                    CACHE,
                    // 64 MiB of log before pages are moved into the file, so that a page that many acts touch is moved once.
                    "PRAGMA wal_autocheckpoint = 16384",
                    "PRAGMA temp_store = MEMORY",
                ],
                Engine::Postgres => &[
                    "SET synchronous_commit = on",
                    "SET timezone = 'UTC'",
                    // Statements look rows up by key: a plan made once serves every parameter.
                    "SET plan_cache_mode = force_generic_plan",
                ],
            };
            for setting in settings {
                sqlx::query(*setting).execute(&mut *conn).await?;
            }
            Ok(())
        })
    })
}
