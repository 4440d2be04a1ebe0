//! The EU's own test certificates, where `../shared/data/dcc-common` is at hand: each step comes out as they say.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use healthcode_core::time::Instant;
use healthcode_credential::foreign::{Judged, Trust, judge};
use healthcode_credential::outcome::Outcome;
use serde_json::Value;
use std::path::Path;

#[test]
fn every_step_comes_out_as_the_test_data_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/dcc-common/2DCode/raw");
    let Ok(files) = std::fs::read_dir(&folder) else {
        eprintln!("SKIPPED: {} is not there; the EU's test certificates are not tried", folder.display());
        return;
    };
    let mut tried = 0;
    for file in files {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let test: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        check(&name, &test);
        tried += 1;
    }
    assert_eq!(tried, 38);
}

fn check(name: &str, test: &Value) {
    let expected = |step: &str| test["EXPECTEDRESULTS"][step].as_bool().unwrap_or(true);
    let certificate = test["TESTCTX"]["CERTIFICATE"].as_str().unwrap();
    let trust = Trust::read(certificate.as_bytes()).unwrap();
    let at = Instant::parse(test["TESTCTX"]["VALIDATIONCLOCK"].as_str().unwrap()).unwrap();
    let judged = judge(test["PREFIX"].as_str().unwrap(), &trust, at);
    let decodes = ["EXPECTEDUNPREFIX", "EXPECTEDB45DECODE", "EXPECTEDCOMPRESSION", "EXPECTEDDECODE"];
    let said = format!("{name}: {:?} {judged:?}", judged.outcome());
    match judged.outcome() {
        _ if !decodes.iter().all(|step| expected(step)) => {
            assert!(matches!(judged.outcome(), Outcome::Malformed | Outcome::Unsupported), "{said}");
        }
        Outcome::Valid => {
            let steps = ["EXPECTEDVERIFY", "EXPECTEDKEYUSAGE", "EXPECTEDEXPIRATIONCHECK"];
            assert!(steps.iter().all(|step| expected(step)), "{said}");
            let Judged::Foreign(document) = &judged else { panic!("{said}") };
            let warned = document.warnings();
            assert_eq!(warned.is_empty(), expected("EXPECTEDSCHEMAVALIDATION"), "{said} {warned:?}");
            if expected("EXPECTEDVALIDJSON") && test["JSON"].is_object() {
                assert_eq!(document.claims()["certificate"], test["JSON"], "{said}");
            }
        }
        Outcome::Expired | Outcome::NotYetValid => assert!(!expected("EXPECTEDEXPIRATIONCHECK"), "{said}"),
        Outcome::WrongUsage => assert!(!expected("EXPECTEDKEYUSAGE"), "{said}"),
        _ => assert!(!expected("EXPECTEDVERIFY"), "{said}"),
    }
}
