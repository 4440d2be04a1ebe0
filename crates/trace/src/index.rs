//! The co-presence index: who was at a place while someone was there. Built once, in memory.

use crate::together::Windows;
use crate::visit::Stay;

/// Visits at places, merged, and ready to be asked for overlaps.
pub(crate) struct Index {
    /// By place, then by start.
    stays: Vec<Stay>,
    /// For each place an implicit balanced tree over its stays: at the middle of each range, the latest end in
    /// that range, in microseconds. It finds overlaps in logarithmic time, even where somebody lives.
    reach: Vec<i64>,
    /// Where the stays of each place begin, and at last their number.
    starts: Vec<usize>,
    /// The merged stays of those who are asked about, by person, place and start.
    of_cases: Vec<Stay>,
}

impl Index {
    /// For questions about cases. `cases[n]` are the windows of the person numbered n, so that cases have the lowest
    /// numbers; `places` is the number of places, and every stay's place lies below it. Stays may come in any order.
    pub fn new(mut stays: Vec<Stay>, cases: &[Windows], places: usize) -> Self {
        let mut visited = vec![false; places];
        for stay in &stays {
            if cases.get(stay.person as usize).is_some_and(|windows| windows.meet(stay)) {
                visited[stay.place as usize] = true;
            }
        }
        stays.retain(|stay| visited[stay.place as usize]);
        Self::of_places(stays, places, |person| (person as usize) < cases.len())
    }

    /// For questions about anybody.
    pub fn of_everyone(stays: Vec<Stay>, places: usize) -> Self {
        Self::of_places(stays, places, |_| true)
    }

    fn of_places(mut stays: Vec<Stay>, places: usize, is_asked_for: impl Fn(u32) -> bool) -> Self {
        stays.retain(|stay| stay.from.micros() < stay.until.micros());
        stays.sort_unstable_by_key(|stay| (stay.place, stay.person, stay.from, stay.until));
        stays.dedup_by(|next, kept| join(kept, next));

        let mut of_cases: Vec<Stay> =
            stays.iter().filter(|stay| is_asked_for(stay.person)).copied().collect();
        of_cases.sort_unstable_by_key(|stay| (stay.person, stay.place, stay.from));

        let mut starts = Vec::with_capacity(places + 1);
        let mut reach = vec![0; stays.len()];
        let mut start = 0;
        for place in 0..places {
            starts.push(start);
            let end = start + stays[start..].partition_point(|stay| stay.place as usize == place);
            stays[start..end].sort_unstable_by_key(|stay| (stay.from, stay.person));
            build_reach(&stays[start..end], &mut reach[start..end]);
            start = end;
        }
        starts.push(start);
        Self { stays, reach, starts, of_cases }
    }

    /// The merged stays of one of those, by place and start.
    pub fn of_case(&self, case: u32) -> &[Stay] {
        let start = self.of_cases.partition_point(|stay| stay.person < case);
        let length = self.of_cases[start..].partition_point(|stay| stay.person == case);
        &self.of_cases[start..start + length]
    }

    /// Every stay at `place` that shares time with `from..until` (microseconds), by start.
    pub fn overlapping(&self, place: u32, from: i64, until: i64, found: &mut impl FnMut(&Stay)) {
        let range = self.starts[place as usize]..self.starts[place as usize + 1];
        search(&self.stays[range.clone()], &self.reach[range], from, until, found);
    }
}

/// Overlapping or touching stays of one person at one place become one. `next` does not begin before `kept`.
fn join(kept: &mut Stay, next: &Stay) -> bool {
    let one =
        kept.place == next.place && kept.person == next.person && next.from.micros() <= kept.until.micros();
    if one {
        // Of one instant in two forms the form that came first in the input stays, whatever the order of rows.
        let tie = next.until.micros() == kept.until.micros();
        kept.until = if tie { kept.until.min(next.until) } else { kept.until.later(next.until) };
    }
    one
}

fn build_reach(stays: &[Stay], reach: &mut [i64]) -> i64 {
    if stays.is_empty() {
        return i64::MIN;
    }
    let middle = stays.len() / 2;
    let before = build_reach(&stays[..middle], &mut reach[..middle]);
    let after = build_reach(&stays[middle + 1..], &mut reach[middle + 1..]);
    reach[middle] = stays[middle].until.micros().max(before).max(after);
    reach[middle]
}

fn search(stays: &[Stay], reach: &[i64], from: i64, until: i64, found: &mut impl FnMut(&Stay)) {
    let middle = stays.len() / 2;
    if stays.is_empty() || reach[middle] <= from {
        return;
    }
    search(&stays[..middle], &reach[..middle], from, until, found);
    let stay = &stays[middle];
    if stay.from.micros() < until {
        if stay.until.micros() > from {
            found(stay);
        }
        search(&stays[middle + 1..], &reach[middle + 1..], from, until, found);
    }
}
