//! A write whose answer nobody waits for. An act collects such statements, and they reach the database together, in one
//! pass: on SQLite a pass is a change of threads, on PostgreSQL a round trip, and either costs more than the statement.

use crate::StoreFault;
use crate::batch::bind_all;
use crate::engine::Conn;
use healthcode_core::ids::PersonId;
use healthcode_core::time::{Day, Instant};
use std::borrow::Cow;

/// One parameter, in the three types that both engines share.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(Option<String>),
    Number(Option<i64>),
    Bytes(Vec<u8>),
}

/// What a statement does to its table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Effect {
    /// Adds rows that are not there yet.
    Adds,
    /// Adds or changes rows by a list of values, each row once however long the list is.
    Gathers,
    /// Changes or deletes rows, or may.
    Changes,
}

/// A write with its parameters `$1`, `$2` and so on, each bound in turn.
#[must_use = "a statement does nothing until it is run or handed to `Tx::later`"]
#[derive(Clone, Debug)]
pub struct Statement {
    pub(crate) table: &'static str,
    pub(crate) effect: Effect,
    /// Which row it adds or changes, where that is known and is one only.
    pub(crate) row: Option<String>,
    /// Whose visits it adds or changes.
    visits_of: Option<PersonId>,
    pub(crate) sql: Cow<'static, str>,
    pub(crate) values: Vec<Value>,
}

impl Statement {
    /// Adds rows to a table; one that is there already is a fault.
    pub(crate) fn adds(table: &'static str, sql: impl Into<Cow<'static, str>>) -> Self {
        Self::new(table, Effect::Adds, sql.into())
    }

    /// Adds or changes rows by a list of values, `VALUES (…)`, that more may be put into: each row once, whatever the
    /// list says of it.
    pub(crate) fn gathers(table: &'static str, sql: impl Into<Cow<'static, str>>) -> Self {
        Self::new(table, Effect::Gathers, sql.into())
    }

    /// Changes rows of a table, or adds where it cannot change.
    pub(crate) fn changes(table: &'static str, sql: impl Into<Cow<'static, str>>) -> Self {
        Self::new(table, Effect::Changes, sql.into())
    }

    fn new(table: &'static str, effect: Effect, sql: Cow<'static, str>) -> Self {
        Self { table, effect, row: None, visits_of: None, sql, values: Vec::with_capacity(16) }
    }

    /// Says that the row of this key alone is added or changed, by this key and nothing else that is stored, so that
    /// others of the table may go with it.
    pub(crate) fn of_row(mut self, key: &str) -> Self {
        self.row = Some(key.to_owned());
        self
    }

    /// Says whose visits are added or changed: what was read of them before holds no longer.
    pub(crate) fn visits_of(mut self, person: &PersonId) -> Self {
        self.visits_of = Some(person.clone());
        self
    }

    /// Whose visits are added or changed, if any are.
    pub(crate) fn whose_visits(&self) -> Option<&PersonId> {
        self.visits_of.as_ref()
    }

    /// Whether it may wait for statements of other acts: it changes what others change in no way that their order tells.
    pub(crate) fn may_wait(&self) -> bool {
        self.effect != Effect::Changes || self.row.is_some()
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
