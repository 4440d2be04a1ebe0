//! The keys of an installation: the secret that seals personal fields, and the keys that sign passes and status tables.
//! They lie beside the database and never in it; whoever loses them loses the personal data, whoever destroys them
//! destroys the data.

mod access;
mod change;
mod fault;
mod file;
mod token;

pub use access::KeyAccess;
pub use change::Start;
pub use fault::KeysFault;
pub(crate) use file::write_private;
pub use token::TokenPlace;

use crate::clock::Clock;
use healthcode_core::region::Region;
use healthcode_core::time::Instant;
use healthcode_credential::key_life::KeyLife;
use healthcode_credential::keys::{KidBytes, SigningKey};
use healthcode_credential::trust::{Purpose, TrustBundle, TrustedKey};
use healthcode_credential::trust_file;
use healthcode_store::seal::SECRET_BYTES;
use std::fmt;
use std::path::{Path, PathBuf};
use token::Token;

/// A signing key with its life.
#[derive(Debug)]
pub struct HeldKey {
    /// The key.
    pub key: SigningKey,
    /// What it signs.
    pub purpose: Purpose,
    /// Where it stood when this was written; [`Keys::lives`] says where it stands.
    pub life: KeyLife,
    /// The label of the token that holds it; none when the key file does.
    pub token: Option<String>,
}

/// All keys of an installation. Printing it shows none of them.
pub struct Keys {
    path: PathBuf,
    access: KeyAccess,
    secret: [u8; SECRET_BYTES],
    /// Signing keys, oldest first.
    pub signing: Vec<HeldKey>,
    trust: TrustBundle,
}

impl Keys {
    /// The key file's place in a data folder: `keys.age` where it is encrypted, else `keys.json`.
    pub fn path_in(data: &Path) -> PathBuf {
        let encrypted = data.join("keys.age");
        if encrypted.exists() { encrypted } else { data.join("keys.json") }
    }

    /// Reads the key file, or makes it where there is none. A purpose without any key gets its first one.
    pub fn open_or_make(data: &Path, access: &KeyAccess, clock: &Clock) -> Result<Self, KeysFault> {
        let path = Self::path_in(data);
        if !path.exists() {
            return Self::make(path, access, clock);
        }
        let mut keys = Self::open(&path, access)?;
        if keys.add_missing(clock.now())? {
            keys.write(false)?;
        }
        Ok(keys)
    }

    /// Makes a new key file; an existing one is never overwritten.
    pub fn make(path: PathBuf, access: &KeyAccess, clock: &Clock) -> Result<Self, KeysFault> {
        if path.exists() {
            let source =
                std::io::Error::new(std::io::ErrorKind::AlreadyExists, "there is a key file already");
            return Err(KeysFault::File { path, source });
        }
        let (secret, trust) = (clock.bytes(), TrustBundle::default());
        let mut keys = Self { path, access: access.clone(), secret, signing: Vec::new(), trust };
        keys.add_missing(clock.now())?;
        keys.write(true)?;
        Ok(keys)
    }

    /// Reads the key file. A token is not asked yet.
    pub fn open(path: &Path, access: &KeyAccess) -> Result<Self, KeysFault> {
        let other = path.with_extension(if is_encrypted(path) { "json" } else { "age" });
        if path.exists() && other.exists() {
            return Err(KeysFault::Two { path: path.to_owned(), other });
        }
        let content =
            std::fs::read(path).map_err(|source| KeysFault::File { path: path.to_owned(), source })?;
        let form = |why| KeysFault::Form { path: path.to_owned(), why };
        let text = if is_encrypted(path) {
            access::decrypt(&content, &access.identity(path)?).map_err(form)?
        } else {
            String::from_utf8(content).map_err(|_| form("it is no text".to_owned()))?
        };
        let (secret, signing) = file::read(&text, access).map_err(form)?;
        let trust = trust_in(&signing).map_err(form)?;
        Ok(Self { path: path.to_owned(), access: access.clone(), secret, signing, trust })
    }

    /// Where the file lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The secret that seals personal fields.
    pub fn secret(&self) -> &[u8; SECRET_BYTES] {
        &self.secret
    }

    /// Where every signing key stands at an instant, in the order of [`Keys::signing`]. A pending key needs nobody to
    /// make it active, so that every server that has the file changes in the same instant.
    pub fn lives(&self, at: Instant) -> Vec<KeyLife> {
        let of = |purpose| -> Vec<_> { self.of(purpose).map(|held| held.life).collect() };
        let all = Purpose::ALL.map(|purpose| (purpose, of(purpose)));
        let beside = |held: &HeldKey| all.iter().find(|(purpose, _)| *purpose == held.purpose);
        let life = |held: &HeldKey| beside(held).map_or(held.life, |(_, all)| held.life.at(at, all));
        self.signing.iter().map(life).collect()
    }

    /// The key that signs what is good from `from` until `until`, for a purpose.
    pub fn signer(&self, purpose: Purpose, from: Instant, until: Instant) -> Option<&SigningKey> {
        let keys = self.signing.iter().zip(self.lives(from)).rev();
        let mut signing = keys.filter(|(held, life)| held.purpose == purpose && life.may_sign(from, until));
        signing.next().map(|(held, _)| &held.key)
    }

    /// What gates need to check what `issuer` signs, as the text of a trust file.
    pub fn trust_file(&self, issuer: &Region, at: Instant) -> String {
        let lives = self.signing.iter().zip(self.lives(at));
        let keys: Vec<_> =
            lives.map(|(held, life)| (held.key.public().clone(), held.purpose, life)).collect();
        trust_file::write(issuer, &keys)
    }

    /// The same as a trust bundle lists it.
    pub fn listings(&self, issuer: &Region, at: Instant) -> Vec<TrustedKey> {
        let listing = |(held, life): (&HeldKey, KeyLife)| TrustedKey {
            public: held.key.public().clone(),
            purpose: held.purpose,
            issuer: Some(issuer.clone()),
            life: Some(life),
        };
        self.signing.iter().zip(self.lives(at)).map(listing).collect()
    }

    /// Keys that nothing counts of any more, for status files to say so; ascending.
    pub fn withdrawn_kids(&self) -> Vec<KidBytes> {
        let withdrawn = self.signing.iter().filter(|held| matches!(held.life, KeyLife::Withdrawn { .. }));
        let mut kids: Vec<_> = withdrawn.map(|held| *held.key.public().kid()).collect();
        kids.sort_unstable();
        kids
    }

    /// What this installation itself checks with, whatever authority it issued under.
    pub fn trust(&self) -> &TrustBundle {
        &self.trust
    }

    /// Whether the same keys stand in the same places.
    pub fn is_same(&self, other: &Self) -> bool {
        let named = |keys: &Self| -> Vec<_> {
            keys.signing.iter().map(|held| (held.key.public().id(), held.purpose, held.life)).collect()
        };
        self.secret == other.secret && named(self) == named(other)
    }

    /// Why a key cannot sign at the moment; none when it can, or lies in the file.
    pub fn out_of_reach(&self, held: &HeldKey) -> Option<String> {
        let label = held.token.as_ref()?;
        match &self.access.token {
            Some(place) if place.label == *label => Token::at(place).look_for(held.key.public()).err(),
            _ => Some(format!("it is in the token {label:?}, which no --token-label names")),
        }
    }

    fn of(&self, purpose: Purpose) -> impl Iterator<Item = &HeldKey> {
        self.signing.iter().filter(move |held| held.purpose == purpose)
    }

    fn write(&mut self, new: bool) -> Result<(), KeysFault> {
        let form = |why| KeysFault::Form { path: self.path.clone(), why };
        let text = file::text(&self.secret, &self.signing)?;
        let content = if is_encrypted(&self.path) {
            access::encrypt(&text, &self.access.identity(&self.path)?).map_err(form)?
        } else {
            text.into_bytes()
        };
        let trust = trust_in(&self.signing).map_err(form)?;
        write_private(&self.path, &content, new)
            .map_err(|source| KeysFault::File { path: self.path.clone(), source })?;
        self.trust = trust;
        Ok(())
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({}, {} signing keys, ***)", self.path.display(), self.signing.len())
    }
}

fn is_encrypted(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "age")
}

fn trust_in(signing: &[HeldKey]) -> Result<TrustBundle, String> {
    let mut bundle = TrustBundle::default();
    for HeldKey { key, purpose, life, .. } in signing {
        let (public, life) = (key.public().clone(), Some(*life));
        let listed = TrustedKey { public, purpose: *purpose, issuer: None, life };
        bundle.add(listed).map_err(|fault| fault.to_string())?;
    }
    Ok(bundle)
}

#[cfg(test)]
mod tests;
