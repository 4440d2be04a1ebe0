//! How many of what an index has, which says where everything lies; and the head that keeps it.

use super::crowds::Crowds;
use super::keys::Keys;
use super::pages::{Damaged, PAGE, sums, word};

pub(super) const MAGIC: u32 = u32::from_le_bytes(*b"hcdi");
/// 3: with sets of who was at busy places. 2: visits at a place lie by kind, with shorter lists.
pub(super) const VERSION: u32 = 3;
/// Bytes of the head; the body is behind it.
pub(super) const HEAD: usize = 64;
/// Bytes of a visit.
pub(super) const VISIT: usize = 8;
/// Visits by place of which one start is listed: searching the visits themselves would bring in a page each time.
pub(super) const BLOCK: usize = 64;

/// How many of what there are.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub visits: usize,
    /// Entries of places.
    pub places: usize,
    /// Entries of people.
    pub people: usize,
    /// Places with a set of who was there.
    pub busy: usize,
    /// Words of the sets.
    pub words: usize,
}

/// Of which day, and of how much of its home, an index is.
#[derive(Clone, Copy)]
pub(super) struct Of {
    pub day: i32,
    pub covered: u64,
}

impl Shape {
    /// Blocks of visits by place, the last one perhaps not full.
    pub fn blocks(&self) -> usize {
        self.visits.div_ceil(BLOCK)
    }

    /// Where the starts of the blocks lie, from the beginning of the body.
    pub fn starts_at(&self) -> usize {
        2 * VISIT * self.visits
    }

    /// The lists of places.
    pub fn places(&self) -> Keys {
        Keys::new(self.starts_at() + 2 * self.blocks(), self.places, 0)
    }

    /// The lists of people.
    pub fn people(&self) -> Keys {
        let places = self.places();
        Keys::new(places.end(), self.people, VISIT * self.visits)
    }

    /// The sets of who was at busy places.
    pub fn crowds(&self) -> Crowds {
        Crowds { at: self.people().end(), places: self.busy, words: self.words }
    }

    /// Bytes of the body.
    pub fn body(&self) -> usize {
        self.crowds().end()
    }

    /// Puts the sums behind a body that is whole, and the head before it, for which there is room.
    pub fn finish(&self, bytes: &mut Vec<u8>, of: Of) {
        let of_pages: Vec<u8> = sums(&bytes[HEAD..]).flat_map(u32::to_le_bytes).collect();
        let sum_of_sums = crc32fast::hash(&of_pages);
        bytes.extend_from_slice(&of_pages);
        let Self { visits, places, people, busy, words } = *self;
        let [visits, places, people, busy, words] =
            [visits, places, people, busy, words].map(|count| count as u32);
        let (low, high) = (of.covered as u32, (of.covered >> 32) as u32);
        let day = of.day.cast_unsigned();
        let head = [MAGIC, VERSION, day, visits, places, people, low, high, sum_of_sums, busy, words];
        for (at, value) in head.into_iter().enumerate() {
            bytes[at * 4..at * 4 + 4].copy_from_slice(&value.to_le_bytes());
        }
        let sum = crc32fast::hash(&bytes[..HEAD - 4]);
        bytes[HEAD - 4..HEAD].copy_from_slice(&sum.to_le_bytes());
    }

    /// Reads what [`Shape::finish`] wrote, and checks the head and the sums.
    pub fn read(bytes: &[u8]) -> Result<(Self, Of), Damaged> {
        let head = |what| Damaged { what, at: 0 };
        if bytes.len() < HEAD
            || word(bytes, 15) != crc32fast::hash(&bytes[..HEAD - 4])
            || word(bytes, 0) != MAGIC
        {
            return Err(head("the head of an index"));
        }
        if word(bytes, 1) != VERSION {
            return Err(head("an index of another version"));
        }
        let [visits, places, people, busy, words] = [3, 4, 5, 9, 10].map(|at| word(bytes, at) as usize);
        let shape = Self { visits, places, people, busy, words };
        let end = HEAD + shape.body();
        let length = end + 4 * shape.body().div_ceil(PAGE);
        if bytes.len() != length || word(bytes, 8) != crc32fast::hash(&bytes[end..]) {
            return Err(Damaged { what: "the length or the sums of an index", at: end.min(bytes.len()) });
        }
        let covered = u64::from(word(bytes, 7)) << 32 | u64::from(word(bytes, 6));
        Ok((shape, Of { day: word(bytes, 2).cast_signed(), covered }))
    }
}
