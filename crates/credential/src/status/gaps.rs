//! A sorted list of indexes as Rice-coded gaps: for each index the gap since the one before, of which the lowest
//! `k` bits are written as they are and the rest in unary.
//!
//! For indexes drawn at random this comes within three hundredths of the least number of bits there can be
//! (Golomb, "Run-length encodings", 1966; Rice's codes are those of a power of two), and, whatever the list, it takes
//! no more than a bit for every index of the table and `k` + 1 for every one listed. `k` follows from size and count
//! alone, so that a list has one encoding only.

/// Why bytes are no list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GapsFault {
    /// More indexes than the table has, or one beyond its size.
    #[error("an index lies beyond the table")]
    Range,
    /// The bytes end too early.
    #[error("the list ends too early")]
    Short,
    /// Bytes or bits after the end.
    #[error("something follows the end of the list")]
    Trailing,
}

/// How many low bits of a gap are written as they are: those of the mean gap.
fn low_bits(size: u32, count: u32) -> u32 {
    (size / count.max(1)).max(1).ilog2()
}

/// Writes indexes that ascend strictly and lie below `size`.
pub fn write(size: u32, indexes: &[u32]) -> Vec<u8> {
    let k = low_bits(size, indexes.len() as u32);
    let mut out =
        Bits { bytes: Vec::with_capacity(indexes.len() * (k as usize + 2) / 8 + 8), buffer: 0, filled: 0 };
    let mut next = 0;
    for index in indexes {
        let gap = index - next;
        next = index + 1;
        out.unary(gap >> k);
        out.push(u64::from(gap & ((1 << k) - 1)), k);
    }
    out.end()
}

/// Reads `count` indexes below `size`, each handed to `each` in ascending order; refuses what [`write()`] does not write.
pub fn read(size: u32, count: u32, bytes: &[u8], mut each: impl FnMut(u32)) -> Result<(), GapsFault> {
    if count > size {
        return Err(GapsFault::Range);
    }
    let k = low_bits(size, count);
    let mut input = BitReader { bytes, place: 0, buffer: 0, filled: 0 };
    let mut next: u32 = 0;
    for _ in 0..count {
        let high = input.unary(size >> k)?;
        let gap = high << k | input.take(k)?;
        let index = next.checked_add(gap).filter(|index| *index < size).ok_or(GapsFault::Range)?;
        each(index);
        next = index + 1;
    }
    input.end()
}

/// Bits written, the lowest of each byte first.
struct Bits {
    bytes: Vec<u8>,
    buffer: u64,
    filled: u32,
}

impl Bits {
    /// Up to 32 bits.
    fn push(&mut self, bits: u64, count: u32) {
        self.buffer |= bits << self.filled;
        self.filled += count;
        while self.filled >= 8 {
            self.bytes.push(self.buffer as u8);
            self.buffer >>= 8;
            self.filled -= 8;
        }
    }

    /// So many ones, and a zero.
    fn unary(&mut self, mut ones: u32) {
        while ones >= 32 {
            self.push(0xFFFF_FFFF, 32);
            ones -= 32;
        }
        self.push((1 << ones) - 1, ones + 1);
    }

    fn end(mut self) -> Vec<u8> {
        if self.filled > 0 {
            self.bytes.push(self.buffer as u8);
        }
        self.bytes
    }
}

struct BitReader<'a> {
    bytes: &'a [u8],
    place: usize,
    buffer: u64,
    filled: u32,
}

impl BitReader<'_> {
    fn fill(&mut self) {
        while self.filled <= 55
            && let Some(byte) = self.bytes.get(self.place)
        {
            self.buffer |= u64::from(*byte) << self.filled;
            self.place += 1;
            self.filled += 8;
        }
    }

    fn take(&mut self, count: u32) -> Result<u32, GapsFault> {
        self.fill();
        if count > self.filled {
            return Err(GapsFault::Short);
        }
        let bits = self.buffer & ((1 << count) - 1);
        self.buffer >>= count;
        self.filled -= count;
        Ok(bits as u32)
    }

    fn unary(&mut self, most: u32) -> Result<u32, GapsFault> {
        let mut ones = 0;
        loop {
            self.fill();
            let run = self.buffer.trailing_ones().min(self.filled);
            ones += run;
            if ones > most {
                return Err(GapsFault::Range);
            }
            if run < self.filled {
                // The zero that ends it; at most 63 bits are filled.
                self.buffer >>= run + 1;
                self.filled -= run + 1;
                return Ok(ones);
            }
            (self.buffer, self.filled) = (0, 0);
            if self.place == self.bytes.len() {
                return Err(GapsFault::Short);
            }
        }
    }

    /// Only the unused bits of the last byte are left, and they are zero.
    fn end(&mut self) -> Result<(), GapsFault> {
        self.fill();
        if self.filled < 8 && self.buffer == 0 { Ok(()) } else { Err(GapsFault::Trailing) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(size: u32, count: u32, bytes: &[u8]) -> Result<Vec<u32>, GapsFault> {
        let mut found = Vec::new();
        read(size, count, bytes, |index| found.push(index))?;
        Ok(found)
    }

    proptest! {
        #[test]
        fn a_list_is_read_as_it_was_written(
            indexes in prop::collection::btree_set(0u32..100_000, 0..400), beyond in 0u32..1_000_000,
        ) {
            let indexes: Vec<_> = indexes.into_iter().collect();
            let size = indexes.last().map_or(1, |last| last + 1) + beyond;
            let bytes = write(size, &indexes);
            prop_assert_eq!(all(size, indexes.len() as u32, &bytes).unwrap(), indexes);
        }

        #[test]
        fn what_is_accepted_is_the_one_encoding(
            bytes in prop::collection::vec(any::<u8>(), 0..40), size in 1u32..500, count in 0u32..60,
        ) {
            if let Ok(indexes) = all(size, count, &bytes) {
                prop_assert!(indexes.is_sorted() && indexes.iter().all(|index| *index < size));
                prop_assert_eq!(write(size, &indexes), bytes);
            }
        }
    }

    #[test]
    fn a_full_table_takes_a_bit_an_index_and_an_empty_one_nothing() {
        let full: Vec<u32> = (0..1_000).collect();
        assert_eq!(write(1_000, &full).len(), 125);
        assert_eq!(write(1_000, &[]).len(), 0);
        assert_eq!(all(1_000, 1_000, &write(1_000, &full)).unwrap(), full);
    }

    #[test]
    fn a_run_without_end_or_beyond_the_table_is_refused() {
        assert_eq!(all(1 << 28, 1 << 20, &[0xFF; 40]), Err(GapsFault::Short));
        assert_eq!(all(10, 2, &[0xFF; 40]), Err(GapsFault::Range));
        assert_eq!(all(10, 11, &[]), Err(GapsFault::Range));
        assert_eq!(all(10, 0, &[0]), Err(GapsFault::Trailing));
        assert_eq!(all(u32::MAX, 1, &[]), Err(GapsFault::Short));
    }
}
