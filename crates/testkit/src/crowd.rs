//! Visits of a crowd, for measuring: few places are very busy and most are quiet, people come back to places of their
//! own, the busier a place the shorter they stay, some stay over midnight. The same seed gives the same visits on
//! every machine.

use crate::random::Random;

/// A crowd and its visits, drawn anew each time they are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Crowd {
    /// What everything is drawn from.
    pub seed: u64,
    /// Numbered from 0.
    pub people: u32,
    /// Numbered from 0, busier ones first.
    pub places: u32,
    /// All visits.
    pub visits: u64,
    /// Over which they are spread.
    pub days: u32,
    /// The first of the days, since 1970-01-01.
    pub first_day: i32,
}

/// Someone at a place, in seconds since 1970.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CrowdVisit {
    /// Who.
    pub person: u32,
    /// Where.
    pub place: u32,
    /// The first second there.
    pub from: i64,
    /// The first second after leaving.
    pub until: i64,
}

/// No visit lasts longer, in seconds.
pub const LONGEST: i64 = 10 * 3600;

/// Of a thousand places, from the busiest on, so many are passed through (stations, markets), and so many more are
/// stayed at for a while (shops, restaurants); the others are stayed at for long (offices, homes).
const PASSED_THROUGH: u32 = 2;
const STAYED_AT: u32 = 100;
/// Places that somebody comes back to.
const OWN_PLACES: u32 = 4;

impl Crowd {
    /// The visits of a day from 0, in no order.
    pub fn visits_of_day(self, day: u32) -> impl Iterator<Item = CrowdVisit> {
        let mut random = Random::stream(self.seed, &[1, u64::from(day)]);
        let busyness = Busyness::of(self.places);
        let days = u64::from(self.days);
        let count = self.visits / days + u64::from(u64::from(day) < self.visits % days);
        let midnight = (i64::from(self.first_day) + i64::from(day)) * 86_400;
        (0..count).map(move |_| self.visit(midnight, &busyness, &mut random))
    }

    fn thousandths(&self, of_places: u32) -> u32 {
        (u64::from(self.places) * u64::from(of_places) / 1_000) as u32
    }

    fn visit(&self, midnight: i64, busyness: &Busyness, random: &mut Random) -> CrowdVisit {
        let person = random.below(self.people);
        let place = if random.chance(50) {
            let own = u64::from(random.below(OWN_PLACES));
            busyness.draw(&mut Random::stream(self.seed, &[2, u64::from(person), own]))
        } else {
            busyness.draw(random)
        };
        // Two dice: more around noon than early and late.
        let from = 5 * 3600 + i64::from(random.below(9 * 3600) + random.below(9 * 3600));
        let (from, minutes) = match place {
            _ if random.chance(2) => (from + 8 * 3600, random.between(300, 599)),
            busy if busy < self.thousandths(PASSED_THROUGH) => (from, random.between(1, 15)),
            place if place < self.thousandths(STAYED_AT) => (from, random.between(3, 45)),
            _ => (from, random.between(10, 240)),
        };
        let until = from + i64::from(minutes) * 60 + i64::from(random.below(60));
        CrowdVisit { person, place, from: midnight + from, until: midnight + until }
    }
}

/// Draws places so that the one of rank r is visited in proportion to r to the power of -0.8: of 200,000 the busiest
/// gets two visits in a hundred.
struct Busyness {
    places: u32,
    /// The fifth root of the number of places plus one, less one.
    reach: f64,
}

impl Busyness {
    fn of(places: u32) -> Self {
        let fifth = |x: f64| x * x * x * x * x;
        // By halving, since roots of the system's library differ in their last digit.
        let (mut low, mut high) = (1.0, 1_000.0);
        for _ in 0..80 {
            let middle = f64::midpoint(low, high);
            if fifth(middle) < f64::from(places) + 1.0 { low = middle } else { high = middle }
        }
        Self { places, reach: low - 1.0 }
    }

    fn draw(&self, random: &mut Random) -> u32 {
        let x = 1.0 + self.reach * (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        ((x * x * x * x * x) as u32).saturating_sub(1).min(self.places.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CROWD: Crowd =
        Crowd { seed: 5, people: 2_000, places: 500, visits: 30_001, days: 3, first_day: 18_304 };

    #[test]
    fn the_same_seed_gives_the_same_visits_and_none_is_impossible() {
        let all = || (0..3).flat_map(|day| CROWD.visits_of_day(day)).collect::<Vec<_>>();
        assert_eq!(all(), all());
        assert_eq!(all().len(), 30_001);
        for visit in all() {
            assert!(visit.person < 2_000 && visit.place < 500);
            assert!((1..=LONGEST).contains(&(visit.until - visit.from)));
        }
        let over_midnight = all().iter().filter(|v| v.from / 86_400 != (v.until - 1) / 86_400).count();
        assert!(over_midnight > 100, "{over_midnight}");
    }

    #[test]
    fn few_places_are_busy_and_none_is_left_out() {
        let mut counts = vec![0; 500];
        (0..3).flat_map(|day| CROWD.visits_of_day(day)).for_each(|visit| counts[visit.place as usize] += 1);
        assert!(counts[0] > 1_000 && counts[0] > 50 * counts[499], "{} {}", counts[0], counts[499]);
        assert!(counts.iter().all(|count| *count > 0));
    }
}
