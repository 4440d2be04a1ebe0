//! What may be asked of reasoned access to people outside one's area.

use crate::engine::Conn;
use crate::{Statement, StoreFault, read_back};
use healthcode_core::ids::{AccountId, PersonId};
use healthcode_core::time::{Day, Instant};
use sqlx::Row;

/// One access.
#[derive(Clone, Debug, PartialEq)]
pub struct Access {
    /// To whom.
    pub person: PersonId,
    /// Whose.
    pub account: AccountId,
    /// Since when.
    pub at: Instant,
    /// Until when.
    pub until: Instant,
    /// Region of the person: whose officers are told.
    pub region: String,
    /// Why.
    pub reason: String,
}

/// Opens access.
pub fn open(access: &Access, forget_on: Day) -> Statement {
    let sql = "INSERT INTO break_glass (person, account, at, until_at, region, reason, forget_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7)";
    Statement::adds("break_glass", sql)
        .text(access.person.as_str())
        .text(access.account.as_str())
        .at(access.at)
        .at(access.until)
        .text(&*access.region)
        .text(&*access.reason)
        .day(forget_on)
}

/// Whether an account has access to a person now.
pub async fn is_open(
    conn: &mut Conn,
    person: &PersonId,
    account: &AccountId,
    at: Instant,
) -> Result<bool, StoreFault> {
    let row = sqlx::query(
        "SELECT at FROM break_glass WHERE person = $1 AND account = $2 AND until_at > $3 LIMIT 1",
    )
    .bind(person.as_str().to_owned())
    .bind(account.as_str().to_owned())
    .bind(at.micros())
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}

/// Accesses to people of regions whose code begins so, newest first, before an instant.
pub async fn list(
    conn: &mut Conn,
    region: &str,
    before: Instant,
    most: i64,
) -> Result<Vec<Access>, StoreFault> {
    let rows = sqlx::query(
        "SELECT person, account, at, until_at, region, reason FROM break_glass WHERE region LIKE $1 AND at < $2
         ORDER BY at DESC, person, account LIMIT $3",
    )
    .bind(format!("{region}%"))
    .bind(before.micros())
    .bind(most)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let (person, account): (String, String) = (row.try_get("person")?, row.try_get("account")?);
            Ok(Access {
                person: read_back("break_glass.person", PersonId::new(person))?,
                account: read_back("break_glass.account", AccountId::new(account))?,
                at: Instant::from_micros(row.try_get("at")?),
                until: Instant::from_micros(row.try_get("until_at")?),
                region: row.try_get("region")?,
                reason: row.try_get("reason")?,
            })
        })
        .collect()
}
