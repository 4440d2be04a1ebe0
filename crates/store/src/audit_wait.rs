//! Declarations that wait for an officer's audit.

use crate::engine::Conn;
use crate::{Statement, StoreFault, read_back};
use healthcode_core::ids::{EvidenceId, PersonId};
use healthcode_core::time::{Day, Instant};
use sqlx::Row;

/// A declaration that waits.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// When it was declared.
    pub declared_at: Instant,
    /// The declaration.
    pub evidence: EvidenceId,
    /// Whose.
    pub person: PersonId,
    /// Why a machine did not confirm it.
    pub why: String,
}

/// Queues a declaration. An earlier one of the same person no longer waits: see [`drop_person`].
pub fn add(waiting: &Waiting, forget_on: Day) -> Statement {
    let sql =
        "INSERT INTO audit_wait (declared_at, evidence, person, why, forget_on) VALUES ($1, $2, $3, $4, $5)";
    Statement::adds("audit_wait", sql)
        .at(waiting.declared_at)
        .text(waiting.evidence.to_string())
        .text(waiting.person.as_str())
        .text(&*waiting.why)
        .day(forget_on)
}

/// Nothing of a person waits any more.
pub fn drop_person(person: &PersonId) -> Statement {
    Statement::changes("audit_wait", "DELETE FROM audit_wait WHERE person = $1").text(person.as_str())
}

/// What waits, oldest first, after a cursor of (declared_at, evidence); disputed ones wait in the identity queue.
pub async fn list(conn: &mut Conn, after: (Instant, &str), most: i64) -> Result<Vec<Waiting>, StoreFault> {
    let rows = sqlx::query(
        "SELECT declared_at, evidence, person, why FROM audit_wait
         WHERE (declared_at > $1 OR (declared_at = $1 AND evidence > $2)) ORDER BY declared_at, evidence LIMIT $3",
    )
    .bind(after.0.micros())
    .bind(after.1.to_owned())
    .bind(most)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Waiting {
                declared_at: Instant::from_micros(row.try_get("declared_at")?),
                evidence: read_back("audit_wait", EvidenceId::new(row.try_get::<String, _>("evidence")?))?,
                person: read_back("audit_wait", PersonId::new(row.try_get::<String, _>("person")?))?,
                why: row.try_get("why")?,
            })
        })
        .collect()
}
