//! What each construct of the rule language means, one sentence a test: a rule, and a case that it must agree with.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use healthcode_core::case::Case;
use healthcode_core::rule_set::{Action, RuleSet};

/// The head of a rule set with two reasons, `Y` and `R`.
const HEAD: &str = include_str!("language/head.toml");

fn rules(rule: &str) -> RuleSet {
    RuleSet::parse_adopted(&format!("{HEAD}\n{rule}")).map_err(|faults| panic!("{rule}\n{faults:?}")).unwrap()
}

/// A day and hour of March 2022 in Shanghai, written `01T08`, or with minutes `01T08:30`.
fn time(short: &str) -> String {
    let (day, hour) = short.split_once('T').unwrap();
    let (hour, minute) = hour.split_once(':').unwrap_or((hour, "00"));
    format!("2022-03-{day}T{hour}:{minute}:00+08:00")
}

/// Tells a life, a line a fact: time, kind, data; then what is expected, a line an instant: time, colour, and where given
/// the next change. Everyone is declared and green from 1 March 08:00 on.
fn says(rule: &str, life: &[(&str, &str, &str)], expected: &[(&str, &str, Option<&str>)]) {
    let declared = r#"{ symptoms = [], contact = "no", stayed_in = ["330106"], residence = "330106", health_state = "normal" }"#;
    let audited = r#"{ of = "e0", result = "confirmed" }"#;
    let first = [("01T08", "declaration", declared), ("01T08", "audit", audited)];
    let mut case = String::new();
    for (number, (at, kind, data)) in first.iter().chain(life).enumerate() {
        let at = time(at);
        case += &format!(
            "[[evidence]]\nid = \"e{number}\"\nkind = \"{kind}\"\nhappened_at = \"{at}\"\ndata = {data}\n"
        );
    }
    for (at, colour, next) in expected {
        case += &format!("[[expect]]\nat = \"{}\"\ncolour = \"{colour}\"\n", time(at));
        if let Some(next) = next {
            case += &format!("next_change_at = \"{}\"\n", time(next));
        }
    }
    let faults = Case::parse(&case).unwrap().check(&rules(rule));
    assert!(faults.is_empty(), "{faults:#?}\n{case}");
}

fn test(at: &str, sampled: &str, result: &str) -> (String, String) {
    (at.to_owned(), format!(r#"{{ assay = "pcr", result = "{result}", sampled_at = "{}" }}"#, time(sampled)))
}

const WELL: &str = "{ temperature_c = 36.5, symptoms = [] }";
const COUGH: &str = r#"{ temperature_c = 36.5, symptoms = ["dry_cough"] }"#;

#[test]
fn a_wait_ends_with_the_end_of_its_last_day() {
    says(
        "[[rules]]\nreason = \"Y\"\nwhen = [{ unwell = \"any\" }]\nrelease = [[{ days = 5 }]]",
        &[("03T10", "health_report", COUGH)],
        &[("03T10", "yellow", Some("09T00")), ("08T23:59", "yellow", None), ("09T00", "green", None)],
    );
}

#[test]
fn two_negatives_a_day_apart_release_and_two_too_close_do_not() {
    let rule = "[[rules]]\nreason = \"R\"\nwhen = [{ unwell = \"any\" }]\nrelease = [[{ seen = { fact = { test = { assay = [\"pcr\"], result = [\"negative\"] } }, times = 2, apart_hours = 24, within_days = 3 } }]]";
    let tests = [
        test("04T20", "04T08", "negative"),
        test("05T20", "05T07:59", "negative"),
        test("06T20", "06T08", "negative"),
    ];
    let life = |upto: usize| {
        let mut life = vec![("03T10", "health_report", COUGH)];
        life.extend(tests[..upto].iter().map(|(at, data)| (at.as_str(), "test_result", data.as_str())));
        life
    };
    says(rule, &life(2), &[("06T00", "red", None), ("28T00", "red", None)]);
    says(rule, &life(3), &[("06T19:59", "red", None), ("06T20", "green", None)]);
}

#[test]
fn a_test_sampled_before_the_rule_fired_does_not_release() {
    let rule = "[[rules]]\nreason = \"R\"\nwhen = [{ unwell = \"any\" }]\nrelease = [[{ fact = { test = { result = [\"negative\"] } } }]]";
    let early = test("04T08", "03T09", "negative");
    let late = test("05T08", "03T11", "negative");
    let life = [
        ("03T10", "health_report", COUGH),
        (early.0.as_str(), "test_result", early.1.as_str()),
        (late.0.as_str(), "test_result", late.1.as_str()),
    ];
    says(rule, &life, &[("04T08", "red", None), ("05T07:59", "red", None), ("05T08", "green", None)]);
}

#[test]
fn what_must_hold_together_waits_for_the_last() {
    let rule = "[[rules]]\nreason = \"R\"\nwhen = [{ unwell = \"any\" }]\nrelease = [[{ together = [{ days = 3 }, { fact = { test = { result = [\"negative\"] } } }] }]]";
    let quick = test("04T08", "04T07", "negative");
    let slow = test("09T08", "09T07", "negative");
    let ill = ("03T10", "health_report", COUGH);
    says(
        rule,
        &[ill, (&quick.0, "test_result", &quick.1)],
        &[("04T09", "red", Some("07T00")), ("07T00", "green", None)],
    );
    says(
        rule,
        &[ill, (&slow.0, "test_result", &slow.1)],
        &[("08T00", "red", None), ("09T08", "green", None)],
    );
}

#[test]
fn a_missed_day_only_extends_and_an_abnormal_one_starts_again() {
    let rule = "[[rules]]\nreason = \"Y\"\nwhen = [{ unwell = { temperature_from = 38.0 } }]\nrelease = [[{ report_days = 3 }]]";
    let hot = ("03T10", "health_report", "{ temperature_c = 38.5, symptoms = [] }");
    let well = |at| (at, "health_report", WELL);
    says(
        rule,
        &[hot, well("04T08"), well("06T08"), well("09T08")],
        &[("06T09", "yellow", None), ("09T08", "green", None)],
    );
    let cough = ("06T10", "health_report", COUGH);
    says(
        rule,
        &[hot, well("04T08"), well("05T08"), cough, well("07T08"), well("08T08")],
        &[("08T09", "yellow", None)],
    );
}

#[test]
fn missed_reports_lapse_to_another_colour_at_midnight() {
    let rules = "[[rules]]\nreason = \"Y\"\nwhen = [{ unwell = \"any\" }]\nrelease = [[{ report_days = 7 }]]\n[[rules]]\nreason = \"R\"\nwhen = [{ missed_reports = { under = \"Y\", days = 2 } }]\nrelease = [[{ daily_reports = 1 }]]";
    says(
        rules,
        &[
            ("03T10", "health_report", COUGH),
            ("04T08", "health_report", WELL),
            ("09T08", "health_report", WELL),
        ],
        &[
            ("04T09", "yellow", Some("07T00")),
            ("07T00", "red", None),
            ("09T07", "red", None),
            ("09T08", "yellow", None),
        ],
    );
}

#[test]
fn green_lapses_when_nothing_is_reported_and_one_report_brings_it_back() {
    let rule = "[[rules]]\nreason = \"Y\"\nwhen = [{ lapsed = { fact = { report = \"normal\" }, after_days = 3 } }]\nrelease = [[{ daily_reports = 1 }]]";
    says(
        rule,
        &[("03T10", "health_report", WELL), ("08T08", "health_report", WELL)],
        &[
            ("01T09", "green", Some("05T00")),
            ("03T11", "green", Some("07T00")),
            ("07T00", "yellow", None),
            ("08T08", "green", Some("12T00")),
        ],
    );
}

#[test]
fn a_test_is_good_for_hours_to_the_second() {
    let rule = "[[rules]]\nreason = \"Y\"\nwhen = [{ lapsed = { fact = { test = { result = [\"negative\"] } }, after_hours = 72 } }]\nrelease = [[{ fact = { test = { result = [\"negative\"] } } }]]";
    let first = test("02T20", "02T10:30", "negative");
    let second = test("06T09", "06T08", "negative");
    says(
        rule,
        &[(&first.0, "test_result", &first.1), (&second.0, "test_result", &second.1)],
        &[
            ("02T21", "green", Some("05T10:30")),
            ("05T10:29", "green", None),
            ("05T10:30", "yellow", None),
            ("06T09", "green", Some("09T08")),
        ],
    );
}

#[test]
fn an_order_ends_when_it_says_and_an_isolation_when_it_is_ended() {
    let order = "[[rules]]\nreason = \"R\"\nwhen = [{ order = { colour = \"red\", reason = [\"headquarters\"] } }]\nrelease = [[{ until = \"named\" }]]";
    let ordered = format!(
        r#"{{ colour = "red", reason = "headquarters", approved_by = ["a", "b"], until = "{}" }}"#,
        time("06T12")
    );
    let other = ordered.replace("headquarters", "because");
    says(
        order,
        &[("03T10", "order", &ordered)],
        &[("03T10", "red", Some("06T12")), ("06T12", "green", None)],
    );
    says(order, &[("03T10", "order", &other)], &[("03T10", "green", None)]);
    let isolation = "[[rules]]\nreason = \"R\"\nwhen = [{ isolation = { action = [\"ordered\", \"extended\"] } }]\nrelease = [[{ fact = { isolation = { action = [\"ended\"] } } }], [{ until = \"named\" }]]";
    let act = |action: &str, from: &str, until: &str| {
        format!(
            r#"{{ action = "{action}", place = "home", from = "{}", until = "{}" }}"#,
            time(from),
            time(until)
        )
    };
    let (ordered, extended) = (act("ordered", "03T10", "06T00"), act("extended", "05T10", "09T00"));
    let life = [("03T10", "isolation", ordered.as_str()), ("05T10", "isolation", extended.as_str())];
    says(
        isolation,
        &life,
        &[("04T00", "red", None), ("06T00", "red", Some("09T00")), ("09T00", "green", None)],
    );
    let ended = act("ended", "07T10", "07T11");
    says(
        isolation,
        &[life[0], life[1], ("07T10", "isolation", &ended)],
        &[("07T09", "red", None), ("07T10", "green", None)],
    );
}

#[test]
fn a_place_counts_while_it_was_at_risk() {
    let rule = "[[rules]]\nreason = \"Y\"\nwhen = [{ stay = { risk = [\"high\"], within_days = 7 } }]\nrelease = [[{ days = 7 }]]\n[[risk]]\nregion = \"110100\"\nlevel = \"high\"\nfrom = \"2022-03-05\"\nto = \"2022-03-06\"";
    let stay = |from: &str, to: &str| {
        format!(r#"{{ region = "110106", from = "{}", to = "{}" }}"#, time(from), time(to))
    };
    let (before, during) = (stay("03T08", "05T00"), stay("06T23", "08T12"));
    says(rule, &[("08T13", "stay", &before)], &[("08T13", "green", None)]);
    // Day 0 is the last day at risk, not the day of leaving.
    says(rule, &[("08T13", "stay", &during)], &[("08T13", "yellow", Some("14T00"))]);
}

#[test]
fn all_of_several_holds_when_the_last_of_them_comes() {
    let rule = "[[rules]]\nreason = \"Y\"\nwhen = [{ all = [{ arrival = { except = [\"SG\"], within_days = 21 } }, { unwell = \"any\" }, { lives_in = [\"330000\"] }] }]\nrelease = [[{ days = 7 }]]";
    let from =
        |country: &str| format!(r#"{{ from_country = "{country}", entered_at = "{}" }}"#, time("02T10"));
    let (italy, singapore) = (from("IT"), from("SG"));
    let cough = ("05T08", "health_report", COUGH);
    says(
        rule,
        &[("02T12", "arrival", &italy), cough],
        &[("04T00", "green", None), ("05T08", "yellow", Some("13T00"))],
    );
    says(rule, &[("02T12", "arrival", &singapore), cough], &[("05T08", "green", None)]);
}

#[test]
fn what_did_not_happen_counts_at_the_moment_of_what_does() {
    let rule = "[[rules]]\nreason = \"Y\"\nwhen = [{ all = [{ unwell = \"any\" }, { not = { vaccinated = { dose_from = 3, after_days = 2, within_days = 180 } } }] }]\nrelease = [[{ days = 7 }]]";
    let dose = |number: u8, day: &str| {
        format!(r#"{{ product = "x", dose = {number}, of_doses = 3, given_on = "2022-03-{day}" }}"#)
    };
    let cough = ("05T08", "health_report", COUGH);
    let (third, second, fresh) = (dose(3, "03"), dose(2, "01"), dose(3, "04"));
    says(rule, &[("03T10", "vaccination", &third), cough], &[("05T08", "green", None)]);
    says(rule, &[("03T10", "vaccination", &second), cough], &[("05T08", "yellow", None)]);
    says(rule, &[("04T10", "vaccination", &fresh), cough], &[("05T08", "yellow", None)]);
}

#[test]
fn two_of_three_signs_are_enough_and_near_ones_must_be_near() {
    let rule = "[[rules]]\nreason = \"Y\"\nwhen = [{ at_least = { n = 2, of = [{ unwell = \"any\" }, { medicine = { medicine = [\"ibuprofen\"], for_other = false } }, { test = { result = [\"inconclusive\"] } }] } }]\nrelease = [[{ days = 7 }]]";
    let bought = r#"{ medicine = "ibuprofen", for_other = false }"#;
    let for_other = r#"{ medicine = "ibuprofen", for_other = true }"#;
    let cough = ("05T08", "health_report", COUGH);
    says(rule, &[cough, ("06T08", "medicine_purchase", for_other)], &[("06T08", "green", None)]);
    says(
        rule,
        &[cough, ("06T08", "medicine_purchase", bought)],
        &[("06T07", "green", None), ("06T08", "yellow", None)],
    );
    let near = rule
        .replace("at_least = { n = 2, of = [", "near = { within_days = 3, of = [")
        .replace(", { test = { result = [\"inconclusive\"] } }", "");
    says(&near, &[cough, ("08T08", "medicine_purchase", bought)], &[("08T08", "yellow", None)]);
    says(&near, &[cough, ("09T08", "medicine_purchase", bought)], &[("09T08", "green", None)]);
}

#[test]
fn a_short_or_printed_exposure_is_none() {
    let rule = "[[rules]]\nreason = \"R\"\nwhen = [{ exposure = { level = [\"close\"], grade = [\"witnessed\"], basis = [\"place\"], minutes_from = 15, within_days = 14 } }]\nrelease = [[{ days = 14 }]]";
    let exposure = |minutes: u8, grade: &str, basis: &str| {
        let (first, last) = (time("03T10"), time("03T11"));
        format!(
            r#"{{ level = "close", basis = "{basis}", grade = "{grade}", first_at = "{first}", last_at = "{last}", minutes = {minutes} }}"#
        )
    };
    for (minutes, grade, basis, colour) in [
        (15, "witnessed", "place", "red"),
        (14, "witnessed", "place", "green"),
        (15, "poster", "place", "green"),
        (15, "witnessed", "household", "green"),
    ] {
        says(rule, &[("03T12", "exposure", &exposure(minutes, grade, basis))], &[("03T12", colour, None)]);
    }
}

#[test]
fn rules_for_one_region_leave_the_others_alone() {
    let rule = "[[rules]]\nreason = \"Y\"\nwhen = [{ unwell = \"any\" }]\nrelease = [[{ days = 7 }]]";
    let elsewhere = HEAD.replace("population = \"everyone\"", "population = { lives_in = [\"420000\"] }");
    let set = RuleSet::parse_adopted(&format!("{elsewhere}\n{rule}")).unwrap();
    let case = format!(
        "[[evidence]]\nid = \"a\"\nkind = \"declaration\"\nhappened_at = \"{at}\"\ndata = {{ symptoms = [\"fever\"], contact = \"no\", stayed_in = [], residence = \"330106\", health_state = \"normal\" }}\n[[expect]]\nat = \"{at}\"\ncolour = \"pending\"\n",
        at = time("03T08")
    );
    assert!(Case::parse(&case).unwrap().check(&set).is_empty());
    let there = case.replace("330106", "420106").replace("pending", "yellow");
    assert!(Case::parse(&there).unwrap().check(&set).is_empty());
}

#[test]
fn a_checker_asks_at_a_hospital_where_elsewhere_he_stops() {
    use healthcode_core::decision::Colour;
    let set = RuleSet::parse_adopted(&format!(
        "{HEAD}\n[actions]\nyellow = \"ask\"\nat = {{ hospital = {{ red = \"ask\" }} }}\n"
    ))
    .unwrap();
    assert_eq!(set.actions.of(Colour::Red, "hospital"), Action::Ask);
    assert_eq!(set.actions.of(Colour::Red, "market"), Action::Stop);
    assert_eq!(
        (set.actions.of(Colour::Yellow, "hospital"), set.actions.of(Colour::Green, "school")),
        (Action::Ask, Action::Pass)
    );
    assert!(
        RuleSet::parse_adopted(&format!("{HEAD}\n[actions]\nat = {{ circus = {{ red = \"ask\" }} }}\n"))
            .is_err()
    );
}

#[test]
fn two_tests_count_though_a_later_one_became_known_first() {
    let rule = "[[rules]]\nreason = \"R\"\nwhen = [{ unwell = \"any\" }]\nrelease = [[{ seen = { fact = { test = { result = [\"negative\"] } }, times = 2, apart_hours = 24, within_days = 2 } }]]";
    let tests = [
        test("04T20", "04T08", "negative"),
        test("08T20", "08T08", "negative"),
        test("09T20", "05T09", "negative"),
    ];
    let mut life = vec![("03T10", "health_report", COUGH)];
    life.extend(tests.iter().map(|(at, data)| (at.as_str(), "test_result", data.as_str())));
    says(rule, &life, &[("09T19", "red", None), ("09T20", "green", None)]);
}

#[test]
fn what_follows_a_wait_counts_from_the_day_that_ended() {
    let then = |first: &str| {
        format!(
            "[[rules]]\nreason = \"R\"\nwhen = [{{ unwell = \"any\" }}]\nrelease = [[{first}, {{ days = 2 }}]]"
        )
    };
    let ill = ("03T10", "health_report", COUGH);
    let negative = test("04T08", "04T07", "negative");
    let life = [ill, (negative.0.as_str(), "test_result", negative.1.as_str())];
    let together = "{ together = [{ days = 3 }, { fact = { test = { result = [\"negative\"] } } }] }";
    for first in ["{ days = 3 }", together] {
        says(&then(first), &life, &[("08T23:59", "red", None), ("09T00", "green", None)]);
    }
}

#[test]
fn a_threshold_may_be_asked_for() {
    let rule = "[[rules]]\nreason = \"R\"\nwhen = [{ unwell = \"any\" }]\nrelease = [[{ fact = { test = { result = [\"negative\", \"positive\"], ct_from = 35.0 } } }]]";
    let ct = |ct: f32| {
        format!(r#"{{ assay = "pcr", result = "positive", sampled_at = "{}", ct = {ct:?} }}"#, time("05T08"))
    };
    let ill = ("03T10", "health_report", COUGH);
    says(rule, &[ill, ("05T09", "test_result", &ct(34.9))], &[("05T09", "red", None)]);
    says(rule, &[ill, ("05T09", "test_result", &ct(35.0))], &[("05T09", "green", None)]);
}

#[test]
fn a_threshold_below_fever_counts_on_a_report() {
    let rule = "[[rules]]\nreason = \"Y\"\nwhen = [{ unwell = { temperature_from = 37.0 } }]\nrelease = [[{ daily_reports = 1 }]]";
    let warm = ("03T10", "health_report", "{ temperature_c = 37.1, symptoms = [] }");
    says(
        rule,
        &[("02T10", "health_report", WELL), warm],
        &[("03T09", "green", None), ("03T10", "yellow", None)],
    );
}

#[test]
fn what_became_known_late_is_true_from_then_on() {
    let set = rules(
        "[[rules]]\nreason = \"Y\"\nwhen = [{ lapsed = { fact = { test = { result = [\"negative\"] } }, after_hours = 72 } }]\nrelease = [[{ fact = { test = { result = [\"negative\"] } } }]]",
    );
    let (sampled, known) = (time("04T07"), time("04T15"));
    let case = format!(
        "[[evidence]]\nid = \"a\"\nkind = \"declaration\"\nhappened_at = \"{start}\"\ndata = {{ symptoms = [], contact = \"no\", stayed_in = [], health_state = \"normal\" }}\n\
         [[evidence]]\nid = \"b\"\nkind = \"audit\"\nhappened_at = \"{start}\"\ndata = {{ of = \"a\", result = \"confirmed\" }}\n\
         [[evidence]]\nid = \"c\"\nkind = \"test_result\"\nhappened_at = \"{sampled}\"\nrecorded_at = \"{known}\"\ndata = {{ assay = \"pcr\", result = \"negative\", sampled_at = \"{sampled}\" }}\n\
         [[expect]]\nat = \"{lapsed}\"\ncolour = \"yellow\"\n[[expect]]\nat = \"{known}\"\ncolour = \"green\"\nsince = \"{known}\"\n",
        start = time("01T08"),
        lapsed = time("04T14"),
    );
    assert_eq!(Case::parse(&case).unwrap().check(&set), []);
}

#[test]
fn equal_steps_of_one_way_are_named_each_and_rules_of_one_reason_once() {
    let twice = "[[rules]]\nreason = \"Y\"\nwhen = [{ unwell = \"any\" }]\nrelease = [[{ daily_reports = 2 }, { daily_reports = 2 }]]\n[[rules]]\nreason = \"Y\"\nwhen = [{ unwell = { symptoms = [\"dry_cough\"] } }]\nrelease = [[{ daily_reports = 2 }]]";
    let set = rules(twice);
    let case = format!(
        "[[evidence]]\nid = \"a\"\nkind = \"health_report\"\nhappened_at = \"{at}\"\ndata = {COUGH}\n[[expect]]\nat = \"{at}\"\ncolour = \"yellow\"\nreasons = [\"Y\"]\ndone = [0, 0]\n",
        at = time("03T10")
    );
    assert_eq!(Case::parse(&case).unwrap().check(&set), []);
}

#[test]
fn reports_that_were_there_before_a_contact_was_found_count_at_once() {
    let rule = "[[rules]]\nreason = \"R\"\nwhen = [{ exposure = { level = [\"close\"], grade = [\"witnessed\"], within_days = 14 } }]\nrelease = [[{ daily_reports = 3 }]]";
    let contact = format!(
        r#"{{ level = "close", basis = "place", grade = "witnessed", first_at = "{}", last_at = "{}", minutes = 60 }}"#,
        time("03T10"),
        time("03T11")
    );
    let well = |at| (at, "health_report", WELL);
    let reports = [well("04T08"), well("05T08"), well("06T08")];
    let found = ("06T20", "exposure", contact.as_str());
    says(rule, &[&reports[..], &[found]].concat(), &[("06T20", "green", None)]);
    says(rule, &[&reports[..2], &[found]].concat(), &[("06T20", "red", None)]);
}

#[test]
fn a_fact_that_is_reported_too_late_does_not_count() {
    let rule = "[[rules]]\nreason = \"Y\"\nwhen = [{ reported_within = { fact = { arrival = { within_days = 21 } }, hours = 24 } }]\nrelease = [[{ days = 7 }]]\n";
    let arrived = |recorded: &str| {
        format!(
            "[[evidence]]\nid = \"a\"\nkind = \"arrival\"\nhappened_at = \"{0}\"\nrecorded_at = \"{1}\"\ndata = {{ from_country = \"IT\", entered_at = \"{0}\" }}\n",
            time("02T10"),
            time(recorded)
        )
    };
    for (recorded, colour) in [("03T10", "yellow"), ("03T10:01", "pending")] {
        let case =
            format!("{}[[expect]]\nat = \"{}\"\ncolour = \"{colour}\"\n", arrived(recorded), time("05T10"));
        let faults = Case::parse(&case).unwrap().check(&rules(rule));
        assert!(faults.is_empty(), "{recorded}: {faults:#?}");
    }
}
