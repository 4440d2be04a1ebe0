//! What may be asked of cases under way: their infectious windows. Derived from evidence, and written by tracing alone.

use crate::engine::Conn;
use crate::{StoreFault, read_back};
use healthcode_core::ids::PersonId;
use healthcode_core::time::{Day, Instant, Interval};
use sqlx::Row;
use sqlx::any::AnyRow;

/// A case under way.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseWindow {
    /// Who.
    pub person: PersonId,
    /// suspected, confirmed, asymptomatic, recovered.
    pub status: String,
    /// Since when.
    pub since: Instant,
    /// When symptoms began.
    pub onset_at: Option<Instant>,
    /// When the first positive sample was taken.
    pub sampled_at: Option<Instant>,
    /// When others were exposed.
    pub window: Interval,
}

/// Sets the window of a case.
pub async fn put_window(conn: &mut Conn, case: &CaseWindow, forget_on: Day) -> Result<(), StoreFault> {
    sqlx::query(
        "INSERT INTO case_window (person, status, since, onset_at, window_from, window_until, forget_on, sampled_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (person) DO UPDATE SET status = excluded.status, since = excluded.since,
           onset_at = excluded.onset_at, window_from = excluded.window_from, window_until = excluded.window_until,
           sampled_at = excluded.sampled_at",
    )
    .bind(case.person.as_str().to_owned())
    .bind(case.status.clone())
    .bind(case.since.micros())
    .bind(case.onset_at.map(Instant::micros))
    .bind(case.window.from.micros())
    .bind(case.window.until.micros())
    .bind(i64::from(forget_on.0))
    .bind(case.sampled_at.map(Instant::micros))
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the window of someone who is no case any more.
pub async fn drop_window(conn: &mut Conn, person: &PersonId) -> Result<(), StoreFault> {
    sqlx::query("DELETE FROM case_window WHERE person = $1")
        .bind(person.as_str().to_owned())
        .execute(conn)
        .await?;
    Ok(())
}

/// Columns of a case under way, with the number of people exposed to it.
const CASE: &str = "person, status, since, onset_at, sampled_at, window_from, window_until,
           (SELECT COUNT(DISTINCT contact) FROM exposure
             WHERE case_person = case_window.person AND evidence IS NOT NULL) AS contacts";

/// Cases under way with the number of people exposed to each, in order of person, after one.
pub async fn list(conn: &mut Conn, after: &str, most: i64) -> Result<Vec<(CaseWindow, i64)>, StoreFault> {
    let sql = format!("SELECT {CASE} FROM case_window WHERE person > $1 ORDER BY person LIMIT $2");
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(after.to_owned()).bind(most);
    query.fetch_all(conn).await?.iter().map(read_case).collect()
}

/// A case under way with the number of people exposed to it.
pub async fn of_person(conn: &mut Conn, person: &PersonId) -> Result<Option<(CaseWindow, i64)>, StoreFault> {
    let sql = format!("SELECT {CASE} FROM case_window WHERE person = $1");
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(person.as_str().to_owned());
    query.fetch_optional(conn).await?.as_ref().map(read_case).transpose()
}

fn read_case(row: &AnyRow) -> Result<(CaseWindow, i64), StoreFault> {
    let from = Instant::from_micros(row.try_get("window_from")?);
    let until = Instant::from_micros(row.try_get("window_until")?);
    let at =
        |column: &str| Ok::<_, StoreFault>(row.try_get::<Option<i64>, _>(column)?.map(Instant::from_micros));
    let window = Interval::new(from, until).ok_or("it ends before it begins");
    let case = CaseWindow {
        person: read_back("case_window.person", PersonId::new(row.try_get::<String, _>("person")?))?,
        status: row.try_get("status")?,
        since: Instant::from_micros(row.try_get("since")?),
        onset_at: at("onset_at")?,
        sampled_at: at("sampled_at")?,
        window: read_back("case_window", window)?,
    };
    Ok((case, row.try_get("contacts")?))
}
