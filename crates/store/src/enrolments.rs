//! What may be asked of phones that fetch passes with a key of their own.

use crate::engine::Conn;
use crate::{Statement, StoreFault, read_back};
use healthcode_core::ids::{AccountId, PersonId};
use healthcode_core::time::{Day, Instant};
use sqlx::Row;

/// A phone's enrolment.
#[derive(Clone, Debug, PartialEq)]
pub struct Enrolment {
    /// For whom it was enrolled: its owner, or whom she answers for where she did not declare herself.
    pub person: PersonId,
    /// P-256 point, uncompressed: 65 bytes.
    pub key: Vec<u8>,
}

/// Enrols a phone; another key takes the place of the one before.
pub fn put(account: &AccountId, enrolment: &Enrolment, at: Instant, forget_on: Day) -> Statement {
    let sql =
        "INSERT INTO enrolment (account, person, key, enrolled_at, forget_on) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (account) DO UPDATE SET person = excluded.person, key = excluded.key,
           enrolled_at = excluded.enrolled_at, forget_on = excluded.forget_on";
    Statement::changes("enrolment", sql)
        .text(account.as_str())
        .text(enrolment.person.as_str())
        .bytes(enrolment.key.clone())
        .at(at)
        .day(forget_on)
        .of_row(account.as_str())
}

/// How a phone is enrolled.
pub async fn get(conn: &mut Conn, account: &AccountId) -> Result<Option<Enrolment>, StoreFault> {
    let row = sqlx::query("SELECT person, key FROM enrolment WHERE account = $1")
        .bind(account.as_str().to_owned())
        .fetch_optional(conn)
        .await?;
    row.map(|row| {
        let person = read_back("enrolment.person", PersonId::new(row.try_get::<String, _>("person")?))?;
        Ok(Enrolment { person, key: row.try_get("key")? })
    })
    .transpose()
}
