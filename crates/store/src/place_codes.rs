//! Which issue of a place's code holds. A code is issued anew when a poster was taken away, pasted over or pictured; those
//! of every issue before are worth nothing then.

use crate::StoreFault;
use crate::engine::Conn;
use healthcode_core::ids::{AccountId, PointId};
use healthcode_core::time::{Day, Instant};
use sqlx::Row;

/// What a place is at that nobody issued a code for anew.
pub const FIRST: i64 = 1;

/// The issue that holds, from 1.
pub async fn issue_of(conn: &mut Conn, point: &PointId) -> Result<i64, StoreFault> {
    let row = sqlx::query("SELECT issue FROM place_code WHERE point = $1")
        .bind(point.as_str().to_owned())
        .fetch_optional(conn)
        .await?;
    row.map_or(Ok(FIRST), |row| Ok(row.try_get(0)?))
}

/// Issues the code of a place anew; the issue that holds from now on.
pub async fn issue_anew(
    conn: &mut Conn,
    point: &PointId,
    by: &AccountId,
    at: Instant,
    forget_on: Day,
) -> Result<i64, StoreFault> {
    let row = sqlx::query(
        "INSERT INTO place_code (point, issue, issued_at, issued_by, forget_on) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (point) DO UPDATE SET issue = place_code.issue + 1, issued_at = excluded.issued_at,
           issued_by = excluded.issued_by, forget_on = excluded.forget_on
         RETURNING issue",
    )
    .bind(point.as_str().to_owned())
    .bind(FIRST + 1)
    .bind(at.micros())
    .bind(by.as_str().to_owned())
    .bind(i64::from(forget_on.0))
    .fetch_one(conn)
    .await?;
    Ok(row.try_get(0)?)
}
