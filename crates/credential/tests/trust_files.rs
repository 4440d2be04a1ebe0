//! Trust files and JWK sets: what is read, and what is refused and how it is named.

#![allow(clippy::unwrap_used)]

mod forge;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use forge::*;
use healthcode_core::region::Region;
use healthcode_credential::issue::issue;
use healthcode_credential::keys::SigningKey;
use healthcode_credential::outcome::Outcome;
use healthcode_credential::trust::{Purpose, TrustBundle};
use healthcode_credential::trust_file::{TrustFault, write};
use healthcode_credential::verify::verify;
use serde_json::{Value, json};

fn entry(key: &SigningKey) -> Value {
    json!({
        "kid": key.public().id(), "purpose": "pass",
        "x": URL_SAFE_NO_PAD.encode(key.public().x()), "y": URL_SAFE_NO_PAD.encode(key.public().y()),
        "from": "2020-02-11T00:00:00+08:00", "until": "2020-05-11T00:00:00+08:00", "state": "active",
    })
}

fn file(keys: &[Value]) -> Value {
    json!({"format": "healthcode-trust/1", "issuer": "330100", "keys": keys})
}

fn read(file: &Value) -> Result<TrustBundle, TrustFault> {
    TrustBundle::read(&file.to_string())
}

/// The code and the words of a refusal of a file with one key, one field of it changed.
fn refused(field: &str, value: Value) -> (&'static str, String) {
    let mut key = entry(&SigningKey::generate().unwrap());
    key[field] = value;
    let fault = read(&file(&[key])).unwrap_err();
    (fault.code(), fault.to_string())
}

#[test]
fn a_trust_file_is_read_back_as_written() {
    let issuer = Region::new("330100").unwrap();
    let keys: Vec<_> = (0..3).map(|_| SigningKey::generate().unwrap()).collect();
    let life = listing(&keys[0]).life.unwrap();
    let lives = [life, life.retire(at(5)).unwrap(), life.withdraw(at(6)).unwrap()];
    let written: Vec<_> =
        keys.iter().zip(lives).map(|(key, life)| (key.public().clone(), Purpose::Pass, life)).collect();
    let trust = TrustBundle::read(&write(&issuer, &written)).unwrap();
    assert_eq!(trust.len(), 3);
    for (public, purpose, life) in written {
        let found = trust.listings().find(|key| key.public == public).unwrap();
        assert_eq!((found.purpose, found.life, found.issuer.as_ref()), (purpose, Some(life), Some(&issuer)));
    }
}

#[test]
fn a_pass_verifies_with_a_trust_file_and_with_a_jwk_set() {
    let key = SigningKey::generate().unwrap();
    let text = issue(&claims(), &key).unwrap();
    let ours = read(&file(&[entry(&key)])).unwrap();
    assert_eq!(verify(&text, &ours, at(1)).outcome(), Outcome::Valid);
    let entry = entry(&key);
    let jwk =
        json!({"kty": "EC", "crv": "P-256", "x": entry["x"], "y": entry["y"], "kid": "any", "use": "sig"});
    let rsa = json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"});
    let jwks = read(&json!({"keys": [rsa, jwk]})).unwrap();
    assert_eq!(verify(&text, &jwks, at(1)).outcome(), Outcome::Valid);
}

#[test]
fn files_of_several_issuers_merge() {
    let (here, there) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    let mut other = file(&[entry(&there)]);
    other["issuer"] = json!("110000");
    let mut trust = read(&file(&[entry(&here)])).unwrap();
    trust.merge(read(&other).unwrap()).unwrap();
    trust.merge(read(&other).unwrap()).unwrap();
    assert_eq!((trust.len(), trust.listings().count()), (2, 2));
    let ours = issue(&claims(), &here).unwrap();
    assert_eq!(verify(&ours, &trust, at(1)).outcome(), Outcome::Valid);
    let crossed = issue(&claims(), &there).unwrap();
    assert_eq!(verify(&crossed, &trust, at(1)).reason().unwrap().code(), "key_issuer");
}

#[test]
fn an_older_file_cannot_undo_a_withdrawal() {
    let key = SigningKey::generate().unwrap();
    let text = issue(&claims(), &key).unwrap();
    let mut withdrawn = entry(&key);
    withdrawn["state"] = json!("withdrawn");
    let mut trust = read(&file(&[withdrawn])).unwrap();
    trust.merge(read(&file(&[entry(&key)])).unwrap()).unwrap();
    assert_eq!(verify(&text, &trust, at(1)).outcome(), Outcome::WithdrawnKey);
}

#[test]
fn unknown_doubled_and_missing_fields_are_named() {
    let (code, words) = refused("colour", json!("green"));
    assert_eq!(code, "trust_json");
    assert!(words.contains("unknown field `colour`") && words.contains("line 1"), "{words}");
    let text = file(&[entry(&SigningKey::generate().unwrap())]).to_string();
    let doubled = text.replacen("\"state\"", "\"state\":\"active\",\"state\"", 1);
    let words = TrustBundle::read(&doubled).unwrap_err().to_string();
    assert!(words.contains("duplicate field `state`"), "{words}");
    let twice = text.replacen("\"format\"", "\"format\":1,\"format\"", 1);
    assert!(TrustBundle::read(&twice).unwrap_err().to_string().contains("duplicate field `format`"));
    let missing = text.replacen("\"state\":\"active\"", "\"since\":null", 1);
    assert!(TrustBundle::read(&missing).unwrap_err().to_string().contains("missing field `state`"));
    assert_eq!(TrustBundle::read("{}").unwrap_err().code(), "trust_json");
    assert_eq!(TrustBundle::read("").unwrap_err().code(), "trust_json");
}

#[test]
fn a_key_that_does_not_hold_together_is_refused() {
    assert_eq!(refused("kid", json!("0011223344556677")).0, "trust_kid");
    assert_eq!(refused("x", json!("AAAA")).0, "trust_coordinate");
    assert_eq!(refused("y", json!("A".repeat(42) + "B")).0, "trust_coordinate", "stray bits at the end");
    let one_byte_more = URL_SAFE_NO_PAD.encode([0; 33]);
    assert_eq!(refused("x", json!(one_byte_more)).0, "trust_coordinate");
    assert_eq!(refused("x", json!("A".repeat(43))).0, "trust_point");
    assert_eq!(refused("until", json!("2020-02-11T00:00:00+08:00")).0, "trust_dates");
    assert_eq!(refused("from", json!("2020-02-11")).0, "trust_json");
    assert_eq!(refused("purpose", json!("everything")).0, "trust_json");
    assert_eq!(refused("state", json!("retired")).0, "trust_json");
    assert_eq!(refused("since", json!("2020-02-12T00:00:00+08:00")).0, "trust_since");
}

#[test]
fn a_file_that_does_not_hold_together_is_refused() {
    let key = SigningKey::generate().unwrap();
    assert_eq!(read(&file(&[entry(&key), entry(&key)])).unwrap_err().code(), "trust_twice");
    let mut other = file(&[entry(&key)]);
    other["format"] = json!("healthcode-trust/2");
    assert_eq!(read(&other).unwrap_err().code(), "trust_format");
    let mut nowhere = file(&[entry(&key)]);
    nowhere["issuer"] = json!("Hangzhou");
    assert_eq!(read(&nowhere).unwrap_err().code(), "trust_issuer");
    let long = " ".repeat((4 << 20) + 1);
    assert_eq!(TrustBundle::read(&long).unwrap_err().code(), "trust_too_long");
}

#[test]
fn a_jwk_set_with_a_private_key_or_without_any_is_refused() {
    let key = entry(&SigningKey::generate().unwrap());
    let secret = json!({"kty": "EC", "crv": "P-256", "x": key["x"], "y": key["y"], "d": "AAAA"});
    assert_eq!(read(&json!({"keys": [secret]})).unwrap_err().code(), "trust_secret");
    let rsa = json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"});
    assert_eq!(read(&json!({"keys": [rsa]})).unwrap_err().code(), "trust_no_key");
    let odd = json!({"kty": "EC", "crv": "P-256", "x": key["x"], "y": key["y"], "colour": 1});
    assert!(read(&json!({"keys": [odd]})).unwrap_err().to_string().contains("unknown field `colour`"));
}
