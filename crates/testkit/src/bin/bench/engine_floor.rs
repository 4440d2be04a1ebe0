//! What the engine does through the same driver when it is asked for the least: one row an act, many acts a commit.

use crate::Answer;
use sqlx::{AnyConnection, Connection, Executor};
use std::time::Instant;

/// Acts in one commit, about as many as share one under the load of these measurements.
pub const GROUP: usize = 64;
/// Rows of a round.
const ROWS: usize = 8_000;

/// Rows a second of so many bytes, each commit on disk before the next begins.
pub async fn rows_a_second(url: &str, bytes: usize) -> Answer<f64> {
    sqlx::any::install_default_drivers();
    let is_sqlite = url.starts_with("sqlite:");
    // Beside the measured database, not in it: its server is running.
    let url = if is_sqlite { format!("{url}-floor?mode=rwc") } else { url.to_owned() };
    let mut conn = AnyConnection::connect(&url).await?;
    if is_sqlite {
        conn.execute("PRAGMA journal_mode = WAL").await?;
        conn.execute("PRAGMA synchronous = FULL").await?;
        conn.execute("CREATE TABLE floor (id TEXT NOT NULL PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID")
            .await?;
    } else {
        conn.execute("SET synchronous_commit = on").await?;
        conn.execute("CREATE TABLE floor (id TEXT NOT NULL PRIMARY KEY, body BYTEA NOT NULL)").await?;
    }
    let begin = if is_sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" };
    let body = vec![7_u8; bytes];
    let start = Instant::now();
    for group in 0..ROWS / GROUP {
        conn.execute(begin).await?;
        for number in 0..GROUP {
            let insert = sqlx::query("INSERT INTO floor (id, body) VALUES ($1, $2)");
            let id = format!("{:032}", group * GROUP + number);
            insert.bind(id).bind(body.clone()).execute(&mut conn).await?;
        }
        conn.execute("COMMIT").await?;
    }
    let seconds = start.elapsed().as_secs_f64();
    conn.execute("DROP TABLE floor").await?;
    conn.close().await?;
    Ok((ROWS / GROUP * GROUP) as f64 / seconds)
}
