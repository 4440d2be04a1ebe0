//! Names of the streams of chance, so that a change of one part of the city leaves the others as they were.

use crate::random::Random;

/// The size and make-up of all households.
pub(super) const HOUSEHOLDS: u64 = 1;
/// A household's surname.
pub(super) const HOUSEHOLD: u64 = 2;
/// A resident's given name.
pub(super) const NAME: u64 = 3;
/// A resident's visits of one day.
pub(super) const DAY: u64 = 4;
/// Ids of the cast.
pub(crate) const CAST: u64 = 8;
/// Ids of residents.
pub(super) const PERSON: u64 = 5;
/// Where a household shops.
pub(super) const HABITS: u64 = 7;
/// Ids of collection points.
pub(super) const POINT: u64 = 6;

/// 128 bits as 32 hexadecimal digits. Within one seed and one stream no two numbers give the same text: the first
/// half of it is a bijection of the number.
pub(crate) fn id_text(seed: u64, stream: u64, number: u32) -> String {
    let high = crate::random::mix(Random::stream(seed, &[stream]).next_u64() ^ u64::from(number));
    let low = Random::stream(seed, &[stream, u64::from(number)]).next_u64();
    format!("{high:016x}{low:016x}")
}
