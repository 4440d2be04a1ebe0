//! Answers already given: the same key and request give the same answer, the same key with another request is refused.

use crate::StoreFault;
use crate::engine::Conn;
use healthcode_core::ids::AccountId;
use healthcode_core::time::{Day, Instant};
use sqlx::Row;

/// An answer that was given before.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// Hash of the act and body it answered.
    pub request_hash: Vec<u8>,
    /// The answer, sealed: it may name the person.
    pub answer: Vec<u8>,
}

/// The answer given to a caller under a key.
pub async fn find(conn: &mut Conn, caller: &AccountId, key: &str) -> Result<Option<Given>, StoreFault> {
    let row = sqlx::query("SELECT request_hash, answer FROM idempotency WHERE caller = $1 AND key = $2")
        .bind(caller.as_str().to_owned())
        .bind(key.to_owned())
        .fetch_optional(conn)
        .await?;
    row.map(|row| Ok(Given { request_hash: row.try_get(0)?, answer: row.try_get(1)? })).transpose()
}

/// Keeps an answer in the same act; `false` when one was kept before, and the act must be undone.
pub async fn keep(
    conn: &mut Conn,
    caller: &AccountId,
    key: &str,
    given: &Given,
    at: Instant,
    forget_on: Day,
) -> Result<bool, StoreFault> {
    let kept = sqlx::query(
        "INSERT INTO idempotency (caller, key, request_hash, answer, at, forget_on) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (caller, key) DO NOTHING",
    )
    .bind(caller.as_str().to_owned())
    .bind(key.to_owned())
    .bind(given.request_hash.clone())
    .bind(given.answer.clone())
    .bind(at.micros())
    .bind(i64::from(forget_on.0))
    .execute(conn)
    .await?;
    Ok(kept.rows_affected() == 1)
}
