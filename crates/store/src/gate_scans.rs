//! What may be asked of scans that gates made alone, and of presentations that were seen twice.

use crate::engine::Conn;
use crate::{Statement, StoreFault, read_back};
use healthcode_core::ids::{AccountId, PersonId, PointId};
use healthcode_core::time::{Day, Instant};
use sqlx::Row;

/// A scan that a gate made alone.
#[derive(Clone, Debug, PartialEq)]
pub struct GateScan {
    /// The gate.
    pub gate: AccountId,
    /// The id it gave the scan.
    pub scan: String,
    /// Where it stood.
    pub point: PointId,
    /// Whose code it was, where the code was valid then.
    pub person: Option<PersonId>,
    /// `in`, `out` or `passing`.
    pub direction: String,
    /// When, by the gate's clock.
    pub scanned_at: Instant,
    /// When it was delivered.
    pub received_at: Instant,
    /// What the gate said of the code.
    pub verdict: String,
    /// The colour it knew.
    pub colour: Option<String>,
    /// What it did.
    pub action: String,
}

/// Keeps a scan; `false` when it was delivered before.
pub async fn add(conn: &mut Conn, scan: &GateScan, forget_on: Day) -> Result<bool, StoreFault> {
    let sql = "INSERT INTO gate_scan (gate, scan, point, person, direction, scanned_at, received_at, verdict, colour,
           action, forget_on) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (gate, scan) DO NOTHING";
    let added = Statement::adds("gate_scan", sql)
        .text(scan.gate.as_str())
        .text(&*scan.scan)
        .text(scan.point.as_str())
        .text_if_any(scan.person.as_ref().map(PersonId::as_str))
        .text(&*scan.direction)
        .at(scan.scanned_at)
        .at(scan.received_at)
        .text(&*scan.verdict)
        .text_if_any(scan.colour.as_deref())
        .text(&*scan.action)
        .day(forget_on)
        .run(conn)
        .await?;
    Ok(added == 1)
}

/// One presentation seen at two points.
#[derive(Clone, Debug, PartialEq)]
pub struct ShownTwice {
    /// When it was seen the second time.
    pub at: Instant,
    /// Whose it is.
    pub person: PersonId,
    /// Where it was seen the second time.
    pub point: PointId,
    /// Where it was seen first.
    pub first_point: PointId,
}

/// Keeps that a presentation was seen at two points.
pub fn add_shown_twice(seen: &ShownTwice, forget_on: Day) -> Statement {
    let sql =
        "INSERT INTO shown_twice (at, person, point, first_point, forget_on) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (at, person, point) DO NOTHING";
    Statement::changes("shown_twice", sql)
        .at(seen.at)
        .text(seen.person.as_str())
        .text(seen.point.as_str())
        .text(seen.first_point.as_str())
        .day(forget_on)
}

/// Presentations seen at two points, newest first, before a cursor of (at, person).
pub async fn shown_twice(
    conn: &mut Conn,
    before: (Instant, &str),
    most: i64,
) -> Result<Vec<ShownTwice>, StoreFault> {
    let rows = sqlx::query(
        "SELECT at, person, point, first_point FROM shown_twice
         WHERE (at, person) < ($1, $2) ORDER BY at DESC, person DESC LIMIT $3",
    )
    .bind(before.0.micros())
    .bind(before.1.to_owned())
    .bind(most)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let point = |column: &str| {
                read_back("shown_twice.point", PointId::new(row.try_get::<String, _>(column)?))
            };
            Ok(ShownTwice {
                at: Instant::from_micros(row.try_get("at")?),
                person: read_back("shown_twice.person", PersonId::new(row.try_get::<String, _>("person")?))?,
                point: point("point")?,
                first_point: point("first_point")?,
            })
        })
        .collect()
}
