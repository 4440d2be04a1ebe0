//! Base45, and what stands in it: passes and presentations.

use super::refused;
use healthcode_core::time::Instant;
use healthcode_credential::base45 as own;
use healthcode_credential::issue::PREFIX;
use healthcode_credential::trust::TrustBundle;
use healthcode_credential::verdict::VerdictLine;
use healthcode_credential::verify::{LONGEST_TEXT_BYTES, Verdict, verify};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// The passes that were written down, and whose keys were thrown away.
struct Known {
    trust: TrustBundle,
    texts: BTreeSet<String>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let file: Value = serde_json::from_str(include_str!("../vectors/pass.json")).unwrap();
    let mut trust = TrustBundle::default();
    for one in file["trust"].as_array().unwrap() {
        trust.merge(TrustBundle::read(&one.to_string()).unwrap()).unwrap();
    }
    let texts =
        file["cases"].as_array().unwrap().iter().map(|case| case["text"].as_str().unwrap().to_owned());
    Known { trust, texts: texts.collect() }
});

/// A text has one reading or none, and every byte string one text.
pub fn base45(input: &[u8]) -> bool {
    assert_eq!(own::decode(&own::encode(input)).as_deref(), Ok(input));
    let Ok(text) = std::str::from_utf8(input) else { return false };
    match own::decode(text) {
        Ok(bytes) => {
            assert_eq!(own::encode(&bytes), text, "a second text of the same bytes");
            true
        }
        Err(fault) => refused("base45", &fault.to_string()),
    }
}

/// A text as it comes out of a scanner.
pub fn text(input: &[u8]) -> bool {
    std::str::from_utf8(input).is_ok_and(judged)
}

/// The bytes within a text.
pub fn envelope(input: &[u8]) -> bool {
    judged(&format!("{PREFIX}{}", own::encode(input)))
}

/// Only what was signed counts, letter by letter. (A negated `s` would, too; chance does not find one.)
fn judged(text: &str) -> bool {
    let mut valid = false;
    for seconds in [1_581_382_800, 1_581_382_815, 1_581_386_400] {
        let verdict = verify(text, &KNOWN.trust, Instant::from_seconds(seconds));
        if let Verdict::Refused(reason) = &verdict {
            refused(reason.code(), &format!("{reason:?}"));
        } else {
            assert!(KNOWN.texts.contains(text), "valid, and nobody signed it");
            assert!(text.len() <= LONGEST_TEXT_BYTES);
            valid = true;
        }
        let line = serde_json::to_string(&VerdictLine::new(1, text, &verdict)).unwrap();
        assert!(!line.contains('\n'), "a verdict is one line");
    }
    valid
}
