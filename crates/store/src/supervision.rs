//! What may be asked of everyone under an order of isolation: whom to call first.

use crate::engine::Conn;
use crate::{StoreFault, read_back};
use healthcode_core::ids::{AccountId, EvidenceId, PersonId, Scheme};
use healthcode_core::time::Instant;
use sqlx::Row;
use sqlx::any::AnyRow;

/// Why someone stands where she does on the work list, the gravest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Risk {
    /// Fever or a symptom was reported, and nobody followed up.
    Abnormal,
    /// Nobody was met at the door.
    NotMet,
    /// A whole day has passed without a report.
    Missed,
    /// Reports came that were not counted.
    Flagged,
    /// No report of today by noon.
    Late,
    /// The end has passed, and the rules do not let go.
    PastEnd,
    /// Nothing to do.
    Quiet,
}

impl Risk {
    const ALL: [Self; 7] =
        [Self::Abnormal, Self::NotMet, Self::Missed, Self::Flagged, Self::Late, Self::PastEnd, Self::Quiet];

    /// The word in interfaces.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Abnormal => "abnormal",
            Self::NotMet => "not_met",
            Self::Missed => "missed",
            Self::Flagged => "flagged",
            Self::Late => "late",
            Self::PastEnd => "past_end",
            Self::Quiet => "quiet",
        }
    }

    /// Its place in the order, from 1.
    pub fn rank(self) -> i64 {
        Self::ALL.iter().position(|risk| *risk == self).map_or(0, |at| at as i64 + 1)
    }
}

/// What the list is asked for.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// Now.
    pub at: Instant,
    /// Whose last report was before this has missed a day.
    pub missed_before: Instant,
    /// Whose last report was before this is late; none before noon.
    pub late_before: Option<Instant>,
    /// Whose colour tells that the rules hold.
    pub scheme: &'a Scheme,
    /// Regions whose code begins like this; all when empty.
    pub region: &'a str,
    /// Only what this account looks after.
    pub officer: Option<&'a AccountId>,
    /// Only where there is something to do.
    pub only_due: bool,
}

/// Where a page begins: after this place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Rank of the risk.
    pub rank: i64,
    /// The last report.
    pub last_report_at: Instant,
    /// Who.
    pub person: String,
}

/// Someone on the list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Who.
    pub person: PersonId,
    /// The order.
    pub order: EvidenceId,
    /// Why here.
    pub risk: Risk,
    /// case, close_contact and so on.
    pub kind: String,
    /// central, home, monitoring.
    pub place: String,
    /// Region of residence.
    pub region: String,
    /// End.
    pub until: Instant,
    /// The last report.
    pub last_report_at: Instant,
    /// Who looks after it.
    pub officer: Option<AccountId>,
}

/// Orders that run, or that have passed their end while the rules hold on: in order of risk, then of the last report.
pub async fn list(
    conn: &mut Conn,
    ask: &Ask<'_>,
    after: &Place,
    most: i64,
) -> Result<Vec<Listed>, StoreFault> {
    let rows = sqlx::query(
        "SELECT * FROM (
           SELECT q.person, q.id, q.kind, q.place, q.region, q.until_at, q.last_report_at, q.officer,
             CASE WHEN q.abnormal_at > q.handled_at THEN 1 WHEN q.not_met_at > q.handled_at THEN 2
               WHEN q.last_report_at < $1 THEN 3 WHEN q.flagged_at > q.handled_at THEN 4
               WHEN q.last_report_at < $2 THEN 5 WHEN q.until_at <= $3 THEN 6 ELSE 7 END AS rank
           FROM quarantine q
           WHERE q.closed_at IS NULL AND (q.until_at > $3 OR EXISTS (SELECT 1 FROM decision d
               WHERE d.person = q.person AND d.scheme = $4 AND d.colour IN ('yellow', 'red')))
             AND q.region LIKE $5 AND ($6 = '' OR q.officer = $6)
         ) AS listed
         WHERE rank <= $7 AND (rank > $8 OR (rank = $8 AND (last_report_at > $9 OR
           (last_report_at = $9 AND person > $10))))
         ORDER BY rank, last_report_at, person LIMIT $11",
    )
    .bind(ask.missed_before.micros())
    .bind(ask.late_before.map_or(0, Instant::micros))
    .bind(ask.at.micros())
    .bind(ask.scheme.as_str().to_owned())
    .bind(format!("{}%", ask.region))
    .bind(ask.officer.map_or(String::new(), |officer| officer.as_str().to_owned()))
    .bind(if ask.only_due { Risk::PastEnd.rank() } else { Risk::Quiet.rank() })
    .bind(after.rank)
    .bind(after.last_report_at.micros())
    .bind(after.person.clone())
    .bind(most)
    .fetch_all(conn)
    .await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<Listed, StoreFault> {
    let rank: i64 = row.try_get::<i64, _>("rank")?;
    let risk = usize::try_from(rank - 1).ok().and_then(|at| Risk::ALL.get(at)).copied();
    let officer: Option<String> = row.try_get("officer")?;
    Ok(Listed {
        person: read_back("quarantine.person", PersonId::new(row.try_get::<String, _>("person")?))?,
        order: read_back("quarantine.id", EvidenceId::new(row.try_get::<String, _>("id")?))?,
        risk: read_back("quarantine rank", risk.ok_or(rank))?,
        kind: row.try_get("kind")?,
        place: row.try_get("place")?,
        region: row.try_get("region")?,
        until: Instant::from_micros(row.try_get("until_at")?),
        last_report_at: Instant::from_micros(row.try_get("last_report_at")?),
        officer: officer.map(|text| read_back("quarantine.officer", AccountId::new(text))).transpose()?,
    })
}
