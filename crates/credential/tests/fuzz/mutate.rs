//! Inputs made of other inputs by seeded chance.

/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
pub struct Chance(u64);

/// Bytes in which lengths, types and ends are written.
const TELLING: [u8; 14] = [0, 1, 0x1B, 0x5B, 0x5F, 0x7F, 0x80, 0x9B, 0x9F, 0xBF, 0xD2, 0xFB, 0xFE, 0xFF];

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Below `end`; zero where that is zero.
    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    /// One of the inputs after one to four changes.
    pub fn changed(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut input = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(4) {
            let other = &seeds[self.below(seeds.len())];
            self.change(&mut input, other);
        }
        input
    }

    fn change(&mut self, input: &mut Vec<u8>, other: &[u8]) {
        let at = self.below(input.len());
        match (self.below(10), input.get_mut(at)) {
            (0 | 1, Some(byte)) => *byte ^= 1 << self.below(8),
            (2, Some(byte)) => *byte = TELLING[self.below(TELLING.len())],
            // Texts stay texts.
            (3, Some(byte)) => *byte = b' ' + self.below(95) as u8,
            (4, _) => input.insert(at, TELLING[self.below(TELLING.len())]),
            (5, _) => input.truncate(at),
            (6, _) => drop(input.drain(at..(at + 1 + self.below(8)).min(input.len()))),
            // The beginning of one and the end of another.
            (7, _) => {
                input.truncate(at);
                input.extend(&other[self.below(other.len())..]);
            }
            // A part, many times over.
            (8, _) => {
                let part = input[at..(at + 1 + self.below(16)).min(input.len())].to_vec();
                let times = 1 + self.below(200);
                input.splice(at..at, part.repeat(times));
            }
            // A length that nothing has.
            _ => {
                let far = [0x1B, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF];
                let head = [0x1A, 0x5A, 0x7A, 0x9A, 0xBA][self.below(5)];
                let near = [head, 0x7F, 0xFF, 0xFF, 0xFF];
                let length: &[u8] = if self.below(2) == 0 { &far } else { &near };
                let end = (at + self.below(length.len() + 1)).min(input.len());
                input.splice(at..end, length.iter().copied());
            }
        }
    }
}
