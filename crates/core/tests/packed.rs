//! Packed evidence reads back as it was, whatever it says; and whatever the bytes are, reading them does no harm.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use healthcode_core::evidence::Evidence;
use healthcode_core::fact::Fact;
use healthcode_core::ids::PersonId;
use healthcode_core::packed;
use proptest::prelude::*;

/// Every kind, with everything that may be absent there and away.
const DATA: &[(&str, &str)] = &[
    (
        "declaration",
        r#"{"symptoms":["fever_low","other"],"temperature_c":44.123456,"contact":"unsure","stayed_in":["330106","IT"],"residence":"330106001","health_state":"hospital"}"#,
    ),
    ("declaration", r#"{"symptoms":[],"contact":"no","stayed_in":[],"health_state":"normal"}"#),
    ("audit", r#"{"of":"0190000000007000800000000000000f","result":"refused","note":"请重新申报 🙂"}"#),
    ("audit", r#"{"of":"e0","result":"confirmed"}"#),
    ("health_report", r#"{"temperature_c":30.0,"symptoms":["conjunctivitis"]}"#),
    (
        "test_result",
        r#"{"assay":"antibody","result":"inconclusive","sampled_at":"1969-12-31T23:59:59Z","ct":39.5,"kit":"K"}"#,
    ),
    ("test_result", r#"{"assay":"pcr","result":"negative","sampled_at":"2020-02-12T08:00:00.000001+08:00"}"#),
    ("case_status", r#"{"status":"recovered","onset_at":"2020-02-12T08:00:00+08:00"}"#),
    ("case_status", r#"{"status":"suspected"}"#),
    (
        "exposure",
        r#"{"level":"general","basis":"investigation","grade":"poster","first_at":"2020-02-12T08:00:00Z","last_at":"2020-02-12T09:00:00Z","minutes":4294967295,"case":"c"}"#,
    ),
    ("stay", r#"{"region":"420000","from":"2020-02-01T00:00:00Z","to":"2020-02-12T00:00:00Z"}"#),
    ("arrival", r#"{"from_country":"IT","entered_at":"2020-02-12T08:00:00Z"}"#),
    ("isolation", r#"{"action":"shortened","place":"monitoring","from":"2020-02-12T08:00:00Z"}"#),
    ("vaccination", r#"{"product":"P","dose":2,"of_doses":255,"given_on":"2021-03-01"}"#),
    ("medicine_purchase", r#"{"medicine":"M","for_other":true}"#),
    ("order", r#"{"colour":"red","reason":"R","approved_by":["a","b"],"until":"2020-02-12T08:00:00Z"}"#),
    ("correction", r#"{"of":"e1","data":{"temperature_c":36.5,"symptoms":[]}}"#),
    ("withdrawal", r#"{"of":"e1","reason":"mistaken"}"#),
];

fn one(id: &str, kind: usize, happened: i64, delay: i64) -> Evidence {
    let (kind, data) = DATA[kind];
    let line = r#"{"id":"x","person":"p","kind":"case_status","happened_at":"2020-02-12T08:00:00Z","recorded_at":"2020-02-12T08:00:00Z","source":"self","data":{"status":"confirmed"}}"#;
    let at = |micros| healthcode_core::time::Instant::from_micros(micros);
    Evidence {
        id: healthcode_core::ids::EvidenceId::new(id).unwrap(),
        happened_at: at(happened),
        recorded_at: at(happened.wrapping_add(delay)),
        fact: Fact::from_json(kind, data).unwrap(),
        ..Evidence::from_json(line).unwrap()
    }
}

#[test]
fn every_kind_is_tried() {
    let missing: Vec<_> =
        Fact::KINDS.iter().filter(|kind| !DATA.iter().any(|(tried, _)| tried == *kind)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn an_ordinary_report_takes_less_than_forty_bytes() {
    let mut bytes = Vec::new();
    packed::append(&one("0190000000007000800000000000000f", 4, 1_600_000_000_000_000, 0), &mut bytes);
    assert!(bytes.len() < 40, "{}", bytes.len());
}

fn ids() -> impl Strategy<Value = String> {
    // Such as the platform makes, nearly such, and any.
    prop_oneof!["[0-9a-f]{32}", "[0-9a-fA-F]{31,33}", "[^\\x00-\\x1f\\x7f-\\u{9f}]{1,64}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_packed_reads_back(pieces in prop::collection::vec((ids(), 0..DATA.len(), any::<i64>(), any::<i64>()), 0..20)) {
        let all: Vec<_> = pieces.iter().map(|(id, kind, at, delay)| one(id, *kind, *at, *delay)).collect();
        let mut bytes = Vec::new();
        all.iter().for_each(|evidence| packed::append(evidence, &mut bytes));
        prop_assert_eq!(packed::read(&PersonId::new("p").unwrap(), &bytes), Some(all));
    }

    #[test]
    fn damaged_bytes_do_no_harm(kinds in prop::collection::vec(0..DATA.len(), 1..6), cut in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = Vec::new();
        kinds.iter().for_each(|kind| packed::append(&one("e1", *kind, 0, 0), &mut bytes));
        let at = at.index(bytes.len());
        bytes[at] = byte;
        bytes.truncate(cut.index(bytes.len() + 1));
        let read = packed::read(&PersonId::new("p").unwrap(), &bytes);
        prop_assert!(read.is_none_or(|all| all.len() <= bytes.len()));
    }

    #[test]
    fn any_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let read = packed::read(&PersonId::new("p").unwrap(), &bytes);
        prop_assert!(read.is_none_or(|all| all.len() <= bytes.len()));
    }
}
