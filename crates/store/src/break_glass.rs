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
    /// Which officer of that area has seen it, and when.
    pub seen: Option<(AccountId, Instant)>,
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
        "SELECT person, account, at, until_at, region, reason, seen_by, seen_at FROM break_glass
         WHERE region LIKE $1 AND at < $2
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
            let by: Option<String> = row.try_get("seen_by")?;
            let by = by.map(|by| read_back("break_glass.seen_by", AccountId::new(by))).transpose()?;
            let seen_at = row.try_get::<Option<i64>, _>("seen_at")?.map(Instant::from_micros);
            Ok(Access {
                seen: by.zip(seen_at),
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

/// How many accesses by others to people of regions whose code begins so nobody has seen.
pub async fn count_unseen(conn: &mut Conn, region: &str, reader: &AccountId) -> Result<i64, StoreFault> {
    let sql = "SELECT COUNT(*) FROM break_glass WHERE seen_at IS NULL AND region LIKE $1 AND account <> $2";
    let query = sqlx::query(sql).bind(format!("{region}%")).bind(reader.as_str().to_owned());
    Ok(query.fetch_one(conn).await?.try_get(0)?)
}

/// An officer of the area has seen the accesses by others to a person up to an instant; who saw one first stays. Answers
/// how many there were.
pub async fn see(
    conn: &mut Conn,
    (region, person): (&str, &PersonId),
    until: Instant,
    by: &AccountId,
    at: Instant,
) -> Result<u64, StoreFault> {
    let seen = sqlx::query(
        "UPDATE break_glass SET seen_by = $4, seen_at = $5
         WHERE person = $1 AND at <= $2 AND region LIKE $3 AND seen_at IS NULL AND account <> $4",
    )
    .bind(person.as_str().to_owned())
    .bind(until.micros())
    .bind(format!("{region}%"))
    .bind(by.as_str().to_owned())
    .bind(at.micros())
    .execute(conn)
    .await?;
    Ok(seen.rows_affected())
}
