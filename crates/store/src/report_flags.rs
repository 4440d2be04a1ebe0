//! What may be asked of report flags: reports that were refused because they looked made up.

use crate::StoreFault;
use crate::engine::Conn;
use healthcode_core::ids::{AccountId, PersonId};
use healthcode_core::time::{Day, Instant};
use sqlx::Row;

/// Reports of a day that were not counted, for one reason.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportFlag {
    /// Where the rules are in force.
    pub day: Day,
    /// too_many, other_account, clock.
    pub why: String,
    /// How many.
    pub times: i64,
    /// The first.
    pub first_at: Instant,
    /// The last.
    pub last_at: Instant,
}

/// Counts a report that was refused, and answers how many of the day there are for this reason.
pub async fn count(
    conn: &mut Conn,
    (person, account): (&PersonId, &AccountId),
    (why, day): (&'static str, Day),
    at: Instant,
    forget_on: Day,
) -> Result<i64, StoreFault> {
    let row = sqlx::query(
        "INSERT INTO report_flag (person, day, why, times, first_at, last_at, account, forget_on)
         VALUES ($1, $2, $3, 1, $4, $4, $5, $6)
         ON CONFLICT (person, day, why) DO UPDATE SET times = report_flag.times + 1, last_at = excluded.last_at,
           account = excluded.account
         RETURNING times",
    )
    .bind(person.as_str().to_owned())
    .bind(i64::from(day.0))
    .bind(why)
    .bind(at.micros())
    .bind(account.as_str().to_owned())
    .bind(i64::from(forget_on.0))
    .fetch_one(conn)
    .await?;
    Ok(row.try_get("times")?)
}

/// Puts what was not counted on the work list.
pub async fn raise(conn: &mut Conn, person: &PersonId, at: Instant) -> Result<(), StoreFault> {
    sqlx::query("UPDATE quarantine SET flagged_at = $2 WHERE person = $1 AND closed_at IS NULL")
        .bind(person.as_str().to_owned())
        .bind(at.micros())
        .execute(conn)
        .await?;
    Ok(())
}

/// Flags of a person, newest first.
pub async fn of_person(conn: &mut Conn, person: &PersonId) -> Result<Vec<ReportFlag>, StoreFault> {
    let rows = sqlx::query(
        "SELECT day, why, times, first_at, last_at FROM report_flag WHERE person = $1
         ORDER BY day DESC, why LIMIT 100",
    )
    .bind(person.as_str().to_owned())
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(ReportFlag {
                day: Day(i32::try_from(row.try_get::<i64, _>("day")?).unwrap_or(i32::MAX)),
                why: row.try_get("why")?,
                times: row.try_get("times")?,
                first_at: Instant::from_micros(row.try_get("first_at")?),
                last_at: Instant::from_micros(row.try_get("last_at")?),
            })
        })
        .collect()
}
