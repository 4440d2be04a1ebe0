//! What may be asked of the exposures that stand as evidence, by the case, the contact, the place, and whom of the close
//! contacts she met where it was not the case. Written by tracing alone.

use crate::engine::Conn;
use crate::{StoreFault, read_back};
use healthcode_core::ids::{EvidenceId, PersonId, PointId};
use healthcode_core::time::Day;
use sqlx::Row;
use sqlx::any::AnyRow;

/// An exposure that was made of visits.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptExposure {
    /// Who was exposed.
    pub contact: PersonId,
    /// Where.
    pub point: PointId,
    /// The close contact who was met; `None` where it was the case.
    pub via: Option<PersonId>,
    /// Counts how often it was made anew.
    pub generation: i64,
    /// The evidence that stands for it; none when withdrawn.
    pub evidence: Option<EvidenceId>,
    /// The data of that evidence, as JSON.
    pub data: String,
}

impl KeptExposure {
    /// What tells it from the others of the same case.
    pub fn key(&self) -> (&PersonId, &PointId, &Option<PersonId>) {
        (&self.contact, &self.point, &self.via)
    }
}

const COLUMNS: &str = "contact, point, via, generation, evidence, data";

/// Exposures made of a case, withdrawn ones too, by contact, point and whom of the close contacts she met.
pub async fn of_case(conn: &mut Conn, case: &PersonId) -> Result<Vec<KeptExposure>, StoreFault> {
    let sql = format!("SELECT {COLUMNS} FROM exposure WHERE case_person = $1 ORDER BY contact, point, via");
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(case.as_str().to_owned());
    query.fetch_all(conn).await?.iter().map(read).collect()
}

/// Exposures of a contact made of one case, withdrawn ones too.
pub async fn between(
    conn: &mut Conn,
    case: &PersonId,
    contact: &PersonId,
) -> Result<Vec<KeptExposure>, StoreFault> {
    let sql = format!(
        "SELECT {COLUMNS} FROM exposure WHERE case_person = $1 AND contact = $2 ORDER BY contact, point, via"
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(sql));
    let query = query.bind(case.as_str().to_owned()).bind(contact.as_str().to_owned());
    query.fetch_all(conn).await?.iter().map(read).collect()
}

/// Exposures of a contact, with the case that made each.
pub async fn of_contact(
    conn: &mut Conn,
    contact: &PersonId,
) -> Result<Vec<(PersonId, KeptExposure)>, StoreFault> {
    let sql = format!(
        "SELECT case_person, {COLUMNS} FROM exposure WHERE contact = $1 ORDER BY case_person, point, via"
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(contact.as_str().to_owned());
    let case = |row: &AnyRow| {
        read_back("exposure.case_person", PersonId::new(row.try_get::<String, _>("case_person")?))
    };
    query.fetch_all(conn).await?.iter().map(|row| Ok((case(row)?, read(row)?))).collect()
}

/// Takes the exposures of a contact out of the books; their evidence is the caller's to withdraw.
pub async fn drop_of_contact(conn: &mut Conn, contact: &PersonId) -> Result<(), StoreFault> {
    sqlx::query("DELETE FROM exposure WHERE contact = $1")
        .bind(contact.as_str().to_owned())
        .execute(conn)
        .await?;
    Ok(())
}

/// Keeps what stands now for an exposure.
pub async fn put(
    conn: &mut Conn,
    case: &PersonId,
    kept: &KeptExposure,
    forget_on: Day,
) -> Result<(), StoreFault> {
    sqlx::query(
        "INSERT INTO exposure (case_person, contact, point, via, generation, evidence, data, forget_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (case_person, contact, point, via) DO UPDATE SET generation = excluded.generation,
           evidence = excluded.evidence, data = excluded.data",
    )
    .bind(case.as_str().to_owned())
    .bind(kept.contact.as_str().to_owned())
    .bind(kept.point.as_str().to_owned())
    .bind(kept.via.as_ref().map_or(String::new(), ToString::to_string))
    .bind(kept.generation)
    .bind(kept.evidence.as_ref().map(ToString::to_string))
    .bind(kept.data.clone())
    .bind(i64::from(forget_on.0))
    .execute(conn)
    .await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<KeptExposure, StoreFault> {
    let evidence: Option<String> = row.try_get("evidence")?;
    let via: String = row.try_get("via")?;
    let via = (!via.is_empty()).then(|| read_back("exposure.via", PersonId::new(via))).transpose()?;
    Ok(KeptExposure {
        contact: read_back("exposure.contact", PersonId::new(row.try_get::<String, _>("contact")?))?,
        point: read_back("exposure.point", PointId::new(row.try_get::<String, _>("point")?))?,
        via,
        generation: row.try_get("generation")?,
        evidence: evidence.map(|e| read_back("exposure.evidence", EvidenceId::new(e))).transpose()?,
        data: row.try_get("data")?,
    })
}
