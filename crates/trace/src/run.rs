//! Contacts from files: visits and cases in, contacts out.

use crate::contacts::{CappedPlace, Meeting, meetings, qualifying, take_capped};
use crate::fault::{FieldFault, Table, TraceFault, cut};
use crate::index::Index;
use crate::names::Names;
use crate::policy::Policy;
use crate::rows::{Column, Row, Rows};
use crate::stamp::Stamp;
use crate::together::{Windows, times_together};
use crate::visit::{Grade, Stay};
use crate::written::Clockface;
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::time::Interval;
use std::io::{BufRead, Write};

const VISITS: &[Column] =
    &[("person", true), ("place", true), ("entered_at", true), ("left_at", true), ("grade", false)];
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
/// `visits` is CSV `person,place,entered_at,left_at` with an optional `grade`, `cases` is CSV
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
/// Needs about 40 bytes a visit that lies within the cases' windows, and each id once.
pub fn run(
    visits: impl BufRead,
    cases: impl BufRead,
    policy: &Policy,
    cap: Option<u32>,
    out: impl Write,
) -> Result<Summary, TraceFault> {
    let mut files = Files { people: Names::new(), places: Names::new(), clock: Clockface::default() };
    let windows = files.read_cases(cases)?;
    let mut summary = Summary { cases: windows.len() as u64, ..Summary::default() };
    let stays = files.read_visits(visits, &windows, &mut summary.visits)?;
    let index = Index::new(stays, &windows, files.places.len());
    files.write_contacts(&index, &windows, policy, cap.or(policy.cap), out, &mut summary)?;
    Ok(summary)
}

/// Everything the two files have in common. Cases are read first, so they have the lowest numbers.
struct Files {
    people: Names,
    places: Names,
    clock: Clockface,
}

impl Files {
    /// The windows of each person, by number.
    fn read_cases(&mut self, cases: impl BufRead) -> Result<Vec<Windows>, TraceFault> {
        let mut windows: Vec<Vec<Interval>> = Vec::new();
        let mut rows = Rows::open(Table::Cases, cases, CASES)?;
        while let Some(row) = rows.next()? {
            let [person, from, until, ..] = row.fields;
            let refuse = refusal(Table::Cases, CASES, &row);
            let person = check_id(person)
                .and_then(|person| self.people.number(person).ok_or(FieldFault::TooManyIds))
                .map_err(|fault| refuse(0, fault))?;
            let (from, until) = self.read_span(from, until, 1, &refuse)?;
            windows.resize_with(self.people.len(), Vec::new);
            windows[person as usize].push(Interval { from: from.instant(), until: until.instant() });
        }
        Ok(windows.iter().map(|windows| Windows::new(windows)).collect())
    }

    /// The visits that touch the time in which anybody was infectious; the others are checked and counted only.
    fn read_visits(
        &mut self,
        visits: impl BufRead,
        windows: &[Windows],
        read: &mut u64,
    ) -> Result<Vec<Stay>, TraceFault> {
        let hulls = || windows.iter().filter_map(Windows::hull);
        let first = hulls().map(|(from, _)| from).min().unwrap_or(i64::MAX);
        let last = hulls().map(|(_, until)| until).max().unwrap_or(i64::MIN);
        let mut stays = Vec::new();
        let mut rows = Rows::open(Table::Visits, visits, VISITS)?;
        while let Some(row) = rows.next()? {
            let [person, place, from, until, grade] = row.fields;
            let refuse = refusal(Table::Visits, VISITS, &row);
            let person = check_id(person).map_err(|fault| refuse(0, fault))?;
            let place = check_id(place).map_err(|fault| refuse(1, fault))?;
            let (from, until) = self.read_span(from, until, 2, &refuse)?;
            if !grade.is_empty() && Grade::parse(grade).is_none() {
                return Err(refuse(4, FieldFault::Grade(cut(grade))));
            }
            *read += 1;
            if from.micros() < last && first < until.micros() {
                let person = self.people.number(person).ok_or_else(|| refuse(0, FieldFault::TooManyIds))?;
                let place = self.places.number(place).ok_or_else(|| refuse(1, FieldFault::TooManyIds))?;
                stays.push(Stay { person, place, from, until });
            }
        }
        Ok(stays)
    }

    /// Reads the start in column `column` and the end in the one after it.
    fn read_span(
        &mut self,
        from: &str,
        until: &str,
        column: usize,
        refuse: &impl Fn(usize, FieldFault) -> TraceFault,
    ) -> Result<(Stamp, Stamp), TraceFault> {
        let start = self.clock.read(from).map_err(|fault| refuse(column, FieldFault::time(fault, from)))?;
        let end =
            self.clock.read(until).map_err(|fault| refuse(column + 1, FieldFault::time(fault, until)))?;
        if end.micros() <= start.micros() {
            return Err(refuse(column + 1, FieldFault::NotAfter(cut(until))));
        }
        Ok((start, end))
    }

    fn write_contacts(
        &self,
        index: &Index,
        windows: &[Windows],
        policy: &Policy,
        cap: Option<u32>,
        out: impl Write,
        summary: &mut Summary,
    ) -> Result<(), TraceFault> {
        let mut out = std::io::BufWriter::with_capacity(1 << 16, out);
        out.write_all(b"case,person,place,first_at,last_at,minutes,level\n").map_err(TraceFault::Write)?;
        let mut cases: Vec<u32> = (0..).take(windows.len()).collect();
        cases.sort_unstable_by_key(|case| self.people.text(*case));
        let (mut times, mut line) = (Vec::new(), String::new());
        for case in cases {
            times_together(index, case, &windows[case as usize], &mut times);
            let mut rows: Vec<Meeting> = qualifying(policy, &times).flat_map(meetings).collect();
            let capped = take_capped(&mut rows, cap, |row| row.place);
            summary.add_capped(self, case, capped);
            rows.sort_by_cached_key(|row| (self.people.text(row.person), self.places.text(row.place)));
            summary.contacts += rows.chunk_by(|a, b| a.person == b.person).count() as u64;
            summary.rows += rows.len() as u64;
            for row in &rows {
                line.clear();
                self.write_row(case, row, policy, &mut line);
                out.write_all(line.as_bytes()).map_err(TraceFault::Write)?;
            }
        }
        out.flush().map_err(TraceFault::Write)
    }

    fn write_row(&self, case: u32, row: &Meeting, policy: &Policy, line: &mut String) {
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
        line.push(',');
        line.push_str(&row.minutes().to_string());
        line.push(',');
        line.push_str(policy.level.as_str());
        line.push('\n');
    }
}

impl Summary {
    fn add_capped(&mut self, files: &Files, case: u32, mut capped: Vec<(u32, u32)>) {
        capped.sort_unstable_by_key(|(place, _)| files.places.text(*place));
        for (place, people) in capped {
            // Ids were checked as they were read, so both are there.
            let ids = (PersonId::new(files.people.text(case)), PointId::new(files.places.text(place)));
            if let (Ok(case), Ok(place)) = ids {
                self.capped.push(CappedPlace { case, place, people });
            }
        }
    }
}

/// Makes the fault of a field from the number of its column.
fn refusal(
    table: Table,
    columns: &'static [Column],
    row: &Row<'_>,
) -> impl Fn(usize, FieldFault) -> TraceFault + use<> {
    let line = row.line;
    move |column, fault| TraceFault::Field { table, line, column: columns[column].0, fault }
}

/// The core decides what an id is; almost all are plain, and for those no memory is taken.
fn check_id(text: &str) -> Result<&str, FieldFault> {
    let plain = (1..=64).contains(&text.len()) && text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    if plain { Ok(text) } else { Ok(PersonId::new(text).map(|_| text).map_err(FieldFault::Id)?) }
}
