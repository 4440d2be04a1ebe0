//! The root key of an installation that holds no ceremony: it signs the trust bundles by itself, and lies in the data
//! folder, where only the server reads it. Whoever moves to several roots on machines without a network publishes a bundle
//! that names them, and takes this file away.

use crate::keys::{KeysFault, write_private};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use healthcode_credential::keys::SigningKey;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

const FORMAT: &str = "healthcode-root/1";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    pkcs8: String,
}

/// The file's place in a data folder.
pub fn path_in(data: &Path) -> PathBuf {
    data.join("root.json")
}

/// Makes a root key; one that is there is never overwritten.
pub fn make(path: &Path) -> Result<SigningKey, KeysFault> {
    let key = SigningKey::generate()?;
    let file = File { format: FORMAT.to_owned(), pkcs8: BASE64_STANDARD.encode(key.to_pkcs8()?.as_bytes()) };
    let text = serde_json::to_string_pretty(&file).map_err(|fault| form(path, fault.to_string()))?;
    let written = write_private(path, text.as_bytes(), true);
    written.map_err(|source| KeysFault::File { path: path.to_owned(), source })?;
    Ok(key)
}

/// Reads a root key; `None` where there is no such file.
pub fn read(path: &Path) -> Result<Option<SigningKey>, KeysFault> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(KeysFault::File { path: path.to_owned(), source }),
    };
    let file: File = serde_json::from_str(&text).map_err(|fault| form(path, fault.to_string()))?;
    if file.format != FORMAT {
        return Err(form(path, format!("format {:?}", file.format)));
    }
    let der = BASE64_STANDARD.decode(&file.pkcs8).map_err(|fault| form(path, fault.to_string()))?;
    Ok(Some(SigningKey::from_pkcs8(&der)?))
}

fn form(path: &Path, why: String) -> KeysFault {
    KeysFault::Form { path: path.to_owned(), why }
}
