//! Why a trust bundle is refused.

use super::roots::Fingerprint;
use super::{FORMAT, LONGEST_FILE_BYTES};
use crate::keys::KeyFault;
use crate::trust_file::TrustFault;
use healthcode_core::region::Region;

/// Why a trust bundle is refused, or cannot be written. Nothing of a refused file is trusted.
#[derive(Debug, thiserror::Error)]
pub enum BundleFault {
    /// Too large.
    #[error("the bundle has {bytes} bytes, more than {LONGEST_FILE_BYTES}; this is hardly a trust bundle")]
    TooLong {
        /// Its size.
        bytes: usize,
    },
    /// No JSON, or with unknown, doubled or missing fields.
    #[error("{part} is not as a trust bundle is written: {source}")]
    Json {
        /// The file, or the body inside it.
        part: &'static str,
        /// What is wrong, with line and column.
        source: serde_json::Error,
    },
    /// A format of another name or version.
    #[error(
        "the format is {0:?}, and {FORMAT:?} is read; get the file in that format, or a newer healthcode"
    )]
    Format(String),
    /// A field whose bytes are not in base64url.
    #[error("field {0}: not in base64url without padding, or not of the right length")]
    Encoding(String),
    /// A list that is too long, or a value out of range.
    #[error("field {field}: {problem}")]
    Range {
        /// Which field.
        field: String,
        /// What is wrong.
        problem: String,
    },
    /// A key that does not hold together.
    #[error("field {field}: {source}")]
    Key {
        /// `keys` or `roots`.
        field: &'static str,
        /// What is wrong, and with which key.
        source: TrustFault,
    },
    /// A root among the keys.
    #[error("keys[{0}]: this is one of the roots, and a root signs nothing but bundles; make another key")]
    RootAsKey(usize),
    /// Not enough roots signed it.
    #[error(
        "{good} of {whose} roots have signed the bundle, and {needed} must; have it signed by more of them, \
         or tell the health authority that somebody has altered it"
    )]
    Threshold {
        /// Whose roots: the bundle's own, or those of the bundle before.
        whose: &'static str,
        /// How many of them signed.
        good: usize,
        /// How many must.
        needed: usize,
    },
    /// Its roots are others than those that are expected.
    #[error(
        "the bundle's roots have the fingerprint {found}, and {wanted} was expected; compare it with what the health \
         authority tells you by other means"
    )]
    OtherRoots {
        /// The fingerprint expected.
        wanted: Fingerprint,
        /// The bundle's.
        found: Fingerprint,
    },
    /// Another region's.
    #[error("the bundle is of region {found}, and this gate belongs to {wanted}")]
    Region {
        /// Whose gate it is.
        wanted: Region,
        /// Whose bundle it is.
        found: Region,
    },
    /// An older version than the one that is known.
    #[error("the bundle has version {found}, and {known} is known already; nobody may go back")]
    Rollback {
        /// The version known.
        known: u64,
        /// The bundle's.
        found: u64,
    },
    /// Another bundle of the same version.
    #[error(
        "there is another bundle of version {0}; the health authority must sign one with the next version"
    )]
    Fork(u64),
    /// Issued before the one it follows.
    #[error("the bundle was issued before the one it follows; the signers' clocks must be set right")]
    Time,
    /// The key did not sign.
    #[error(transparent)]
    Signing(#[from] KeyFault),
}

impl BundleFault {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "bundle_too_long",
            Self::Json { .. } => "bundle_json",
            Self::Format(_) => "bundle_format",
            Self::Encoding(_) => "bundle_encoding",
            Self::Range { .. } => "bundle_range",
            Self::Key { .. } => "bundle_key",
            Self::RootAsKey(_) => "bundle_root_as_key",
            Self::Threshold { .. } => "bundle_threshold",
            Self::OtherRoots { .. } => "bundle_roots",
            Self::Region { .. } => "bundle_region",
            Self::Rollback { .. } => "bundle_rollback",
            Self::Fork(_) => "bundle_fork",
            Self::Time => "bundle_time",
            Self::Signing(_) => "bundle_signing",
        }
    }

    pub(super) fn range(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Range { field: field.into(), problem: problem.into() }
    }
}
