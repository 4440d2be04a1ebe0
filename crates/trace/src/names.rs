//! Ids as numbers: each distinct text is kept once and numbered in the order of first appearance.

use std::hash::{BuildHasher, RandomState};

/// Texts and their numbers. Open addressing over one array; the texts lie in one string, end to end.
pub(crate) struct Names {
    text: String,
    ends: Vec<usize>,
    /// Upper half: hash; lower half: number + 1; 0 is free. The length is a power of two.
    slots: Vec<u64>,
    /// Keyed, so that nobody can choose ids that all collide. No result depends on the key.
    keyed: RandomState,
}

impl Names {
    pub fn new() -> Self {
        Self { text: String::new(), ends: Vec::new(), slots: vec![0; 64], keyed: RandomState::new() }
    }

    /// How many there are; numbers run from 0 to one less.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The text of a number that [`Names::number`] gave.
    pub fn text(&self, number: u32) -> &str {
        let number = number as usize;
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        &self.text[start..self.ends[number]]
    }

    /// The number of a text, a new one where it is new; `None` when four thousand million are taken.
    pub fn number(&mut self, text: &str) -> Option<u32> {
        let hash = self.keyed.hash_one(text) >> 32;
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let slot = self.slots[at];
            if slot == 0 {
                break;
            }
            let number = (slot as u32) - 1;
            if slot >> 32 == hash && self.text(number) == text {
                return Some(number);
            }
            at = (at + 1) & mask;
        }
        let number = u32::try_from(self.ends.len()).ok().filter(|number| *number < u32::MAX)?;
        self.text.push_str(text);
        self.ends.push(self.text.len());
        self.slots[at] = hash << 32 | (u64::from(number) + 1);
        if self.ends.len() * 4 > self.slots.len() * 3 {
            self.grow();
        }
        Some(number)
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
