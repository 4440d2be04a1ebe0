//! The corpus: small inputs of our own making, from the vectors in `tests/vectors/` and from the forges of the tests.

use crate::decoders::DECODERS;
use crate::decoders::foreign_forge::{AT, Card, Hcert, Nzcp, Signer};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use healthcode_core::region::Region;
use healthcode_core::time::{Day, Instant};
use healthcode_credential::base45;
use healthcode_credential::keys::SigningKey;
use healthcode_credential::status::gaps;
use healthcode_credential::status::news::{DayNews, Kind, News};
use healthcode_credential::status::seal::sign;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

const DID: &str = "did:web:passes.example";

/// Where the inputs of a decoder are.
pub fn folder(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "fuzz/corpus", name].iter().collect()
}

/// Writes the corpus anew; what is signed anew changes. Run by hand when a decoder is added:
/// `cargo test -p healthcode-credential --test fuzz -- --ignored`
#[test]
#[ignore = "writes fuzz/corpus anew"]
fn write_the_corpus() {
    for (name, _) in DECODERS {
        std::fs::create_dir_all(folder(name)).unwrap();
    }
    passes();
    status();
    files();
    foreign();
    rules();
}

fn put(decoder: &str, name: &str, bytes: impl AsRef<[u8]>) {
    std::fs::write(folder(decoder).join(name), bytes).unwrap();
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(value.as_str().unwrap()).unwrap()
}

fn file_name(value: &Value) -> String {
    let name = value.as_str().unwrap();
    name.chars().map(|char| if char.is_ascii_alphanumeric() { char } else { '_' }).take(36).collect()
}

fn passes() {
    let file = read(include_str!("../vectors/pass.json"));
    for case in file["cases"].as_array().unwrap() {
        let (name, text) = (file_name(&case["name"]), case["text"].as_str().unwrap());
        put("pass_text", &name, text);
        if let Some(Ok(bytes)) = text.strip_prefix("EPC1:").map(base45::decode) {
            put("pass_envelope", &name, bytes);
        }
    }
    for (index, trust) in file["trust"].as_array().unwrap().iter().enumerate() {
        put("trust_file", &format!("trust_{index}"), trust.to_string());
    }
    for (name, text) in [
        ("of_the_standard", "QED8WEX0"),
        ("odd", "%69 VD92EX0"),
        ("highest", "FGWU5"),
        ("too_high", "GGW:::"),
    ] {
        put("base45", name, text);
    }
}

fn news(kind: Kind, day: DayNews) -> News {
    News {
        kind,
        region: Region::new("330100").unwrap(),
        number: 7,
        previous: [9; 32],
        made_at: Instant::from_seconds(1_581_382_800),
        bundle: 1,
        withdrawn: vec![[1; 8], [2; 8]],
        days: BTreeMap::from([(Day(18_302), day.clone()), (Day(18_303), day)]),
    }
}

fn status() {
    let lists = |green: &[u32]| [green.to_vec(), vec![3, 5, 900], (0..200).step_by(7).collect(), vec![999]];
    let day = |green: &[u32]| DayNews { size: 1_000, lists: lists(green) };
    let key = SigningKey::generate().unwrap();
    for (name, kind, day) in [
        ("snapshot", Kind::Snapshot, day(&[])),
        ("delta", Kind::Delta, day(&[1, 2])),
        ("urgent", Kind::Urgent, day(&[4])),
        ("largest", Kind::Delta, DayNews { size: 1 << 28, lists: lists(&[(1 << 28) - 1]) }),
    ] {
        let news = news(kind, day);
        put("status_news", name, news.write());
        put("status_file", &format!("{name}_signed_by_a_stranger"), sign(&news, &key).unwrap());
    }
    let file = read(include_str!("../vectors/status.json"));
    for sequence in file["sequences"].as_array().unwrap().iter().take(6) {
        let name = file_name(&sequence["name"]);
        put("status_file", &name, bytes(&sequence["files"][0]["file"]));
    }
    for (name, size, list) in [
        ("none", 10_u32, vec![]),
        ("full", 100, (0..100).collect::<Vec<u32>>()),
        ("sparse", 1 << 28, vec![0, 70_000_000, (1 << 28) - 1]),
        ("some", 1_000, (0..1_000).step_by(13).collect()),
    ] {
        let count = (list.len() as u32).to_be_bytes();
        put("status_gaps", name, [&size.to_be_bytes()[..], &count, &gaps::write(size, &list)].concat());
    }
}

fn files() {
    let file = read(include_str!("../vectors/bundle.json"));
    for sequence in file["sequences"].as_array().unwrap().iter().take(8) {
        let Some(step) = sequence["files"].as_array().unwrap().last() else { continue };
        let (name, file) = (file_name(&sequence["name"]), bytes(&step["file"]));
        let Ok(parts) = serde_json::from_slice::<Value>(&file) else { continue };
        put("bundle_file", &name, &file);
        let body = bytes(&parts["body"]);
        put("bundle_parts", &format!("signature_{name}"), parts["signatures"][0].to_string());
        if let Ok(body) = serde_json::from_slice::<Value>(&body) {
            put("bundle_parts", &format!("roots_{name}"), body["roots"].to_string());
        }
        put("bundle_body", &name, body);
    }
    put("bundle_parts", "fingerprint", file["fingerprint"].as_str().unwrap());
    put("trust_file", "no_key", r#"{"format":"healthcode-trust/1","issuer":"330100","keys":[]}"#);
}

fn foreign() {
    let signer = Signer::new();
    let set = signer.jwk_set().to_string();
    put("foreign_trust", "did_document.json", signer.did_document(DID, true).to_string());
    put("foreign_trust", "jwk_set.json", &set);
    put("trust_file", "jwk_set", &set);
    let rsa =
        json!({"keys": [{"kty": "RSA", "n": URL_SAFE_NO_PAD.encode([0xC1; 256]), "e": "AQAB", "kid": "a"}]});
    put("foreign_trust", "rsa.json", rsa.to_string());
    put("foreign_trust", "trust_file", std::fs::read(folder("trust_file").join("trust_0")).unwrap());
    put(
        "foreign_trust",
        "no_certificate.pem",
        "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
    );
    let (hcert, nzcp, card) = (Hcert::default(), Nzcp::default(), Card::default());
    put("foreign_text", "hcert", hcert.signed(&signer));
    put("foreign_text", "hcert_altered", Hcert { flip_signature: true, ..Hcert::default() }.signed(&signer));
    put("foreign_text", "hcert_bomb", Hcert { padding: 40_000, ..Hcert::default() }.signed(&signer));
    put("foreign_text", "nzcp", nzcp.signed(&signer, DID));
    put("foreign_text", "card", card.signed(&signer));
    put("foreign_text", "card_bomb", Card { padding: 140_000, ..Card::default() }.signed(&signer));
    put("hcert_envelope", "hcert", hcert.cose(&signer));
    let untagged = Hcert { tags: vec![], algorithms: [None, Some(-7)], ..Hcert::default() };
    put("hcert_envelope", "untagged", untagged.cose(&signer));
    put("hcert_envelope", "web_token", Hcert { tags: vec![61, 18], ..Hcert::default() }.cose(&signer));
    let nzcp_text = nzcp.signed(&signer, DID);
    let body = nzcp_text.strip_prefix("NZCP:/1/").unwrap();
    put("nzcp_envelope", "pass", data_encoding::BASE32_NOPAD.decode(body.as_bytes()).unwrap());
    let other = Nzcp { kid_as_bytes: true, ..Nzcp::default() }.signed(&signer, "did:web:other.example");
    let body = other.strip_prefix("NZCP:/1/").unwrap();
    put("nzcp_envelope", "other_issuer", data_encoding::BASE32_NOPAD.decode(body.as_bytes()).unwrap());
    put("nzcp_envelope", "hcert", hcert.cose(&signer));
    put("hcert_claims", "vaccination", hcert.payload());
    put("hcert_claims", "trailing", Hcert { after_payload: vec![0], ..Hcert::default() }.payload());
    put("hcert_claims", "birthday", Hcert { birthday: "1990".to_owned(), ..Hcert::default() }.payload());
    put("nzcp_claims", "pass", nzcp.payload(DID));
    put("nzcp_claims", "other_kind", Nzcp { kind: "OtherPass", ..Nzcp::default() }.payload(DID));
    put("nzcp_claims", "other_issuer", Nzcp::default().payload("did:web:other.example"));
    put("card_claims", "card", card.payload());
    put("card_claims", "ends", Card { expires: Some(AT + 100), ..Card::default() }.payload());
    put("card_claims", "with_entries", with_entries());
}

/// A card with a dose and a test.
fn with_entries() -> String {
    let mut card = read(&Card::default().payload());
    let coding = |code: &str| json!({"coding": [{"system": "http://loinc.org", "code": code}]});
    card["vc"]["credentialSubject"]["fhirBundle"]["entry"] = json!([
        {"resource": {"resourceType": "Immunization", "status": "completed", "occurrenceDateTime": "2021-06-01",
            "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "208"}]}}},
        {"resource": {"resourceType": "Observation", "status": "final", "code": coding("94500-6"),
            "effectiveDateTime": "2021-06-01T10:00:00+02:00", "valueCodeableConcept": coding("260373001")}},
    ]);
    card.to_string()
}

fn rules() {
    let data = json!({"payload": {"v": [{"dt": "2021-06-01", "dn": 2, "sd": 2}], "dob": "1990-02"},
        "external": {"validationClock": "2021-06-15T00:00:00Z", "list": [1, 2, 3]}});
    let dose = json!({"plusTime": [{"var": "payload.v.0.dt"}, 14, "day"]});
    let clock = json!({"plusTime": [{"var": "external.validationClock"}, 0, "day"]});
    let doubling = json!([{"var": "accumulator"}, {"var": "accumulator"}]);
    let nesting = json!([{"var": "accumulator"}]);
    for (name, logic, data) in [
        ("dates", json!({"not-before": [clock, dose, ]}), &data),
        (
            "all_doses",
            json!({"if": [{">=": [{"var": "payload.v.0.dn"}, {"var": "payload.v.0.sd"}]}, true, false]}),
            &data,
        ),
        (
            "sum",
            json!({"reduce": [{"var": "external.list"}, {"+": [{"var": "accumulator"}, {"var": "current"}]}, 0]}),
            &data,
        ),
        ("identifier", json!({"extractFromUVCI": ["URN:UVCI:01:AT:X/Y#Z", 1]}), &data),
        ("birthday", json!({"after": [{"dccDateOfBirth": [{"var": "payload.dob"}]}, clock]}), &data),
        ("doubling", json!({"reduce": [{"var": ""}, doubling, 1]}), &json!(vec![0; 40])),
        ("nesting", json!({"reduce": [{"var": ""}, nesting, 1]}), &json!(vec![0; 3_000])),
        ("in_itself", json!({"reduce": [{"var": ""}, {"var": ""}, 1]}), &json!(vec![0; 300])),
    ] {
        put("cert_logic", name, json!([logic, data]).to_string());
    }
}
