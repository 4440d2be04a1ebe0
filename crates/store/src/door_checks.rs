//! What may be asked of door checks: somebody stood at the door of a person under an order, and met her or nobody.

use crate::engine::Conn;
use crate::quarantines::Order;
use crate::{Statement, StoreFault};
use healthcode_core::ids::AccountId;
use healthcode_core::time::{Day, Instant};
use sqlx::Row;

/// A check.
#[derive(Clone, Debug)]
pub struct DoorCheck {
    /// When.
    pub at: Instant,
    /// Unique.
    pub id: String,
    /// met, not_met.
    pub outcome: String,
    /// What it rests on: code, document, none.
    pub proof: String,
    /// Who stood there.
    pub account: AccountId,
    /// As what.
    pub role: String,
}

/// Records a check of an order; where nobody was met, the work list says so from now on.
pub fn record(order: &Order, check: &DoorCheck, forget_on: Day) -> [Statement; 2] {
    let sql = "INSERT INTO door_check (person, at, id, quarantine, outcome, proof, account, role, forget_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let adds = Statement::adds("door_check", sql)
        .text(order.person.as_str())
        .at(check.at)
        .text(&*check.id)
        .text(order.id.to_string())
        .text(&*check.outcome)
        .text(&*check.proof)
        .text(check.account.as_str())
        .text(&*check.role)
        .day(forget_on);
    let sql = "UPDATE quarantine SET not_met_at = $3 WHERE person = $1 AND id = $2";
    let not_met = if check.outcome == "met" { Instant::from_micros(0) } else { check.at };
    let marks = Statement::changes("quarantine", sql)
        .text(order.person.as_str())
        .text(order.id.to_string())
        .at(not_met);
    [adds, marks]
}

/// Checks of an order, newest first, at most 100.
pub async fn of_order(conn: &mut Conn, order: &Order) -> Result<Vec<DoorCheck>, StoreFault> {
    let rows = sqlx::query(
        "SELECT at, id, outcome, proof, account, role FROM door_check WHERE person = $1 AND quarantine = $2
         ORDER BY at DESC, id DESC LIMIT 100",
    )
    .bind(order.person.as_str().to_owned())
    .bind(order.id.to_string())
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let account: String = row.try_get("account")?;
            Ok(DoorCheck {
                at: Instant::from_micros(row.try_get("at")?),
                id: row.try_get("id")?,
                outcome: row.try_get("outcome")?,
                proof: row.try_get("proof")?,
                account: crate::read_back("door_check.account", AccountId::new(account))?,
                role: row.try_get("role")?,
            })
        })
        .collect()
}
