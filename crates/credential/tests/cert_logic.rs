//! Every operation of CertLogic, right and wrong.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use healthcode_credential::cert_logic::{LogicFault, evaluate};
use proptest::prelude::*;
use serde_json::{Value, json};

fn gives(logic: Value, expected: Value) {
    let data = json!({
        "payload": { "v": [{ "dn": 1, "sd": 2, "dt": "2021-06-01", "ci": "URN:UVCI:01:NL:187/37512422923#5" }], "dob": "1990-02" },
        "external": { "validationClock": "2021-06-15T00:00:00Z", "valueSets": { "x": ["a", "b"] } },
    });
    assert_eq!(evaluate(&logic, &data), Ok(expected), "{logic}");
}

fn is_refused(logic: Value) {
    assert!(evaluate(&logic, &json!({ "text": "a" })).is_err(), "{logic}");
}

#[test]
fn data_is_found_by_its_path_or_is_null() {
    gives(json!({ "var": "payload.v.0.dn" }), json!(1));
    for nowhere in ["payload.v.1.dn", "payload.t", "payload.dob.x", "payload.v.x"] {
        gives(json!({ "var": nowhere }), json!(null));
    }
    is_refused(json!({ "var": 1 }));
    assert_eq!(evaluate(&json!({ "var": "" }), &json!([1])), Ok(json!([1])));
}

#[test]
fn what_is_empty_is_no() {
    for (value, truth) in [
        (json!(""), false),
        (json!("a"), true),
        (json!(0), false),
        (json!(-1), true),
        (json!([]), false),
        (json!([0]), true),
        (json!({ "var": "nowhere" }), false),
        (json!({ "plusTime": ["2021-01-01", 0, "day"] }), true),
    ] {
        gives(json!({ "if": [value, "yes", "no"] }), json!(if truth { "yes" } else { "no" }));
        gives(json!({ "!": [value] }), json!(!truth));
    }
    gives(json!({ "and": [true, 3] }), json!(3));
    gives(json!({ "and": [true, 0, { "nonsense": [] }] }), json!(0));
    is_refused(json!({ "and": [true] }));
    is_refused(json!({ "if": [true, 1] }));
}

#[test]
fn numbers_and_lists_are_compared_and_nothing_else_is() {
    gives(json!({ ">=": [{ "var": "payload.v.0.dn" }, { "var": "payload.v.0.sd" }] }), json!(false));
    gives(json!({ "<": [1, 2, 3] }), json!(true));
    gives(json!({ "<": [1, 3, 3] }), json!(false));
    gives(json!({ "<=": [1, 3, 3] }), json!(true));
    gives(json!({ "+": [1, 2] }), json!(3));
    gives(json!({ "in": ["a", { "var": "external.valueSets.x" }] }), json!(true));
    gives(json!({ "in": ["c", ["a", "b"]] }), json!(false));
    gives(json!({ "===": [{ "var": "nowhere" }, { "var": "neither" }] }), json!(true));
    gives(json!({ "===": [1, "1"] }), json!(false));
    for wrong in [
        json!({ "<": [1, "2"] }),
        json!({ ">": [1] }),
        json!({ "+": ["a", "b"] }),
        json!({ "+": [1, 2, 3] }),
        json!({ "+": [i64::MAX, 1] }),
        json!({ "in": ["a", { "var": "text" }] }),
        json!({ "or": [true, true] }),
        json!({ "+": 1 }),
        json!({ "!": [true], "and": [true, true] }),
        json!({}),
        json!(1.5),
        json!(null),
    ] {
        is_refused(wrong);
    }
}

#[test]
fn dates_move_as_calendars_do() {
    let moved = |date: &str, amount: i64, unit: &str| json!({ "plusTime": [date, amount, unit] });
    for (date, amount, unit, expected) in [
        ("2021-06-01", 14, "day", "2021-06-15T00:00:00.000Z"),
        ("2020-02-29", 1, "year", "2021-03-01T00:00:00.000Z"),
        ("2021-01-31", 1, "month", "2021-03-03T00:00:00.000Z"),
        ("2021-03-31", -1, "month", "2021-03-03T00:00:00.000Z"),
        ("2021-11-15", 3, "month", "2022-02-15T00:00:00.000Z"),
        ("2021-06-01T10:00:00.999+02:00", 0, "day", "2021-06-01T08:00:00.000Z"),
        ("2021-06-01T10:00:00+0200", 72, "hour", "2021-06-04T08:00:00.000Z"),
        ("2021-06-01T10:00:00+02", 30, "minute", "2021-06-01T08:30:00.000Z"),
        ("2021", 0, "day", "2021-01-01T00:00:00.000Z"),
        ("2021-05", -1, "second", "2021-04-30T23:59:59.000Z"),
    ] {
        gives(moved(date, amount, unit), json!(expected));
    }
    for wrong in [
        moved("yesterday", 0, "day"),
        moved("2021-02-30", 0, "day"),
        moved("2021-01-01", 0, "week"),
        moved("2021-01-01", i64::MAX, "year"),
        moved("2021-01-01", i64::MAX, "second"),
        json!({ "plusTime": ["2021-01-01", "1", "day"] }),
        json!({ "plusTime": [1, 1, "day"] }),
    ] {
        is_refused(wrong);
    }
}

#[test]
fn dates_are_compared_with_dates_alone() {
    let day = |day: u32| json!({ "plusTime": [format!("2021-06-{day:02}"), 0, "day"] });
    gives(json!({ "after": [day(2), day(1)] }), json!(true));
    gives(json!({ "before": [day(1), day(2), day(3)] }), json!(true));
    gives(json!({ "not-after": [day(1), day(1), day(2)] }), json!(true));
    gives(json!({ "not-before": [day(1), day(2)] }), json!(false));
    is_refused(json!({ "after": [day(2), "2021-06-01"] }));
    is_refused(json!({ "after": [day(2)] }));
    is_refused(json!({ "in": [day(1), [1]] }));
}

#[test]
fn a_birthday_that_is_half_known_is_the_latest_it_can_be() {
    for (known, expected) in [
        ("1990", "1990-12-31"),
        ("1990-02", "1990-02-28"),
        ("1992-02", "1992-02-29"),
        ("1990-02-03", "1990-02-03"),
    ] {
        gives(json!({ "dccDateOfBirth": [known] }), json!(format!("{expected}T00:00:00.000Z")));
    }
    is_refused(json!({ "dccDateOfBirth": ["90"] }));
}

#[test]
fn lists_are_folded_and_identifiers_taken_apart() {
    let add = json!({ "+": [{ "var": "accumulator" }, { "var": "current" }] });
    gives(json!({ "reduce": [[1, 2, 3], add, 10] }), json!(16));
    gives(json!({ "reduce": [{ "var": "nowhere" }, add, 10] }), json!(10));
    gives(json!({ "reduce": [[1], { "var": "data.payload.v.0.sd" }, 0] }), json!(2));
    is_refused(json!({ "reduce": ["a", add, 0] }));
    for (index, fragment) in [
        (0, json!("01")),
        (1, json!("NL")),
        (2, json!("187")),
        (3, json!("37512422923")),
        (4, json!("5")),
        (5, json!(null)),
    ] {
        gives(json!({ "extractFromUVCI": [{ "var": "payload.v.0.ci" }, index] }), fragment);
    }
    gives(json!({ "extractFromUVCI": [{ "var": "nowhere" }, 0] }), json!(null));
    is_refused(json!({ "extractFromUVCI": [1, 0] }));
}

#[test]
fn what_is_too_deep_or_too_long_ends() {
    let deep = (0..1_000).fold(json!(true), |inner, _| json!({ "!": [inner] }));
    is_refused(deep);
    let list: Vec<u32> = (0..1_000).collect();
    let inner = json!({ "reduce": [list, { "var": "current" }, 0] });
    is_refused(json!({ "reduce": [list, inner, 0] }));
}

/// Thirty steps of the first would else take more memory than there is; a value as deep as the second ends the program when
/// it is thrown away.
#[test]
fn what_grows_in_itself_is_refused_before_it_has_grown() {
    let accumulator = json!({ "var": "accumulator" });
    for (grown, times) in [(json!([accumulator, accumulator]), 60), (json!([accumulator]), 3_000)] {
        let logic = json!({ "reduce": [{ "var": "" }, grown, 1] });
        assert_eq!(evaluate(&logic, &json!(vec![0; times])), Err(LogicFault::Size));
        assert!(evaluate(&logic, &json!(vec![0; 10])).is_ok());
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(vec![
        "if",
        "and",
        "!",
        "===",
        "in",
        "+",
        "<",
        "after",
        "plusTime",
        "reduce",
        "extractFromUVCI",
        "dccDateOfBirth",
        "var",
        "x",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[0-9TZ:+.-]{0,12}".prop_map(Value::from),
        prop::sample::select(vec!["day", "month", "year", "accumulator", "current"]).prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            (names.clone(), prop::collection::vec(inner, 0..4))
                .prop_map(|(name, operands)| json!({ name: operands })),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_expression_ends_without_a_panic(logic in any_json(), data in any_json()) {
        let once = evaluate(&logic, &data);
        prop_assert_eq!(once.clone(), evaluate(&logic, &data));
    }
}
