//! What may be asked of evidence. Rows are added and never changed.

use crate::engine::Conn;
use crate::{Statement, StoreFault, numbered, read_back};
use healthcode_core::evidence::{Evidence, Source};
use healthcode_core::fact::Fact;
use healthcode_core::ids::{EvidenceId, PersonId};
use healthcode_core::life::Life;
use healthcode_core::time::{Day, Instant};
use sqlx::Row;
use sqlx::any::AnyRow;
use std::collections::HashMap;

/// Adds one piece of evidence. An id that the person already has is refused by the database.
pub fn add(evidence: &Evidence, recorded_by: &str, forget_on: Day) -> Statement {
    let sql = "INSERT INTO evidence
        (person, recorded_at, id, kind, happened_at, source, recorded_by, data, forget_on)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    Statement::adds("evidence", sql)
        .text(evidence.person.as_str())
        .at(evidence.recorded_at)
        .text(evidence.id.as_str())
        .text(evidence.fact.kind())
        .at(evidence.happened_at)
        .text(evidence.source.word())
        .text(recorded_by)
        .text(evidence.fact.to_data())
        .day(forget_on)
}

/// Everything recorded about a person.
pub async fn of_person(conn: &mut Conn, person: &PersonId) -> Result<Vec<Evidence>, StoreFault> {
    let rows = sqlx::query(
        "SELECT id, kind, happened_at, recorded_at, source, data FROM evidence WHERE person = $1 ORDER BY recorded_at, id",
    )
    .bind(person.as_str().to_owned())
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| read(row, person)).collect()
}

fn read(row: &AnyRow, person: &PersonId) -> Result<Evidence, StoreFault> {
    let source: String = row.try_get("source")?;
    let kind: String = row.try_get("kind")?;
    let data: String = row.try_get("data")?;
    Ok(Evidence {
        id: read_back("evidence.id", EvidenceId::new(row.try_get::<String, _>("id")?))?,
        person: person.clone(),
        happened_at: Instant::from_micros(row.try_get("happened_at")?),
        recorded_at: Instant::from_micros(row.try_get("recorded_at")?),
        source: read_back("evidence.source", Source::from_word(&source).ok_or(source))?,
        fact: read_back("evidence.data", Fact::from_json(&kind, &data))?,
    })
}

/// Everything recorded about some people, in their order; whoever has none is left out.
pub async fn of_people(
    conn: &mut Conn,
    people: &[PersonId],
) -> Result<Vec<(PersonId, Vec<Evidence>)>, StoreFault> {
    let sql = format!(
        "SELECT person, id, kind, happened_at, recorded_at, source, data FROM evidence WHERE person IN ({})
         ORDER BY person, recorded_at, id",
        numbered(people.len(), 0)
    );
    let query = people
        .iter()
        .fold(sqlx::query(sqlx::AssertSqlSafe(sql)), |query, person| query.bind(person.as_str().to_owned()));
    let mut all: Vec<(PersonId, Vec<Evidence>)> = Vec::with_capacity(people.len());
    for row in query.fetch_all(conn).await? {
        let person: String = row.try_get("person")?;
        if all.last().is_none_or(|(last, _)| last.as_str() != person) {
            all.push((read_back("evidence.person", PersonId::new(person))?, Vec::new()));
        }
        if let Some((person, evidence)) = all.last_mut() {
            evidence.push(read(&row, person)?);
        }
    }
    Ok(all)
}

/// How many pieces of evidence some people have.
pub async fn count_of_people(
    conn: &mut Conn,
    people: &[PersonId],
) -> Result<HashMap<PersonId, i64>, StoreFault> {
    let sql = format!(
        "SELECT person, COUNT(*) FROM evidence WHERE person IN ({}) GROUP BY person",
        numbered(people.len(), 0)
    );
    let query = people
        .iter()
        .fold(sqlx::query(sqlx::AssertSqlSafe(sql)), |query, person| query.bind(person.as_str().to_owned()));
    let entry = |row: &AnyRow| {
        let person = read_back("evidence.person", PersonId::new(row.try_get::<String, _>(0)?))?;
        Ok((person, row.try_get(1)?))
    };
    query.fetch_all(conn).await?.iter().map(entry).collect()
}

/// The life of a person as recorded.
pub async fn life_of(conn: &mut Conn, person: &PersonId) -> Result<Life, StoreFault> {
    read_back("evidence", Life::new(of_person(conn, person).await?))
}

/// Gives the evidence of one person to another, when both turn out to be the same.
pub async fn hand_over(conn: &mut Conn, from: &PersonId, to: &PersonId) -> Result<(), StoreFault> {
    sqlx::query("UPDATE evidence SET person = $2 WHERE person = $1")
        .bind(from.as_str().to_owned())
        .bind(to.as_str().to_owned())
        .execute(conn)
        .await?;
    Ok(())
}
