//! Settings of this installation that are no secrets.

use crate::StoreFault;
use crate::engine::Conn;
use healthcode_core::time::Day;
use sqlx::Row;

/// Settings are kept as long as the installation.
const FOR_GOOD: Day = Day(i32::MAX);

/// When the reconciliation of exposures last found nothing left to do, in microseconds.
pub const RECONCILED_AT: &str = "reconciled_at";

/// Reads a setting.
pub async fn get(conn: &mut Conn, name: &'static str) -> Result<Option<String>, StoreFault> {
    let row =
        sqlx::query("SELECT value FROM setting WHERE name = $1").bind(name).fetch_optional(conn).await?;
    row.map(|row| Ok(row.try_get(0)?)).transpose()
}

/// Writes a setting.
pub async fn put(conn: &mut Conn, name: &'static str, value: &str) -> Result<(), StoreFault> {
    sqlx::query(
        "INSERT INTO setting (name, value, forget_on) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(name)
    .bind(value.to_owned())
    .bind(i64::from(FOR_GOOD.0))
    .execute(conn)
    .await?;
    Ok(())
}
