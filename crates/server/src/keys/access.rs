//! What opens the keys beside the key file itself: an age identity where the file is encrypted, a token where it holds
//! the signing keys.

use super::KeysFault;
use super::token::TokenPlace;
use age::x25519::Identity;
use std::path::{Path, PathBuf};

/// What opens the keys; nothing, for a plain key file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyAccess {
    /// File with the age identity (`AGE-SECRET-KEY-1…`) that the key file is encrypted to.
    pub identity: Option<PathBuf>,
    /// The token in which signing keys are made and kept.
    pub token: Option<TokenPlace>,
}

impl KeyAccess {
    /// Reads the identity.
    pub(super) fn identity(&self, key_file: &Path) -> Result<Identity, KeysFault> {
        let Some(path) = &self.identity else {
            return Err(KeysFault::NoIdentity { path: key_file.to_owned() });
        };
        let text = std::fs::read_to_string(path)
            .map_err(|source| KeysFault::Identity { path: path.clone(), why: source.to_string() })?;
        let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
        let why =
            "it holds no line AGE-SECRET-KEY-1…; `age-keygen` and `healthcode keys encrypt` make such files";
        let identity = line.and_then(|line| line.parse().ok());
        identity.ok_or_else(|| KeysFault::Identity { path: path.clone(), why: why.to_owned() })
    }
}

/// A new identity as the text of a file.
pub(super) fn new_identity() -> String {
    use age::secrecy::ExposeSecret;
    let identity = Identity::generate();
    format!("# public key: {}\n{}\n", identity.to_public(), identity.to_string().expose_secret())
}

/// The content of an encrypted key file.
pub(super) fn encrypt(text: &str, identity: &Identity) -> Result<Vec<u8>, String> {
    age::encrypt(&identity.to_public(), text.as_bytes()).map_err(|fault| fault.to_string())
}

/// The text in an encrypted key file.
pub(super) fn decrypt(content: &[u8], identity: &Identity) -> Result<String, String> {
    let text = age::decrypt(identity, content).map_err(|fault| fault.to_string())?;
    String::from_utf8(text).map_err(|_| "what it holds is no text".to_owned())
}
