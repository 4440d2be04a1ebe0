//! What may be asked of tracing runs: what they changed, and which wait for a second officer.

use crate::engine::Conn;
use crate::{Statement, StoreFault, read_back};
use healthcode_core::ids::{AccountId, PersonId};
use healthcode_core::time::{Day, Instant};
use sqlx::Row;
use sqlx::any::AnyRow;

/// Where a run stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RunState {
    /// It was made without asking.
    Applied,
    /// It is too large for one officer; nobody new is exposed until another approves.
    Waiting,
    /// A second officer approved it.
    Approved,
    /// A second officer refused it.
    Refused,
    /// Something else was found before anybody decided.
    Overtaken,
}

impl RunState {
    /// The word in the database and in interfaces.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Waiting => "waiting",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Overtaken => "overtaken",
        }
    }

    fn from_word(word: &str) -> Result<Self, &'static str> {
        [Self::Applied, Self::Waiting, Self::Approved, Self::Refused, Self::Overtaken]
            .into_iter()
            .find(|state| state.word() == word)
            .ok_or("no state of a run")
    }
}

/// A tracing run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The case.
    pub person: PersonId,
    /// When.
    pub at: Instant,
    /// Unique.
    pub id: String,
    /// Where it stands.
    pub state: RunState,
    /// By which contact definition.
    pub definition: String,
    /// How many people it leaves exposed, in both rings.
    pub people: i64,
    /// Whom it concerns, as JSON.
    pub preview: String,
    /// Who approved or refused it, when and why.
    pub settled: Option<(AccountId, Instant, String)>,
}

/// Keeps a run.
pub fn add(run: &Run, forget_on: Day) -> Statement {
    let sql = "INSERT INTO tracing_run (person, at, id, state, definition, people, preview, forget_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    Statement::adds("tracing_run", sql)
        .text(run.person.as_str())
        .at(run.at)
        .text(&*run.id)
        .text(run.state.word())
        .text(&*run.definition)
        .number(run.people)
        .text(&*run.preview)
        .day(forget_on)
}

/// Lets go of the run of a case that waits, because something else was found.
pub fn overtake(person: &PersonId) -> Statement {
    let sql = "UPDATE tracing_run SET state = 'overtaken' WHERE person = $1 AND state = 'waiting'";
    Statement::changes("tracing_run", sql).text(person.as_str())
}

/// Settles a run that waits.
pub fn settle(run: &Run, state: RunState, by: &AccountId, at: Instant, reason: &str) -> Statement {
    let sql = "UPDATE tracing_run SET state = $4, settled_by = $5, settled_at = $6, reason = $7
         WHERE person = $1 AND at = $2 AND id = $3 AND state = 'waiting'";
    Statement::changes("tracing_run", sql)
        .text(run.person.as_str())
        .at(run.at)
        .text(&*run.id)
        .text(state.word())
        .text(by.as_str())
        .at(at)
        .text(reason)
}

const COLUMNS: &str = "person, at, id, state, definition, people, preview, settled_by, settled_at, reason";

/// The runs of a case, the newest first, at most `most`.
pub async fn of_case(conn: &mut Conn, person: &PersonId, most: i64) -> Result<Vec<Run>, StoreFault> {
    let sql =
        format!("SELECT {COLUMNS} FROM tracing_run WHERE person = $1 ORDER BY at DESC, id DESC LIMIT $2");
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(person.as_str().to_owned()).bind(most);
    query.fetch_all(conn).await?.iter().map(read).collect()
}

/// The run of a case that waits.
pub async fn waiting_of(conn: &mut Conn, person: &PersonId) -> Result<Option<Run>, StoreFault> {
    let sql = format!(
        "SELECT {COLUMNS} FROM tracing_run WHERE person = $1 AND state = 'waiting' ORDER BY at DESC, id DESC LIMIT 1"
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(person.as_str().to_owned());
    query.fetch_optional(conn).await?.as_ref().map(read).transpose()
}

/// Runs that wait, the oldest first, at most `most`.
pub async fn waiting(conn: &mut Conn, most: i64) -> Result<Vec<Run>, StoreFault> {
    let sql = format!("SELECT {COLUMNS} FROM tracing_run WHERE state = 'waiting' ORDER BY at, id LIMIT $1");
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(most).fetch_all(conn).await?.iter().map(read).collect()
}

/// The most people of a case that a second officer let be exposed; 0 where none was asked.
pub async fn allowed(conn: &mut Conn, person: &PersonId) -> Result<i64, StoreFault> {
    let sql = "SELECT COALESCE(MAX(people), 0) FROM tracing_run WHERE person = $1 AND state = 'approved'";
    Ok(sqlx::query(sql).bind(person.as_str().to_owned()).fetch_one(conn).await?.try_get(0)?)
}

fn read(row: &AnyRow) -> Result<Run, StoreFault> {
    let by: Option<String> = row.try_get("settled_by")?;
    let by = by.map(|by| read_back("tracing_run.settled_by", AccountId::new(by))).transpose()?;
    let at: Option<i64> = row.try_get("settled_at")?;
    let reason: Option<String> = row.try_get("reason")?;
    let settled = by.zip(at).map(|(by, at)| (by, Instant::from_micros(at), reason.unwrap_or_default()));
    Ok(Run {
        person: read_back("tracing_run.person", PersonId::new(row.try_get::<String, _>("person")?))?,
        at: Instant::from_micros(row.try_get("at")?),
        id: row.try_get("id")?,
        state: read_back("tracing_run.state", RunState::from_word(row.try_get("state")?))?,
        definition: row.try_get("definition")?,
        people: row.try_get("people")?,
        preview: row.try_get("preview")?,
        settled,
    })
}

/// Gives the runs of one person to another, when both turn out to be the same; what waits is found anew.
pub async fn hand_over(conn: &mut Conn, from: &PersonId, to: &PersonId) -> Result<(), StoreFault> {
    let sql = "UPDATE tracing_run SET person = $2, state = CASE WHEN state = 'waiting' THEN 'overtaken' ELSE state END
         WHERE person = $1";
    sqlx::query(sql).bind(from.as_str().to_owned()).bind(to.as_str().to_owned()).execute(conn).await?;
    Ok(())
}
