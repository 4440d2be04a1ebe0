//! Travellers' documents, the keys of their issuers, and the rules about them.

use super::foreign_forge::{AT, Signer, tagged};
use super::refused;
use healthcode_core::time::Instant;
use healthcode_credential::cert_logic::evaluate;
use healthcode_credential::foreign::{Judged, Trust, judge};
use serde_json::Value;
use std::sync::LazyLock;

/// Keys that signed the documents of the corpus and were thrown away.
static KNOWN: LazyLock<Trust> = LazyLock::new(|| {
    let mut trust = Trust::read(include_bytes!("../../fuzz/corpus/foreign_trust/jwk_set.json")).unwrap();
    let did = include_bytes!("../../fuzz/corpus/foreign_trust/did_document.json");
    trust.merge(Trust::read(did).unwrap()).unwrap();
    trust
});
const DID: &str = "did:web:passes.example";
/// A key of this run, which signs whatever it is given.
static SIGNER: LazyLock<(Signer, Trust)> = LazyLock::new(|| {
    let signer = Signer::new();
    let mut trust = signer.trust();
    trust.merge(signer.did(DID, true)).unwrap();
    (signer, trust)
});

/// Keys of any form: refused with words, or trusted in the same way however often they are read.
pub fn trust(input: &[u8]) -> bool {
    match Trust::read(input) {
        Ok(trust) => {
            let again = Trust::read(input).unwrap();
            assert!(trust.own.listings().eq(again.own.listings()) && trust.foreign == again.foreign);
            assert!(
                !trust.own.is_empty() || !trust.foreign.is_empty() || is_ours(input),
                "no key, and no fault"
            );
            true
        }
        Err(fault) => refused("trust", &fault.to_string()),
    }
}

/// Our own files may list no key at all.
fn is_ours(input: &[u8]) -> bool {
    String::from_utf8_lossy(input).contains("format")
}

/// What a judgement is. What is valid can be refused to its end.
fn judged(text: &str, trust: &Trust) -> Option<Value> {
    match judge(text, trust, Instant::from_seconds(AT + 50)) {
        Judged::Refused(reason) => {
            refused(reason.code(), &format!("{reason:?}"));
            None
        }
        Judged::Own(verdict) => {
            assert!(verdict.claims().is_none(), "a pass of ours, and no key of ours is known");
            None
        }
        Judged::Foreign(document) => {
            assert!(document.warnings().iter().all(|warning| !warning.is_empty()));
            // Each fact has a place in the claims, so that there are no more of them than bytes.
            assert!(document.facts().len() <= text.len() * 1_000);
            assert!(!format!("{document:?}").contains("DOE"), "health data was printed");
            Some(document.claims().clone())
        }
    }
}

/// A text as it comes out of a scanner: what its issuer signed says what its issuer wrote.
pub fn text(input: &[u8]) -> bool {
    std::str::from_utf8(input).is_ok_and(says_what_was_written)
}

fn says_what_was_written(text: &str) -> bool {
    judged(text, &KNOWN).is_some_and(|claims| {
        let claims = claims.to_string();
        assert!(["DOE", "Jane", "Bundle"].iter().any(|word| claims.contains(word)), "{claims}");
        true
    })
}

/// The bytes within the compression of an EU certificate.
pub fn hcert_envelope(input: &[u8]) -> bool {
    says_what_was_written(&tagged::hcert(input))
}

/// The bytes within the text of a pass of New Zealand.
pub fn nzcp_envelope(input: &[u8]) -> bool {
    says_what_was_written(&tagged::nzcp(input))
}

/// What a signed EU certificate says.
pub fn hcert_claims(input: &[u8]) -> bool {
    let (signer, trust) = &*SIGNER;
    judged(&signer.hcert_around(input), trust).is_some()
}

/// What a signed pass of New Zealand says.
pub fn nzcp_claims(input: &[u8]) -> bool {
    let (signer, trust) = &*SIGNER;
    judged(&signer.nzcp_around(input), trust).is_some()
}

/// What a signed health card says.
pub fn card_claims(input: &[u8]) -> bool {
    let (signer, trust) = &*SIGNER;
    judged(&signer.card_around(input), trust).is_some()
}

/// An expression and its data as a list of two: it ends, and always in the same way.
pub fn cert_logic(input: &[u8]) -> bool {
    let Ok((logic, data)) = serde_json::from_slice::<(Value, Value)>(input) else { return false };
    let value = evaluate(&logic, &data);
    assert_eq!(value, evaluate(&logic, &data));
    match value {
        Ok(_) => true,
        Err(fault) => refused("cert_logic", &fault.to_string()),
    }
}
