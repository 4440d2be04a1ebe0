//! Many visits at once: sorted into the order of their tables and stored hundreds a statement, in the transaction of one
//! act. What is there already is left as it is.

use crate::bulk::placeholders;
use crate::doubts::Flag;
use crate::engine::{self, Engine};
use crate::queue::RECONCILE;
use crate::visit_days::{TABLES, day_of, slot_of};
use crate::visits::Visit;
use crate::{StoreFault, Tx, queue};
use healthcode_core::ids::PointId;
use healthcode_core::time::{Day, Instant, Interval};
use sqlx::any::AnyArguments;
use sqlx::{Arguments, Executor, Row};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Rows of one statement, at most.
const AT_ONCE: usize = 500;

/// Columns that differ by row, with their types; the last two are absent from most.
const COLUMNS: [(&str, &str); 10] = [
    ("point", "TEXT"),
    ("entered_at", "BIGINT"),
    ("id", "TEXT"),
    ("person", "TEXT"),
    ("left_at", "BIGINT"),
    ("kind", "TEXT"),
    ("grade", "TEXT"),
    ("assumed", "BIGINT"),
    ("seat", "TEXT"),
    ("flag", "TEXT"),
];
/// How many of them every row has.
const USUAL: usize = 8;

/// Stores visits; answers how many were not there yet. Their days must be open: a visit of another day refuses all.
/// The more at once, the better: they are sorted into the order of their tables.
pub async fn load(tx: &mut Tx<'_>, visits: &[Visit], at: Instant, by: &str) -> Result<u64, StoreFault> {
    tx.changes_visits();
    if tx.engine() == Engine::Postgres || visits.len() < MANY {
        return load_days(tx, visits, (at, by)).await;
    }
    tx.conn().await?.execute(LARGE_CACHE).await?;
    let stored = load_days(tx, visits, (at, by)).await;
    // After a fault, too: the connection is used again.
    tx.conn().await?.execute(engine::CACHE).await?;
    stored
}

async fn load_days(tx: &mut Tx<'_>, visits: &[Visit], (at, by): (Instant, &str)) -> Result<u64, StoreFault> {
    let sorted = in_order(visits);
    let mut stored = 0;
    for of_day in sorted.chunk_by(|a, b| day_of(a.stay.from) == day_of(b.stay.from)) {
        let day = day_of(of_day[0].stay.from);
        let forget_on = forgotten_on(tx, day).await?;
        let anew = by_person_anew(tx, day, of_day.len()).await?;
        stored += insert(tx, day, of_day, (at, by, forget_on)).await?;
        if anew {
            let table = TABLES[slot_of(day)];
            let sql = format!("CREATE INDEX {table}_person ON {table} (person, entered_at)");
            sqlx::query(sqlx::AssertSqlSafe(sql)).execute(tx.conn().await?).await?;
        }
    }
    Ok(stored)
}

/// Visits in the order of their tables. Points are compared by their rank: most of them come many times.
fn in_order(visits: &[Visit]) -> Vec<&Visit> {
    let points: HashSet<&str> = visits.iter().map(|visit| visit.point.as_str()).collect();
    let mut points: Vec<_> = points.into_iter().collect();
    points.sort_unstable();
    let ranks: HashMap<_, _> = points.into_iter().zip(0_u32..).collect();
    let key = |visit: &Visit| {
        let from = visit.stay.from;
        (day_of(from), ranks.get(visit.point.as_str()).copied(), from)
    };
    let mut sorted: Vec<_> = visits.iter().map(|visit| (key(visit), visit)).collect();
    sorted.sort_unstable_by_key(|(key, _)| *key);
    sorted.into_iter().map(|(_, visit)| visit).collect()
}

/// Visits from which on it pays to make the index by person anew.
const MANY: usize = 20_000;

/// What SQLite keeps of pages meanwhile: a day of a million visits with its index by person takes some 220 MiB. What does
/// not fit is written before the commit, and again when it changes again.
const LARGE_CACHE: &str = "PRAGMA cache_size = -262144";

/// Takes the index by person of a day away where more visits come than are there: filling it in the order of points goes
/// from page to page. Nobody else sees the table without it, because SQLite changes its schema in a transaction, too;
/// PostgreSQL would keep everyone from the table meanwhile, and does not.
async fn by_person_anew(tx: &mut Tx<'_>, day: Day, coming: usize) -> Result<bool, StoreFault> {
    if tx.engine() != Engine::Sqlite || coming < MANY {
        return Ok(false);
    }
    let table = TABLES[slot_of(day)];
    let sql = format!("SELECT COUNT(*) FROM (SELECT 1 FROM {table} LIMIT $1)");
    let there = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(coming as i64).fetch_one(tx.conn().await?).await?;
    if there.try_get::<i64, _>(0)? >= coming as i64 {
        return Ok(false);
    }
    let sql = format!("DROP INDEX {table}_person");
    sqlx::query(sqlx::AssertSqlSafe(sql)).execute(tx.conn().await?).await?;
    Ok(true)
}

/// When a day that is open is forgotten. It stays open until the commit.
async fn forgotten_on(tx: &mut Tx<'_>, day: Day) -> Result<Day, StoreFault> {
    let share = if tx.engine() == Engine::Postgres { " FOR SHARE" } else { "" };
    let sql = format!("SELECT forget_on FROM visit_slot WHERE slot = $1 AND day = $2{share}");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(slot_of(day) as i64)
        .bind(i64::from(day.0))
        .fetch_optional(tx.conn().await?)
        .await?;
    let row = row.ok_or_else(|| StoreFault::Damaged {
        what: "visit_slot.day",
        why: format!("there is no room for day {}", day.0),
    })?;
    Ok(Day(row.try_get::<i64, _>(0)? as i32))
}

/// Inserts the visits of a day, in their order. While the engine works on some rows, the next are made ready.
async fn insert(
    tx: &mut Tx<'_>,
    day: Day,
    visits: &[&Visit],
    shared: (Instant, &str, Day),
) -> Result<u64, StoreFault> {
    let is_usual = visits.iter().all(|visit| visit.seat.is_none() && visit.flag.is_none());
    let columns = if is_usual { &COLUMNS[..USUAL] } else { &COLUMNS[..] };
    let mut chunks = visits.chunks(AT_ONCE).map(|rows| Ok((rows.len(), bind(rows, shared, is_usual)?)));
    let mut next = chunks.next();
    let whole = statement(tx.engine(), day, AT_ONCE, columns);
    let mut stored = 0;
    while let Some(ready) = next {
        let (rows, arguments) = ready.map_err(sqlx::Error::Encode)?;
        let sql = if rows == AT_ONCE { whole.clone() } else { statement(tx.engine(), day, rows, columns) };
        let query = sqlx::query_with(sqlx::AssertSqlSafe(sql), arguments);
        let (done, following) = tokio::join!(query.execute(tx.conn().await?), async { chunks.next() });
        stored += done?.rows_affected();
        next = following;
    }
    Ok(stored)
}

/// The parameters of a statement: what all rows share, then each row.
fn bind(
    visits: &[&Visit],
    (at, by, forget_on): (Instant, &str, Day),
    is_usual: bool,
) -> Result<AnyArguments, sqlx::error::BoxDynError> {
    let mut arguments = AnyArguments::default();
    arguments.reserve(visits.len() * COLUMNS.len() + 3, 0);
    arguments.add(at.micros())?;
    arguments.add(by.to_owned())?;
    arguments.add(i64::from(forget_on.0))?;
    for visit in visits {
        arguments.add(visit.point.as_str().to_owned())?;
        arguments.add(visit.stay.from.micros())?;
        arguments.add(visit.id.as_str().to_owned())?;
        arguments.add(visit.person.as_str().to_owned())?;
        arguments.add(visit.stay.until.micros())?;
        arguments.add(visit.kind.clone())?;
        arguments.add(visit.grade.clone())?;
        arguments.add(i64::from(visit.assumed))?;
        if !is_usual {
            arguments.add(visit.seat.clone())?;
            arguments.add(visit.flag.map(Flag::word).map(str::to_owned))?;
        }
    }
    Ok(arguments)
}

/// Inserts so many rows. What all rows share is given once; PostgreSQL learns the types from the first row.
fn statement(engine: Engine, day: Day, rows: usize, columns: &[(&str, &str)]) -> String {
    let width = columns.len();
    let names = columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let mut numbers = placeholders(engine);
    let shared: Vec<_> = ["BIGINT", "TEXT", "BIGINT"]
        .iter()
        .map(|kind| format!("CAST({} AS {kind})", numbers.next().unwrap_or_default()))
        .collect();
    let of_row = (1..=width).map(|number| format!("column{number}")).collect::<Vec<_>>().join(", ");
    // SQLite would keep what a statement of many rows changes, to take it back if one of them is refused; that is the act's
    // own affair, and took half of the time.
    let insert = if engine == Engine::Sqlite { "INSERT OR FAIL" } else { "INSERT" };
    let mut sql = format!(
        "{insert} INTO {} (recorded_at, recorded_by, forget_on, open, {names}) SELECT {}, 0, {of_row} FROM (VALUES ",
        TABLES[slot_of(day)],
        shared.join(", ")
    );
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for (column, (_, kind)) in columns.iter().enumerate() {
            sql.push_str(if column == 0 { "" } else { ", " });
            let number = numbers.next().unwrap_or_default();
            match row {
                0 => sql.push_str(&format!("CAST({number} AS {kind})")),
                _ => sql.push_str(&number),
            }
        }
        sql.push(')');
    }
    sql.push_str(") AS visits WHERE 1 = 1 ON CONFLICT (point, entered_at, id) DO NOTHING");
    sql
}

/// Asks for the reconciliation of every case that some of the visits may concern, as [`queue::ask_for_visit`] does for
/// one.
pub async fn ask_for(
    tx: &mut Tx<'_>,
    visits: &[Visit],
    at: Instant,
    forget_on: Day,
) -> Result<(), StoreFault> {
    let (Some(from), Some(until)) =
        (visits.iter().map(|v| v.stay.from).min(), visits.iter().map(|v| v.stay.until).max())
    else {
        return Ok(());
    };
    let concerned = concerned(tx, visits, Interval { from, until }).await?;
    for case in concerned {
        tx.later(queue::ask(RECONCILE, &case, at, forget_on).of_row(&case)).await?;
    }
    Ok(())
}

async fn concerned(
    tx: &mut Tx<'_>,
    visits: &[Visit],
    span: Interval,
) -> Result<BTreeSet<String>, StoreFault> {
    let mut concerned = BTreeSet::new();
    let conn = tx.conn().await?;
    let mut places: HashMap<PointId, Vec<(String, Interval)>> = HashMap::new();
    let sql =
        "SELECT point, person, entered_at, left_at FROM traced_place WHERE entered_at < $1 AND left_at > $2";
    let rows =
        sqlx::query(sql).bind(span.until.micros()).bind(span.from.micros()).fetch_all(&mut *conn).await?;
    for row in rows {
        let point = crate::read_back("traced_place.point", PointId::new(row.try_get::<&str, _>(0)?))?;
        let (from, until) = (Instant::from_micros(row.try_get(2)?), Instant::from_micros(row.try_get(3)?));
        places.entry(point).or_default().push((row.try_get(1)?, Interval { from, until }));
    }
    let mut own: HashMap<String, Interval> = HashMap::new();
    let sql = "SELECT person, window_from, window_until FROM case_window WHERE window_from < $1 AND window_until > $2";
    let rows =
        sqlx::query(sql).bind(span.until.micros()).bind(span.from.micros()).fetch_all(&mut *conn).await?;
    for row in rows {
        let (from, until) = (Instant::from_micros(row.try_get(1)?), Instant::from_micros(row.try_get(2)?));
        own.insert(row.try_get(0)?, Interval { from, until });
    }
    let mut close: HashMap<String, Vec<String>> = HashMap::new();
    let sql = "SELECT DISTINCT contact, case_person FROM exposure WHERE via = '' AND evidence IS NOT NULL";
    for row in sqlx::query(sql).fetch_all(conn).await? {
        close.entry(row.try_get(0)?).or_default().push(row.try_get(1)?);
    }
    for visit in visits {
        concerned.extend(close.get(visit.person.as_str()).into_iter().flatten().cloned());
        for (case, stay) in places.get(&visit.point).into_iter().flatten() {
            if case != visit.person.as_str() && stay.overlap(&visit.stay).is_some() {
                concerned.insert(case.clone());
            }
        }
        if own.get(visit.person.as_str()).is_some_and(|window| window.overlap(&visit.stay).is_some()) {
            concerned.insert(visit.person.to_string());
        }
    }
    Ok(concerned)
}
