//! Travellers' documents: EU digital COVID certificates, New Zealand passes and SMART Health Cards, each by the rules of
//! its own profile. The laxities that their issuers need stay in here; our own passes know none of them.
//!
//! [`judge`] takes any code, ours included.

mod cose;
mod dcc;
mod evidence;
mod hcert;
mod nzcp;
mod shc;
mod trust;
mod value;

pub use trust::{ForeignKeys, ForeignTrustFault};

use crate::bundle::{Bundle, BundleFault};
use crate::outcome::{Outcome, Profile, Reason};
use crate::trust::TrustBundle;
use crate::trust_file::TrustFault;
use crate::verify::{Verdict, profile_of, verify};
use healthcode_core::fact::Fact;
use healthcode_core::time::Instant;
use serde_json::Value;

/// Whose signatures count: our own keys, and those of other issuers.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// Keys that sign our passes.
    pub own: TrustBundle,
    /// Keys that sign travellers' documents.
    pub foreign: ForeignKeys,
}

/// Why a file is not trusted.
#[derive(Debug, thiserror::Error)]
pub enum TrustFileFault {
    /// A trust file of ours, or a JWK set for our passes.
    #[error(transparent)]
    Own(#[from] TrustFault),
    /// A trust bundle of ours.
    #[error(transparent)]
    Bundle(#[from] BundleFault),
    /// Keys of other issuers.
    #[error(transparent)]
    Foreign(#[from] ForeignTrustFault),
}

impl Trust {
    /// Reads any file that says whose signatures count: a trust bundle or a trust file of ours; a JWK set, which counts for our passes and
    /// for travellers' documents; a DID document; a certificate as PEM, DER, or base64 of DER.
    pub fn read(bytes: &[u8]) -> Result<Self, TrustFileFault> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let text = std::str::from_utf8(bytes).ok().filter(|text| text.trim_start().starts_with('{'));
        let Some(text) = text else {
            return Ok(Self { foreign: ForeignKeys::certificate(bytes)?, own: TrustBundle::default() });
        };
        if Bundle::is_meant(text) {
            // Whoever hands the file over vouches for its roots; a gate is told theirs beforehand.
            let roots = Bundle::fingerprint_of(text.as_bytes())?;
            let own = Bundle::begin(text.as_bytes(), &roots)?.trust([]);
            return Ok(Self { own, foreign: ForeignKeys::default() });
        }
        let own = TrustBundle::read(text);
        match (own, ForeignKeys::json(text)) {
            (Ok(own), foreign) => Ok(Self { own, foreign: foreign.unwrap_or_default() }),
            // A set with a private key, or keys that are none, is refused whatever else it holds.
            (Err(TrustFault::Json(_) | TrustFault::NoKey), Ok(foreign)) => {
                Ok(Self { own: TrustBundle::default(), foreign })
            }
            (Err(fault), _) => Err(fault.into()),
        }
    }

    /// Adds what another file says.
    pub fn merge(&mut self, other: Self) -> Result<(), TrustFault> {
        self.own.merge(other.own)?;
        self.foreign.merge(other.foreign);
        Ok(())
    }
}

/// What a code of any kind turned out to be.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub enum Judged {
    /// A pass of ours, or no code that is known.
    Own(Verdict),
    /// A traveller's document that is signed by a trusted key, and in time.
    Foreign(VerifiedDocument),
    /// A traveller's document that does not count, and why.
    Refused(Reason),
}

impl Judged {
    /// Which of the nine outcomes.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Own(verdict) => verdict.outcome(),
            Self::Foreign(_) => Outcome::Valid,
            Self::Refused(reason) => reason.outcome(),
        }
    }
}

/// A traveller's document whose signature, key and times have been checked. Only [`judge`] makes one. What it says is
/// health data, and is printed only where it was asked for.
#[derive(Clone, PartialEq)]
pub struct VerifiedDocument {
    issuer: Option<String>,
    claims: Value,
    warnings: Vec<String>,
}

impl VerifiedDocument {
    /// Who issued it: a country, a DID or an address.
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// What it says.
    pub fn claims(&self) -> &Value {
        &self.claims
    }

    /// What it proves about its holder, as facts with the instant at which each happened: vaccinations, tests,
    /// recoveries. Empty where it says nothing of health, as a New Zealand pass, or nothing that is understood.
    pub fn facts(&self) -> Vec<(Instant, Fact)> {
        evidence::facts(&self.claims)
    }

    /// Faults that change nothing about the verdict, such as those against the JSON schema.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

impl std::fmt::Debug for VerifiedDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VerifiedDocument({:?}, ***)", self.issuer)
    }
}

/// Judges a code of any kind at an instant.
pub fn judge(text: &str, trust: &Trust, at: Instant) -> Judged {
    let document = match profile_of(text) {
        Some(Profile::Hcert) => hcert::verify(text, &trust.foreign, at),
        Some(Profile::Nzcp) => nzcp::verify(text, &trust.foreign, at),
        Some(Profile::Shc) => shc::verify(text, &trust.foreign, at),
        Some(Profile::Healthcode) | None => return Judged::Own(verify(text, &trust.own, at)),
    };
    document.map_or_else(Judged::Refused, Judged::Foreign)
}

/// Seconds since 1970 of an instant, as foreign claims count: with fractions.
fn seconds(at: Instant) -> f64 {
    at.micros() as f64 / 1e6
}

/// A time of a claim as RFC 3339, or the number itself where it is no such time.
fn shown(seconds: f64) -> Value {
    const LAST: f64 = 253_402_300_799.0; // the end of the year 9999
    if (0.0..=LAST).contains(&seconds) {
        Instant::from_micros((seconds * 1e6) as i64).to_string().into()
    } else {
        seconds.into()
    }
}
