//! Travellers' documents on the command line: CertLogic always, certificates where the EU's test data is at hand.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::Room;
use serde_json::Value;
use std::path::Path;

#[test]
fn cert_logic_is_evaluated_line_by_line() {
    let room = Room::new();
    let logic = r#"{"logic":{">=":[{"var":"dn"},{"var":"sd"}]},"data":{"dn":2,"sd":2}}"#;
    let ran = room.run_with(
        &["pass", "logic"],
        format!("{logic}\n{{\"logic\":{{\"or\":[]}},\"data\":{{}}}}\n").as_bytes(),
    );
    assert_eq!(ran.status, 1, "{}", ran.err);
    let lines: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0], serde_json::json!({ "line": 1, "result": true }));
    assert!(lines[1]["fault"].as_str().unwrap().contains("or"), "{}", ran.out);
    assert_eq!(room.run_with(&["pass", "logic"], logic.as_bytes()).status, 0);
    let ran = room.run_with(&["pass", "logic"], format!("{logic}\nnonsense\n").as_bytes());
    assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{}", ran.err);
    assert!(ran.err.contains("line 2"), "{}", ran.err);
}

#[test]
fn a_certificate_becomes_evidence_that_rules_understand() {
    let raw = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/dcc-common/2DCode/raw");
    if !raw.exists() {
        eprintln!("SKIPPED: {} is not there; no certificate is turned into evidence", raw.display());
        return;
    }
    let room = Room::new();
    let mut kinds = Vec::new();
    for (name, kind) in [("DGC6", "vaccination"), ("DGC3", "test_result"), ("DGC5", "case_status")] {
        let test: Value =
            serde_json::from_str(&std::fs::read_to_string(raw.join(format!("{name}.json"))).unwrap())
                .unwrap();
        room.write("signer.b64", test["TESTCTX"]["CERTIFICATE"].as_str().unwrap());
        let code = test["PREFIX"].as_str().unwrap();
        let at = test["TESTCTX"]["VALIDATIONCLOCK"].as_str().unwrap();
        let arguments = ["pass", "evidence", "--trust", "signer.b64", "--at", at, "--person", "p1"];
        let ran = room.run_with(&arguments, code.as_bytes());
        assert_eq!(ran.status, 0, "{name}: {}", ran.err);
        let evidence: Value = serde_json::from_str(ran.out.lines().next().unwrap()).unwrap();
        assert_eq!((&evidence["kind"], &evidence["person"]), (&kind.into(), &"p1".into()), "{}", ran.out);
        assert_eq!(
            room.run_with(&arguments, code.as_bytes()).out,
            ran.out,
            "the same document gives the same evidence"
        );
        let ran = room.run_with(&arguments, format!("{code}\nHC1:XX\n").as_bytes());
        assert_eq!((ran.status, ran.out.as_str()), (1, ""), "all or nothing");
        kinds.push(kind);
        room.write("e.jsonl", room.run_with(&arguments, code.as_bytes()).out);
        let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/hangzhou-2020-02");
        let decided = room.run(&[
            "decide",
            "--rules",
            rules.to_str().unwrap(),
            "--evidence",
            "e.jsonl",
            "--at",
            "2020-06-01T00:00:00+08:00",
        ]);
        assert_eq!(decided.status, 0, "{}", decided.err);
    }
    assert_eq!(kinds.len(), 3);
}
