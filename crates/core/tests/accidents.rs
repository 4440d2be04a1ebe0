//! Accidents that rule sets met once: each file is some rules and a case that they must agree with, and its name is the
//! sentence that was not true.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use healthcode_core::case::Case;
use healthcode_core::rule_set::RuleSet;

const HEAD: &str = include_str!("accidents/head.toml");

#[test]
fn no_accident_happens_again() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/accidents");
    let mut tried = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let Some((rules, case)) = text.split_once("# --- the case") else { continue };
        let rules = RuleSet::parse_adopted(&format!("{HEAD}{rules}"))
            .map_err(|faults| panic!("{path:?}: {faults:?}"))
            .unwrap();
        assert_eq!(Case::parse(case).unwrap().check(&rules), [], "{path:?}");
        tried += 1;
    }
    assert!(tried >= 14, "{tried}");
}
