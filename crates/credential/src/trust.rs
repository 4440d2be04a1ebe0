//! Whose signatures count, for what, and when; laid out for look-up by key id.

use crate::key_life::KeyLife;
use crate::keys::{KidBytes, PublicKey};
use crate::outcome::Reason;
use healthcode_core::ids::KeyId;
use healthcode_core::region::Region;
use healthcode_core::time::Instant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a key may sign. A key has one purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Passes.
    Pass,
    /// Status tables and their deltas.
    Status,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 2] = [Self::Pass, Self::Status];

    /// Its name, as trust files write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Status => "status",
        }
    }
}

/// One key as one trust file lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKey {
    /// The key itself.
    pub public: PublicKey,
    /// What it may sign.
    pub purpose: Purpose,
    /// For whom it signs; none: for any issuer (a JWK set names no issuer).
    pub issuer: Option<Region>,
    /// When; none: always (a JWK set carries no dates).
    pub life: Option<KeyLife>,
}

/// Two different keys with one id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("two different keys have the id {0}; one of them must be replaced by its issuer")]
pub struct KeyClash(pub KeyId);

/// Trusted keys of any number of issuers, ready to verify with.
#[derive(Debug, Clone, Default)]
pub struct TrustBundle {
    keys: BTreeMap<KidBytes, Known>,
}

/// A key, and everything that trust files say of it. Never empty.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    public: PublicKey,
    listings: Vec<TrustedKey>,
}

impl TrustBundle {
    /// Adds one key. What is already there stays: a key is accepted if some listing accepts it, and it is
    /// withdrawn if any listing says so, whoever wrote it, so that adding can never undo a withdrawal.
    pub fn add(&mut self, key: TrustedKey) -> Result<(), KeyClash> {
        let known = self
            .keys
            .entry(*key.public.kid())
            .or_insert_with(|| Known { public: key.public.clone(), listings: Vec::new() });
        if known.public != key.public {
            return Err(KeyClash(key.public.id()));
        }
        if !known.listings.contains(&key) {
            known.listings.push(key);
        }
        Ok(())
    }

    /// Adds all keys of another bundle, by the rule of [`TrustBundle::add`].
    pub fn merge(&mut self, other: Self) -> Result<(), KeyClash> {
        other.listings().cloned().try_for_each(|key| self.add(key))
    }

    /// Every listing, by key id.
    pub fn listings(&self) -> impl Iterator<Item = &TrustedKey> {
        self.keys.values().flat_map(|known| &known.listings)
    }

    /// How many different keys there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether nobody is trusted.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(crate) fn known(&self, kid: &KidBytes) -> Option<&Known> {
        self.keys.get(kid)
    }
}

impl Known {
    pub(crate) fn public(&self) -> &PublicKey {
        &self.public
    }

    pub(crate) fn is_withdrawn(&self) -> bool {
        self.listings.iter().any(|key| matches!(key.life, Some(KeyLife::Withdrawn { .. })))
    }

    /// Purpose, then issuer, then dates. A pending key is accepted once it is in force: its first passes may
    /// reach a gate before the trust file that calls it active.
    pub(crate) fn may_have_signed_a_pass(&self, issuer: &Region, at: Instant) -> Result<(), Reason> {
        self.may_have_signed(Purpose::Pass, issuer, at)
    }

    /// The same for a status file made at `at`.
    pub(crate) fn may_have_signed_status(&self, issuer: &Region, at: Instant) -> Result<(), Reason> {
        self.may_have_signed(Purpose::Status, issuer, at)
    }

    fn may_have_signed(&self, purpose: Purpose, issuer: &Region, at: Instant) -> Result<(), Reason> {
        let mut fault = Reason::KeyPurpose;
        for key in self.listings.iter().filter(|key| key.purpose == purpose) {
            let this = match (&key.issuer, &key.life) {
                (Some(other), _) if other != issuer => Reason::KeyIssuer,
                (_, Some(life)) if at < life.in_force().from => Reason::KeyNotYetInForce,
                (_, Some(life)) if at >= life.in_force().until => Reason::KeyNoLongerInForce,
                _ => return Ok(()),
            };
            // Reasons are in the order of the steps: the listing that got furthest tells why.
            fault = fault.max(this);
        }
        Err(fault)
    }
}
