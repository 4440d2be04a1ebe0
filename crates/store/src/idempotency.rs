//! Answers already given: the same key and request give the same answer, the same key with another request is refused.

use crate::engine::Conn;
use crate::{Statement, StoreFault};
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

/// Keeps an answer in the same act; one that was kept before is a fault, and the act leaves nothing behind.
pub fn keep(caller: &AccountId, key: &str, given: Given, at: Instant, forget_on: Day) -> Statement {
    let sql = "INSERT INTO idempotency (caller, key, request_hash, answer, at, forget_on)
         VALUES ($1, $2, $3, $4, $5, $6)";
    Statement::adds("idempotency", sql)
        .text(caller.as_str())
        .text(key)
        .bytes(given.request_hash)
        .bytes(given.answer)
        .at(at)
        .day(forget_on)
}
