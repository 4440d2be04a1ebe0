//! `healthcode replay` as its users meet it.
#![allow(clippy::unwrap_used)]

mod common;
use common::{Ran, Room, declared, rules};

const FROM: &str = "2020-02-11T00:00:00+08:00";

fn replay(evidence: &str, from: &str, to: &str, more: &[&str]) -> Ran {
    let room = Room::new();
    room.write("evidence.jsonl", evidence);
    let rules = rules();
    let arguments = ["replay", "--rules", &rules, "--evidence", "evidence.jsonl", "--from", from, "--to", to];
    room.run(&[&arguments, more].concat())
}

fn seen(ran: &Ran) -> Vec<String> {
    assert_eq!(ran.status, 0, "{}", ran.err);
    let rows = ran.out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    rows.map(|row| format!("{} {} {}", row["person"], row["at"], row["colour"]).replace('"', "")).collect()
}

#[test]
fn each_change_is_a_line() {
    let ran = replay(&declared("p1", "no", "330106"), FROM, "2020-02-20T00:00:00+08:00", &[]);
    assert_eq!(seen(&ran), ["p1 2020-02-11T09:00:03+08:00 pending", "p1 2020-02-11T10:00:00+08:00 green"]);
    assert!(ran.out.starts_with("{\"at\":"));
}

#[test]
fn every_day_adds_a_line_a_day() {
    let ran = replay(&declared("p1", "no", "330106"), FROM, "2020-02-14T00:00:00+08:00", &["--every", "1d"]);
    assert_eq!(
        seen(&ran),
        [
            "p1 2020-02-11T09:00:03+08:00 pending",
            "p1 2020-02-11T10:00:00+08:00 green",
            "p1 2020-02-12T00:00:00+08:00 green",
            "p1 2020-02-13T00:00:00+08:00 green",
        ]
    );
}

#[test]
fn a_span_without_rules_or_the_wrong_way_round_is_refused() {
    let lines = declared("p1", "no", "330106");
    let early = replay(&lines, "2019-01-01T00:00:00+08:00", "2019-02-01T00:00:00+08:00", &[]);
    assert!(early.status == 2 && early.err.contains("not in force at 2019-01-01"), "{}", early.err);
    let turned = replay(&lines, FROM, FROM, &[]);
    assert!(turned.status == 2 && turned.err.contains("--to"), "{}", turned.err);
    assert_eq!(replay(&lines, FROM, "2020-02-12T00:00:00+08:00", &["--every", "0d"]).status, 2);
}
