//! Status files, their content, and the lists of indexes in it.

use super::refused;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use healthcode_core::time::Day;
use healthcode_credential::bundle::{Bundle, Fingerprint};
use healthcode_credential::status::gaps as lists;
use healthcode_credential::status::news::News;
use healthcode_credential::status::seal::{DayKey, open, seal};
use healthcode_credential::trust::TrustBundle;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// The status files that were written down, and whose key was thrown away.
struct Known {
    trust: TrustBundle,
    keys: Vec<DayKey>,
    files: BTreeSet<Vec<u8>>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let file: Value = serde_json::from_str(include_str!("../vectors/status.json")).unwrap();
    let bytes = |value: &Value| URL_SAFE_NO_PAD.decode(value.as_str().unwrap()).unwrap();
    let roots = Fingerprint::parse(file["fingerprint"].as_str().unwrap()).unwrap();
    let key = |key: &Value| DayKey {
        day: Day::parse(key["day"].as_str().unwrap()).unwrap(),
        secret: bytes(&key["secret"]).try_into().unwrap(),
    };
    let sequences = file["sequences"].as_array().unwrap().iter();
    let files = sequences.flat_map(|sequence| sequence["files"].as_array().unwrap());
    Known {
        trust: Bundle::begin(&bytes(&file["bundle"]), &roots).unwrap().trust([]),
        keys: file["day_keys"].as_array().unwrap().iter().map(key).collect(),
        files: files.map(|step| bytes(&step["file"])).collect(),
    }
});

/// Content that is accepted is what would be written, and holds no more indexes than it has bits.
pub fn news(input: &[u8]) -> bool {
    match News::read(input) {
        Ok(news) => {
            let indexes: usize = news.days.values().flat_map(|day| &day.lists).map(Vec::len).sum();
            assert!(indexes <= input.len() * 8, "{indexes} indexes of {} bytes", input.len());
            assert!(news.withdrawn.is_sorted_by(|one, other| one < other), "keys out of order, or one twice");
            assert_eq!(news.write(), input, "a second encoding");
            true
        }
        Err(fault) => refused("status_content", &fault.to_string()),
    }
}

/// As a file, only what was signed counts; as the content of a file, nothing does, since nobody has the key.
pub fn file(input: &[u8]) -> bool {
    let sealed = seal(input, &KNOWN.keys[0], [0; 12]).unwrap();
    let fault = open(&sealed, &KNOWN.keys, &KNOWN.trust).expect_err("content that nobody signed");
    refused(fault.code(), &fault.to_string());
    match open(input, &KNOWN.keys, &KNOWN.trust) {
        Ok(_) => {
            assert!(KNOWN.files.contains(input), "opened, and nobody sealed it");
            true
        }
        Err(fault) => refused(fault.code(), &fault.to_string()),
    }
}

/// Size and count, four bytes each, then the list: accepted, it ascends below its size and is what would be written.
pub fn gaps(input: &[u8]) -> bool {
    let Some((size, rest)) = input.split_first_chunk() else { return false };
    let Some((count, bytes)) = rest.split_first_chunk() else { return false };
    let (size, count) = (u32::from_be_bytes(*size), u32::from_be_bytes(*count));
    let mut found = Vec::new();
    let accepted = match lists::read(size, count, bytes, |index| found.push(index)) {
        Ok(()) => {
            assert_eq!(found.len(), count as usize);
            assert!(found.is_sorted_by(|one, other| one < other) && found.iter().all(|index| *index < size));
            assert_eq!(lists::write(size, &found), bytes, "a second encoding");
            true
        }
        Err(fault) => refused("gaps", &fault.to_string()),
    };
    assert!(found.len() <= bytes.len() * 8, "more indexes than bits");
    accepted
}
