//! What may be asked of contact definitions: brought in by one officer, approved by another, the newest approved holds.

use crate::engine::Conn;
use crate::{Statement, StoreFault, read_back};
use healthcode_core::ids::AccountId;
use healthcode_core::time::{Day, Instant};
use sqlx::Row;
use sqlx::any::AnyRow;

/// A contact definition that was brought in.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// Unique.
    pub id: String,
    /// What it calls itself.
    pub name: String,
    /// The text of `policy.toml`.
    pub body: String,
    /// Who brought it in, and when.
    pub made: (AccountId, Instant),
    /// Whom it would concern, as JSON, and when that was counted.
    pub preview: Option<(String, Instant)>,
    /// Who approved it, and when.
    pub approved: Option<(AccountId, Instant)>,
}

/// Brings in a definition.
pub fn add(definition: &Definition, forget_on: Day) -> Statement {
    let sql = "INSERT INTO contact_definition (id, name, body, made_by, made_at, forget_on)
         VALUES ($1, $2, $3, $4, $5, $6)";
    Statement::adds("contact_definition", sql)
        .text(&*definition.id)
        .text(&*definition.name)
        .text(&*definition.body)
        .text(definition.made.0.as_str())
        .at(definition.made.1)
        .day(forget_on)
}

/// Keeps whom it would concern.
pub fn previewed(id: &str, preview: &str, at: Instant) -> Statement {
    let sql =
        "UPDATE contact_definition SET preview = $2, previewed_at = $3 WHERE id = $1 AND approved_at IS NULL";
    Statement::changes("contact_definition", sql).text(id).text(preview).at(at)
}

/// Puts it in force.
pub fn approved(id: &str, by: &AccountId, at: Instant) -> Statement {
    let sql = "UPDATE contact_definition SET approved_by = $2, approved_at = $3 WHERE id = $1 AND approved_at IS NULL";
    Statement::changes("contact_definition", sql).text(id).text(by.as_str()).at(at)
}

const COLUMNS: &str = "id, name, body, made_by, made_at, preview, previewed_at, approved_by, approved_at";

/// One definition.
pub async fn get(conn: &mut Conn, id: &str) -> Result<Option<Definition>, StoreFault> {
    let sql = format!("SELECT {COLUMNS} FROM contact_definition WHERE id = $1");
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id.to_owned());
    query.fetch_optional(conn).await?.as_ref().map(read).transpose()
}

/// The one in force: of those approved the last; `None` where the installation never chose one.
pub async fn in_force(conn: &mut Conn) -> Result<Option<Definition>, StoreFault> {
    let sql = format!(
        "SELECT {COLUMNS} FROM contact_definition WHERE approved_at IS NOT NULL ORDER BY approved_at DESC, id DESC LIMIT 1"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_optional(conn).await?.as_ref().map(read).transpose()
}

/// The newest definitions that were brought in, at most `most`.
pub async fn newest(conn: &mut Conn, most: i64) -> Result<Vec<Definition>, StoreFault> {
    let sql = format!("SELECT {COLUMNS} FROM contact_definition ORDER BY made_at DESC, id DESC LIMIT $1");
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(most).fetch_all(conn).await?.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<Definition, StoreFault> {
    let account = |column: &'static str| -> Result<Option<AccountId>, StoreFault> {
        let text: Option<String> = row.try_get(column)?;
        text.map(|text| read_back("contact_definition", AccountId::new(text))).transpose()
    };
    let at = |column: &'static str| -> Result<Option<Instant>, StoreFault> {
        Ok(row.try_get::<Option<i64>, _>(column)?.map(Instant::from_micros))
    };
    let made_by = read_back("contact_definition.made_by", account("made_by")?.ok_or("nobody"))?;
    Ok(Definition {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        body: row.try_get("body")?,
        made: (made_by, at("made_at")?.unwrap_or_default()),
        preview: row.try_get::<Option<String>, _>("preview")?.zip(at("previewed_at")?),
        approved: account("approved_by")?.zip(at("approved_at")?),
    })
}
