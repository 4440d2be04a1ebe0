//! What may be asked of visits: by collection point, and by person.

use crate::engine::Conn;
use crate::{Statement, StoreFault, numbered, read_back};
use healthcode_core::ids::{PersonId, PointId, VisitId};
use healthcode_core::time::{Day, Instant, Interval};
use sqlx::Row;
use std::collections::HashMap;

/// A visit.
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    /// Its id.
    pub id: VisitId,
    /// Where.
    pub point: PointId,
    /// Who.
    pub person: PersonId,
    /// From (inside) until (outside).
    pub stay: Interval,
    /// Whether one end is the usual stay and not a scan.
    pub assumed: bool,
    /// Whether a leaving scan may still come.
    pub open: bool,
    /// witnessed, rotating, poster.
    pub grade: String,
}

/// Adds a visit.
pub fn add(visit: &Visit, at: Instant, recorded_by: &str, forget_on: Day) -> Statement {
    let sql = "INSERT INTO visit
        (point, entered_at, id, person, left_at, assumed, open, grade, recorded_at, recorded_by, forget_on)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    Statement::adds("visit", sql)
        .text(visit.point.as_str())
        .at(visit.stay.from)
        .text(visit.id.as_str())
        .text(visit.person.as_str())
        .at(visit.stay.until)
        .number(visit.assumed)
        .number(visit.open)
        .text(&*visit.grade)
        .at(at)
        .text(recorded_by)
        .day(forget_on)
}

/// The latest open visit of a person at a point, entered after `since`.
pub async fn open_at(
    conn: &mut Conn,
    person: &PersonId,
    point: &PointId,
    since: Instant,
) -> Result<Option<Visit>, StoreFault> {
    let row = sqlx::query(
        "SELECT id, point, person, entered_at, left_at, assumed, open, grade FROM visit
         WHERE person = $1 AND point = $2 AND entered_at > $3 AND open = 1 ORDER BY entered_at DESC LIMIT 1",
    )
    .bind(person.as_str().to_owned())
    .bind(point.as_str().to_owned())
    .bind(since.micros())
    .fetch_optional(conn)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Closes an open visit at the leaving scan.
pub async fn close(conn: &mut Conn, visit: &Visit, left_at: Instant) -> Result<(), StoreFault> {
    sqlx::query(
        "UPDATE visit SET left_at = $4, assumed = 0, open = 0 WHERE point = $1 AND entered_at = $2 AND id = $3",
    )
    .bind(visit.point.as_str().to_owned())
    .bind(visit.stay.from.micros())
    .bind(visit.id.as_str().to_owned())
    .bind(left_at.micros())
    .execute(conn)
    .await?;
    Ok(())
}

/// No visit lasts longer: bounds how far before a span an overlapping visit may have begun.
pub const LONGEST_SECONDS: i64 = 24 * 3600;

/// Visits of a person that share time with a span.
pub async fn of_person(conn: &mut Conn, person: &PersonId, span: Interval) -> Result<Vec<Visit>, StoreFault> {
    let rows = sqlx::query(
        "SELECT id, point, person, entered_at, left_at, assumed, open, grade FROM visit
         WHERE person = $1 AND entered_at >= $2 AND entered_at < $3 AND left_at > $4 ORDER BY entered_at, id",
    )
    .bind(person.as_str().to_owned())
    .bind(span.from.plus_seconds(-LONGEST_SECONDS).micros())
    .bind(span.until.micros())
    .bind(span.from.micros())
    .fetch_all(conn)
    .await?;
    rows.iter().map(read).collect()
}

/// The kinds of collection points that some people entered since an instant; each kind once.
pub async fn kinds_of(
    conn: &mut Conn,
    people: &[PersonId],
    since: Instant,
) -> Result<HashMap<PersonId, Vec<String>>, StoreFault> {
    let sql = format!(
        "SELECT DISTINCT v.person, p.kind FROM visit v JOIN point p ON p.point = v.point
         WHERE v.entered_at >= $1 AND v.person IN ({})",
        numbered(people.len(), 1)
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(since.micros());
    let query = people.iter().fold(query, |query, person| query.bind(person.as_str().to_owned()));
    let mut kinds: HashMap<PersonId, Vec<String>> = HashMap::new();
    for row in query.fetch_all(conn).await? {
        let person = read_back("visit.person", PersonId::new(row.try_get::<&str, _>(0)?))?;
        kinds.entry(person).or_default().push(row.try_get(1)?);
    }
    Ok(kinds)
}

/// Visits at a point that share time with a span.
pub async fn at_point(conn: &mut Conn, point: &PointId, span: Interval) -> Result<Vec<Visit>, StoreFault> {
    let rows = sqlx::query(
        "SELECT id, point, person, entered_at, left_at, assumed, open, grade FROM visit
         WHERE point = $1 AND entered_at >= $2 AND entered_at < $3 AND left_at > $4 ORDER BY entered_at, id",
    )
    .bind(point.as_str().to_owned())
    .bind(span.from.plus_seconds(-LONGEST_SECONDS).micros())
    .bind(span.until.micros())
    .bind(span.from.micros())
    .fetch_all(conn)
    .await?;
    rows.iter().map(read).collect()
}

/// Gives visits of one person to another: all, or those of some ids. Answers the ids of those that were given.
pub async fn give(
    conn: &mut Conn,
    from: &PersonId,
    to: &PersonId,
    only: Option<&[String]>,
) -> Result<Vec<String>, StoreFault> {
    let rows = sqlx::query("SELECT id FROM visit WHERE person = $1 ORDER BY entered_at, id")
        .bind(from.as_str().to_owned())
        .fetch_all(&mut *conn)
        .await?;
    let ids: Result<Vec<String>, _> = rows.iter().map(|row| row.try_get("id")).collect();
    let given: Vec<String> =
        ids?.into_iter().filter(|id| only.is_none_or(|only| only.contains(id))).collect();
    for id in &given {
        sqlx::query("UPDATE visit SET person = $2 WHERE person = $1 AND id = $3")
            .bind(from.as_str().to_owned())
            .bind(to.as_str().to_owned())
            .bind(id.clone())
            .execute(&mut *conn)
            .await?;
    }
    Ok(given)
}

/// Gives the visits of one person to another, when both turn out to be the same.
pub async fn hand_over(conn: &mut Conn, from: &PersonId, to: &PersonId) -> Result<(), StoreFault> {
    sqlx::query("UPDATE visit SET person = $2 WHERE person = $1")
        .bind(from.as_str().to_owned())
        .bind(to.as_str().to_owned())
        .execute(conn)
        .await?;
    Ok(())
}

fn read(row: &sqlx::any::AnyRow) -> Result<Visit, StoreFault> {
    let from = Instant::from_micros(row.try_get("entered_at")?);
    let until = Instant::from_micros(row.try_get("left_at")?);
    Ok(Visit {
        id: read_back("visit.id", VisitId::new(row.try_get::<String, _>("id")?))?,
        point: read_back("visit.point", PointId::new(row.try_get::<String, _>("point")?))?,
        person: read_back("visit.person", PersonId::new(row.try_get::<String, _>("person")?))?,
        stay: read_back("visit.left_at", Interval::new(from, until).ok_or("it ends before it begins"))?,
        assumed: row.try_get::<i64, _>("assumed")? == 1,
        open: row.try_get::<i64, _>("open")? == 1,
        grade: row.try_get("grade")?,
    })
}
