//! The form of the key file, and how it is written: whole or not at all, and for its owner only.

use super::HeldKey;
use super::access::KeyAccess;
use super::token::{OutOfReach, Token};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use healthcode_core::time::{Instant, Interval};
use healthcode_credential::key_life::KeyLife;
use healthcode_credential::keys::{KeyFault, PublicKey, SigningKey};
use healthcode_credential::trust::Purpose;
use healthcode_store::seal::SECRET_BYTES;
use serde::{Deserialize, Serialize};
use std::path::Path;

const FORMAT: &str = "healthcode-keys/1";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    seal_secret: String,
    signing: Vec<FileKey>,
}

#[derive(Serialize, Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct FileKey {
    /// Files of before there were status tables name none.
    #[serde(default = "pass")]
    purpose: Purpose,
    /// The private key, unless a token holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pkcs8: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<InToken>,
    state: String,
    from: Instant,
    until: Instant,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<Instant>,
}

/// A key that a token holds.
#[derive(Serialize, Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct InToken {
    /// The token's label.
    label: String,
    /// The public half, an uncompressed point in base64.
    point: String,
}

const fn pass() -> Purpose {
    Purpose::Pass
}

/// The secret and the signing keys in a key file's text; else what is wrong with it.
pub(super) fn read(text: &str, access: &KeyAccess) -> Result<([u8; SECRET_BYTES], Vec<HeldKey>), String> {
    let file: File = serde_json::from_str(text).map_err(|fault| fault.to_string())?;
    if file.format != FORMAT {
        return Err(format!("format {:?}", file.format));
    }
    let secret = BASE64_STANDARD.decode(&file.seal_secret).map_err(|fault| fault.to_string())?;
    let secret = secret.try_into().map_err(|_| "the sealing secret has another length")?;
    Ok((secret, file.signing.iter().map(|key| read_key(key, access)).collect::<Result<_, _>>()?))
}

/// The text of a key file.
pub(super) fn text(secret: &[u8; SECRET_BYTES], signing: &[HeldKey]) -> Result<String, KeyFault> {
    let signing = signing.iter().map(write_key).collect::<Result<_, _>>()?;
    let file = File { format: FORMAT.to_owned(), seal_secret: BASE64_STANDARD.encode(secret), signing };
    // Texts, lists and times always have a form in JSON.
    Ok(serde_json::to_string_pretty(&file).expect("a key file of texts and times is JSON"))
}

fn read_key(key: &FileKey, access: &KeyAccess) -> Result<HeldKey, String> {
    let in_force = Interval::new(key.from, key.until).ok_or("a key ends before it begins")?;
    let since = key.since.unwrap_or(key.from);
    let life = match key.state.as_str() {
        "pending" => KeyLife::Pending { in_force },
        "active" => KeyLife::Active { in_force },
        "retiring" => KeyLife::Retiring { in_force, since },
        "withdrawn" => KeyLife::Withdrawn { in_force, since },
        other => return Err(format!("a key is {other:?}")),
    };
    let signing = match (&key.pkcs8, &key.token) {
        (Some(pkcs8), None) => {
            let der = BASE64_STANDARD.decode(pkcs8).map_err(|fault| fault.to_string())?;
            SigningKey::from_pkcs8(&der).map_err(|fault| fault.to_string())?
        }
        (None, Some(token)) => in_token(token, access)?,
        _ => return Err("a key has either pkcs8 or token".to_owned()),
    };
    let token = key.token.as_ref().map(|token| token.label.clone());
    Ok(HeldKey { key: signing, purpose: key.purpose, life, token })
}

fn in_token(token: &InToken, access: &KeyAccess) -> Result<SigningKey, String> {
    let point = BASE64_STANDARD.decode(&token.point).map_err(|fault| fault.to_string())?;
    let public = PublicKey::from_uncompressed(&point).map_err(|fault| fault.to_string())?;
    Ok(match &access.token {
        Some(place) if place.label == token.label => Token::at(place).key(public),
        _ => SigningKey::held(public, Box::new(OutOfReach)),
    })
}

fn write_key(held: &HeldKey) -> Result<FileKey, KeyFault> {
    let in_force = held.life.in_force();
    let since = match held.life {
        KeyLife::Retiring { since, .. } | KeyLife::Withdrawn { since, .. } => Some(since),
        KeyLife::Pending { .. } | KeyLife::Active { .. } => None,
    };
    let (pkcs8, token) = match &held.token {
        None => (Some(BASE64_STANDARD.encode(held.key.to_pkcs8()?.as_bytes())), None),
        Some(label) => {
            let point = [&[4], &held.key.public().x()[..], held.key.public().y()].concat();
            (None, Some(InToken { label: label.clone(), point: BASE64_STANDARD.encode(point) }))
        }
    };
    Ok(FileKey {
        purpose: held.purpose,
        pkcs8,
        token,
        state: held.life.state().to_owned(),
        from: in_force.from,
        until: in_force.until,
        since,
    })
}

/// Writes beside the file and moves it into place, so that it is whole or not there; only its owner may read it.
pub(crate) fn write_private(path: &Path, content: &[u8], new: bool) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    if new && path.exists() {
        return Err(std::io::Error::new(std::io::ErrorKind::AlreadyExists, "this file is there already"));
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)
}
