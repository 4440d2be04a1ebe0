//! The same in SQL, by a program of another language: DuckDB and SQLite as they come.

use super::{CASES, Found, Measured, cases};
use crate::city::THREADS;
use crate::{Answer, ROUNDS};
use healthcode_testkit::crowd::{Crowd, LONGEST};
use healthcode_trace::city::CityContact;
use std::fmt::Write as _;
use std::io::{BufWriter, Write};
use std::process::{Command, Stdio};

const SQL: &str = include_str!("trace.sql");
const DRIVER: &str = include_str!("trace.py");
/// Cases asked one by one in a round.
const SINGLES: usize = 20;

#[derive(Clone, Copy)]
pub enum Engine {
    DuckDb,
    Sqlite,
}

/// Loads the crowd and asks; `None` where the engine is not installed.
pub fn measure(engine: Engine, crowd: &Crowd) -> Answer<Option<Measured>> {
    let name = match engine {
        Engine::DuckDb => "duckdb",
        Engine::Sqlite => "sqlite",
    };
    let module = format!("import {}", if name == "sqlite" { "sqlite3" } else { name });
    if !Command::new("python3").args(["-c", &module]).output().is_ok_and(|ran| ran.status.success()) {
        return Ok(None);
    }
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("trace.sql"), SQL)?;
    let all = cases(crowd, CASES);
    let mut lines = String::new();
    all.iter().try_for_each(|case| writeln!(lines, "{},{},{}", case.person, case.since, case.until))?;
    std::fs::write(folder.path().join("cases.csv"), lines)?;
    let mut ran = Command::new("python3")
        .args(["-c", DRIVER, name, "trace.sql", "cases.csv", "found.csv"])
        .args([SINGLES, ROUNDS, THREADS].map(|number| number.to_string()))
        .arg((LONGEST + 1).to_string())
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let input = ran.stdin.take().ok_or("it was asked for")?;
    let written = write_visits(crowd, input);
    let ran = ran.wait_with_output()?;
    if !ran.status.success() {
        return Err(format!("{name} failed; its words are above").into());
    }
    written?;
    let printed = String::from_utf8(ran.stdout)?;
    let seconds = printed.lines().map(str::parse).collect::<Result<Vec<f64>, _>>()?;
    let (load, rounds) = seconds.split_first().ok_or("it printed nothing")?;
    eprintln!("{name}: loaded in {load:.1} s");
    let (ones, thousands) = rounds.split_at(SINGLES * ROUNDS);
    let one = ones.chunks(SINGLES).map(|round| SINGLES as f64 / round.iter().sum::<f64>()).collect();
    let thousand = thousands.iter().map(|seconds| all.len() as f64 / seconds).collect();
    let found = std::fs::read_to_string(folder.path().join("found.csv"))?;
    let found = found.lines().map(row).collect::<Answer<Vec<_>>>()?;
    Ok(Some(Measured { one, thousand, found, visits: crowd.visits }))
}

fn write_visits(crowd: &Crowd, input: impl Write) -> Answer<()> {
    let mut out = BufWriter::with_capacity(1 << 20, input);
    for day in 0..crowd.days {
        for visit in crowd.visits_of_day(day) {
            writeln!(out, "{},{},{},{}", visit.person, visit.place, visit.from, visit.until)?;
        }
    }
    Ok(out.flush()?)
}

fn row(line: &str) -> Answer<Found> {
    let fields = line.split(',').map(str::parse).collect::<Result<Vec<i64>, _>>()?;
    let [case, person, place, first, last, seconds] = fields[..] else { return Err("not six fields".into()) };
    let number = |field: i64| u32::try_from(field);
    let (person, place) = (number(person)?, number(place)?);
    Ok((number(case)?, CityContact { person, place, first, last, seconds }))
}
