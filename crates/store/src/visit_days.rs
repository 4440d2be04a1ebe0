//! The ring of days in which visits lie: 32 tables of the same form. A visit is in the table of the day (of UTC) on which it
//! began, by the day's number modulo 32. So a day is forgotten by emptying a table: PostgreSQL gives the file back, SQLite
//! the pages, and neither looks at a row. A table never holds two days: `visit_slot` says which it holds, a visit takes
//! its `forget_on` from there, and one of another day finds none and is not stored.

use crate::engine::{Conn, Engine};
use crate::{StoreFault, Tx};
use healthcode_core::time::{Day, Instant, Interval};
use sqlx::{Executor, Row};

/// Days that the ring can hold: 28 that are kept, today, tomorrow for clocks that are ahead, and two to spare.
pub const SLOTS: usize = 32;

/// The tables, by slot.
pub const TABLES: [&str; SLOTS] = [
    "visit_00", "visit_01", "visit_02", "visit_03", "visit_04", "visit_05", "visit_06", "visit_07",
    "visit_08", "visit_09", "visit_10", "visit_11", "visit_12", "visit_13", "visit_14", "visit_15",
    "visit_16", "visit_17", "visit_18", "visit_19", "visit_20", "visit_21", "visit_22", "visit_23",
    "visit_24", "visit_25", "visit_26", "visit_27", "visit_28", "visit_29", "visit_30", "visit_31",
];

/// The day (of UTC) of an instant.
pub fn day_of(at: Instant) -> Day {
    Day(at.seconds().div_euclid(86_400) as i32)
}

/// The slot of a day.
pub fn slot_of(day: Day) -> usize {
    day.0.rem_euclid(SLOTS as i32) as usize
}

/// The table in which a visit lies that began at an instant.
pub fn table_of(began: Instant) -> &'static str {
    TABLES[slot_of(day_of(began))]
}

/// The tables of a span of beginnings, each once, in order of time.
pub(crate) fn tables_of(span: Interval) -> impl Iterator<Item = &'static str> {
    let (first, last) = (day_of(span.from).0, day_of(span.until).0);
    (first..=last.min(first.saturating_add(SLOTS as i32 - 1))).map(|day| TABLES[slot_of(Day(day))])
}

/// The day that a slot holds, and when it is forgotten.
async fn held(conn: &mut Conn, slot: usize) -> Result<Option<(Day, Day)>, StoreFault> {
    let row = sqlx::query("SELECT day, forget_on FROM visit_slot WHERE slot = $1")
        .bind(slot as i64)
        .fetch_optional(conn)
        .await?;
    row.map(|row| Ok((Day(row.try_get::<i64, _>(0)? as i32), Day(row.try_get::<i64, _>(1)? as i32))))
        .transpose()
}

/// Keeps others from the same slot until the commit.
async fn lock(tx: &mut Tx<'_>, slot: usize) -> Result<(), StoreFault> {
    tx.lock_person(TABLES[slot]).await
}

/// Makes room for a day. What its slot holds is emptied where that is past its day; `false` where it is not, and then
/// no visit of the day can be stored.
pub async fn open(tx: &mut Tx<'_>, day: Day, forget_on: Day, today: Day) -> Result<bool, StoreFault> {
    let slot = slot_of(day);
    if held(tx.conn().await?, slot).await?.is_some_and(|(held, _)| held == day) {
        return Ok(true);
    }
    lock(tx, slot).await?;
    match held(tx.conn().await?, slot).await? {
        Some((held, _)) if held == day => return Ok(true),
        Some((_, forgotten_on)) if forgotten_on >= today => return Ok(false),
        Some(_) => empty(tx, slot).await?,
        None => {}
    }
    sqlx::query("INSERT INTO visit_slot (slot, day, forget_on) VALUES ($1, $2, $3)")
        .bind(slot as i64)
        .bind(i64::from(day.0))
        .bind(i64::from(forget_on.0))
        .execute(tx.conn().await?)
        .await?;
    Ok(true)
}

/// The days that are past theirs and still there.
pub async fn past(conn: &mut Conn, today: Day) -> Result<Vec<Day>, StoreFault> {
    let rows = sqlx::query("SELECT day FROM visit_slot WHERE forget_on < $1 ORDER BY day")
        .bind(i64::from(today.0))
        .fetch_all(conn)
        .await?;
    rows.iter().map(|row| Ok(Day(row.try_get::<i64, _>(0)? as i32))).collect()
}

/// Forgets a day, if it is past its own; `false` where it was gone already.
pub async fn forget(tx: &mut Tx<'_>, day: Day, today: Day) -> Result<bool, StoreFault> {
    let slot = slot_of(day);
    lock(tx, slot).await?;
    let is_past = |held: Option<(Day, Day)>| held.is_some_and(|(held, on)| held == day && on < today);
    if !is_past(held(tx.conn().await?, slot).await?) {
        return Ok(false);
    }
    empty(tx, slot).await?;
    Ok(true)
}

/// How long PostgreSQL waits for those who read a day that is to be forgotten; then it is tried again with the next round.
const PATIENCE: &str = "SET LOCAL lock_timeout = '2s'";

/// Empties a slot as a whole. SQLite takes a `DELETE` of everything for that, as its page on `DELETE` says.
async fn empty(tx: &mut Tx<'_>, slot: usize) -> Result<(), StoreFault> {
    let table = TABLES[slot];
    match tx.engine() {
        Engine::Sqlite => {
            sqlx::query(sqlx::AssertSqlSafe(format!("DELETE FROM {table}")))
                .execute(tx.conn().await?)
                .await?;
        }
        Engine::Postgres => {
            let conn = tx.conn().await?;
            conn.execute(PATIENCE).await?;
            sqlx::query(sqlx::AssertSqlSafe(format!("TRUNCATE {table}"))).execute(&mut *conn).await?;
            conn.execute("SET LOCAL lock_timeout = DEFAULT").await?;
        }
    }
    sqlx::query("DELETE FROM visit_slot WHERE slot = $1").bind(slot as i64).execute(tx.conn().await?).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_names_each_table_once() {
        let at = |day: i64, second: i64| Instant::from_seconds(day * 86_400 + second);
        let span = |from, until| Interval { from, until };
        let tables: Vec<_> = tables_of(span(at(31, 86_399), at(33, 0))).collect();
        assert_eq!(tables, ["visit_31", "visit_00", "visit_01"]);
        assert_eq!(tables_of(span(at(5, 0), at(5, 1))).collect::<Vec<_>>(), ["visit_05"]);
        assert_eq!(tables_of(span(at(0, 0), at(9_999, 0))).count(), SLOTS);
        assert_eq!(table_of(at(-1, 0)), "visit_31");
    }
}
