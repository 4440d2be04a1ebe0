//! What may be asked of decisions: the one in force by person and scheme. Those of the past are made again.

use crate::engine::Conn;
use crate::{Statement, StoreFault, numbered, read_back};
use healthcode_core::decision::Colour;
use healthcode_core::ids::{PersonId, Scheme};
use healthcode_core::time::{Day, Instant};
use sqlx::Row;
use sqlx::any::AnyRow;
use std::collections::HashMap;

/// A decision as stored: never a colour without its reasons, since the body carries both.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredDecision {
    /// Disease or purpose.
    pub scheme: Scheme,
    /// The colour.
    pub colour: Colour,
    /// Reason codes, space-separated; never empty.
    pub reasons: String,
    /// Name and version of the rule set.
    pub rule_set: String,
    /// Since when it has been so.
    pub since: Instant,
    /// When it was decided.
    pub decided_at: Instant,
    /// When it must be decided again.
    pub next_change_at: Option<Instant>,
    /// The decision of the contract, as JSON.
    pub body: String,
}

/// Puts a decision in force.
pub fn put(person: &PersonId, d: &StoredDecision, forget_on: Day) -> Statement {
    let sql = "INSERT INTO decision
         (person, scheme, colour, reasons, rule_set, since, decided_at, next_change_at, body, forget_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (person, scheme) DO UPDATE SET colour = excluded.colour, reasons = excluded.reasons,
           rule_set = excluded.rule_set, since = excluded.since, decided_at = excluded.decided_at,
           next_change_at = excluded.next_change_at, body = excluded.body, forget_on = excluded.forget_on";
    Statement::changes("decision", sql)
        .text(person.as_str())
        .text(d.scheme.as_str())
        .text(d.colour.word())
        .text(&*d.reasons)
        .text(&*d.rule_set)
        .at(d.since)
        .at(d.decided_at)
        .at_if_any(d.next_change_at)
        .text(&*d.body)
        .day(forget_on)
        .of_row(person.as_str())
}

/// The decision in force, if any was made.
pub async fn of_person(
    conn: &mut Conn,
    person: &PersonId,
    scheme: &Scheme,
) -> Result<Option<StoredDecision>, StoreFault> {
    let row = sqlx::query(
        "SELECT colour, reasons, rule_set, since, decided_at, next_change_at, body FROM decision
         WHERE person = $1 AND scheme = $2",
    )
    .bind(person.as_str().to_owned())
    .bind(scheme.as_str().to_owned())
    .fetch_optional(conn)
    .await?;
    row.map(|row| read(&row, scheme)).transpose()
}

fn read(row: &AnyRow, scheme: &Scheme) -> Result<StoredDecision, StoreFault> {
    let colour: String = row.try_get("colour")?;
    Ok(StoredDecision {
        scheme: scheme.clone(),
        colour: read_back("decision.colour", Colour::from_word(&colour).ok_or(colour))?,
        reasons: row.try_get("reasons")?,
        rule_set: row.try_get("rule_set")?,
        since: Instant::from_micros(row.try_get("since")?),
        decided_at: Instant::from_micros(row.try_get("decided_at")?),
        next_change_at: row.try_get::<Option<i64>, _>("next_change_at")?.map(Instant::from_micros),
        body: row.try_get("body")?,
    })
}

/// The decisions in force of some people, by person.
pub async fn of_people(
    conn: &mut Conn,
    people: &[PersonId],
    scheme: &Scheme,
) -> Result<HashMap<PersonId, StoredDecision>, StoreFault> {
    let sql = format!(
        "SELECT person, colour, reasons, rule_set, since, decided_at, next_change_at, body FROM decision
         WHERE scheme = $1 AND person IN ({})",
        numbered(people.len(), 1)
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(scheme.as_str().to_owned());
    let query = people.iter().fold(query, |query, person| query.bind(person.as_str().to_owned()));
    let rows = query.fetch_all(conn).await?;
    let entry = |row: &AnyRow| {
        let person = read_back("decision.person", PersonId::new(row.try_get::<String, _>("person")?))?;
        Ok((person, read(row, scheme)?))
    };
    rows.iter().map(entry).collect()
}

/// Takes the decisions of a person out of force, when the person is merged into another.
pub async fn drop_all(conn: &mut Conn, person: &PersonId) -> Result<(), StoreFault> {
    for table in ["decision", "duty"] {
        let sql = sqlx::AssertSqlSafe(format!("DELETE FROM {table} WHERE person = $1"));
        sqlx::query(sql).bind(person.as_str().to_owned()).execute(&mut *conn).await?;
    }
    Ok(())
}

/// People whose decision was due to change at or before `at`, earliest first, after a cursor of (instant, person), at most
/// `most`; each with that instant.
pub async fn due(
    conn: &mut Conn,
    at: Instant,
    after: (Instant, &str),
    most: i64,
) -> Result<Vec<(Instant, PersonId)>, StoreFault> {
    let rows = sqlx::query(
        "SELECT next_change_at, person FROM decision
         WHERE next_change_at <= $1 AND (next_change_at, person) > ($2, $3)
         ORDER BY next_change_at, person LIMIT $4",
    )
    .bind(at.micros())
    .bind(after.0.micros())
    .bind(after.1.to_owned())
    .bind(most)
    .fetch_all(conn)
    .await?;
    let read = |row: &AnyRow| {
        let person = read_back("decision.person", PersonId::new(row.try_get::<String, _>(1)?))?;
        Ok((Instant::from_micros(row.try_get(0)?), person))
    };
    rows.iter().map(read).collect()
}

/// People decided under another rule set than the one given, or never, after `after` in order of id.
pub async fn decided_otherwise(
    conn: &mut Conn,
    scheme: &Scheme,
    rule_set: &str,
    after: &str,
    most: i64,
) -> Result<Vec<PersonId>, StoreFault> {
    let rows = sqlx::query(
        "SELECT p.person FROM person p LEFT JOIN decision d ON d.person = p.person AND d.scheme = $1
         WHERE p.person > $2 AND (d.rule_set IS NULL OR d.rule_set <> $3) ORDER BY p.person LIMIT $4",
    )
    .bind(scheme.as_str().to_owned())
    .bind(after.to_owned())
    .bind(rule_set.to_owned())
    .bind(most)
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| read_back("person.person", PersonId::new(row.try_get::<String, _>(0)?))).collect()
}

/// How many decisions stand, by colour.
pub async fn count_by_colour(conn: &mut Conn, scheme: &Scheme) -> Result<Vec<(String, i64)>, StoreFault> {
    let rows = sqlx::query(
        "SELECT colour, COUNT(*) FROM decision WHERE scheme = $1 GROUP BY colour ORDER BY colour",
    )
    .bind(scheme.as_str().to_owned())
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}
