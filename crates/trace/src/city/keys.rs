//! Keys in order, each with how many visits it has: who was there, or what kinds of visits which place had.
//!
//! ```text
//! first keys, level by level, each level with every 64th of the next, the highest with 64 at most (4 each)
//! nodes of 64 entries: where its visits begin (4), keys (4) …, numbers of their visits, 1 to 65,535 (2) …
//! ```
//!
//! The lowest level has the first key of each node. A key with more visits has several entries. So an entry takes six
//! bytes and an eighth, and a little for the higher levels. A question about one key reads 64 keys of each level, of
//! which all but the lowest stay in a core's own memory, and one node, which lies in one or two pages.

use super::pages::{Damaged, Pages, word};
use std::ops::Range;

/// Entries of a node; the last one may have fewer.
const NODE: usize = 64;
/// Bytes that come into a core's own memory together.
const LINE: usize = 64;
/// Bytes of a whole node.
const NODE_BYTES: usize = 4 + 6 * NODE;

/// Where the lists of one order lie, from the beginning of the body, and where its visits do.
#[derive(Clone, Copy)]
pub(super) struct Keys {
    at: usize,
    entries: usize,
    /// Eight bytes each, ordered by key.
    pub visits_at: usize,
}

/// A key, and the node that has it if any does.
#[derive(Clone, Copy)]
pub(super) struct Near {
    key: u32,
    node: usize,
}

/// The entry that is looked at next, and where its visits begin.
#[derive(Clone, Copy)]
pub(super) struct Cursor {
    entry: usize,
    visit: usize,
}

struct Node<'a> {
    begin: usize,
    keys: &'a [u8],
    counts: &'a [u8],
}

impl Node<'_> {
    fn count(&self, entry: usize) -> usize {
        usize::from(u16::from_le_bytes([self.counts[2 * entry], self.counts[2 * entry + 1]]))
    }
}

impl Keys {
    pub fn new(at: usize, entries: usize, visits_at: usize) -> Self {
        Self { at, entries, visits_at }
    }

    /// Bytes of the lists.
    pub fn bytes(&self) -> usize {
        4 * (self.first_keys() + self.nodes()) + 6 * self.entries
    }

    /// What lies behind the lists.
    pub fn end(&self) -> usize {
        self.at + self.bytes()
    }

    fn nodes(&self) -> usize {
        self.entries.div_ceil(NODE)
    }

    /// How many first keys each level has, from the lowest.
    fn levels(&self) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(self.nodes()), |below| (*below > NODE).then(|| below.div_ceil(NODE)))
    }

    fn first_keys(&self) -> usize {
        self.levels().sum()
    }

    fn node_at(&self, number: usize) -> usize {
        self.at + 4 * self.first_keys() + NODE_BYTES * number
    }

    /// A node, which is there.
    fn node<'a, B: AsRef<[u8]>>(&self, pages: &'a Pages<B>, number: usize) -> Result<Node<'a>, Damaged> {
        let at = self.node_at(number);
        let entries = NODE.min(self.entries - NODE * number);
        let (begin, entries) = pages.get(at..at + 4 + 6 * entries)?.split_at(4);
        let (keys, counts) = entries.split_at(entries.len() / 6 * 4);
        Ok(Node { begin: word(begin, 0) as usize, keys, counts })
    }

    /// Writes the lists for visits with these keys, in order; how many entries.
    pub fn write(keys: impl Iterator<Item = u32>, bytes: &mut Vec<u8>) -> usize {
        let mut entries = Vec::<(u32, u16)>::new();
        for key in keys {
            match entries.last_mut() {
                Some((last, count)) if *last == key && *count < u16::MAX => *count += 1,
                _ => entries.push((key, 1)),
            }
        }
        let levels: Vec<usize> = Self::new(0, entries.len(), 0).levels().collect();
        for level in (0..levels.len()).rev() {
            let firsts = entries.iter().step_by(NODE.pow(level as u32 + 1));
            firsts.for_each(|(key, _)| bytes.extend_from_slice(&key.to_le_bytes()));
        }
        let mut begin = 0_u32;
        for node in entries.chunks(NODE) {
            bytes.extend_from_slice(&begin.to_le_bytes());
            node.iter().for_each(|(key, _)| bytes.extend_from_slice(&key.to_le_bytes()));
            node.iter().for_each(|(_, count)| bytes.extend_from_slice(&count.to_le_bytes()));
            begin += node.iter().map(|(_, count)| u32::from(*count)).sum::<u32>();
        }
        entries.len()
    }

    /// The node that a key is in.
    pub fn near<B: AsRef<[u8]>>(&self, pages: &Pages<B>, key: u32) -> Result<Near, Damaged> {
        // Of each level, the last that is before the key leads to 64 of the next one, and at last to a node.
        let (mut at, mut node) = (self.at, 0);
        for level in (0..self.levels().count()).rev() {
            let keys = self.levels().nth(level).unwrap_or(0);
            let some = NODE * node..keys.min(NODE * (node + 1));
            let before = below(pages.get(at + 4 * some.start..at + 4 * some.end)?, key);
            node = some.start + before.saturating_sub(1);
            at += 4 * keys;
        }
        Ok(Near { key, node })
    }

    /// Reads a byte of each line of a node.
    pub fn touch_node<B: AsRef<[u8]>>(&self, pages: &Pages<B>, near: Near) {
        let at = self.node_at(near.node);
        (0..NODE_BYTES).step_by(LINE).for_each(|line| pages.touch(at + line));
    }

    /// Reads a byte of each of the first two lines of the visits under the cursor.
    pub fn touch_visits<B: AsRef<[u8]>>(&self, pages: &Pages<B>, cursor: Cursor) {
        let at = self.visits_at + 8 * cursor.visit;
        [at, at + LINE].into_iter().for_each(|at| pages.touch(at));
    }

    /// The first entry of a key or of a later one.
    pub fn seek<B: AsRef<[u8]>>(&self, pages: &Pages<B>, near: Near) -> Result<Cursor, Damaged> {
        if self.entries == 0 {
            return Ok(self.start());
        }
        let node = self.node(pages, near.node)?;
        let before = below(node.keys, near.key);
        let visits = (0..before).map(|entry| node.count(entry)).sum::<usize>();
        Ok(Cursor { entry: NODE * near.node + before, visit: node.begin + visits })
    }

    /// The entry under the cursor, with its visits, when its key is not beyond `last`; the cursor goes on.
    pub fn next<B: AsRef<[u8]>>(
        &self,
        pages: &Pages<B>,
        cursor: &mut Cursor,
        last: u32,
    ) -> Result<Option<(u32, Range<usize>)>, Damaged> {
        if cursor.entry >= self.entries {
            return Ok(None);
        }
        let node = self.node(pages, cursor.entry / NODE)?;
        let key = word(node.keys, cursor.entry % NODE);
        if key > last {
            return Ok(None);
        }
        let visits = cursor.visit..cursor.visit + node.count(cursor.entry % NODE);
        *cursor = Cursor { entry: cursor.entry + 1, visit: visits.end };
        Ok(Some((key, visits)))
    }

    /// The cursor before everything.
    pub fn start(&self) -> Cursor {
        Cursor { entry: 0, visit: 0 }
    }
}

/// How many of some keys in order are below one. Going through 64 takes no longer than halving, which guesses.
fn below(keys: &[u8], key: u32) -> usize {
    keys.chunks_exact(4).map(|bytes| u32::from(word(bytes, 0) < key)).sum::<u32>() as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::city::pages::sums;
    use proptest::prelude::*;

    fn written(keys: &[u32]) -> (Keys, Pages<Vec<u8>>) {
        let mut bytes = Vec::new();
        let entries = Keys::write(keys.iter().copied(), &mut bytes);
        let body = 0..bytes.len();
        let of_pages: Vec<u8> = sums(&bytes).flat_map(u32::to_le_bytes).collect();
        bytes.extend(of_pages);
        let lists = Keys::new(0, entries, 0);
        assert_eq!(lists.bytes(), body.end);
        (lists, Pages::new(bytes, body))
    }

    fn visits_of(lists: &Keys, pages: &Pages<Vec<u8>>, key: u32) -> Vec<usize> {
        let mut cursor = lists.seek(pages, lists.near(pages, key).unwrap()).unwrap();
        let mut visits = Vec::new();
        while let Some((found, range)) = lists.next(pages, &mut cursor, key).unwrap() {
            assert_eq!(found, key);
            visits.extend(range);
        }
        visits
    }

    #[test]
    fn a_key_with_more_visits_than_an_entry_counts_has_several() {
        let keys: Vec<u32> = [vec![3; 7], vec![5; 200_000], vec![9; 2]].concat();
        let (lists, pages) = written(&keys);
        assert_eq!(lists.entries, 6);
        assert_eq!(visits_of(&lists, &pages, 5), (7..200_007).collect::<Vec<_>>());
        assert_eq!(visits_of(&lists, &pages, 9), [200_007, 200_008]);
        assert!(visits_of(&lists, &pages, 4).is_empty() && visits_of(&lists, &pages, 10).is_empty());
    }

    proptest! {
        #[test]
        fn every_key_has_its_visits_and_no_other_has_any(
            mut keys in prop::collection::vec(0..400_u32, 0..900), none in prop::bool::weighted(0.1),
        ) {
            if none { keys.clear() }
            keys.sort_unstable();
            let (lists, pages) = written(&keys);
            for key in 0..=400 {
                let wanted: Vec<usize> = (0..keys.len()).filter(|at| keys[*at] == key).collect();
                prop_assert_eq!(visits_of(&lists, &pages, key), wanted);
            }
        }
    }
}
