//! What may be asked of collection points.

use crate::engine::Conn;
use crate::{StoreFault, read_back};
use healthcode_core::ids::PointId;
use healthcode_core::region::Region;
use healthcode_core::rule_set::Text;
use healthcode_core::time::{Day, Instant};
use sqlx::Row;

/// A collection point.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Random, global.
    pub point: PointId,
    /// Its name.
    pub name: Text,
    /// community, enterprise, school, pharmacy, market, transport, office, hospital, other.
    pub kind: String,
    /// Where it lies.
    pub region: Region,
    /// Seconds assumed for a visit without a leaving scan.
    pub usual_stay_s: i64,
    /// Where exactly, where somebody said.
    pub position: Option<Position>,
}

/// A place on the earth, in millionths of a degree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// North positive; -90,000,000 to 90,000,000.
    pub latitude: i32,
    /// East positive; -180,000,000 to 180,000,000.
    pub longitude: i32,
}

impl Position {
    /// Metres to another place along a great circle, by the haversine formula (R. W. Sinnott, "Virtues of the Haversine",
    /// Sky and Telescope 68, 1984) on a sphere of 6,371 km.
    pub fn metres_to(&self, other: &Self) -> f64 {
        let radians = |millionths: i32| (f64::from(millionths) / 1e6).to_radians();
        let (north, south) = (radians(self.latitude), radians(other.latitude));
        let half = |difference: f64| (difference / 2.0).sin().powi(2);
        let across = radians(self.longitude) - radians(other.longitude);
        let chord = half(north - south) + north.cos() * south.cos() * half(across);
        2.0 * 6_371_000.0 * chord.sqrt().min(1.0).asin()
    }
}

/// Adds a point.
pub async fn add(conn: &mut Conn, point: &Point, at: Instant, forget_on: Day) -> Result<(), StoreFault> {
    sqlx::query(
        "INSERT INTO point (point, name_en, name_zh, kind, region, usual_stay_s, created_at, forget_on,
           latitude, longitude)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(point.point.as_str().to_owned())
    .bind(point.name.en.clone())
    .bind(point.name.zh.clone())
    .bind(point.kind.clone())
    .bind(point.region.as_str().to_owned())
    .bind(point.usual_stay_s)
    .bind(at.micros())
    .bind(i64::from(forget_on.0))
    .bind(point.position.map(|position| i64::from(position.latitude)))
    .bind(point.position.map(|position| i64::from(position.longitude)))
    .execute(conn)
    .await?;
    Ok(())
}

const COLUMNS: &str = "point, name_en, name_zh, kind, region, usual_stay_s, latitude, longitude";

/// One point.
pub async fn get(conn: &mut Conn, point: &PointId) -> Result<Option<Point>, StoreFault> {
    let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM point WHERE point = $1"));
    let row = sqlx::query(sql).bind(point.as_str().to_owned()).fetch_optional(conn).await?;
    row.as_ref().map(read).transpose()
}

/// Points in order of id, after one.
pub async fn list(conn: &mut Conn, after: &str, most: i64) -> Result<Vec<Point>, StoreFault> {
    let sql =
        sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM point WHERE point > $1 ORDER BY point LIMIT $2"));
    sqlx::query(sql).bind(after.to_owned()).bind(most).fetch_all(conn).await?.iter().map(read).collect()
}

fn read(row: &sqlx::any::AnyRow) -> Result<Point, StoreFault> {
    let (latitude, longitude): (Option<i64>, Option<i64>) =
        (row.try_get("latitude")?, row.try_get("longitude")?);
    let position = latitude
        .zip(longitude)
        .map(|(latitude, longitude)| Position { latitude: latitude as i32, longitude: longitude as i32 });
    Ok(Point {
        point: read_back("point.point", PointId::new(row.try_get::<String, _>("point")?))?,
        name: Text { en: row.try_get("name_en")?, zh: row.try_get("name_zh")? },
        kind: row.try_get("kind")?,
        region: read_back("point.region", Region::new(&row.try_get::<String, _>("region")?))?,
        usual_stay_s: row.try_get("usual_stay_s")?,
        position,
    })
}
