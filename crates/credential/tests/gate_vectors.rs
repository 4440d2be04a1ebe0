//! Bundles, status files and judgements written down once in `vectors/`, for this gate and for those in other languages. The
//! keys that signed them were thrown away.

#![allow(clippy::unwrap_used)]

mod forge;
mod station;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use healthcode_core::time::{Day, Instant};
use healthcode_credential::bearer::StatusReference;
use healthcode_credential::bundle::{Bundle, Fingerprint};
use healthcode_credential::gate::{GateLine, GateState, judge};
use healthcode_credential::status::seal::DayKey;
use serde_json::{Value, json};

#[path = "gate_vectors/write.rs"]
mod write;

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(value.as_str().unwrap()).unwrap()
}

fn instant(value: &Value) -> Instant {
    Instant::parse(value.as_str().unwrap()).unwrap()
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

fn fingerprint(file: &Value) -> Fingerprint {
    Fingerprint::parse(file["fingerprint"].as_str().unwrap()).unwrap()
}

fn day(value: &Value) -> Day {
    Day::parse(value.as_str().unwrap()).unwrap()
}

fn day_keys(file: &Value) -> Vec<DayKey> {
    let key =
        |key: &Value| DayKey { day: day(&key["day"]), secret: bytes(&key["secret"]).try_into().unwrap() };
    list(&file["day_keys"]).iter().map(key).collect()
}

fn hex(kid: &[u8; 8]) -> String {
    format!("{:016x}", u64::from_be_bytes(*kid))
}

#[test]
fn every_written_down_bundle_is_still_taken_or_refused() {
    let file = read(include_str!("vectors/bundle.json"));
    for sequence in list(&file["sequences"]) {
        let mut known: Option<Bundle> = None;
        for (place, step) in list(&sequence["files"]).iter().enumerate() {
            let taken = match &known {
                None => Bundle::begin(&bytes(&step["file"]), &fingerprint(&file)),
                Some(bundle) => bundle.follow(&bytes(&step["file"])),
            };
            let answer = taken.as_ref().map_or_else(|fault| fault.code(), |_| "taken");
            assert_eq!(answer, step["answer"], "{}, file {place}", sequence["name"]);
            known = taken.ok().or(known);
        }
        let version = known.as_ref().map(|bundle| bundle.contents().version);
        assert_eq!(json!(version), sequence["version"], "{}", sequence["name"]);
        let withdrawn: Vec<_> = known.iter().flat_map(|bundle| bundle.withdrawn()).map(hex).collect();
        assert_eq!(json!(withdrawn), sequence["withdrawn"], "{}", sequence["name"]);
    }
}

#[test]
fn every_written_down_status_file_is_still_taken_or_refused() {
    let file = read(include_str!("vectors/status.json"));
    let keys = day_keys(&file);
    let bundle = Bundle::begin(&bytes(&file["bundle"]), &fingerprint(&file)).unwrap();
    for sequence in list(&file["sequences"]) {
        let name = &sequence["name"];
        let mut gate = GateState::new(bundle.clone(), instant(&file["confirmed_at"]));
        for (place, step) in list(&sequence["files"]).iter().enumerate() {
            let taken = gate.take_status(&bytes(&step["file"]), &keys);
            let answer = taken.as_ref().map_or_else(|fault| fault.code(), |()| "taken");
            assert_eq!(answer, step["answer"], "{name}, file {place}");
        }
        let colours = gate.colours();
        assert_eq!(json!(colours.map(|colours| colours.number())), sequence["number"], "{name}");
        assert_eq!(json!(colours.map(|colours| colours.made_at())), sequence["made_at"], "{name}");
        assert_eq!(json!(colours.map(|colours| colours.bundle())), sequence["bundle"], "{name}");
        let withdrawn: Vec<_> = colours.iter().flat_map(|colours| colours.withdrawn()).map(hex).collect();
        assert_eq!(json!(withdrawn), sequence["withdrawn"], "{name}");
        for look in list(&sequence["look_ups"]) {
            let index = look["index"].as_u64().unwrap() as u32;
            let reference = StatusReference { day: day(&look["day"]), index };
            let status = colours.and_then(|colours| colours.status(reference));
            assert_eq!(json!(status), look["status"], "{name}: {look}");
        }
    }
}

#[test]
fn every_written_down_judgement_still_comes_of_it() {
    let file = read(include_str!("vectors/gate.json"));
    let keys = day_keys(&file);
    let gate = |name: &str| {
        let held = &file["gates"][name];
        let bundle =
            Bundle::begin(&bytes(&file["bundles"][held["bundle"].as_str().unwrap()]), &fingerprint(&file));
        let mut gate = GateState::new(bundle.unwrap(), instant(&held["confirmed_at"]));
        for status in list(&held["status"]) {
            gate.take_status(&bytes(&file["status"][status.as_str().unwrap()]), &keys).unwrap();
        }
        if held["clock_went_back"] == true {
            gate.watch_clock(Instant::from_seconds(3_600), Instant::from_seconds(0));
        }
        gate
    };
    let cases = list(&file["cases"]);
    assert!(cases.len() >= 40, "{} cases", cases.len());
    for case in cases {
        let (code, kind) = (case["code"].as_str().unwrap(), case["kind"].as_str().unwrap());
        let gate = gate(case["gate"].as_str().unwrap());
        let judgement = judge(code, &gate, kind, instant(&case["at"]));
        let line = serde_json::to_value(GateLine::new(1, code, &judgement)).unwrap();
        for field in ["verdict", "reason", "colour", "action", "compare", "issuer", "ages"] {
            let wanted = &case["expected"][field];
            assert_eq!(line.get(field).unwrap_or(&Value::Null), wanted, "{}: {field}", case["name"]);
        }
    }
}
