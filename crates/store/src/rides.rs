//! What may be asked of rides: trips of a vehicle. Who went along are visits to the ride.

use crate::engine::Conn;
use crate::{Statement, StoreFault, read_back};
use healthcode_core::ids::{AccountId, PointId, VisitId};
use healthcode_core::region::Region;
use healthcode_core::time::{Day, Instant, Interval};
use sqlx::Row;
use sqlx::any::AnyRow;

/// Kinds of vehicles.
pub const KINDS: [&str; 10] = [
    "aircraft",
    "train_closed",
    "train_soft_sleeper",
    "train_open",
    "coach_closed",
    "coach_open",
    "ship",
    "metro",
    "bus",
    "taxi",
];

/// A trip of a vehicle.
#[derive(Clone, Debug, PartialEq)]
pub struct Ride {
    /// Its id; the place of its passengers' visits.
    pub ride: PointId,
    /// Who runs it.
    pub operator: String,
    /// Number of the flight, train or line, or number plate.
    pub line: String,
    /// One of [`KINDS`].
    pub kind: String,
    /// Whose officers keep it.
    pub region: Region,
    /// From the first boarding until the last leaving.
    pub span: Interval,
    /// How its seats lie, in words; may be empty.
    pub layout: String,
}

/// Adds a ride.
pub fn add(ride: &Ride, at: Instant, by: &AccountId, forget_on: Day) -> Statement {
    let sql = "INSERT INTO ride (ride, operator, line, kind, region, from_at, until_at, layout, added_at, added_by, forget_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    Statement::adds("ride", sql)
        .text(ride.ride.as_str())
        .text(&*ride.operator)
        .text(&*ride.line)
        .text(&*ride.kind)
        .text(ride.region.as_str())
        .at(ride.span.from)
        .at(ride.span.until)
        .text(&*ride.layout)
        .at(at)
        .text(by.as_str())
        .day(forget_on)
}

const COLUMNS: &str = "ride, operator, line, kind, region, from_at, until_at, layout";

/// A ride.
pub async fn get(conn: &mut Conn, ride: &PointId) -> Result<Option<Ride>, StoreFault> {
    let sql = format!("SELECT {COLUMNS} FROM ride WHERE ride = $1");
    let row =
        sqlx::query(sqlx::AssertSqlSafe(sql)).bind(ride.as_str().to_owned()).fetch_optional(conn).await?;
    row.as_ref().map(read).transpose()
}

/// Rides of a region and what lies within, the latest first, before one.
pub async fn list(
    conn: &mut Conn,
    region: &str,
    (before, before_ride): (Instant, &str),
    most: i64,
) -> Result<Vec<Ride>, StoreFault> {
    let sql = format!(
        "SELECT {COLUMNS} FROM ride WHERE region LIKE $1 AND (from_at < $2 OR (from_at = $2 AND ride < $3))
         ORDER BY from_at DESC, ride DESC LIMIT $4"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(format!("{region}%"))
        .bind(before.micros())
        .bind(before_ride.to_owned())
        .bind(most)
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<Ride, StoreFault> {
    let from = Instant::from_micros(row.try_get("from_at")?);
    let until = Instant::from_micros(row.try_get("until_at")?);
    Ok(Ride {
        ride: read_back("ride.ride", PointId::new(row.try_get::<String, _>("ride")?))?,
        operator: row.try_get("operator")?,
        line: row.try_get("line")?,
        kind: row.try_get("kind")?,
        region: read_back("ride.region", Region::new(&row.try_get::<String, _>("region")?))?,
        span: read_back("ride", Interval::new(from, until).ok_or("it ends before it begins"))?,
        layout: row.try_get("layout")?,
    })
}

/// A change of a passenger's visit.
#[derive(Clone, Debug, PartialEq)]
pub struct RideChange {
    /// When.
    pub at: Instant,
    /// Unique.
    pub id: String,
    /// Whose visit.
    pub visit: VisitId,
    /// The seat that stood there; `-` where none was known, empty where the passenger was not on the list.
    pub before: String,
    /// The seat that stands there now, likewise; empty where the passenger was taken off the list.
    pub after: String,
    /// Why.
    pub reason: String,
    /// By which officer.
    pub account: AccountId,
}

/// Keeps a change with what was there before.
pub fn note(ride: &PointId, change: &RideChange, forget_on: Day) -> Statement {
    let sql = "INSERT INTO ride_change (ride, at, id, visit, before, after, reason, account, forget_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    Statement::adds("ride_change", sql)
        .text(ride.as_str())
        .at(change.at)
        .text(&*change.id)
        .text(change.visit.as_str())
        .text(&*change.before)
        .text(&*change.after)
        .text(&*change.reason)
        .text(change.account.as_str())
        .day(forget_on)
}

/// Changes of a ride's passengers, oldest first.
pub async fn changes(conn: &mut Conn, ride: &PointId) -> Result<Vec<RideChange>, StoreFault> {
    let rows = sqlx::query(
        "SELECT at, id, visit, before, after, reason, account FROM ride_change WHERE ride = $1 ORDER BY at, id",
    )
    .bind(ride.as_str().to_owned())
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(RideChange {
                at: Instant::from_micros(row.try_get("at")?),
                id: row.try_get("id")?,
                visit: read_back("ride_change.visit", VisitId::new(row.try_get::<String, _>("visit")?))?,
                before: row.try_get("before")?,
                after: row.try_get("after")?,
                reason: row.try_get("reason")?,
                account: read_back(
                    "ride_change.account",
                    AccountId::new(row.try_get::<String, _>("account")?),
                )?,
            })
        })
        .collect()
}
