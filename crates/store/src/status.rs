//! What may be asked of published status files, the keys they are encrypted under, and the sizes of their tables.

use crate::engine::Conn;
use crate::seal::SealKey;
use crate::{Statement, StoreFault, read_back};
use healthcode_core::region::Region;
use healthcode_core::time::{Day, Instant};
use sqlx::Row;

/// A published file: all tables, or what changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// All tables after the delta of that number.
    Snapshot,
    /// What changed.
    Delta,
}

impl FileKind {
    /// The word used in the table and in addresses.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Delta => "delta",
        }
    }
}

/// The newest files of a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Newest {
    /// Number of the newest delta, 0 while there is only a snapshot.
    pub number: u64,
    /// Number of the newest snapshot.
    pub snapshot: u64,
}

/// Publishes a file; a number that is there already is a fault: another server was first.
pub fn publish(
    region: &Region,
    number: u64,
    kind: FileKind,
    made_at: Instant,
    content: Vec<u8>,
    forget_on: Day,
) -> Statement {
    let sql = "INSERT INTO status_file (region, number, kind, made_at, content, forget_on)
         VALUES ($1, $2, $3, $4, $5, $6)";
    Statement::adds("status_file", sql)
        .text(region.as_str())
        .number(number as i64)
        .text(kind.word())
        .at(made_at)
        .bytes(content)
        .day(forget_on)
}

/// The newest files; `None` while nothing was published.
pub async fn newest(conn: &mut Conn, region: &Region) -> Result<Option<Newest>, StoreFault> {
    let sql = "SELECT MAX(number) FROM status_file WHERE region = $1 AND kind = $2";
    let mut numbers = [None; 2];
    for (kind, number) in [FileKind::Delta, FileKind::Snapshot].into_iter().zip(&mut numbers) {
        let row =
            sqlx::query(sql).bind(region.as_str().to_owned()).bind(kind.word()).fetch_one(&mut *conn).await?;
        *number = row.try_get::<Option<i64>, _>(0)?.map(|number| number as u64);
    }
    let [delta, snapshot] = numbers;
    Ok(snapshot.map(|snapshot| Newest { number: delta.unwrap_or(snapshot).max(snapshot), snapshot }))
}

/// The content of a file.
pub async fn file(
    conn: &mut Conn,
    region: &Region,
    number: u64,
    kind: FileKind,
) -> Result<Option<Vec<u8>>, StoreFault> {
    let row = sqlx::query("SELECT content FROM status_file WHERE region = $1 AND number = $2 AND kind = $3")
        .bind(region.as_str().to_owned())
        .bind(number as i64)
        .bind(kind.word())
        .fetch_optional(conn)
        .await?;
    row.map(|row| Ok(row.try_get(0)?)).transpose()
}

/// Keeps the key of a day, unless there is one.
pub fn add_day_key(
    key: &SealKey,
    day: Day,
    secret: &[u8; 32],
    forget_on: Day,
) -> Result<Statement, StoreFault> {
    let sql =
        "INSERT INTO gate_day_key (day, secret, forget_on) VALUES ($1, $2, $3) ON CONFLICT (day) DO NOTHING";
    let sealed = key.seal(&sealed_about(day), secret)?;
    Ok(Statement::changes("gate_day_key", sql).day(day).bytes(sealed).day(forget_on))
}

/// The key of a day.
pub async fn day_key(conn: &mut Conn, key: &SealKey, day: Day) -> Result<Option<[u8; 32]>, StoreFault> {
    let row = sqlx::query("SELECT secret FROM gate_day_key WHERE day = $1")
        .bind(i64::from(day.0))
        .fetch_optional(conn)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let plain = key.open(&sealed_about(day), &row.try_get::<Vec<u8>, _>(0)?)?;
    let secret = <[u8; 32]>::try_from(plain).map_err(|_| "not 32 bytes");
    read_back("gate_day_key.secret", secret).map(Some)
}

fn sealed_about(day: Day) -> String {
    format!("gate day key {}", day.0)
}

/// How many indexes the table of a day has; `None` while no pass was issued for it.
pub async fn day_size(conn: &mut Conn, day: Day) -> Result<Option<u32>, StoreFault> {
    let row = sqlx::query("SELECT size FROM status_day WHERE issue_day = $1")
        .bind(i64::from(day.0))
        .fetch_optional(conn)
        .await?;
    row.map(|row| read_back("status_day.size", u32::try_from(row.try_get::<i64, _>(0)?))).transpose()
}

/// Opens the table of a day, or makes it larger; it never becomes smaller.
pub fn open_day(day: Day, size: u32, forget_on: Day) -> Statement {
    let sql = "INSERT INTO status_day (issue_day, size, forget_on) VALUES ($1, $2, $3)
         ON CONFLICT (issue_day) DO UPDATE SET
           size = CASE WHEN status_day.size < excluded.size THEN excluded.size ELSE status_day.size END";
    Statement::changes("status_day", sql).day(day).number(size).day(forget_on)
}
