//! Seeded chance: the same seed gives the same numbers on every machine. Never for keys or tokens.

/// SplitMix64, after Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014), with
/// their constants and finaliser (Stafford's variant 13). One word of state, so a stream of its own for every
/// person and day costs nothing.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

/// The odd number nearest to 2^64 divided by the golden ratio: the step between states.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// Spreads 64 bits over 64 bits; different inputs give different outputs.
pub(crate) const fn mix(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

impl Random {
    /// The numbers of one seed.
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A stream of its own for a seed and a path such as `[HOUSEHOLD, number]`.
    pub fn stream(seed: u64, path: &[u64]) -> Self {
        let state = path.iter().fold(mix(seed), |state, part| mix(state ^ mix(part.wrapping_add(STEP))));
        Self::new(state)
    }

    /// Any of the 2^64 numbers.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        mix(self.state)
    }

    /// A number from 0 to `limit` - 1, and 0 for a `limit` of 0. Multiplies and shifts; the bias is below 2^-32.
    pub fn below(&mut self, limit: u32) -> u32 {
        let high = self.next_u64() >> 32;
        ((high * u64::from(limit)) >> 32) as u32
    }

    /// A number from `first` to `last`, both included; `first` when they are the wrong way round.
    pub fn between(&mut self, first: u32, last: u32) -> u32 {
        first.saturating_add(self.below(last.saturating_sub(first).saturating_add(1)))
    }

    /// True in `percent` of a hundred cases.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// One of `all`, each as likely; `None` when there is none.
    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len() as u32) as usize)
    }

    /// The place in `weights` that a draw in proportion to them falls on; 0 when all are 0.
    pub fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (at, weight) in weights.iter().enumerate() {
            if left < *weight {
                return at;
            }
            left -= weight;
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_numbers_are_those_of_the_published_generator() {
        // First outputs for the seed 1234567, as listed with the generator on Rosetta Code.
        let mut random = Random::new(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| random.next_u64()).collect();
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn streams_of_neighbouring_paths_differ() {
        let first = |path: &[u64]| Random::stream(7, path).next_u64();
        assert_ne!(first(&[1, 2]), first(&[2, 1]));
        assert_ne!(first(&[1]), first(&[1, 0]));
        assert_eq!(first(&[1, 2]), first(&[1, 2]));
    }

    #[test]
    fn draws_keep_to_their_limits_and_weights() {
        let mut random = Random::new(1);
        assert_eq!(random.below(0), 0);
        assert_eq!(random.pick::<u8>(&[]), None);
        assert_eq!(random.weighted(&[]), 0);
        let mut counts = [0_u32; 3];
        for _ in 0..30_000 {
            assert!((3..=5).contains(&random.between(3, 5)));
            counts[random.weighted(&[1, 0, 3])] += 1;
        }
        assert_eq!(counts[1], 0);
        assert!((7_000..8_000).contains(&counts[0]), "{counts:?}");
    }
}
