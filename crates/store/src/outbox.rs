//! What other servers and live pages are told: whose decision or code changed. Written in the act that changed it.

use crate::engine::Conn;
use crate::{Statement, StoreFault, read_back};
use healthcode_core::ids::PersonId;
use healthcode_core::time::{Day, Instant};
use sqlx::Row;

/// Tells that something about a person changed.
pub fn tell(id: &str, person: &PersonId, at: Instant, forget_on: Day) -> Statement {
    Statement::adds("outbox", "INSERT INTO outbox (at, id, person, forget_on) VALUES ($1, $2, $3, $4)")
        .at(at)
        .text(id)
        .text(person.as_str())
        .day(forget_on)
}

/// What was told at or after an instant, oldest first.
pub async fn since(
    conn: &mut Conn,
    at: Instant,
    most: i64,
) -> Result<Vec<(Instant, String, PersonId)>, StoreFault> {
    let rows = sqlx::query("SELECT at, id, person FROM outbox WHERE at >= $1 ORDER BY at, id LIMIT $2")
        .bind(at.micros())
        .bind(most)
        .fetch_all(conn)
        .await?;
    rows.iter()
        .map(|row| {
            let person = read_back("outbox.person", PersonId::new(row.try_get::<String, _>("person")?))?;
            Ok((Instant::from_micros(row.try_get("at")?), row.try_get("id")?, person))
        })
        .collect()
}
