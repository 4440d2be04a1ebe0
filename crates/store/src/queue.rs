//! Work to be done later, safe to do twice. It is claimed by lease, so that two servers do nothing at the same time,
//! and a request that comes while the work is under way is not lost.

use crate::engine::Conn;
use crate::{Statement, StoreFault, read_back};
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::time::{Day, Instant, Interval};
use sqlx::Row;

/// The kind of work that reconciles the exposures of a case.
pub const RECONCILE: &str = "reconcile";

/// Asks for work.
pub fn ask(kind: &'static str, key: &str, at: Instant, forget_on: Day) -> Statement {
    let sql = "INSERT INTO work (kind, key, due_at, leased_until, revision, forget_on) VALUES ($1, $2, $3, 0, 1, $4)
         ON CONFLICT (kind, key) DO UPDATE SET revision = work.revision + 1,
           due_at = CASE WHEN work.due_at < excluded.due_at THEN work.due_at ELSE excluded.due_at END";
    Statement::changes("work", sql).text(kind).text(key).at(at).day(forget_on)
}

/// Asks for the reconciliation of every case under way, because what counts as a contact has changed.
pub fn ask_for_all(at: Instant, forget_on: Day) -> Statement {
    let sql = "INSERT INTO work (kind, key, due_at, leased_until, revision, forget_on)
         SELECT 'reconcile', person, CAST($1 AS BIGINT), 0, 1, CAST($2 AS BIGINT) FROM case_window WHERE 1 = 1
         ON CONFLICT (kind, key) DO UPDATE SET revision = work.revision + 1";
    Statement::changes("work", sql).at(at).day(forget_on)
}

/// Asks for the reconciliation of every case that a visit may concern: those who were at the same point within its
/// time, or whose close contacts were, the visitor's own case, and the cases whose close contact she is.
pub fn ask_for_visit(
    person: &PersonId,
    point: &PointId,
    stay: Interval,
    at: Instant,
    forget_on: Day,
) -> Statement {
    let sql = "INSERT INTO work (kind, key, due_at, leased_until, revision, forget_on)
         WITH visit (at, forget_on, point, entered_at, left_at, person) AS (VALUES \
           (CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS TEXT), CAST($4 AS BIGINT), CAST($5 AS BIGINT),
            CAST($6 AS TEXT)))
         SELECT 'reconcile', key, MIN(at), 0, 1, MAX(forget_on) FROM (
           SELECT traced_place.person AS key, visit.at, visit.forget_on FROM visit CROSS JOIN traced_place
           WHERE traced_place.point = visit.point AND traced_place.entered_at < visit.left_at
             AND traced_place.left_at > visit.entered_at AND traced_place.person <> visit.person
           UNION ALL SELECT case_window.person, visit.at, visit.forget_on FROM visit CROSS JOIN case_window
           WHERE case_window.person = visit.person AND window_from < visit.left_at AND window_until > visit.entered_at
           UNION ALL SELECT exposure.case_person, visit.at, visit.forget_on FROM visit CROSS JOIN exposure
           WHERE exposure.contact = visit.person AND exposure.via = '' AND exposure.evidence IS NOT NULL
         ) AS concerned WHERE 1 = 1 GROUP BY key
         ON CONFLICT (kind, key) DO UPDATE SET revision = work.revision + 1";
    Statement::gathers("work", sql)
        .at(at)
        .day(forget_on)
        .text(point.as_str())
        .at(stay.from)
        .at(stay.until)
        .text(person.as_str())
}

/// Work that was claimed.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    /// What it is about.
    pub key: PersonId,
    /// Which request was seen.
    pub revision: i64,
}

/// Whether any work of a kind is due; cheap, so that an idle server writes nothing.
pub async fn is_due(conn: &mut Conn, kind: &'static str, at: Instant) -> Result<bool, StoreFault> {
    let row =
        sqlx::query("SELECT key FROM work WHERE kind = $1 AND due_at <= $2 AND leased_until <= $2 LIMIT 1")
            .bind(kind)
            .bind(at.micros())
            .fetch_optional(conn)
            .await?;
    Ok(row.is_some())
}

/// Claims due work of a kind until `until`.
pub async fn claim(
    conn: &mut Conn,
    kind: &'static str,
    at: Instant,
    until: Instant,
    most: i64,
) -> Result<Vec<Work>, StoreFault> {
    let rows = sqlx::query(
        "UPDATE work SET leased_until = $3 WHERE kind = $1 AND leased_until <= $2 AND key IN (
           SELECT key FROM work WHERE kind = $1 AND due_at <= $2 AND leased_until <= $2 ORDER BY due_at LIMIT $4)
         RETURNING key, revision",
    )
    .bind(kind)
    .bind(at.micros())
    .bind(until.micros())
    .bind(most)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let key = read_back("work.key", PersonId::new(row.try_get::<String, _>("key")?))?;
            Ok(Work { key, revision: row.try_get("revision")? })
        })
        .collect()
}

/// Finishes work, unless it was asked for again meanwhile; then it is due at once.
pub async fn finish(conn: &mut Conn, kind: &'static str, work: &Work) -> Result<(), StoreFault> {
    sqlx::query("DELETE FROM work WHERE kind = $1 AND key = $2 AND revision = $3")
        .bind(kind)
        .bind(work.key.as_str().to_owned())
        .bind(work.revision)
        .execute(&mut *conn)
        .await?;
    sqlx::query("UPDATE work SET leased_until = 0 WHERE kind = $1 AND key = $2")
        .bind(kind)
        .bind(work.key.as_str().to_owned())
        .execute(conn)
        .await?;
    Ok(())
}
