//! The record of every look of one person at another.

use crate::engine::Conn;
use crate::{Statement, StoreFault, read_back};
use healthcode_core::ids::{AccountId, PersonId, PointId};
use healthcode_core::time::{Day, Instant};
use sqlx::Row;

/// One look.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// Who was looked at.
    pub person: PersonId,
    /// When.
    pub at: Instant,
    /// Unique.
    pub id: String,
    /// Who looked.
    pub account: AccountId,
    /// As what.
    pub role: String,
    /// What for.
    pub purpose: String,
    /// Where, for a checker.
    pub point: Option<PointId>,
    /// What a scan led to.
    pub action: Option<String>,
}

/// Records a look, in the same act as the look itself.
pub fn record(look: &Look, forget_on: Day) -> Statement {
    let sql = "INSERT INTO look (person, at, id, account, role, purpose, point, action, forget_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    Statement::adds("look", sql)
        .text(look.person.as_str())
        .at(look.at)
        .text(&*look.id)
        .text(look.account.as_str())
        .text(&*look.role)
        .text(&*look.purpose)
        .text_if_any(look.point.as_ref().map(PointId::as_str))
        .text_if_any(look.action.as_deref())
        .day(forget_on)
}

/// Whether an account looked at a person for a purpose at or after an instant.
pub async fn looked_since(
    conn: &mut Conn,
    person: &PersonId,
    account: &AccountId,
    purpose: &str,
    at: Instant,
) -> Result<bool, StoreFault> {
    let row = sqlx::query(
        "SELECT id FROM look WHERE person = $1 AND at >= $2 AND account = $3 AND purpose = $4 LIMIT 1",
    )
    .bind(person.as_str().to_owned())
    .bind(at.micros())
    .bind(account.as_str().to_owned())
    .bind(purpose.to_owned())
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}

/// Looks at a person, newest first, after a cursor of (at, id); ids of one instant ascend.
pub async fn at_person(
    conn: &mut Conn,
    person: &PersonId,
    after: (Instant, &str),
    most: i64,
) -> Result<Vec<Look>, StoreFault> {
    let rows = sqlx::query(
        "SELECT at, id, account, role, purpose, point, action FROM look
         WHERE person = $1 AND (at < $2 OR (at = $2 AND id > $3)) ORDER BY at DESC, id LIMIT $4",
    )
    .bind(person.as_str().to_owned())
    .bind(after.0.micros())
    .bind(after.1.to_owned())
    .bind(most)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let point: Option<String> = row.try_get("point")?;
            Ok(Look {
                person: person.clone(),
                at: Instant::from_micros(row.try_get("at")?),
                id: row.try_get("id")?,
                account: read_back("look.account", AccountId::new(row.try_get::<String, _>("account")?))?,
                role: row.try_get("role")?,
                purpose: row.try_get("purpose")?,
                point: point.map(|point| read_back("look.point", PointId::new(point))).transpose()?,
                action: row.try_get("action")?,
            })
        })
        .collect()
}

/// How many scans at a point led to what since an instant.
pub async fn count_at_point(
    conn: &mut Conn,
    point: &PointId,
    since: Instant,
) -> Result<Vec<(String, i64)>, StoreFault> {
    let rows = sqlx::query(
        "SELECT action, COUNT(*) FROM look WHERE point = $1 AND at >= $2 AND action IS NOT NULL GROUP BY action",
    )
    .bind(point.as_str().to_owned())
    .bind(since.micros())
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// Gives the looks at one person to another, when both turn out to be the same.
pub async fn hand_over(conn: &mut Conn, from: &PersonId, to: &PersonId) -> Result<(), StoreFault> {
    sqlx::query("UPDATE look SET person = $2 WHERE person = $1")
        .bind(from.as_str().to_owned())
        .bind(to.as_str().to_owned())
        .execute(conn)
        .await?;
    Ok(())
}
