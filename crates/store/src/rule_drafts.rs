//! What may be asked of editions that are not in force yet.

use crate::engine::Conn;
use crate::{Statement, StoreFault, read_back};
use healthcode_core::ids::AccountId;
use healthcode_core::rule_set::Text;
use healthcode_core::time::{Day, Instant};
use sqlx::Row;
use sqlx::any::AnyRow;

/// An edition that was checked and waits.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleDraft {
    /// Name of the rule set.
    pub name: String,
    /// Version of the rule set.
    pub version: u32,
    /// What it is, for people.
    pub title: Text,
    /// The text of `rules.toml`.
    pub body: String,
    /// How many cases agreed when it was taken in.
    pub cases: u32,
    /// Who brought it in, and when.
    pub made: (AccountId, Instant),
    /// Who would change colour, as JSON, and when that was counted.
    pub comparison: Option<(String, Instant)>,
    /// Who approved it, and when; `None` while it is a draft.
    pub approved: Option<(AccountId, Instant)>,
}

/// Adds a draft; a fault where the version is there already.
pub fn add(draft: &RuleDraft, forget_on: Day) -> Statement {
    let sql =
        "INSERT INTO rule_draft (name, version, title_en, title_zh, body, cases, made_by, made_at, forget_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    Statement::adds("rule_draft", sql)
        .text(&*draft.name)
        .number(draft.version)
        .text(&*draft.title.en)
        .text(&*draft.title.zh)
        .text(&*draft.body)
        .number(draft.cases)
        .text(draft.made.0.as_str())
        .at(draft.made.1)
        .day(forget_on)
}

/// Keeps what a comparison found.
pub fn compared(name: &str, version: u32, comparison: &str, at: Instant) -> Statement {
    let sql = "UPDATE rule_draft SET comparison = $3, compared_at = $4
         WHERE name = $1 AND version = $2 AND approved_at IS NULL";
    Statement::changes("rule_draft", sql).text(name).number(version).text(comparison).at(at)
}

/// Notes who approved a draft.
pub fn approved(name: &str, version: u32, by: &AccountId, at: Instant) -> Statement {
    let sql = "UPDATE rule_draft SET approved_by = $3, approved_at = $4 WHERE name = $1 AND version = $2";
    Statement::changes("rule_draft", sql).text(name).number(version).text(by.as_str()).at(at)
}

const COLUMNS: &str =
    "name, version, title_en, title_zh, body, cases, made_by, made_at, comparison, compared_at,
    approved_by, approved_at";

/// One draft.
pub async fn get(conn: &mut Conn, name: &str, version: u32) -> Result<Option<RuleDraft>, StoreFault> {
    let sql = format!("SELECT {COLUMNS} FROM rule_draft WHERE name = $1 AND version = $2");
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(name.to_owned()).bind(i64::from(version));
    query.fetch_optional(conn).await?.map(|row| read(&row)).transpose()
}

/// Every draft, the newest first.
pub async fn all(conn: &mut Conn) -> Result<Vec<RuleDraft>, StoreFault> {
    let sql = format!("SELECT {COLUMNS} FROM rule_draft ORDER BY made_at DESC, name, version");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(conn).await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<RuleDraft, StoreFault> {
    let account = |column: &'static str| -> Result<Option<AccountId>, StoreFault> {
        let text: Option<String> = row.try_get(column)?;
        text.map(|text| read_back("rule_draft", AccountId::new(text))).transpose()
    };
    let at = |column: &'static str| -> Result<Option<Instant>, StoreFault> {
        Ok(row.try_get::<Option<i64>, _>(column)?.map(Instant::from_micros))
    };
    let number = |column: &'static str| -> Result<u32, StoreFault> {
        read_back("rule_draft", u32::try_from(row.try_get::<i64, _>(column)?))
    };
    let made_by = read_back("rule_draft.made_by", account("made_by")?.ok_or("nobody"))?;
    Ok(RuleDraft {
        name: row.try_get("name")?,
        version: number("version")?,
        title: Text { en: row.try_get("title_en")?, zh: row.try_get("title_zh")? },
        body: row.try_get("body")?,
        cases: number("cases")?,
        made: (made_by, at("made_at")?.unwrap_or_default()),
        comparison: row.try_get::<Option<String>, _>("comparison")?.zip(at("compared_at")?),
        approved: account("approved_by")?.zip(at("approved_at")?),
    })
}
