//! Everything in one file, as of one instant, the same for both engines; and reading it back.

use crate::bulk::{self, Cell};
use crate::engine::{Conn, Engine, Store};
use crate::seal::SealKey;
use crate::{Act, StoreFault, Tx, decisions, evidence, lives, people, read_back, visit_days};
use aws_lc_rs::digest::{self, SHA256, digest};
use healthcode_core::ids::{PersonId, Scheme};
use healthcode_core::life::Life;
use serde::{Deserialize, Serialize};
use sqlx::{Column, Executor, Row, TypeInfo, ValueRef};
use std::io::BufRead;

mod before_the_ring;

/// The first line of a backup.
const FORMAT: &str = "healthcode-backup/2";

#[derive(Serialize, Deserialize)]
struct Head {
    format: String,
    schema: i64,
}

/// The last line: what was written before it, so that a file that was cut short is told from a whole one.
#[derive(Serialize, Deserialize)]
struct End {
    rows: usize,
    /// SHA-256 of every byte before this line.
    sha256: String,
}

#[derive(Serialize, Deserialize)]
struct Line {
    table: String,
    row: Vec<(String, Value)>,
}

/// A stored value, with its kind.
#[derive(Serialize, Deserialize)]
enum Value {
    #[serde(rename = "t")]
    Text(String),
    #[serde(rename = "i")]
    Int(i64),
    #[serde(rename = "b")]
    Bytes(String),
    #[serde(rename = "n")]
    Nothing,
}

/// Tables in the order of a backup, with the columns of their keys.
fn tables() -> impl Iterator<Item = (&'static str, &'static str)> {
    let days = visit_days::TABLES.into_iter().map(|table| (table, "point, entered_at, id"));
    [("visit_slot", "slot")].into_iter().chain(days).chain(crate::forget::TABLES.iter().copied())
}

/// Every row of a table, in the order of its key, so that the same records make the same backup.
fn rows_of((table, key): (&str, &str)) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(format!("SELECT * FROM {table} ORDER BY {key}"))
}

/// Reads every table as of one instant.
pub async fn read_all(engine: Engine, conn: &mut Conn) -> Result<String, StoreFault> {
    let begin = match engine {
        Engine::Sqlite => "BEGIN",
        Engine::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    };
    conn.execute(begin).await?;
    let text = read_tables(conn).await;
    conn.execute("ROLLBACK").await?;
    text
}

async fn read_tables(conn: &mut Conn) -> Result<String, StoreFault> {
    let head = Head { format: FORMAT.to_owned(), schema: crate::schema::KNOWN };
    let mut text = read_back("backup", serde_json::to_string(&head))?;
    let mut count = 0;
    for table in tables() {
        let rows = sqlx::query(rows_of(table)).fetch_all(&mut *conn).await?;
        count += rows.len();
        for row in &rows {
            let mut cells = Vec::with_capacity(row.len());
            // A life is derived from the rows of `evidence`, and made again from them.
            for column in row.columns().iter().filter(|column| column.name() != "life") {
                cells.push((column.name().to_owned(), value(row, column.ordinal())?));
            }
            let line = Line { table: table.0.to_owned(), row: cells };
            text.push('\n');
            text.push_str(&read_back("backup", serde_json::to_string(&line))?);
        }
    }
    text.push('\n');
    let end = End { rows: count, sha256: to_hex(digest(&SHA256, text.as_bytes()).as_ref()) };
    text.push_str(&read_back("backup", serde_json::to_string(&end))?);
    text.push('\n');
    Ok(text)
}

fn value(row: &sqlx::any::AnyRow, at: usize) -> Result<Value, StoreFault> {
    let raw = row.try_get_raw(at)?;
    if raw.is_null() {
        return Ok(Value::Nothing);
    }
    Ok(match raw.type_info().name().to_ascii_uppercase().as_str() {
        "TEXT" | "VARCHAR" => Value::Text(row.try_get(at)?),
        "BLOB" | "BYTEA" => Value::Bytes(to_hex(&row.try_get::<Vec<u8>, _>(at)?)),
        _ => Value::Int(row.try_get(at)?),
    })
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    text.len().is_multiple_of(2).then_some(())?;
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

/// Why a backup cannot be restored. Nothing of it was stored then.
#[derive(Debug, thiserror::Error)]
pub enum RestoreFault {
    /// The file.
    #[error("cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// Not a backup, or one of another program.
    #[error("line {line}: {problem}; restore a file that `healthcode store backup` wrote")]
    Line {
        /// From 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// The database has people already.
    #[error("the database is not empty; restore into a new one")]
    NotEmpty,
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

struct Fill(Vec<Line>);

impl Act for Fill {
    type Out = ();
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<(), StoreFault> {
        for line in &self.0 {
            let cells = line.row.iter().map(|(_, value)| match value {
                Value::Text(text) => Ok(Cell::Text(text.clone())),
                Value::Int(int) => Ok(Cell::Int(*int)),
                Value::Bytes(hex) => read_back("backup", from_hex(hex).ok_or("odd digits").map(Cell::Bytes)),
                Value::Nothing => Ok(Cell::NoInt),
            });
            let cells = cells.collect::<Result<_, _>>()?;
            let columns: Vec<_> = line.row.iter().map(|(name, _)| name.as_str()).collect();
            bulk::insert_one(tx.conn().await?, &line.table, &columns, cells).await?;
        }
        Ok(())
    }
}

/// Fills an empty database, as a whole or not at all; answers how many rows.
pub async fn fill(store: &Store, backup: impl BufRead) -> Result<usize, RestoreFault> {
    if people::count(&mut *store.reader().await?).await? > 0 {
        return Err(RestoreFault::NotEmpty);
    }
    let rows = read_lines(backup)?;
    let count = rows.len();
    store.write(Fill(rows)).await?;
    Ok(count)
}

/// Reads a backup to its last line, which says how much there must be.
fn read_lines(backup: impl BufRead) -> Result<Vec<Line>, RestoreFault> {
    let bad = |line: usize, problem: String| RestoreFault::Line { line, problem };
    let mut rows = Vec::new();
    let mut hash = digest::Context::new(&SHA256);
    let (mut last, mut is_whole) = (1, false);
    for (index, text) in backup.lines().enumerate() {
        let (line, text) = (index + 1, text?);
        last = line;
        if is_whole {
            return Err(bad(line, "something stands behind the last line".to_owned()));
        }
        if let Ok(end) = serde_json::from_str::<End>(&text) {
            if end.rows != rows.len() || end.sha256 != to_hex(hash.clone().finish().as_ref()) {
                return Err(bad(line, "what stands above is not what was written".to_owned()));
            }
            is_whole = true;
            continue;
        }
        hash.update(text.as_bytes());
        hash.update(b"\n");
        if line == 1 {
            let head: Head = serde_json::from_str(&text).map_err(|fault| bad(line, fault.to_string()))?;
            if head.format != FORMAT || head.schema > crate::schema::KNOWN {
                return Err(bad(line, format!("format {:?}, schema {}", head.format, head.schema)));
            }
            continue;
        }
        let row: Line = serde_json::from_str(&text).map_err(|fault| bad(line, fault.to_string()))?;
        let named =
            |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        if !(row.table == before_the_ring::TABLE || tables().any(|(table, _)| table == row.table))
            || !row.row.iter().all(|(name, _)| named(name))
        {
            return Err(bad(line, "no such table or column".to_owned()));
        }
        rows.push(row);
    }
    if is_whole {
        Ok(before_the_ring::moved(rows))
    } else {
        Err(bad(last, "the file ends before its last line: it was cut short".to_owned()))
    }
}

/// Faults of one kind that are named, at most.
const MOST_NAMED: i64 = 20;

/// What must not be found: a sentence, and a query for the people it is about.
const ORPHANS: &[(&str, &str)] = &[
    (
        "no claim on the document number",
        "SELECT p.person FROM person p LEFT JOIN identity i ON i.document_hash = p.document_hash
         WHERE i.person IS NULL OR (i.person <> p.person AND p.assurance <> 'disputed')",
    ),
    ("no phone", "SELECT person FROM person WHERE person NOT IN (SELECT person FROM phone)"),
    (
        "evidence of nobody",
        "SELECT DISTINCT person FROM evidence WHERE person NOT IN (SELECT person FROM person)",
    ),
    (
        "a decision on nobody",
        "SELECT DISTINCT person FROM decision WHERE person NOT IN (SELECT person FROM person)",
    ),
    (
        "a phone of nobody",
        "SELECT DISTINCT person FROM phone WHERE person NOT IN (SELECT person FROM person)",
    ),
    (
        "a claim of nobody",
        "SELECT DISTINCT person FROM identity WHERE person NOT IN (SELECT person FROM person)",
    ),
];

/// People with a visit to a place that there is not, of one table.
fn lost_visits(table: &str) -> String {
    format!(
        "SELECT DISTINCT person FROM {table} WHERE point NOT IN (SELECT point FROM point)
           AND point NOT IN (SELECT ride FROM ride)"
    )
}

/// Reads the evidence of a person back, and the packed life, and compares them.
async fn check_life(conn: &mut Conn, person: &PersonId) -> Result<(), StoreFault> {
    let rows = evidence::of_person(conn, person).await?;
    let of_rows = read_back("evidence", Life::new(rows))?;
    let Some(life) = lives::as_packed(conn, person).await?.transpose()? else { return Ok(()) };
    let why = "it is not what the evidence says; set it to null, it is made again".to_owned();
    if life == of_rows { Ok(()) } else { Err(StoreFault::Damaged { what: "person.life", why }) }
}

/// Reads everything about everyone back, and says what does not fit together.
pub async fn check(engine: Engine, key: &SealKey, conn: &mut Conn) -> Result<Vec<String>, StoreFault> {
    let scheme = read_back("scheme", Scheme::new("covid-19"))?;
    let mut faults = Vec::new();
    if engine == Engine::Sqlite {
        for row in sqlx::query("PRAGMA integrity_check(20)").fetch_all(&mut *conn).await? {
            let said: String = row.try_get(0)?;
            if said != "ok" {
                faults.push(format!("the file: {said}"));
            }
        }
    }
    let visits = visit_days::TABLES.map(|table| ("a visit to a place that there is not", lost_visits(table)));
    for (what, sql) in ORPHANS.iter().map(|(what, sql)| (*what, (*sql).to_owned())).chain(visits) {
        let some = sqlx::AssertSqlSafe(format!("{sql} LIMIT {MOST_NAMED}"));
        for row in sqlx::query(some).fetch_all(&mut *conn).await? {
            faults.push(format!("person {}: {what}", row.try_get::<String, _>(0)?));
        }
    }
    let rows = sqlx::query("SELECT person FROM person ORDER BY person").fetch_all(&mut *conn).await?;
    for row in &rows {
        let person = read_back("person.person", PersonId::new(row.try_get::<String, _>(0)?))?;
        if let Err(fault) = people::get(conn, key, &person).await {
            faults.push(format!("person {person}: {fault}"));
        }
        if let Err(fault) = check_life(conn, &person).await {
            faults.push(format!("person {person}: {fault}"));
        }
        match decisions::of_person(conn, &person, &scheme).await {
            Ok(Some(decision)) if decision.reasons.is_empty() => {
                faults.push(format!("person {person}: {} without a reason", decision.colour));
            }
            Ok(Some(_)) => {}
            Ok(None) => {
                faults.push(format!("person {person}: no decision; the server makes one when it is asked"))
            }
            Err(fault) => faults.push(format!("person {person}: {fault}")),
        }
    }
    Ok(faults)
}
