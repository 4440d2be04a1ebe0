//! Who was at the busy places of a day: sets in bytes, one for each place with so many visits that looking someone up is
//! quicker than going through them.
//!
//! ```text
//! busy places, in order: place (4), words of its set and of those before it (4)
//! sets, one behind the other: words of 8 bytes, a power of two for each
//! ```

use super::pages::{Damaged, Pages, word};

/// Visits at a place in one index, from which on it has a set.
pub(super) const BUSY: usize = 4_096;
/// Bits of a set for each visit, at least.
const BITS: usize = 16;
/// 2 to the power of 64 divided by the golden ratio, odd: multiplying by it spreads numbers (Knuth, TAOCP 3, 6.4).
const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;
/// Bytes of an entry, and of a word.
const EIGHT: usize = 8;

/// Where the sets lie, from the beginning of the body.
#[derive(Clone, Copy)]
pub(super) struct Crowds {
    pub at: usize,
    /// Busy places.
    pub places: usize,
    /// Words of all sets.
    pub words: usize,
}

/// A set of people that may hold others as well, fewer than two in a hundred of them. Everyone has two bits of one word.
pub(super) struct Crowd<'a> {
    words: &'a [u8],
}

impl Crowds {
    /// What lies behind the sets.
    pub fn end(&self) -> usize {
        self.at + EIGHT * (self.places + self.words)
    }

    /// Writes the sets of those of these places, in order, that are busy: who was there, once for each visit. How many
    /// places and words.
    pub fn write<P: ExactSizeIterator<Item = u32>>(
        places: impl Iterator<Item = (u32, P)>,
        bytes: &mut Vec<u8>,
    ) -> (usize, usize) {
        let (mut entries, mut words) = (Vec::<u8>::new(), Vec::<u64>::new());
        for (place, people) in places.filter(|(_, people)| people.len() >= BUSY) {
            let begin = words.len();
            words.resize(begin + (BITS * people.len()).div_ceil(64).next_power_of_two(), 0);
            let set = &mut words[begin..];
            for person in people {
                let (word, bits) = spread(person, set.len());
                set[word] |= bits;
            }
            entries.extend_from_slice(&place.to_le_bytes());
            entries.extend_from_slice(&(words.len() as u32).to_le_bytes());
        }
        bytes.extend_from_slice(&entries);
        words.iter().for_each(|word| bytes.extend_from_slice(&word.to_le_bytes()));
        (entries.len() / EIGHT, words.len())
    }

    /// The set of a place, if it is busy.
    pub fn find<'a, B: AsRef<[u8]>>(
        &self,
        pages: &'a Pages<B>,
        place: u32,
    ) -> Result<Option<Crowd<'a>>, Damaged> {
        let entries = pages.get(self.at..self.at + EIGHT * self.places)?;
        let (entries, _) = entries.as_chunks::<EIGHT>();
        let Ok(found) = entries.binary_search_by_key(&place, |entry| word(entry, 0)) else {
            return Ok(None);
        };
        let end_of = |entry: &[u8; EIGHT]| word(entry, 1) as usize;
        let begin = found.checked_sub(1).map_or(0, |before| end_of(&entries[before]));
        let words_at = self.at + EIGHT * self.places;
        let words = pages.get(words_at + EIGHT * begin..words_at + EIGHT * end_of(&entries[found]))?;
        // A file that says otherwise has passed every sum, and still must neither end the program nor deny anybody.
        Ok((words.len() / EIGHT).is_power_of_two().then_some(Crowd { words }))
    }
}

impl Crowd<'_> {
    /// Whether the person may have been there; who was, may.
    pub fn may_hold(&self, person: u32) -> bool {
        let (words, _) = self.words.as_chunks::<EIGHT>();
        let (word, bits) = spread(person, words.len());
        u64::from_le_bytes(words[word]) & bits == bits
    }
}

/// One of so many words, a power of two, and two bits in it. Sets in files are made with it: another way needs another
/// version of the index, or people would be missed.
fn spread(person: u32, words: usize) -> (usize, u64) {
    // Numbers of people who have something in common may lie at like distances: one multiplication alone keeps them so.
    let once = u64::from(person).wrapping_mul(MULTIPLIER);
    let hash = (once ^ once >> 32).wrapping_mul(MULTIPLIER);
    ((hash >> 32) as usize & (words - 1), 1 << (hash >> 58) | 1 << (hash >> 52 & 63))
}

#[cfg(test)]
mod tests {
    use super::{BUSY, spread};
    use crate::Grade;
    use crate::city::shape::HEAD;
    use crate::city::{DayIndex, DayVisit};
    use std::ops::Range;

    #[test]
    fn a_busy_place_has_a_set_of_all_who_were_there_and_few_others() {
        let visit =
            |n: u32, place| DayVisit { person: 7 * n, place, from: n, until: n + 60, grade: Grade::Poster };
        let place_of = |n: u32| if n.is_multiple_of(7) { 9 } else { n % 2 };
        let visits = (0..30_000).map(|n| visit(n, place_of(n))).collect();
        let index = DayIndex::open(DayIndex::build(0, 0, visits).into_bytes()).unwrap();
        index.check().unwrap();
        assert!(index.crowd_at(7).unwrap().is_none(), "nobody was there");
        for place in [0, 1, 9] {
            let was_there = |n: &u32| place == place_of(*n);
            let crowd = index.crowd_at(place).unwrap().unwrap();
            assert!((0..30_000).filter(was_there).all(|n| crowd.may_hold(7 * n)), "{place}");
            let others = (0..30_000).filter(|n| !was_there(n) && crowd.may_hold(7 * n)).count();
            assert!(others < 340, "{others} others at {place}");
        }
    }

    fn one_place(people: Range<u32>) -> DayIndex<Vec<u8>> {
        let visit = |person| DayVisit { person, place: 4, from: 5, until: 60, grade: Grade::Poster };
        DayIndex::build(0, 0, people.map(visit).collect())
    }

    #[test]
    fn the_fullest_set_holds_fewer_than_two_in_a_hundred_others() {
        let index = one_place(0..BUSY as u32);
        let crowd = index.crowd_at(4).unwrap().unwrap();
        let others = (BUSY as u32..BUSY as u32 + 50_000).filter(|person| crowd.may_hold(*person)).count();
        assert!(others < 1_000, "{others} of 50,000");
    }

    #[test]
    fn the_sets_of_files_are_made_as_they_were() {
        assert_eq!(spread(0, 1_024), (0, 1));
        assert_eq!(spread(7, 1_024), (826, 1 << 21 | 1 << 25));
        assert_eq!(spread(4_999_999, 1 << 20), (50_339, 1 << 27 | 1 << 34));
    }

    #[test]
    fn a_set_that_cannot_be_is_none_or_damage_and_denies_nobody() {
        for words in [0_u32, 1_023, 1_025, 3, u32::MAX] {
            let built = one_place(0..5_000);
            let (shape, of) = (built.shape, built.of);
            let mut bytes = built.into_bytes();
            bytes.truncate(HEAD + shape.body());
            let at = HEAD + shape.crowds().at + 4;
            bytes[at..at + 4].copy_from_slice(&words.to_le_bytes());
            shape.finish(&mut bytes, of);
            let index = DayIndex::open(bytes).unwrap();
            let crowd = index.crowd_at(4);
            assert!(crowd.is_err() || crowd.is_ok_and(|crowd| crowd.is_none()), "{words} words");
        }
    }

    #[test]
    fn a_place_is_busy_from_so_many_visits_on() {
        let visit =
            |n: usize, place| DayVisit { person: n as u32, place, from: 5, until: 60, grade: Grade::Poster };
        let there = |place, count| (0..count).map(move |n| visit(n, place));
        let index = DayIndex::build(0, 0, there(3, BUSY - 1).chain(there(4, BUSY)).collect());
        assert!(index.crowd_at(3).unwrap().is_none());
        assert!(index.crowd_at(4).unwrap().is_some_and(|crowd| crowd.may_hold(0)));
    }
}
