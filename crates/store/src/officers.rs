//! What may be asked of officers: who is one, where, and how much each looks after.

use crate::engine::Conn;
use crate::{StoreFault, read_back};
use healthcode_core::ids::AccountId;
use healthcode_core::time::Instant;
use sqlx::Row;

/// An officer with her load.
#[derive(Clone, Debug, PartialEq)]
pub struct Officer {
    /// The account.
    pub account: AccountId,
    /// What the account was made for.
    pub label: String,
    /// Where the grant holds; empty for the whole installation.
    pub region: String,
    /// Cases under way that she looks after.
    pub cases: i64,
    /// Orders of isolation that she looks after.
    pub orders: i64,
}

/// Officers now, in order of account, after one.
pub async fn list(conn: &mut Conn, at: Instant, after: &str, most: i64) -> Result<Vec<Officer>, StoreFault> {
    let rows = sqlx::query(
        "SELECT g.account, COALESCE(a.label, '') AS label, g.region,
           (SELECT COUNT(*) FROM case_file f JOIN case_window w ON w.person = f.person
             WHERE f.officer = g.account) AS cases,
           (SELECT COUNT(*) FROM quarantine q WHERE q.officer = g.account AND q.closed_at IS NULL
             AND q.until_at > $1) AS orders
         FROM staff_grant g LEFT JOIN account a ON a.account = g.account
         WHERE g.role = 'officer' AND g.until > $1 AND g.account > $2 ORDER BY g.account LIMIT $3",
    )
    .bind(at.micros())
    .bind(after.to_owned())
    .bind(most)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let account: String = row.try_get("account")?;
            Ok(Officer {
                account: read_back("staff_grant.account", AccountId::new(account))?,
                label: row.try_get("label")?,
                region: row.try_get("region")?,
                cases: row.try_get("cases")?,
                orders: row.try_get("orders")?,
            })
        })
        .collect()
}
