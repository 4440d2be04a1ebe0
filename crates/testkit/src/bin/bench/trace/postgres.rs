//! The same on PostgreSQL, as the server does it: a statement for where the case was, one for each of those stays, and
//! the definition applied to the rows.

use super::{CASES, Case, Found, Measured, cases, policy};
use crate::city::on_all_cores;
use crate::{Answer, ROUNDS};
use healthcode_testkit::crowd::{Crowd, LONGEST};
use healthcode_testkit::world::Database;
use healthcode_trace::Policy;
use healthcode_trace::city::{CityContact, contacts_among};
use sqlx::{Connection, Executor, PgConnection};
use std::fmt::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant as Watch;

const SCHEMA: &str = include_str!("postgres.sql");
const OF_PERSON: &str = "SELECT point, GREATEST(came, $2), LEAST(gone, $3) FROM visit_of_person
    WHERE person = $1 AND came > $2 - $4 AND came < $3 AND gone > $2";
const AT_POINT: &str = "SELECT person, GREATEST(came, $2), LEAST(gone, $3) FROM visit
    WHERE point = $1 AND came > $2 - $4 AND came < $3 AND gone > $2";
/// Cases asked one by one in a round.
const SINGLES: usize = 300;

/// Loads the crowd and asks; `None` where no server is named.
pub fn measure(crowd: &Crowd) -> Answer<Option<Measured>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let Some(database) = runtime.block_on(Database::postgres()) else { return Ok(None) };
    let url = database.url();
    runtime.block_on(load(crowd, &url))?;
    let (policy, all) = (policy()?, cases(crowd, CASES));
    let mut one = Vec::new();
    for _ in 0..ROUNDS {
        let singles = &all[..SINGLES.min(all.len())];
        let seconds = runtime.block_on(async {
            let mut conn = PgConnection::connect(&url).await?;
            contacts(&mut conn, &all[0], &policy).await?;
            let watch = Watch::now();
            for case in singles {
                contacts(&mut conn, case, &policy).await?;
            }
            let seconds = watch.elapsed().as_secs_f64();
            conn.close().await?;
            Answer::Ok(seconds)
        })?;
        one.push(singles.len() as f64 / seconds);
    }
    let (mut thousand, mut found) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let watch = Watch::now();
        let next = AtomicUsize::new(0);
        found = on_all_cores(|_| of_all(&all, &next, &url, &policy))?.concat();
        thousand.push(all.len() as f64 / watch.elapsed().as_secs_f64());
        found.sort_unstable();
    }
    Ok(Some(Measured { one, thousand, found, visits: crowd.visits }))
}

async fn load(crowd: &Crowd, url: &str) -> Answer<()> {
    let watch = Watch::now();
    let mut conn = PgConnection::connect(url).await?;
    conn.execute("CREATE TABLE loaded (point INTEGER, came INTEGER, person INTEGER, gone INTEGER)").await?;
    let mut copy = conn.copy_in_raw("COPY loaded FROM STDIN (FORMAT csv)").await?;
    let mut lines = String::new();
    for day in 0..crowd.days {
        for visit in crowd.visits_of_day(day) {
            writeln!(lines, "{},{},{},{}", visit.place, visit.from, visit.person, visit.until)?;
            if lines.len() > 1 << 20 {
                copy.send(std::mem::take(&mut lines).into_bytes()).await?;
            }
        }
    }
    copy.send(lines.into_bytes()).await?;
    copy.finish().await?;
    for setting in ["SET maintenance_work_mem = '1GB'", "SET work_mem = '1GB'"] {
        conn.execute(setting).await?;
    }
    conn.execute(SCHEMA).await?;
    // So that an index alone answers, as on a table that has rested for a day.
    for table in ["VACUUM ANALYZE visit", "VACUUM ANALYZE visit_of_person"] {
        conn.execute(table).await?;
    }
    eprintln!("PostgreSQL: loaded in {:.1} s", watch.elapsed().as_secs_f64());
    Ok(conn.close().await?)
}

/// What one core and one connection find, case by case, until none is left.
fn of_all(all: &[Case], next: &AtomicUsize, url: &str, policy: &Policy) -> Answer<Vec<Found>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut conn = PgConnection::connect(url).await?;
        let mut found = Vec::new();
        while let Some(case) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            let theirs = contacts(&mut conn, case, policy).await?;
            found.extend(theirs.into_iter().map(|row| (case.person, row)));
        }
        conn.close().await?;
        Ok(found)
    })
}

async fn contacts(conn: &mut PgConnection, case: &Case, policy: &Policy) -> Answer<Vec<CityContact>> {
    let (since, until) = (i32::try_from(case.since)?, i32::try_from(case.until)?);
    let mut times = Vec::new();
    for (point, came, gone) in rows(conn, OF_PERSON, case.person.cast_signed(), since, until).await? {
        for (person, enters, leaves) in rows(conn, AT_POINT, point, came, gone).await? {
            if person.cast_unsigned() != case.person {
                let place = point.cast_unsigned();
                times.push((person.cast_unsigned(), place, i64::from(enters), i64::from(leaves)));
            }
        }
    }
    Ok(contacts_among(policy, times.into_iter()))
}

/// Three numbers a row, of visits that share time with a span.
async fn rows(
    conn: &mut PgConnection,
    sql: &'static str,
    of: i32,
    from: i32,
    until: i32,
) -> Answer<Vec<(i32, i32, i32)>> {
    let longest = i32::try_from(LONGEST)?;
    let query = sqlx::query_as(sql).bind(of).bind(from).bind(until).bind(longest + 1);
    Ok(query.fetch_all(conn).await?)
}
