//! Passes written down once in `vectors/pass.json`, for this verifier and for others in other languages. The keys
//! that signed them were thrown away. Each case holds a text, an instant and the verdict that must come of it.

#![allow(clippy::unwrap_used)]

mod forge;

use forge::*;
use healthcode_core::region::Region;
use healthcode_core::time::Instant;
use healthcode_credential::claims::{Claims, DeviceKey};
use healthcode_credential::issue::issue;
use healthcode_credential::key_life::KeyLife;
use healthcode_credential::keys::{PublicKey, SigningKey};
use healthcode_credential::trust::{Purpose, TrustBundle};
use healthcode_credential::trust_file;
use healthcode_credential::verdict::VerdictLine;
use healthcode_credential::verify::verify;
use serde_json::{Value, json};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/pass.json");

#[test]
fn every_written_down_pass_still_gets_its_verdict() {
    let file: Value = serde_json::from_str(include_str!("vectors/pass.json")).unwrap();
    let mut trust = TrustBundle::default();
    for one in file["trust"].as_array().unwrap() {
        trust.merge(TrustBundle::read(&one.to_string()).unwrap()).unwrap();
    }
    let cases = file["cases"].as_array().unwrap();
    assert!(cases.len() >= 20, "{} cases", cases.len());
    for case in cases {
        let text = case["text"].as_str().unwrap();
        let at = Instant::parse(case["at"].as_str().unwrap()).unwrap();
        let line = serde_json::to_value(VerdictLine::new(1, text, &verify(text, &trust, at))).unwrap();
        let name = &case["name"];
        for field in ["verdict", "reason", "claims"] {
            assert_eq!(line.get(field), case.get(field), "{name}: {field}");
        }
    }
}

#[test]
fn a_pass_written_down_here_still_verifies() {
    let coordinate = |hex: &str| {
        let mut bytes = [0; 32];
        for (place, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&hex[place * 2..place * 2 + 2], 16).unwrap();
        }
        bytes
    };
    let public = PublicKey::from_xy(&coordinate(FIXED_X), &coordinate(FIXED_Y)).unwrap();
    assert_eq!(public.id().as_str(), FIXED_KID);
    let mut trust = TrustBundle::default();
    let key = healthcode_credential::trust::TrustedKey {
        public,
        purpose: Purpose::Pass,
        issuer: Region::new("330100").ok(),
        life: None,
    };
    trust.add(key).unwrap();
    let verdict = verify(FIXED_TEXT, &trust, at(3600));
    let read = verdict.claims().expect("valid");
    assert_eq!((read.status(), read.issued_at(), read.expires_at()), (claims().status, at(0), at(86_400)));
}

/// Writes the file anew with new keys; every text changes. Run by hand when a case is added:
/// `cargo test -p healthcode-credential --test vectors -- --ignored`
#[test]
#[ignore = "writes tests/vectors/pass.json anew"]
fn write_the_vectors() {
    let cast = Cast::new();
    let cases = [cast.of_times_and_keys(), cast.of_shape(), cast.of_text()].concat();
    let file = json!({
        "format": "healthcode-pass-vectors/1",
        "about": "verify(text, trust, at) must give verdict, reason and claims; all trust files count together",
        "trust": cast.trust(),
        "cases": cases,
    });
    std::fs::write(FILE, serde_json::to_string_pretty(&file).unwrap() + "\n").unwrap();
}

struct Cast {
    good: SigningKey,
    withdrawn: SigningKey,
    status: SigningKey,
    old: SigningKey,
    abroad: SigningKey,
    device: SigningKey,
}

fn copy(key: &SigningKey) -> SigningKey {
    SigningKey::from_pkcs8(key.to_pkcs8().unwrap().as_bytes()).unwrap()
}

fn case(name: &str, text: impl Into<String>, after: i64, verdict: &str, reason: &str) -> Value {
    json!({"name": name, "text": text.into(), "at": at(after), "verdict": verdict, "reason": reason})
}

impl Cast {
    fn new() -> Self {
        let key = || SigningKey::generate().unwrap();
        Self { good: key(), withdrawn: key(), status: key(), old: key(), abroad: key(), device: key() }
    }

    fn trust(&self) -> Vec<Value> {
        let active = listing(&self.good).life.unwrap();
        let from = active.in_force().from;
        let ended = KeyLife::Active { in_force: healthcode_core::time::Interval::new(from, at(60)).unwrap() };
        let key = |key: &SigningKey, purpose, life| (key.public().clone(), purpose, life);
        let here = [
            key(&self.good, Purpose::Pass, active),
            key(&self.withdrawn, Purpose::Pass, active.withdraw(at(0)).unwrap()),
            key(&self.status, Purpose::Status, active),
            key(&self.old, Purpose::Pass, ended),
        ];
        let abroad = [key(&self.abroad, Purpose::Pass, active)];
        [("330100", &here[..]), ("110000", &abroad)]
            .map(|(issuer, keys)| trust_file::write(&Region::new(issuer).unwrap(), keys))
            .map(|text| serde_json::from_str(&text).unwrap())
            .to_vec()
    }

    fn valid(&self, name: &str, device: Option<DeviceKey>) -> Value {
        let text = issue(&Claims { device, ..claims() }, &self.good).unwrap();
        let hex = |key: &DeviceKey| key.compressed().map(|byte| format!("{byte:02x}")).concat();
        json!({"name": name, "text": text, "at": at(0), "verdict": "valid", "claims": {
            "issued_at": "2020-02-11T01:00:00Z", "expires_at": "2020-02-12T01:00:00Z",
            "issue_day": "2020-02-11", "status_index": 4_000_000_000u32,
            "device_key": device.as_ref().map(hex), "kid": self.good.public().id(),
        }})
    }

    fn of_times_and_keys(&self) -> Vec<Value> {
        let by = |key: &SigningKey| issue(&claims(), key).unwrap();
        let mut forged = Forge::new(SigningKey::generate().unwrap());
        forged.protected.splice(5.., kid(&self.good));
        vec![
            self.valid("a paper pass", None),
            self.valid("a pass with a device key", Some(DeviceKey::new(self.device.public()))),
            case("its last second is over", by(&self.good), 86_400, "expired", "ended"),
            case("a second before its issue", by(&self.good), -1, "not_yet_valid", "issued_later"),
            case("signed by another key", forged.text(), 1, "bad_signature", "signature"),
            case("an unknown key", by(&SigningKey::generate().unwrap()), 1, "unknown_key", "key_unknown"),
            case("a key out of date", by(&self.old), 60, "unknown_key", "key_no_longer_in_force"),
            case("a withdrawn key", by(&self.withdrawn), 1, "withdrawn_key", "key_withdrawn"),
            case("a key for status tables", by(&self.status), 1, "wrong_usage", "key_purpose"),
            case("a key of another issuer", by(&self.abroad), 1, "wrong_usage", "key_issuer"),
        ]
    }

    fn of_shape(&self) -> Vec<Value> {
        let changed = |name: &str, verdict: &str, reason: &str, change: &dyn Fn(&mut Forge)| {
            let mut forge = Forge::new(copy(&self.good));
            change(&mut forge);
            case(name, forge.text(), 1, verdict, reason)
        };
        let bad = |name: &str, reason: &str, change: &dyn Fn(&mut Forge)| {
            changed(name, "malformed", reason, change)
        };
        vec![
            bad("no tag", "tag", &|f| f.tag = vec![]),
            bad("a CWT tag around the COSE tag", "tag", &|f| f.tag = vec![0xD8, 61, 0xD2]),
            bad("an array of indefinite length", "cbor_not_deterministic", &|f| {
                f.array = vec![0x9F];
                f.after = vec![0xFF];
            }),
            bad("a longer head than needed", "cbor_not_deterministic", &|f| f.array = vec![0x98, 4]),
            bad("a byte after the end", "cbor_trailing", &|f| f.after = vec![0]),
            bad("the algorithm in the unprotected header, too", "unprotected_header", &|f| {
                f.unprotected = vec![0xA1, 1, 0x28];
            }),
            changed("another algorithm", "unsupported", "algorithm", &|f| f.protected[2] = 0x26),
            bad("the issuer twice", "claims", &|f| {
                f.payload = [vec![0xA5], issuer(), issuer(), exp(), iat(), status()].concat();
            }),
            bad("claims out of order", "claims", &|f| {
                f.payload = [vec![0xA4], issuer(), iat(), exp(), status()].concat();
            }),
            bad("a life of a day and a second", "lifetime", &|f| {
                let exp = [&[4, 0x1A][..], &(ISSUED as u32 + 86_401).to_be_bytes()].concat();
                f.payload = [vec![0xA4], issuer(), exp, iat(), status()].concat();
            }),
        ]
    }

    fn of_text(&self) -> Vec<Value> {
        // 120 bytes are whole triples, so that a triple or a pair may follow.
        let text = issue(&claims(), &self.good).unwrap();
        vec![
            case("a pair beyond one byte at the end", format!("{text}::"), 1, "malformed", "base45"),
            case("a triple beyond two bytes", format!("{text}GGW"), 1, "malformed", "base45"),
            case("the last two bytes cut off", &text[..text.len() - 3], 1, "malformed", "cbor_short"),
            case("lower case", text.to_lowercase(), 1, "malformed", "prefix"),
            case("an EU certificate", "HC1:6BFOXN", 1, "unsupported", "profile_hcert"),
            case("a later version", text.replacen('1', "2", 1), 1, "unsupported", "pass_version"),
        ]
    }
}

const FIXED_KID: &str = "3ed41a7f3ec00613";
const FIXED_X: &str = "29bbc81ddd9d963c54cba51c4a8dbd6bcfceea40238c2586c6649ba3858251d3";
const FIXED_Y: &str = "baa0da275c5c0439453d8351cb6775ef5ac52b5db028a1b708c86e2910417fe9";
const FIXED_TEXT: &str = "EPC1:RRQT 9Q60GO0J.7XF3:-7PY08CKYM4/70CL6746646FN0B-B4*9WY09-B -V/E7V50+20 8333GF6UP2527BIFE*FH\
    U76DQ0LS3CDS08US56WDR8HQW133$1D PS-D%T1NSM8+8221UG85QKEZ9U9084E8$HQ$TVRDHUIA.9T3RXC00P6C7R";
