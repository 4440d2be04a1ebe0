//! Contacts from files: visits and cases in, contacts out.

use crate::blocks::{self, At};
use crate::contacts::{CappedPlace, Meeting, meetings, qualifying, take_capped};
use crate::fault::{FieldFault, Table, TraceFault, cut};
use crate::index::Index;
use crate::marks::Marks;
use crate::names::Names;
use crate::parts::{Part, Whole, put_together, set_rule};
use crate::people::People;
use crate::policy::{Level, Policy};
use crate::rows::{Column, Row};
use crate::seat::Seat;
use crate::stamp::Stamp;
use crate::together::{Terms, Together, Windows};
use crate::visit::{Grade, Stay};
use crate::written::Clockface;
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::time::Interval;
use std::io::{BufRead, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Cases whose rows are in memory at once.
const CASES_AT_ONCE: usize = 256;
/// The most threads; no result depends on their number.
const MOST_THREADS: usize = 8;

const VISITS: &[Column] = &[
    ("person", true),
    ("place", true),
    ("entered_at", true),
    ("left_at", true),
    ("grade", false),
    ("kind", false),
];
const CASES: &[Column] = &[("person", true), ("infectious_from", true), ("infectious_until", true)];

/// What a tracing read and found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// Rows of visits.
    pub visits: u64,
    /// Different people among the cases.
    pub cases: u64,
    /// Pairs of a case and a contact in the result.
    pub contacts: u64,
    /// Rows of the result, the header not counted.
    pub rows: u64,
    /// The places that a cap took out, by case and place.
    pub capped: Vec<CappedPlace>,
}

/// Finds the contacts of all cases and writes them as CSV, ordered by case, person and place (byte order).
///
/// `visits` is CSV `person,place,entered_at,left_at` with an optional `grade` and `kind` (of the
/// place, for [`Policy::kinds`]), `cases` is CSV
/// `person,infectious_from,infectious_until`, with columns in any order and rows in any order. Several windows of
/// one person are one set of times: a pair is judged over all of them, and has one row a place. Visits of every
/// grade count; the result does not show grades. `cap` goes before the policy's own; see [`Policy::cap`]. Nothing
/// is written before both inputs were read to their ends without fault.
///
/// Times come out as they went in: `first_at` and `last_at` have the form (unix seconds, offset, digits) of the
/// visit whose bound they are. Where the window cuts, that is the form of the case's visit; where two people's
/// bounds are one instant, the case's; where two records of a person are joined at one instant, the form that the
/// files used first. Digits beyond a microsecond are dropped.
///
/// Works on all cores. Needs about 40 bytes a visit that lies within the cases' windows, and each id once a core.
pub fn run(
    visits: impl BufRead,
    cases: impl BufRead,
    policy: &Policy,
    cap: Option<u32>,
    out: impl Write,
) -> Result<Summary, TraceFault> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    let cases = read_cases(cases)?;
    let windows: Vec<Windows> = cases.windows.iter().map(|windows| Windows::new(windows)).collect();
    let visits = read_visits(visits, cases, &windows, policy, threads)?;
    let read = put_together(visits, &windows, policy)?;
    let mut summary = Summary { visits: read.rows, cases: windows.len() as u64, ..Summary::default() };
    let Whole { people, places, rules, clock, stays, .. } = read;
    let index = Index::new(stays, &windows, places.len());
    let cap = cap.or(policy.cap);
    Found {
        index,
        people,
        places,
        rules,
        seats: Marks::new(Vec::new()),
        clock,
        windows: &windows,
        policy,
        cap,
    }
    .write(threads, out, &mut summary)?;
    Ok(summary)
}

/// The people who are cases, with their windows, numbered in the order of the file.
struct Cases {
    people: Names,
    clock: Clockface,
    windows: Vec<Vec<Interval>>,
}

fn read_cases(cases: impl BufRead) -> Result<Cases, TraceFault> {
    let none = Cases { people: Names::new(), clock: Clockface::default(), windows: Vec::new() };
    let read = blocks::read(Table::Cases, cases, CASES, vec![none], |cases: &mut Cases, at, row| {
        let [person, from, until, ..] = row.fields;
        let person = check_id(person)
            .and_then(|person| cases.people.number(person).ok_or(FieldFault::TooManyIds))
            .map_err(|fault| (0, fault))?;
        let (from, until) = read_span(&mut cases.clock, from, until, at, 1)?;
        cases.windows.resize_with(cases.people.len(), Vec::new);
        cases.windows[person as usize].push(Interval { from: from.instant(), until: until.instant() });
        Ok(())
    })?;
    // As many states come out as went in.
    read.states.into_iter().next().ok_or_else(|| TraceFault::Write(std::io::Error::other("no thread")))
}

/// The visits that touch the time in which anybody was infectious, or its tail; the others are checked and counted
/// only.
fn read_visits(
    visits: impl BufRead,
    cases: Cases,
    windows: &[Windows],
    policy: &Policy,
    threads: usize,
) -> Result<blocks::Read<Part>, TraceFault> {
    let hulls = || windows.iter().filter_map(Windows::hull);
    let first = hulls().map(|(from, _)| from).min().unwrap_or(i64::MAX);
    let last = hulls().map(|(_, until)| until).max().unwrap_or(i64::MIN);
    let last = last.saturating_add(i64::from(policy.tail_seconds) * 1_000_000);
    let Cases { people, clock, .. } = cases;
    let (places, clock) = (Names::new(), clock.before_all());
    let people = People::of_cases(people);
    let part = Part { people, settled: 0, places, rules: Vec::new(), clock, stays: Vec::new(), rows: 0 };
    blocks::read(Table::Visits, visits, VISITS, vec![part; threads], |part: &mut Part, at, row: &Row<'_>| {
        let [person, place, from, until, grade, kind] = row.fields;
        let person = check_id(person).map_err(|fault| (0, fault))?;
        let place = check_id(place).map_err(|fault| (1, fault))?;
        let (from, until) = read_span(&mut part.clock, from, until, at, 2)?;
        if !grade.is_empty() && Grade::parse(grade).is_none() {
            return Err((4, FieldFault::Grade(cut(grade))));
        }
        part.rows += 1;
        if from.micros() < last && first < until.micros() {
            let person = part.people.read(person);
            let place = part.places.number(place).ok_or((1, FieldFault::TooManyIds))?;
            part.push(Stay { person, place, from, until }).ok_or((0, FieldFault::TooManyIds))?;
            if !kind.is_empty() {
                set_rule(&mut part.rules, place, policy.rule_of_kind(kind));
            }
        }
        Ok(())
    })
}

/// Reads the start in column `column` and the end in the one after it.
fn read_span(
    clock: &mut Clockface,
    from: &str,
    until: &str,
    at: At,
    column: usize,
) -> Result<(Stamp, Stamp), (usize, FieldFault)> {
    let mut read = |text: &str, column: usize| {
        clock.read(text, at.column(column)).map_err(|fault| (column, FieldFault::time(fault, text)))
    };
    let (start, end) = (read(from, column)?, read(until, column + 1)?);
    if end.micros() <= start.micros() {
        return Err((column + 1, FieldFault::NotAfter(cut(until))));
    }
    Ok((start, end))
}

/// Everything the contacts are found in.
struct Found<'a> {
    index: Index,
    people: Names,
    places: Names,
    rules: Vec<u8>,
    seats: Marks<Seat>,
    clock: Clockface,
    windows: &'a [Windows],
    policy: &'a Policy,
    cap: Option<u32>,
}

/// What was found of one case.
struct OfCase {
    lines: String,
    contacts: u64,
    rows: u64,
    capped: Vec<CappedPlace>,
}

impl Found<'_> {
    fn write(&self, threads: usize, out: impl Write, summary: &mut Summary) -> Result<(), TraceFault> {
        let mut out = std::io::BufWriter::with_capacity(1 << 16, out);
        out.write_all(b"case,person,place,first_at,last_at,minutes,level\n").map_err(TraceFault::Write)?;
        let mut cases: Vec<u32> = (0..).take(self.windows.len()).collect();
        cases.sort_unstable_by_key(|case| self.people.text(*case));
        for cases in cases.chunks(CASES_AT_ONCE) {
            for of_case in self.of_cases(cases, threads) {
                summary.contacts += of_case.contacts;
                summary.rows += of_case.rows;
                summary.capped.extend(of_case.capped);
                out.write_all(of_case.lines.as_bytes()).map_err(TraceFault::Write)?;
            }
        }
        out.flush().map_err(TraceFault::Write)
    }

    /// What was found of each, in their order.
    fn of_cases(&self, cases: &[u32], threads: usize) -> Vec<OfCase> {
        let next = AtomicUsize::new(0);
        let work = || {
            let (mut found, mut times) = (Vec::new(), Together::default());
            while let Some((number, case)) =
                Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|n| Some((n, *cases.get(n)?)))
            {
                found.push((number, self.of_case(case, &mut times)));
            }
            found
        };
        let mut found: Vec<(usize, OfCase)> = thread::scope(|scope| {
            let workers: Vec<_> = (1..threads.min(cases.len())).map(|_| scope.spawn(work)).collect();
            let mut found = work();
            for worker in workers {
                found.extend(worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
            found
        });
        found.sort_unstable_by_key(|(number, _)| *number);
        found.into_iter().map(|(_, of_case)| of_case).collect()
    }

    fn of_case(&self, case: u32, times: &mut Together) -> OfCase {
        let terms = Terms { policy: self.policy, rules: &self.rules, seats: &self.seats };
        terms.together(&self.index, case, &self.windows[case as usize], times);
        let mut rows: Vec<(Level, Meeting)> = qualifying(terms, times)
            .flat_map(|(level, times)| meetings(times).map(move |meeting| (level, meeting)))
            .collect();
        let capped = take_capped(&mut rows, self.cap, |(_, row)| (row.place, row.person));
        rows.sort_by_cached_key(|(_, row)| (self.people.text(row.person), self.places.text(row.place)));
        let mut lines = String::new();
        rows.iter().for_each(|(level, row)| self.write_row(case, *level, row, &mut lines));
        OfCase {
            lines,
            contacts: rows.chunk_by(|a, b| a.1.person == b.1.person).count() as u64,
            rows: rows.len() as u64,
            capped: self.name_capped(case, capped),
        }
    }

    fn write_row(&self, case: u32, level: Level, row: &Meeting, line: &mut String) {
        for id in [self.people.text(case), self.people.text(row.person), self.places.text(row.place)] {
            if id.contains([',', '"']) {
                line.push('"');
                line.push_str(&id.replace('"', "\"\""));
                line.push('"');
            } else {
                line.push_str(id);
            }
            line.push(',');
        }
        self.clock.write(row.first, line);
        line.push(',');
        self.clock.write(row.last, line);
        // Writing to a string cannot fail.
        let _ = std::fmt::Write::write_fmt(line, format_args!(",{},{}\n", row.minutes(), level.as_str()));
    }

    fn name_capped(&self, case: u32, mut capped: Vec<(u32, u32)>) -> Vec<CappedPlace> {
        capped.sort_unstable_by_key(|(place, _)| self.places.text(*place));
        let named = capped.into_iter().map(|(place, people)| {
            // Ids were checked as they were read, so both are there.
            let case = PersonId::new(self.people.text(case)).ok()?;
            Some(CappedPlace { case, place: PointId::new(self.places.text(place)).ok()?, people })
        });
        named.flatten().collect()
    }
}

/// The core decides what an id is; almost all are plain, and for those no memory is taken.
fn check_id(text: &str) -> Result<&str, FieldFault> {
    let plain = (1..=64).contains(&text.len()) && text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    if plain { Ok(text) } else { Ok(PersonId::new(text).map(|_| text).map_err(FieldFault::Id)?) }
}
