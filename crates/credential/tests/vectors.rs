//! Passes written down once in `vectors/pass.json`, for this verifier and for others in other languages. The keys
//! that signed them were thrown away. Each case holds a text, an instant and the verdict that must come of it.

#![allow(clippy::unwrap_used)]

mod forge;

use forge::*;
use healthcode_core::region::Region;
use healthcode_core::time::Instant;
use healthcode_credential::base45;
use healthcode_credential::bearer::{Bearer, DeviceKey};
use healthcode_credential::claims::Claims;
use healthcode_credential::issue::issue;
use healthcode_credential::key_life::KeyLife;
use healthcode_credential::keys::SigningKey;
use healthcode_credential::presentation::present;
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

/// Writes the file anew with new keys; every text changes. Run by hand when a case is added:
/// `cargo test -p healthcode-credential --test vectors -- --ignored`
#[test]
#[ignore = "writes tests/vectors/pass.json anew"]
fn write_the_vectors() {
    let cast = Cast::new();
    let cases = [cast.of_times_and_keys(), cast.of_presentations(), cast.of_shape(), cast.of_text()].concat();
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

    fn valid(&self, name: &str, claims: &Claims) -> Value {
        let text = issue(claims, &self.good).unwrap();
        json!({"name": name, "text": text, "at": at(0), "verdict": "valid", "claims": self.shown(claims)})
    }

    fn shown(&self, claims: &Claims) -> Value {
        let hex = |key: &DeviceKey| key.compressed().map(|byte| format!("{byte:02x}")).concat();
        let status = claims.bearer.status();
        let mut shown = json!({
            "issued_at": claims.issued_at, "expires_at": claims.expires_at,
            "issue_day": status.map(|status| status.day), "status_index": status.map(|status| status.index),
            "device_key": claims.bearer.device().map(hex), "presented_at": null, "kid": self.good.public().id(),
        });
        if let Bearer::Paper(paper) = &claims.bearer {
            shown["paper"] =
                json!({"masked_name": paper.name.as_str(), "document_last_four": paper.last_four.as_str()});
        }
        shown
    }

    /// A presentation signed by `by` 1,000 seconds after the pass's issue, judged so many seconds later.
    fn presented(&self, name: &str, by: &SigningKey, later: i64, verdict: &str, reason: &str) -> Value {
        let claims = with_device(&self.device);
        let pass = issue(&claims, &self.good).unwrap();
        let text = present(&pass, at(1_000), |bytes| by.sign(bytes)).unwrap().unwrap();
        if verdict != "valid" {
            return case(name, text, 1_000 + later, verdict, reason);
        }
        let mut shown = self.shown(&claims);
        shown["presented_at"] = json!(at(1_000));
        json!({"name": name, "text": text, "at": at(1_000 + later), "verdict": "valid", "claims": shown})
    }

    fn of_presentations(&self) -> Vec<Value> {
        let token = issue(&claims(), &self.good).unwrap();
        let around_a_token = present(&token, at(1), |bytes| self.device.sign(bytes)).unwrap().unwrap();
        let pass = issue(&with_device(&self.device), &self.good).unwrap();
        let shown = present(&pass, at(1), |bytes| self.device.sign(bytes)).unwrap().unwrap();
        let mut bytes = base45::decode(&shown[5..]).unwrap();
        let cut = text_of(&bytes[..bytes.len() - 1]);
        let time = bytes.len() - 67;
        bytes[time] ^= 1;
        vec![
            self.presented("presented just now", &self.device, 0, "valid", ""),
            self.presented("presented ninety seconds ago", &self.device, 90, "valid", ""),
            self.presented("presented fifteen seconds ahead", &self.device, -15, "valid", ""),
            self.presented("a screenshot", &self.device, 91, "expired", "presented_earlier"),
            self.presented(
                "a phone whose clock is ahead",
                &self.device,
                -16,
                "not_yet_valid",
                "presented_later",
            ),
            self.presented("shown by another phone", &self.good, 0, "bad_signature", "device_signature"),
            case(
                "with another time than was signed",
                text_of(&bytes),
                1,
                "bad_signature",
                "device_signature",
            ),
            case("around a token", around_a_token, 1, "malformed", "presentation_without_device"),
            case("cut short", cut, 1, "malformed", "cbor_short"),
        ]
    }

    fn of_times_and_keys(&self) -> Vec<Value> {
        let by = |key: &SigningKey| issue(&claims(), key).unwrap();
        let mut forged = Forge::new(SigningKey::generate().unwrap());
        forged.protected.splice(5.., kid(&self.good));
        vec![
            self.valid("a token", &claims()),
            self.valid("a paper pass", &on_paper()),
            self.valid("a phone's pass that no phone presents", &with_device(&self.device)),
            case("its last second is over", by(&self.good), 90, "expired", "ended"),
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
            bad("a token for longer than ninety seconds", "lifetime", &|f| {
                let exp = [&[4, 0x1A][..], &(ISSUED as u32 + 91).to_be_bytes()].concat();
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
