//! What may be asked of inquiries: searches, exports and lists that staff asked for.

use crate::engine::Conn;
use crate::{Statement, StoreFault, read_back};
use healthcode_core::ids::AccountId;
use healthcode_core::time::{Day, Instant};
use sqlx::Row;

/// One inquiry.
#[derive(Clone, Debug, PartialEq)]
pub struct Inquiry {
    /// Whose.
    pub account: AccountId,
    /// When.
    pub at: Instant,
    /// Unique.
    pub id: String,
    /// search, export, list.
    pub what: String,
    /// By what was searched, or what was listed; never a personal datum.
    pub subject: String,
    /// What for.
    pub purpose: String,
    /// How many people it showed.
    pub found: i64,
}

/// Records an inquiry.
pub fn record(inquiry: &Inquiry, forget_on: Day) -> Statement {
    let sql = "INSERT INTO inquiry (account, at, id, what, subject, purpose, found, forget_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    Statement::adds("inquiry", sql)
        .text(inquiry.account.as_str())
        .at(inquiry.at)
        .text(&*inquiry.id)
        .text(&*inquiry.what)
        .text(&*inquiry.subject)
        .text(&*inquiry.purpose)
        .number(inquiry.found)
        .day(forget_on)
}

/// Searches and exports, newest first, before a cursor of (at, id).
pub async fn list(conn: &mut Conn, before: (Instant, &str), most: i64) -> Result<Vec<Inquiry>, StoreFault> {
    let rows = sqlx::query(
        "SELECT account, at, id, what, subject, purpose, found FROM inquiry
         WHERE what <> 'list' AND (at < $1 OR (at = $1 AND id > $2)) ORDER BY at DESC, id LIMIT $3",
    )
    .bind(before.0.micros())
    .bind(before.1.to_owned())
    .bind(most)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Inquiry {
                account: read_back("inquiry.account", AccountId::new(row.try_get::<String, _>("account")?))?,
                at: Instant::from_micros(row.try_get("at")?),
                id: row.try_get("id")?,
                what: row.try_get("what")?,
                subject: row.try_get("subject")?,
                purpose: row.try_get("purpose")?,
                found: row.try_get("found")?,
            })
        })
        .collect()
}
