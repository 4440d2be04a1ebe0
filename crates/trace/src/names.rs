//! Ids as numbers: each distinct text is kept once and numbered in the order of first appearance.

use foldhash::fast::RandomState;
use std::hash::BuildHasher;

/// Bytes before each text: its number, and its length in bytes.
const HEAD: usize = 6;
/// Texts begin at multiples of this, so that 32 bits say where.
const STEP: usize = 8;

/// Texts and their numbers. Open addressing over one array; number, length and text lie together, so that a look-up
/// touches two places in memory.
#[derive(Clone)]
pub(crate) struct Names {
    texts: Vec<u8>,
    /// Where each number's text begins, in steps.
    starts: Vec<u32>,
    /// Upper half: hash; lower half: where the text begins + 1, in steps; 0 is free. The length is a power of two.
    slots: Vec<u64>,
    /// Keyed, so that nobody can choose ids that all collide. No result depends on the key.
    keyed: RandomState,
}

impl Names {
    pub fn new() -> Self {
        let (texts, starts, keyed) = (Vec::new(), Vec::new(), RandomState::default());
        Self { texts, starts, slots: vec![0; 64], keyed }
    }

    /// How many there are; numbers run from 0 to one less.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// The text of a number that [`Names::number`] gave.
    pub fn text(&self, number: u32) -> &str {
        let (_, text) = self.entry(self.starts[number as usize]);
        // Cannot fail: it was a text.
        std::str::from_utf8(text).unwrap_or_default()
    }

    /// The number of a text, when it has one.
    pub fn find(&self, text: &str) -> Option<u32> {
        self.probe(self.hash(text), text).ok()
    }

    /// The number of a text of at most 65,535 bytes, a new one where it is new; `None` when 32 GiB are full.
    pub fn number(&mut self, text: &str) -> Option<u32> {
        let hash = self.hash(text);
        let at = match self.probe(hash, text) {
            Ok(number) => return Some(number),
            Err(at) => at,
        };
        let number = u32::try_from(self.starts.len()).ok()?;
        let length = u16::try_from(text.len()).ok()?;
        let start = u32::try_from(self.texts.len() / STEP).ok().filter(|start| *start < u32::MAX)?;
        self.texts.extend_from_slice(&number.to_le_bytes());
        self.texts.extend_from_slice(&length.to_le_bytes());
        self.texts.extend_from_slice(text.as_bytes());
        self.texts.resize(self.texts.len().next_multiple_of(STEP), 0);
        self.starts.push(start);
        self.slots[at] = hash << 32 | (u64::from(start) + 1);
        if self.starts.len() * 4 > self.slots.len() * 3 {
            self.grow();
        }
        Some(number)
    }

    fn hash(&self, text: &str) -> u64 {
        self.keyed.hash_one(text.as_bytes()) >> 32
    }

    /// Number and text of what begins there.
    fn entry(&self, start: u32) -> (u32, &[u8]) {
        let entry = &self.texts[start as usize * STEP..];
        let number = u32::from_le_bytes([entry[0], entry[1], entry[2], entry[3]]);
        let length = usize::from(u16::from_le_bytes([entry[4], entry[5]]));
        (number, &entry[HEAD..HEAD + length])
    }

    /// The number of a text, or the free slot where it belongs.
    fn probe(&self, hash: u64, text: &str) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let slot = self.slots[at];
            if slot == 0 {
                return Err(at);
            }
            if slot >> 32 == hash {
                let (number, found) = self.entry((slot as u32) - 1);
                if found == text.as_bytes() {
                    return Ok(number);
                }
            }
            at = (at + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let mut wider = vec![0; self.slots.len() * 2];
        let mask = wider.len() - 1;
        for slot in self.slots.iter().filter(|slot| **slot != 0) {
            let mut at = (slot >> 32) as usize & mask;
            while wider[at] != 0 {
                at = (at + 1) & mask;
            }
            wider[at] = *slot;
        }
        self.slots = wider;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_has_one_number_and_each_number_its_text() {
        let mut names = Names::new();
        let texts: Vec<String> = (0..10_000).map(|n| format!("人{}", n % 4_000)).collect();
        let numbers: Vec<u32> = texts.iter().map(|text| names.number(text).unwrap()).collect();
        assert_eq!(names.len(), 4_000);
        for (text, number) in texts.iter().zip(&numbers) {
            assert_eq!(names.text(*number), text);
        }
        assert_eq!(numbers[..4_000], (0..4_000).collect::<Vec<u32>>());
    }
}
