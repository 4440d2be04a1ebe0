//! Who lives with whom: sizes of households and ages within them.

use super::place::{PointKind, PointMap};
use super::{CityFault, draw};
use crate::random::Random;
use healthcode_core::time::Day;

/// Sequence numbers of identity cards up to 899 are the residents'; the others are left to the
/// [cast](crate::cast).
const LAST_SEQUENCE: u16 = 899;

/// Households in a hundred with one to six people: in the order of China's census of 2020, where the mean was 2.6.
const SIZES: [u32; 6] = [25, 30, 21, 13, 7, 4];

/// A household: residents with numbers from `first`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Household {
    pub(super) first: u32,
    pub(super) size: u8,
    pub(super) street: u32,
}

/// What is kept of a resident; all else is drawn again from seed and number when asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dweller {
    pub(super) household: u32,
    pub(super) born: Day,
    /// Sequence number of the identity card among those born that day; odd for men, even for women.
    pub(super) sequence: u16,
    /// Where the resident works or goes to school.
    pub(super) anchor: Option<u32>,
}

/// Draws households until all residents have a home.
pub(super) fn settle(
    seed: u64,
    residents: u32,
    today: Day,
    map: &PointMap,
    streets: u32,
) -> Result<(Vec<Household>, Vec<Dweller>), CityFault> {
    let mut random = Random::stream(seed, &[draw::HOUSEHOLDS]);
    let mut births = Births::new(today)?;
    let mut households = Vec::with_capacity(residents as usize / 2);
    let mut dwellers = Vec::with_capacity(residents as usize);
    while (dwellers.len() as u32) < residents {
        let first = dwellers.len() as u32;
        let size = (random.weighted(&SIZES) as u32 + 1).min(residents - first);
        let street = random.below(streets);
        let number = households.len() as u32;
        households.push(Household { first, size: size as u8, street });
        for (place, age) in ages(size, &mut random).into_iter().take(size as usize).enumerate() {
            let man = if size > 1 && place < 2 { place == 0 } else { random.chance(50) };
            let (born, sequence) = births.next(age, man, &mut random);
            let anchor = anchor(age, street, map, &mut random);
            dwellers.push(Dweller { household: number, born, sequence, anchor });
        }
    }
    Ok((households, dwellers))
}

/// Ages of the members: one or two adults, then children, then elders.
fn ages(size: u32, random: &mut Random) -> [u32; 6] {
    let couple = match size {
        1 | 2 => random.between(20, 88),
        3 => random.between(24, 60),
        _ => random.between(26, 50),
    };
    let partner = (couple + random.below(7)).saturating_sub(3).max(20);
    let oldest_child = couple.saturating_sub(22);
    let (third, fourth) = (random.between(0, oldest_child.min(29)), random.between(0, oldest_child.min(25)));
    let elder = (couple + random.between(22, 32)).min(95);
    [couple, partner, third, fourth, elder, elder - 2]
}

/// Pupils go to a school of their street; four adults of working age in five work somewhere in the city.
fn anchor(age: u32, street: u32, map: &PointMap, random: &mut Random) -> Option<u32> {
    const KINDS: [(PointKind, u32); 6] = [
        (PointKind::Workplace, 58),
        (PointKind::Office, 25),
        (PointKind::School, 5),
        (PointKind::Shop, 6),
        (PointKind::Market, 3),
        (PointKind::Transport, 3),
    ];
    match age {
        6..=18 => Some(map.near(PointKind::School, street, random)),
        19..=60 if random.chance(80) => {
            let kind = KINDS[random.weighted(&KINDS.map(|(_, weight)| weight))].0;
            Some(map.anywhere(kind, random))
        }
        _ => None,
    }
}

/// Hands out birthdays and sequence numbers so that no two residents share an identity card number.
struct Births {
    first: Day,
    today: Day,
    /// How many were born on a day: women first, then men.
    taken: Vec<[u16; 2]>,
}

impl Births {
    fn new(today: Day) -> Result<Self, CityFault> {
        let (Some(first), Some(from), Some(until)) =
            (Day::from_ymd(1900, 1, 1), Day::from_ymd(2000, 1, 1), Day::from_ymd(2200, 1, 1))
        else {
            return Err(CityFault::Today(today));
        };
        if today < from || today >= until {
            return Err(CityFault::Today(today));
        }
        Ok(Self { first, today, taken: vec![[0; 2]; (today.0 - first.0 + 1) as usize] })
    }

    /// A birthday for someone `age` years old today; the day before when that day's numbers are used up.
    fn next(&mut self, age: u32, man: bool, random: &mut Random) -> (Day, u16) {
        let ago = age * 36_525 / 100 + random.below(365);
        let latest = (self.today.0 - self.first.0) as usize;
        let mut day = latest.saturating_sub(ago as usize);
        loop {
            let sequence = self.taken[day][usize::from(man)] * 2 + u16::from(man);
            if sequence <= LAST_SEQUENCE {
                self.taken[day][usize::from(man)] += 1;
                return (self.first.plus(day as i32), sequence);
            }
            // Ends: the most residents allowed are fewer than the numbers of the days since 1900.
            day = day.checked_sub(1).unwrap_or(latest);
        }
    }
}
