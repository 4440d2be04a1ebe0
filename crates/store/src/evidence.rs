//! What may be asked of evidence. Rows are added and never changed.

use crate::engine::Conn;
use crate::{Statement, StoreFault, Tx, lives, read_back, settings};
use healthcode_core::evidence::{Evidence, Source};
use healthcode_core::fact::Fact;
use healthcode_core::ids::{EvidenceId, PersonId};
use healthcode_core::time::{Day, Instant};
use sqlx::Row;
use sqlx::any::AnyRow;

/// Adds evidence about a person: the rows, and the packed life beside them. An id that the person already has, recorded
/// at the same instant, is refused by the database.
pub async fn add(
    tx: &mut Tx<'_>,
    person: &PersonId,
    new: &[&Evidence],
    recorded_by: &str,
    forget_on: Day,
) -> Result<(), StoreFault> {
    for evidence in new {
        tx.later(row(evidence, recorded_by, forget_on)).await?;
    }
    // How far the laboratories' results reach is told to whoever asks why.
    let tests = new.iter().filter(|evidence| matches!(evidence.fact, Fact::TestResult(_)));
    if let Some(last) = tests.map(|evidence| evidence.recorded_at).max() {
        tx.later(settings::put(settings::TESTED_AT, &last.micros().to_string())).await?;
    }
    let append = lives::append(tx.engine(), person, new);
    tx.later(append).await
}

/// One piece of evidence as a row, for people whose life is stored with them.
pub fn row(evidence: &Evidence, recorded_by: &str, forget_on: Day) -> Statement {
    let sql = "INSERT INTO evidence
        (person, recorded_at, id, kind, happened_at, source, recorded_by, data, forget_on)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    Statement::adds("evidence", sql)
        .text(evidence.person.as_str())
        .at(evidence.recorded_at)
        .text(evidence.id.to_string())
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

/// Who recorded the last evidence of a kind about a person.
pub async fn last_recorder(
    conn: &mut Conn,
    person: &PersonId,
    kind: &str,
) -> Result<Option<String>, StoreFault> {
    let row = sqlx::query(
        "SELECT recorded_by FROM evidence WHERE person = $1 AND kind = $2 ORDER BY recorded_at DESC, id DESC LIMIT 1",
    )
    .bind(person.as_str().to_owned())
    .bind(kind.to_owned())
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
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

/// Gives the evidence of one person to another, when both turn out to be the same.
pub async fn hand_over(conn: &mut Conn, from: &PersonId, to: &PersonId) -> Result<(), StoreFault> {
    sqlx::query("UPDATE evidence SET person = $2 WHERE person = $1")
        .bind(from.as_str().to_owned())
        .bind(to.as_str().to_owned())
        .execute(&mut *conn)
        .await?;
    lives::make_again(conn, to).await
}
