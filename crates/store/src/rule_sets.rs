//! Rule sets adopted by this installation.

use crate::engine::Conn;
use crate::{StoreFault, read_back};
use healthcode_core::region::Region;
use healthcode_core::rule_set::RuleSet;
use healthcode_core::time::{Day, Instant, Interval};
use sqlx::Row;

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

/// Every adopted rule set, by the instant it takes effect.
pub async fn all(conn: &mut Conn) -> Result<Vec<RuleSet>, StoreFault> {
    let rows = sqlx::query(
        "SELECT authority, effective, sunset, body FROM rule_set ORDER BY effective, name, version",
    )
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let body: String = row.try_get("body")?;
            let authority: String = row.try_get("authority")?;
            let from = Instant::from_micros(row.try_get("effective")?);
            let until = Instant::from_micros(row.try_get("sunset")?);
            let in_force =
                read_back("rule_set.sunset", Interval::new(from, until).ok_or("not after effective"))?;
            let rules = RuleSet::parse(&body)
                .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "));
            let authority = read_back("rule_set.authority", Region::new(&authority))?;
            Ok(read_back("rule_set.body", rules)?.adopted(authority, in_force))
        })
        .collect()
}
