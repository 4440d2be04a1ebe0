//! Every preset agrees with the cases beside it.

use healthcode_core::case::Case;
use healthcode_core::rule_set::RuleSet;
use std::path::Path;

#[test]
fn every_preset_agrees_with_its_cases() {
    let presets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    let mut cases = 0;
    for preset in presets.read_dir().unwrap().map(|entry| entry.unwrap().path()) {
        let rules = RuleSet::parse(&std::fs::read_to_string(preset.join("rules.toml")).unwrap()).unwrap();
        for case in preset.join("cases").read_dir().unwrap().map(|entry| entry.unwrap().path()) {
            let parsed = Case::parse(&std::fs::read_to_string(&case).unwrap())
                .unwrap_or_else(|fault| panic!("{}: {fault}", case.display()));
            assert_eq!(parsed.check(&rules), [], "{}", case.display());
            cases += 1;
        }
    }
    assert!(cases >= 10, "only {cases} cases were found");
}
