//! Times together, gathered from many days, and the contacts they make.

use super::day_visit::MOST_NUMBERS;
use super::sums::Sums;
use crate::policy::Policy;

/// The span that is kept, in seconds since 1970: years 1900 to 2199.
pub(super) const YEAR_1900: i64 = -2_208_988_800;
pub(super) const YEAR_2200: i64 = 7_258_118_400;

const MICROS: i64 = 1_000_000;
/// Bits of a number of seconds since 1900.
const SECOND_BITS: u32 = 36;

/// A time that someone spent with the one who is asked about: person, place, from, until, in one number that sorts in
/// this order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Time(u128);

impl Time {
    /// Seconds since 1970, inside the years above.
    pub fn new(person: u32, place: u32, from: i64, until: i64) -> Self {
        let second = |at: i64| (at - YEAR_1900).cast_unsigned();
        let span = u128::from(second(from)) << SECOND_BITS | u128::from(second(until));
        Self(u128::from(person) << 100 | u128::from(place) << 72 | span)
    }

    pub fn person(self) -> u32 {
        (self.0 >> 100) as u32
    }

    /// How long, as far as the number holds.
    pub fn seconds(self) -> u32 {
        u32::try_from(self.until() - self.from()).unwrap_or(u32::MAX)
    }

    fn place(self) -> u32 {
        (self.0 >> 72) as u32 & (MOST_NUMBERS - 1)
    }

    fn pair(self) -> u128 {
        self.0 >> 72
    }

    pub fn from(self) -> i64 {
        ((self.0 >> SECOND_BITS) as u64 & ((1 << SECOND_BITS) - 1)).cast_signed() + YEAR_1900
    }

    pub fn until(self) -> i64 {
        (self.0 as u64 & ((1 << SECOND_BITS) - 1)).cast_signed() + YEAR_1900
    }
}

/// What one contact and the one who is asked about shared at one place, in seconds since 1970.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct CityContact {
    /// The contact.
    pub person: u32,
    /// Where.
    pub place: u32,
    /// The first second together there.
    pub first: i64,
    /// The first second after the last one together there.
    pub last: i64,
    /// Seconds together there.
    pub seconds: i64,
}

/// A row for each place shared with each who, over all places, meets the policy; ordered by person and place. Needs all
/// times of everyone who may.
pub(super) fn contacts(policy: &Policy, times: &mut Vec<Time>) -> Vec<CityContact> {
    times.sort_unstable();
    times.dedup_by(|next, kept| {
        let one = next.pair() == kept.pair() && next.from() <= kept.until();
        if one && next.until() > kept.until() {
            *kept = Time::new(kept.person(), kept.place(), kept.from(), next.until());
        }
        one
    });
    let (mut found, mut spans) = (Vec::new(), Vec::new());
    for hers in times.chunk_by(|a, b| a.person() == b.person()) {
        spans.clear();
        spans.extend(hers.iter().map(|time| (time.from() * MICROS, time.until() * MICROS)));
        if policy.mode.is_met(policy.minimum_seconds, &mut spans) {
            found.extend(hers.chunk_by(|a, b| a.pair() == b.pair()).map(|there| CityContact {
                person: there[0].person(),
                place: there[0].place(),
                first: there[0].from(),
                last: there[there.len() - 1].until(),
                seconds: there.iter().map(|time| time.until() - time.from()).sum(),
            }));
        }
    }
    found
}

/// The contacts that times together make, however they were found: (person, place, from, until) in seconds since
/// 1970, years 1900 to 2199, numbers below [`MOST_NUMBERS`]; others are left out.
pub fn contacts_among(
    policy: &Policy,
    times: impl Iterator<Item = (u32, u32, i64, i64)>,
) -> Vec<CityContact> {
    let sound = times.filter(|(person, place, from, until)| {
        YEAR_1900 <= *from && from < until && *until <= YEAR_2200 && *person.max(place) < MOST_NUMBERS
    });
    let mut times: Vec<Time> =
        sound.map(|(person, place, from, until)| Time::new(person, place, from, until)).collect();
    let mut sums = Sums::default();
    sums.reset(times.len());
    times.iter().for_each(|time| sums.add(time.person(), time.seconds()));
    times.retain(|time| sums.at_most(time.person()) >= policy.minimum_seconds);
    contacts(policy, &mut times)
}

/// Takes out the places at which more people than `cap` became contacts; those places and their numbers.
pub(super) fn take_capped(found: &mut Vec<CityContact>, cap: Option<u32>) -> Vec<(u32, u32)> {
    let Some(cap) = cap else { return Vec::new() };
    let mut places: Vec<u32> = found.iter().map(|row| row.place).collect();
    places.sort_unstable();
    let people = places.chunk_by(|a, b| a == b).map(|rows| (rows[0], rows.len() as u32));
    let capped: Vec<_> = people.filter(|(_, people)| *people > cap).collect();
    if !capped.is_empty() {
        found.retain(|row| capped.binary_search_by_key(&row.place, |(place, _)| *place).is_err());
    }
    capped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_gives_back_what_it_was_made_of_and_sorts_by_person_place_and_start() {
        let last = MOST_NUMBERS - 1;
        let time = Time::new(last, last - 1, YEAR_1900, YEAR_2200);
        assert_eq!((time.person(), time.place()), (last, last - 1));
        assert_eq!((time.from(), time.until()), (YEAR_1900, YEAR_2200));
        let mut times =
            [Time::new(2, 0, 0, 1), Time::new(1, 1, 0, 1), Time::new(1, 0, 5, 6), Time::new(1, 0, -5, 9)];
        times.sort_unstable();
        assert!(times.map(|time| (time.person(), time.from())) == [(1, -5), (1, 5), (1, 0), (2, 0)]);
    }
}
