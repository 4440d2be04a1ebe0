//! What may be asked of cases under way: their infectious windows, where they were, and the exposures made of that.
//! All of it is derived from evidence and visits, and written by the reconciliation alone.

use crate::engine::Conn;
use crate::{StoreFault, read_back};
use healthcode_core::ids::{EvidenceId, PersonId, PointId};
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

/// Replaces the places of a case.
pub async fn put_places(
    conn: &mut Conn,
    person: &PersonId,
    places: &[(PointId, Interval)],
    forget_on: Day,
) -> Result<(), StoreFault> {
    sqlx::query("DELETE FROM case_place WHERE person = $1")
        .bind(person.as_str().to_owned())
        .execute(&mut *conn)
        .await?;
    for (point, stay) in places {
        sqlx::query(
            "INSERT INTO case_place (point, person, entered_at, left_at, forget_on) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (point, person, entered_at) DO NOTHING",
        )
        .bind(point.as_str().to_owned())
        .bind(person.as_str().to_owned())
        .bind(stay.from.micros())
        .bind(stay.until.micros())
        .bind(i64::from(forget_on.0))
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// An exposure that was made of visits.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptExposure {
    /// Who was exposed.
    pub contact: PersonId,
    /// Where.
    pub point: PointId,
    /// Counts how often it was made anew.
    pub generation: i64,
    /// The evidence that stands for it; none when withdrawn.
    pub evidence: Option<EvidenceId>,
    /// The data of that evidence, as JSON.
    pub data: String,
}

/// Exposures made of a case, withdrawn ones too.
pub async fn exposures(conn: &mut Conn, case: &PersonId) -> Result<Vec<KeptExposure>, StoreFault> {
    let rows = sqlx::query(
        "SELECT contact, point, generation, evidence, data FROM exposure WHERE case_person = $1 ORDER BY contact, point",
    )
    .bind(case.as_str().to_owned())
    .fetch_all(conn)
    .await?;
    rows.iter().map(read_exposure).collect()
}

fn read_exposure(row: &AnyRow) -> Result<KeptExposure, StoreFault> {
    let evidence: Option<String> = row.try_get("evidence")?;
    Ok(KeptExposure {
        contact: read_back("exposure.contact", PersonId::new(row.try_get::<String, _>("contact")?))?,
        point: read_back("exposure.point", PointId::new(row.try_get::<String, _>("point")?))?,
        generation: row.try_get("generation")?,
        evidence: evidence.map(|e| read_back("exposure.evidence", EvidenceId::new(e))).transpose()?,
        data: row.try_get("data")?,
    })
}

/// Exposures of a contact, with the case that made each.
pub async fn exposures_of(
    conn: &mut Conn,
    contact: &PersonId,
) -> Result<Vec<(PersonId, KeptExposure)>, StoreFault> {
    let rows = sqlx::query(
        "SELECT case_person, contact, point, generation, evidence, data FROM exposure WHERE contact = $1
         ORDER BY case_person, point",
    )
    .bind(contact.as_str().to_owned())
    .fetch_all(conn)
    .await?;
    let case = |row: &AnyRow| {
        read_back("exposure.case_person", PersonId::new(row.try_get::<String, _>("case_person")?))
    };
    rows.iter().map(|row| Ok((case(row)?, read_exposure(row)?))).collect()
}

/// Takes the exposures of a contact out of the books; their evidence is the caller's to withdraw.
pub async fn drop_exposures_of(conn: &mut Conn, contact: &PersonId) -> Result<(), StoreFault> {
    sqlx::query("DELETE FROM exposure WHERE contact = $1")
        .bind(contact.as_str().to_owned())
        .execute(conn)
        .await?;
    Ok(())
}

/// Keeps what stands now for an exposure.
pub async fn put_exposure(
    conn: &mut Conn,
    case: &PersonId,
    kept: &KeptExposure,
    forget_on: Day,
) -> Result<(), StoreFault> {
    sqlx::query(
        "INSERT INTO exposure (case_person, contact, point, generation, evidence, data, forget_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (case_person, contact, point) DO UPDATE SET generation = excluded.generation,
           evidence = excluded.evidence, data = excluded.data",
    )
    .bind(case.as_str().to_owned())
    .bind(kept.contact.as_str().to_owned())
    .bind(kept.point.as_str().to_owned())
    .bind(kept.generation)
    .bind(kept.evidence.as_ref().map(ToString::to_string))
    .bind(kept.data.clone())
    .bind(i64::from(forget_on.0))
    .execute(conn)
    .await?;
    Ok(())
}
