//! Who was at busy places, remembered from one question to the next.

use super::day_index::DayIndex;
use super::day_visit::DAY_SECONDS;
use super::pages::Damaged;
use super::sums::spread;
use crate::visit::Grade;

/// Places that were asked about, and from the second time on, who was there.
pub(super) struct Crowds<'a, B>(Vec<(&'a DayIndex<B>, u32, Option<Crowd>)>);

/// A set of people that may hold others as well, about one in sixteen of all.
pub(super) struct Crowd {
    bits: Vec<u64>,
    shift: u32,
}

impl<B> Default for Crowds<'_, B> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'a, B: AsRef<[u8]>> Crowds<'a, B> {
    /// Those who were at a place as an index has it; `None` when it is asked for the first time, since going through all
    /// visits pays only if it is asked for again.
    pub fn at(&mut self, index: &'a DayIndex<B>, place: u32) -> Result<Option<&Crowd>, Damaged> {
        let known = self.0.iter().position(|(of, at, _)| *at == place && std::ptr::eq(*of, index));
        let Some(known) = known else {
            self.0.push((index, place, None));
            return Ok(None);
        };
        let crowd = &mut self.0[known].2;
        if crowd.is_none() {
            *crowd = Some(Crowd::of(index, place)?);
        }
        Ok(crowd.as_ref())
    }
}

impl Crowd {
    fn of<B: AsRef<[u8]>>(index: &DayIndex<B>, place: u32) -> Result<Self, Damaged> {
        let (mut runs, day) = (Vec::new(), (0, DAY_SECONDS));
        index.runs_at(place, day, |run| runs.push(run))?;
        let visits: usize = runs.iter().map(super::day_index::Run::visits).sum();
        let bits = (8 * visits).next_power_of_two().trailing_zeros().max(6);
        let mut crowd = Self { bits: vec![0; 1 << (bits - 6)], shift: 64 - bits };
        for run in &runs {
            for (person, ..) in index.of_run(run, day, Grade::Poster)? {
                let bit = spread(person, crowd.shift);
                crowd.bits[bit / 64] |= 1 << (bit % 64);
            }
        }
        Ok(crowd)
    }

    /// Whether the person may have been there; who was, may.
    pub fn may_hold(&self, person: u32) -> bool {
        let bit = spread(person, self.shift);
        self.bits[bit / 64] >> (bit % 64) & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::city::DayVisit;

    #[test]
    fn a_crowd_is_made_when_asked_for_again_and_holds_all_who_were_there_and_few_others() {
        let visit =
            |n: u32, place| DayVisit { person: 7 * n, place, from: n, until: n + 60, grade: Grade::Poster };
        let visits = (0..2_000).map(|n| visit(n, n % 2)).collect();
        let index = DayIndex::build(0, 0, visits);
        let mut crowds = Crowds::default();
        assert!(crowds.at(&index, 1).unwrap().is_none());
        assert!(crowds.at(&index, 0).unwrap().is_none(), "another place");
        let crowd = crowds.at(&index, 1).unwrap().unwrap();
        assert!((0..2_000).filter(|n| n % 2 == 1).all(|n| crowd.may_hold(7 * n)));
        let others = (0..2_000).filter(|n| n % 2 == 0 && crowd.may_hold(7 * n)).count();
        assert!(others < 250, "{others} of 1,000");
    }
}
