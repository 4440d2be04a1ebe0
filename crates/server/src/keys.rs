//! The key file of an installation: the secret that seals personal fields, and the keys that sign passes. It lies
//! beside the database and never in it; whoever loses it loses the personal data, whoever destroys it destroys them.

use crate::clock::Clock;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use healthcode_core::region::Region;
use healthcode_core::time::{Instant, Interval};
use healthcode_credential::key_life::KeyLife;
use healthcode_credential::keys::{KeyFault, SigningKey};
use healthcode_credential::trust::{Purpose, TrustBundle, TrustedKey};
use healthcode_credential::trust_file;
use healthcode_store::seal::SECRET_BYTES;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

const FORMAT: &str = "healthcode-keys/1";
/// Days that a new signing key is good.
const KEY_DAYS: i64 = 365;

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
    /// The cryptographic library refused.
    #[error("{0}")]
    Key(#[from] KeyFault),
    /// No such key.
    #[error("there is no key {0}; `healthcode keys list` shows them")]
    NoKey(String),
    /// A move that a key's life does not have.
    #[error("{0}")]
    Life(#[from] healthcode_credential::key_life::LifeFault),
}

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
    pkcs8: String,
    state: String,
    from: Instant,
    until: Instant,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<Instant>,
}

/// A signing key with its life.
#[derive(Debug)]
pub struct HeldKey {
    /// The key.
    pub key: SigningKey,
    /// Where it stands.
    pub life: KeyLife,
}

/// All keys of an installation.
#[derive(Debug)]
pub struct Keys {
    path: PathBuf,
    secret: [u8; SECRET_BYTES],
    /// Signing keys, oldest first.
    pub signing: Vec<HeldKey>,
}

impl Keys {
    /// The file's place in a data folder.
    pub fn path_in(data: &Path) -> PathBuf {
        data.join("keys.json")
    }

    /// Reads the key file, or makes it where there is none.
    pub fn open_or_make(data: &Path, clock: &Clock) -> Result<Self, KeysFault> {
        let path = Self::path_in(data);
        if path.exists() { Self::open(&path) } else { Self::make(path, clock) }
    }

    /// Makes a new key file; an existing one is never overwritten.
    pub fn make(path: PathBuf, clock: &Clock) -> Result<Self, KeysFault> {
        let mut keys = Self { path, secret: clock.bytes(), signing: Vec::new() };
        keys.add(clock.now())?;
        keys.write(true)?;
        Ok(keys)
    }

    /// Reads the key file.
    pub fn open(path: &Path) -> Result<Self, KeysFault> {
        let form = |why: String| KeysFault::Form { path: path.to_owned(), why };
        let text = std::fs::read_to_string(path)
            .map_err(|source| KeysFault::File { path: path.to_owned(), source })?;
        let file: File = serde_json::from_str(&text).map_err(|fault| form(fault.to_string()))?;
        if file.format != FORMAT {
            return Err(form(format!("format {:?}", file.format)));
        }
        let secret = BASE64_STANDARD.decode(&file.seal_secret).map_err(|fault| form(fault.to_string()))?;
        let secret =
            secret.try_into().map_err(|_| form("the sealing secret has another length".to_owned()))?;
        let signing =
            file.signing.iter().map(|key| read_key(key).map_err(&form)).collect::<Result<_, _>>()?;
        Ok(Self { path: path.to_owned(), secret, signing })
    }

    /// Where the file lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The secret that seals personal fields.
    pub fn secret(&self) -> &[u8; SECRET_BYTES] {
        &self.secret
    }

    /// Makes a new signing key and lets the present one retire: what it signed still counts.
    pub fn rotate(&mut self, at: Instant) -> Result<(), KeysFault> {
        for held in &mut self.signing {
            if matches!(held.life, KeyLife::Active { .. }) {
                held.life = held.life.retire(at)?;
            }
        }
        self.add(at)?;
        self.write(false)
    }

    /// Withdraws a key for good: nothing it signed counts any more. Where it was the one that signs, a new one is made.
    pub fn withdraw(&mut self, id: &str, at: Instant) -> Result<(), KeysFault> {
        let held = self.signing.iter_mut().find(|held| held.key.public().id().as_str() == id);
        let held = held.ok_or_else(|| KeysFault::NoKey(id.chars().take(32).collect()))?;
        held.life = held.life.withdraw(at)?;
        if !self.signing.iter().any(|held| matches!(held.life, KeyLife::Active { .. })) {
            self.add(at)?;
        }
        self.write(false)
    }

    /// The key that signs a pass good from `from` until `until`.
    pub fn signer(&self, from: Instant, until: Instant) -> Option<&SigningKey> {
        self.signing.iter().rev().find(|held| held.life.may_sign(from, until)).map(|held| &held.key)
    }

    /// What gates need to check passes of `issuer`, as the text of a trust file.
    pub fn trust_file(&self, issuer: &Region) -> String {
        let keys: Vec<_> =
            self.signing.iter().map(|held| (held.key.public().clone(), Purpose::Pass, held.life)).collect();
        trust_file::write(issuer, &keys)
    }

    /// The same for this installation itself, whatever authority it issued under.
    pub fn trust(&self) -> Result<TrustBundle, KeysFault> {
        let mut bundle = TrustBundle::default();
        for held in &self.signing {
            let (public, life) = (held.key.public().clone(), Some(held.life));
            let added = bundle.add(TrustedKey { public, purpose: Purpose::Pass, issuer: None, life });
            added.map_err(|fault| KeysFault::Form { path: self.path.clone(), why: fault.to_string() })?;
        }
        Ok(bundle)
    }

    fn add(&mut self, at: Instant) -> Result<(), KeysFault> {
        // From a minute before, so that a gate whose clock is a little slow knows it at once.
        let from = Instant::from_seconds(at.seconds() - 60);
        let in_force = Interval { from, until: from.plus_days_of_24h(KEY_DAYS) };
        self.signing.push(HeldKey { key: SigningKey::generate()?, life: KeyLife::Active { in_force } });
        Ok(())
    }

    fn write(&self, new: bool) -> Result<(), KeysFault> {
        let signing = self.signing.iter().map(write_key).collect::<Result<_, _>>()?;
        let file =
            File { format: FORMAT.to_owned(), seal_secret: BASE64_STANDARD.encode(self.secret), signing };
        let form =
            |fault: serde_json::Error| KeysFault::Form { path: self.path.clone(), why: fault.to_string() };
        let text = serde_json::to_string_pretty(&file).map_err(form)?;
        write_private(&self.path, &text, new)
            .map_err(|source| KeysFault::File { path: self.path.clone(), source })
    }
}

fn read_key(key: &FileKey) -> Result<HeldKey, String> {
    let der = BASE64_STANDARD.decode(&key.pkcs8).map_err(|fault| fault.to_string())?;
    let in_force = Interval::new(key.from, key.until).ok_or("a key ends before it begins")?;
    let since = key.since.unwrap_or(key.from);
    let life = match key.state.as_str() {
        "pending" => KeyLife::Pending { in_force },
        "active" => KeyLife::Active { in_force },
        "retiring" => KeyLife::Retiring { in_force, since },
        "withdrawn" => KeyLife::Withdrawn { in_force, since },
        other => return Err(format!("a key is {other:?}")),
    };
    Ok(HeldKey { key: SigningKey::from_pkcs8(&der).map_err(|fault| fault.to_string())?, life })
}

fn write_key(held: &HeldKey) -> Result<FileKey, KeysFault> {
    let in_force = held.life.in_force();
    let since = match held.life {
        KeyLife::Retiring { since, .. } | KeyLife::Withdrawn { since, .. } => Some(since),
        KeyLife::Pending { .. } | KeyLife::Active { .. } => None,
    };
    Ok(FileKey {
        pkcs8: BASE64_STANDARD.encode(held.key.to_pkcs8()?.as_bytes()),
        state: held.life.state().to_owned(),
        from: in_force.from,
        until: in_force.until,
        since,
    })
}

/// Writes beside the file and moves it into place, so that it is whole or not there; only its owner may read it.
fn write_private(path: &Path, text: &str, new: bool) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    if new && path.exists() {
        return Err(std::io::Error::new(std::io::ErrorKind::AlreadyExists, "there is a key file already"));
    }
    let beside = path.with_extension("json.new");
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&beside, path)
}
