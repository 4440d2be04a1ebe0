//! `healthcode trace` on a file, beside DuckDB on the same file, with the same result to the byte.

use super::{CASES, cases, crowd, policy};
use crate::city::THREADS;
use crate::table::{Aim, Rounds, Row};
use crate::{Answer, ROUNDS};
use healthcode_core::time::Day;
use healthcode_testkit::crowd::Crowd;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant as Watch;

const SQL: &str = include_str!("trace.sql");
const DRIVER: &str = include_str!("from_file.py");

/// Traces in both ways; `None` where DuckDB is not installed.
pub fn measure(visits: u64) -> Answer<Option<Row>> {
    if !Command::new("python3").args(["-c", "import duckdb"]).output().is_ok_and(|ran| ran.status.success()) {
        return Ok(None);
    }
    let (crowd, policy) = (crowd(visits), policy()?);
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    write_visits(&crowd, &path("visits.csv"))?;
    write_cases(&crowd, &path("cases.csv"))?;
    std::fs::write(path("trace.sql"), SQL)?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let watch = Watch::now();
        let open = |name: &str| File::open(path(name)).map(|file| BufReader::with_capacity(1 << 16, file));
        let mut out = File::create(path("ours.csv"))?;
        healthcode_trace::run(open("visits.csv")?, open("cases.csv")?, &policy, None, &mut out)?;
        out.sync_all()?;
        ours.push(visits as f64 / watch.elapsed().as_secs_f64());
        theirs.push(visits as f64 / in_sql(folder.path())?);
        if std::fs::read(path("ours.csv"))? != std::fs::read(path("theirs.csv"))? {
            return Err("DuckDB finds others in the file".into());
        }
    }
    let rows = std::fs::read_to_string(path("ours.csv"))?.lines().count();
    Ok(Some(Row {
        name: "trace a file".to_owned(),
        done: format!(
            "{visits} visits as CSV with RFC 3339, {} MB, {} cases, {rows} lines out",
            std::fs::metadata(path("visits.csv"))?.len() / 1_000_000,
            cases(&crowd, CASES).len()
        ),
        figure: Rounds::rates(&ours, "visits/s"),
        yardstick: "DuckDB from the same file, the same result to the byte",
        yard: Rounds::rates(&theirs, "visits/s"),
        aim: Aim::RatioAtLeast(1.0),
    }))
}

/// The seconds it took.
fn in_sql(folder: &Path) -> Answer<f64> {
    let ran = Command::new("python3")
        .args(["-c", DRIVER, "trace.sql", "visits.csv", "cases.csv", "theirs.csv", &THREADS.to_string()])
        .current_dir(folder)
        .output()?;
    if !ran.status.success() {
        return Err(String::from_utf8_lossy(&ran.stderr).into_owned().into());
    }
    Ok(String::from_utf8(ran.stdout)?.trim().parse()?)
}

/// RFC 3339 as in Shanghai, where the clocks have not changed since 1991.
fn rfc3339(at: i64) -> String {
    let local = at + 8 * 3600;
    let (day, second) = (Day(local.div_euclid(86_400) as i32), local.rem_euclid(86_400));
    format!("{day}T{:02}:{:02}:{:02}+08:00", second / 3600, second / 60 % 60, second % 60)
}

fn write_visits(crowd: &Crowd, path: &Path) -> Answer<()> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    writeln!(out, "person,place,entered_at,left_at")?;
    for day in 0..crowd.days {
        for visit in crowd.visits_of_day(day) {
            let (from, until) = (rfc3339(visit.from), rfc3339(visit.until));
            writeln!(out, "person-{:08},place-{:07},{from},{until}", visit.person, visit.place)?;
        }
    }
    Ok(out.flush()?)
}

fn write_cases(crowd: &Crowd, path: &Path) -> Answer<()> {
    let mut out = BufWriter::new(File::create(path)?);
    writeln!(out, "person,infectious_from,infectious_until")?;
    for case in cases(crowd, CASES) {
        writeln!(out, "person-{:08},{},{}", case.person, rfc3339(case.since), rfc3339(case.until))?;
    }
    Ok(out.flush()?)
}
