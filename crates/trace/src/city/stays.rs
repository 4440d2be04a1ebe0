//! Where someone was, and the visits of others that lie beside it.

use super::contacts::Time;
use super::day_index::{DayIndex, Run};
use super::day_visit::DAY_SECONDS;
use super::pages::Damaged;
use super::seek::{SoughtPerson, seek_places};
use crate::visit::Grade;
use std::collections::BTreeMap;
use std::ops::Range;

/// Whose contacts are looked for, and what makes one.
#[derive(Clone, Copy)]
pub(super) struct Search {
    pub person: u32,
    pub weakest: Grade,
    /// Seconds together.
    pub minimum: u32,
    /// Places with more contacts are not asked for.
    pub cap: Option<u32>,
}

/// Being at one place, on one day, as one index has it.
pub(super) struct Stay<'a, B> {
    pub index: &'a DayIndex<B>,
    pub place: u32,
    /// Seconds since 1970.
    midnight: i64,
    /// Seconds from it.
    span: (u32, u32),
    /// Those of [`Stays::runs`] that are beside it.
    runs: Range<usize>,
    /// Visits in weak runs.
    pub weak: usize,
}

/// All stays of someone; used again, since they are many.
pub(super) struct Stays<'a, B> {
    pub all: Vec<Stay<'a, B>>,
    /// With whether it is weak: nobody can qualify by being in weak runs of one stay alone.
    runs: Vec<(Run, bool)>,
}

impl<B> Default for Stays<'_, B> {
    fn default() -> Self {
        Self { all: Vec::new(), runs: Vec::new() }
    }
}

impl<'a, B: AsRef<[u8]>> Stays<'a, B> {
    /// Takes these stays (place, from, until in seconds since 1970) instead of others.
    pub fn find(
        &mut self,
        days: &'a BTreeMap<i32, Vec<DayIndex<B>>>,
        own: &[(u32, i64, i64)],
        minimum: u32,
    ) -> Result<(), Damaged> {
        self.all.clear();
        self.runs.clear();
        let mut asked = Vec::new();
        for (place, from, until) in own {
            let indexes = days.range(day_of(*from)..=day_of(until - 1)).flat_map(|(_, of_day)| of_day);
            asked.extend(indexes.map(|index| (index, *place, *from, *until)));
        }
        let sought = seek_places(asked.iter().map(|(index, place, ..)| (*index, *place)))?;
        for (there, (_, _, from, until)) in sought.into_iter().zip(&asked) {
            let (index, place) = (there.index(), there.place());
            let midnight = i64::from(index.day()) * i64::from(DAY_SECONDS);
            let span = (second_of(midnight, *from), second_of(midnight, *until));
            let (first, mut weak) = (self.runs.len(), 0);
            there.runs(span, |run| {
                let longest = run.kind.longest().min(span.1 - span.0);
                let is_weak = run.kind.is_alone() && longest < minimum;
                weak += if is_weak { run.visits() } else { 0 };
                self.runs.push((run, is_weak));
            })?;
            let runs = first..self.runs.len();
            self.all.push(Stay { index, place, midnight, span, runs, weak });
        }
        Ok(())
    }

    /// The runs beside a stay that are weak, or those that are not.
    pub fn runs(&self, stay: &Stay<'a, B>, weak: bool) -> impl Iterator<Item = &Run> {
        self.runs[stay.runs.clone()].iter().filter(move |(_, is)| *is == weak).map(|(run, _)| run)
    }

    /// Visits beside a stay.
    pub fn visits(&self, stay: &Stay<'a, B>) -> usize {
        self.runs[stay.runs.clone()].iter().map(|(run, _)| run.visits()).sum()
    }

    /// Whether more people than the cap shared this stay for the minimum, each in one piece; sure only when it says so.
    pub fn is_above_cap(&self, stay: &Stay<'a, B>, search: Search) -> Result<bool, Damaged> {
        let Some(cap) = search.cap.map(|cap| cap as usize) else { return Ok(false) };
        if self.visits(stay) <= cap {
            return Ok(false);
        }
        let mut left = cap + 1;
        for run in self.runs(stay, false).filter(|run| run.kind.is_alone()) {
            let long =
                stay.each(run, search)?.filter(|(_, enters, leaves)| leaves - enters >= search.minimum);
            left -= long.take(left).count();
        }
        Ok(left == 0)
    }
}

impl<B: AsRef<[u8]>> Stay<'_, B> {
    /// What others shared of it: person, from, until in seconds of the day.
    pub fn each(&self, run: &Run, search: Search) -> Result<impl Iterator<Item = (u32, u32, u32)>, Damaged> {
        let others = self.index.of_run(run, self.span, search.weakest)?;
        Ok(others.filter(move |(other, ..)| *other != search.person))
    }

    /// What one person, sought in its index, shared of it: from, until in seconds of the day.
    pub fn of_person(
        &self,
        sought: &SoughtPerson<'_, B>,
        weakest: Grade,
        mut what: impl FnMut(u32, u32),
    ) -> Result<(), Damaged> {
        sought.visits(weakest, |place, enters, leaves| {
            let (enters, leaves) = (enters.max(self.span.0), leaves.min(self.span.1));
            if place == self.place && enters < leaves {
                what(enters, leaves);
            }
        })
    }

    /// A time together in seconds since 1970.
    pub fn time(&self, person: u32, enters: u32, leaves: u32) -> Time {
        let at = |second: u32| self.midnight + i64::from(second);
        Time::new(person, self.place, at(enters), at(leaves))
    }
}

/// Seconds from a midnight to an instant of that day, or to the nearer end of that day.
fn second_of(midnight: i64, at: i64) -> u32 {
    (at - midnight).clamp(0, i64::from(DAY_SECONDS)) as u32
}

/// The day of UTC that a second lies in; seconds of the years 1900 to 2199 have one.
pub(super) fn day_of(second: i64) -> i32 {
    second.div_euclid(i64::from(DAY_SECONDS)) as i32
}
