//! What trying a rule set on made-up lives finds.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use healthcode_core::rule_set::{RuleFault, RuleSet};
use healthcode_core::trial::try_out;

const HEAD: &str = include_str!("language/head.toml");

fn parsed(rules: &str) -> Result<RuleSet, Vec<RuleFault>> {
    RuleSet::parse(&format!("{HEAD}{rules}"))
}

fn rule(reason: &str, when: &str, release: &str) -> String {
    format!("\n[[rules]]\nreason = \"{reason}\"\nwhen = [{when}]\nrelease = {release}\n")
}

const CLOSE: &str = r#"{ exposure = { level = ["close"], grade = ["witnessed"], within_days = 14 } }"#;

#[test]
fn a_colour_that_nobody_can_leave_does_not_load() {
    let for_ever = rule(
        "R",
        CLOSE,
        r#"[[{ fact = { vaccinated = { dose_from = 1, within_days = 0 } } }, { days = 365 }]]"#,
    );
    let faults = parsed(&for_ever).unwrap_err();
    assert_eq!(faults.len(), 1);
    assert!(
        faults[0].problem.starts_with("nobody leaves R: to someone happens exposure"),
        "{}",
        faults[0].problem
    );
    assert_eq!(faults[0].line, HEAD.lines().count() + 3);
    // Who is well for a day is let go, and the report by which he is fires the rule again.
    let again = rule("Y", r#"{ report = "normal" }"#, "[[{ days = 1 }]]");
    assert!(parsed(&again).is_err());
}

#[test]
fn a_longer_stay_loads_when_the_set_says_so() {
    let long = rule("R", CLOSE, "[[{ days = 90 }]]");
    assert!(parsed(&long).is_err());
    let said = HEAD.replace("version = 1", "version = 1\nleave_within_days = 100");
    assert!(RuleSet::parse(&format!("{said}{long}")).is_ok());
}

#[test]
fn a_way_out_that_only_an_officer_opens_is_a_way_out() {
    let ended = rule(
        "R",
        r#"{ isolation = { action = ["ordered"] } }"#,
        r#"[[{ fact = { isolation = { action = ["ended"] } } }, { daily_reports = 7 }]]"#,
    );
    assert!(parsed(&ended).is_ok());
}

#[test]
fn a_rule_that_never_fires_is_found() {
    let never = rule(
        "Y",
        r#"{ all = [{ declared_contact = ["yes"] }, { not = { declared_contact = ["yes"] } }] }"#,
        "[[{ days = 7 }]]",
    );
    let faults = try_out(&parsed(&never).unwrap());
    assert!(faults.len() == 1 && faults[0].problem.contains("rule Y fires"), "{faults:?}");
}

#[test]
fn a_rule_that_another_hides_is_found_unless_it_lasts_longer() {
    let red = rule("R", CLOSE, "[[{ days = 14 }]]");
    let short = rule("Y", CLOSE, "[[{ days = 7 }]]");
    let faults = try_out(&parsed(&format!("{red}{short}")).unwrap());
    assert!(faults.len() == 1 && faults[0].problem.starts_with("rule Y is hidden by R"), "{faults:?}");
    let long = rule("Y", CLOSE, "[[{ days = 21 }]]");
    assert!(try_out(&parsed(&format!("{red}{long}")).unwrap()).is_empty());
}
