//! Which of the people a case met are contacts, and a row for each place they shared.

use crate::near::Standing;
use crate::policy::{Level, Rule};
use crate::stamp::Stamp;
use crate::together::{Terms, Together};
use crate::visit::Stay;
use healthcode_core::ids::{PersonId, PointId};

const MINUTE: i64 = 60_000_000;

/// A place at which more people than the cap allows would have become contacts of one case, so that none did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CappedPlace {
    /// The case.
    pub case: PersonId,
    /// Where.
    pub place: PointId,
    /// How many people would have become contacts there.
    pub people: u32,
    /// Whether they would have been of the second ring, through whichever close contacts.
    pub second_ring: bool,
}

/// What one contact and the case shared at one place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Meeting {
    pub person: u32,
    pub place: u32,
    pub first: Stamp,
    pub last: Stamp,
    pub micros: i64,
}

impl Meeting {
    /// Whole minutes, rounded down.
    pub fn minutes(&self) -> u32 {
        u32::try_from(self.micros / MINUTE).unwrap_or(u32::MAX)
    }
}

/// One meeting for each person and place of `times` (ordered by person, place, start), whether they qualify or
/// not.
pub(crate) fn meetings(times: &[Stay]) -> impl Iterator<Item = Meeting> {
    times.chunk_by(|a, b| (a.person, a.place) == (b.person, b.place)).map(|times| Meeting {
        person: times[0].person,
        place: times[0].place,
        first: times[0].from,
        last: times[times.len() - 1].until,
        micros: times.iter().map(|time| time.until.micros() - time.from.micros()).sum(),
    })
}

/// The times of those people who meet some rule of the policy, with the nearest level they meet.
pub(crate) fn qualifying<'a>(
    terms: Terms<'a>,
    together: &'a Together,
) -> impl Iterator<Item = (Level, &'a [Stay])> {
    let (mut spans, mut start) = (Vec::new(), 0);
    together.times.chunk_by(|a, b| a.person == b.person).filter_map(move |times| {
        let standings = together.standings.get(start..start + times.len()).unwrap_or_default();
        start += times.len();
        Some((level_of(terms, times, standings, &mut spans)?, times))
    })
}

/// The nearest level that the times of one person meet, if any.
fn level_of(
    terms: Terms<'_>,
    times: &[Stay],
    standings: &[Standing],
    spans: &mut Vec<(i64, i64)>,
) -> Option<Level> {
    let mut met: Option<Level> = None;
    for (number, rule) in terms.policy.rules() {
        for (level, least) in rule.levels() {
            if met.is_some_and(|met| met.nearer(level) == met) {
                continue;
            }
            spans_of(terms, (number, least), times, standings, spans);
            if !spans.is_empty() && is_met(rule, spans) {
                met = Some(level);
            }
        }
    }
    met
}

fn is_met(rule: Rule<'_>, spans: &mut Vec<(i64, i64)>) -> bool {
    rule.mode.is_met(rule.minimum_seconds, spans)
}

/// The times that a rule judges, at least so near. Those of one place that touch are one.
fn spans_of(
    terms: Terms<'_>,
    (rule, least): (u8, Standing),
    times: &[Stay],
    standings: &[Standing],
    spans: &mut Vec<(i64, i64)>,
) {
    spans.clear();
    let mut place = None;
    for (number, time) in times.iter().enumerate() {
        let near = standings.get(number).is_none_or(|standing| *standing >= least);
        if !near || terms.rule_of(time.place) != rule {
            continue;
        }
        let (from, until) = (time.from.micros(), time.until.micros());
        match spans.last_mut().filter(|last| place == Some(time.place) && last.1 == from) {
            Some(last) => last.1 = until,
            None => spans.push((from, until)),
        }
        place = Some(time.place);
    }
}

/// Takes out the places at which more than `cap` people would become contacts of one case, and returns them
/// with their number of people. Whoever qualified partly by such a place keeps the rows of the other places.
pub(crate) fn take_capped<T>(
    rows: &mut Vec<T>,
    cap: Option<u32>,
    at: impl Fn(&T) -> (u32, u32),
) -> Vec<(u32, u32)> {
    let Some(cap) = cap else { return Vec::new() };
    let mut who_was_where: Vec<(u32, u32)> = rows.iter().map(&at).collect();
    who_was_where.sort_unstable();
    who_was_where.dedup();
    let capped: Vec<(u32, u32)> = who_was_where
        .chunk_by(|a, b| a.0 == b.0)
        .map(|same| (same[0].0, u32::try_from(same.len()).unwrap_or(u32::MAX)))
        .filter(|(_, people)| *people > cap)
        .collect();
    rows.retain(|row| capped.binary_search_by_key(&at(row).0, |(place, _)| *place).is_err());
    capped
}
