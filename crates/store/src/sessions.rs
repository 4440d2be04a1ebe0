//! What may be asked of accounts, sessions and sign-in links. Tokens are kept as hashes only.

use crate::engine::Conn;
use crate::{StoreFault, read_back};
use healthcode_core::ids::{AccountId, PointId};
use healthcode_core::time::{Day, Instant};
use sqlx::Row;

/// A session as stored. The role is a word that the server knows.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// Whose it is.
    pub account: AccountId,
    /// resident, checker, officer.
    pub role: String,
    /// Collection point of a checker.
    pub point: Option<PointId>,
    /// Until when it is good.
    pub expires_at: Instant,
    /// Where the grant behind it holds: a region; empty for the whole installation. Not stored with the session.
    pub region: String,
}

/// Adds an account.
pub async fn add_account(
    conn: &mut Conn,
    account: &AccountId,
    kind: &'static str,
    label: &str,
    at: Instant,
    forget_on: Day,
) -> Result<(), StoreFault> {
    sqlx::query(
        "INSERT INTO account (account, kind, label, created_at, forget_on) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(account.as_str().to_owned())
    .bind(kind)
    .bind(label.to_owned())
    .bind(at.micros())
    .bind(i64::from(forget_on.0))
    .execute(conn)
    .await?;
    Ok(())
}

/// The label of an account.
pub async fn label_of(conn: &mut Conn, account: &AccountId) -> Result<Option<String>, StoreFault> {
    let row = sqlx::query("SELECT label FROM account WHERE account = $1")
        .bind(account.as_str().to_owned())
        .fetch_optional(conn)
        .await?;
    row.map(|row| Ok(row.try_get(0)?)).transpose()
}

/// Opens a session.
pub async fn open(
    conn: &mut Conn,
    token_hash: &[u8],
    session: &Session,
    at: Instant,
    forget_on: Day,
) -> Result<(), StoreFault> {
    sqlx::query(
        "INSERT INTO session (token_hash, account, role, point, created_at, expires_at, forget_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(token_hash.to_vec())
    .bind(session.account.as_str().to_owned())
    .bind(session.role.clone())
    .bind(session.point.as_ref().map(|point| point.as_str().to_owned()))
    .bind(at.micros())
    .bind(session.expires_at.micros())
    .bind(i64::from(forget_on.0))
    .execute(conn)
    .await?;
    Ok(())
}

/// The session of a token, good or not.
pub async fn find(conn: &mut Conn, token_hash: &[u8]) -> Result<Option<Session>, StoreFault> {
    let row = sqlx::query(
        "SELECT s.account, s.role, s.point, s.expires_at, COALESCE(g.region, '') AS region FROM session s
         LEFT JOIN staff_grant g ON g.account = s.account AND g.role = s.role WHERE s.token_hash = $1",
    )
    .bind(token_hash.to_vec())
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let point: Option<String> = row.try_get("point")?;
    Ok(Some(Session {
        account: read_back("session.account", AccountId::new(row.try_get::<String, _>("account")?))?,
        role: row.try_get("role")?,
        point: point.map(|point| read_back("session.point", PointId::new(point))).transpose()?,
        expires_at: Instant::from_micros(row.try_get("expires_at")?),
        region: row.try_get("region")?,
    }))
}

/// Ends a session.
pub async fn close(conn: &mut Conn, token_hash: &[u8]) -> Result<(), StoreFault> {
    sqlx::query("DELETE FROM session WHERE token_hash = $1").bind(token_hash.to_vec()).execute(conn).await?;
    Ok(())
}

/// A one-time sign-in link.
#[derive(Clone, Debug, PartialEq)]
pub struct SignInLink {
    /// Role it signs in to.
    pub role: String,
    /// Collection point of a checker.
    pub point: Option<PointId>,
    /// Account it signs in to; a new one when absent.
    pub account: Option<AccountId>,
    /// Where the grant holds: a region; empty for the whole installation.
    pub region: String,
    /// What it was made for.
    pub label: String,
    /// Account that made it, or `installation`.
    pub given_by: String,
    /// Until when it is good.
    pub expires_at: Instant,
}

/// Keeps a link for its one use.
pub async fn add_link(
    conn: &mut Conn,
    link_hash: &[u8],
    link: &SignInLink,
    at: Instant,
    forget_on: Day,
) -> Result<(), StoreFault> {
    sqlx::query(
        "INSERT INTO sign_in_link (link_hash, role, point, account, label, given_by, created_at, expires_at, used_at, forget_on, region)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, $9, $10)",
    )
    .bind(link_hash.to_vec())
    .bind(link.role.clone())
    .bind(link.point.as_ref().map(|point| point.as_str().to_owned()))
    .bind(link.account.as_ref().map(|account| account.as_str().to_owned()))
    .bind(link.label.clone())
    .bind(link.given_by.clone())
    .bind(at.micros())
    .bind(link.expires_at.micros())
    .bind(i64::from(forget_on.0))
    .bind(link.region.clone())
    .execute(conn)
    .await?;
    Ok(())
}

/// Uses a link up; `None` when there is no such link, or it was used, or it is too old. Of two uses at the same time
/// one succeeds.
pub async fn use_link(
    conn: &mut Conn,
    link_hash: &[u8],
    at: Instant,
) -> Result<Option<SignInLink>, StoreFault> {
    let row = sqlx::query(
        "UPDATE sign_in_link SET used_at = $2 WHERE link_hash = $1 AND used_at IS NULL AND expires_at > $2
         RETURNING role, point, account, label, given_by, expires_at, region",
    )
    .bind(link_hash.to_vec())
    .bind(at.micros())
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let point: Option<String> = row.try_get("point")?;
    let account: Option<String> = row.try_get("account")?;
    Ok(Some(SignInLink {
        role: row.try_get("role")?,
        point: point.map(|point| read_back("sign_in_link.point", PointId::new(point))).transpose()?,
        account: account.map(|a| read_back("sign_in_link.account", AccountId::new(a))).transpose()?,
        region: row.try_get("region")?,
        label: row.try_get("label")?,
        given_by: row.try_get("given_by")?,
        expires_at: Instant::from_micros(row.try_get("expires_at")?),
    }))
}

/// Grants a role to a staff account.
pub async fn grant(
    conn: &mut Conn,
    account: &AccountId,
    link: &SignInLink,
    from: Instant,
    until: Instant,
    forget_on: Day,
) -> Result<(), StoreFault> {
    sqlx::query(
        "INSERT INTO staff_grant (account, role, point, given_by, since, until, forget_on, region)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (account, role) DO UPDATE SET until = excluded.until",
    )
    .bind(account.as_str().to_owned())
    .bind(link.role.clone())
    .bind(link.point.as_ref().map(|point| point.as_str().to_owned()))
    .bind(link.given_by.clone())
    .bind(from.micros())
    .bind(until.micros())
    .bind(i64::from(forget_on.0))
    .bind(link.region.clone())
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether any staff account holds a role.
pub async fn anyone_holds(conn: &mut Conn, role: &'static str) -> Result<bool, StoreFault> {
    Ok(sqlx::query("SELECT account FROM staff_grant WHERE role = $1 LIMIT 1")
        .bind(role)
        .fetch_optional(conn)
        .await?
        .is_some())
}

/// Whether an account holds a role at `at`.
pub async fn holds(
    conn: &mut Conn,
    account: &AccountId,
    role: &'static str,
    at: Instant,
) -> Result<bool, StoreFault> {
    let row = sqlx::query("SELECT role FROM staff_grant WHERE account = $1 AND role = $2 AND until > $3")
        .bind(account.as_str().to_owned())
        .bind(role)
        .bind(at.micros())
        .fetch_optional(conn)
        .await?;
    Ok(row.is_some())
}
