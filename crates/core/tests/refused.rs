//! What looks like evidence and is none.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use healthcode_core::evidence::Evidence;
use healthcode_core::fact::{Fact, Temperature};
use healthcode_core::time::{Day, Instant};

#[test]
fn a_list_in_place_of_an_object_is_refused() {
    let list = r#"["e1","p1","health_report","2020-02-12T09:00:00Z","2020-02-12T09:00:00Z","self",{"temperature_c":36.5,"symptoms":[]}]"#;
    assert!(Evidence::from_json(list).is_err());
    assert!(Fact::from_json("health_report", "[36.5, []]").is_err());
    assert!(Fact::from_json("health_report", r#"{"temperature_c":36.5,"symptoms":[]}"#).is_ok());
}

#[test]
fn an_offset_of_a_day_and_more_is_no_offset() {
    assert!(Instant::parse("2020-02-12T09:00:00+23:59").is_ok());
    for text in ["2020-02-12T09:00:00+24:00", "2020-02-12T09:00:00-25:00", "2020-02-12T09:00:00+08:60"] {
        assert!(Instant::parse(text).is_err(), "{text}");
    }
    assert!(Day::parse("2020-+1-+1").is_none());
}

#[test]
fn a_temperature_just_below_fever_is_none() {
    for (celsius, fever) in [(37.3, true), (37.2999, false), (37.2995, false), (37.300_001, true)] {
        assert_eq!(Temperature::from_celsius(celsius).unwrap().is_fever(), fever, "{celsius}");
    }
}
