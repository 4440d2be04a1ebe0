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

/// Rules of this test beside the head of the language's tests.
fn written(rules: &str, facts: &[(&str, &str, &str)]) -> Vec<String> {
    let text = format!("{}\n{rules}", include_str!("language/head.toml"));
    let rules = RuleSet::parse_adopted(&text).unwrap();
    let at = rules.in_force.from.plus_days_of_24h(20);
    let evidence = facts.iter().enumerate().map(|(number, (days, kind, data))| {
        let then = rules.in_force.from.plus_days_of_24h(days.parse().unwrap());
        let data = data.replace("AT", &then.to_string());
        let line = format!(
            r#"{{"id":"e{number}","person":"p","kind":"{kind}","happened_at":"{then}","recorded_at":"{then}","source":"officer","data":{data}}}"#
        );
        Evidence::from_json(&line).unwrap()
    });
    let life = Life::new(evidence.collect()).unwrap();
    let close = why_not(&rules, &life, at);
    close.iter().flat_map(|close| &close.missing).map(|missing| missing.text.en.clone()).collect()
}

#[test]
fn a_temperature_just_below_fever_came_close() {
    let rule = "[[rules]]\nreason = \"Y\"\nwhen = [{ unwell = \"any\" }]\nrelease = [[{ days = 7 }]]\n";
    let report = |celsius: &str| format!(r#"{{"temperature_c":{celsius},"symptoms":[]}}"#);
    assert_eq!(
        written(rule, &[("5", "health_report", &report("37.2"))]),
        ["37.2 °C; it counts from 37.3 °C"]
    );
    assert!(written(rule, &[("5", "health_report", &report("36.6"))]).is_empty());
}

#[test]
fn a_cycle_threshold_on_the_other_side_came_close() {
    let rule = "[[rules]]\nreason = \"R\"\nwhen = [{ test = { result = [\"positive\"], ct_below = 35.0 } }]\nrelease = [[{ days = 7 }]]\n";
    let test = r#"{"assay":"pcr","result":"positive","sampled_at":"AT","ct":35.0}"#;
    let said = written(rule, &[("5", "test_result", test)]);
    assert_eq!(said, ["the cycle threshold was 35; the rule asks for one on the other side of 35"]);
}

#[test]
fn facts_too_far_apart_came_close() {
    let rule = "[[rules]]\nreason = \"Y\"\nwhen = [{ near = { within_days = 3, of = [{ unwell = \"any\" }, { test = { result = [\"inconclusive\"] } }] } }]\nrelease = [[{ days = 7 }]]\n";
    let facts = [
        ("5", "health_report", r#"{"temperature_c":38.0,"symptoms":[]}"#),
        ("9", "test_result", r#"{"assay":"pcr","result":"inconclusive","sampled_at":"AT"}"#),
    ];
    assert_eq!(written(rule, &facts), ["all of it is recorded, but further apart than 3 days"]);
}

#[test]
fn a_stay_after_the_level_was_lowered_came_close() {
    let rule = "[[risk]]\nregion = \"330100\"\nlevel = \"high\"\nfrom = \"2022-03-02\"\nto = \"2022-03-03\"\n\n[[rules]]\nreason = \"R\"\nwhen = [{ stay = { risk = [\"high\"], within_days = 365 } }]\nrelease = [[{ days = 7 }]]\n";
    let stay = r#"{"region":"330106","from":"2022-03-05T00:00:00Z","to":"2022-03-06T00:00:00Z"}"#;
    let said = written(rule, &[("5", "stay", stay)]);
    assert!(said.len() == 1 && said[0].contains("not while you were there"), "{said:?}");
}
