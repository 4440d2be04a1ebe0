//! What may be asked of issued passes: whose status index a code carries, and the passes a person holds.

use crate::engine::Conn;
use crate::{StoreFault, read_back};
use healthcode_core::ids::PersonId;
use healthcode_core::time::{Day, Instant};
use sqlx::Row;

/// An issued pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Pass {
    /// Day of issue, in the authority's zone.
    pub issue_day: Day,
    /// Random within the day.
    pub status_index: u32,
    /// Whose it is.
    pub person: PersonId,
    /// From when it is good.
    pub issued_at: Instant,
    /// Until when it is good.
    pub expires_at: Instant,
    /// The signed code.
    pub text: String,
}

/// Keeps an issued pass; `false` when the index is taken that day, and another one must be drawn.
pub async fn add(conn: &mut Conn, pass: &Pass, forget_on: Day) -> Result<bool, StoreFault> {
    let added = sqlx::query(
        "INSERT INTO pass (issue_day, status_index, person, issued_at, expires_at, withdrawn_at, text, forget_on)
         VALUES ($1, $2, $3, $4, $5, NULL, $6, $7) ON CONFLICT (issue_day, status_index) DO NOTHING",
    )
    .bind(i64::from(pass.issue_day.0))
    .bind(i64::from(pass.status_index))
    .bind(pass.person.as_str().to_owned())
    .bind(pass.issued_at.micros())
    .bind(pass.expires_at.micros())
    .bind(pass.text.clone())
    .bind(i64::from(forget_on.0))
    .execute(conn)
    .await?;
    Ok(added.rows_affected() == 1)
}

/// Whose pass carries an index; `None` when it was never issued or was withdrawn.
pub async fn holder(
    conn: &mut Conn,
    issue_day: Day,
    status_index: u32,
) -> Result<Option<PersonId>, StoreFault> {
    let row = sqlx::query(
        "SELECT person FROM pass WHERE issue_day = $1 AND status_index = $2 AND withdrawn_at IS NULL",
    )
    .bind(i64::from(issue_day.0))
    .bind(i64::from(status_index))
    .fetch_optional(conn)
    .await?;
    row.map(|row| read_back("pass.person", PersonId::new(row.try_get::<String, _>(0)?))).transpose()
}

/// The pass of a person that is good longest, if it is good beyond `at`.
pub async fn newest(conn: &mut Conn, person: &PersonId, at: Instant) -> Result<Option<Pass>, StoreFault> {
    let row = sqlx::query(
        "SELECT issue_day, status_index, issued_at, expires_at, text FROM pass
         WHERE person = $1 AND expires_at > $2 AND withdrawn_at IS NULL ORDER BY expires_at DESC LIMIT 1",
    )
    .bind(person.as_str().to_owned())
    .bind(at.micros())
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Pass {
        issue_day: Day(read_back("pass.issue_day", i32::try_from(row.try_get::<i64, _>("issue_day")?))?),
        status_index: read_back("pass.status_index", u32::try_from(row.try_get::<i64, _>("status_index")?))?,
        person: person.clone(),
        issued_at: Instant::from_micros(row.try_get("issued_at")?),
        expires_at: Instant::from_micros(row.try_get("expires_at")?),
        text: row.try_get("text")?,
    }))
}

/// Withdraws every pass of a person.
pub async fn withdraw_all(conn: &mut Conn, person: &PersonId, at: Instant) -> Result<(), StoreFault> {
    sqlx::query("UPDATE pass SET withdrawn_at = $2 WHERE person = $1 AND withdrawn_at IS NULL")
        .bind(person.as_str().to_owned())
        .bind(at.micros())
        .execute(conn)
        .await?;
    Ok(())
}
