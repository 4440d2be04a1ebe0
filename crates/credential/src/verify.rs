//! Text, trust and an instant → verdict. The only maker of [`VerifiedClaims`].

use crate::base45;
use crate::bearer::{Bearer, DeviceKey, StatusReference};
use crate::claims::Claims;
use crate::cose::Envelope;
use crate::issue::PREFIX;
use crate::keys::PublicKey;
use crate::known_pass::{KnownPass, KnownPasses, NoneKnown};
use crate::outcome::{Outcome, Profile, Reason};
use crate::presentation::{self, EARLIEST_SECONDS, LATEST_SECONDS, Presentation};
use crate::trust::TrustBundle;
use healthcode_core::ids::KeyId;
use healthcode_core::region::Region;
use healthcode_core::time::Instant;

/// A longer text is not even decoded. Our longest presentation is under 410 characters.
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
    presented_at: Option<Instant>,
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

    /// What carries it.
    pub fn bearer(&self) -> &Bearer {
        &self.claims.bearer
    }

    /// Where its colour is to be looked up; paper stands in no table.
    pub fn status(&self) -> Option<StatusReference> {
        self.claims.bearer.status()
    }

    /// The device that may present it. Its point is as the issuer wrote it.
    pub fn device(&self) -> Option<&DeviceKey> {
        self.claims.bearer.device()
    }

    /// When the device signed what was shown; `None` where only the pass was shown, which a photograph does as well.
    pub fn presented_at(&self) -> Option<Instant> {
        self.presented_at
    }

    /// The key that signed it.
    pub fn key(&self) -> &KeyId {
        &self.key
    }
}

/// Judges a text at an instant: a bare pass, or one that a phone presents. The steps, in this order; the first that
/// fails gives the reason:
///
/// 1. length, prefix (other profiles and versions are `unsupported`), Base45;
/// 2. of a presentation, its three parts;
/// 3. the envelope from front to back: tag, protected header with algorithm, unprotected header, signature length;
/// 4. the claims from front to back, then the ranges of times, lifetime and status reference; that a presentation is
///    of a pass with a device key;
/// 5. the key: known, not withdrawn by any trust file;
/// 6. the issuer's signature, then the device's;
/// 7. the key again: trusted for passes, for this issuer, at this instant;
/// 8. the pass's times: `issued_at` included, `expires_at` not. No clock skew is allowed for: whoever calls
///    brings the right time;
/// 9. the presentation's time: −15 s ≤ `at` − time ≤ 90 s.
///
/// What the key may do comes after the signature, so that an altered pass is always called forged.
pub fn verify(text: &str, trust: &TrustBundle, at: Instant) -> Verdict {
    verify_again(text, trust, &NoneKnown, at)
}

/// The same for whoever remembers passes: of one that is known, the issuer's signature (6) is not checked again.
pub fn verify_again(text: &str, trust: &TrustBundle, known: &impl KnownPasses, at: Instant) -> Verdict {
    match check(text, trust, known, at) {
        Ok(claims) => Verdict::Valid(claims),
        Err(reason) => Verdict::Refused(reason),
    }
}

fn check(
    text: &str,
    trust: &TrustBundle,
    known: &impl KnownPasses,
    at: Instant,
) -> Result<VerifiedClaims, Reason> {
    if text.len() > LONGEST_TEXT_BYTES {
        return Err(Reason::TextTooLong);
    }
    let bytes = base45::decode(body(text)?).map_err(|_| Reason::Base45)?;
    if !Presentation::is_meant(&bytes) {
        return check_pass((&bytes, None), trust, known, at);
    }
    let shown = Presentation::read(&bytes)?;
    let claims = check_pass((shown.pass, Some(&shown)), trust, known, at)?;
    match at.seconds() - shown.time {
        age if age < -EARLIEST_SECONDS => Err(Reason::PresentedLater),
        age if age > LATEST_SECONDS => Err(Reason::PresentedEarlier),
        _ => Ok(VerifiedClaims { presented_at: Some(Instant::from_seconds(shown.time)), ..claims }),
    }
}

/// The pass itself, and where it is presented, the device's signature.
fn check_pass(
    (bytes, shown): (&[u8], Option<&Presentation<'_>>),
    trust: &TrustBundle,
    known: &impl KnownPasses,
    at: Instant,
) -> Result<VerifiedClaims, Reason> {
    let envelope = Envelope::read(bytes)?;
    let claims = Claims::read(envelope.payload)?;
    if shown.is_some() && claims.bearer.device().is_none() {
        return Err(Reason::PresentationWithoutDevice);
    }
    let trusted = trust.known(envelope.kid).ok_or(Reason::KeyUnknown)?;
    if trusted.is_withdrawn() {
        return Err(Reason::KeyWithdrawn);
    }
    let key: &PublicKey = trusted.public();
    let pass = KnownPass::of(bytes, key);
    if !known.holds(&pass) {
        if !key.signed(&envelope.signed_bytes(), envelope.signature) {
            return Err(Reason::Signature);
        }
        known.keep(pass);
    }
    if let (Some(shown), Some(device)) = (shown, claims.bearer.device())
        && !device.signed(&presentation::signed_bytes(bytes, shown.time), shown.signature)
    {
        return Err(Reason::DeviceSignature);
    }
    trusted.may_have_signed_a_pass(&claims.issuer, at)?;
    if at < claims.issued_at {
        return Err(Reason::IssuedLater);
    }
    if at >= claims.expires_at {
        return Err(Reason::Ended);
    }
    Ok(VerifiedClaims { claims, key: key.id(), presented_at: None })
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
