//! Makes travellers' documents, right ones and wrong ones.
#![allow(dead_code, reason = "each test needs a part of it")]

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use coset::cbor::Value as Cbor;
use data_encoding::BASE32_NOPAD;
use flate2::Compression;
use flate2::write::{DeflateEncoder, ZlibEncoder};
use healthcode_credential::foreign::Trust;
use serde_json::{Value, json};
use std::io::Write;
use std::sync::LazyLock;

/// When documents begin, in seconds since 1970; most end 100 seconds later.
pub const AT: i64 = 1_640_000_000;

/// A key pair of an issuer.
#[derive(Clone)]
pub struct Signer {
    der: Vec<u8>,
    point: Vec<u8>,
    /// Eight bytes, as certificates have them.
    pub kid: Vec<u8>,
}

impl Signer {
    pub fn new() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let der = pair.to_pkcs8v1().unwrap().as_ref().to_vec();
        let point = pair.public_key().as_ref().to_vec();
        let kid = digest(&SHA256, &point).as_ref()[..8].to_vec();
        Self { der, point, kid }
    }

    /// The same for a whole test.
    pub fn fixed() -> Self {
        static FIXED: LazyLock<Signer> = LazyLock::new(Signer::new);
        FIXED.clone()
    }

    pub fn sign(&self, message: &[u8], der: bool) -> Vec<u8> {
        let form = if der { &ECDSA_P256_SHA256_ASN1_SIGNING } else { &ECDSA_P256_SHA256_FIXED_SIGNING };
        let pair = EcdsaKeyPair::from_pkcs8(form, &self.der).unwrap();
        pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec()
    }

    fn jwk(&self) -> Value {
        let [x, y] = [&self.point[1..33], &self.point[33..]].map(|part| URL_SAFE_NO_PAD.encode(part));
        json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y })
    }

    /// An EU certificate around any bytes as its claims, rightly signed.
    pub fn hcert_around(&self, claims: &[u8]) -> String {
        let header = Cbor::Map(vec![(1.into(), (-7).into()), (4.into(), Cbor::Bytes(self.kid.clone()))]);
        let parts = sign1(self, [&header, &Cbor::Map(vec![])], claims.to_vec(), false);
        tagged::hcert(&cbor(&tagged::around(Cbor::Array(parts), &[18])))
    }

    /// The same of a New Zealand pass, under the key `key-001`.
    pub fn nzcp_around(&self, claims: &[u8]) -> String {
        let header = Cbor::Map(vec![(4.into(), "key-001".into()), (1.into(), (-7).into())]);
        let parts = sign1(self, [&header, &Cbor::Map(vec![])], claims.to_vec(), false);
        tagged::nzcp(&cbor(&tagged::around(Cbor::Array(parts), &[18])))
    }

    /// The same of a health card.
    pub fn card_around(&self, claims: &[u8]) -> String {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(claims).unwrap();
        let header = json!({ "alg": "ES256", "zip": "DEF", "kid": self.thumbprint() });
        card(self, &header, &encoder.finish().unwrap())
    }

    pub fn thumbprint(&self) -> String {
        let jwk = self.jwk();
        let text = format!(r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#, jwk["x"], jwk["y"]);
        URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
    }

    /// Trust in this key, as a JWK set.
    pub fn trust(&self) -> Trust {
        Trust::read(self.jwk_set().to_string().as_bytes()).unwrap()
    }

    pub fn jwk_set(&self) -> Value {
        let mut jwk = self.jwk();
        jwk["kid"] = STANDARD.encode(&self.kid).into();
        json!({ "keys": [jwk] })
    }

    /// Trust in this key, as a DID document that asserts it or only lists it.
    pub fn did(&self, did: &str, asserted: bool) -> Trust {
        Trust::read(self.did_document(did, asserted).to_string().as_bytes()).unwrap()
    }

    pub fn did_document(&self, did: &str, asserted: bool) -> Value {
        let (id, other) = (format!("{did}#key-001"), format!("{did}#key-002"));
        let method = |id: &str, jwk: Value| json!({ "id": id, "controller": did, "type": "JsonWebKey2020", "publicKeyJwk": jwk });
        json!({
            "@context": "https://w3.org/ns/did/v1", "id": did,
            "verificationMethod": [method(&id, self.jwk()), method(&other, Self::new().jwk())],
            "assertionMethod": if asserted { [&id, &other] } else { [&other, &other] },
        })
    }
}

fn cbor(value: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    coset::cbor::into_writer(value, &mut bytes).unwrap();
    bytes
}

fn text_map(entries: &[(&str, Cbor)]) -> Cbor {
    Cbor::Map(entries.iter().map(|(key, value)| (Cbor::Text((*key).to_owned()), value.clone())).collect())
}

/// Puts tags around, the first outermost.
pub mod tagged {
    use super::*;

    pub fn around(value: Cbor, tags: &[u64]) -> Cbor {
        tags.iter().rev().fold(value, |inner, tag| Cbor::Tag(*tag, Box::new(inner)))
    }

    pub fn hcert(bytes: &[u8]) -> String {
        format!("HC1:{}", base45::encode(zlib(bytes)))
    }

    pub fn nzcp(bytes: &[u8]) -> String {
        format!("NZCP:/1/{}", BASE32_NOPAD.encode(bytes))
    }
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn sign1(signer: &Signer, headers: [&Cbor; 2], payload: Vec<u8>, der: bool) -> Vec<Cbor> {
    let protected = cbor(headers[0]);
    let message = Cbor::Array(vec![
        "Signature1".into(),
        Cbor::Bytes(protected.clone()),
        Cbor::Bytes(vec![]),
        Cbor::Bytes(payload.clone()),
    ]);
    let signature = signer.sign(&cbor(&message), der);
    vec![Cbor::Bytes(protected), headers[1].clone(), Cbor::Bytes(payload), Cbor::Bytes(signature)]
}

/// An EU certificate.
pub struct Hcert {
    pub times: [Cbor; 2],
    pub tags: Vec<u64>,
    pub kids: Option<[Option<Cbor>; 2]>,
    pub algorithms: [Option<i64>; 2],
    pub more_claims: Vec<(Cbor, Cbor)>,
    pub after_payload: Vec<u8>,
    pub after_cose: Vec<u8>,
    pub after_zlib: Vec<u8>,
    pub padding: usize,
    pub compressed: bool,
    pub no_certificate: bool,
    pub flip_signature: bool,
    pub der_signature: bool,
    pub birthday: String,
}

impl Default for Hcert {
    fn default() -> Self {
        Self {
            times: [AT.into(), (AT + 100).into()],
            tags: vec![18],
            kids: None,
            algorithms: [Some(-7), None],
            more_claims: vec![],
            after_payload: vec![],
            after_cose: vec![],
            after_zlib: vec![],
            padding: 0,
            compressed: true,
            no_certificate: false,
            flip_signature: false,
            der_signature: false,
            birthday: "1990-02-01".to_owned(),
        }
    }
}

impl Hcert {
    fn certificate(&self) -> Cbor {
        let dose = [
            ("tg", "840539006".into()),
            ("vp", "1119349007".into()),
            ("mp", "EU/1/20/1528".into()),
            ("ma", "ORG-100030215".into()),
            ("dn", 2.into()),
            ("sd", 2.into()),
            ("dt", "2021-06-01".into()),
            ("co", "AT".into()),
            ("is", "Ministry".into()),
            ("ci", "URN:UVCI:01:AT:X".into()),
        ];
        text_map(&[
            ("ver", "1.3.0".into()),
            ("nam", text_map(&[("fn", "Doe".into()), ("fnt", "DOE".into())])),
            ("dob", self.birthday.as_str().into()),
            ("v", Cbor::Array(vec![text_map(&dose)])),
        ])
    }

    /// What is signed.
    pub fn payload(&self) -> Vec<u8> {
        let [issued, expires] = self.times.clone();
        let mut claims = vec![(4.into(), expires), (6.into(), issued)];
        if !self.more_claims.iter().any(|(key, _)| *key == 1.into()) {
            claims.push((1.into(), "AT".into()));
        }
        claims.extend(self.more_claims.clone());
        if !self.no_certificate {
            claims.push(((-260).into(), Cbor::Map(vec![(1.into(), self.certificate())])));
        }
        if self.padding > 0 {
            claims.push((98.into(), Cbor::Bytes(vec![0; self.padding])));
        }
        [cbor(&Cbor::Map(claims)), self.after_payload.clone()].concat()
    }

    pub fn cose(&self, signer: &Signer) -> Vec<u8> {
        let kids = self.kids.clone().unwrap_or([Some(Cbor::Bytes(signer.kid.clone())), None]);
        let header = |at: usize| {
            let algorithm = self.algorithms[at].map(|algorithm| (1.into(), algorithm.into()));
            let kid = kids[at].clone().map(|kid| (4.into(), kid));
            Cbor::Map(algorithm.into_iter().chain(kid).collect())
        };
        let mut parts = sign1(signer, [&header(0), &header(1)], self.payload(), self.der_signature);
        if let (true, Some(Cbor::Bytes(signature))) = (self.flip_signature, parts.last_mut()) {
            signature[5] ^= 1;
        }
        [cbor(&tagged::around(Cbor::Array(parts), &self.tags)), self.after_cose.clone()].concat()
    }

    pub fn signed(&self, signer: &Signer) -> String {
        let cose = self.cose(signer);
        let mut bytes = if self.compressed { zlib(&cose) } else { cose };
        bytes.extend(&self.after_zlib);
        format!("HC1:{}", base45::encode(bytes))
    }

    /// Changes the envelope after it was signed.
    pub fn changed(&self, signer: &Signer, change: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut cose = self.cose(signer);
        change(&mut cose);
        tagged::hcert(&cose)
    }
}

/// A New Zealand pass.
pub struct Nzcp {
    pub tags: Vec<u64>,
    pub kid_as_bytes: bool,
    pub version: &'static str,
    pub kind: &'static str,
}

impl Default for Nzcp {
    fn default() -> Self {
        Self { tags: vec![18], kid_as_bytes: false, version: "1", kind: "PublicCovidPass" }
    }
}

impl Nzcp {
    /// What is signed.
    pub fn payload(&self, did: &str) -> Vec<u8> {
        let subject = text_map(&[("givenName", "Jane".into()), ("dob", "1990-02-01".into())]);
        let credential = text_map(&[
            ("@context", Cbor::Array(vec!["https://www.w3.org/2018/credentials/v1".into()])),
            ("version", "1.0.0".into()),
            ("type", Cbor::Array(vec!["VerifiableCredential".into(), self.kind.into()])),
            ("credentialSubject", subject),
        ]);
        let claims = Cbor::Map(vec![
            (1.into(), did.into()),
            (5.into(), AT.into()),
            (4.into(), (AT + 100).into()),
            (7.into(), Cbor::Bytes(vec![7; 16])),
            ("vc".into(), credential),
        ]);
        cbor(&claims)
    }

    pub fn signed(&self, signer: &Signer, did: &str) -> String {
        let kid = if self.kid_as_bytes { Cbor::Bytes(b"key-001".to_vec()) } else { "key-001".into() };
        let header = Cbor::Map(vec![(4.into(), kid), (1.into(), (-7).into())]);
        let parts = sign1(signer, [&header, &Cbor::Map(vec![])], self.payload(did), false);
        let bytes = cbor(&tagged::around(Cbor::Array(parts), &self.tags));
        format!("NZCP:/{}/{}", self.version, BASE32_NOPAD.encode(&bytes))
    }
}

/// A SMART Health Card.
pub struct Card {
    pub algorithm: &'static str,
    pub zip: Value,
    pub expires: Option<i64>,
    pub kind: &'static str,
    pub after_deflate: Vec<u8>,
    pub padding: usize,
}

impl Default for Card {
    fn default() -> Self {
        let kind = "https://smarthealth.cards#health-card";
        Self { algorithm: "ES256", zip: json!("DEF"), expires: None, kind, after_deflate: vec![], padding: 0 }
    }
}

impl Card {
    /// What is deflated and signed.
    pub fn payload(&self) -> String {
        let mut card = json!({
            "iss": "https://cards.example", "nbf": AT,
            "vc": { "type": [self.kind], "credentialSubject": { "fhirVersion": "4.0.1", "fhirBundle": { "resourceType": "Bundle" } } },
            "padding": "0".repeat(self.padding),
        });
        if let Some(expires) = self.expires {
            card["exp"] = expires.into();
        }
        card.to_string()
    }

    pub fn signed(&self, signer: &Signer) -> String {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(self.payload().as_bytes()).unwrap();
        let payload = [encoder.finish().unwrap(), self.after_deflate.clone()].concat();
        let mut header = json!({ "alg": self.algorithm, "kid": signer.thumbprint() });
        if !self.zip.is_null() {
            header["zip"] = self.zip.clone();
        }
        card(signer, &header, &payload)
    }
}

/// A signed JWS as the digits of a card.
fn card(signer: &Signer, header: &Value, payload: &[u8]) -> String {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let message = format!("{}.{}", encode(header.to_string().as_bytes()), encode(payload));
    let jws = format!("{message}.{}", encode(&signer.sign(message.as_bytes(), false)));
    let digits: String = jws.bytes().map(|byte| format!("{:02}", byte - b'-')).collect();
    format!("shc:/{digits}")
}
