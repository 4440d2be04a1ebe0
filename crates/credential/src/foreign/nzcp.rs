//! New Zealand COVID passes (nzcovidpass-spec): `NZCP:/1/`, Base32 without padding, COSE_Sign1, CWT. A pass says who
//! holds it and nothing of health; that it was issued is the statement.

use super::cose::{self, Tags};
use super::trust::{Algorithm, ForeignKeys, id_bytes};
use super::value::{self, Value};
use super::{VerifiedDocument, seconds, shown};
use crate::outcome::Reason;
use data_encoding::BASE32_NOPAD;
use healthcode_core::time::Instant;
use serde_json::json;

/// The specification's own pass has 600 characters.
const LONGEST_TEXT_BYTES: usize = 4_296;

const ISS: i128 = 1;
const EXP: i128 = 4;
const NBF: i128 = 5;
const CTI: i128 = 7;

/// Judges a pass. The steps, in this order; the first that fails gives the reason:
///
/// 1. length, version 1, Base32 in capital letters without padding;
/// 2. the envelope: tag 18; ES256;
/// 3. the claims: issuer, times, id, a version 1.0.0 `PublicCovidPass`;
/// 4. the key: asserted by the issuer's DID document under this id;
/// 5. the signature;
/// 6. the times: `nbf` included, `exp` not.
pub(super) fn verify(text: &str, trust: &ForeignKeys, at: Instant) -> Result<VerifiedDocument, Reason> {
    if text.len() > LONGEST_TEXT_BYTES {
        return Err(Reason::TextTooLong);
    }
    let rest = text["NZCP:".len()..].strip_prefix('/').ok_or(Reason::Prefix)?;
    let (version, body) = rest.split_once('/').ok_or(Reason::Prefix)?;
    if version != "1" {
        let number = !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit());
        return Err(if number { Reason::PassVersion } else { Reason::Prefix });
    }
    let bytes = BASE32_NOPAD.decode(body.as_bytes()).map_err(|_| Reason::Base32)?;
    let envelope = cose::read(&bytes, Tags::Sign1)?;
    if envelope.algorithm != Algorithm::Es256 {
        return Err(Reason::Algorithm);
    }
    let claims = Claims::read(&envelope.payload)?;
    let kid = envelope.kid.as_ref().and_then(id_bytes).ok_or(Reason::KeyUnknown)?;
    let key = trust.of_did(&claims.issuer, kid).ok_or(Reason::KeyUnknown)?;
    if !key.fits(envelope.algorithm) {
        return Err(Reason::KeyKind);
    }
    if !key.signed(&envelope.signed_bytes(), &envelope.signature) {
        return Err(Reason::Signature);
    }
    if seconds(at) < claims.not_before {
        return Err(Reason::IssuedLater);
    }
    if seconds(at) >= claims.expires {
        return Err(Reason::Ended);
    }
    Ok(claims.verified())
}

struct Claims {
    issuer: String,
    not_before: f64,
    expires: f64,
    id: String,
    subject: Value,
}

impl Claims {
    fn read(payload: &[u8]) -> Result<Self, Reason> {
        let claims = value::read(payload)?;
        let issuer = claims.at(ISS).and_then(Value::text).ok_or(Reason::Claims)?;
        let time = |key| claims.at(key).and_then(Value::number).ok_or(Reason::TimeRange);
        let (not_before, expires) = (time(NBF)?, time(EXP)?);
        let id = claims.at(CTI).and_then(Value::bytes).filter(|id| id.len() == 16).ok_or(Reason::Claims)?;
        let credential = claims.named("vc").ok_or(Reason::Claims)?;
        let lists = |name, word: &str| match credential.named(name) {
            Some(Value::Array(items)) => items.iter().any(|item| item.text() == Some(word)),
            _ => false,
        };
        let is_pass = lists("type", "VerifiableCredential") && lists("type", "PublicCovidPass");
        let contexts = lists("@context", "https://www.w3.org/2018/credentials/v1");
        if !is_pass || !contexts {
            return Err(Reason::Claims);
        }
        if credential.named("version").and_then(Value::text) != Some("1.0.0") {
            return Err(Reason::PassVersion);
        }
        let subject = credential.named("credentialSubject").ok_or(Reason::Claims)?;
        let has = |name| subject.named(name).and_then(Value::text).is_some_and(|text| !text.is_empty());
        if !has("givenName") || !has("dob") {
            return Err(Reason::Claims);
        }
        Ok(Self { issuer: issuer.to_owned(), not_before, expires, id: urn(id), subject: subject.clone() })
    }

    fn verified(self) -> VerifiedDocument {
        let claims = json!({
            "issued_at": shown(self.not_before),
            "expires_at": shown(self.expires),
            "id": self.id,
            "subject": self.subject.to_json(),
        });
        VerifiedDocument { issuer: Some(self.issuer), claims, warnings: Vec::new() }
    }
}

/// `urn:uuid:` of sixteen bytes.
fn urn(id: &[u8]) -> String {
    let hex: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    format!("urn:uuid:{}", parts.join("-"))
}
