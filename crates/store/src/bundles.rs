//! What may be asked of published trust bundles.

use crate::engine::Conn;
use crate::{Statement, StoreFault};
use healthcode_core::region::Region;
use healthcode_core::time::{Day, Instant};
use sqlx::Row;

/// Publishes a bundle; a version that is there already is a fault: another server was first.
pub fn publish(region: &Region, version: u64, at: Instant, content: Vec<u8>, forget_on: Day) -> Statement {
    let sql = "INSERT INTO trust_bundle (region, version, published_at, content, forget_on) VALUES ($1, $2, $3, $4, $5)";
    Statement::adds("trust_bundle", sql)
        .text(region.as_str())
        .number(version as i64)
        .at(at)
        .bytes(content)
        .day(forget_on)
}

/// The newest bundle of a region: its version and its file.
pub async fn newest(conn: &mut Conn, region: &Region) -> Result<Option<(u64, Vec<u8>)>, StoreFault> {
    let row = sqlx::query(
        "SELECT version, content FROM trust_bundle WHERE region = $1 ORDER BY version DESC LIMIT 1",
    )
    .bind(region.as_str().to_owned())
    .fetch_optional(conn)
    .await?;
    row.map(|row| Ok((row.try_get::<i64, _>("version")? as u64, row.try_get("content")?))).transpose()
}

/// The file of a version.
pub async fn get(conn: &mut Conn, region: &Region, version: u64) -> Result<Option<Vec<u8>>, StoreFault> {
    let row = sqlx::query("SELECT content FROM trust_bundle WHERE region = $1 AND version = $2")
        .bind(region.as_str().to_owned())
        .bind(version as i64)
        .fetch_optional(conn)
        .await?;
    row.map(|row| Ok(row.try_get(0)?)).transpose()
}
