//! Trust files and trust bundles.

use super::refused;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use healthcode_credential::bundle::{
    Bundle, BundleFault, Fingerprint, RootSignature, Roots, assemble, draft, sign,
};
use healthcode_credential::keys::SigningKey;
use healthcode_credential::trust::{TrustBundle, TrustedKey};
use healthcode_credential::trust_file::write;
use serde_json::Value;
use std::sync::LazyLock;

/// The roots whose keys were thrown away, and the first bundle they signed.
static KNOWN: LazyLock<(Fingerprint, Bundle)> = LazyLock::new(|| {
    let file: Value = serde_json::from_str(include_str!("../vectors/bundle.json")).unwrap();
    let roots = Fingerprint::parse(file["fingerprint"].as_str().unwrap()).unwrap();
    let first = file["sequences"][0]["files"][0]["file"].as_str().unwrap();
    let first = Bundle::begin(&URL_SAFE_NO_PAD.decode(first).unwrap(), &roots).unwrap();
    (roots, first)
});
static STRANGER: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate().unwrap());

/// What is accepted and written again is read as the same.
pub fn trust_file(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else { return false };
    match TrustBundle::read(text) {
        Ok(trust) => {
            let keys: Vec<&TrustedKey> = trust.listings().collect();
            let Some(issuer) = keys.first().and_then(|key| key.issuer.clone()) else { return true };
            let written: Vec<_> =
                keys.iter().filter_map(|key| Some((key.public.clone(), key.purpose, key.life?))).collect();
            let again = TrustBundle::read(&write(&issuer, &written)).unwrap();
            assert!(again.listings().eq(keys), "written and read again, it says something else");
            true
        }
        Err(fault) => refused(fault.code(), &fault.to_string()),
    }
}

/// Only the roots make a first bundle or the next one, and none takes a withdrawal back.
pub fn bundle_file(input: &[u8]) -> bool {
    let (roots, first) = &*KNOWN;
    let begun = match Bundle::begin(input, roots) {
        Ok(bundle) => {
            assert_eq!(bundle.contents().roots.fingerprint(), *roots);
            draft(bundle.contents()).expect("what was read can be written");
            true
        }
        Err(fault) => refused(fault.code(), &fault.to_string()),
    };
    let followed = match first.follow(input) {
        Ok(next) => {
            assert!(next.contents().version >= first.contents().version, "taken back");
            assert_eq!(next.contents().region, first.contents().region);
            assert!(first.withdrawn().all(|kid| next.withdrawn().any(|other| other == kid)));
            true
        }
        Err(fault) => refused(fault.code(), &fault.to_string()),
    };
    begun || followed
}

/// A body that a root would sign lacks nothing but its own roots' signatures.
pub fn bundle_body(input: &[u8]) -> bool {
    match sign(input, &STRANGER) {
        Ok(signature) => match Bundle::fingerprint_of(&assemble(input, &[signature])) {
            Err(BundleFault::Threshold { good: 0, .. }) => true,
            other => panic!("signed by a stranger, and {other:?}"),
        },
        Err(fault) => refused(fault.code(), &fault.to_string()),
    }
}

/// A root's signature and a list of roots are read again as they were written; so is a fingerprint.
pub fn bundle_parts(input: &[u8]) -> bool {
    let signature = match RootSignature::read(input) {
        Ok(signature) => {
            assert_eq!(RootSignature::read(signature.write().as_bytes()).unwrap(), signature);
            true
        }
        Err(fault) => refused(fault.code(), &fault.to_string()),
    };
    let roots = match Roots::read(input) {
        Ok(roots) => {
            assert_eq!(Roots::read(&serde_json::to_vec(&roots).unwrap()).unwrap(), roots);
            true
        }
        Err(fault) => refused(fault.code(), &fault.to_string()),
    };
    let fingerprint = std::str::from_utf8(input).ok().and_then(Fingerprint::parse);
    if let Some(fingerprint) = fingerprint {
        assert_eq!(Fingerprint::parse(&fingerprint.to_string()), Some(fingerprint));
    }
    signature || roots || fingerprint.is_some()
}
