//! Where a resident goes in a day. A day is drawn from seed, resident and date alone, so that any day of anyone can
//! be asked for, in any order.

use super::draw;
use super::household::{Dweller, Household};
use super::place::{PointKind, PointMap};
use crate::random::Random;
use healthcode_core::time::{Day, Instant};

/// A resident at a collection point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CityVisit {
    /// Number of the resident, from 0.
    pub person: u32,
    /// Place of the point among the city's points.
    pub point: u32,
    /// The entering scan, to the second.
    pub entered_at: Instant,
    /// The leaving scan, to the second and not part of the visit; absent in one visit of five.
    pub left_at: Option<Instant>,
}

const MINUTE: u32 = 60;
const HOUR: u32 = 3_600;
/// Nobody is out later, not even on a day of 23 hours, so that no visit reaches into the next day.
const LAST: u32 = 22 * HOUR + 30 * MINUTE;

/// Whether a day is a Saturday or Sunday; day 0 was a Thursday.
pub(super) fn is_weekend(day: Day) -> bool {
    (i64::from(day.0) + 3).rem_euclid(7) >= 5
}

/// Visits of one resident on one day, by time; none overlaps another.
pub(super) fn day_of(
    seed: u64,
    person: u32,
    dweller: &Dweller,
    home: &Household,
    age: u8,
    map: &PointMap,
    (day, midnight): (Day, Instant),
) -> Vec<CityVisit> {
    let random = Random::stream(seed, &[draw::DAY, u64::from(person), day.0 as u64]);
    let habits = Random::stream(seed, &[draw::HABITS, u64::from(dweller.household)]);
    let mut out =
        Outing { map, random, habits, street: home.street, clock: 0, person, midnight, visits: Vec::new() };
    match dweller.anchor {
        Some(_) if is_weekend(day) => out.free_day(6),
        Some(school) if age < 19 => out.school_day(school),
        Some(work) => out.work_day(work),
        None => out.free_day(5),
    }
    out.visits
}

/// A day under way: the clock only moves forward, and every visit moves it.
struct Outing<'a> {
    map: &'a PointMap,
    random: Random,
    /// Gives every errand of one household the same point of a kind.
    habits: Random,
    street: u32,
    /// Seconds since midnight.
    clock: u32,
    person: u32,
    midnight: Instant,
    visits: Vec<CityVisit>,
}

impl Outing<'_> {
    fn work_day(&mut self, work: u32) {
        self.leave_home(6 * HOUR + 30 * MINUTE, 90 * MINUTE);
        let rides = self.random.chance(65);
        if rides {
            self.ride(self.street);
        }
        let there = self.map.street_of(work);
        let (noon, evening) = (self.around(11 * HOUR + 45 * MINUTE), self.around(17 * HOUR));
        if self.random.chance(55) {
            self.stay_until(work, noon);
            let canteen = self.map.near(PointKind::Shop, there, &mut self.random);
            self.stay(canteen, 15 * MINUTE, 35 * MINUTE);
        }
        self.stay_until(work, evening);
        if rides {
            self.ride(there);
        }
        if self.random.chance(60) {
            self.errand();
        }
    }

    fn school_day(&mut self, school: u32) {
        self.leave_home(7 * HOUR, 40 * MINUTE);
        let rides = self.random.chance(40);
        if rides {
            self.ride(self.street);
        }
        let end = self.around(16 * HOUR);
        self.stay_until(school, end);
        if rides {
            self.ride(self.map.street_of(school));
        }
        if self.random.chance(30) {
            self.errand();
        }
    }

    /// Up to `most` errands, with time at home between them.
    fn free_day(&mut self, most: u32) {
        self.leave_home(8 * HOUR + 30 * MINUTE, 3 * HOUR);
        for _ in 0..self.random.between(0, most) {
            self.errand();
            self.clock += self.random.between(10 * MINUTE, 75 * MINUTE);
        }
    }

    fn leave_home(&mut self, earliest: u32, spread: u32) {
        self.clock = earliest + self.random.below(spread);
    }

    /// Half an hour either side.
    fn around(&mut self, second: u32) -> u32 {
        second - 30 * MINUTE + self.random.below(HOUR)
    }

    /// To a shop, market, pharmacy or stop of the home's street; seven times in ten the one the household always
    /// goes to.
    fn errand(&mut self) {
        const KINDS: [(PointKind, u32, u32, u32); 4] = [
            (PointKind::Shop, 50, 5, 25),
            (PointKind::Market, 30, 15, 70),
            (PointKind::Pharmacy, 8, 5, 20),
            (PointKind::Transport, 12, 10, 40),
        ];
        let (kind, _, shortest, longest) =
            KINDS[self.random.weighted(&KINDS.map(|(_, weight, _, _)| weight))];
        let point = if self.random.chance(70) {
            self.map.near(kind, self.street, &mut self.habits.clone())
        } else {
            self.map.near(kind, self.street, &mut self.random)
        };
        self.stay(point, shortest * MINUTE, longest * MINUTE);
    }

    fn ride(&mut self, street: u32) {
        let stop = self.map.near(PointKind::Transport, street, &mut self.random);
        self.stay(stop, 10 * MINUTE, 40 * MINUTE);
    }

    fn stay(&mut self, point: u32, shortest: u32, longest: u32) {
        let entered = self.arrive();
        let left = entered + self.random.between(shortest, longest);
        self.record(point, entered, left);
    }

    fn stay_until(&mut self, point: u32, left: u32) {
        let entered = self.arrive();
        self.record(point, entered, left);
    }

    /// A way of two to ten minutes.
    fn arrive(&mut self) -> u32 {
        self.clock + self.random.between(2 * MINUTE, 10 * MINUTE)
    }

    /// Nothing is recorded of a visit that would be over before it began, or after the last hour.
    fn record(&mut self, point: u32, entered: u32, left: u32) {
        if entered >= left || left > LAST {
            return;
        }
        self.clock = left;
        let at = |second: u32| self.midnight.plus_seconds(i64::from(second));
        let left_at = self.random.chance(80).then(|| at(left));
        self.visits.push(CityVisit { person: self.person, point, entered_at: at(entered), left_at });
    }
}
