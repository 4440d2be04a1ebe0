//! Who was at the busy places of a day: sets in bytes, one for each place with so many visits that looking someone up is
//! quicker than going through them.
//!
//! ```text
//! busy places, in order: place (4), words of its set and of those before it (4)
//! sets, one behind the other: words of 8 bytes, a power of two for each
//! ```

use super::pages::{Damaged, Pages, word};
use super::sums;

/// Visits of a day at a place, from which on it has a set.
pub(super) const BUSY: usize = 4_096;
/// Bits of a set for each visit, at least.
const BITS: usize = 16;
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

/// A set of people that may hold others as well, one in a hundred or fewer. Everyone has two bits of one word.
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
            words.resize(begin + (BITS * people.len() / 64).next_power_of_two(), 0);
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
        // No set is empty; a file that says so would have passed every sum, and still must not end the program.
        Ok((!words.is_empty()).then_some(Crowd { words }))
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

/// One of so many words, a power of two, and two bits in it.
fn spread(person: u32, words: usize) -> (usize, u64) {
    // Numbers of people who have something in common may lie at like distances: one multiplication alone keeps them so.
    let once = sums::spread(u64::from(person));
    let hash = sums::spread(once ^ once >> 32);
    ((hash >> 32) as usize & (words - 1), 1 << (hash >> 58) | 1 << (hash >> 52 & 63))
}

#[cfg(test)]
mod tests {
    use crate::Grade;
    use crate::city::{DayIndex, DayVisit};

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
            assert!(others < 300, "{others} others at {place}");
        }
    }

    #[test]
    fn a_place_is_busy_from_so_many_visits_on() {
        let visit =
            |n: usize, place| DayVisit { person: n as u32, place, from: 5, until: 60, grade: Grade::Poster };
        let there = |place, count| (0..count).map(move |n| visit(n, place));
        let index = DayIndex::build(0, 0, there(3, super::BUSY - 1).chain(there(4, super::BUSY)).collect());
        assert!(index.crowd_at(3).unwrap().is_none());
        assert!(index.crowd_at(4).unwrap().is_some_and(|crowd| crowd.may_hold(0)));
    }
}
