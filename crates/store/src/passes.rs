//! What may be asked of issued passes: whose status index or number a code carries, and what a person holds.

use crate::engine::Conn;
use crate::{Statement, StoreFault, read_back};
use healthcode_core::ids::{AccountId, PersonId};
use healthcode_core::time::{Day, Instant};
use sqlx::Row;
use sqlx::any::AnyRow;

/// An issued pass, or the tokens of a day, which share one index.
#[derive(Clone, Debug, PartialEq)]
pub struct Pass {
    /// Day of issue, in the authority's zone.
    pub issue_day: Day,
    /// Random within the day.
    pub status_index: u32,
    /// Whose it is.
    pub person: PersonId,
    /// The phone that has its key; `None` for tokens.
    pub account: Option<AccountId>,
    /// From when it is good.
    pub issued_at: Instant,
    /// Until when it is good.
    pub expires_at: Instant,
}

/// Keeps an issued pass; `false` when the index is taken that day, and another one must be drawn.
pub async fn add(conn: &mut Conn, pass: &Pass, forget_on: Day) -> Result<bool, StoreFault> {
    let sql = "INSERT INTO pass
         (issue_day, status_index, person, account, issued_at, expires_at, withdrawn_at, forget_on)
         VALUES ($1, $2, $3, $4, $5, $6, NULL, $7) ON CONFLICT (issue_day, status_index) DO NOTHING";
    let added = Statement::adds("pass", sql)
        .day(pass.issue_day)
        .number(pass.status_index)
        .text(pass.person.as_str())
        .text_if_any(pass.account.as_ref().map(AccountId::as_str))
        .at(pass.issued_at)
        .at(pass.expires_at)
        .day(forget_on)
        .run(conn)
        .await?;
    Ok(added == 1)
}

/// Whose pass carries an index; `None` when it was never issued, or was withdrawn by `at`.
pub async fn holder(
    conn: &mut Conn,
    issue_day: Day,
    status_index: u32,
    at: Instant,
) -> Result<Option<PersonId>, StoreFault> {
    let row = sqlx::query(
        "SELECT person FROM pass
         WHERE issue_day = $1 AND status_index = $2 AND (withdrawn_at IS NULL OR withdrawn_at > $3)",
    )
    .bind(i64::from(issue_day.0))
    .bind(i64::from(status_index))
    .bind(at.micros())
    .fetch_optional(conn)
    .await?;
    row.map(|row| read_back("pass.person", PersonId::new(row.try_get::<String, _>(0)?))).transpose()
}

/// The index of a person's tokens on a day.
pub async fn token_index(
    conn: &mut Conn,
    person: &PersonId,
    issue_day: Day,
    at: Instant,
) -> Result<Option<u32>, StoreFault> {
    let row = sqlx::query(
        "SELECT status_index FROM pass WHERE person = $1 AND expires_at > $2 AND issue_day = $3
         AND account IS NULL AND withdrawn_at IS NULL ORDER BY expires_at DESC LIMIT 1",
    )
    .bind(person.as_str().to_owned())
    .bind(at.micros())
    .bind(i64::from(issue_day.0))
    .fetch_optional(conn)
    .await?;
    row.map(|row| read_back("pass.status_index", u32::try_from(row.try_get::<i64, _>(0)?))).transpose()
}

/// Until when the passes of a phone last; `None` when it holds none that lasts beyond `at`.
pub async fn lasts_until(
    conn: &mut Conn,
    person: &PersonId,
    account: &AccountId,
    at: Instant,
) -> Result<Option<Instant>, StoreFault> {
    let row = sqlx::query(
        "SELECT MAX(expires_at) FROM pass
         WHERE person = $1 AND expires_at > $2 AND account = $3 AND withdrawn_at IS NULL",
    )
    .bind(person.as_str().to_owned())
    .bind(at.micros())
    .bind(account.as_str().to_owned())
    .fetch_one(conn)
    .await?;
    Ok(row.try_get::<Option<i64>, _>(0)?.map(Instant::from_micros))
}

/// A place in the status tables that some gate may still meet.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Day of issue.
    pub issue_day: Day,
    /// Index within it.
    pub status_index: u32,
    /// It was withdrawn.
    pub is_withdrawn: bool,
}

/// The places of a person whose passes end after `at`.
pub async fn places_of(conn: &mut Conn, person: &PersonId, at: Instant) -> Result<Vec<Place>, StoreFault> {
    let rows = sqlx::query(
        "SELECT issue_day, status_index, CASE WHEN withdrawn_at IS NULL THEN 0 ELSE 1 END AS gone
         FROM pass WHERE person = $1 AND expires_at > $2",
    )
    .bind(person.as_str().to_owned())
    .bind(at.micros())
    .fetch_all(conn)
    .await?;
    rows.iter().map(place).collect()
}

/// The places that are not simply green, with the colour where one is decided, after a cursor of (day, index): withdrawn,
/// inactive, undecided, or of another colour.
pub async fn places_not_green(
    conn: &mut Conn,
    scheme: &str,
    at: Instant,
    after: (Day, i64),
    most: i64,
) -> Result<Vec<(Place, bool, Option<String>)>, StoreFault> {
    let rows = sqlx::query(
        "SELECT p.issue_day, p.status_index, CASE WHEN p.withdrawn_at IS NULL THEN 0 ELSE 1 END AS gone,
           COALESCE(q.active, 0) AS active, d.colour
         FROM pass p LEFT JOIN person q ON q.person = p.person
         LEFT JOIN decision d ON d.person = p.person AND d.scheme = $1
         WHERE p.expires_at > $2 AND (p.issue_day, p.status_index) > ($3, $4)
           AND (p.withdrawn_at IS NOT NULL OR q.active IS NULL OR q.active = 0 OR d.colour IS NULL OR d.colour <> 'green')
         ORDER BY p.issue_day, p.status_index LIMIT $5",
    )
    .bind(scheme.to_owned())
    .bind(at.micros())
    .bind(i64::from(after.0.0))
    .bind(after.1)
    .bind(most)
    .fetch_all(conn)
    .await?;
    let read =
        |row: &AnyRow| Ok((place(row)?, row.try_get::<i64, _>("active")? == 1, row.try_get("colour")?));
    rows.iter().map(read).collect()
}

fn place(row: &AnyRow) -> Result<Place, StoreFault> {
    Ok(Place {
        issue_day: Day(read_back("pass.issue_day", i32::try_from(row.try_get::<i64, _>("issue_day")?))?),
        status_index: read_back("pass.status_index", u32::try_from(row.try_get::<i64, _>("status_index")?))?,
        is_withdrawn: row.try_get::<i64, _>("gone")? == 1,
    })
}

/// Withdraws every pass of a person, also on paper.
pub async fn withdraw_all(conn: &mut Conn, person: &PersonId, at: Instant) -> Result<(), StoreFault> {
    for sql in [
        "UPDATE pass SET withdrawn_at = $2 WHERE person = $1 AND withdrawn_at IS NULL",
        "UPDATE paper_pass SET withdrawn_at = $2 WHERE person = $1 AND withdrawn_at IS NULL",
    ] {
        sqlx::query(sql).bind(person.as_str().to_owned()).bind(at.micros()).execute(&mut *conn).await?;
    }
    Ok(())
}

/// Withdraws the passes of one phone of a person; answers how many.
pub async fn withdraw_of_phone(
    conn: &mut Conn,
    person: &PersonId,
    account: &AccountId,
    at: Instant,
) -> Result<u64, StoreFault> {
    let sql = "UPDATE pass SET withdrawn_at = $3 WHERE person = $1 AND account = $2 AND withdrawn_at IS NULL";
    let withdrawn = sqlx::query(sql)
        .bind(person.as_str().to_owned())
        .bind(account.as_str().to_owned())
        .bind(at.micros())
        .execute(conn)
        .await?;
    Ok(withdrawn.rows_affected())
}

/// Keeps a pass on paper.
pub fn add_paper(
    number: [u8; 8],
    person: &PersonId,
    issued_at: Instant,
    expires_at: Instant,
    forget_on: Day,
) -> Statement {
    let sql = "INSERT INTO paper_pass (number, person, issued_at, expires_at, withdrawn_at, forget_on)
         VALUES ($1, $2, $3, $4, NULL, $5)";
    Statement::adds("paper_pass", sql)
        .bytes(number.to_vec())
        .text(person.as_str())
        .at(issued_at)
        .at(expires_at)
        .day(forget_on)
}

/// Whose pass on paper has a number; `None` when it was never issued, or was withdrawn by `at`.
pub async fn paper_holder(
    conn: &mut Conn,
    number: [u8; 8],
    at: Instant,
) -> Result<Option<PersonId>, StoreFault> {
    let row = sqlx::query(
        "SELECT person FROM paper_pass WHERE number = $1 AND (withdrawn_at IS NULL OR withdrawn_at > $2)",
    )
    .bind(number.to_vec())
    .bind(at.micros())
    .fetch_optional(conn)
    .await?;
    row.map(|row| read_back("paper_pass.person", PersonId::new(row.try_get::<String, _>(0)?))).transpose()
}
