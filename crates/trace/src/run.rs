//! Contacts from files: visits and cases in, contacts out.

use crate::blocks::{self, At};
use crate::contacts::CappedPlace;
use crate::fault::{FieldFault, Table, TraceFault, cut};
use crate::index::Index;
use crate::names::Names;
use crate::parts::{Part, Whole, put_together, set_rule};
use crate::people::People;
use crate::policy::Policy;
use crate::rings::Found;
use crate::rows::{Column, Row};
use crate::seat::Seat;
use crate::stamp::Stamp;
use crate::together::Windows;
use crate::visit::{Grade, Stay};
use crate::written::Clockface;
use healthcode_core::ids::PersonId;
use healthcode_core::time::Interval;
use std::io::{BufRead, Write};
use std::thread;

/// The most threads; no result depends on their number.
const MOST_THREADS: usize = 8;

const VISITS: &[Column] = &[
    ("person", true),
    ("place", true),
    ("entered_at", true),
    ("left_at", true),
    ("grade", false),
    ("kind", false),
    ("seat", false),
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
/// `visits` is CSV `person,place,entered_at,left_at` with an optional `grade`, `kind` (of the place, for
/// [`Policy::kinds`]) and [`seat`](crate::Seat), `cases` is CSV
/// `person,infectious_from,infectious_until`, with columns in any order and rows in any order. Several windows of
/// one person are one set of times: a pair is judged over all of them, and has one row a place. Visits of every
/// grade count; the result does not show grades. `cap` goes before the policy's own; see [`Policy::cap`]. Nothing
/// is written before both inputs were read to their ends without fault.
///
/// Where the policy has a [second ring](Policy::second_ring), rows have a further column `via`, empty in the first
/// ring. A close contact counts for it from her first instant with the case to the end of the case's last window.
///
/// Times come out as they went in: `first_at` and `last_at` have the form (unix seconds, offset, digits) of the
/// visit whose bound they are. Where the window cuts, that is the form of the case's visit; where two people's
/// bounds are one instant, the case's; where two records of a person are joined at one instant, the form that the
/// files used first. Digits beyond a microsecond are dropped.
///
/// Works on all cores. Needs about 40 bytes a visit that lies within the cases' windows (with a second ring about 90,
/// for then no visit can be let go early), and each id once a core.
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
    let Whole { people, places, rules, clock, stays, seats, .. } = read;
    let second = policy.of_second_ring();
    let index = match second {
        Some(_) => Index::of_everyone(stays, places.len()),
        None => Index::new(stays, &windows, places.len()),
    };
    let cap = cap.or(policy.cap);
    let found = Found { index, people, places, rules, seats, clock, windows: &windows, policy, second, cap };
    found.write(threads, out, &mut summary)?;
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

/// The visits that touch the time in which anybody was infectious, its tail, or the dates around it; the others are
/// checked and counted only.
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
    // A date of the case reaches a day before her time, one of her contact's another day.
    let days = if policy.goes_by_dates() { 3 * 86_400_000_000 } else { 0 };
    let (first, last) = (first.saturating_sub(days), last.saturating_add(days));
    let Cases { people, clock, .. } = cases;
    let (places, clock) = (Names::new(), clock.before_all());
    let people = People::of_cases(people);
    let (rules, stays, seats, marks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let part = Part { people, settled: 0, places, rules, clock, stays, seats, marks, rows: 0 };
    let seats_matter = policy.asks_for_seats();
    blocks::read(Table::Visits, visits, VISITS, vec![part; threads], |part: &mut Part, at, row: &Row<'_>| {
        let [person, place, from, until, grade, kind, seat] = row.fields;
        let person = check_id(person).map_err(|fault| (0, fault))?;
        let place = check_id(place).map_err(|fault| (1, fault))?;
        let (from, until) = match policy.usual_stay_seconds {
            Some(seconds) if until.is_empty() => {
                let from = read_time(&mut part.clock, from, at, 2)?;
                (from, Stamp::from_micros(from.micros() + i64::from(seconds) * 1_000_000, from.form()))
            }
            _ => read_span(&mut part.clock, from, until, at, 2)?,
        };
        if !grade.is_empty() && Grade::parse(grade).is_none() {
            return Err((4, FieldFault::Grade(cut(grade))));
        }
        let seat: Option<Seat> = match seat {
            "" => None,
            text => Some(text.parse().map_err(|fault| (6, FieldFault::Seat(fault)))?),
        };
        part.rows += 1;
        if from.micros() < last && first < until.micros() {
            let person = part.people.read(person);
            let place = part.places.number(place).ok_or((1, FieldFault::TooManyIds))?;
            let stay = Stay { person, place, from, until };
            part.push(stay, seat.filter(|_| seats_matter)).ok_or((0, FieldFault::TooManyIds))?;
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
    let (start, end) = (read_time(clock, from, at, column)?, read_time(clock, until, at, column + 1)?);
    if end.micros() <= start.micros() {
        return Err((column + 1, FieldFault::NotAfter(cut(until))));
    }
    Ok((start, end))
}

fn read_time(clock: &mut Clockface, text: &str, at: At, column: usize) -> Result<Stamp, (usize, FieldFault)> {
    clock.read(text, at.column(column)).map_err(|fault| (column, FieldFault::time(fault, text)))
}

/// The core decides what an id is; almost all are plain, and for those no memory is taken.
fn check_id(text: &str) -> Result<&str, FieldFault> {
    let plain = (1..=64).contains(&text.len()) && text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    if plain { Ok(text) } else { Ok(PersonId::new(text).map(|_| text).map_err(FieldFault::Id)?) }
}
