//! Policy files: what is built in, and what is refused.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use healthcode_core::fact::ExposureBasis;
use healthcode_trace::{Level, Mode, Near, Nearness, Policy, SecondRing};

const GOOD: &str = r#"name = "bus-2h"
mode = "sum"
minimum_seconds = 7_200
sum_hours = 48
level = "general"
cap = 300
days_before_onset = 4
days_before_sample = 4
days_after = 14
source = "DB32/T 3761.50-2021"
"#;

/// (code, line) of every fault.
fn faults(text: &str) -> Vec<(&'static str, usize)> {
    let faults = Policy::parse(text).expect_err("the policy was accepted");
    faults.0.iter().map(|fault| (fault.code, fault.line)).collect()
}

#[test]
fn the_policies_of_the_contract_ask_for_fifteen_minutes_and_have_no_cap() {
    for name in ["place-15min-sum-24h", "place-15min-unbroken"] {
        let policy = Policy::built_in(name).unwrap();
        assert_eq!((policy.name.as_str(), policy.minimum_seconds, policy.cap), (name, 900, None));
        assert_eq!((policy.level, policy.tail_seconds, policy.off), (Level::Close, 0, None));
        assert_eq!((policy.kinds.len(), policy.second_ring, policy.ask_above), (0, None, Some(200)));
    }
    assert_eq!(Policy::built_in("place-15min-sum-24h").unwrap().mode, Mode::Sum { hours: 24 });
    assert_eq!(Policy::built_in("place-15min-unbroken").unwrap().mode, Mode::Unbroken);
    assert_eq!(Policy::built_in("place-15min"), None);
}

#[test]
fn what_may_be_absent_is_refused_when_it_is_wrong() {
    let more = |lines: &str| format!("{GOOD}{lines}");
    let policy =
        Policy::parse(&more("tail_minutes = 30\nafter_last_negative = true\noff = \"too wide\"\n")).unwrap();
    assert_eq!((policy.tail_seconds, policy.after_last_negative), (1_800, true));
    assert_eq!(policy.off.as_deref(), Some("too wide"));
    let wrong = more("tail_minutes = 1441\nafter_last_negative = \"yes\"\noff = \"\"\n");
    assert_eq!(
        faults(&wrong),
        [("policy_bad_value", 11), ("policy_bad_value", 12), ("policy_bad_value", 13)]
    );
}

#[test]
fn a_policy_file_says_everything_itself() {
    let policy = Policy::parse(GOOD).unwrap();
    assert_eq!(policy.mode, Mode::Sum { hours: 48 });
    assert_eq!((policy.minimum_seconds, policy.cap, policy.level), (7_200, Some(300), Level::General));
    assert_eq!((policy.days_before_onset, policy.days_before_sample, policy.days_after), (4, 4, 14));
}

#[test]
fn kinds_of_places_have_a_rule_of_their_own() {
    let kinds = "[[kind]]\nof = [\"home\"]\nmode = \"unbroken\"\nminimum_seconds = 1\nlevel = \"close\"\n";
    let policy = Policy::parse(&format!("{GOOD}{kinds}")).unwrap();
    assert_eq!((policy.kinds.len(), policy.kinds[0].of[0].as_str()), (1, "home"));
    assert_eq!((policy.kinds[0].minimum_seconds, policy.minimum_seconds), (1, 7_200));
    let bad = kinds.replace("\"home\"", "").replace("= 1", "= 0").replace("level", "grade");
    assert_eq!(
        faults(&format!("{GOOD}{bad}")),
        [
            ("policy_bad_value", 12),
            ("policy_bad_value", 14),
            ("policy_unknown_key", 15),
            ("policy_missing_key", 15),
        ]
    );
    assert_eq!(faults(&format!("{GOOD}kind = 5\n")), [("policy_bad_value", 11)]);
}

#[test]
fn every_mistake_is_reported_at_once_with_its_line() {
    let text = GOOD
        .replace("\"sum\"", "\"total\"")
        .replace("7_200", "0")
        .replace("\"general\"", "\"near\"")
        .replace("300", "\"many\"")
        .replace("days_after", "days_afterwards");
    assert_eq!(
        faults(&text),
        [
            ("policy_missing_key", 1),
            ("policy_bad_value", 2),
            ("policy_bad_value", 3),
            ("policy_bad_value", 5),
            ("policy_bad_value", 6),
            ("policy_unknown_key", 9),
        ]
    );
    let words = Policy::parse(&text).unwrap_err().to_string();
    assert!(words.contains("line 9: \"days_afterwards\" is no key of a policy"), "{words}");
    assert!(words.contains("days_after is missing"), "{words}");
}

#[test]
fn an_empty_file_lacks_every_key() {
    assert_eq!(faults("").len(), 8, "sum_hours belongs to a mode, and a cap is never needed");
}

#[test]
fn a_key_given_twice_and_broken_toml_are_refused() {
    assert_eq!(faults(&format!("{GOOD}level = \"close\"\n")), [("policy_not_toml", 11)]);
    assert!(faults("name = \"x\nmode = [").contains(&("policy_not_toml", 1)));
}

#[test]
fn hours_belong_to_sums_and_must_hold_the_minimum() {
    assert_eq!(faults(&GOOD.replace("\"sum\"", "\"unbroken\"")), [("policy_bad_value", 4)]);
    assert_eq!(faults(&GOOD.replace("48", "1")), [("policy_bad_value", 3)]);
    assert!(Policy::parse(&GOOD.replace("48", "2")).is_ok());
}

const KIND: &str =
    "[[kind]]\nof = [\"aircraft\"]\nmode = \"unbroken\"\nminimum_seconds = 1\nlevel = \"close\"\n";

fn with_kind(keys: &str) -> String {
    format!("{GOOD}{KIND}{keys}")
}

#[test]
fn a_kind_may_ask_for_seats() {
    let near = |keys: &str| Policy::parse(&with_kind(keys)).unwrap().kinds[0].clone();
    let rows =
        near("near = \"rows\"\nrows = 3\nmissing_rows = [17, 13, 13]\ncrew = true\nbeyond = \"general\"\n");
    assert_eq!(
        rows.nearness.unwrap(),
        Nearness {
            near: Near::Rows { rows: 3, missing_rows: vec![13, 17] },
            crew: true,
            beyond: Some(Level::General),
            unknown_seat: Level::General,
        }
    );
    assert_eq!(rows.basis, ExposureBasis::Transport);
    let seats = near("near = \"seats\"\nseats = 2\nunknown_seat = \"close\"\n").nearness.unwrap();
    let letters = "ABCDEFGHJK".to_owned();
    assert_eq!(seats.near, Near::Seats { seats: 2, missing_rows: Vec::new(), letters });
    assert_eq!((seats.crew, seats.beyond, seats.unknown_seat), (false, None, Level::Close));
    for (word, want) in
        [("compartment", Near::Compartment), ("carriage", Near::Carriage), ("vehicle", Near::Vehicle)]
    {
        assert_eq!(near(&format!("near = \"{word}\"\n")).nearness.unwrap().near, want);
    }
    let household = near("basis = \"household\"\n");
    assert_eq!((household.basis, household.nearness), (ExposureBasis::Household, None));
    assert_eq!(near("").basis, ExposureBasis::Place);
}

#[test]
fn what_does_not_go_together_about_seats_is_refused() {
    for (keys, lines) in [
        ("near = \"deck\"\n", vec![16]),
        ("near = \"rows\"\n", vec![12]),
        ("near = \"rows\"\nrows = 100\n", vec![17]),
        ("near = \"bay\"\nbeside = 1\nmissing_rows = [13]\n", vec![18]),
        ("near = \"seats\"\nseats = 2\nletters = \"AAB\"\n", vec![18]),
        ("near = \"seats\"\nseats = 2\nletters = \"abc\"\n", vec![18]),
        ("near = \"rows\"\nrows = 1\nmissing_rows = [0]\n", vec![18]),
        ("near = \"vehicle\"\ncrew = true\nbeyond = \"general\"\n", vec![17, 18]),
        ("crew = true\nrows = 3\n", vec![16, 17]),
        ("basis = \"declared\"\n", vec![16]),
    ] {
        let found: Vec<usize> = faults(&with_kind(keys)).into_iter().map(|(_, line)| line).collect();
        assert_eq!(found, lines, "{keys}");
    }
    let words = Policy::parse(&with_kind("crew = true\n")).unwrap_err().to_string();
    assert_eq!(words, "line 16: crew belongs to near; remove it");
}

#[test]
fn dates_need_a_zone_and_no_seats() {
    let dated = |keys: &str| GOOD.replace("cap = 300", keys);
    let policy = Policy::parse(&dated("same_date = true\nzone = \"Europe/London\"")).unwrap();
    assert_eq!((policy.same_date, policy.zone.unwrap().name()), (true, "Europe/London"));
    assert_eq!(faults(&dated("same_date = true")), [("policy_bad_value", 1)]);
    assert_eq!(faults(&dated("zone = \"Europe/Lundun\"")), [("policy_bad_value", 6)]);
    assert_eq!(
        faults(&with_kind("same_date = true\nnear = \"vehicle\"\n")),
        [("policy_bad_value", 1), ("policy_bad_value", 17)]
    );
}

#[test]
fn a_second_ring_is_as_the_policy_or_has_a_minimum_of_its_own() {
    let ring = |keys: &str| format!("{}\n[second_ring]\n{keys}", GOOD.replace("cap = 300", "ask_above = 50"));
    let parsed = |keys: &str| Policy::parse(&ring(keys)).unwrap().second_ring.unwrap();
    let as_policy = parsed("level = \"secondary\"\n");
    assert_eq!(as_policy, SecondRing { level: Level::Secondary, minimum: None, ask_above: Some(50) });
    let own = parsed("level = \"general\"\nmode = \"unbroken\"\nminimum_seconds = 60\nask_above = 9\n");
    assert_eq!((own.minimum, own.ask_above), (Some((60, Mode::Unbroken)), Some(9)));
    assert_eq!(faults(&ring("mode = \"unbroken\"\n")), [("policy_missing_key", 13); 2]);
    assert_eq!(faults(&ring("level = \"secondary\"\ncap = 5\n")), [("policy_unknown_key", 14)]);
    assert_eq!(faults(&format!("{GOOD}second_ring = true\n")), [("policy_bad_value", 11)]);
}
