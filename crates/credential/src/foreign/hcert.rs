//! EU digital COVID certificates (hcert_spec 1.0.8): `HC1:`, Base45, zlib, COSE_Sign1, CWT.

use super::cose::{self, Tags};
use super::trust::{ForeignKeys, Key, Usage, id_bytes};
use super::value::{self, Value};
use super::{VerifiedDocument, dcc, seconds, shown};
use crate::base45;
use crate::outcome::Reason;
use flate2::read::ZlibDecoder;
use healthcode_core::time::Instant;
use serde_json::json;
use std::io::Read;

/// A longer text is not even decoded; the largest known certificate has 1,093 characters.
const LONGEST_TEXT_BYTES: usize = 4_296;
/// Bytes that may come out of the compression; the largest known has 870.
const LONGEST_BYTES: u64 = 16 * 1024;

const ISS: i128 = 1;
const EXP: i128 = 4;
const IAT: i128 = 6;
const HCERT: i128 = -260;
const DCC_V1: i128 = 1;

/// Judges a certificate. The steps, in this order; the first that fails gives the reason:
///
/// 1. length, Base45, zlib with nothing behind it;
/// 2. the envelope: tag 18, 61 around 18, or none; algorithm, which the headers must not disagree on;
/// 3. the key: one of those that the id may mean, whose kind fits the algorithm;
/// 4. the signature;
/// 5. the claims: issuer, times, one certificate;
/// 6. the key's usage: test, vaccination, recovery;
/// 7. the times: `iat` and `exp` both included, with fractions where there are any.
pub(super) fn verify(text: &str, trust: &ForeignKeys, at: Instant) -> Result<VerifiedDocument, Reason> {
    if text.len() > LONGEST_TEXT_BYTES {
        return Err(Reason::TextTooLong);
    }
    let compressed = base45::decode(&text["HC1:".len()..]).map_err(|_| Reason::Base45)?;
    let envelope = cose::read(&inflate(&compressed)?, Tags::Any)?;
    let kid = envelope.kid.as_ref().and_then(id_bytes).ok_or(Reason::KeyUnknown)?;
    let known: Vec<&Key> = trust.named(kid).collect();
    if known.is_empty() {
        return Err(Reason::KeyUnknown);
    }
    let fitting: Vec<_> = known.into_iter().filter(|key| key.fits(envelope.algorithm)).collect();
    if fitting.is_empty() {
        return Err(Reason::KeyKind);
    }
    let message = envelope.signed_bytes();
    let signer = fitting.into_iter().find(|key| key.signed(&message, &envelope.signature));
    let signer = signer.ok_or(Reason::Signature)?;
    let claims = Claims::read(&envelope.payload)?;
    if let Some(usage) = signer.usage
        && !dcc::kinds(&claims.certificate).all(|kind| allows(usage, kind))
    {
        return Err(Reason::KeyUsage);
    }
    if claims.issued_at.is_some_and(|issued| seconds(at) < issued) {
        return Err(Reason::IssuedLater);
    }
    if claims.expires_at.is_some_and(|expires| seconds(at) > expires) {
        return Err(Reason::Ended);
    }
    Ok(claims.verified(signer, at))
}

fn allows(usage: Usage, kind: &str) -> bool {
    match kind {
        "v" => usage.vaccination,
        "t" => usage.test,
        _ => usage.recovery,
    }
}

fn inflate(compressed: &[u8]) -> Result<Vec<u8>, Reason> {
    let mut decoder = ZlibDecoder::new(compressed);
    let mut bytes = Vec::new();
    (&mut decoder).take(LONGEST_BYTES + 1).read_to_end(&mut bytes).map_err(|_| Reason::Compression)?;
    if bytes.len() as u64 > LONGEST_BYTES {
        return Err(Reason::CompressionBomb);
    }
    if decoder.total_in() == compressed.len() as u64 { Ok(bytes) } else { Err(Reason::CompressionTrailing) }
}

struct Claims {
    issuer: Option<String>,
    issued_at: Option<f64>,
    expires_at: Option<f64>,
    certificate: Value,
}

impl Claims {
    fn read(payload: &[u8]) -> Result<Self, Reason> {
        let claims = match value::read(payload)? {
            Value::Tag(61, inner) => *inner,
            value => value,
        };
        let certificate = claims.at(HCERT).and_then(|hcert| hcert.at(DCC_V1));
        let certificate = certificate.filter(|value| matches!(value, Value::Map(_))).ok_or(Reason::Claims)?;
        let time = |key| match claims.at(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value.number().map(Some).ok_or(Reason::TimeRange),
        };
        let issuer = match claims.at(ISS) {
            None | Some(Value::Null) => None,
            Some(value) => Some(value.text().ok_or(Reason::Claims)?.to_owned()),
        };
        let (issued_at, expires_at) = (time(IAT)?, time(EXP)?);
        Ok(Self { issuer, issued_at, expires_at, certificate: certificate.clone() })
    }

    fn verified(self, signer: &Key, at: Instant) -> VerifiedDocument {
        let certificate = self.certificate.to_json();
        let mut warnings = dcc::faults(&certificate);
        for (time, claim) in [(self.issued_at, "iat"), (self.expires_at, "exp")] {
            if time.is_none() {
                warnings.push(format!("the claim {claim} is missing"));
            }
        }
        if signer.certified.is_some_and(|certified| !certified.contains(at)) {
            warnings.push("the signer's certificate does not hold at this time".to_owned());
        }
        let claims = json!({
            "issued_at": self.issued_at.map(shown),
            "expires_at": self.expires_at.map(shown),
            "certificate": certificate,
        });
        VerifiedDocument { issuer: self.issuer, claims, warnings }
    }
}
