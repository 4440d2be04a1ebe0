//! What may be asked of the meter of looks: how many people an account looked up within an hour, and when that was
//! unusually many.

use crate::engine::Conn;
use crate::{StoreFault, read_back};
use healthcode_core::ids::AccountId;
use healthcode_core::time::{Day, Instant};
use sqlx::Row;

/// Counts a look-up, and answers how many different ones of this hour there are with it.
pub async fn count(
    conn: &mut Conn,
    account: &AccountId,
    hour: i64,
    subject: &str,
    forget_on: Day,
) -> Result<i64, StoreFault> {
    sqlx::query(
        "INSERT INTO look_meter (account, hour, subject, forget_on) VALUES ($1, $2, $3, $4)
         ON CONFLICT (account, hour, subject) DO NOTHING",
    )
    .bind(account.as_str().to_owned())
    .bind(hour)
    .bind(subject.to_owned())
    .bind(i64::from(forget_on.0))
    .execute(&mut *conn)
    .await?;
    let row = sqlx::query("SELECT COUNT(*) FROM look_meter WHERE account = $1 AND hour = $2")
        .bind(account.as_str().to_owned())
        .bind(hour)
        .fetch_one(conn)
        .await?;
    Ok(row.try_get(0)?)
}

/// Raises an alarm, once an hour and account; counts what was refused.
pub async fn raise(
    conn: &mut Conn,
    (account, hour): (&AccountId, i64),
    at: Instant,
    refused: bool,
    forget_on: Day,
) -> Result<(), StoreFault> {
    sqlx::query(
        "INSERT INTO look_alarm (account, hour, raised_at, refused, forget_on) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (account, hour) DO UPDATE SET refused = look_alarm.refused + excluded.refused",
    )
    .bind(account.as_str().to_owned())
    .bind(hour)
    .bind(at.micros())
    .bind(i64::from(refused))
    .bind(i64::from(forget_on.0))
    .execute(conn)
    .await?;
    Ok(())
}

/// An alarm.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// Whose look-ups.
    pub account: AccountId,
    /// When it was raised.
    pub raised_at: Instant,
    /// How many people and searches of the hour.
    pub looks: i64,
    /// How many were refused.
    pub refused: i64,
}

/// Alarms, newest first, at most `most`.
pub async fn alarms(conn: &mut Conn, before: Instant, most: i64) -> Result<Vec<Alarm>, StoreFault> {
    let rows = sqlx::query(
        "SELECT account, raised_at, refused, (SELECT COUNT(*) FROM look_meter
           WHERE look_meter.account = look_alarm.account AND look_meter.hour = look_alarm.hour) AS looks
         FROM look_alarm WHERE raised_at < $1 ORDER BY raised_at DESC, account LIMIT $2",
    )
    .bind(before.micros())
    .bind(most)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let account: String = row.try_get("account")?;
            Ok(Alarm {
                account: read_back("look_alarm.account", AccountId::new(account))?,
                raised_at: Instant::from_micros(row.try_get("raised_at")?),
                looks: row.try_get("looks")?,
                refused: row.try_get("refused")?,
            })
        })
        .collect()
}
