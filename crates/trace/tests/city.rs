//! The index of many days against going through every second of everyone.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use healthcode_core::time::{Instant, Interval};
use healthcode_trace::city::{Asked, CityContact, DayIndex, DayVisit, Presence, each_day};
use healthcode_trace::{Grade, Mode, Policy};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// (person, place, from, until, grade), seconds since `START`.
type Visit = (u32, u32, i64, i64, Grade);

/// 4,000 s before a midnight; the time looked at reaches over that midnight and the next.
const START: i64 = 18_304 * 86_400 - 4_000;
const LENGTH: i64 = 86_400 + 8_000;

/// Two indexes a day, as a file and a live part of it are, whatever lies in which.
fn presence(visits: &[Visit]) -> Presence<Vec<u8>> {
    presence_in(2, visits)
}

fn presence_in(indexes: usize, visits: &[Visit]) -> Presence<Vec<u8>> {
    let mut parts = BTreeMap::<(i32, usize), Vec<DayVisit>>::new();
    for (number, (person, place, from, until, grade)) in visits.iter().enumerate() {
        for (day, part) in each_day(*person, *place, START + from, START + until, *grade).unwrap() {
            parts.entry((day, number % indexes)).or_default().push(part);
        }
    }
    let mut presence = Presence::default();
    for ((day, _), visits) in parts {
        presence.of_day(day).push(DayIndex::build(day, 0, visits));
    }
    presence
}

fn policy(sum: bool, minimum: u32) -> Policy {
    let name = if sum { "place-15min-sum-24h" } else { "place-15min-unbroken" };
    Policy { minimum_seconds: minimum, ..Policy::built_in(name).unwrap() }
}

fn interval(from: i64, until: i64) -> Interval {
    let at = |second| Instant::from_seconds(START + second);
    Interval { from: at(from), until: at(until) }
}

/// The seconds of each place in which `person` was there.
fn seconds_of(visits: &[Visit], person: u32, weakest: Grade, length: i64) -> BTreeMap<u32, Vec<bool>> {
    let mut there = BTreeMap::new();
    for visit in visits.iter().filter(|visit| visit.0 == person && visit.4 >= weakest) {
        let seconds = there.entry(visit.1).or_insert_with(|| vec![false; length as usize]);
        seconds[visit.2 as usize..visit.3 as usize].fill(true);
    }
    there
}

fn most_in_a_day(seconds: &[bool]) -> u32 {
    let (mut now, mut best) = (0, 0);
    for (at, on) in seconds.iter().enumerate() {
        now += u32::from(*on);
        now -= u32::from(at >= 86_400 && seconds[at - 86_400]);
        best = best.max(now);
    }
    best
}

fn longest_run(seconds: &[bool]) -> u32 {
    seconds.split(|on| !on).map(<[bool]>::len).max().unwrap_or(0) as u32
}

/// Each unbroken time is followed by one as long, at most `tail`.
fn with_tails(seconds: &mut [bool], tail: u32) {
    let (mut run, before) = (0, seconds.to_vec());
    for at in 0..before.len() {
        run = if before[at] { run + 1 } else { 0 };
        if before[at] && !before.get(at + 1).is_some_and(|on| *on) {
            let end = (at + 1 + run.min(tail as usize)).min(seconds.len());
            seconds[at + 1..end].fill(true);
        }
    }
}

fn expected(
    visits: &[Visit],
    case: u32,
    windows: &[(i64, i64)],
    weakest: Grade,
    policy: &Policy,
) -> Vec<CityContact> {
    let infectious = |second: i64| windows.iter().any(|(from, until)| (*from..*until).contains(&second));
    // Nothing is later than the last visit and its tail.
    let last = visits.iter().map(|visit| visit.3).max().unwrap_or(0);
    let length = LENGTH.min(last + i64::from(policy.tail_seconds) + 1);
    let ours = seconds_of(visits, case, weakest, length);
    let people: BTreeSet<u32> = visits.iter().map(|visit| visit.0).filter(|who| *who != case).collect();
    let mut rows = Vec::new();
    for person in people {
        let mut shared = BTreeMap::new();
        for (place, theirs) in seconds_of(visits, person, weakest, length) {
            let Some(ours) = ours.get(&place) else { continue };
            let mut risky: Vec<bool> =
                (0..length).map(|second| ours[second as usize] && infectious(second)).collect();
            with_tails(&mut risky, policy.tail_seconds);
            let both: Vec<bool> = risky.iter().zip(&theirs).map(|(a, b)| *a && *b).collect();
            if both.contains(&true) {
                shared.insert(place, both);
            }
        }
        let most = match policy.mode {
            Mode::Unbroken => shared.values().map(|both| longest_run(both)).max().unwrap_or(0),
            Mode::Sum { .. } => {
                let any = |at: usize| shared.values().any(|both| both[at]);
                most_in_a_day(&(0..length as usize).map(any).collect::<Vec<_>>())
            }
        };
        if most >= policy.minimum_seconds {
            rows.extend(shared.iter().map(|(place, both)| CityContact {
                person,
                place: *place,
                first: START + both.iter().position(|on| *on).unwrap() as i64,
                last: START + both.iter().rposition(|on| *on).unwrap() as i64 + 1,
                seconds: both.iter().filter(|on| **on).count() as i64,
            }));
        }
    }
    rows
}

/// Near the two midnights, in steps that make visits touch.
fn instant() -> impl Strategy<Value = i64> {
    (any::<bool>(), 0..161_i64).prop_map(|(second, step)| i64::from(second) * 86_400 + step * 50)
}

fn any_visits() -> impl Strategy<Value = Vec<Visit>> {
    let grade = prop::sample::select(vec![Grade::Poster, Grade::Rotating, Grade::Witnessed]);
    let visit = (0..5_u32, 0..3_u32, instant(), 1..60_i64, any::<prop::sample::Index>(), grade).prop_map(
        |(person, place, from, steps, long, grade)| {
            let length = if long.index(12) == 0 { 90_000 } else { steps * 50 };
            (person, place, from.min(LENGTH - 1), (from + length).min(LENGTH), grade)
        },
    );
    prop::collection::vec(visit, 0..24)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_index_finds_what_going_through_every_second_finds(
        visits in any_visits(),
        windows in prop::collection::vec((instant(), instant()), 1..3),
        sum in any::<bool>(),
        minimum in 1..2_500_u32,
        proven in any::<bool>(),
        tail in prop::sample::select(vec![0, 70, 1_800_u32]),
    ) {
        let weakest = if proven { Grade::Rotating } else { Grade::Poster };
        let windows: Vec<_> = windows.into_iter().map(|(a, b)| (a.min(b), a.max(b))).collect();
        let intervals: Vec<_> = windows.iter().map(|(from, until)| interval(*from, *until)).collect();
        let policy = Policy { tail_seconds: tail, ..policy(sum, minimum) };
        let asked = Asked { windows: &intervals, weakest, policy: &policy };
        let found = presence(&visits).contacts(0, asked).unwrap();
        prop_assert_eq!(found.found, expected(&visits, 0, &windows, weakest, &policy));
        prop_assert_eq!(found.capped, []);
    }

    #[test]
    fn the_second_ring_begins_with_the_first_second_of_the_first(
        visits in any_visits(), minimum in 1..600_u32,
    ) {
        let policy = policy(true, minimum);
        let whole = [interval(0, LENGTH)];
        let asked = Asked { windows: &whole, weakest: Grade::Poster, policy: &policy };
        let presence = presence(&visits);
        let close = presence.contacts(0, asked).unwrap().found;
        let ring = presence.second_ring(0, &close, START + LENGTH, asked).unwrap();
        let mut wanted = Vec::new();
        let people: BTreeSet<u32> = close.iter().map(|row| row.person).collect();
        for through in &people {
            let first = close.iter().filter(|row| row.person == *through).map(|row| row.first).min().unwrap() - START;
            for row in expected(&visits, *through, &[(first, LENGTH)], Grade::Poster, &policy) {
                if row.person != 0 && !people.contains(&row.person) {
                    wanted.push((row, *through));
                }
            }
        }
        wanted.sort_unstable();
        let found: Vec<_> = ring.iter().map(|row| (row.contact, row.through)).collect();
        prop_assert_eq!(found, wanted);
    }
}

/// The case (0) and three more stay at a place (0) for long; others pass by there, and come again, and are met at two
/// more places.
fn any_crowd() -> impl Strategy<Value = Vec<Visit>> {
    let visit =
        |(person, place, from, steps)| (person, place, from * 100, from * 100 + steps * 50, Grade::Witnessed);
    let staying = (0..20_i64, 20..90_i64);
    let passing = (4..14_u32, 0..60_i64, 1..19_i64);
    let elsewhere = (0..14_u32, 1..3_u32, 0..60_i64, 1..19_i64);
    let all = (
        prop::collection::vec(staying, 4),
        prop::collection::vec(passing, 0..30),
        prop::collection::vec(elsewhere, 0..30),
    );
    all.prop_map(move |(staying, passing, elsewhere)| {
        let staying = (0..).zip(staying).map(|(person, (from, steps))| (person, 0, from, steps));
        let passing = passing.into_iter().map(|(person, from, steps)| (person, 0, from, steps));
        staying.chain(passing).chain(elsewhere).map(visit).collect()
    })
}

/// The second ring, as the contacts of each close contact.
fn ring_one_by_one(
    presence: &Presence<Vec<u8>>,
    person: u32,
    close: &[CityContact],
    until: i64,
    asked: Asked<'_>,
) -> Vec<(CityContact, u32)> {
    let is_close = |who: u32| close.iter().any(|row| row.person == who);
    let mut rows = Vec::new();
    for hers in close.chunk_by(|a, b| a.person == b.person) {
        let first = hers.iter().map(|row| row.first).min().unwrap();
        let windows = [interval(first - START, until - START)];
        let found = presence.contacts(hers[0].person, Asked { windows: &windows, ..asked }).unwrap().found;
        let others = found.into_iter().filter(|row| row.person != person && !is_close(row.person));
        rows.extend(others.map(|row| (row, hers[0].person)));
    }
    rows.sort_unstable();
    rows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn passers_by_who_add_up_are_found_and_others_are_not(
        visits in any_crowd(),
        indexes in 1..3_usize,
        minimum in 200..1_000_u32,
        sum in any::<bool>(),
        tail in prop::sample::select(vec![0, 300_u32]),
    ) {
        let policy = Policy { tail_seconds: tail, ..policy(sum, minimum) };
        let whole = [interval(0, LENGTH)];
        let asked = Asked { windows: &whole, weakest: Grade::Poster, policy: &policy };
        let found = presence_in(indexes, &visits).contacts(0, asked).unwrap().found;
        prop_assert_eq!(found, expected(&visits, 0, &[(0, LENGTH)], Grade::Poster, &policy));
    }

    #[test]
    fn the_second_ring_below_a_cap_is_what_the_close_contacts_have_below_it(
        visits in any_crowd(),
        indexes in 1..3_usize,
        minimum in 200..1_000_u32,
        sum in any::<bool>(),
        cap in 1..8_u32,
    ) {
        let policy = Policy { cap: Some(cap), ..policy(sum, minimum) };
        let whole = [interval(0, LENGTH)];
        let asked = Asked { windows: &whole, weakest: Grade::Poster, policy: &policy };
        let presence = presence_in(indexes, &visits);
        let all = Policy { cap: None, ..policy.clone() };
        let close = presence.contacts(0, Asked { policy: &all, ..asked }).unwrap().found;
        let ring = presence.second_ring(0, &close, START + LENGTH, asked).unwrap();
        let found: Vec<_> = ring.iter().map(|row| (row.contact, row.through)).collect();
        prop_assert_eq!(found, ring_one_by_one(&presence, 0, &close, START + LENGTH, asked));
    }
}

/// Ten thousand pass a station (0) for five minutes each while the case and thirty others work there and meet at a
/// place of their own (1); some who pass are met again at quiet places. By day, and over a midnight.
#[test]
fn whoever_passes_a_station_and_is_met_again_is_found_though_the_station_is_above_the_cap() {
    for (work_ends, first_passes, met_again) in [(60_000, 8_000, 70_000), (93_000, 40_000, 30_000)] {
        at_a_station(work_ends, first_passes, met_again);
    }
}

fn at_a_station(work_ends: i64, first_passes: i64, met_again: i64) {
    let mut visits = Vec::new();
    let mut visit = |person, place, from, until| visits.push((person, place, from, until, Grade::Witnessed));
    for worker in 0..=30 {
        visit(worker, 0, 8_000, work_ends);
        visit(worker, 1, 61_000, 62_000);
        // Each alone with a passer-by for ten minutes, who needs the five at the station.
        visit(worker, 2 + worker, met_again, met_again + 700);
        visit(100 + 300 * worker, 2 + worker, met_again + 100, met_again + 700);
    }
    for passer in 100..10_100 {
        let from = first_passes + i64::from(passer) * 5;
        visit(passer, 0, from, from + 300);
    }
    let policy = Policy { cap: Some(20), ..policy(true, 900) };
    let whole = [interval(0, LENGTH)];
    let asked = Asked { windows: &whole, weakest: Grade::Poster, policy: &policy };
    let presence = presence(&visits);
    let close: Vec<_> = (1..=20)
        .map(|person| CityContact {
            person,
            place: 1,
            first: START + 8_000,
            last: START + 9_000,
            seconds: 1_000,
        })
        .collect();
    let ring = presence.second_ring(0, &close, START + LENGTH, asked).unwrap();
    let found: Vec<_> = ring.iter().map(|row| (row.contact, row.through)).collect();
    assert_eq!(found, ring_one_by_one(&presence, 0, &close, START + LENGTH, asked));
    let through: Vec<_> =
        ring.iter().map(|row| (row.through, row.contact.person, row.contact.place)).collect();
    assert_eq!(through, (1..=20).map(|worker| (worker, 100 + 300 * worker, 2 + worker)).collect::<Vec<_>>());
}

#[test]
fn who_was_met_before_the_case_is_not_in_the_second_ring() {
    let meet = |a, b, from| {
        [(a, a + b, from, from + 1000, Grade::Witnessed), (b, a + b, from, from + 1000, Grade::Witnessed)]
    };
    // Bob (1) meets Charlie (5) before Alice (0), and Dora (9) after her.
    let visits = [meet(1, 5, 0), meet(0, 1, 2_000), meet(1, 9, 4_000)].concat();
    let policy = policy(true, 900);
    let whole = [interval(0, LENGTH)];
    let asked = Asked { windows: &whole, weakest: Grade::Poster, policy: &policy };
    let presence = presence(&visits);
    let close = presence.contacts(0, asked).unwrap().found;
    let ring = presence.second_ring(0, &close, START + LENGTH, asked).unwrap();
    assert_eq!(ring.iter().map(|row| (row.through, row.contact.person)).collect::<Vec<_>>(), [(1, 9)]);
}

#[test]
fn a_hub_over_the_cap_gives_its_number_and_no_contacts() {
    let mut visits = vec![(0, 0, 0, 5_000, Grade::Witnessed), (0, 1, 6_000, 7_000, Grade::Witnessed)];
    visits.extend((1..=9).map(|person| (person, 0, 0, 5_000, Grade::Witnessed)));
    visits.push((1, 1, 6_000, 7_000, Grade::Witnessed));
    let policy = Policy { cap: Some(8), ..policy(true, 900) };
    let whole = [interval(0, LENGTH)];
    let asked = Asked { windows: &whole, weakest: Grade::Poster, policy: &policy };
    let found = presence(&visits).contacts(0, asked).unwrap();
    assert_eq!(found.capped, [(0, 9)]);
    assert_eq!(found.found.iter().map(|row| (row.person, row.place)).collect::<Vec<_>>(), [(1, 1)]);
}
