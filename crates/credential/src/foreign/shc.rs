//! SMART Health Cards (smart-on-fhir/health-cards): `shc:/` and two digits a character of a compact JWS, whose payload is
//! deflated.

use super::trust::{Algorithm, ForeignKeys, Key};
use super::{VerifiedDocument, seconds, shown};
use crate::outcome::Reason;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::read::DeflateDecoder;
use healthcode_core::time::Instant;
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::Read;

/// The largest QR code holds 7,089 digits.
const LONGEST_TEXT_BYTES: usize = 8_192;
/// Bytes that may come out of the compression.
const LONGEST_BYTES: u64 = 128 * 1024;

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
    zip: Option<String>,
}

/// Judges a card. The steps, in this order; the first that fails gives the reason:
///
/// 1. length, one part only, digits in pairs;
/// 2. the JWS: three parts in base64url without padding, ES256, `zip` of `DEF`;
/// 3. the key by its id, the signature;
/// 4. the payload: inflated, with nothing behind it; JSON with issuer, `nbf` and a health card;
/// 5. the times: `nbf` included, `exp`, where there is one, not.
pub(super) fn verify(text: &str, trust: &ForeignKeys, at: Instant) -> Result<VerifiedDocument, Reason> {
    if text.len() > LONGEST_TEXT_BYTES {
        return Err(Reason::TextTooLong);
    }
    let digits = &text["shc:/".len()..];
    if digits.contains('/') {
        // Cards in several parts were given up by the specification.
        return Err(Reason::CardInParts);
    }
    let jws = characters(digits).ok_or(Reason::Digits)?;
    let parts: Vec<&str> = jws.split('.').collect();
    let [header, payload, signature] = parts[..] else { return Err(Reason::Envelope) };
    let decode = |part| URL_SAFE_NO_PAD.decode(part).map_err(|_| Reason::Envelope);
    let head: Header = serde_json::from_slice(&decode(header)?).map_err(|_| Reason::ProtectedHeader)?;
    if head.alg != "ES256" {
        return Err(Reason::Algorithm);
    }
    if head.zip.as_deref() != Some("DEF") {
        return Err(Reason::Compression);
    }
    let known: Vec<&Key> = trust.named(head.kid.as_bytes()).collect();
    if known.is_empty() {
        return Err(Reason::KeyUnknown);
    }
    let fitting: Vec<_> = known.into_iter().filter(|key| key.fits(Algorithm::Es256)).collect();
    if fitting.is_empty() {
        return Err(Reason::KeyKind);
    }
    let (message, signature) = (&jws[..header.len() + 1 + payload.len()], decode(signature)?);
    if !fitting.iter().any(|key| key.signed(message.as_bytes(), &signature)) {
        return Err(Reason::Signature);
    }
    let card: Value = serde_json::from_slice(&inflate(&decode(payload)?)?).map_err(|_| Reason::Claims)?;
    judge(&card, at)
}

fn judge(card: &Value, at: Instant) -> Result<VerifiedDocument, Reason> {
    let issuer = card["iss"].as_str().ok_or(Reason::Claims)?;
    let not_before = card["nbf"].as_f64().ok_or(Reason::TimeRange)?;
    let expires = match &card["exp"] {
        Value::Null => None,
        time => Some(time.as_f64().ok_or(Reason::TimeRange)?),
    };
    let types = card["vc"]["type"].as_array().ok_or(Reason::Claims)?;
    let bundle = &card["vc"]["credentialSubject"]["fhirBundle"];
    if !types.iter().any(|kind| kind == "https://smarthealth.cards#health-card") || !bundle.is_object() {
        return Err(Reason::Claims);
    }
    if seconds(at) < not_before {
        return Err(Reason::IssuedLater);
    }
    if expires.is_some_and(|expires| seconds(at) >= expires) {
        return Err(Reason::Ended);
    }
    let claims = json!({
        "issued_at": shown(not_before),
        "expires_at": expires.map(shown),
        "types": types,
        "bundle": bundle,
    });
    Ok(VerifiedDocument { issuer: Some(issuer.to_owned()), claims, warnings: Vec::new() })
}

/// Each pair of digits is a character, counted from `-`.
fn characters(digits: &str) -> Option<String> {
    let pairs = digits.as_bytes().chunks(2);
    let character = |pair: &[u8]| match pair {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
            let value = (tens - b'0') * 10 + (ones - b'0') + b'-';
            value.is_ascii().then_some(char::from(value))
        }
        _ => None,
    };
    pairs.map(character).collect()
}

fn inflate(compressed: &[u8]) -> Result<Vec<u8>, Reason> {
    let mut decoder = DeflateDecoder::new(compressed);
    let mut bytes = Vec::new();
    (&mut decoder).take(LONGEST_BYTES + 1).read_to_end(&mut bytes).map_err(|_| Reason::Compression)?;
    if bytes.len() as u64 > LONGEST_BYTES {
        return Err(Reason::CompressionBomb);
    }
    if decoder.total_in() == compressed.len() as u64 { Ok(bytes) } else { Err(Reason::CompressionTrailing) }
}
