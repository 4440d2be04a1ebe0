//! Who shared time with someone long enough to be looked at, gathered from the indexes of many days.
//!
//! At a busy place tens of thousands pass by while someone works there, and hardly any of them stays long enough. Most
//! are not even noted. Nobody can qualify by one *weak* part alone: the visits of people who came once to a place on a
//! day, where those visits, or the stay of the one who is asked about, are shorter than the minimum. So the weak visits
//! of the stay that has most are looked at last, and only whoever was met elsewhere as well is noted. Of all that was
//! noted, whoever stays below the minimum, however it is counted, is forgotten before anything is sorted.
//!
//! Where places above a cap are not asked for, such a place is known by its first visits, and of the rest only those
//! matter whose people were met elsewhere.

use super::contacts::Time;
use super::crowds::BUSY;
use super::day_index::DayIndex;
use super::pages::Damaged;
use super::seek::seek_people;
use super::stays::{Search, Stay, Stays};
use super::sums::Sums;
use std::collections::BTreeMap;

/// What gathering needs besides the indexes; used again, since it is large for some.
pub(super) struct Gathered<'a, B> {
    /// Every time of all who may qualify, and of few others; in no order.
    pub times: Vec<Time>,
    /// Places that have more contacts than the cap, and are not in the times for that reason; in order.
    pub above: Vec<u32>,
    /// Where someone was; here only to be used again.
    pub own: Vec<(u32, i64, i64)>,
    sums: Sums,
    stays: Stays<'a, B>,
}

impl<B> Default for Gathered<'_, B> {
    fn default() -> Self {
        let (times, above, own) = (Vec::new(), Vec::new(), Vec::new());
        Self { times, above, own, sums: Sums::default(), stays: Stays::default() }
    }
}

impl<'a, B: AsRef<[u8]>> Gathered<'a, B> {
    /// Gathers the times that others shared with `own` (place, from, until in seconds since 1970; by place).
    pub fn gather(
        &mut self,
        days: &'a BTreeMap<i32, Vec<DayIndex<B>>>,
        own: &[(u32, i64, i64)],
        search: Search,
    ) -> Result<(), Damaged> {
        self.stays.find(days, own, search.minimum)?;
        self.times.clear();
        self.above.clear();
        for stay in &self.stays.all {
            if self.above.last() != Some(&stay.place) && self.stays.is_above_cap(stay, search)? {
                self.above.push(stay.place);
            }
        }
        if self.above.is_empty() {
            self.all(search)?
        } else {
            self.all_but_above(search)?
        }
        let Self { times, sums, .. } = self;
        times.retain(|time| sums.at_most(time.person()) >= search.minimum);
        Ok(())
    }

    /// Every stay, the most of the weak visits last.
    fn all(&mut self, search: Search) -> Result<(), Damaged> {
        let Self { times, sums, stays, .. } = self;
        let Some(most) = stays.all.iter().max_by_key(|stay| stay.weak) else { return Ok(()) };
        let visits: usize = stays.all.iter().map(|stay| stays.visits(stay)).sum();
        sums.reset(visits - most.weak);
        for stay in &stays.all {
            let runs = stays.runs(stay, false);
            for run in runs.chain(stays.runs(stay, true).filter(|_| !std::ptr::eq(stay, most))) {
                stay.each(run, search)?.for_each(|theirs| note(stay, theirs, times, sums));
            }
        }
        for run in stays.runs(most, true) {
            for (person, enters, leaves) in most.each(run, search)? {
                // What was met elsewhere is in the sums, all of it.
                if sums.at_most(person).saturating_add(leaves - enters) >= search.minimum {
                    note(most, (person, enters, leaves), times, sums);
                }
            }
        }
        Ok(())
    }

    /// Every stay below the cap, and of those above it what people spent there who were met elsewhere.
    fn all_but_above(&mut self, search: Search) -> Result<(), Damaged> {
        let Self { times, sums, stays, above, .. } = self;
        let is_above = |stay: &&Stay<'_, B>| above.binary_search(&stay.place).is_ok();
        let below = || stays.all.iter().filter(|stay| !is_above(stay));
        sums.reset(below().map(|stay| stays.visits(stay)).sum());
        for stay in below() {
            for run in stays.runs(stay, false).chain(stays.runs(stay, true)) {
                stay.each(run, search)?.for_each(|theirs| note(stay, theirs, times, sums));
            }
        }
        let met = times.len();
        if met == 0 {
            return Ok(());
        }
        for stay in stays.all.iter().filter(is_above) {
            let crowd = if stays.visits(stay) < BUSY { None } else { stay.index.crowd_at(stay.place)? };
            let Some(crowd) = crowd else {
                for run in stays.runs(stay, false).chain(stays.runs(stay, true)) {
                    for theirs in stay.each(run, search)? {
                        if sums.at_most(theirs.0) > 0 {
                            note(stay, theirs, times, sums);
                        }
                    }
                }
                continue;
            };
            // Whoever was met long enough elsewhere needs no more.
            let short = times[..met].iter().filter(|time| time.seconds() < search.minimum);
            let may_be_there = short.map(|time| time.person()).filter(|person| crowd.may_hold(*person));
            // Taken out of the times before more are added to them.
            let may_be_there: Vec<u32> = may_be_there.collect();
            for theirs in seek_people(may_be_there.into_iter().map(|person| (stay.index, person)))? {
                stay.of_person(&theirs, search.weakest, |enters, leaves| {
                    note(stay, (theirs.person(), enters, leaves), times, sums);
                })?;
            }
        }
        Ok(())
    }
}

fn note<B: AsRef<[u8]>>(
    stay: &Stay<'_, B>,
    (person, enters, leaves): (u32, u32, u32),
    times: &mut Vec<Time>,
    sums: &mut Sums,
) {
    sums.add(person, leaves - enters);
    times.push(stay.time(person, enters, leaves));
}
