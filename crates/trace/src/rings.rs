//! The rows of all cases: the first ring and the second.

use crate::contacts::{CappedPlace, Meeting, meetings, qualifying, take_capped};
use crate::fault::TraceFault;
use crate::index::Index;
use crate::marks::Marks;
use crate::names::Names;
use crate::policy::{Level, Policy};
use crate::run::Summary;
use crate::seat::Seat;
use crate::stamp::Stamp;
use crate::together::{Terms, Together, Windows};
use crate::written::Clockface;
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::time::Interval;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Cases whose rows are in memory at once.
const CASES_AT_ONCE: usize = 256;

/// Everything the contacts are found in.
pub(crate) struct Found<'a> {
    pub index: Index,
    pub people: Names,
    pub places: Names,
    pub rules: Vec<u8>,
    pub seats: Marks<Seat>,
    pub clock: Clockface,
    pub windows: &'a [Windows],
    pub policy: &'a Policy,
    /// The definition of the second ring and what its contacts are, where there is one.
    pub second: Option<(Policy, Level)>,
    pub cap: Option<u32>,
}

/// A row of the result.
struct Row {
    level: Level,
    meeting: Meeting,
    via: Option<u32>,
}

/// What was found of one case.
struct OfCase {
    lines: String,
    contacts: u64,
    rows: u64,
    capped: Vec<CappedPlace>,
}

impl Found<'_> {
    pub fn write(&self, threads: usize, out: impl Write, summary: &mut Summary) -> Result<(), TraceFault> {
        let mut out = std::io::BufWriter::with_capacity(1 << 16, out);
        let via = if self.second.is_some() { ",via" } else { "" };
        writeln!(out, "case,person,place,first_at,last_at,minutes,level{via}").map_err(TraceFault::Write)?;
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
        let (mut rows, mut capped) = self.first_ring(case, times);
        if let Some((policy, level)) = &self.second {
            let (second, more) = self.second_ring(case, &rows, policy, *level, times);
            rows.extend(second);
            capped.extend(more);
        }
        rows.sort_by_cached_key(|row| {
            let via = row.via.map(|via| self.people.text(via));
            (self.people.text(row.meeting.person), self.places.text(row.meeting.place), via)
        });
        let mut lines = String::new();
        rows.iter().for_each(|row| self.write_row(case, row, &mut lines));
        OfCase {
            lines,
            contacts: rows.chunk_by(|a, b| a.meeting.person == b.meeting.person).count() as u64,
            rows: rows.len() as u64,
            capped,
        }
    }

    fn terms<'b>(&'b self, policy: &'b Policy) -> Terms<'b> {
        Terms { policy, rules: &self.rules, seats: &self.seats }
    }

    fn first_ring(&self, case: u32, times: &mut Together) -> (Vec<Row>, Vec<CappedPlace>) {
        let terms = self.terms(self.policy);
        terms.together(&self.index, case, &self.windows[case as usize], times);
        let mut rows: Vec<Row> = qualifying(terms, times)
            .flat_map(|(level, times)| meetings(times).map(move |meeting| Row { level, meeting, via: None }))
            .collect();
        let capped = self.take_capped(case, &mut rows, false);
        (rows, capped)
    }

    /// The close contacts of the close contacts in `rows`, each from her first instant with the case to the end of the
    /// case's last window.
    fn second_ring(
        &self,
        case: u32,
        rows: &[Row],
        policy: &Policy,
        level: Level,
        times: &mut Together,
    ) -> (Vec<Row>, Vec<CappedPlace>) {
        let mut close: Vec<(u32, Stamp)> = rows
            .iter()
            .filter(|row| row.level == Level::Close)
            .map(|row| (row.meeting.person, row.meeting.first))
            .collect();
        close.sort_unstable_by_key(|(person, first)| (*person, first.micros()));
        close.dedup_by_key(|(person, _)| *person);
        let end = self.windows[case as usize].hull().map_or(i64::MIN, |(_, until)| until);
        let end = Stamp::from_micros(end, 0).instant();
        let in_first = |person: u32| {
            person == case || close.binary_search_by_key(&person, |(person, _)| *person).is_ok()
        };
        let (terms, mut found) = (self.terms(policy), Vec::new());
        for (via, first) in &close {
            let window = Windows::new(&[Interval { from: first.instant(), until: end }]);
            terms.together(&self.index, *via, &window, times);
            let others = qualifying(terms, times)
                .filter(|(nearest, times)| *nearest == Level::Close && !in_first(times[0].person));
            found.extend(others.flat_map(|(_, times)| {
                meetings(times).map(|meeting| Row { level, meeting, via: Some(*via) })
            }));
        }
        let capped = self.take_capped(case, &mut found, true);
        (found, capped)
    }

    fn take_capped(&self, case: u32, rows: &mut Vec<Row>, second_ring: bool) -> Vec<CappedPlace> {
        let mut capped = take_capped(rows, self.cap, |row| (row.meeting.place, row.meeting.person));
        capped.sort_unstable_by_key(|(place, _)| self.places.text(*place));
        let named = capped.into_iter().map(|(place, people)| {
            // Ids were checked as they were read, so both are there.
            let case = PersonId::new(self.people.text(case)).ok()?;
            let place = PointId::new(self.places.text(place)).ok()?;
            Some(CappedPlace { case, place, people, second_ring })
        });
        named.flatten().collect()
    }

    fn write_row(&self, case: u32, row: &Row, line: &mut String) {
        let Row { level, meeting, via } = row;
        for id in [self.people.text(case), self.people.text(meeting.person), self.places.text(meeting.place)]
        {
            write_id(id, line);
            line.push(',');
        }
        self.clock.write(meeting.first, line);
        line.push(',');
        self.clock.write(meeting.last, line);
        // Writing to a string cannot fail.
        let _ = std::fmt::Write::write_fmt(line, format_args!(",{},{}", meeting.minutes(), level.as_str()));
        if self.second.is_some() {
            line.push(',');
            write_id(via.map_or("", |via| self.people.text(via)), line);
        }
        line.push('\n');
    }
}

fn write_id(id: &str, line: &mut String) {
    if id.contains([',', '"']) {
        line.push('"');
        line.push_str(&id.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(id);
    }
}
