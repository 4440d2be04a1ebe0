//! The keys of an installation: the secret that seals personal fields, and the keys that sign passes and status tables.
//! They lie beside the database and never in it; whoever loses them loses the personal data, whoever destroys them
//! destroys the data.

mod fault;
mod file;
pub(crate) use file::write_private;

pub use fault::KeysFault;

use crate::clock::Clock;
use healthcode_core::region::Region;
use healthcode_core::time::{Instant, Interval};
use healthcode_credential::key_life::KeyLife;
use healthcode_credential::keys::{KidBytes, SigningKey};
use healthcode_credential::trust::{Purpose, TrustBundle, TrustedKey};
use healthcode_credential::trust_file;
use healthcode_store::seal::SECRET_BYTES;
use std::path::{Path, PathBuf};

/// Days that a new signing key is good.
const KEY_DAYS: i64 = 365;

/// A signing key with its life.
#[derive(Debug)]
pub struct HeldKey {
    /// The key.
    pub key: SigningKey,
    /// What it signs.
    pub purpose: Purpose,
    /// Where it stood when this was written; [`Keys::lives`] says where it stands.
    pub life: KeyLife,
}

/// All keys of an installation.
#[derive(Debug)]
pub struct Keys {
    path: PathBuf,
    secret: [u8; SECRET_BYTES],
    /// Signing keys, oldest first.
    pub signing: Vec<HeldKey>,
    trust: TrustBundle,
}

/// From when a new key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// At once: a key became known to others, or there is none. Gates accept its passes when they next fetch trust.
    Now,
    /// From an instant that lies far enough ahead for every gate to have heard of the key.
    At(Instant),
}

impl Keys {
    /// The key file's place in a data folder.
    pub fn path_in(data: &Path) -> PathBuf {
        data.join("keys.json")
    }

    /// Reads the key file, or makes it where there is none. A purpose without any key gets its first one.
    pub fn open_or_make(data: &Path, clock: &Clock) -> Result<Self, KeysFault> {
        let path = Self::path_in(data);
        if !path.exists() {
            return Self::make(path, clock);
        }
        let mut keys = Self::open(&path)?;
        if keys.add_missing(clock.now())? {
            keys.write(false)?;
        }
        Ok(keys)
    }

    /// Makes a new key file; an existing one is never overwritten.
    pub fn make(path: PathBuf, clock: &Clock) -> Result<Self, KeysFault> {
        let mut keys =
            Self { path, secret: clock.bytes(), signing: Vec::new(), trust: TrustBundle::default() };
        keys.add_missing(clock.now())?;
        keys.write(true)?;
        Ok(keys)
    }

    /// Reads the key file.
    pub fn open(path: &Path) -> Result<Self, KeysFault> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| KeysFault::File { path: path.to_owned(), source })?;
        let form = |why| KeysFault::Form { path: path.to_owned(), why };
        let (secret, signing) = file::read(&text).map_err(form)?;
        let trust = trust_in(&signing).map_err(form)?;
        Ok(Self { path: path.to_owned(), secret, signing, trust })
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

    /// Makes a new key for each purpose. The one that signs now retires when the new one starts: what it signed
    /// counts until it ends.
    pub fn rotate(&mut self, purposes: &[Purpose], start: Start, at: Instant) -> Result<(), KeysFault> {
        self.settle(at);
        for purpose in purposes {
            let signs = self.of(*purpose).any(|held| matches!(held.life, KeyLife::Active { .. }));
            match start {
                Start::At(from) if from > at && signs => self.add_pending(*purpose, from)?,
                _ => self.replace(*purpose, at)?,
            }
        }
        self.write(false)
    }

    /// Withdraws a key for good: nothing it signed counts any more. Where it was the one that signs, a new one is made.
    pub fn withdraw(&mut self, id: &str, at: Instant) -> Result<(), KeysFault> {
        self.settle(at);
        let held = self.signing.iter_mut().find(|held| held.key.public().id().as_str() == id);
        let held = held.ok_or_else(|| KeysFault::NoKey(id.chars().take(32).collect()))?;
        held.life = held.life.withdraw(at)?;
        let purpose = held.purpose;
        if !self.of(purpose).any(|held| matches!(held.life, KeyLife::Active { .. })) {
            self.replace(purpose, at)?;
        }
        self.write(false)
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

    fn of(&self, purpose: Purpose) -> impl Iterator<Item = &HeldKey> {
        self.signing.iter().filter(move |held| held.purpose == purpose)
    }

    /// Notes where every key stands, so that what is done next starts from there.
    fn settle(&mut self, at: Instant) {
        let lives = self.lives(at);
        for (held, life) in self.signing.iter_mut().zip(lives) {
            held.life = life;
        }
    }

    /// Whether any purpose had no key at all.
    fn add_missing(&mut self, at: Instant) -> Result<bool, KeysFault> {
        let missing: Vec<_> =
            Purpose::ALL.into_iter().filter(|purpose| self.of(*purpose).next().is_none()).collect();
        missing.iter().try_for_each(|purpose| self.replace(*purpose, at))?;
        Ok(!missing.is_empty())
    }

    fn add_pending(&mut self, purpose: Purpose, from: Instant) -> Result<(), KeysFault> {
        if let Some(held) = self.of(purpose).find(|held| matches!(held.life, KeyLife::Pending { .. })) {
            let (kid, from) = (held.key.public().id().to_string(), held.life.in_force().from);
            return Err(KeysFault::Pending { purpose, kid, from });
        }
        self.add(purpose, KeyLife::Pending { in_force: good_from(from) })
    }

    /// A new key signs from now on, and no other of the purpose does.
    fn replace(&mut self, purpose: Purpose, at: Instant) -> Result<(), KeysFault> {
        for held in self.signing.iter_mut().filter(|held| held.purpose == purpose) {
            if matches!(held.life, KeyLife::Active { .. }) {
                held.life = held.life.retire(at)?;
            }
        }
        // From a minute before, so that a gate whose clock is a little slow knows it at once.
        let in_force = good_from(Instant::from_seconds(at.seconds() - 60));
        self.add(purpose, KeyLife::Active { in_force })
    }

    fn add(&mut self, purpose: Purpose, life: KeyLife) -> Result<(), KeysFault> {
        self.signing.push(HeldKey { key: SigningKey::generate()?, purpose, life });
        Ok(())
    }

    fn write(&mut self, new: bool) -> Result<(), KeysFault> {
        let text = file::text(&self.secret, &self.signing)?;
        file::write_private(&self.path, text.as_bytes(), new)
            .map_err(|source| KeysFault::File { path: self.path.clone(), source })?;
        self.trust =
            trust_in(&self.signing).map_err(|why| KeysFault::Form { path: self.path.clone(), why })?;
        Ok(())
    }
}

fn good_from(from: Instant) -> Interval {
    Interval { from, until: from.plus_days_of_24h(KEY_DAYS) }
}

fn trust_in(signing: &[HeldKey]) -> Result<TrustBundle, String> {
    let mut bundle = TrustBundle::default();
    for HeldKey { key, purpose, life } in signing {
        let (public, life) = (key.public().clone(), Some(*life));
        let listed = TrustedKey { public, purpose: *purpose, issuer: None, life };
        bundle.add(listed).map_err(|fault| fault.to_string())?;
    }
    Ok(bundle)
}

#[cfg(test)]
mod tests;
