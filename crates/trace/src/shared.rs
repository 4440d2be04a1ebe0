//! The time that two people spent at the same places, whoever of them may be a case.

use crate::together::unite;
use crate::visit::{Grade, Visit};
use healthcode_core::ids::PointId;
use healthcode_core::time::{Instant, Interval};

/// Time shared at one place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SharedTime {
    /// Where.
    pub place: PointId,
    /// From the first instant together to the last.
    pub span: Interval,
    /// Whole minutes together, rounded down; overlapping visits count once.
    pub minutes: u32,
    /// The weakest grade of the visits that it follows from.
    pub grade: Grade,
}

/// What two people shared within a span, place by place in order of the place.
pub fn shared_times(one: &[Visit], other: &[Visit], span: Interval) -> Vec<SharedTime> {
    let mut places: Vec<&PointId> = one.iter().map(|visit| &visit.place).collect();
    places.sort_unstable();
    places.dedup();
    places.into_iter().filter_map(|place| at_place(place, one, other, span)).collect()
}

fn at_place(place: &PointId, one: &[Visit], other: &[Visit], span: Interval) -> Option<SharedTime> {
    let mut spans = Vec::new();
    let mut grade = Grade::Witnessed;
    for mine in one.iter().filter(|visit| visit.place == *place) {
        for theirs in other.iter().filter(|visit| visit.place == *place) {
            let together = mine.stay.overlap(&theirs.stay).and_then(|shared| shared.overlap(&span));
            if let Some(together) = together {
                spans.push((together.from.micros(), together.until.micros()));
                grade = grade.min(mine.grade).min(theirs.grade);
            }
        }
    }
    unite(&mut spans);
    let (from, until) = (spans.first()?.0, spans.last()?.1);
    let micros: i64 = spans.iter().map(|(from, until)| until - from).sum();
    let span = Interval { from: Instant::from_micros(from), until: Instant::from_micros(until) };
    let minutes = u32::try_from(micros / 60_000_000).unwrap_or(u32::MAX);
    Some(SharedTime { place: place.clone(), span, minutes, grade })
}

#[cfg(test)]
mod tests {
    use super::*;
    use healthcode_core::ids::PersonId;

    fn visit(person: &str, place: &str, minutes: (i64, i64), grade: Grade) -> Visit {
        let at = |minute: i64| Instant::from_seconds(minute * 60);
        let (person, place) = (PersonId::new(person).unwrap(), PointId::new(place).unwrap());
        Visit::new(person, place, Interval { from: at(minutes.0), until: at(minutes.1) }, grade)
    }

    #[test]
    fn overlapping_visits_count_once_and_other_places_not_at_all() {
        let one = [
            visit("a", "shop", (0, 30), Grade::Witnessed),
            visit("a", "shop", (20, 60), Grade::Poster),
            visit("a", "home", (100, 200), Grade::Witnessed),
        ];
        let other = [
            visit("b", "shop", (10, 50), Grade::Witnessed),
            visit("b", "work", (100, 200), Grade::Witnessed),
        ];
        let span = Interval { from: Instant::from_seconds(0), until: Instant::from_seconds(45 * 60) };
        let shared = shared_times(&one, &other, span);
        assert_eq!(shared.len(), 1);
        assert_eq!(
            (shared[0].place.as_str(), shared[0].minutes, shared[0].grade),
            ("shop", 35, Grade::Poster)
        );
    }

    #[test]
    fn who_only_met_in_the_door_shared_nothing() {
        let one = [visit("a", "shop", (0, 30), Grade::Witnessed)];
        let other = [visit("b", "shop", (30, 60), Grade::Witnessed)];
        let span = Interval { from: Instant::from_seconds(0), until: Instant::from_seconds(9_999) };
        assert!(shared_times(&one, &other, span).is_empty());
    }
}
