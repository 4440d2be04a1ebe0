//! The exposures a case gives, and how much each proves.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::time::{Instant, Interval};
use healthcode_trace::{Choices, Grade, Level, Policy, Visit, Wanted, WantedExposure, wanted_exposures};
use proptest::prelude::*;

use Grade::{Poster, Rotating, Witnessed};

fn seconds(from: i64, until: i64) -> Interval {
    Interval { from: Instant::from_seconds(from), until: Instant::from_seconds(until) }
}

fn visit(person: &str, place: &str, from: i64, until: i64, grade: Grade) -> Visit {
    let (person, place) = (PersonId::new(person).unwrap(), PointId::new(place).unwrap());
    Visit::new(person, place, seconds(from, until), grade)
}

fn wanted(visits: &[Visit], policy: &Policy) -> Wanted {
    let case = PersonId::new("case").unwrap();
    let (own, others): (Vec<Visit>, Vec<Visit>) = visits.iter().cloned().partition(|v| v.person == case);
    wanted_exposures(&case, &[seconds(0, 1_000_000)], &own, &others, policy, &Choices::new())
}

fn sum() -> Policy {
    Policy::built_in("place-15min-sum-24h").unwrap()
}

/// (person, place, first, last, minutes, grade) of every exposure and message, by person and place.
fn found(visits: &[Visit]) -> Vec<(String, String, i64, i64, u32, Grade)> {
    let short = |e: &WantedExposure| {
        let (person, place) = (e.person.to_string(), e.place.to_string());
        (person, place, e.first_at.seconds(), e.last_at.seconds(), e.minutes, e.grade)
    };
    let wanted = wanted(visits, &sum());
    assert!(
        wanted.exposures.iter().all(|e| e.grade > Poster)
            && wanted.messages.iter().all(|e| e.grade == Poster)
    );
    let mut all: Vec<_> = wanted.exposures.iter().chain(&wanted.messages).map(short).collect();
    all.sort();
    all
}

fn row(
    person: &str,
    place: &str,
    first: i64,
    last: i64,
    minutes: u32,
    grade: Grade,
) -> (String, String, i64, i64, u32, Grade) {
    (person.to_owned(), place.to_owned(), first, last, minutes, grade)
}

#[test]
fn an_exposure_is_as_strong_as_the_weaker_of_both_visits() {
    for (own, other, both) in [
        (Witnessed, Witnessed, Witnessed),
        (Witnessed, Rotating, Rotating),
        (Rotating, Poster, Poster),
        (Poster, Witnessed, Poster),
    ] {
        let visits = [visit("case", "a", 0, 900, own), visit("p", "a", 0, 1000, other)];
        assert_eq!(found(&visits), [row("p", "a", 0, 900, 15, both)]);
    }
    let visits = [visit("case", "a", 0, 900, Witnessed), visit("p", "a", 0, 900, Witnessed)];
    assert_eq!(wanted(&visits, &sum()).exposures[0].level, Level::Close);
}

#[test]
fn a_pair_that_needs_poster_scans_has_poster_exposures_only() {
    let visits = [
        visit("case", "a", 0, 5000, Witnessed),
        visit("p", "a", 0, 600, Witnessed),
        visit("case", "b", 6000, 7000, Witnessed),
        visit("p", "b", 6000, 6300, Poster),
    ];
    assert_eq!(found(&visits), [row("p", "a", 0, 600, 10, Poster), row("p", "b", 6000, 6300, 5, Poster)]);
}

#[test]
fn a_poster_scan_does_not_lengthen_a_proven_exposure() {
    let visits = [
        visit("case", "a", 0, 50_000, Witnessed),
        visit("p", "a", 0, 900, Witnessed),
        visit("p", "a", 900, 50_000, Poster),
        visit("case", "b", 60_000, 61_000, Witnessed),
        visit("p", "b", 60_000, 61_000, Poster),
    ];
    assert_eq!(
        found(&visits),
        [row("p", "a", 0, 900, 15, Witnessed), row("p", "b", 60_000, 61_000, 16, Poster)]
    );
}

#[test]
fn proven_time_of_both_kinds_is_one_rotating_exposure() {
    let visits = [
        visit("case", "a", 0, 50_000, Witnessed),
        visit("p", "a", 0, 900, Witnessed),
        visit("p", "a", 900, 1800, Rotating),
        visit("case", "b", 60_000, 60_100, Witnessed),
        visit("p", "b", 60_000, 60_100, Witnessed),
    ];
    assert_eq!(
        found(&visits),
        [row("p", "a", 0, 1800, 30, Rotating), row("p", "b", 60_000, 60_100, 1, Witnessed)]
    );
}

#[test]
fn a_pair_that_needs_rotating_time_has_no_witnessed_exposure() {
    let visits = [
        visit("case", "a", 0, 600, Witnessed),
        visit("p", "a", 0, 600, Witnessed),
        visit("case", "b", 1000, 1600, Witnessed),
        visit("p", "b", 1000, 1600, Rotating),
    ];
    assert_eq!(
        found(&visits),
        [row("p", "a", 0, 600, 10, Rotating), row("p", "b", 1000, 1600, 10, Rotating)]
    );
}

#[test]
fn mixed_up_lists_and_empty_stays_do_no_harm() {
    let visits = [
        visit("case", "a", 0, 900, Witnessed),
        visit("p", "a", 0, 900, Witnessed),
        visit("q", "a", 900, 0, Witnessed),
        visit("r", "a", i64::MIN / 1_000_000, i64::MAX / 1_000_000, Rotating),
    ];
    let case = PersonId::new("case").unwrap();
    let none = Choices::new();
    let mixed = wanted_exposures(&case, &[seconds(0, 1_000_000)], &visits, &visits, &sum(), &none);
    assert_eq!(mixed, wanted(&visits, &sum()));
    assert_eq!(found(&visits), [row("p", "a", 0, 900, 15, Witnessed), row("r", "a", 0, 900, 15, Rotating)]);
    assert_eq!(wanted_exposures(&case, &[], &visits, &visits, &sum(), &none), Wanted::default());
    assert_eq!(wanted_exposures(&case, &[seconds(0, 9)], &[], &[], &sum(), &none), Wanted::default());
}

#[test]
fn forged_poster_scans_do_not_push_proven_exposures_over_the_cap() {
    let policy = Policy { ask_above: Some(2), ..sum() };
    let mut visits = vec![visit("case", "a", 0, 900, Witnessed), visit("p", "a", 0, 900, Witnessed)];
    visits.extend((0..3).map(|n| visit(&format!("forged{n}"), "a", 0, 900, Poster)));
    let first = wanted(&visits, &policy);
    assert_eq!(first.exposures.iter().map(|e| e.person.as_str()).collect::<Vec<_>>(), ["p"]);
    assert_eq!((first.capped.len(), first.capped_poster[0].people), (0, 3));
    visits.extend((0..2).map(|n| visit(&format!("q{n}"), "a", 0, 900, Rotating)));
    let then = wanted(&visits, &policy);
    assert_eq!((then.exposures.len(), then.capped[0].people, then.capped[0].place.as_str()), (0, 3, "a"));
}

fn any_visit(grades: &'static [Grade]) -> impl Strategy<Value = Visit> {
    let who = prop::sample::select(vec!["case", "p", "q"]);
    let place = prop::sample::select(vec!["a", "b"]);
    (who, place, 0..40_i64, 1..20_i64, prop::sample::select(grades)).prop_map(
        |(who, place, from, length, grade)| visit(who, place, from * 100, (from + length) * 100, grade),
    )
}

proptest! {
    #[test]
    fn poster_scans_change_no_exposure_of_another_grade(
        proven in prop::collection::vec(any_visit(&[Rotating, Witnessed]), 0..12),
        poster in prop::collection::vec(any_visit(&[Poster]), 0..12),
    ) {
        let before = wanted(&proven, &sum()).exposures;
        prop_assert_eq!(before, wanted(&[proven, poster].concat(), &sum()).exposures);
    }

    #[test]
    fn forged_seats_and_parts_change_no_exposure_of_another_grade(
        proven in prop::collection::vec(any_visit(&[Rotating, Witnessed]), 0..12),
        poster in prop::collection::vec(any_visit(&[Poster]), 0..12),
        seats in prop::collection::vec(0..6_usize, 24),
    ) {
        let seated = |(visit, seat): (Visit, &usize)| {
            let seat = ["r12/A", "r15/A", "r30/A", "crew", "c1", ""][*seat].parse().ok();
            Visit { seat, ..visit.with_kind("aircraft") }
        };
        let all: Vec<Visit> = proven.iter().chain(&poster).cloned().zip(&seats).map(seated).collect();
        for policy in ["china-20-measures", "ecdc-aircraft-2-seats"].map(|name| Policy::built_in(name).unwrap()) {
            prop_assert_eq!(wanted(&all[..proven.len()], &policy).exposures, wanted(&all, &policy).exposures);
        }
    }

    #[test]
    fn the_order_of_visits_changes_nothing(
        visits in prop::collection::vec(any_visit(&[Poster, Rotating, Witnessed]), 0..16),
    ) {
        let mut backwards = visits.clone();
        backwards.reverse();
        prop_assert_eq!(wanted(&visits, &sum()), wanted(&backwards, &sum()));
    }
}
