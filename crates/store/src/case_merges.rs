//! What may be asked of merges: two records that were one case, with what is needed to part them again.

use crate::engine::Conn;
use crate::{Statement, StoreFault, read_back};
use healthcode_core::ids::{AccountId, PersonId};
use healthcode_core::time::{Day, Instant};
use sqlx::Row;

/// A merge.
#[derive(Clone, Debug, PartialEq)]
pub struct Merge {
    /// Goes on as the case.
    pub lead: PersonId,
    /// Is no case any more.
    pub duplicate: PersonId,
    /// Unique.
    pub id: String,
    /// When.
    pub at: Instant,
    /// By whom.
    pub account: AccountId,
    /// What was moved, as JSON of the act's own.
    pub moved: String,
    /// When they were parted again.
    pub undone_at: Option<Instant>,
}

/// Keeps a merge.
pub fn add(merge: &Merge, forget_on: Day) -> Statement {
    let sql = "INSERT INTO case_merge (lead, duplicate, id, at, account, moved, undone_at, forget_on)
         VALUES ($1, $2, $3, $4, $5, $6, NULL, $7)";
    Statement::adds("case_merge", sql)
        .text(merge.lead.as_str())
        .text(merge.duplicate.as_str())
        .text(&*merge.id)
        .at(merge.at)
        .text(merge.account.as_str())
        .text(&*merge.moved)
        .day(forget_on)
}

/// Notes that a merge was undone.
pub fn undo(merge: &Merge, at: Instant) -> Statement {
    let sql = "UPDATE case_merge SET undone_at = $4 WHERE lead = $1 AND duplicate = $2 AND id = $3";
    Statement::changes("case_merge", sql)
        .text(merge.lead.as_str())
        .text(merge.duplicate.as_str())
        .text(&*merge.id)
        .at(at)
}

/// Merges in which a person was one of the two, oldest first.
pub async fn of_person(conn: &mut Conn, person: &PersonId) -> Result<Vec<Merge>, StoreFault> {
    let rows = sqlx::query(
        "SELECT lead, duplicate, id, at, account, moved, undone_at FROM case_merge
         WHERE lead = $1 OR duplicate = $1 ORDER BY at, id",
    )
    .bind(person.as_str().to_owned())
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let person = |column: &str| {
                read_back("case_merge person", PersonId::new(row.try_get::<String, _>(column)?))
            };
            let account: String = row.try_get("account")?;
            Ok(Merge {
                lead: person("lead")?,
                duplicate: person("duplicate")?,
                id: row.try_get("id")?,
                at: Instant::from_micros(row.try_get("at")?),
                account: read_back("case_merge.account", AccountId::new(account))?,
                moved: row.try_get("moved")?,
                undone_at: row.try_get::<Option<i64>, _>("undone_at")?.map(Instant::from_micros),
            })
        })
        .collect()
}

/// Gives the merges of one person to another, when both turn out to be the same.
pub async fn hand_over(conn: &mut Conn, from: &PersonId, to: &PersonId) -> Result<(), StoreFault> {
    for sql in [
        // Whoever is one person cannot be parted into two cases any more.
        "DELETE FROM case_merge WHERE (lead = $1 AND duplicate = $2) OR (lead = $2 AND duplicate = $1)",
        "UPDATE case_merge SET lead = $2 WHERE lead = $1",
        "UPDATE case_merge SET duplicate = $2 WHERE duplicate = $1",
    ] {
        let moved = sqlx::query(sql).bind(from.as_str().to_owned()).bind(to.as_str().to_owned());
        moved.execute(&mut *conn).await?;
    }
    Ok(())
}
