//! A synthetic city: households, residents, collection points and two weeks of visits, from a seed. Little is kept
//! of a resident (some twenty bytes); names, documents and visits are drawn again when asked for, so that a city of
//! millions fits into memory and every figure can be had twice.

pub(crate) mod draw;
mod household;
pub(crate) mod person;
mod place;
#[cfg(test)]
mod tests;
mod visit;

pub use person::Resident;
pub use place::{CityPoint, PointKind};
pub use visit::CityVisit;

use healthcode_core::region::Region;
use healthcode_core::time::{Day, Zone};
use household::{Dweller, Household};
use place::PointMap;
use std::ops::Range;

/// The most residents: as many as phone numbers from +86 190 0000 0000 to +86 190 0999 9999.
pub const MOST_RESIDENTS: u32 = 10_000_000;

/// Days of visits before the city's day.
pub const DAYS_OF_VISITS: i32 = 14;

/// Why there is no such city.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CityFault {
    /// No street to live in.
    #[error(
        "city_streets: a city needs at least one street; give the codes of its streets, such as 330106901"
    )]
    Streets,
    /// More residents than phone numbers.
    #[error("city_residents: {0} residents are too many; ask for at most {MOST_RESIDENTS}")]
    Residents(u32),
    /// A day on which the oldest would have been born before 1900, or beyond the time zone data.
    #[error("city_today: {0} is outside the years 2000 to 2199; choose a day in them")]
    Today(Day),
}

/// A city on one day.
#[derive(Clone, Debug)]
pub struct City {
    seed: u64,
    today: Day,
    zone: Zone,
    streets: Vec<Region>,
    map: PointMap,
    points: Vec<CityPoint>,
    households: Vec<Household>,
    dwellers: Vec<Dweller>,
}

impl City {
    /// Founds the city of a seed. The same arguments give the same city. Homes and points are spread over
    /// `streets`; `today` (2000 to 2199) bounds birthdays and ends the two weeks of visits; `zone` says when a day
    /// begins.
    ///
    /// ```
    /// use healthcode_core::{region::Region, time::{Day, Zone}};
    /// use healthcode_testkit::city::City;
    /// let streets = [Region::new("330106901")?, Region::new("330106902")?];
    /// let today = Day::parse("2020-02-11").ok_or("no such day")?;
    /// let city = City::generate(1, 200, today, &Zone::new("Asia/Shanghai")?, &streets)?;
    /// assert_eq!(city.residents().count(), 200);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// No streets, more than [`MOST_RESIDENTS`], or a day outside the years.
    pub fn generate(
        seed: u64,
        residents: u32,
        today: Day,
        zone: &Zone,
        streets: &[Region],
    ) -> Result<Self, CityFault> {
        if streets.is_empty() {
            return Err(CityFault::Streets);
        }
        if residents > MOST_RESIDENTS {
            return Err(CityFault::Residents(residents));
        }
        let map = PointMap::new(residents, streets.len() as u32);
        let points = map.points(seed, streets);
        let (households, dwellers) = household::settle(seed, residents, today, &map, streets.len() as u32)?;
        Ok(Self {
            seed,
            today,
            zone: zone.clone(),
            streets: streets.to_vec(),
            map,
            points,
            households,
            dwellers,
        })
    }

    /// How many residents there are; their numbers are 0 to one less.
    pub fn population(&self) -> u32 {
        self.dwellers.len() as u32
    }

    /// The resident of a number.
    pub fn resident(&self, number: u32) -> Option<Resident> {
        let dweller = self.dwellers.get(number as usize)?;
        let home = &self.households[dweller.household as usize];
        Some(person::resident(self.seed, number, dweller, home, &self.streets, self.today))
    }

    /// All residents, by number, written out one at a time.
    pub fn residents(&self) -> impl Iterator<Item = Resident> + '_ {
        (0..self.population()).filter_map(|number| self.resident(number))
    }

    /// Numbers of the residents of each household, by number of the household.
    pub fn households(&self) -> impl Iterator<Item = Range<u32>> + '_ {
        self.households.iter().map(|home| home.first..home.first + u32::from(home.size))
    }

    /// All collection points; a visit names one by its place here.
    pub fn points(&self) -> &[CityPoint] {
        &self.points
    }

    /// The two weeks before the city's day, oldest first.
    pub fn days(&self) -> impl Iterator<Item = Day> + use<> {
        let today = self.today;
        (1..=DAYS_OF_VISITS).rev().map(move |ago| today.plus(-ago))
    }

    /// Visits of everyone on a day, by number of the resident and then by time, about three a resident; made one
    /// resident at a time. Any day may be asked for, not only those of [`City::days`].
    pub fn visits_on(&self, day: Day) -> impl Iterator<Item = CityVisit> + '_ {
        let midnight = self.zone.start_of(day);
        (0..self.population()).flat_map(move |number| {
            let dweller = &self.dwellers[number as usize];
            let home = &self.households[dweller.household as usize];
            let age = person::age(dweller.born, self.today);
            visit::day_of(self.seed, number, dweller, home, age, &self.map, (day, midnight))
        })
    }
}
