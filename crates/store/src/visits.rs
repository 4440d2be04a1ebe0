//! What may be asked of visits: by place, and by person. Each question names the days that it is about; see
//! [`crate::visit_days`] for how they lie.

use crate::doubts::Flag;
use crate::engine::Conn;
use crate::visit_days::{TABLES, slot_of, table_of, tables_of};
use crate::{Statement, StoreFault, Tx, numbered, read_back, visit_days};
use healthcode_core::ids::{PersonId, PointId, VisitId};
use healthcode_core::time::{Instant, Interval};
use sqlx::Row;
use std::collections::HashMap;

/// A visit.
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    /// Its id.
    pub id: VisitId,
    /// Where: a collection point, or a ride.
    pub point: PointId,
    /// Who.
    pub person: PersonId,
    /// From (inside) until (outside).
    pub stay: Interval,
    /// Whether one end is the usual stay and not a scan.
    pub assumed: bool,
    /// Whether a leaving scan may still come.
    pub open: bool,
    /// witnessed, rotating, poster.
    pub grade: String,
    /// The kind of the place then: of a collection point, a vehicle, or `household`.
    pub kind: String,
    /// Row, berth, carriage or `crew`, as the place counts them.
    pub seat: Option<String>,
    /// The part of the place: hall, counter, table.
    pub part: Option<String>,
    /// in, out, passing.
    pub way: Option<String>,
    /// Why it is doubted.
    pub flag: Option<Flag>,
    /// When an officer found that it is right all the same.
    pub cleared_at: Option<Instant>,
}

impl Visit {
    /// Whether exposures may be made of it: nobody doubts it, or an officer cleared it.
    pub fn is_traceable(&self) -> bool {
        self.flag.is_none() || self.cleared_at.is_some()
    }
}

/// Adds a visit to its day. The day must be open, or the database refuses: see [`visit_days::open`].
pub fn add(visit: &Visit, at: Instant, recorded_by: &str) -> Statement {
    let day = visit_days::day_of(visit.stay.from);
    let (table, slot) = (table_of(visit.stay.from), slot_of(day));
    let sql = format!(
        "INSERT INTO {table}
        (point, entered_at, id, person, left_at, assumed, open, grade, kind, recorded_at, recorded_by, seat, part, way,
         flag, forget_on)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,
          (SELECT forget_on FROM visit_slot WHERE slot = {slot} AND day = $16))"
    );
    Statement::adds(table, sql)
        .of_row(visit.id.as_str())
        .visits_of(&visit.person)
        .text(visit.point.as_str())
        .at(visit.stay.from)
        .text(visit.id.as_str())
        .text(visit.person.as_str())
        .at(visit.stay.until)
        .number(visit.assumed)
        .number(visit.open)
        .text(&*visit.grade)
        .text(&*visit.kind)
        .at(at)
        .text(recorded_by)
        .text_if_any(visit.seat.as_deref())
        .text_if_any(visit.part.as_deref())
        .text_if_any(visit.way.as_deref())
        .text_if_any(visit.flag.map(Flag::word))
        .day(day)
}

const COLUMNS: &str =
    "id, point, person, entered_at, left_at, assumed, open, grade, kind, seat, part, way, flag, cleared_at";

/// The visits that began in a span and of which a condition holds, from the tables of its days.
fn select(began: Interval, holds: &str) -> String {
    let each = tables_of(began).map(|table| format!("SELECT {COLUMNS} FROM {table} WHERE {holds}"));
    each.collect::<Vec<_>>().join(" UNION ALL ")
}

/// No visit lasts longer: bounds how far before a span an overlapping visit may have begun.
pub const LONGEST_SECONDS: i64 = 24 * 3600;

/// What a visit must be to be asked for.
#[derive(Clone, Copy, PartialEq)]
enum Which {
    All,
    /// Nobody doubts it, or an officer cleared it.
    Traceable,
}

/// Visits that share time with a span, by the column that is given.
async fn sharing(
    conn: &mut Conn,
    (column, value): (&'static str, &str),
    span: Interval,
    which: Which,
) -> Result<Vec<Visit>, StoreFault> {
    let began = Interval { from: span.from.plus_seconds(-LONGEST_SECONDS), until: span.until };
    let undoubted = match which {
        Which::All => "",
        Which::Traceable => " AND (flag IS NULL OR cleared_at IS NOT NULL)",
    };
    let holds = format!("{column} = $1 AND entered_at >= $2 AND entered_at < $3 AND left_at > $4{undoubted}");
    let sql = format!("{} ORDER BY entered_at, id", select(began, &holds));
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(value.to_owned())
        .bind(began.from.micros())
        .bind(began.until.micros())
        .bind(span.from.micros())
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

/// Visits of a person that share time with a span, doubted ones too: to be shown, not to trace by.
pub async fn of_person(conn: &mut Conn, person: &PersonId, span: Interval) -> Result<Vec<Visit>, StoreFault> {
    sharing(conn, ("person", person.as_str()), span, Which::All).await
}

/// Visits of a person that share time with a span and may be traced by.
pub async fn traceable_of_person(
    conn: &mut Conn,
    person: &PersonId,
    span: Interval,
) -> Result<Vec<Visit>, StoreFault> {
    sharing(conn, ("person", person.as_str()), span, Which::Traceable).await
}

/// Visits at a place that share time with a span, doubted ones too.
pub async fn at_point(conn: &mut Conn, point: &PointId, span: Interval) -> Result<Vec<Visit>, StoreFault> {
    sharing(conn, ("point", point.as_str()), span, Which::All).await
}

/// Visits at a place that share time with a span and may be traced by.
pub async fn traceable_at_point(
    conn: &mut Conn,
    point: &PointId,
    span: Interval,
) -> Result<Vec<Visit>, StoreFault> {
    sharing(conn, ("point", point.as_str()), span, Which::Traceable).await
}

/// Visits of some people that began in a span, newest first, at most `most`.
pub(crate) async fn of_people(
    conn: &mut Conn,
    people: impl IntoIterator<Item = &PersonId>,
    began: Interval,
    most: usize,
) -> Result<Vec<Visit>, StoreFault> {
    // One text for any number of people: its plan is made once.
    let listed = serde_json::Value::from_iter(people.into_iter().map(PersonId::as_str)).to_string();
    let list = match conn.backend_name() {
        "SQLite" => "IN (SELECT value FROM json_each($1))",
        _ => "= ANY(ARRAY(SELECT jsonb_array_elements_text(CAST($1 AS jsonb))))",
    };
    let holds = format!("person {list} AND entered_at >= $2 AND entered_at < $3");
    let sql = format!("{} ORDER BY entered_at DESC, id DESC LIMIT $4", select(began, &holds));
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(listed)
        .bind(began.from.micros())
        .bind(began.until.micros())
        .bind(most as i64)
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

/// One visit, by its place, beginning and id.
pub async fn get(
    conn: &mut Conn,
    point: &PointId,
    entered_at: Instant,
    id: &VisitId,
) -> Result<Option<Visit>, StoreFault> {
    let table = table_of(entered_at);
    let sql = format!("SELECT {COLUMNS} FROM {table} WHERE point = $1 AND entered_at = $2 AND id = $3");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(point.as_str().to_owned())
        .bind(entered_at.micros())
        .bind(id.as_str().to_owned())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The latest open visit of a person at a point, proven in one way, entered after `since` and within two days of it.
pub async fn open_at(
    conn: &mut Conn,
    person: &PersonId,
    point: &PointId,
    grade: &str,
    since: Instant,
) -> Result<Option<Visit>, StoreFault> {
    let began = Interval { from: since, until: since.plus_seconds(2 * LONGEST_SECONDS) };
    let holds = "person = $1 AND point = $2 AND entered_at > $3 AND open = 1 AND grade = $4";
    let sql = format!("{} ORDER BY entered_at DESC LIMIT 1", select(began, holds));
    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(person.as_str().to_owned())
        .bind(point.as_str().to_owned())
        .bind(since.micros())
        .bind(grade.to_owned())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Closes an open visit at the leaving scan.
pub fn close(visit: &Visit, left_at: Instant) -> Statement {
    let table = table_of(visit.stay.from);
    let sql = format!(
        "UPDATE {table} SET left_at = $4, assumed = 0, open = 0 WHERE point = $1 AND entered_at = $2 AND id = $3"
    );
    of_visit(Statement::changes(table, sql), visit).at(left_at)
}

/// Marks a visit that is doubted.
pub fn doubt(visit: &Visit, flag: Flag) -> Statement {
    let table = table_of(visit.stay.from);
    let sql = format!("UPDATE {table} SET flag = $4 WHERE point = $1 AND entered_at = $2 AND id = $3");
    of_visit(Statement::changes(table, sql), visit).text(flag.word())
}

/// Sets the seat of a visit.
pub fn seat(visit: &Visit, seat: Option<&str>) -> Statement {
    let table = table_of(visit.stay.from);
    let sql = format!("UPDATE {table} SET seat = $4 WHERE point = $1 AND entered_at = $2 AND id = $3");
    of_visit(Statement::changes(table, sql), visit).text_if_any(seat)
}

/// Takes a visit away that never was.
pub fn remove(visit: &Visit) -> Statement {
    let table = table_of(visit.stay.from);
    let sql = format!("DELETE FROM {table} WHERE point = $1 AND entered_at = $2 AND id = $3");
    of_visit(Statement::changes(table, sql), visit)
}

fn of_visit(statement: Statement, visit: &Visit) -> Statement {
    let statement = statement.of_row(visit.id.as_str()).visits_of(&visit.person);
    statement.text(visit.point.as_str()).at(visit.stay.from).text(visit.id.as_str())
}

/// The kinds of places that some people entered since an instant, up to another; each kind once.
pub async fn kinds_of(
    conn: &mut Conn,
    people: &[PersonId],
    since: Interval,
) -> Result<HashMap<PersonId, Vec<String>>, StoreFault> {
    let people_here = numbered(people.len(), 1);
    let each = tables_of(since).map(|table| {
        format!(
            "SELECT DISTINCT person, kind FROM {table} WHERE person IN ({people_here}) AND entered_at >= $1"
        )
    });
    let sql = each.collect::<Vec<_>>().join(" UNION ");
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(since.from.micros());
    let query = people.iter().fold(query, |query, person| query.bind(person.as_str().to_owned()));
    let mut kinds: HashMap<PersonId, Vec<String>> = HashMap::new();
    for row in query.fetch_all(conn).await? {
        let person = read_back("visit.person", PersonId::new(row.try_get::<&str, _>(0)?))?;
        kinds.entry(person).or_default().push(row.try_get(1)?);
    }
    Ok(kinds)
}

/// Gives visits of one person to another: all, or those of some ids. Answers the ids of those that were given.
pub async fn give(
    tx: &mut Tx<'_>,
    from: &PersonId,
    to: &PersonId,
    only: Option<&[String]>,
) -> Result<Vec<String>, StoreFault> {
    tx.changes_visits();
    let conn = tx.conn().await?;
    let mut given = Vec::new();
    for table in TABLES {
        let sql = format!("SELECT id FROM {table} WHERE person = $1 ORDER BY entered_at, id");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(from.as_str().to_owned());
        for row in rows.fetch_all(&mut *conn).await? {
            let id: String = row.try_get("id")?;
            if only.is_some_and(|only| !only.contains(&id)) {
                continue;
            }
            let sql = format!("UPDATE {table} SET person = $2 WHERE person = $1 AND id = $3");
            sqlx::query(sqlx::AssertSqlSafe(sql))
                .bind(from.as_str().to_owned())
                .bind(to.as_str().to_owned())
                .bind(id.clone())
                .execute(&mut *conn)
                .await?;
            sqlx::query("UPDATE doubt SET person = $2 WHERE visit = $1")
                .bind(id.clone())
                .bind(to.as_str().to_owned())
                .execute(&mut *conn)
                .await?;
            given.push(id);
        }
    }
    Ok(given)
}

/// Gives the visits of one person to another, when both turn out to be the same.
pub async fn hand_over(tx: &mut Tx<'_>, from: &PersonId, to: &PersonId) -> Result<(), StoreFault> {
    tx.changes_visits();
    let conn = tx.conn().await?;
    for table in TABLES.iter().chain(&["doubt"]) {
        let sql = format!("UPDATE {table} SET person = $2 WHERE person = $1");
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(from.as_str().to_owned())
            .bind(to.as_str().to_owned())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

fn read(row: &sqlx::any::AnyRow) -> Result<Visit, StoreFault> {
    let from = Instant::from_micros(row.try_get("entered_at")?);
    let until = Instant::from_micros(row.try_get("left_at")?);
    let flag: Option<String> = row.try_get("flag")?;
    Ok(Visit {
        id: read_back("visit.id", VisitId::new(row.try_get::<String, _>("id")?))?,
        point: read_back("visit.point", PointId::new(row.try_get::<String, _>("point")?))?,
        person: read_back("visit.person", PersonId::new(row.try_get::<String, _>("person")?))?,
        stay: read_back("visit.left_at", Interval::new(from, until).ok_or("it ends before it begins"))?,
        assumed: row.try_get::<i64, _>("assumed")? == 1,
        open: row.try_get::<i64, _>("open")? == 1,
        grade: row.try_get("grade")?,
        kind: row.try_get("kind")?,
        seat: row.try_get("seat")?,
        part: row.try_get("part")?,
        way: row.try_get("way")?,
        flag: flag
            .map(|word| read_back("visit.flag", Flag::from_word(&word).ok_or("unknown")))
            .transpose()?,
        cleared_at: row.try_get::<Option<i64>, _>("cleared_at")?.map(Instant::from_micros),
    })
}
