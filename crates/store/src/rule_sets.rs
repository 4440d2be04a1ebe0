//! Rule sets adopted by this installation.

use crate::engine::Conn;
use crate::{StoreFault, read_back};
use healthcode_core::region::Region;
use healthcode_core::rule_set::RuleSet;
use healthcode_core::time::{Day, Instant, Interval};
use sqlx::Row;
use sqlx::any::AnyRow;

/// Keeps an adopted rule set: its dates and authority apart from the text it was read from.
pub async fn adopt(
    conn: &mut Conn,
    rules: &RuleSet,
    text: &str,
    at: Instant,
    forget_on: Day,
) -> Result<(), StoreFault> {
    sqlx::query(
        "INSERT INTO rule_set (name, version, scheme, authority, effective, sunset, adopted_at, body, forget_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(rules.name.clone())
    .bind(i64::from(rules.version))
    .bind(rules.scheme.as_str().to_owned())
    .bind(rules.authority.as_str().to_owned())
    .bind(rules.in_force.from.micros())
    .bind(rules.in_force.until.micros())
    .bind(at.micros())
    .bind(text.to_owned())
    .bind(i64::from(forget_on.0))
    .execute(conn)
    .await?;
    Ok(())
}

/// What tells one adopted edition from another without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adopted {
    /// Name and version.
    pub id: (String, i64),
    /// When it holds: to its sunset, or until it was withdrawn.
    pub in_force: Interval,
}

/// Every adopted edition that holds or held at some time, by the instant it takes effect.
pub async fn adopted(conn: &mut Conn) -> Result<Vec<Adopted>, StoreFault> {
    let rows = sqlx::query(sqlx::AssertSqlSafe(format_of("name, version"))).fetch_all(conn).await?;
    let read = |row: &AnyRow| -> Result<Option<Adopted>, StoreFault> {
        let Some(in_force) = in_force(row)? else { return Ok(None) };
        Ok(Some(Adopted { id: (row.try_get("name")?, row.try_get("version")?), in_force }))
    };
    rows.iter().filter_map(|row| read(row).transpose()).collect()
}

/// Withdraws the editions of a name and version that hold at `at` or later; `false` where none does.
pub async fn withdraw(conn: &mut Conn, name: &str, version: u32, at: Instant) -> Result<bool, StoreFault> {
    let withdrawn = sqlx::query(
        "UPDATE rule_set SET withdrawn_at = $3
         WHERE name = $1 AND version = $2 AND sunset > $3 AND withdrawn_at IS NULL",
    )
    .bind(name.to_owned())
    .bind(i64::from(version))
    .bind(at.micros())
    .execute(conn)
    .await?;
    Ok(withdrawn.rows_affected() > 0)
}

fn format_of(columns: &str) -> String {
    format!(
        "SELECT {columns}, effective, sunset, withdrawn_at FROM rule_set ORDER BY effective, name, version"
    )
}

/// When an edition holds; `None` for one that was withdrawn before it began.
fn in_force(row: &AnyRow) -> Result<Option<Interval>, StoreFault> {
    let from = Instant::from_micros(row.try_get("effective")?);
    let sunset = Instant::from_micros(row.try_get("sunset")?);
    let withdrawn = row.try_get::<Option<i64>, _>("withdrawn_at")?.map(Instant::from_micros);
    Ok(Interval::new(from, withdrawn.map_or(sunset, |at| at.min(sunset))))
}

/// Every adopted rule set that holds or held at some time, by the instant it takes effect. Each was tried before it was
/// adopted; what later programs would find in it does not keep the installation from starting.
pub async fn all(conn: &mut Conn) -> Result<Vec<RuleSet>, StoreFault> {
    let rows = sqlx::query(sqlx::AssertSqlSafe(format_of("authority, body"))).fetch_all(conn).await?;
    let read = |row: &AnyRow| -> Result<Option<RuleSet>, StoreFault> {
        let Some(in_force) = in_force(row)? else { return Ok(None) };
        let (body, authority): (String, String) = (row.try_get("body")?, row.try_get("authority")?);
        let rules = RuleSet::parse_adopted(&body)
            .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "));
        let authority = read_back("rule_set.authority", Region::new(&authority))?;
        Ok(Some(read_back("rule_set.body", rules)?.adopted(authority, in_force)))
    };
    rows.iter().filter_map(|row| read(row).transpose()).collect()
}
