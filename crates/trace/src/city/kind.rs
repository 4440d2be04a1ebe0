//! Kinds of visits at a place: how long, and whether of someone who was there once or again.

/// Every kind holds visits shorter than one of these, in seconds. Near the minimum that definitions ask for they are
/// finer, since what is shorter than it matters little; else they say how far back a question must look.
const SHORTER_THAN: [u32; 8] = [300, 600, 900, 1_800, 3_600, 7_200, 14_400, super::DAY_SECONDS + 1];
/// Bits of a kind.
pub(super) const KIND_BITS: u32 = 4;
const AGAIN: u32 = 8;

/// What visits of a run have in common.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Kind(u32);

impl Kind {
    /// `again` says that the person has other visits there that day, in the same index.
    pub fn of(seconds: u32, again: bool) -> Self {
        let length = SHORTER_THAN[..7].partition_point(|bound| *bound <= seconds) as u32;
        Self(length | if again { AGAIN } else { 0 })
    }

    /// A place and a kind in one number, ordered by place.
    pub fn key(self, place: u32) -> u32 {
        place << KIND_BITS | self.0
    }

    /// What [`Kind::key`] put in.
    pub fn read(key: u32) -> (u32, Self) {
        (key >> KIND_BITS, Self(key & ((1 << KIND_BITS) - 1)))
    }

    /// No visit of the kind lasts longer, in seconds.
    pub fn longest(self) -> u32 {
        SHORTER_THAN[(self.0 & (AGAIN - 1)) as usize] - 1
    }

    /// Whether nobody has two visits in all runs that are alone at a place, in one index.
    pub fn is_alone(self) -> bool {
        self.0 & AGAIN == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::city::{DAY_SECONDS, MOST_NUMBERS};

    #[test]
    fn every_length_is_of_the_kind_that_it_just_fits_in() {
        for (seconds, longest) in
            [(1, 299), (299, 299), (300, 599), (899, 899), (900, 1_799), (14_400, 86_400)]
        {
            assert_eq!(Kind::of(seconds, false).longest(), longest, "{seconds}");
        }
        assert_eq!(Kind::of(DAY_SECONDS, true).longest(), DAY_SECONDS);
    }

    #[test]
    fn a_key_gives_back_place_and_kind_and_is_ordered_by_place() {
        for again in [false, true] {
            let kind = Kind::of(DAY_SECONDS, again);
            assert_eq!(Kind::read(kind.key(MOST_NUMBERS - 1)), (MOST_NUMBERS - 1, kind));
            assert_eq!(kind.is_alone(), !again);
            assert!(kind.key(7) < Kind::of(1, false).key(8));
        }
    }
}
