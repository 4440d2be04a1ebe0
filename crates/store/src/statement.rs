//! A write whose answer nobody waits for. An act collects such statements, and they reach the database together, in one
//! pass: on SQLite a pass is a change of threads, on PostgreSQL a round trip, and either costs more than the statement.

use crate::StoreFault;
use crate::engine::{Conn, Engine};
use healthcode_core::time::{Day, Instant};
use sqlx::Any;
use sqlx::query::Query;
use std::borrow::Cow;
use std::ops::Range;

/// One parameter, in the three types that both engines share.
#[derive(Clone, Debug)]
enum Value {
    Text(Option<String>),
    Number(Option<i64>),
    Bytes(Vec<u8>),
}

/// What a statement does to its table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Effect {
    /// Adds rows that are not there yet.
    Adds,
    /// Changes or deletes rows, or may.
    Changes,
}

/// A write with its parameters `$1`, `$2` and so on, each bound in turn.
#[must_use = "a statement does nothing until it is run or handed to `Tx::later`"]
#[derive(Clone, Debug)]
pub struct Statement {
    table: &'static str,
    effect: Effect,
    /// Whose row it changes, where it changes one only.
    row: Option<String>,
    sql: Cow<'static, str>,
    values: Vec<Value>,
}

impl Statement {
    /// Adds rows to a table; one that is there already is a fault.
    pub(crate) fn adds(table: &'static str, sql: impl Into<Cow<'static, str>>) -> Self {
        Self { table, effect: Effect::Adds, row: None, sql: sql.into(), values: Vec::with_capacity(12) }
    }

    /// Changes rows of a table, or adds where it cannot change.
    pub(crate) fn changes(table: &'static str, sql: impl Into<Cow<'static, str>>) -> Self {
        Self { table, effect: Effect::Changes, row: None, sql: sql.into(), values: Vec::with_capacity(12) }
    }

    /// Says that the change touches the row of this key alone, so that others of the table may go with it.
    pub(crate) fn of_row(mut self, key: &str) -> Self {
        self.row = Some(key.to_owned());
        self
    }

    fn bind(mut self, value: Value) -> Self {
        self.values.push(value);
        self
    }

    /// Binds a text.
    pub(crate) fn text(self, text: impl Into<String>) -> Self {
        self.bind(Value::Text(Some(text.into())))
    }

    /// Binds a text that may be absent.
    pub(crate) fn text_if_any(self, text: Option<impl Into<String>>) -> Self {
        self.bind(Value::Text(text.map(Into::into)))
    }

    /// Binds a number.
    pub(crate) fn number(self, number: impl Into<i64>) -> Self {
        self.bind(Value::Number(Some(number.into())))
    }

    /// Binds bytes.
    pub(crate) fn bytes(self, bytes: Vec<u8>) -> Self {
        self.bind(Value::Bytes(bytes))
    }

    /// Binds an instant.
    pub(crate) fn at(self, at: Instant) -> Self {
        self.number(at.micros())
    }

    /// Binds an instant that may be absent.
    pub(crate) fn at_if_any(self, at: Option<Instant>) -> Self {
        self.bind(Value::Number(at.map(Instant::micros)))
    }

    /// Binds a day.
    pub(crate) fn day(self, day: Day) -> Self {
        self.number(day.0)
    }

    /// Runs this one alone; answers how many rows it added or changed.
    pub async fn run(self, conn: &mut Conn) -> Result<u64, StoreFault> {
        let query = bind_all(sqlx::query(sqlx::AssertSqlSafe(self.sql.into_owned())), [self.values]);
        Ok(query.execute(conn).await?.rows_affected())
    }
}

fn bind_all(
    query: Query<'_, Any, sqlx::any::AnyArguments>,
    values: impl IntoIterator<Item = Vec<Value>>,
) -> Query<'_, Any, sqlx::any::AnyArguments> {
    values.into_iter().flatten().fold(query, |query, value| match value {
        Value::Text(text) => query.bind(text),
        Value::Number(number) => query.bind(number),
        Value::Bytes(bytes) => query.bind(bytes),
    })
}

/// Statements in one pass, at most: bounds the length of its text.
const MOST_STATEMENTS: usize = 128;

/// Statements that wait to be sent together.
#[derive(Default)]
pub(crate) struct Batch {
    waiting: Vec<Statement>,
}

impl Batch {
    /// Whether a statement may share a pass with those that wait. PostgreSQL runs a pass as one statement, in which no
    /// part sees the rows of another; so a row that is changed appears once.
    pub(crate) fn has_room_for(&self, statement: &Statement) -> bool {
        let mut same_table = self.waiting.iter().filter(|waiting| waiting.table == statement.table);
        self.waiting.len() < MOST_STATEMENTS
            && same_table.all(|waiting| {
                let both_add = waiting.effect == Effect::Adds && statement.effect == Effect::Adds;
                let other_row =
                    waiting.row.is_some() && statement.row.is_some() && waiting.row != statement.row;
                both_add || other_row
            })
    }

    pub(crate) fn push(&mut self, statement: Statement) {
        self.waiting.push(statement);
    }

    pub(crate) fn forget(&mut self) {
        self.waiting.clear();
    }

    /// Sends what waits. On SQLite `then` follows in the same pass; PostgreSQL takes it in a pass of its own.
    pub(crate) async fn send(
        &mut self,
        conn: &mut Conn,
        engine: Engine,
        then: Option<&'static str>,
    ) -> Result<(), StoreFault> {
        let waiting = joined(std::mem::take(&mut self.waiting));
        let sql = match (engine, &waiting[..]) {
            (_, []) => {
                if let Some(then) = then {
                    sqlx::raw_sql(then).execute(conn).await?;
                }
                return Ok(());
            }
            (Engine::Sqlite, all) => in_turn(all, then),
            (Engine::Postgres, all) => as_one(all),
        };
        let values = waiting.into_iter().map(|statement| statement.values);
        bind_all(sqlx::query(sqlx::AssertSqlSafe(sql)), values).execute(&mut *conn).await?;
        if let (Engine::Postgres, Some(then)) = (engine, then) {
            sqlx::raw_sql(then).execute(conn).await?;
        }
        Ok(())
    }
}

/// Statements that may be one: of the same text.
struct Joined {
    sql: Cow<'static, str>,
    values: Vec<Value>,
}

/// Makes one statement of those that add rows in the same way. Nothing in a pass depends on the order of its parts, since
/// each touches rows of its own.
fn joined(statements: Vec<Statement>) -> Vec<Joined> {
    let mut groups: Vec<(Cow<'static, str>, usize, Vec<Value>)> = Vec::new();
    for Statement { sql, mut values, .. } in statements {
        match groups.iter_mut().find(|(of, ..)| *of == sql && row_of(&sql).is_some()) {
            Some((_, rows, all)) => {
                *rows += 1;
                all.append(&mut values);
            }
            None => groups.push((sql, 1, values)),
        }
    }
    let one = |(sql, rows, values): (Cow<'static, str>, usize, Vec<Value>)| Joined {
        sql: if rows == 1 { sql } else { with_rows(&sql, rows, values.len() / rows).into() },
        values,
    };
    groups.into_iter().map(one).collect()
}

/// Where a text has the row that it adds, `($1, $2)`, and no parameter elsewhere.
fn row_of(sql: &str) -> Option<Range<usize>> {
    let from = sql.find("VALUES ($")? + "VALUES ".len();
    let mut depth = 0;
    let closes = |byte: &u8| {
        depth += i32::from(*byte == b'(') - i32::from(*byte == b')');
        depth == 0
    };
    let until = from + sql.as_bytes()[from..].iter().position(closes)? + 1;
    (!sql[..from].contains('$') && !sql[until..].contains('$')).then_some(from..until)
}

/// The same text with more rows of the same width; their parameters are counted through.
fn with_rows(sql: &str, rows: usize, width: usize) -> String {
    let Some(row) = row_of(sql) else { return sql.to_owned() };
    let mut text = String::with_capacity(sql.len() + rows * (width * 6 + 4));
    text.push_str(&sql[..row.start]);
    for number in 0..rows {
        text.push_str(if number == 0 { "" } else { ", " });
        push_renumbered(&mut text, &sql[row.clone()], number * width);
    }
    text.push_str(&sql[row.end..]);
    text
}

/// SQLite runs several statements one after another; their parameters are counted through.
fn in_turn(statements: &[Joined], then: Option<&'static str>) -> String {
    let mut sql = String::with_capacity(2_048);
    let mut before = 0;
    for statement in statements {
        push_renumbered(&mut sql, &statement.sql, before);
        sql.push_str("; ");
        before += statement.values.len();
    }
    sql.push_str(then.unwrap_or_default());
    sql
}

/// PostgreSQL takes parameters with one statement only: all but the last become parts of the last.
fn as_one(statements: &[Joined]) -> String {
    let mut sql = String::with_capacity(2_048);
    let mut before = 0;
    let last = statements.len() - 1;
    for (number, statement) in statements.iter().enumerate() {
        if number < last {
            sql.push_str(if number == 0 { "WITH " } else { ", " });
            sql.push_str(&format!("part{number} AS ("));
        } else {
            sql.push(' ');
        }
        push_renumbered(&mut sql, &statement.sql, before);
        if number < last {
            sql.push(')');
        }
        before += statement.values.len();
    }
    sql
}

/// Appends a statement with `before` added to the number of each parameter.
fn push_renumbered(sql: &mut String, statement: &str, before: usize) {
    let mut parts = statement.split('$');
    sql.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let number: usize = part[..digits].parse().unwrap_or_default();
        sql.push('$');
        sql.push_str(&(number + before).to_string());
        sql.push_str(&part[digits..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> [Statement; 2] {
        let a = Statement::adds("a", "INSERT INTO a VALUES ($1, $2)").text("x").number(1);
        let b = Statement::changes("b", "UPDATE b SET c = $2 WHERE d = $1 AND e < $2").text("y").number(2);
        [a, b]
    }

    #[test]
    fn parameters_are_counted_through() {
        assert_eq!(
            in_turn(&joined(two().into()), Some("RELEASE SAVEPOINT act")),
            "INSERT INTO a VALUES ($1, $2); UPDATE b SET c = $4 WHERE d = $3 AND e < $4; RELEASE SAVEPOINT act"
        );
        assert_eq!(
            as_one(&joined(two().into())),
            "WITH part0 AS (INSERT INTO a VALUES ($1, $2)) UPDATE b SET c = $4 WHERE d = $3 AND e < $4"
        );
    }

    #[test]
    fn rows_that_are_added_in_the_same_way_are_added_together() {
        let [adds, changes] = two();
        let put = |row: &str| {
            let sql = "INSERT INTO c VALUES ($1, $2) ON CONFLICT (d) DO UPDATE SET e = excluded.e";
            Statement::changes("c", sql).text(row).number(3).of_row(row)
        };
        let together = vec![adds.clone(), put("x"), adds.clone(), changes.clone(), put("y"), adds, changes];
        let joined = joined(together);
        let sqls: Vec<_> = joined.iter().map(|one| &*one.sql).collect();
        assert_eq!(
            sqls,
            [
                "INSERT INTO a VALUES ($1, $2), ($3, $4), ($5, $6)",
                "INSERT INTO c VALUES ($1, $2), ($3, $4) ON CONFLICT (d) DO UPDATE SET e = excluded.e",
                "UPDATE b SET c = $2 WHERE d = $1 AND e < $2",
                "UPDATE b SET c = $2 WHERE d = $1 AND e < $2",
            ]
        );
        assert_eq!(joined.iter().map(|one| one.values.len()).collect::<Vec<_>>(), [6, 4, 2, 2]);
    }

    #[test]
    fn a_table_that_is_changed_has_a_pass_of_its_own() {
        let [adds, changes] = two();
        let mut batch = Batch::default();
        batch.push(adds.clone());
        assert!(batch.has_room_for(&adds) && batch.has_room_for(&changes));
        batch.push(changes.clone().of_row("one"));
        assert!(!batch.has_room_for(&changes) && !batch.has_room_for(&changes.clone().of_row("one")));
        assert!(batch.has_room_for(&changes.of_row("another")));
    }
}
