//! Visits of one day in sorted bytes, by place and by person.
//!
//! ```text
//! head, 64 bytes: magic, version, day, visits, places, people, covered (8), sum of sums, …, sum of the head
//! places, each: its number (4) … then where its visits end (4) …
//! people, each: its number (4) … then where its visits end (4) …
//! for every 64 visits by place: the latest end among them (4)
//! visits by place: start, end, grade, person in 8 bytes, ordered by place, then start
//! visits by person: start, end, grade, place in 8 bytes, ordered by person, then start
//! for every 4,096 bytes after the head: their CRC-32 (4)
//! ```
//!
//! So a visit takes eight bytes in each order and at most eight for the one who or which was there: sixteen at most.

use super::day_visit::{DAY_SECONDS, DayVisit, Packed, pack};
use super::pages::{Damaged, Pages, sums, word};
use crate::visit::Grade;
use std::ops::Range;

const MAGIC: u32 = u32::from_le_bytes(*b"hcdi");
const VERSION: u32 = 1;
const HEAD: usize = 64;
/// Visits by place that share a latest end.
const BLOCK: usize = 64;

/// An index over bytes: memory, or a file that is mapped into it.
pub struct DayIndex<B> {
    pages: Pages<B>,
    shape: Shape,
    day: i32,
    covered: u64,
}

/// How many of what there are; says where everything lies.
#[derive(Clone, Copy)]
struct Shape {
    visits: usize,
    places: usize,
    people: usize,
}

/// Who or what was there that day, and where the visits of each end.
struct Keys {
    at: usize,
    count: usize,
    visits_at: usize,
}

impl Shape {
    fn places(&self) -> Keys {
        Keys { at: 0, count: self.places, visits_at: self.by_place_at() }
    }

    fn people(&self) -> Keys {
        let visits_at = self.by_place_at() + 8 * self.visits;
        Keys { at: 8 * self.places, count: self.people, visits_at }
    }

    fn reach_at(&self) -> usize {
        8 * (self.places + self.people)
    }

    fn by_place_at(&self) -> usize {
        self.reach_at() + 4 * self.visits.div_ceil(BLOCK)
    }

    fn body(&self) -> usize {
        self.by_place_at() + 16 * self.visits
    }
}

impl DayIndex<Vec<u8>> {
    /// Sorts visits of one day; those that are not sound are left out. `covered` is how much of the day's home they
    /// are, for whoever keeps the files. At most 4,294,967,295 visits.
    pub fn build(day: i32, covered: u64, mut visits: Vec<DayVisit>) -> Self {
        visits.retain(DayVisit::is_sound);
        visits.truncate(u32::MAX as usize);
        let by_place = |v: &DayVisit| (v.place, pack(v.from, v.until, v.grade, v.person));
        let by_person = |v: &DayVisit| (v.person, pack(v.from, v.until, v.grade, v.place));
        let mut bytes = vec![0; HEAD];
        visits.sort_unstable_by_key(by_place);
        let places = write_keys(&mut bytes, &visits, by_place);
        let mut sorted = Vec::with_capacity(visits.len() * 16);
        visits.iter().for_each(|visit| sorted.extend_from_slice(&by_place(visit).1.to_le_bytes()));
        let reach: Vec<u32> =
            visits.chunks(BLOCK).map(|block| block.iter().map(|v| v.until).max().unwrap_or(0)).collect();
        visits.sort_unstable_by_key(by_person);
        let people = write_keys(&mut bytes, &visits, by_person);
        visits.iter().for_each(|visit| sorted.extend_from_slice(&by_person(visit).1.to_le_bytes()));
        reach.iter().for_each(|until| bytes.extend_from_slice(&until.to_le_bytes()));
        bytes.append(&mut sorted);
        let shape = Shape { visits: visits.len(), places, people };
        write_sums(&mut bytes, day, covered, shape);
        Self { pages: Pages::new(bytes, HEAD..HEAD + shape.body()), shape, day, covered }
    }

    /// The bytes, to be written to a file.
    pub fn into_bytes(self) -> Vec<u8> {
        self.pages.into_bytes()
    }

    /// The same over another kind of bytes, into which `into` must only move them.
    pub fn map_bytes<B: AsRef<[u8]>>(self, into: impl FnOnce(Vec<u8>) -> B) -> DayIndex<B> {
        let Self { pages, shape, day, covered } = self;
        DayIndex { pages: pages.map_bytes(into), shape, day, covered }
    }
}

/// Writes the different keys and then their ends; how many there are.
fn write_keys(bytes: &mut Vec<u8>, visits: &[DayVisit], key: impl Fn(&DayVisit) -> (u32, u64)) -> usize {
    let same = || visits.chunk_by(|a, b| key(a).0 == key(b).0);
    let mut end = 0_u32;
    same().for_each(|chunk| bytes.extend_from_slice(&key(&chunk[0]).0.to_le_bytes()));
    same().for_each(|chunk| {
        // As many visits as were counted above, which fit.
        end += chunk.len() as u32;
        bytes.extend_from_slice(&end.to_le_bytes());
    });
    same().count()
}

fn write_sums(bytes: &mut Vec<u8>, day: i32, covered: u64, shape: Shape) {
    let of_pages: Vec<u8> = sums(&bytes[HEAD..]).flat_map(u32::to_le_bytes).collect();
    let sum_of_sums = crc32fast::hash(&of_pages);
    bytes.extend_from_slice(&of_pages);
    let [visits, places, people] = [shape.visits, shape.places, shape.people].map(|count| count as u32);
    let (low, high) = (covered as u32, (covered >> 32) as u32);
    let head = [MAGIC, VERSION, day.cast_unsigned(), visits, places, people, low, high, sum_of_sums];
    for (at, value) in head.into_iter().enumerate() {
        bytes[at * 4..at * 4 + 4].copy_from_slice(&value.to_le_bytes());
    }
    let sum = crc32fast::hash(&bytes[..HEAD - 4]);
    bytes[HEAD - 4..HEAD].copy_from_slice(&sum.to_le_bytes());
}

impl<B: AsRef<[u8]>> DayIndex<B> {
    /// Takes bytes that [`DayIndex::build`] made. Checks the head and the sums; a page is checked when it is first
    /// looked at.
    pub fn open(bytes: B) -> Result<Self, Damaged> {
        let head = |what| Damaged { what, at: 0 };
        let all = bytes.as_ref();
        if all.len() < HEAD || word(all, 15) != crc32fast::hash(&all[..HEAD - 4]) || word(all, 0) != MAGIC {
            return Err(head("the head of an index"));
        }
        if word(all, 1) != VERSION {
            return Err(head("an index of another version"));
        }
        let [visits, places, people] = [3, 4, 5].map(|at| word(all, at) as usize);
        let shape = Shape { visits, places, people };
        let end = HEAD + shape.body();
        let length = end + 4 * shape.body().div_ceil(super::pages::PAGE);
        if all.len() != length || word(all, 8) != crc32fast::hash(&all[end..]) {
            return Err(Damaged { what: "the length or the sums of an index", at: end.min(all.len()) });
        }
        let (day, covered) =
            (word(all, 2).cast_signed(), u64::from(word(all, 7)) << 32 | u64::from(word(all, 6)));
        Ok(Self { pages: Pages::new(bytes, HEAD..end), shape, day, covered })
    }

    /// Days since 1970-01-01.
    pub fn day(&self) -> i32 {
        self.day
    }

    /// How much of the day's home it was made of.
    pub fn covered(&self) -> u64 {
        self.covered
    }

    /// How many visits it has.
    pub fn visits(&self) -> usize {
        self.shape.visits
    }

    /// Bytes in the order by place and in the order by person, lists of keys included.
    pub fn bytes(&self) -> [usize; 2] {
        let Shape { visits, places, people } = self.shape;
        [8 * (places + visits) + 4 * visits.div_ceil(BLOCK), 8 * (people + visits)]
    }

    /// Checks every page.
    pub fn check(&self) -> Result<(), Damaged> {
        self.pages.check_all()
    }

    /// Every visit, ordered by person, then start.
    pub fn each(&self, what: &mut impl FnMut(DayVisit)) -> Result<(), Damaged> {
        let keys = self.shape.people();
        let mut start = 0;
        for at in 0..keys.count {
            let (person, end) = (self.word(keys.at + 4 * at)?, self.end(&keys, at)?);
            self.packed(&keys, start..end, |v| {
                let Packed { from, until, grade, other: place } = v;
                what(DayVisit { person, place, from, until, grade });
            })?;
            start = end;
        }
        Ok(())
    }

    /// The visits of a person: place, start, end.
    pub(super) fn of_person(
        &self,
        person: u32,
        weakest: Grade,
        mut what: impl FnMut(u32, u32, u32),
    ) -> Result<(), Damaged> {
        let keys = self.shape.people();
        let Some(range) = self.find(&keys, person)? else { return Ok(()) };
        self.packed(&keys, range, |v| {
            if v.grade >= weakest {
                what(v.other, v.from, v.until);
            }
        })
    }

    /// The visits at a place that share time with `from..until`: person, start, end.
    pub(super) fn at_place(
        &self,
        place: u32,
        (from, until): (u32, u32),
        weakest: Grade,
        mut what: impl FnMut(u32, u32, u32),
    ) -> Result<(), Damaged> {
        let keys = self.shape.places();
        let Some(range) = self.find(&keys, place)? else { return Ok(()) };
        let beyond = self.first_at_or_after(&keys, range.clone(), until)?;
        let mut at = range.start;
        while at < beyond {
            let block = at / BLOCK;
            let end = beyond.min((block + 1) * BLOCK);
            // Where all had left, none is looked at.
            if self.word(self.shape.reach_at() + 4 * block)? > from {
                self.packed(&keys, at..end, |v| {
                    if v.until > from && v.grade >= weakest {
                        what(v.other, v.from, v.until);
                    }
                })?;
            }
            at = end;
        }
        Ok(())
    }

    /// The first of these visits by place that starts at `second` or later.
    fn first_at_or_after(&self, keys: &Keys, range: Range<usize>, second: u32) -> Result<usize, Damaged> {
        if second >= DAY_SECONDS {
            return Ok(range.end);
        }
        let (mut low, mut high) = (range.start, range.end);
        while low < high {
            let middle = low.midpoint(high);
            let mut starts = 0;
            self.packed(keys, middle..middle + 1, |visit| starts = visit.from)?;
            if starts < second { low = middle + 1 } else { high = middle }
        }
        Ok(low)
    }

    /// Where the visits of a key lie, when it has any.
    fn find(&self, keys: &Keys, key: u32) -> Result<Option<Range<usize>>, Damaged> {
        let (mut low, mut high) = (0, keys.count);
        while low < high {
            let middle = low.midpoint(high);
            if self.word(keys.at + 4 * middle)? < key { low = middle + 1 } else { high = middle }
        }
        if low == keys.count || self.word(keys.at + 4 * low)? != key {
            return Ok(None);
        }
        let start = if low == 0 { 0 } else { self.end(keys, low - 1)? };
        Ok(Some(start..self.end(keys, low)?))
    }

    fn end(&self, keys: &Keys, at: usize) -> Result<usize, Damaged> {
        Ok(self.word(keys.at + 4 * (keys.count + at))? as usize)
    }

    fn word(&self, at: usize) -> Result<u32, Damaged> {
        Ok(word(self.pages.get(at..at + 4)?, 0))
    }

    fn packed(&self, keys: &Keys, range: Range<usize>, mut what: impl FnMut(Packed)) -> Result<(), Damaged> {
        let bytes = self.pages.get(keys.visits_at + 8 * range.start..keys.visits_at + 8 * range.end)?;
        for visit in bytes.chunks_exact(8) {
            let mut bits = [0; 8];
            bits.copy_from_slice(visit);
            what(Packed::read(u64::from_le_bytes(bits)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
                    index.at_place(place, (from, until), weakest, |p, f, u| found.push((p, f, u))).unwrap();
                    let mut there: Vec<_> = visits
                        .iter()
                        .filter(|v| v.place == place && v.from < until && from < v.until && v.grade >= weakest)
                        .map(|v| (v.person, v.from, v.until))
                        .collect();
                    found.sort_unstable();
                    there.sort_unstable();
                    prop_assert_eq!(found, there);
                }
                let mut found = Vec::new();
                index.of_person(3, weakest, |p, f, u| found.push((p, f, u))).unwrap();
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
    fn a_visit_takes_at_most_sixteen_bytes_in_each_order() {
        let alone = |n| DayVisit { person: n, place: n, from: 0, until: 1, grade: Grade::Poster };
        let index = DayIndex::build(0, 0, (0..6_400).map(alone).collect());
        let [by_place, by_person] = index.bytes();
        assert_eq!(by_person, 16 * 6_400, "everybody once, each somewhere else, is the worst case");
        assert!(by_place <= 16 * 6_400 + 400, "and one end for every 64 visits");
    }
}
