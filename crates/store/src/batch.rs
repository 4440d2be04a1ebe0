//! Writes that wait, and how they become one text for one pass to the database.

use crate::StoreFault;
use crate::engine::{Conn, Engine};
use crate::statement::{Effect, Statement, Value};
use sqlx::Any;
use sqlx::query::Query;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

pub(crate) fn bind_all(
    query: Query<'_, Any, sqlx::any::AnyArguments>,
    values: impl IntoIterator<Item = Vec<Value>>,
) -> Query<'_, Any, sqlx::any::AnyArguments> {
    values.into_iter().flatten().fold(query, |query, value| match value {
        Value::Text(text) => query.bind(text),
        Value::Number(number) => query.bind(number),
        Value::Bytes(bytes) => query.bind(bytes),
    })
}

/// Statements in one pass, at most: bounds the length of its text. PostgreSQL takes 65,535 parameters.
const MOST_STATEMENTS: usize = 768;

/// What waits to be done to a table.
#[derive(Default)]
struct Waiting {
    /// Something else than adding rows.
    changes: bool,
    /// The text of a statement that gathers.
    gathers: Option<Cow<'static, str>>,
    /// Rows that are not known by a key.
    unknown: bool,
    rows: HashSet<String>,
}

impl Waiting {
    fn has_room_for(&self, statement: &Statement) -> bool {
        match (statement.effect, &self.gathers) {
            (Effect::Gathers, Some(sql)) => *sql == statement.sql,
            (Effect::Gathers, None) | (_, Some(_)) => false,
            (Effect::Adds, None) if !self.changes => true,
            _ => !self.unknown && statement.row.as_ref().is_some_and(|row| !self.rows.contains(row)),
        }
    }

    fn note(&mut self, statement: &Statement) {
        match statement.effect {
            Effect::Gathers => self.gathers = Some(statement.sql.clone()),
            Effect::Changes => self.changes = true,
            Effect::Adds => {}
        }
        match &statement.row {
            Some(row) => drop(self.rows.insert(row.clone())),
            None => self.unknown = true,
        }
    }
}

/// Statements that wait to be sent together.
#[derive(Default)]
pub(crate) struct Batch {
    waiting: Vec<Statement>,
    /// One of them may not wait for those of the next act.
    is_urgent: bool,
    tables: HashMap<&'static str, Waiting>,
}

impl Batch {
    /// Whether a statement may share a pass with those that wait. PostgreSQL runs a pass as one statement, in which no
    /// part sees the rows of another; so a row that is changed appears once.
    pub(crate) fn has_room_for(&self, statement: &Statement) -> bool {
        let table = self.tables.get(statement.table);
        self.waiting.len() < MOST_STATEMENTS && table.is_none_or(|waiting| waiting.has_room_for(statement))
    }

    pub(crate) fn push(&mut self, statement: Statement) {
        self.tables.entry(statement.table).or_default().note(&statement);
        self.is_urgent |= !statement.may_wait();
        self.waiting.push(statement);
    }

    /// Whether they must be sent before the next act puts anything off.
    pub(crate) fn is_urgent(&self) -> bool {
        self.is_urgent
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Takes out those that came after the first so many.
    pub(crate) fn take_after(&mut self, first: usize) -> Vec<Statement> {
        let later = self.waiting.split_off(first);
        if !later.is_empty() {
            let first = std::mem::take(&mut self.waiting);
            self.tables.clear();
            self.is_urgent = false;
            first.into_iter().for_each(|statement| self.push(statement));
        }
        later
    }

    /// Sends what waits. On SQLite `then` follows in the same pass; PostgreSQL takes it in a pass of its own.
    pub(crate) async fn send(
        &mut self,
        conn: &mut Conn,
        engine: Engine,
        then: Option<&'static str>,
    ) -> Result<(), StoreFault> {
        self.tables.clear();
        self.is_urgent = false;
        let mut waiting = joined(std::mem::take(&mut self.waiting));
        let sql = match (engine, &waiting[..]) {
            (_, []) => {
                if let Some(then) = then {
                    sqlx::raw_sql(then).execute(conn).await?;
                }
                return Ok(());
            }
            (Engine::Sqlite, _) => in_turn(&mut waiting, then),
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

/// Makes one statement of those that add rows in the same way, or gather. Nothing in a pass depends on the order of its parts, since
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
    let from = sql.find("VALUES (")? + "VALUES ".len();
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

/// SQLite runs several statements one after another, and counts parameters by where they stand: a name, even `$1`, is
/// looked up in a list for each parameter each time, which a profile showed to be a seventh of what a scan took.
fn in_turn(statements: &mut [Joined], then: Option<&'static str>) -> String {
    let mut sql = String::with_capacity(2_048);
    for statement in statements {
        let order = push_by_place(&mut sql, &statement.sql);
        if !order.iter().copied().eq(0..statement.values.len()) {
            statement.values = order.iter().map(|number| statement.values[*number].clone()).collect();
        }
        sql.push_str("; ");
    }
    sql.push_str(then.unwrap_or_default());
    sql
}

/// Appends a statement with `?` for each parameter; answers which it is, from 0.
fn push_by_place(sql: &mut String, statement: &str) -> Vec<usize> {
    let mut parts = statement.split('$');
    sql.push_str(parts.next().unwrap_or_default());
    let mut order = Vec::with_capacity(16);
    for part in parts {
        let (number, rest) = leading_number(part);
        order.push(number.saturating_sub(1));
        sql.push('?');
        sql.push_str(rest);
    }
    order
}

fn leading_number(part: &str) -> (usize, &str) {
    let digits = part.bytes().take_while(u8::is_ascii_digit).count();
    (part[..digits].parse().unwrap_or_default(), &part[digits..])
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
        let (number, rest) = leading_number(part);
        sql.push('$');
        sql.push_str(&(number + before).to_string());
        sql.push_str(rest);
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
        let mut statements = joined(two().into());
        assert_eq!(
            as_one(&statements),
            "WITH part0 AS (INSERT INTO a VALUES ($1, $2)) UPDATE b SET c = $4 WHERE d = $3 AND e < $4"
        );
        assert_eq!(
            in_turn(&mut statements, Some("RELEASE SAVEPOINT act")),
            "INSERT INTO a VALUES (?, ?); UPDATE b SET c = ? WHERE d = ? AND e < ?; RELEASE SAVEPOINT act"
        );
        let values: Vec<_> = statements.iter().map(|one| format!("{:?}", one.values)).collect();
        let text = |text: &str| format!("Text(Some({text:?}))");
        assert_eq!(values[0], format!("[{}, Number(Some(1))]", text("x")));
        assert_eq!(values[1], format!("[Number(Some(2)), {}, Number(Some(2))]", text("y")));
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
        assert!(batch.has_room_for(&changes.clone().of_row("another")));
        batch.push(changes.of_row("another"));
        assert_eq!(batch.take_after(2).len(), 1);
        let [adds, changes] = two();
        assert!(
            batch.has_room_for(&changes.clone().of_row("another")),
            "what was taken out is in the way no more"
        );
        let into_b = Statement::adds("b", "INSERT INTO b VALUES ($1)").text("z");
        assert!(batch.has_room_for(&into_b.clone().of_row("z")) && !batch.has_room_for(&into_b));
        assert!(
            adds.may_wait() && into_b.may_wait() && !changes.may_wait() && changes.of_row("one").may_wait()
        );
    }

    #[test]
    fn lists_of_the_same_text_are_gathered_into_one() {
        let sql = "INSERT INTO w WITH v (a) AS (VALUES (CAST($1 AS BIGINT))) SELECT a FROM v GROUP BY a";
        let gathers = |number| Statement::gathers("w", sql).number(number);
        let mut batch = Batch::default();
        batch.push(gathers(1));
        assert!(batch.has_room_for(&gathers(2)) && !batch.has_room_for(&Statement::adds("w", "INSERT")));
        assert!(!batch.has_room_for(&Statement::gathers("w", "another text")));
        batch.push(gathers(2));
        let joined = joined(batch.take_after(0));
        let [one] = &joined[..] else { panic!("{} statements", joined.len()) };
        assert_eq!(
            one.sql,
            "INSERT INTO w WITH v (a) AS (VALUES (CAST($1 AS BIGINT)), (CAST($2 AS BIGINT))) SELECT a FROM v GROUP BY a"
        );
    }
}
