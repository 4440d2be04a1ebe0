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
        faults[0]
            .problem
            .starts_with("nobody leaves R: someone who declared and was confirmed has exposure {"),
        "{}",
        faults[0].problem
    );
    assert_eq!(faults[0].line, HEAD.lines().count() + 3);
    // Who reports to be let go fires the rule again by the report; only that rule is blamed.
    let again = rule("Y", r#"{ report = "normal" }"#, "[[{ days = 1 }]]");
    let faults = parsed(&format!("{}{again}", rule("R", CLOSE, "[[{ daily_reports = 14 }]]"))).unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].problem.starts_with("nobody leaves Y:"), "{faults:?}");
}

#[test]
fn nobody_falls_ill_travels_or_buys_medicine_to_be_let_go() {
    for way in [
        r#"{ fact = { test = { result = ["positive"] } } }"#,
        r#"{ fact = { medicine = { of = ["ibuprofen"], within_days = 14 } } }"#,
        r#"{ fact = { vaccinated = { dose_from = 1 } } }"#,
        r#"{ fact = { stay = { regions = ["420100"], within_days = 14 } } }"#,
        r#"{ fact = { arrival = { within_days = 7 } } }"#,
        r#"{ fact = { declared_contact = ["yes"] } }"#,
        r#"{ fact = { test = { result = ["negative"] } } }"#,
    ] {
        let faults = parsed(&rule("R", CLOSE, &format!("[[{way}]]")));
        assert!(faults.is_err_and(|faults| faults.iter().all(|f| !f.problem.is_empty())), "{way}");
    }
    let asked = format!(
        "{}obligations = [\"test\"]\n",
        rule("R", CLOSE, r#"[[{ fact = { test = { result = ["negative"] } } }]]"#)
    );
    assert!(parsed(&asked).is_ok(), "a test that is asked for is taken");
}

#[test]
fn every_mistake_is_told_at_once_with_its_line() {
    let of_form = format!("{HEAD}\n[reasons.A]\ncolour = \"red\"\nen = \"A\"\n\n[reasons.B]\ncolour = \"blue\"\nen = \"B\"\nzh = \"乙\"\n{}\n[[rules]]\nreason = 5\n", rule("Y", CLOSE, r#"[[{ days = "7" }]]"#)).replace("version = 1", "version = \"1\"");
    let faults = RuleSet::parse(&of_form).unwrap_err();
    let said: Vec<_> = faults.iter().map(ToString::to_string).collect();
    for word in
        ["whole number", "`zh` is missing", "blue", "write a whole number from 0 on; a number stands without"]
    {
        assert!(said.iter().any(|said| said.contains(word)), "{word}: {said:#?}");
    }
    assert!(faults.len() >= 5, "{said:#?}");
    assert!(faults.iter().all(|fault| fault.line > 1), "{said:#?}");
    let of_meaning = format!(
        "{}{}{}",
        rule(
            "Y",
            r#"{ exposure = { level = ["close"], grade = ["witnessed"], within_days = 9999 } }"#,
            "[[{ days = 7 }]]"
        ),
        rule("R", CLOSE, "[[{ days = 365 }]]"),
        rule("R", CLOSE, "[[{ days = 7 }]]"),
    );
    let said: Vec<_> = parsed(&of_meaning).unwrap_err().iter().map(ToString::to_string).collect();
    for word in ["a window of 9999 days", "fires whenever the rule of line", "nobody leaves R"] {
        assert!(said.iter().any(|said| said.contains(word)), "{word}: {said:#?}");
    }
}

#[test]
fn rules_do_not_wait_for_each_others_reports() {
    let circle = format!(
        "{}{}",
        rule(
            "Y",
            r#"{ missed_reports = { under = "R", days = 1 } }, { unwell = "any" }"#,
            "[[{ daily_reports = 7 }]]"
        ),
        rule("R", r#"{ missed_reports = { under = "Y", days = 1 } }"#, "[[{ daily_reports = 7 }]]"),
    );
    let faults = parsed(&circle).unwrap_err();
    assert!(faults.iter().any(|fault| fault.problem.contains("missed under itself")), "{faults:?}");
}

#[test]
fn a_set_of_thousands_of_rules_is_refused_at_once() {
    let many = rule("Y", CLOSE, "[[{ days = 7 }]]").repeat(5_000);
    let faults = parsed(&many).unwrap_err();
    assert!(faults.iter().any(|fault| fault.problem.contains("5000 rules")), "{faults:?}");
}

#[test]
fn a_version_follows_the_one_before_in_number_time_and_meaning() {
    let set = |version: u32, sentence: &str, minutes: u32| {
        let head = HEAD.replace("version = 1", &format!("version = {version}"));
        let close = format!(
            r#"{{ exposure = {{ level = ["close"], grade = ["witnessed"], minutes_from = {minutes}, within_days = 14 }} }}"#
        );
        let text = format!("{head}{}", rule("R", &close, "[[{ days = 14 }]]"));
        RuleSet::parse(&text.replace("Red.", sentence)).unwrap()
    };
    let first = set(1, "You were with a case.", 15);
    assert!(set(1, "You were with a case.", 15).breaks_with(&first)[0].problem.contains("does not follow"));
    assert_eq!(set(2, "You were with a case.", 10).breaks_with(&first), [], "conditions may move");
    assert_eq!(set(2, "You met a case.", 15).breaks_with(&first), [], "a sentence may be worded better");
    let reused = set(2, "You bought medicine.", 10).breaks_with(&first);
    assert!(reused[0].problem.contains("means something else"), "{reused:?}");
    assert!(set(2, "You met a case.", 15).overlaps(&first).is_some());
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
