//! Text, trust and an instant → verdict. The only maker of [`VerifiedClaims`].

use crate::base45;
use crate::claims::{Claims, DeviceKey, StatusReference};
use crate::cose::Envelope;
use crate::issue::PREFIX;
use crate::keys::PublicKey;
use crate::outcome::{Outcome, Profile, Reason};
use crate::trust::TrustBundle;
use healthcode_core::ids::KeyId;
use healthcode_core::region::Region;
use healthcode_core::time::Instant;

/// A longer text is not even decoded. Our longest pass is under 300 characters.
pub const LONGEST_TEXT_BYTES: usize = 1_024;

/// What a text turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// Signed by a trusted key, and in time.
    Valid(VerifiedClaims),
    /// Anything else, and why; [`Reason::outcome`] tells which of the other outcomes.
    Refused(Reason),
}

impl Verdict {
    /// Which of the nine outcomes.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Valid(_) => Outcome::Valid,
            Self::Refused(reason) => reason.outcome(),
        }
    }

    /// Which step failed, unless valid.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Valid(_) => None,
            Self::Refused(reason) => Some(*reason),
        }
    }

    /// The claims, only if valid.
    pub fn claims(&self) -> Option<&VerifiedClaims> {
        match self {
            Self::Valid(claims) => Some(claims),
            Self::Refused(_) => None,
        }
    }
}

/// Claims whose signature, key and times have been checked. Only [`verify`] makes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedClaims {
    claims: Claims,
    key: KeyId,
}

impl VerifiedClaims {
    /// Who issued the pass.
    pub fn issuer(&self) -> &Region {
        &self.claims.issuer
    }

    /// The first instant at which it is valid.
    pub fn issued_at(&self) -> Instant {
        self.claims.issued_at
    }

    /// The first instant at which it is valid no more.
    pub fn expires_at(&self) -> Instant {
        self.claims.expires_at
    }

    /// Where its colour is to be looked up.
    pub fn status(&self) -> StatusReference {
        self.claims.status
    }

    /// The device that may present it; none on a paper pass. Its point is as the issuer wrote it.
    pub fn device(&self) -> Option<&DeviceKey> {
        self.claims.device.as_ref()
    }

    /// The key that signed it.
    pub fn key(&self) -> &KeyId {
        &self.key
    }
}

/// Judges a text at an instant. The steps, in this order; the first that fails gives the reason:
///
/// 1. length, prefix (other profiles and versions are `unsupported`), Base45;
/// 2. the envelope from front to back: tag, protected header with algorithm, unprotected header, signature length;
/// 3. the claims from front to back, then the ranges of times, lifetime and status reference;
/// 4. the key: known, not withdrawn by any trust file;
/// 5. the signature;
/// 6. the key again: trusted for passes, for this issuer, at this instant;
/// 7. the pass's times: `issued_at` included, `expires_at` not. No clock skew is allowed for: whoever calls
///    brings the right time.
///
/// What the key may do comes after the signature, so that an altered pass is always called forged.
pub fn verify(text: &str, trust: &TrustBundle, at: Instant) -> Verdict {
    match check(text, trust, at) {
        Ok(claims) => Verdict::Valid(claims),
        Err(reason) => Verdict::Refused(reason),
    }
}

fn check(text: &str, trust: &TrustBundle, at: Instant) -> Result<VerifiedClaims, Reason> {
    if text.len() > LONGEST_TEXT_BYTES {
        return Err(Reason::TextTooLong);
    }
    let bytes = base45::decode(body(text)?).map_err(|_| Reason::Base45)?;
    let envelope = Envelope::read(&bytes)?;
    let claims = Claims::read(envelope.payload)?;
    let known = trust.known(envelope.kid).ok_or(Reason::KeyUnknown)?;
    if known.is_withdrawn() {
        return Err(Reason::KeyWithdrawn);
    }
    let key: &PublicKey = known.public();
    if !key.signed(&envelope.signed_bytes(), envelope.signature) {
        return Err(Reason::Signature);
    }
    known.may_have_signed_a_pass(&claims.issuer, at)?;
    if at < claims.issued_at {
        return Err(Reason::IssuedLater);
    }
    if at >= claims.expires_at {
        return Err(Reason::Ended);
    }
    Ok(VerifiedClaims { claims, key: key.id() })
}

/// Which kind of code a text claims to be, by its prefix alone.
pub fn profile_of(text: &str) -> Option<Profile> {
    let kinds = [
        (PREFIX, Profile::Healthcode),
        ("HC1:", Profile::Hcert),
        ("NZCP:", Profile::Nzcp),
        ("shc:/", Profile::Shc),
    ];
    kinds.into_iter().find(|(prefix, _)| text.starts_with(prefix)).map(|(_, profile)| profile)
}

/// What follows our prefix.
fn body(text: &str) -> Result<&str, Reason> {
    match profile_of(text) {
        Some(Profile::Healthcode) => Ok(&text[PREFIX.len()..]),
        // Travellers' documents are for `foreign::judge`.
        Some(Profile::Hcert) => Err(Reason::ProfileHcert),
        Some(Profile::Nzcp) => Err(Reason::ProfileNzcp),
        Some(Profile::Shc) => Err(Reason::ProfileShc),
        None if is_other_version(text) => Err(Reason::PassVersion),
        None => Err(Reason::Prefix),
    }
}

/// `EPC` of ours or `HC` of the EU, one of 2 to 9 or A to Z, and a colon.
fn is_other_version(text: &str) -> bool {
    let rest = text.strip_prefix("EPC").or(text.strip_prefix("HC")).unwrap_or_default();
    matches!(rest.as_bytes(), [b'2'..=b'9' | b'A'..=b'Z', b':', ..])
}
