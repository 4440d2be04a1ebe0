//! What changes the keys: rotation, withdrawal, and moving between the plain and the encrypted file. Every change is
//! written before it is told.

use super::{HeldKey, Keys, KeysFault, Token, access, is_encrypted, write_private};
use healthcode_core::time::{Instant, Interval};
use healthcode_credential::key_life::KeyLife;
use healthcode_credential::keys::SigningKey;
use healthcode_credential::trust::Purpose;
use std::path::{Path, PathBuf};

/// Days that a new signing key is good.
const KEY_DAYS: i64 = 365;

/// From when a new key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// At once: a key became known to others, or there is none. Gates accept its passes when they next fetch trust.
    Now,
    /// From an instant that lies far enough ahead for every gate to have heard of the key.
    At(Instant),
}

impl Keys {
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

    /// Encrypts the key file, to the identity that [`super::KeyAccess`] names; where that file is missing, it is made.
    pub fn encrypt(&mut self) -> Result<(), KeysFault> {
        if let Some(path) = self.access.identity.as_ref().filter(|path| !path.exists()) {
            let text = access::new_identity();
            write_private(path, text.as_bytes(), true)
                .map_err(|source| KeysFault::File { path: path.clone(), source })?;
        }
        self.move_to(self.path.with_extension("age"))
    }

    /// Writes the key file plain again.
    pub fn decrypt(&mut self) -> Result<(), KeysFault> {
        self.move_to(self.path.with_extension("json"))
    }

    /// Writes the other file, reads it back, and only then removes the one that was.
    fn move_to(&mut self, path: PathBuf) -> Result<(), KeysFault> {
        if path == self.path {
            return Ok(());
        }
        let before = std::mem::replace(&mut self.path, path);
        self.write(true)?;
        let fault = |path: &Path| {
            let path = path.to_owned();
            move |source| KeysFault::File { path, source }
        };
        let content = std::fs::read(&self.path).map_err(fault(&self.path))?;
        if is_encrypted(&self.path) {
            let form = |why| KeysFault::Form { path: self.path.clone(), why };
            access::decrypt(&content, &self.access.identity(&self.path)?).map_err(form)?;
        }
        std::fs::remove_file(&before).map_err(fault(&before))
    }

    /// Notes where every key stands, so that what is done next starts from there.
    fn settle(&mut self, at: Instant) {
        let lives = self.lives(at);
        for (held, life) in self.signing.iter_mut().zip(lives) {
            held.life = life;
        }
    }

    /// Whether any purpose had no key at all.
    pub(super) fn add_missing(&mut self, at: Instant) -> Result<bool, KeysFault> {
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

    /// Adds a new key: in the token where there is one, else in the file.
    fn add(&mut self, purpose: Purpose, life: KeyLife) -> Result<(), KeysFault> {
        let (key, token) = match &self.access.token {
            Some(place) => (Token::at(place).make(purpose)?, Some(place.label.clone())),
            None => (SigningKey::generate()?, None),
        };
        self.signing.push(HeldKey { key, purpose, life, token });
        Ok(())
    }
}

fn good_from(from: Instant) -> Interval {
    Interval { from, until: from.plus_days_of_24h(KEY_DAYS) }
}
