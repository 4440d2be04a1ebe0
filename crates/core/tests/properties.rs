//! What must hold for every life, tried on random ones; and a second, slower way to count report days.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use healthcode_core::decide::decide;
use healthcode_core::decision::{Colour, Decision};
use healthcode_core::evidence::Evidence;
use healthcode_core::life::Life;
use healthcode_core::replay::replay;
use healthcode_core::rule_set::RuleSet;
use healthcode_core::time::{Instant, Interval};
use proptest::prelude::*;
use std::sync::LazyLock;

fn hangzhou() -> RuleSet {
    static RULES: LazyLock<RuleSet> =
        LazyLock::new(|| RuleSet::parse(include_str!("../../../rules/hangzhou-2020-02/rules.toml")).unwrap());
    RULES.clone()
}

/// The preset that is in daily use, or rules that use the whole language.
fn rules(every_construct: bool) -> RuleSet {
    static EVERY: LazyLock<RuleSet> =
        LazyLock::new(|| RuleSet::parse(include_str!("every_construct/rules.toml")).unwrap());
    if every_construct { EVERY.clone() } else { hangzhou() }
}

/// Presets whose rules do not ask when something was recorded: neither `reported_within` nor missed reports.
const PRESETS: [&str; 3] = [
    include_str!("../../../rules/hangzhou-2020-02/rules.toml"),
    include_str!("../../../rules/china-ten-measures/rules.toml"),
    include_str!("../../../rules/china-twenty-measures/rules.toml"),
];

fn preset(number: usize) -> RuleSet {
    static SETS: LazyLock<Vec<RuleSet>> = LazyLock::new(|| {
        let always = Interval { from: hour(-1), until: hour(24 * 400) };
        let set = |text: &&str| {
            let set = RuleSet::parse(text).unwrap();
            let authority = set.authority.clone();
            set.adopted(authority, always)
        };
        PRESETS.iter().map(set).collect()
    });
    assert!(!PRESETS[number].contains("reported_within") && !PRESETS[number].contains("missed_reports"));
    SETS[number].clone()
}

/// What speaks for recovery, at `AT`.
const RECOVERY: [(&str, &str); 4] = [
    ("case_status", r#"{"status":"recovered"}"#),
    ("case_status", r#"{"status":"excluded"}"#),
    ("isolation", r#"{"action":"ended","place":"home","from":"AT"}"#),
    ("test_result", r#"{"assay":"pcr","result":"negative","sampled_at":"AT","ct":40.0}"#),
];

fn hour(hours: i64) -> Instant {
    Instant::parse("2020-02-11T00:00:00+08:00").unwrap().plus_seconds(hours * 3600)
}

/// One random event: what, at which hour, recorded how many hours later.
#[derive(Clone, Debug)]
struct Event {
    kind: usize,
    detail: usize,
    hour: i64,
    delay: i64,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = (0..15_usize, 0..6_usize, 0..24 * 40_i64, prop_oneof![4 => Just(0_i64), 1 => 0..72_i64]);
    let reports = (0..24_i64, 1..40_i64, 0..30_i64, 0..50_i64).prop_map(|(at, from, days, skip)| {
        let daily = (from..from + days).filter(move |day| *day != skip);
        daily.map(|day| Event { kind: 3, detail: 0, hour: day * 24 + at, delay: 0 }).collect::<Vec<_>>()
    });
    let single = event.prop_map(|(kind, detail, hour, delay)| Event { kind, detail, hour, delay });
    (prop::collection::vec(single, 0..12), reports).prop_map(|(mut events, reports)| {
        events.extend(reports);
        events
    })
}

fn evidence(events: &[Event]) -> Vec<Evidence> {
    let declarations: Vec<_> = (0..events.len()).filter(|i| matches!(events[*i].kind, 0 | 1)).collect();
    let mut lines = Vec::new();
    for (index, event) in events.iter().enumerate() {
        let Event { kind, detail, hour: at, delay } = *event;
        let of = |among: &[usize]| among.get(detail % among.len().max(1)).map(|i| format!("e{i}"));
        let (kind, data) = match kind {
            0 | 1 => {
                let contact = ["no", "no", "no", "unsure", "yes", "no"][detail];
                let stay = ["330106", "330106", "420106", "330106", "330106", "330302"][detail];
                let symptoms = if detail == 1 { r#"["dry_cough"]"# } else { "[]" };
                (
                    "declaration",
                    format!(
                        r#"{{"symptoms":{symptoms},"contact":"{contact}","stayed_in":["{stay}"],"residence":"{stay}","health_state":"normal"}}"#
                    ),
                )
            }
            2 => {
                let result = if detail == 0 { "refused" } else { "confirmed" };
                let Some(of) = of(&declarations) else { continue };
                ("audit", format!(r#"{{"of":"{of}","result":"{result}"}}"#))
            }
            3 | 4 => {
                let celsius = if kind == 4 && detail < 2 { "37.5" } else { "36.5" };
                ("health_report", format!(r#"{{"temperature_c":{celsius},"symptoms":[]}}"#))
            }
            5 => {
                let (grade, level) = [
                    ("witnessed", "close"),
                    ("poster", "close"),
                    ("rotating", "close"),
                    ("witnessed", "general"),
                    ("declared", "close"),
                    ("witnessed", "secondary"),
                ][detail];
                let (first, last) = (hour(at - 2), hour(at - 1));
                (
                    "exposure",
                    format!(
                        r#"{{"level":"{level}","basis":"place","grade":"{grade}","first_at":"{first}","last_at":"{last}","minutes":60}}"#
                    ),
                )
            }
            6 => {
                let status =
                    ["suspected", "confirmed", "asymptomatic", "excluded", "recovered", "recovered"][detail];
                ("case_status", format!(r#"{{"status":"{status}"}}"#))
            }
            7 => {
                let (from, to) = (hour(at - 48), hour(at + 24 * (detail as i64 - 3)));
                if to <= from {
                    continue;
                }
                ("stay", format!(r#"{{"region":"420100","from":"{from}","to":"{to}"}}"#))
            }
            9.. => more(kind, detail, at),
            _ => {
                let originals: Vec<_> =
                    (0..index).filter(|i| matches!(events[*i].kind, 3..=6 | 9..)).collect();
                let Some(of) = of(&originals) else { continue };
                ("withdrawal", format!(r#"{{"of":"{of}","reason":"a mistake"}}"#))
            }
        };
        let (happened, recorded) = (hour(at), hour(at + delay));
        lines.push(format!(r#"{{"id":"e{index}","person":"p","kind":"{kind}","happened_at":"{happened}","recorded_at":"{recorded}","source":"self","data":{data}}}"#));
    }
    lines.iter().map(|line| Evidence::from_json(line).expect(line)).collect()
}

/// Kinds of facts that only the whole language speaks of.
fn more(kind: usize, detail: usize, at: i64) -> (&'static str, String) {
    match kind {
        9 => {
            let (assay, result) = [
                ("pcr", "negative"),
                ("pcr", "negative"),
                ("pcr", "positive"),
                ("antigen", "negative"),
                ("pcr", "inconclusive"),
                ("pcr", "negative"),
            ][detail];
            let sampled = hour(at - 6);
            (
                "test_result",
                format!(r#"{{"assay":"{assay}","result":"{result}","sampled_at":"{sampled}","ct":30.0}}"#),
            )
        }
        10 => {
            let action = ["ordered", "extended", "ended", "shortened", "ordered", "ended"][detail];
            let (from, until) = (hour(at), hour(at + 24 * 7 + detail as i64));
            (
                "isolation",
                format!(r#"{{"action":"{action}","place":"home","from":"{from}","until":"{until}"}}"#),
            )
        }
        11 => {
            let country = if detail == 0 { "SG" } else { "IT" };
            ("arrival", format!(r#"{{"from_country":"{country}","entered_at":"{}"}}"#, hour(at - 3)))
        }
        12 => (
            "vaccination",
            format!(
                r#"{{"product":"x","dose":{},"of_doses":3,"given_on":"2020-02-1{detail}"}}"#,
                1 + detail % 3
            ),
        ),
        13 => ("medicine_purchase", format!(r#"{{"medicine":"ibuprofen","for_other":{}}}"#, detail == 0)),
        _ => {
            let until = hour(at + 50 + 24 * detail as i64);
            (
                "order",
                format!(
                    r#"{{"colour":"red","reason":"headquarters","approved_by":["a","b"],"until":"{until}"}}"#
                ),
            )
        }
    }
}

fn at(rules: &RuleSet, life: &Life, when: Instant) -> Decision {
    decide(rules, life, when).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_changes_before_the_next_change_and_something_does_at_it(events in events(), when in 0..24 * 60_i64, every in any::<bool>()) {
        let rules = rules(every);
        let life = Life::new(evidence(&events)).unwrap();
        let when = hour(when);
        // What is recorded later is not "nothing new recorded", so only what is known by then is kept.
        let known: Vec<_> = evidence(&events).into_iter().filter(|e| e.recorded_at <= when).collect();
        let Ok(known) = Life::new(known) else { return Ok(()) };
        let now = at(&rules, &known, when);
        // The same evidence has another position in another life, so what is compared is what is shown.
        let shown = (now.to_json(&rules, &known, "p"), at(&rules, &life, when).to_json(&rules, &life, "p"));
        prop_assert_eq!(shown.0, shown.1, "what is recorded later does not matter");
        let next = now.next_change_at.unwrap();
        prop_assert!(next > when && next <= rules.in_force.until);
        let mut probe = when;
        while probe < next {
            prop_assert!(at(&rules, &known, probe).is_same(&now), "{probe} differs before {next}");
            prop_assert_eq!(at(&rules, &known, probe).since, now.since);
            probe = probe.plus_seconds(3600 * 29 + 11);
        }
        prop_assert!(at(&rules, &known, Instant::from_micros(next.micros() - 1)).is_same(&now));
        if next < rules.in_force.until {
            prop_assert!(!at(&rules, &known, next).is_same(&now), "nothing changes at {next}");
        }
    }

    #[test]
    fn the_order_of_the_records_changes_nothing(events in events(), when in 0..24 * 60_i64, seed in any::<u64>(), every in any::<bool>()) {
        let rules = rules(every);
        let ordered = evidence(&events);
        let mut shuffled = ordered.clone();
        let mut state = seed;
        for i in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            shuffled.swap(i, (state >> 33) as usize % (i + 1));
        }
        let (a, b) = (Life::new(ordered).unwrap(), Life::new(shuffled).unwrap());
        prop_assert_eq!(at(&rules, &a, hour(when)), at(&rules, &b, hour(when)));
    }

    #[test]
    fn a_replay_equals_what_was_decided_live(events in events(), every in any::<bool>()) {
        let rules = rules(every);
        let life = Life::new(evidence(&events)).unwrap();
        let span = Interval::new(hour(0), hour(24 * 60)).unwrap();
        let changes = replay(&rules, &life, span);
        let first = life.recordings().first().copied().unwrap_or(span.from);
        for step in 0..(24 * 60 / 5) {
            let when = hour(step * 5 + 1);
            if when < first { continue }
            let replayed = changes.iter().rev().find(|(from, _)| *from <= when);
            let live = at(&rules, &life, when);
            prop_assert!(replayed.is_some_and(|(_, decision)| decision.is_same(&live)), "{when}");
        }
    }

    #[test]
    fn a_colour_never_lacks_a_reason_and_since_never_lies_ahead(events in events(), when in 0..24 * 60_i64, every in any::<bool>()) {
        let rules = rules(every);
        let life = Life::new(evidence(&events)).unwrap();
        let decision = at(&rules, &life, hour(when));
        prop_assert!(!decision.reasons.is_empty());
        for reason in &decision.reasons {
            prop_assert_eq!(rules.reasons[usize::from(reason.reason)].colour, decision.colour);
        }
        prop_assert!(decision.since <= hour(when).max(rules.in_force.from) || life.originals().is_empty() || life.originals()[0].recorded_at > hour(when));
    }

    #[test]
    fn one_more_normal_report_never_makes_a_colour_worse(events in events(), day in 1..60_i64, every in any::<bool>()) {
        let rules = rules(every);
        let mut with = evidence(&events);
        let before = Life::new(with.clone()).unwrap();
        let when = hour(day * 24 + 23);
        with.push(Evidence::from_json(&format!(r#"{{"id":"more","person":"p","kind":"health_report","happened_at":"{when}","recorded_at":"{when}","source":"self","data":{{"temperature_c":36.5,"symptoms":[]}}}}"#)).unwrap());
        let after = Life::new(with).unwrap();
        for later in 0..40 {
            let then = when.plus_seconds(later * 43_200);
            prop_assert!(at(&rules, &after, then).colour <= at(&rules, &before, then).colour);
        }
    }

    #[test]
    fn more_evidence_of_recovery_never_makes_a_colour_worse(events in events(), day in 1..50_i64, kind in 0..RECOVERY.len(), every in any::<bool>()) {
        let rules = rules(every);
        let mut with = evidence(&events);
        let before = Life::new(with.clone()).unwrap();
        let when = hour(day * 24 + 7);
        let (kind, data) = RECOVERY[kind];
        let data = data.replace("AT", &when.to_string());
        with.push(Evidence::from_json(&format!(r#"{{"id":"more","person":"p","kind":"{kind}","happened_at":"{when}","recorded_at":"{when}","source":"officer","data":{data}}}"#)).unwrap());
        let after = Life::new(with).unwrap();
        for later in 0..40 {
            let then = when.plus_seconds(later * 43_200);
            let colours = (at(&rules, &after, then).colour, at(&rules, &before, then).colour);
            prop_assert!(colours.0 <= colours.1, "{then}: {colours:?}");
        }
    }

    #[test]
    fn when_something_was_recorded_matters_only_to_report_days(events in events(), delays in prop::collection::vec(0..200_i64, 80), rules in 0..PRESETS.len(), when in 24 * 50..24 * 60_i64) {
        let rules = preset(rules);
        let with = |delay: &dyn Fn(usize) -> i64| {
            let late = |(number, event): (usize, &Event)| Event { delay: if matches!(event.kind, 3 | 4) { event.delay } else { delay(number) }, ..event.clone() };
            let events: Vec<_> = events.iter().enumerate().map(late).collect();
            Life::new(evidence(&events)).unwrap()
        };
        let (at_once, later) = (with(&|_| 0), with(&|number| delays[number % delays.len()]));
        let (one, other) = (at(&rules, &at_once, hour(when)), at(&rules, &later, hour(when)));
        let parts = |d: &Decision| (d.colour, d.reasons.iter().map(|r| (r.reason, r.evidence.clone())).collect::<Vec<_>>(), d.release.clone(), d.next_change_at, d.earliest_release_at);
        prop_assert_eq!(parts(&one), parts(&other));
    }

    #[test]
    fn counting_day_by_day_gives_the_same_colour(events in events(), when in 0..24 * 60_i64) {
        // Only what the slow count understands: confirmed, exposures, reports, recorded as they happened.
        let simple = |e: &Event| matches!(e.kind, 3 | 4) || (e.kind == 5 && matches!(e.detail, 0 | 2)) ;
        let mut some: Vec<_> = events.into_iter().filter(simple).map(|e| Event { delay: 0, ..e }).collect();
        some.insert(0, Event { kind: 0, detail: 0, hour: 0, delay: 0 });
        some.insert(1, Event { kind: 2, detail: 1, hour: 0, delay: 0 });
        let (rules, life) = (hangzhou(), Life::new(evidence(&some)).unwrap());
        let found = at(&rules, &life, hour(when));
        prop_assert_eq!(found.colour, slow_colour(&some, when), "{:?}", some);
    }
}

/// Walks hour by hour and keeps explicit counters, reset at the midnight after a day without a normal report.
fn slow_colour(events: &[Event], until: i64) -> Colour {
    struct Counter {
        colour: Colour,
        of: u32,
        done: u32,
        zero_day: i64,
    }
    let mut counters: Vec<(usize, Counter)> = Vec::new();
    let (mut normal_today, mut abnormal_today) = (false, false);
    let mut credited: Vec<usize> = Vec::new();
    for now in 0..=until {
        let today = now.div_euclid(24);
        if now % 24 == 0 {
            for (_, counter) in &mut counters {
                let counted_day = today - 1 > counter.zero_day;
                if counted_day && (!normal_today || abnormal_today) {
                    counter.done = 0;
                }
            }
            (normal_today, abnormal_today) = (false, false);
            credited.clear();
        }
        let mut here: Vec<_> = events.iter().enumerate().filter(|(_, e)| e.hour == now).collect();
        here.sort_by_key(|(index, _)| format!("e{index}"));
        for (_, event) in here {
            let unwell = event.kind == 4 && event.detail < 2;
            match event.kind {
                3 | 4 if !unwell => {
                    normal_today = true;
                    if !abnormal_today {
                        for (rule, counter) in &mut counters {
                            if today > counter.zero_day && !credited.contains(rule) {
                                counter.done += 1;
                                credited.push(*rule);
                            }
                        }
                        counters.retain(|(_, counter)| counter.done < counter.of);
                    }
                }
                3 | 4 => {
                    abnormal_today = true;
                    counters.iter_mut().for_each(|(_, counter)| counter.done = 0);
                    latch(
                        &mut counters,
                        1,
                        Counter { colour: Colour::Yellow, of: 7, done: 0, zero_day: today },
                    );
                }
                5 => {
                    let zero_day = (now - 1).div_euclid(24);
                    // Days that were reported before the contact became known count, too: the run is the person's.
                    let done = run_before(events, now, zero_day);
                    latch(&mut counters, 0, Counter { colour: Colour::Red, of: 14, done, zero_day });
                    if done > 0 && normal_today && !abnormal_today {
                        credited.push(0);
                    }
                }
                _ => {}
            }
        }
    }
    return counters.iter().map(|(_, counter)| counter.colour).max().unwrap_or(Colour::Green);

    fn latch(counters: &mut Vec<(usize, Counter)>, rule: usize, new: Counter) {
        match counters.iter_mut().find(|(known, _)| *known == rule) {
            Some((_, counter)) => {
                if new.zero_day > counter.zero_day {
                    *counter = new;
                }
            }
            None => counters.push((rule, new)),
        }
    }

    /// 1 when the day of an exposure recorded just after midnight (its contact ended the day before) has a normal
    /// report already and no abnormal one.
    fn run_before(events: &[Event], now: i64, zero_day: i64) -> u32 {
        let today = now.div_euclid(24);
        let mut before: Vec<_> = events
            .iter()
            .enumerate()
            .filter(|(_, e)| e.hour <= now && e.hour.div_euclid(24) == today)
            .collect();
        before.sort_by_key(|(index, e)| (e.hour, format!("e{index}")));
        let exposure = before.iter().position(|(_, e)| e.kind == 5 && e.hour == now);
        let before = &before[..exposure.unwrap_or(before.len())];
        let unwell = before.iter().any(|(_, e)| e.kind == 4 && e.detail < 2);
        let normal = before.iter().any(|(_, e)| e.kind == 3 || (e.kind == 4 && e.detail >= 2));
        u32::from(today > zero_day && normal && !unwell)
    }
}
