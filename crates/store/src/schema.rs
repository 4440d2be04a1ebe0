//! The schema and its versions. Both engines have the same numbers and names; a migration works with the program
//! before it and after it, or its first line says that it does not, and a schema that this program does not know is refused.

use crate::StoreFault;
use crate::engine::{Conn, Engine};
use crate::visit_days::SLOTS;
use sqlx::{Executor, Row};

struct Migration {
    version: i64,
    sqlite: &'static str,
    postgres: &'static str,
}

/// A migration, from the file of that name in each engine's folder.
macro_rules! migration {
    ($version:literal, $name:literal) => {
        Migration {
            version: $version,
            sqlite: include_str!(concat!("../../../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../../../migrations/postgres/", $name, ".sql")),
        }
    };
}

const MIGRATIONS: &[Migration] = &[
    migration!(1, "0001_the_loop"),
    migration!(2, "0002_one_self"),
    migration!(3, "0003_editions"),
    migration!(4, "0004_a_life_in_one_row"),
    migration!(5, "0005_notices"),
    migration!(6, "0006_a_gate_alone"),
    migration!(7, "0007_trust_bundles"),
    migration!(8, "0008_quarantine"),
    migration!(9, "0009_cases"),
    migration!(10, "0010_watched_looks"),
    migration!(11, "0011_a_ring_of_days"),
    migration!(12, "0012_tracing_runs"),
    migration!(13, "0013_duties"),
    migration!(14, "0014_how_a_household_ends"),
    migration!(15, "0015_place_codes"),
];

/// The newest version this program knows.
pub const KNOWN: i64 = MIGRATIONS[MIGRATIONS.len() - 1].version;

/// The version of a database; 0 for an empty one.
pub async fn version(conn: &mut Conn) -> Result<i64, StoreFault> {
    conn.execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL PRIMARY KEY)").await?;
    let row = sqlx::query("SELECT COALESCE(MAX(version), 0) FROM schema_version").fetch_one(conn).await?;
    Ok(row.try_get(0)?)
}

/// Runs the migrations that are missing, all in one transaction.
pub async fn bring_up_to_date(engine: Engine, conn: &mut Conn) -> Result<(), StoreFault> {
    bring_up_to(engine, conn, KNOWN).await
}

/// Runs the migrations up to a version, all in one transaction: what a test of the next one starts from.
pub async fn bring_up_to(engine: Engine, conn: &mut Conn, last: i64) -> Result<(), StoreFault> {
    // Servers that start at the same time take turns.
    let begin = match engine {
        Engine::Sqlite => "BEGIN IMMEDIATE",
        Engine::Postgres => "BEGIN; SELECT CAST(pg_advisory_xact_lock(4851001) AS TEXT)",
    };
    sqlx::raw_sql(begin).execute(&mut *conn).await?;
    let done = run_missing(engine, conn, last).await;
    conn.execute(if done.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
    done
}

async fn run_missing(engine: Engine, conn: &mut Conn, last: i64) -> Result<(), StoreFault> {
    let found = version(conn).await?;
    if found > KNOWN {
        return Err(StoreFault::NewerSchema { found, known: KNOWN });
    }
    for migration in
        MIGRATIONS.iter().filter(|migration| migration.version > found && migration.version <= last)
    {
        let sql = if engine == Engine::Sqlite { migration.sqlite } else { migration.postgres };
        sqlx::raw_sql(sqlx::AssertSqlSafe(each_slot(sql))).execute(&mut *conn).await?;
        let insert = sqlx::query("INSERT INTO schema_version (version) VALUES ($1)");
        insert.bind(migration.version).execute(&mut *conn).await?;
    }
    Ok(())
}

/// A migration with what it says `-- for each slot NN`, up to `-- end`, said once for each slot of the ring of days.
fn each_slot(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut block: Option<String> = None;
    for line in sql.split_inclusive('\n') {
        match (line.trim_end(), &mut block) {
            ("-- for each slot NN", _) => block = Some(String::new()),
            ("-- end", Some(said)) => {
                (0..SLOTS).for_each(|slot| text.push_str(&said.replace("NN", &format!("{slot:02}"))));
                block = None;
            }
            (_, Some(said)) => said.push_str(line),
            (_, None) => text.push_str(line),
        }
    }
    text
}
