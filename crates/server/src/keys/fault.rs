//! Why the keys cannot be used.

use healthcode_core::time::Instant;
use healthcode_credential::key_life::LifeFault;
use healthcode_credential::keys::KeyFault;
use healthcode_credential::trust::Purpose;
use std::path::PathBuf;

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysFault {
    /// The file cannot be read or written.
    #[error("key file {path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not one of ours, or is damaged.
    #[error("key file {path} does not read back ({why}); restore it from your backup")]
    Form {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// There is a plain and an encrypted one.
    #[error(
        "{path} and {other} are both there; look which is the newer one (`age -d` opens the encrypted one), and move the other away"
    )]
    Two {
        /// One.
        path: PathBuf,
        /// The other.
        other: PathBuf,
    },
    /// It is encrypted, and nothing was given that opens it.
    #[error(
        "key file {path} is encrypted; name the identity that opens it with --key-identity or HEALTHCODE_KEY_IDENTITY"
    )]
    NoIdentity {
        /// Which file.
        path: PathBuf,
    },
    /// The identity does not read.
    #[error("identity file {path}: {why}")]
    Identity {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The token does not do what it was asked.
    #[error(
        "token {label:?}: {why}; check --token-module, --token-label and --token-pin-file, and that the token is there"
    )]
    Token {
        /// Which.
        label: String,
        /// What its module said.
        why: String,
    },
    /// The cryptographic library refused.
    #[error("{0}")]
    Key(#[from] KeyFault),
    /// No such key.
    #[error("there is no key {0}; `healthcode keys list` shows them")]
    NoKey(String),
    /// A new key is on its way already.
    #[error(
        "the {} key {kid} is pending already and signs from {from}; wait for it, withdraw it first (`healthcode keys \
         withdraw {kid}`), or make a key that signs at once with --now", .purpose.word()
    )]
    Pending {
        /// What for.
        purpose: Purpose,
        /// Which.
        kid: String,
        /// From when it signs.
        from: Instant,
    },
    /// A move that a key's life does not have.
    #[error("{0}")]
    Life(#[from] LifeFault),
}
