//! Visits of one day in sorted bytes, by place and by person.
//!
//! ```text
//! head, 64 bytes: magic, version, day, visits, entries of places, of people, covered (8), sum of sums, busy places, words
//! of their sets, …, sum of the head
//! visits by place: start, end, grade, person in 8 bytes, ordered by place, kind, then start
//! visits by person: start, end, grade, place in 8 bytes, ordered by person, then start
//! for every 64 visits by place: half the second at which the first of them starts, rounded down (2)
//! places with kinds of visits, and how many visits each
//! people, and how many visits each
//! busy places, and the set of who was there, of each
//! for every 4,096 bytes after the head: their CRC-32 (4)
//! ```
//!
//! At most places a day has visits of few kinds (how long, of someone who came once or again; see `kind`), so a question
//! looks only as far back as visits of a kind last, and knows of whole runs that nobody in them qualifies by it alone.
//! A visit takes eight bytes in each order, at most six and an eighth in the lists, and at a busy place two to four in its
//! set, where the lists take next to nothing: less than fifteen.

use super::crowds::Crowd;
use super::day_visit::{DayVisit, Packed};
use super::keys::{Cursor, Keys};
use super::kind::{KIND_BITS, Kind};
use super::pages::{Damaged, Pages};
use super::shape::{BLOCK, HEAD, Of, Shape, VISIT};
use crate::visit::Grade;
use std::ops::Range;

/// An index over bytes: memory, or a file that is mapped into it.
pub struct DayIndex<B> {
    pub(super) pages: Pages<B>,
    pub(super) shape: Shape,
    pub(super) of: Of,
}

/// By what visits are looked up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Order {
    Places,
    People,
}

impl Order {
    /// Under which key a person or a place is looked for, or the first of several.
    pub fn key(self, whom: u32) -> u32 {
        match self {
            Self::Places => whom << KIND_BITS,
            Self::People => whom,
        }
    }
}

/// Visits of one kind at one place, by start.
#[derive(Clone)]
pub(super) struct Run {
    pub kind: Kind,
    visits: Range<usize>,
}

impl Run {
    /// How many visits, at least one.
    pub fn visits(&self) -> usize {
        self.visits.len()
    }
}

impl<B: AsRef<[u8]>> DayIndex<B> {
    /// Takes bytes that [`DayIndex::build`] made. Checks the head and the sums; a page is checked when it is first
    /// looked at.
    pub fn open(bytes: B) -> Result<Self, Damaged> {
        let (shape, of) = Shape::read(bytes.as_ref())?;
        Ok(Self { pages: Pages::new(bytes, HEAD..HEAD + shape.body()), shape, of })
    }

    /// Days since 1970-01-01.
    pub fn day(&self) -> i32 {
        self.of.day
    }

    /// How much of the day's home it was made of.
    pub fn covered(&self) -> u64 {
        self.of.covered
    }

    /// How many visits it has.
    pub fn visits(&self) -> usize {
        self.shape.visits
    }

    /// Bytes in the order by place and in the order by person, lists of keys and sets included.
    pub fn bytes(&self) -> [usize; 2] {
        let [places, people] =
            [self.shape.places(), self.shape.people()].map(|keys| VISIT * self.shape.visits + keys.bytes());
        let crowds = self.shape.crowds();
        [places + 2 * self.shape.blocks() + crowds.end() - crowds.at, people]
    }

    /// Checks every page.
    pub fn check(&self) -> Result<(), Damaged> {
        self.pages.check_all()
    }

    /// Every visit, ordered by person, then start.
    pub fn each(&self, what: &mut impl FnMut(DayVisit)) -> Result<(), Damaged> {
        let keys = self.shape.people();
        let mut cursor = keys.start();
        while let Some((person, range)) = keys.next(&self.pages, &mut cursor, u32::MAX)? {
            self.packed(&keys, range)?.for_each(|v| {
                let Packed { from, until, grade, other: place } = v;
                what(DayVisit { person, place, from, until, grade });
            });
        }
        Ok(())
    }

    /// Where people or places are looked for.
    pub(super) fn lists(&self, order: Order) -> (Keys, &Pages<B>) {
        let keys = match order {
            Order::Places => self.shape.places(),
            Order::People => self.shape.people(),
        };
        (keys, &self.pages)
    }

    /// The visits of a person who was sought: place, start, end.
    pub(super) fn of_person(
        &self,
        person: u32,
        mut cursor: Cursor,
        weakest: Grade,
        mut what: impl FnMut(u32, u32, u32),
    ) -> Result<(), Damaged> {
        let keys = self.shape.people();
        while let Some((key, range)) = keys.next(&self.pages, &mut cursor, person)? {
            debug_assert_eq!(key, person, "a cursor is used for whom it was sought");
            let hers = self.packed(&keys, range)?.filter(|visit| visit.grade >= weakest);
            hers.for_each(|visit| what(visit.other, visit.from, visit.until));
        }
        Ok(())
    }

    /// The runs of visits at a place that was sought, in which some may share time with `from..until`.
    pub(super) fn runs_at(
        &self,
        place: u32,
        mut cursor: Cursor,
        (from, until): (u32, u32),
        mut what: impl FnMut(Run),
    ) -> Result<(), Damaged> {
        let keys = self.shape.places();
        let last = place << KIND_BITS | ((1 << KIND_BITS) - 1);
        while let Some((key, range)) = keys.next(&self.pages, &mut cursor, last)? {
            let (_, kind) = Kind::read(key);
            let visits = self.starting(range, (from + 1).saturating_sub(kind.longest()), until)?;
            if !visits.is_empty() {
                what(Run { kind, visits });
            }
        }
        Ok(())
    }

    /// The visits of a run that share time with `from..until`, cut to it: person, start, end.
    pub(super) fn of_run(
        &self,
        run: &Run,
        (from, until): (u32, u32),
        weakest: Grade,
    ) -> Result<impl Iterator<Item = (u32, u32, u32)>, Damaged> {
        let visits = self.packed(&self.shape.places(), run.visits.clone())?;
        Ok(visits.filter_map(move |visit| {
            let (enters, leaves) = (visit.from.max(from), visit.until.min(until));
            (enters < leaves && visit.grade >= weakest).then_some((visit.other, enters, leaves))
        }))
    }

    /// Who was at a place on that day, if it is busy.
    pub(super) fn crowd_at(&self, place: u32) -> Result<Option<Crowd<'_>>, Damaged> {
        self.shape.crowds().find(&self.pages, place)
    }

    /// Those of a run that start at `from` or later and before `until`, and less than a block before and behind.
    fn starting(&self, run: Range<usize>, from: u32, until: u32) -> Result<Range<usize>, Damaged> {
        if run.end > self.shape.visits {
            return Err(Damaged { what: "a place of an index", at: run.start });
        }
        // Blocks that begin inside the run.
        let (first, end) = (run.start.div_ceil(BLOCK), run.end.div_ceil(BLOCK));
        let at = self.shape.starts_at();
        let starts = self.pages.get(at + 2 * first..at + 2 * end.max(first))?;
        // How many begin before a second, and perhaps one that begins in it.
        let before = |second: u32| {
            let (mut low, mut high) = (0, starts.len() / 2);
            while low < high {
                let middle = low.midpoint(high);
                let start = u16::from_le_bytes([starts[2 * middle], starts[2 * middle + 1]]);
                if 2 * u32::from(start) < second { low = middle + 1 } else { high = middle }
            }
            low
        };
        let skipped = match before(from.saturating_sub(1)) {
            0 => run.start,
            some => (first + some - 1) * BLOCK,
        };
        Ok(skipped..run.end.min((first + before(until)) * BLOCK).max(skipped))
    }

    fn packed(
        &self,
        keys: &Keys,
        range: Range<usize>,
    ) -> Result<impl Iterator<Item = Packed> + use<'_, B>, Damaged> {
        let at = keys.visits_at;
        let bytes = self.pages.get(at + VISIT * range.start..at + VISIT * range.end)?;
        Ok(bytes.chunks_exact(VISIT).map(|visit| {
            let mut bits = [0; VISIT];
            bits.copy_from_slice(visit);
            Packed::read(u64::from_le_bytes(bits))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::city::seek::{seek_people, seek_places};
    use crate::city::shape::{MAGIC, VERSION};
    use crate::city::{DAY_SECONDS, MOST_NUMBERS};
    use proptest::prelude::*;

    fn runs_of(index: &DayIndex<Vec<u8>>, place: u32, span: (u32, u32), what: impl FnMut(Run)) {
        seek_places([(index, place)].into_iter()).unwrap()[0].runs(span, what).unwrap();
    }

    fn of_person(index: &DayIndex<Vec<u8>>, person: u32, weakest: Grade, what: impl FnMut(u32, u32, u32)) {
        seek_people([(index, person)].into_iter()).unwrap()[0].visits(weakest, what).unwrap();
    }

    fn any_visits() -> impl Strategy<Value = Vec<DayVisit>> {
        let grades = prop::sample::select(vec![Grade::Poster, Grade::Rotating, Grade::Witnessed]);
        let visit = (0..40_u32, 0..6_u32, 0..86_399_u32, 1..40_000_u32, grades).prop_map(
            |(person, place, from, length, grade)| DayVisit {
                person,
                place,
                from,
                until: (from + length).min(DAY_SECONDS),
                grade,
            },
        );
        prop::collection::vec(visit, 0..400)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn every_question_has_the_answer_of_going_through_all_visits(
            visits in any_visits(), from in 0..86_400_u32, length in 1..9_000_u32,
        ) {
            let built = DayIndex::build(18_300, 77, visits.clone());
            let index = DayIndex::open(built.into_bytes()).unwrap();
            prop_assert_eq!((index.day(), index.covered(), index.visits()), (18_300, 77, visits.len()));
            let until = (from + length).min(DAY_SECONDS);
            let key = |v: &DayVisit| (v.person, v.place, v.from, v.until, v.grade as u8);
            let mut all = Vec::new();
            index.each(&mut |visit| all.push(key(&visit))).unwrap();
            let mut given: Vec<_> = visits.iter().map(key).collect();
            all.sort_unstable();
            given.sort_unstable();
            prop_assert_eq!(all, given);
            for weakest in [Grade::Poster, Grade::Rotating] {
                for place in 0..7 {
                    let mut found = Vec::new();
                    let mut runs = Vec::new();
                    runs_of(&index, place, (from, until), |run| runs.push(run));
                    for run in &runs {
                        found.extend(index.of_run(run, (from, until), weakest).unwrap());
                    }
                    let mut there: Vec<_> = visits
                        .iter()
                        .filter(|v| v.place == place && v.from < until && from < v.until && v.grade >= weakest)
                        .map(|v| (v.person, v.from.max(from), v.until.min(until)))
                        .collect();
                    found.sort_unstable();
                    there.sort_unstable();
                    prop_assert_eq!(found, there);
                }
                let mut found = Vec::new();
                of_person(&index, 3, weakest, |p, f, u| found.push((p, f, u)));
                let hers = visits.iter().filter(|v| v.person == 3 && v.grade >= weakest).count();
                prop_assert_eq!(found.len(), hers);
            }
        }

        #[test]
        fn a_changed_bit_or_a_lost_end_is_found(
            visits in any_visits(), at in any::<prop::sample::Index>(), bit in 0..8_u32,
        ) {
            let bytes = DayIndex::build(1, 2, visits).into_bytes();
            let mut changed = bytes.clone();
            changed[at.index(bytes.len())] ^= 1_u8 << bit;
            prop_assert!(DayIndex::open(changed).and_then(|index| index.check()).is_err());
            let cut = &bytes[..at.index(bytes.len())];
            prop_assert!(DayIndex::open(cut).is_err());
        }

        #[test]
        fn no_bytes_make_it_panic(mut bytes in prop::collection::vec(any::<u8>(), 64..300)) {
            bytes[0..4].copy_from_slice(&MAGIC.to_le_bytes());
            bytes[4..8].copy_from_slice(&VERSION.to_le_bytes());
            let sum = crc32fast::hash(&bytes[..60]);
            bytes[60..64].copy_from_slice(&sum.to_le_bytes());
            prop_assert!(DayIndex::open(bytes).is_err());
        }
    }

    #[test]
    fn a_visit_takes_less_than_fifteen_bytes_in_each_order() {
        let alone = |n| DayVisit { person: n, place: n, from: 0, until: 1, grade: Grade::Poster };
        let index = DayIndex::build(0, 0, (0..6_400).map(alone).collect());
        let worst = 6_400 * (8 + 6) + 100 * 8 + 2 * 4;
        assert_eq!(
            index.bytes(),
            [worst + 100 * 2, worst],
            "everybody once, each somewhere else, is the worst case"
        );
        // At a busy place the set takes up to four bytes a visit, and the lists next to nothing.
        let together = |n| DayVisit { person: n, place: 0, from: 0, until: 1, grade: Grade::Poster };
        let [by_place, _] = DayIndex::build(0, 0, (0..4_100).map(together).collect()).bytes();
        assert_eq!(by_place, 4_100 * 8 + 65 * 2 + (4 + 4 + 6) + 8 + 2_048 * 8);
    }

    #[test]
    fn the_last_numbers_of_people_and_places_are_found() {
        let last = MOST_NUMBERS - 1;
        let visit = |from, until| DayVisit { person: last, place: last, from, until, grade: Grade::Poster };
        let index = DayIndex::build(0, 0, vec![visit(0, 40_000), visit(50_000, 50_060)]);
        let (mut runs, mut hers) = (0, 0);
        runs_of(&index, last, (0, DAY_SECONDS), |run| runs += run.visits());
        of_person(&index, last, Grade::Poster, |_, _, _| hers += 1);
        of_person(&index, u32::MAX, Grade::Poster, |_, _, _| hers += 1);
        assert_eq!((runs, hers), (2, 2));
    }

    #[test]
    fn whoever_comes_twice_to_a_place_is_in_no_run_of_people_who_came_once() {
        let visit = |person, from, until| DayVisit { person, place: 3, from, until, grade: Grade::Poster };
        let visits = vec![visit(1, 0, 90), visit(2, 0, 90), visit(1, 800, 9_000), visit(2, 800, 9_000)];
        let elsewhere = DayVisit { place: 4, ..visit(3, 900, 950) };
        let index = DayIndex::build(0, 0, [visits, vec![visit(3, 0, 50), elsewhere]].concat());
        let mut runs = Vec::new();
        let what = |run: Run| runs.push((run.kind.is_alone(), run.kind.longest(), run.visits()));
        runs_of(&index, 3, (0, 80_000), what);
        assert_eq!(runs, [(true, 299, 1), (false, 299, 2), (false, 14_399, 2)]);
    }

    #[test]
    fn what_lies_too_far_back_for_its_kind_is_not_looked_at() {
        let visit =
            |n| DayVisit { person: n, place: 3, from: 10 * n, until: 10 * n + 250, grade: Grade::Poster };
        let index = DayIndex::build(0, 0, (0..1_000).map(visit).collect());
        let mut looked_at = 0;
        runs_of(&index, 3, (5_000, 5_001), |run| looked_at += run.visits());
        assert!((30..30 + 2 * BLOCK).contains(&looked_at), "{looked_at}: of the last 299 seconds");
    }
}
