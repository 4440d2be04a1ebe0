//! What may be asked of case files: whose case it is, who looks after it, the window that an officer set, and what was
//! changed in it and why.

use crate::engine::Conn;
use crate::{Statement, StoreFault, read_back};
use healthcode_core::ids::{AccountId, PersonId};
use healthcode_core::time::{Day, Instant, Interval};
use sqlx::Row;

/// A case file.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseFile {
    /// Whose case it is: a region.
    pub region: String,
    /// Who looks after it.
    pub officer: Option<AccountId>,
    /// When others were exposed, where an officer knows better than the definition.
    pub window: Option<Interval>,
}

/// Opens the file of a case, unless it has one.
pub fn open(person: &PersonId, region: &str, officer: &AccountId, at: Instant, forget_on: Day) -> Statement {
    let sql =
        "INSERT INTO case_file (person, region, officer, window_from, window_until, opened_at, forget_on)
         VALUES ($1, $2, $3, NULL, NULL, $4, $5) ON CONFLICT (person) DO NOTHING";
    Statement::changes("case_file", sql)
        .text(person.as_str())
        .text(region)
        .text(officer.as_str())
        .at(at)
        .day(forget_on)
}

/// The file of a case.
pub async fn get(conn: &mut Conn, person: &PersonId) -> Result<Option<CaseFile>, StoreFault> {
    let row =
        sqlx::query("SELECT region, officer, window_from, window_until FROM case_file WHERE person = $1")
            .bind(person.as_str().to_owned())
            .fetch_optional(conn)
            .await?;
    let Some(row) = row else { return Ok(None) };
    let officer: Option<String> = row.try_get("officer")?;
    let at =
        |column: &str| Ok::<_, StoreFault>(row.try_get::<Option<i64>, _>(column)?.map(Instant::from_micros));
    let window = match (at("window_from")?, at("window_until")?) {
        (Some(from), Some(until)) => Interval::new(from, until),
        _ => None,
    };
    let officer = officer.map(|text| read_back("case_file.officer", AccountId::new(text))).transpose()?;
    Ok(Some(CaseFile { region: row.try_get("region")?, officer, window }))
}

/// Sets everything that may be changed in a file.
pub fn set(person: &PersonId, file: &CaseFile) -> Statement {
    let sql = "UPDATE case_file SET region = $2, officer = $3, window_from = $4, window_until = $5 WHERE person = $1";
    Statement::changes("case_file", sql)
        .text(person.as_str())
        .text(&*file.region)
        .text_if_any(file.officer.as_ref().map(AccountId::as_str))
        .at_if_any(file.window.map(|window| window.from))
        .at_if_any(file.window.map(|window| window.until))
}

/// Gives the file of one person to another, when both turn out to be the same. Where both have one, that of the one who
/// goes on stays as it is; the changes of both are its history.
pub async fn hand_over(conn: &mut Conn, from: &PersonId, to: &PersonId) -> Result<(), StoreFault> {
    for sql in [
        "UPDATE case_file SET person = $2
         WHERE person = $1 AND NOT EXISTS (SELECT 1 FROM case_file other WHERE other.person = $2)",
        "UPDATE case_change SET person = $2 WHERE person = $1",
        "DELETE FROM case_file WHERE person = $1 AND person <> $2",
    ] {
        let moved = sqlx::query(sql).bind(from.as_str().to_owned()).bind(to.as_str().to_owned());
        moved.execute(&mut *conn).await?;
    }
    Ok(())
}

/// A change of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseChange {
    /// When.
    pub at: Instant,
    /// Unique.
    pub id: String,
    /// window, region, officer, merged, parted.
    pub what: String,
    /// What was there; empty for nothing.
    pub before: String,
    /// What is there now.
    pub after: String,
    /// Why.
    pub reason: String,
    /// Who changed it.
    pub account: AccountId,
}

/// Keeps a change with what was there before.
pub fn note(person: &PersonId, change: &CaseChange, forget_on: Day) -> Statement {
    let sql = "INSERT INTO case_change (person, at, id, what, before, after, reason, account, forget_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    Statement::adds("case_change", sql)
        .text(person.as_str())
        .at(change.at)
        .text(&*change.id)
        .text(&*change.what)
        .text(&*change.before)
        .text(&*change.after)
        .text(&*change.reason)
        .text(change.account.as_str())
        .day(forget_on)
}

/// Changes of a file, oldest first.
pub async fn changes(conn: &mut Conn, person: &PersonId) -> Result<Vec<CaseChange>, StoreFault> {
    let rows = sqlx::query(
        "SELECT at, id, what, before, after, reason, account FROM case_change WHERE person = $1 ORDER BY at, id",
    )
    .bind(person.as_str().to_owned())
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let account: String = row.try_get("account")?;
            Ok(CaseChange {
                at: Instant::from_micros(row.try_get("at")?),
                id: row.try_get("id")?,
                what: row.try_get("what")?,
                before: row.try_get("before")?,
                after: row.try_get("after")?,
                reason: row.try_get("reason")?,
                account: read_back("case_change.account", AccountId::new(account))?,
            })
        })
        .collect()
}
