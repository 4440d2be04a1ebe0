//! Tracing: visits kept in bulk, one case, the second ring and a thousand cases asked of the index, beside the same in
//! DuckDB, in SQLite, in PostgreSQL and in an LSM tree, on the same visits with the same answers; and `healthcode trace`
//! on a file.

mod from_file;
mod index;
#[cfg(feature = "lsm")]
mod lsm;
mod postgres;
mod sql;

use crate::Answer;
use crate::table::{Aim, Rounds, Row, Rows};
use healthcode_core::time::{Instant, Interval};
use healthcode_testkit::crowd::Crowd;
use healthcode_testkit::random::Random;
use healthcode_trace::Policy;
use healthcode_trace::city::CityContact;

/// How much is traced.
#[derive(Clone, Copy)]
pub struct Sizes {
    /// The visits of the index and of DuckDB; people and places follow.
    pub visits: u64,
    /// The visits of the comparison with SQLite and the LSM tree, which take long to load.
    pub small: u64,
    /// Rows of the file.
    pub file: u64,
}

pub const QUICK: Sizes = Sizes { visits: 2_000_000, small: 1_000_000, file: 1_000_000 };
pub const USUAL: Sizes = Sizes { visits: 10_000_000, small: 10_000_000, file: 20_000_000 };
pub const FULL: Sizes = Sizes { visits: 100_000_000, small: 10_000_000, file: 20_000_000 };

/// Days of visits.
const DAYS: u32 = 14;
/// 11 February 2020, as days since 1970-01-01.
const FIRST_DAY: i32 = 18_303;
/// Cases that are asked about at once.
const CASES: u32 = 1_000;

/// A person asked about, with the seconds from and until which time together counts.
#[derive(Clone, Copy)]
struct Case {
    person: u32,
    since: i64,
    until: i64,
}

impl Case {
    fn window(&self) -> Interval {
        Interval { from: Instant::from_seconds(self.since), until: Instant::from_seconds(self.until) }
    }
}

/// As many people and places for a visit as in a city of five million with 200 thousand points and 100 million visits.
fn crowd(visits: u64) -> Crowd {
    let of = |share: u64| u32::try_from((visits / share).max(1_000)).unwrap_or(u32::MAX);
    Crowd { seed: 1, people: of(20), places: of(500), visits, days: DAYS, first_day: FIRST_DAY }
}

/// People drawn at random, each infectious over all the days.
fn cases(crowd: &Crowd, count: u32) -> Vec<Case> {
    let since = i64::from(FIRST_DAY) * 86_400;
    let until = since + i64::from(DAYS + 1) * 86_400;
    let mut random = Random::stream(crowd.seed, &[3]);
    let mut people: Vec<u32> = (0..count).map(|_| random.below(crowd.people)).collect();
    people.sort_unstable();
    people.dedup();
    people.into_iter().map(|person| Case { person, since, until }).collect()
}

fn policy() -> Answer<Policy> {
    Ok(Policy::built_in("place-15min-sum-24h").ok_or("it is built in")?)
}

/// A row of a result, for comparing.
type Found = (u32, CityContact);

/// Measures everything.
pub fn measure(sizes: Sizes, rows: &mut Rows) -> Answer<()> {
    at_size(sizes.visits, sizes.small == sizes.visits, rows)?;
    if sizes.small != sizes.visits {
        at_size(sizes.small, true, rows)?;
    }
    match from_file::measure(sizes.file)? {
        Some(row) => rows.add(row),
        None => eprintln!("SKIPPED: no tracing of a file in SQL beside; install the Python package duckdb"),
    }
    Ok(())
}

/// One crowd in every engine.
fn at_size(visits: u64, all_engines: bool, rows: &mut Rows) -> Answer<()> {
    let crowd = crowd(visits);
    let index = index::measure(&crowd, rows)?;
    match sql::measure(sql::Engine::DuckDb, &crowd)? {
        Some(duckdb) => {
            compare("DuckDB", &index.found, &duckdb.found)?;
            beside(
                &index,
                &duckdb,
                "DuckDB, sorted by person and by place, the same answers",
                [50.0, 10.0],
                rows,
            );
        }
        None => eprintln!("SKIPPED: no DuckDB beside; install the Python package duckdb"),
    }
    if !all_engines {
        return Ok(());
    }
    match sql::measure(sql::Engine::Sqlite, &crowd)? {
        Some(sqlite) => {
            compare("SQLite", &index.found, &sqlite.found)?;
            beside(
                &index,
                &sqlite,
                "SQLite with indexes by person and by place, the same answers",
                [0.0; 2],
                rows,
            );
        }
        None => eprintln!("SKIPPED: no SQLite beside; install python3"),
    }
    if let Some(postgres) = postgres::measure(&crowd)? {
        compare("PostgreSQL", &index.found, &postgres.found)?;
        beside(
            &index,
            &postgres,
            "PostgreSQL, tables by point and by person, the same answers",
            [0.0; 2],
            rows,
        );
    }
    #[cfg(feature = "lsm")]
    {
        let lsm = lsm::measure(&crowd)?;
        compare("the LSM tree", &index.found, &lsm.found)?;
        beside(&index, &lsm, "fjall with keys by person and by place, the same answers", [0.0; 2], rows);
    }
    #[cfg(not(feature = "lsm"))]
    eprintln!("SKIPPED: no LSM tree beside; build with `--features lsm`");
    Ok(())
}

/// What an engine was measured at.
struct Measured {
    /// Cases a second, asked one by one, in each round.
    one: Vec<f64>,
    /// Cases a second, asked all at once, in each round.
    thousand: Vec<f64>,
    found: Vec<Found>,
    visits: u64,
}

/// A row for one case and one for a thousand; an aim of 0 is none.
fn beside(ours: &Measured, theirs: &Measured, yardstick: &'static str, aims: [f64; 2], rows: &mut Rows) {
    let of = [
        ("one case", &ours.one, &theirs.one, aims[0]),
        ("a thousand cases", &ours.thousand, &theirs.thousand, aims[1]),
    ];
    for (name, figure, yard, aim) in of {
        rows.add(Row {
            name: name.to_owned(),
            done: format!("{} visits, contacts of cases in 14 days", ours.visits),
            figure: Rounds::rates(figure, "cases/s"),
            yardstick,
            yard: Rounds::rates(yard, "cases/s"),
            aim: if aim > 0.0 { Aim::RatioAtLeast(aim) } else { Aim::None },
        });
    }
}

/// A figure beside another answer is worth nothing.
fn compare(engine: &str, ours: &[Found], theirs: &[Found]) -> Answer<()> {
    if ours.len() < 100 {
        return Err(format!("{} rows are too few to compare", ours.len()).into());
    }
    match ours.iter().zip(theirs).find(|(ours, theirs)| ours != theirs) {
        None if ours.len() == theirs.len() => {
            eprintln!("{engine}: all {} rows are the same", ours.len());
            Ok(())
        }
        None => Err(format!("{engine} found {} rows, the index {}", theirs.len(), ours.len()).into()),
        Some((ours, theirs)) => Err(format!("{engine} says {theirs:?}, the index {ours:?}").into()),
    }
}
