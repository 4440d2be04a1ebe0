//! Who acts for whom: a device for its owner, and a guardian for those she answers for.

use crate::engine::Conn;
use crate::{Statement, StoreFault, read_back};
use healthcode_core::ids::{AccountId, PersonId};
use healthcode_core::time::{Day, Instant};
use sqlx::Row;

/// Lets an account act for a person.
pub fn let_act(
    account: &AccountId,
    person: &PersonId,
    relation: &'static str,
    at: Instant,
    forget_on: Day,
) -> Statement {
    let sql = "INSERT INTO acts_for (account, person, relation, since, until, forget_on)
         VALUES ($1, $2, $3, $4, NULL, $5)
         ON CONFLICT (account, person) DO UPDATE SET until = NULL, relation = excluded.relation";
    Statement::changes("acts_for", sql)
        .text(account.as_str())
        .text(person.as_str())
        .text(relation)
        .at(at)
        .day(forget_on)
}

/// Ends that any account acts for a person.
pub async fn end_acting(conn: &mut Conn, person: &PersonId, at: Instant) -> Result<(), StoreFault> {
    sqlx::query("UPDATE acts_for SET until = $2 WHERE person = $1 AND until IS NULL")
        .bind(person.as_str().to_owned())
        .bind(at.micros())
        .execute(conn)
        .await?;
    Ok(())
}

fn accounts(rows: &[sqlx::any::AnyRow]) -> Result<Vec<AccountId>, StoreFault> {
    rows.iter()
        .map(|row| read_back("acts_for.account", AccountId::new(row.try_get::<String, _>(0)?)))
        .collect()
}

/// The accounts that act for a person as herself.
pub async fn accounts_of(conn: &mut Conn, person: &PersonId) -> Result<Vec<AccountId>, StoreFault> {
    let rows =
        sqlx::query("SELECT account FROM acts_for WHERE person = $1 AND relation = 'self' AND until IS NULL ORDER BY account")
            .bind(person.as_str().to_owned())
            .fetch_all(conn)
            .await?;
    accounts(&rows)
}

/// The person that an account acts for as herself.
pub async fn own_person(conn: &mut Conn, account: &AccountId) -> Result<Option<PersonId>, StoreFault> {
    let row = sqlx::query(
        "SELECT person FROM acts_for WHERE account = $1 AND relation = 'self' AND until IS NULL
         ORDER BY since DESC LIMIT 1",
    )
    .bind(account.as_str().to_owned())
    .fetch_optional(conn)
    .await?;
    row.map(|row| read_back("acts_for.person", PersonId::new(row.try_get::<String, _>(0)?))).transpose()
}

/// Those whom an account answers for beside herself, as a guardian.
pub async fn wards_of(conn: &mut Conn, account: &AccountId) -> Result<Vec<PersonId>, StoreFault> {
    let rows = sqlx::query(
        "SELECT person FROM acts_for WHERE account = $1 AND relation = 'guardian' AND until IS NULL
         ORDER BY since, person LIMIT 50",
    )
    .bind(account.as_str().to_owned())
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| read_back("acts_for.person", PersonId::new(row.try_get::<String, _>(0)?))).collect()
}

/// How an account acts for a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Acting {
    /// For whom.
    pub person: PersonId,
    /// Whether as a guardian; otherwise the person acts for herself.
    pub is_guardian: bool,
    /// Since when.
    pub since: Instant,
}

/// Everyone an account acts for now: herself first, then those she answers for.
pub async fn acted_for_by(conn: &mut Conn, account: &AccountId) -> Result<Vec<Acting>, StoreFault> {
    let rows = sqlx::query(
        "SELECT person, relation, since FROM acts_for
         WHERE account = $1 AND relation IN ('self', 'guardian') AND until IS NULL
         ORDER BY relation DESC, since, person",
    )
    .bind(account.as_str().to_owned())
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Acting {
                person: read_back("acts_for.person", PersonId::new(row.try_get::<String, _>("person")?))?,
                is_guardian: row.try_get::<String, _>("relation")? == "guardian",
                since: Instant::from_micros(row.try_get("since")?),
            })
        })
        .collect()
}

/// Whether an account acts for a person now, as herself or as a guardian.
pub async fn holds(conn: &mut Conn, account: &AccountId, person: &PersonId) -> Result<bool, StoreFault> {
    let row = sqlx::query(
        "SELECT person FROM acts_for WHERE account = $1 AND person = $2
         AND relation IN ('self', 'guardian') AND until IS NULL",
    )
    .bind(account.as_str().to_owned())
    .bind(person.as_str().to_owned())
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}

/// The accounts that answer for a ward now and act, or once acted, for the guardian as herself.
pub async fn guardian_accounts(
    conn: &mut Conn,
    guardian: &PersonId,
    ward: &PersonId,
) -> Result<Vec<AccountId>, StoreFault> {
    let rows = sqlx::query(
        "SELECT w.account FROM acts_for w JOIN acts_for g ON g.account = w.account AND g.person = $1
         WHERE w.person = $2 AND w.relation = 'guardian' AND w.until IS NULL AND g.relation = 'self'
         ORDER BY w.account",
    )
    .bind(guardian.as_str().to_owned())
    .bind(ward.as_str().to_owned())
    .fetch_all(conn)
    .await?;
    accounts(&rows)
}

/// The accounts that answer for a person as a guardian.
pub async fn guardians_of(conn: &mut Conn, person: &PersonId) -> Result<Vec<AccountId>, StoreFault> {
    let rows = sqlx::query(
        "SELECT account FROM acts_for WHERE person = $1 AND relation = 'guardian' AND until IS NULL ORDER BY account",
    )
    .bind(person.as_str().to_owned())
    .fetch_all(conn)
    .await?;
    accounts(&rows)
}

/// Ends that an account answers for a person as a guardian.
pub fn end_guardian(account: &AccountId, person: &PersonId, at: Instant) -> Statement {
    let sql = "UPDATE acts_for SET until = $3 WHERE account = $1 AND person = $2 AND relation = 'guardian'
         AND until IS NULL";
    Statement::changes("acts_for", sql).text(account.as_str()).text(person.as_str()).at(at)
}
