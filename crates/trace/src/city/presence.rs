//! Who was with whom, asked of the indexes of many days.

use super::contacts::{CityContact, Time, YEAR_1900, YEAR_2200, contacts, take_capped};
use super::day_index::DayIndex;
use super::day_visit::DAY_SECONDS;
use super::pages::Damaged;
use crate::policy::Policy;
use crate::together::unite;
use crate::visit::Grade;
use healthcode_core::time::Interval;
use std::collections::BTreeMap;

/// The indexes of all days that are kept; several of one day count as one.
pub struct Presence<B>(BTreeMap<i32, Vec<DayIndex<B>>>);

/// What is asked about someone.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// When time together counts; parts of seconds are cut off both bounds. Several are one set of times.
    pub windows: &'a [Interval],
    /// Visits that prove less do not count.
    pub weakest: Grade,
    /// What makes a contact. Its days around onset or sample are not looked at: `windows` say when.
    pub policy: &'a Policy,
}

/// A contact of a contact.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Secondary {
    /// The close contact whom the person met after that one had met the case.
    pub through: u32,
    /// What they shared.
    pub contact: CityContact,
}

/// The contacts of one person.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CityContacts {
    /// A row a contact and place, by person and place.
    pub found: Vec<CityContact>,
    /// Places that the policy's cap took out, with how many people became contacts there.
    pub capped: Vec<(u32, u32)>,
}

impl<B> Default for Presence<B> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<B: AsRef<[u8]>> Presence<B> {
    /// The indexes of a day (days since 1970-01-01), to be added to, taken out or exchanged. Each visit must lie in
    /// one of them only to save time: twice is once.
    pub fn of_day(&mut self, day: i32) -> &mut Vec<DayIndex<B>> {
        self.0.entry(day).or_default()
    }

    /// Takes out the indexes of a day.
    pub fn forget(&mut self, day: i32) {
        self.0.remove(&day);
    }

    /// All indexes, by day.
    pub fn indexes(&self) -> impl Iterator<Item = &DayIndex<B>> {
        self.0.values().flatten()
    }

    /// Those who, together with `person`, meet the policy.
    pub fn contacts(&self, person: u32, asked: Asked<'_>) -> Result<CityContacts, Damaged> {
        let mut found = contacts(asked.policy, &mut self.times(person, asked)?);
        let capped = take_capped(&mut found, asked.policy.cap);
        Ok(CityContacts { found, capped })
    }

    /// The contacts of the close contacts `close` of `person`, in order of time only: each close contact counts from
    /// the first second that she shared with the case, to `until` (seconds since 1970). The case and the close
    /// contacts themselves are left out. Places that the cap takes out are left out.
    pub fn second_ring(
        &self,
        person: u32,
        close: &[CityContact],
        until: i64,
        asked: Asked<'_>,
    ) -> Result<Vec<Secondary>, Damaged> {
        let mut ring = Vec::new();
        for hers in close.chunk_by(|a, b| a.person == b.person) {
            let through = hers[0].person;
            let first = hers.iter().map(|contact| contact.first).min().unwrap_or(until);
            let at = healthcode_core::time::Instant::from_seconds;
            let window = [Interval { from: at(first), until: at(until) }];
            let theirs = self.contacts(through, Asked { windows: &window, ..asked })?;
            let is_close = |who: u32| close.binary_search_by_key(&who, |contact| contact.person).is_ok();
            let others = theirs.found.into_iter().filter(|row| row.person != person && !is_close(row.person));
            ring.extend(others.map(|contact| Secondary { through, contact }));
        }
        ring.sort_unstable_by_key(|row| (row.contact, row.through));
        Ok(ring)
    }

    /// Every time that someone shared with `person`.
    fn times(&self, person: u32, asked: Asked<'_>) -> Result<Vec<Time>, Damaged> {
        let mut times = Vec::new();
        for (place, from, until) in self.own_times(person, asked)? {
            for (day, indexes) in self.0.range(day_of(from)..=day_of(until - 1)) {
                let midnight = i64::from(*day) * i64::from(DAY_SECONDS);
                let span = (second_of(midnight, from), second_of(midnight, until));
                for index in indexes {
                    index.at_place(place, span, asked.weakest, |other, enters, leaves| {
                        if other != person {
                            let at = |second: u32| midnight + i64::from(second);
                            let (enters, leaves) = (enters.max(span.0), leaves.min(span.1));
                            times.push(Time::new(other, place, at(enters), at(leaves)));
                        }
                    })?;
                }
            }
        }
        Ok(times)
    }

    /// When `person` was where inside the windows, and for how long after leaving the policy counts: place, from,
    /// until, by place and start; the times of one place lie apart.
    fn own_times(&self, person: u32, asked: Asked<'_>) -> Result<Vec<(u32, i64, i64)>, Damaged> {
        let mut windows: Vec<(i64, i64)> =
            asked.windows.iter().map(|window| (window.from.seconds(), window.until.seconds())).collect();
        unite(&mut windows);
        let mut own = Vec::new();
        for (from, until) in windows {
            let (from, until) = (from.max(YEAR_1900), until.min(YEAR_2200));
            if from >= until {
                continue;
            }
            for (day, indexes) in self.0.range(day_of(from)..=day_of(until - 1)) {
                let midnight = i64::from(*day) * i64::from(DAY_SECONDS);
                for index in indexes {
                    index.of_person(person, asked.weakest, |place, enters, leaves| {
                        let at = |second: u32| midnight + i64::from(second);
                        own.push((place, at(enters).max(from), at(leaves).min(until)));
                    })?;
                }
            }
        }
        own.retain(|(_, from, until)| from < until);
        unite_at_places(&mut own);
        let tail = i64::from(asked.policy.tail_seconds);
        if tail > 0 {
            own.iter_mut()
                .for_each(|(_, from, until)| *until = (*until + tail.min(*until - *from)).min(YEAR_2200));
            unite_at_places(&mut own);
        }
        Ok(own)
    }
}

/// Seconds from a midnight to an instant of that day, or to the nearer end of that day.
fn second_of(midnight: i64, at: i64) -> u32 {
    (at - midnight).clamp(0, i64::from(DAY_SECONDS)) as u32
}

/// The day of UTC that a second lies in; seconds of the years 1900 to 2199 have one.
fn day_of(second: i64) -> i32 {
    second.div_euclid(i64::from(DAY_SECONDS)) as i32
}

/// Overlapping or touching stays at one place become one.
fn unite_at_places(own: &mut Vec<(u32, i64, i64)>) {
    own.sort_unstable();
    own.dedup_by(|next, kept| {
        let one = next.0 == kept.0 && next.1 <= kept.2;
        if one {
            kept.2 = kept.2.max(next.2);
        }
        one
    });
}
