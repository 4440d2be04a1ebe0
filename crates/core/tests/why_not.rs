//! What is said about rules that do not hold.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use healthcode_core::evidence::Evidence;
use healthcode_core::life::Life;
use healthcode_core::rule_set::RuleSet;
use healthcode_core::time::Instant;
use healthcode_core::why_not::why_not;

const EVERY: &str = include_str!("every_construct/rules.toml");

/// The reasons of the rules that came close for someone with such facts, each with what was missing in English.
fn close(rules: &str, facts: &[(&str, &str, &str)], at: &str) -> Vec<String> {
    let rules = RuleSet::parse(rules).unwrap();
    let lines = facts.iter().enumerate().map(|(number, (at, kind, data))| {
        let line = format!(
            r#"{{"id":"e{number}","person":"p","kind":"{kind}","happened_at":"{at}","recorded_at":"{at}","source":"officer","data":{data}}}"#
        );
        Evidence::from_json(&line).unwrap()
    });
    let life = Life::new(lines.collect()).unwrap();
    let close = why_not(&rules, &life, Instant::parse(at).unwrap());
    let code = |rule: usize| &rules.reasons[usize::from(rules.rules[rule].reason)].code;
    let say = |close: &healthcode_core::why_not::Close| {
        let missing: Vec<_> = close.missing.iter().map(|missing| missing.text.en.as_str()).collect();
        assert!(close.missing.iter().all(|missing| !missing.text.zh.is_empty()));
        format!("{}: {}", code(close.rule), missing.join("; "))
    };
    close.iter().map(say).collect()
}

fn hangzhou(facts: &[(&str, &str, &str)], at: &str) -> Vec<String> {
    close(include_str!("../../../rules/hangzhou-2020-02/rules.toml"), facts, at)
}

fn exposure(grade: &str, minutes: u8) -> String {
    format!(
        r#"{{"level":"close","basis":"place","grade":"{grade}","first_at":"2020-02-12T10:00:00+08:00","last_at":"2020-02-12T10:40:00+08:00","minutes":{minutes}}}"#
    )
}

#[test]
fn a_printed_code_is_said_to_prove_too_little() {
    let facts = [("2020-02-12T10:40:00+08:00", "exposure", &*exposure("poster", 40))];
    let said = hangzhou(&facts, "2020-02-13T12:00:00+08:00");
    assert_eq!(said, ["R2: only a printed place code was scanned, which proves too little to colour anyone"]);
}

#[test]
fn a_contact_that_is_too_old_is_said_by_how_much() {
    // Recorded when it was too old already: it never coloured.
    let facts = [("2020-03-01T10:40:00+08:00", "exposure", &*exposure("witnessed", 40))];
    let said = hangzhou(&facts, "2020-03-02T12:00:00+08:00");
    assert_eq!(said, ["R2: 19 days ago; it counts for 14"]);
}

#[test]
fn a_contact_that_was_too_short_is_said_by_how_much() {
    let facts = [("2020-02-12T10:40:00+08:00", "exposure", &*exposure("witnessed", 14))];
    let said = close(EVERY, &facts, "2020-02-13T12:00:00+08:00");
    assert!(said.contains(&"R2: 14 minutes together; it takes 15".to_owned()), "{said:?}");
}

#[test]
fn a_rule_that_held_and_ended_says_when() {
    let facts = [
        ("2020-02-12T10:00:00+08:00", "case_status", r#"{"status":"suspected"}"#),
        ("2020-02-13T10:00:00+08:00", "case_status", r#"{"status":"excluded"}"#),
    ];
    let said = hangzhou(&facts, "2020-02-14T12:00:00+08:00");
    assert_eq!(said, ["R1: it held, and its way out was complete on 2020-02-13 10:00"]);
}

#[test]
fn what_spares_someone_is_named() {
    let vaccinated = r#"{"product":"x","dose":3,"of_doses":3,"given_on":"2020-01-20"}"#;
    let facts = [
        ("2020-02-11T08:00:00+08:00", "vaccination", vaccinated),
        ("2020-02-12T10:40:00+08:00", "exposure", &*exposure("witnessed", 10)),
    ];
    let said = close(EVERY, &facts, "2020-02-13T12:00:00+08:00");
    assert!(said.contains(&"Y1: it does not hold for you because of vaccination".to_owned()), "{said:?}");
}

#[test]
fn who_has_nothing_unusual_is_told_of_no_rule() {
    let declared = r#"{"symptoms":[],"contact":"no","stayed_in":["330106"],"health_state":"normal"}"#;
    let facts = [("2020-02-11T09:00:00+08:00", "declaration", declared)];
    assert!(hangzhou(&facts, "2020-02-13T12:00:00+08:00").is_empty());
}
