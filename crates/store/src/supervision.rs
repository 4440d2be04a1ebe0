//! What may be asked of everyone who is supervised, by an order of isolation or because the rules ask for reports or tests:
//! whom to call first.

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
    /// The day of a test has passed without a sample.
    TestMissed,
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
    const ALL: [Self; 8] = [
        Self::Abnormal,
        Self::NotMet,
        Self::TestMissed,
        Self::Missed,
        Self::Flagged,
        Self::Late,
        Self::PastEnd,
        Self::Quiet,
    ];

    /// The word in interfaces.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Abnormal => "abnormal",
            Self::NotMet => "not_met",
            Self::TestMissed => "test_missed",
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
    /// Whoever asks: what she looks after is hers wherever it is.
    pub caller: &'a AccountId,
    /// Only what the caller looks after.
    pub only_mine: bool,
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

/// The order that somebody is under.
#[derive(Clone, Debug)]
pub struct UnderOrder {
    /// Which.
    pub order: EvidenceId,
    /// case, close_contact and so on.
    pub kind: String,
    /// central, home, monitoring.
    pub place: String,
    /// End.
    pub until: Instant,
    /// Who looks after it.
    pub officer: Option<AccountId>,
}

/// Someone on the list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Who.
    pub person: PersonId,
    /// The order; none where the rules alone ask.
    pub under: Option<UnderOrder>,
    /// Everything that is to be done, the gravest first, each with the instant since which; never empty.
    pub why: Vec<(Risk, Instant)>,
    /// Whose the order is, or where the person lives.
    pub region: String,
    /// The last report; since when one is asked, until there is one.
    pub last_report_at: Instant,
    /// Whether daily reports are asked.
    pub reports: bool,
}

impl Listed {
    /// Why here.
    pub fn risk(&self) -> Risk {
        self.why.first().map_or(Risk::Quiet, |(risk, _)| *risk)
    }
}

/// An order is supervised until its end, and beyond it while the rules hold.
const ORDER_STANDS: &str = "q.closed_at IS NULL AND (q.until_at > $3 OR EXISTS (SELECT 1 FROM decision d
               WHERE d.person = q.person AND d.scheme = $4 AND d.colour IN ('yellow', 'red')))";

/// Everyone under an order, and everyone whom the rules ask without one: in order of risk, then of the last report.
///
/// A test is missed for whoever is asked one, under an order or not; reports of people without an order are missed from
/// the day after they were first asked.
///
/// Who is under an order is one set, not asked for each person with NOT EXISTS: PostgreSQL made a join of that, and before
/// its first statistics of a table went through all orders for each person.
fn listing() -> String {
    format!(
        "SELECT listed.* FROM (
           SELECT every_one.*,
             CASE WHEN abnormal_at > handled_at THEN 1 WHEN not_met_at > handled_at THEN 2
               WHEN test_missed_at <= $3 THEN 3 WHEN reports = 1 AND last_report_at < $1 THEN 4
               WHEN flagged_at > handled_at THEN 5 WHEN reports = 1 AND last_report_at < $2 THEN 6
               WHEN until_at <= $3 THEN 7 ELSE 8 END AS rank
           FROM (
             SELECT q.person, q.id, q.kind, q.place, q.region, q.until_at, q.last_report_at, q.officer,
               q.abnormal_at, q.not_met_at, q.flagged_at, q.handled_at, t.test_missed_at, CAST(1 AS BIGINT) AS reports
             FROM quarantine q LEFT JOIN duty t ON t.person = q.person
             WHERE {ORDER_STANDS} AND (q.region LIKE $5 OR q.officer = $12) AND ($6 = '' OR q.officer = $6)
             UNION ALL
             SELECT t.person, CAST(NULL AS TEXT), CAST(NULL AS TEXT), CAST(NULL AS TEXT), p.residence,
               CAST(NULL AS BIGINT),
               CASE WHEN t.last_report_at > t.asked_since THEN t.last_report_at ELSE t.asked_since END,
               CAST(NULL AS TEXT), t.abnormal_at, CAST(0 AS BIGINT), CAST(0 AS BIGINT), t.handled_at,
               t.test_missed_at, t.reports
             FROM duty t JOIN person p ON p.person = t.person
             WHERE $6 = '' AND p.residence LIKE $5
               AND t.person NOT IN (SELECT q.person FROM quarantine q WHERE {ORDER_STANDS})
           ) AS every_one
         ) AS listed
         WHERE rank <= $7 AND (rank > $8 OR (rank = $8 AND (last_report_at > $9 OR
           (last_report_at = $9 AND person > $10))))
         ORDER BY rank, last_report_at, person LIMIT $11"
    )
}

/// A page of the list.
pub async fn list(
    conn: &mut Conn,
    ask: &Ask<'_>,
    after: &Place,
    most: i64,
) -> Result<Vec<Listed>, StoreFault> {
    let rows = sqlx::query(sqlx::AssertSqlSafe(listing()))
        .bind(ask.missed_before.micros())
        .bind(ask.late_before.map_or(0, Instant::micros))
        .bind(ask.at.micros())
        .bind(ask.scheme.as_str().to_owned())
        .bind(format!("{}%", ask.region))
        .bind(if ask.only_mine { ask.caller.as_str().to_owned() } else { String::new() })
        .bind(if ask.only_due { Risk::PastEnd.rank() } else { Risk::Quiet.rank() })
        .bind(after.rank)
        .bind(after.last_report_at.micros())
        .bind(after.person.clone())
        .bind(most)
        .bind(ask.caller.as_str().to_owned())
        .fetch_all(conn)
        .await?;
    rows.iter().map(|row| read(row, ask)).collect()
}

/// Everything that is to be done about a row, by the same measures as the order of the list.
fn why(row: &AnyRow, ask: &Ask<'_>) -> Result<Vec<(Risk, Instant)>, StoreFault> {
    let at = |column: &str| Ok::<_, StoreFault>(Instant::from_micros(row.try_get(column)?));
    let if_any =
        |column: &str| Ok::<_, StoreFault>(row.try_get::<Option<i64>, _>(column)?.map(Instant::from_micros));
    let handled = at("handled_at")?;
    let since_handled = |since: Instant| (since > handled).then_some(since);
    let last = at("last_report_at")?;
    let reports = row.try_get::<i64, _>("reports")? == 1;
    let missed = reports && last < ask.missed_before;
    let late = reports && !missed && ask.late_before.is_some_and(|before| last < before);
    let all = [
        (Risk::Abnormal, since_handled(at("abnormal_at")?)),
        (Risk::NotMet, since_handled(at("not_met_at")?)),
        (Risk::TestMissed, if_any("test_missed_at")?.filter(|then| *then <= ask.at)),
        (Risk::Missed, missed.then_some(last)),
        (Risk::Flagged, since_handled(at("flagged_at")?)),
        (Risk::Late, late.then_some(last)),
        (Risk::PastEnd, if_any("until_at")?.filter(|then| *then <= ask.at)),
    ];
    let mut found: Vec<_> = all.into_iter().filter_map(|(risk, since)| Some((risk, since?))).collect();
    if found.is_empty() {
        found.push((Risk::Quiet, last));
    }
    Ok(found)
}

fn read(row: &AnyRow, ask: &Ask<'_>) -> Result<Listed, StoreFault> {
    let text = |column: &str| Ok::<_, StoreFault>(row.try_get::<Option<String>, _>(column)?);
    let under = match (text("id")?, row.try_get::<Option<i64>, _>("until_at")?) {
        (Some(id), Some(until)) => Some(UnderOrder {
            order: read_back("quarantine.id", EvidenceId::new(id))?,
            kind: text("kind")?.unwrap_or_default(),
            place: text("place")?.unwrap_or_default(),
            until: Instant::from_micros(until),
            officer: text("officer")?
                .map(|officer| read_back("quarantine.officer", AccountId::new(officer)))
                .transpose()?,
        }),
        _ => None,
    };
    Ok(Listed {
        person: read_back("quarantine.person", PersonId::new(row.try_get::<String, _>("person")?))?,
        under,
        why: why(row, ask)?,
        region: row.try_get("region")?,
        last_report_at: Instant::from_micros(row.try_get("last_report_at")?),
        reports: row.try_get::<i64, _>("reports")? == 1,
    })
}
