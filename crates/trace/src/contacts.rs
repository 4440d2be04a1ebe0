//! Which of the people a case met are contacts, and a row for each place they shared.

use crate::policy::{Level, Policy};
use crate::stamp::Stamp;
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

/// The times of those people who meet some rule of the policy, with the nearest level they meet; `times` is ordered by
/// person. `rules` has the number of the rule of each place; places beyond it have that of the policy itself.
pub(crate) fn qualifying<'a>(
    policy: &Policy,
    rules: &[u8],
    times: &'a [Stay],
) -> impl Iterator<Item = (Level, &'a [Stay])> {
    let mut spans = Vec::new();
    let rule_of = |time: &Stay| rules.get(time.place as usize).copied().unwrap_or(0);
    times.chunk_by(|a, b| a.person == b.person).filter_map(move |times| {
        let mut met: Option<Level> = None;
        for (number, minimum, mode, level) in policy.rules() {
            let judged = times.iter().filter(|time| rule_of(time) == number);
            spans.clear();
            spans.extend(judged.map(|time| (time.from.micros(), time.until.micros())));
            if !spans.is_empty() && mode.is_met(minimum, &mut spans) {
                met = Some(met.map_or(level, |other| other.nearer(level)));
            }
        }
        Some((met?, times))
    })
}

/// Takes out the places at which more than `cap` people would become contacts of one case, and returns them
/// with their number of people. `rows` has at most one row a person and place. Whoever qualified partly by such
/// a place keeps the rows of the other places.
pub(crate) fn take_capped<T>(
    rows: &mut Vec<T>,
    cap: Option<u32>,
    place: impl Fn(&T) -> u32,
) -> Vec<(u32, u32)> {
    let Some(cap) = cap else { return Vec::new() };
    let mut places: Vec<u32> = rows.iter().map(&place).collect();
    places.sort_unstable();
    let capped: Vec<(u32, u32)> = places
        .chunk_by(|a, b| a == b)
        .map(|same| (same[0], u32::try_from(same.len()).unwrap_or(u32::MAX)))
        .filter(|(_, people)| *people > cap)
        .collect();
    rows.retain(|row| capped.binary_search_by_key(&place(row), |(place, _)| *place).is_err());
    capped
}
