//! Settings of this installation that are no secrets.

use crate::engine::Conn;
use crate::{Statement, StoreFault};
use healthcode_core::time::{Day, Instant};
use sqlx::Row;

/// Settings are kept as long as the installation.
const FOR_GOOD: Day = Day(i32::MAX);

/// When the reconciliation of exposures last found nothing left to do, in microseconds.
pub const RECONCILED_AT: &str = "reconciled_at";

/// When the last test of anybody was recorded, in microseconds.
pub const TESTED_AT: &str = "tested_at";

/// Reads a setting.
pub async fn get(conn: &mut Conn, name: &'static str) -> Result<Option<String>, StoreFault> {
    let row =
        sqlx::query("SELECT value FROM setting WHERE name = $1").bind(name).fetch_optional(conn).await?;
    row.map(|row| Ok(row.try_get(0)?)).transpose()
}

/// Reads an instant that is kept as a setting.
pub async fn instant(conn: &mut Conn, name: &'static str) -> Result<Option<Instant>, StoreFault> {
    let value = get(conn, name).await?;
    Ok(value.and_then(|value| value.parse().ok()).map(Instant::from_micros))
}

/// Writes a setting.
pub fn put(name: &'static str, value: &str) -> Statement {
    let sql = "INSERT INTO setting (name, value, forget_on) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    Statement::changes("setting", sql).text(name).text(value).day(FOR_GOOD).of_row(name)
}
