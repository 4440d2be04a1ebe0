//! The same rules as SQL in DuckDB, over the same lives in the same run, with the same outcome for everyone.

use crate::city::{Lives, THREADS, on_all_cores};
use crate::lives::{self, FACTS};
use crate::table::{Aim, Rounds, Row};
use crate::{Answer, ROUNDS};
use healthcode_core::decide::decide;
use healthcode_core::evidence::Evidence;
use healthcode_core::fact::Fact;
use healthcode_core::life::Life;
use healthcode_core::rule_set::RuleSet;
use healthcode_core::time::Instant;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::process::Command;

const SQL: &str = include_str!("hangzhou.sql");
const DRIVER: &str = include_str!("duckdb.py");

/// What is decided about a person, as both say it.
#[derive(PartialEq, Debug)]
struct Outcome {
    colour: &'static str,
    done: u32,
    asked: u32,
    next_change: i64,
}

fn outcome(rules: &RuleSet, life: &Life, at: Instant) -> Answer<Outcome> {
    let decision = decide(rules, life, at)?;
    Ok(Outcome {
        colour: decision.colour.word(),
        done: decision.release.iter().map(|need| u32::from(need.done)).sum(),
        asked: decision.release.iter().map(|need| u32::from(need.of)).sum(),
        next_change: decision.next_change_at.map_or(0, Instant::seconds),
    })
}

/// Decides about everyone in both ways, and compares; `None` where DuckDB is not installed.
pub fn measure(people: u64) -> Answer<Option<Row>> {
    if !Command::new("python3").args(["-c", "import duckdb"]).output().is_ok_and(|ran| ran.status.success()) {
        return Ok(None);
    }
    let (rules, at) = (lives::rules()?, lives::at()?);
    let folder = tempfile::tempdir()?;
    let lives = Lives::of_city(people, &rules, at)?;
    let mut figures = Vec::new();
    let mut outcomes = Vec::new();
    for _ in 0..ROUNDS {
        let watch = std::time::Instant::now();
        outcomes = on_all_cores(|number| lives[number].each(|life| outcome(&rules, life, at)))?;
        figures.push(people as f64 / watch.elapsed().as_secs_f64());
    }
    drop(lives);
    write_evidence(&folder.path().join("evidence.csv"), people)?;
    let seconds = run_sql(folder.path(), &rules, at)?;
    compare(&folder.path().join("outcome.csv"), outcomes.iter().flatten())?;
    let rates: Vec<_> = seconds.iter().map(|seconds| people as f64 / seconds).collect();
    Ok(Some(Row {
        name: "a city beside SQL".to_owned(),
        done: format!("{people} people, {FACTS} facts each, colour, counters and next change, two cores"),
        figure: Rounds::rates(&figures, "people/s"),
        yardstick: "the same rules as SQL in DuckDB, the same outcome for everyone",
        yard: Rounds::rates(&rates, "people/s"),
        aim: Aim::RatioAtLeast(5.0),
    }))
}

/// Every piece of evidence as a line, with what the rules look at.
fn write_evidence(path: &Path, people: u64) -> Answer<()> {
    let mut out = BufWriter::with_capacity(1 << 20, std::fs::File::create(path)?);
    let mut line = String::new();
    for number in 0..people {
        for evidence in lives::evidence(number)? {
            line.clear();
            write_line(&mut line, number, &evidence)?;
            out.write_all(line.as_bytes())?;
        }
    }
    Ok(out.flush()?)
}

fn write_line(out: &mut String, number: u64, evidence: &Evidence) -> Answer<()> {
    let (at, unwell) = (evidence.happened_at.seconds(), evidence.fact.is_unwell());
    write!(out, "{number},{},{at},{unwell},", evidence.fact.kind())?;
    match &evidence.fact {
        Fact::Declaration(d) => writeln!(out, "{},{},,,,", d.contact.word(), d.stayed_in[0])?,
        Fact::Audit(audit) => writeln!(out, ",,{},,,", audit.result.word())?,
        Fact::CaseReport(case) => writeln!(out, ",,{},,,", case.status.word())?,
        Fact::Exposure(e) => {
            writeln!(out, ",,,{},{},{}", e.level.word(), e.grade.word(), e.last_at.seconds())?;
        }
        _ => writeln!(out, ",,,,,")?,
    }
    Ok(())
}

/// Runs the SQL; the seconds of each round.
fn run_sql(folder: &Path, rules: &RuleSet, at: Instant) -> Answer<Vec<f64>> {
    std::fs::write(folder.join("rules.sql"), SQL)?;
    let seconds = [at, rules.in_force.until].map(|instant| instant.seconds().to_string());
    let ran = Command::new("python3")
        .args(["-c", DRIVER, "evidence.csv", "rules.sql", "outcome.csv"])
        .args(&seconds)
        .args([ROUNDS.to_string(), THREADS.to_string()])
        .current_dir(folder)
        .output()?;
    if !ran.status.success() {
        return Err(String::from_utf8_lossy(&ran.stderr).into_owned().into());
    }
    let printed = String::from_utf8(ran.stdout)?;
    let seconds = printed.lines().map(str::parse).collect::<Result<Vec<f64>, _>>()?;
    eprintln!("DuckDB: {seconds:.1?} s to load and for each round");
    Ok(seconds.into_iter().skip(1).collect())
}

/// A figure beside another outcome is worth nothing.
fn compare<'a>(path: &Path, outcomes: impl Iterator<Item = &'a Outcome>) -> Answer<()> {
    let mut lines = BufReader::with_capacity(1 << 20, std::fs::File::open(path)?).lines();
    for (number, Outcome { colour, done, asked, next_change }) in outcomes.enumerate() {
        let expected = format!("{number},{colour},{done},{asked},{next_change}");
        let found = lines.next().transpose()?.unwrap_or_default();
        if found != expected {
            let life = lives::evidence(number as u64)?;
            let life: Vec<_> = life.iter().map(Evidence::to_json).collect();
            return Err(format!("SQL says {found}, decide {expected}, of\n{}", life.join("\n")).into());
        }
    }
    if lines.next().is_some() { Err("SQL decides about more people".into()) } else { Ok(()) }
}
