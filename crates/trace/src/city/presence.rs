//! Who was with whom, asked of the indexes of many days.

use super::contacts::{CityContact, YEAR_1900, YEAR_2200, contacts, take_capped};
use super::day_index::DayIndex;
use super::day_visit::DAY_SECONDS;
use super::pages::Damaged;
use super::seek::seek_people;
use super::stays::{Search, day_of};
use super::together::Gathered;
use crate::policy::{Mode, Policy};
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
    /// The indexes of a day (days since 1970-01-01), to be added to, taken out or exchanged. All must be of that day. Each
    /// visit must lie in one of them only to save time: twice is once.
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
        let mut found = self.found(&mut Gathered::default(), person, asked, None)?;
        let capped = take_capped(&mut found, asked.policy.cap);
        Ok(CityContacts { found, capped })
    }

    /// Those below the policy's cap.
    pub(super) fn below_cap<'a>(
        &'a self,
        gathered: &mut Gathered<'a, B>,
        person: u32,
        asked: Asked<'_>,
    ) -> Result<Vec<CityContact>, Damaged> {
        let mut found = self.found(gathered, person, asked, asked.policy.cap)?;
        found.retain(|row| gathered.above.binary_search(&row.place).is_err());
        take_capped(&mut found, asked.policy.cap);
        Ok(found)
    }

    /// Everyone who meets the policy, but only some of those at places that are above `cap`.
    fn found<'a>(
        &'a self,
        gathered: &mut Gathered<'a, B>,
        person: u32,
        asked: Asked<'_>,
        cap: Option<u32>,
    ) -> Result<Vec<CityContact>, Damaged> {
        let Asked { weakest, policy, .. } = asked;
        let minimum = policy.minimum_seconds;
        let is_enough = match policy.mode {
            Mode::Unbroken => true,
            Mode::Sum { hours } => u64::from(minimum) <= u64::from(hours) * 3600,
        };
        // Where one time is not enough, however long, nobody qualifies, and no place can be above a cap.
        let cap = cap.filter(|_| is_enough);
        let mut own = std::mem::take(&mut gathered.own);
        self.own_times(person, asked, &mut own)?;
        gathered.gather(&self.0, &own, Search { person, weakest, minimum, cap })?;
        gathered.own = own;
        Ok(contacts(policy, &mut gathered.times))
    }

    /// When `person` was where inside the windows, and for how long after leaving the policy counts: place, from,
    /// until, by place and start; the times of one place lie apart.
    fn own_times(
        &self,
        person: u32,
        asked: Asked<'_>,
        own: &mut Vec<(u32, i64, i64)>,
    ) -> Result<(), Damaged> {
        own.clear();
        let mut windows: Vec<(i64, i64)> =
            asked.windows.iter().map(|window| (window.from.seconds(), window.until.seconds())).collect();
        unite(&mut windows);
        let kept = windows.into_iter().map(|(from, until)| (from.max(YEAR_1900), until.min(YEAR_2200)));
        let mut spans = Vec::new();
        for (from, until) in kept.filter(|(from, until)| from < until) {
            let indexes = self.0.range(day_of(from)..=day_of(until - 1)).flat_map(|(_, of_day)| of_day);
            spans.extend(indexes.map(|index| (index, from, until)));
        }
        let sought = seek_people(spans.iter().map(|(index, ..)| (*index, person)))?;
        for (hers, (_, from, until)) in sought.into_iter().zip(&spans) {
            let midnight = i64::from(hers.index().day()) * i64::from(DAY_SECONDS);
            hers.visits(asked.weakest, |place, enters, leaves| {
                let at = |second: u32| midnight + i64::from(second);
                own.push((place, at(enters).max(*from), at(leaves).min(*until)));
            })?;
        }
        own.retain(|(_, from, until)| from < until);
        unite_at_places(own);
        let tail = i64::from(asked.policy.tail_seconds);
        if tail > 0 {
            own.iter_mut()
                .for_each(|(_, from, until)| *until = (*until + tail.min(*until - *from)).min(YEAR_2200));
            unite_at_places(own);
        }
        Ok(())
    }
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
