//! Small random cities, traced second by second as the definition reads, and compared.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use healthcode_trace::{Policy, run};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// (person, place, from, until), whole seconds.
type Visit = (u8, u8, i64, i64);
/// (person, from, until), whole seconds.
type Window = (u8, i64, i64);

const END: i64 = 12_000;

/// One hour in place of 24 lets a day's edges fall inside a small city.
fn policy(sum: bool, minimum: u32, tail: u32) -> Policy {
    let built_in =
        Policy::built_in(if sum { "place-15min-sum-24h" } else { "place-15min-unbroken" }).unwrap();
    let mode = if sum { healthcode_trace::Mode::Sum { hours: 1 } } else { built_in.mode };
    Policy { mode, minimum_seconds: minimum, tail_seconds: tail, ..built_in }
}

/// The seconds in which `person` was at `place`.
fn seconds_at(visits: &[Visit], person: u8, place: u8) -> Vec<bool> {
    let mut there = vec![false; END as usize];
    for visit in visits.iter().filter(|visit| (visit.0, visit.1) == (person, place)) {
        there[visit.2 as usize..visit.3 as usize].fill(true);
    }
    there
}

fn longest_run(seconds: &[bool]) -> usize {
    seconds.split(|on| !on).map(<[bool]>::len).max().unwrap_or(0)
}

fn best_hour(seconds: &[bool]) -> usize {
    let mut now = 0;
    let mut best = 0;
    for (at, on) in seconds.iter().enumerate() {
        now += usize::from(*on);
        now -= usize::from(at >= 3600 && seconds[at - 3600]);
        best = best.max(now);
    }
    best
}

/// Each unbroken time is followed by one as long, at most `tail`.
fn with_tails(seconds: &mut [bool], tail: u32) {
    let mut run = 0;
    let before = seconds.to_vec();
    for at in 0..before.len() {
        run = if before[at] { run + 1 } else { 0 };
        let ends = before[at] && !before.get(at + 1).is_some_and(|on| *on);
        if ends {
            let end = (at + 1 + run.min(tail as usize)).min(seconds.len());
            seconds[at + 1..end].fill(true);
        }
    }
}

fn expected(visits: &[Visit], windows: &[Window], sum: bool, minimum: u32, tail: u32) -> String {
    let people: BTreeSet<u8> = visits.iter().map(|visit| visit.0).collect();
    let places: BTreeSet<u8> = visits.iter().map(|visit| visit.1).collect();
    let cases: BTreeSet<u8> = windows.iter().map(|window| window.0).collect();
    let mut rows = String::from("case,person,place,first_at,last_at,minutes,level\n");
    for case in cases {
        let mut infectious = vec![false; END as usize];
        for window in windows.iter().filter(|window| window.0 == case) {
            infectious[window.1 as usize..window.2 as usize].fill(true);
        }
        for person in people.iter().filter(|person| **person != case) {
            let mut shared = BTreeMap::new();
            for place in &places {
                let (ours, theirs) = (seconds_at(visits, case, *place), seconds_at(visits, *person, *place));
                let mut risky: Vec<bool> = ours.iter().zip(&infectious).map(|(a, b)| *a && *b).collect();
                with_tails(&mut risky, tail);
                let both: Vec<bool> = risky.iter().zip(&theirs).map(|(a, b)| *a && *b).collect();
                if both.contains(&true) {
                    shared.insert(*place, both);
                }
            }
            let anywhere: Vec<bool> =
                (0..END as usize).map(|s| shared.values().any(|both| both[s])).collect();
            let most = if sum {
                best_hour(&anywhere)
            } else {
                shared.values().map(|both| longest_run(both)).max().unwrap_or(0)
            };
            if most < minimum as usize {
                continue;
            }
            for (place, both) in &shared {
                let first = both.iter().position(|on| *on).unwrap();
                let last = both.iter().rposition(|on| *on).unwrap() + 1;
                let minutes = both.iter().filter(|on| **on).count() / 60;
                rows += &format!("p{case},p{person},h{place},{first},{last},{minutes},close\n");
            }
        }
    }
    rows
}

fn span() -> impl Strategy<Value = (i64, i64)> {
    // Steps of 50 s make visits touch, and ends meet the ends of windows, often.
    (0..END / 50, 1..60_i64).prop_map(|(from, length)| (from * 50, (from * 50 + length * 50).min(END)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn tracing_finds_what_the_definition_says(
        visits in prop::collection::vec((0..5_u8, 0..3_u8, span()), 0..30),
        windows in prop::collection::vec((0..6_u8, span()), 0..5),
        sum in any::<bool>(),
        minimum in 1..1500_u32,
        tail in prop::sample::select(vec![0, 70, 1_800_u32]),
    ) {
        let visits: Vec<Visit> = visits.into_iter().map(|(who, at, (from, until))| (who, at, from, until)).collect();
        let windows: Vec<Window> = windows.into_iter().map(|(who, (from, until))| (who, from, until)).collect();
        let mut visit_file = String::from("person,place,entered_at,left_at\n");
        for (person, place, from, until) in &visits {
            visit_file += &format!("p{person},h{place},{from},{until}\n");
        }
        let mut case_file = String::from("person,infectious_from,infectious_until\n");
        for (person, from, until) in &windows {
            case_file += &format!("p{person},{from},{until}\n");
        }
        let mut out = Vec::new();
        run(visit_file.as_bytes(), case_file.as_bytes(), &policy(sum, minimum, tail), None, &mut out).unwrap();
        prop_assert_eq!(String::from_utf8(out).unwrap(), expected(&visits, &windows, sum, minimum, tail));
    }

    #[test]
    fn no_bytes_make_it_panic(visits in prop::collection::vec(any::<u8>(), 0..200), cases in "\\PC{0,80}") {
        let policy = policy(true, 900, 0);
        let _ = run(&visits[..], cases.as_bytes(), &policy, Some(1), std::io::sink());
        let rows = [&b"person,place,entered_at,left_at\n"[..], &visits].concat();
        let window = b"person,infectious_from,infectious_until\np,0,9\n";
        let _ = run(&rows[..], &window[..], &policy, None, std::io::sink());
    }
}
