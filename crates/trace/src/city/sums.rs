//! At most how long someone was together with the one who is asked about: exact enough to forget most people, and never
//! too little.

/// Sums by person in a table that people may share: so a sum may be too large, and is never too small. Adding up and
/// looking up take one access each, whoever it is.
#[derive(Default)]
pub(super) struct Sums {
    seconds: Vec<u32>,
    shift: u32,
}

impl Sums {
    /// Empties it and makes it large enough for so many times.
    pub fn reset(&mut self, times: usize) {
        // A quarter full at most, so that few share; small enough to stay in a core's own memory.
        let bits = (4 * times).next_power_of_two().trailing_zeros().max(8);
        self.seconds.clear();
        self.seconds.resize(1 << bits, 0);
        self.shift = 64 - bits;
    }

    fn slot(&self, person: u32) -> usize {
        // Spreads numbers that may lie close together; the first bits are the best.
        (u64::from(person).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> self.shift) as usize
    }

    /// Adds a time.
    pub fn add(&mut self, person: u32, seconds: u32) {
        let slot = self.slot(person);
        self.seconds[slot] = self.seconds[slot].saturating_add(seconds);
    }

    /// At least what was added for the person; in seconds.
    pub fn at_most(&self, person: u32) -> u32 {
        self.seconds[self.slot(person)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn no_sum_is_too_small_and_most_are_exact(
            times in prop::collection::vec((0..1_000_000_u32, 1..86_400_u32), 1..600),
        ) {
            let (mut sums, mut exact) = (Sums::default(), BTreeMap::<u32, u32>::new());
            sums.reset(times.len());
            for (person, seconds) in &times {
                sums.add(*person, *seconds);
                *exact.entry(*person).or_default() += seconds;
            }
            let wrong = exact.iter().filter(|(person, sum)| sums.at_most(**person) > **sum).count();
            prop_assert!(exact.iter().all(|(person, sum)| sums.at_most(*person) >= *sum));
            prop_assert!(wrong <= 4 + exact.len() / 2, "{} of {}", wrong, exact.len());
        }
    }

    #[test]
    fn a_sum_that_no_number_holds_stays_the_largest() {
        let mut sums = Sums::default();
        sums.reset(2);
        sums.add(1, u32::MAX);
        sums.add(1, 5);
        assert_eq!(sums.at_most(1), u32::MAX);
    }
}
