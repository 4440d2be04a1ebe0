//! What may be asked of all cases together: when they fell ill, and who exposed whom.

use crate::engine::Conn;
use crate::{StoreFault, read_back};
use healthcode_core::ids::PersonId;
use healthcode_core::time::Instant;
use sqlx::Row;

/// Of a case under way, what the epidemic curve and the chain of transmission need.
#[derive(Clone, Debug, PartialEq)]
pub struct Illness {
    /// Who.
    pub person: PersonId,
    /// suspected, confirmed, asymptomatic, recovered.
    pub status: String,
    /// Reported when.
    pub reported_at: Instant,
    /// When symptoms began.
    pub onset_at: Option<Instant>,
    /// When the first positive sample was taken.
    pub sampled_at: Option<Instant>,
    /// Whose case it is.
    pub region: String,
}

/// Every case under way in regions whose code begins so, reported since an instant; at most `most`.
pub async fn illnesses(
    conn: &mut Conn,
    region: &str,
    since: Instant,
    most: i64,
) -> Result<Vec<Illness>, StoreFault> {
    let rows = sqlx::query(
        "SELECT * FROM (
           SELECT w.person, w.status, w.since, w.onset_at, w.sampled_at, COALESCE(f.region, p.residence) AS region
           FROM case_window w LEFT JOIN case_file f ON f.person = w.person LEFT JOIN person p ON p.person = w.person
         ) AS cases WHERE region LIKE $1 AND since >= $2 ORDER BY since, person LIMIT $3",
    )
    .bind(format!("{region}%"))
    .bind(since.micros())
    .bind(most)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let at = |column: &str| {
                Ok::<_, StoreFault>(row.try_get::<Option<i64>, _>(column)?.map(Instant::from_micros))
            };
            Ok(Illness {
                person: read_back("case_window.person", PersonId::new(row.try_get::<String, _>("person")?))?,
                status: row.try_get("status")?,
                reported_at: Instant::from_micros(row.try_get("since")?),
                onset_at: at("onset_at")?,
                sampled_at: at("sampled_at")?,
                region: row.try_get("region")?,
            })
        })
        .collect()
}

/// Exposures by a case of someone who is a case, too: pairs of cases, each once.
pub async fn links(conn: &mut Conn, most: i64) -> Result<Vec<(PersonId, PersonId)>, StoreFault> {
    let rows = sqlx::query(
        "SELECT DISTINCT e.case_person, e.contact FROM exposure e JOIN case_window w ON w.person = e.contact
         WHERE e.evidence IS NOT NULL AND e.via = '' ORDER BY e.case_person, e.contact LIMIT $1",
    )
    .bind(most)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let (case, contact): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            Ok((
                read_back("exposure.case_person", PersonId::new(case))?,
                read_back("exposure.contact", PersonId::new(contact))?,
            ))
        })
        .collect()
}
