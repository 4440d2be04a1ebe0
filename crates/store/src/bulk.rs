//! Loading many rows at once: several rows a statement, several thousand a commit.

use crate::engine::{Conn, Engine};
use crate::{StoreFault, Tx};
use sqlx::Arguments;
use sqlx::any::AnyArguments;

/// A value of a row.
pub enum Cell {
    /// TEXT.
    Text(String),
    /// BIGINT.
    Int(i64),
    /// BLOB or BYTEA.
    Bytes(Vec<u8>),
    /// A BIGINT that is absent.
    NoInt,
}

/// Parameters of one statement, at most; PostgreSQL takes 65,535, SQLite 32,766.
const MOST_PARAMETERS: usize = 30_000;

/// Inserts rows into a table; every row has one cell for each of the columns. Table and columns are written in the
/// program, never taken from outside.
pub async fn insert(
    tx: &mut Tx<'_>,
    table: &'static str,
    columns: &'static [&'static str],
    rows: Vec<Vec<Cell>>,
) -> Result<(), StoreFault> {
    let at_once = (MOST_PARAMETERS / columns.len()).min(500);
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let mut arguments = AnyArguments::default();
        let mut sql = format!("INSERT INTO {table} ({}) VALUES ", columns.join(", "));
        let mut numbers = placeholders(tx.engine());
        for (index, row) in rows.by_ref().take(at_once).enumerate() {
            sql.push_str(if index == 0 { "(" } else { ", (" });
            for (column, cell) in row.into_iter().enumerate() {
                sql.push_str(if column == 0 { "" } else { ", " });
                sql.push_str(&numbers.next().unwrap_or_default());
                bind(&mut arguments, cell)?;
            }
            sql.push(')');
        }
        sqlx::query_with(sqlx::AssertSqlSafe(sql), arguments).execute(tx.conn().await?).await?;
    }
    Ok(())
}

/// Placeholders of a statement, in turn. SQLite looks a `$n` up among all that came before it, which is quadratic in
/// thousands of them; it counts `?`.
pub(crate) fn placeholders(engine: Engine) -> impl Iterator<Item = String> {
    (1..).map(move |number| match engine {
        Engine::Sqlite => "?".to_owned(),
        Engine::Postgres => format!("${number}"),
    })
}

/// Inserts one row; table and columns were checked by the caller.
pub(crate) async fn insert_one(
    conn: &mut Conn,
    table: &str,
    columns: &[&str],
    cells: Vec<Cell>,
) -> Result<(), StoreFault> {
    let mut arguments = AnyArguments::default();
    let numbers: Vec<_> = (1..=cells.len()).map(|number| format!("${number}")).collect();
    let sql = format!("INSERT INTO {table} ({}) VALUES ({})", columns.join(", "), numbers.join(", "));
    for cell in cells {
        bind(&mut arguments, cell)?;
    }
    sqlx::query_with(sqlx::AssertSqlSafe(sql), arguments).execute(conn).await?;
    Ok(())
}

fn bind(arguments: &mut AnyArguments, cell: Cell) -> Result<(), StoreFault> {
    let added = match cell {
        Cell::Text(text) => arguments.add(text),
        Cell::Int(int) => arguments.add(int),
        Cell::Bytes(bytes) => arguments.add(bytes),
        Cell::NoInt => arguments.add(None::<i64>),
    };
    Ok(added.map_err(sqlx::Error::Encode)?)
}
