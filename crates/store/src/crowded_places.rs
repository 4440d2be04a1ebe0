//! What may be asked of places at which a case would have more contacts than the definition lets pass, and of what officers
//! chose there.

use crate::engine::Conn;
use crate::{Statement, StoreFault, read_back};
use healthcode_core::ids::{AccountId, PersonId, PointId};
use healthcode_core::time::{Day, Instant};
use sqlx::Row;
use sqlx::any::AnyRow;

/// A crowded place of a case.
#[derive(Clone, Debug, PartialEq)]
pub struct CrowdedPlace {
    /// The case.
    pub person: PersonId,
    /// Which ring: 1 of the case, 2 of her close contacts.
    pub ring: i64,
    /// Where.
    pub point: PointId,
    /// How many would become contacts there.
    pub people: i64,
    /// How many each choice would leave, as JSON.
    pub counts: String,
    /// When it was found.
    pub found_at: Instant,
    /// What an officer chose, if any did.
    pub chosen: Option<Chosen>,
}

/// What an officer chose.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    /// The choice, as JSON.
    pub choice: String,
    /// Why.
    pub reason: String,
    /// Who.
    pub by: AccountId,
    /// When.
    pub at: Instant,
}

/// Keeps that a place is crowded, beside what was chosen there.
pub fn found(place: &CrowdedPlace, forget_on: Day) -> Statement {
    let sql = "INSERT INTO crowded_place (person, ring, point, people, counts, found_at, forget_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (person, ring, point) DO UPDATE SET people = excluded.people, counts = excluded.counts";
    Statement::changes("crowded_place", sql)
        .text(place.person.as_str())
        .number(place.ring)
        .text(place.point.as_str())
        .number(place.people)
        .text(&*place.counts)
        .at(place.found_at)
        .day(forget_on)
}

/// Forgets a place that is crowded no more, unless somebody chose there meanwhile.
pub fn gone(person: &PersonId, ring: i64, point: &PointId) -> Statement {
    let sql = "DELETE FROM crowded_place WHERE person = $1 AND ring = $2 AND point = $3 AND choice IS NULL";
    Statement::changes("crowded_place", sql).text(person.as_str()).number(ring).text(point.as_str())
}

/// Keeps what an officer chose.
pub fn choose(place: &CrowdedPlace, chosen: &Chosen) -> Statement {
    let sql = "UPDATE crowded_place SET choice = $4, reason = $5, chosen_by = $6, chosen_at = $7
         WHERE person = $1 AND ring = $2 AND point = $3";
    Statement::changes("crowded_place", sql)
        .text(place.person.as_str())
        .number(place.ring)
        .text(place.point.as_str())
        .text(&*chosen.choice)
        .text(&*chosen.reason)
        .text(chosen.by.as_str())
        .at(chosen.at)
}

const COLUMNS: &str = "person, ring, point, people, counts, found_at, choice, reason, chosen_by, chosen_at";

/// The crowded places of a case, by ring and point.
pub async fn of_case(conn: &mut Conn, person: &PersonId) -> Result<Vec<CrowdedPlace>, StoreFault> {
    let sql = format!("SELECT {COLUMNS} FROM crowded_place WHERE person = $1 ORDER BY ring, point");
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(person.as_str().to_owned());
    query.fetch_all(conn).await?.iter().map(read).collect()
}

/// Crowded places at which nobody chose, the oldest first, at most `most`.
pub async fn open(conn: &mut Conn, most: i64) -> Result<Vec<CrowdedPlace>, StoreFault> {
    let sql = format!(
        "SELECT {COLUMNS} FROM crowded_place WHERE choice IS NULL ORDER BY found_at, person, ring, point LIMIT $1"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(most).fetch_all(conn).await?.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<CrowdedPlace, StoreFault> {
    let by: Option<String> = row.try_get("chosen_by")?;
    let by = by.map(|by| read_back("crowded_place.chosen_by", AccountId::new(by))).transpose()?;
    let (choice, reason): (Option<String>, Option<String>) = (row.try_get("choice")?, row.try_get("reason")?);
    let at = row.try_get::<Option<i64>, _>("chosen_at")?.map(Instant::from_micros);
    let chosen = choice.zip(by).zip(at).map(|((choice, by), at)| Chosen {
        choice,
        reason: reason.unwrap_or_default(),
        by,
        at,
    });
    Ok(CrowdedPlace {
        person: read_back("crowded_place.person", PersonId::new(row.try_get::<String, _>("person")?))?,
        ring: row.try_get("ring")?,
        point: read_back("crowded_place.point", PointId::new(row.try_get::<String, _>("point")?))?,
        people: row.try_get("people")?,
        counts: row.try_get("counts")?,
        found_at: Instant::from_micros(row.try_get("found_at")?),
        chosen,
    })
}

/// Gives what officers chose about one person to another, when both turn out to be the same. Where both have the place, the
/// choice of the one who goes on stays; one that nobody made there is taken over.
pub async fn hand_over(conn: &mut Conn, from: &PersonId, to: &PersonId) -> Result<(), StoreFault> {
    for sql in [
        "DELETE FROM crowded_place WHERE person = $2 AND choice IS NULL AND EXISTS
           (SELECT 1 FROM crowded_place other WHERE other.person = $1 AND other.ring = crowded_place.ring
              AND other.point = crowded_place.point)",
        "UPDATE crowded_place SET person = $2 WHERE person = $1 AND NOT EXISTS
           (SELECT 1 FROM crowded_place other WHERE other.person = $2 AND other.ring = crowded_place.ring
              AND other.point = crowded_place.point)",
        "DELETE FROM crowded_place WHERE person = $1 AND person <> $2",
    ] {
        let moved = sqlx::query(sql).bind(from.as_str().to_owned()).bind(to.as_str().to_owned());
        moved.execute(&mut *conn).await?;
    }
    Ok(())
}
