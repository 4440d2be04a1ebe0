//! Regions beyond the built-in table.

use crate::StoreFault;
use crate::engine::Conn;
use healthcode_core::time::Day;
use sqlx::Row;

/// A region row: code, English name, Chinese name, parent code.
pub type RegionRow = (String, String, String, Option<String>);

/// Adds or replaces a region.
pub async fn put(conn: &mut Conn, row: &RegionRow, forget_on: Day) -> Result<(), StoreFault> {
    sqlx::query(
        "INSERT INTO region (code, en, zh, parent, forget_on) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (code) DO UPDATE SET en = excluded.en, zh = excluded.zh, parent = excluded.parent",
    )
    .bind(row.0.clone())
    .bind(row.1.clone())
    .bind(row.2.clone())
    .bind(row.3.clone())
    .bind(i64::from(forget_on.0))
    .execute(conn)
    .await?;
    Ok(())
}

/// Every region that was added.
pub async fn all(conn: &mut Conn) -> Result<Vec<RegionRow>, StoreFault> {
    let rows = sqlx::query("SELECT code, en, zh, parent FROM region ORDER BY code").fetch_all(conn).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?))).collect()
}
