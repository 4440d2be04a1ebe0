//! What may be asked of advice: somebody is told of a place where a case was, without any effect on the code.

use crate::engine::Conn;
use crate::{Statement, StoreFault, read_back};
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::time::{Day, Instant, Interval};
use sqlx::Row;
use sqlx::any::AnyRow;

/// A piece of advice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// To whom.
    pub person: PersonId,
    /// Where a case was.
    pub point: PointId,
    /// From when until when the person was there, too.
    pub time: Interval,
}

/// Gives advice; the same again changes nothing but its time.
pub fn give(advice: &Advice, case: &PersonId, at: Instant, forget_on: Day) -> Statement {
    let sql = "INSERT INTO advice (person, case_person, point, first_at, last_at, given_at, forget_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (person, case_person, point) DO UPDATE SET first_at = excluded.first_at, last_at = excluded.last_at";
    Statement::changes("advice", sql)
        .text(advice.person.as_str())
        .text(case.as_str())
        .text(advice.point.as_str())
        .at(advice.time.from)
        .at(advice.time.until)
        .at(at)
        .day(forget_on)
}

/// Takes advice back.
pub fn take_back(advice: &Advice, case: &PersonId) -> Statement {
    let sql = "DELETE FROM advice WHERE person = $1 AND case_person = $2 AND point = $3";
    Statement::changes("advice", sql)
        .text(advice.person.as_str())
        .text(case.as_str())
        .text(advice.point.as_str())
}

/// Advice that a case led to, by person and point.
pub async fn of_case(conn: &mut Conn, case: &PersonId) -> Result<Vec<Advice>, StoreFault> {
    let sql =
        "SELECT person, point, first_at, last_at FROM advice WHERE case_person = $1 ORDER BY person, point";
    let query = sqlx::query(sql).bind(case.as_str().to_owned());
    query.fetch_all(conn).await?.iter().map(read).collect()
}

/// Advice to somebody, the latest first.
pub async fn to_person(conn: &mut Conn, person: &PersonId) -> Result<Vec<Advice>, StoreFault> {
    let sql =
        "SELECT person, point, first_at, last_at FROM advice WHERE person = $1 ORDER BY last_at DESC, point";
    let query = sqlx::query(sql).bind(person.as_str().to_owned());
    query.fetch_all(conn).await?.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<Advice, StoreFault> {
    let from = Instant::from_micros(row.try_get("first_at")?);
    let until = Instant::from_micros(row.try_get("last_at")?);
    Ok(Advice {
        person: read_back("advice.person", PersonId::new(row.try_get::<String, _>("person")?))?,
        point: read_back("advice.point", PointId::new(row.try_get::<String, _>("point")?))?,
        time: read_back("advice.last_at", Interval::new(from, until).ok_or("it ends before it begins"))?,
    })
}
