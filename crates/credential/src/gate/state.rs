//! What a gate holds, and how it changes: bundles and status files are taken, and the clock is watched.

use crate::bundle::Bundle;
use crate::presentation::{EARLIEST_SECONDS, LATEST_SECONDS};
use crate::status::follower::{FollowFault, Follower};
use crate::status::seal::{DayKey, SealFault, SignedNews, open};
use crate::trust::TrustBundle;
use healthcode_core::time::Instant;

/// Everything a gate knows without asking.
#[derive(Debug, Clone)]
pub struct GateState {
    bundle: Bundle,
    /// The bundle's keys without those that any file called withdrawn.
    trust: TrustBundle,
    colours: Option<Follower>,
    keys_at: Instant,
    rules_at: Instant,
    latest_signed: Instant,
    clock_is_doubted: bool,
}

/// Why a status file is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatusFault {
    /// It is none, or none that this gate can read and trust.
    #[error(transparent)]
    Seal(#[from] SealFault),
    /// It does not follow what was taken.
    #[error(transparent)]
    Follow(#[from] FollowFault),
}

impl StatusFault {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Seal(fault) => fault.code(),
            Self::Follow(fault) => fault.code(),
        }
    }
}

impl GateState {
    /// A gate with a bundle that the server called its newest at `confirmed_at`, and no colours yet.
    pub fn new(bundle: Bundle, confirmed_at: Instant) -> Self {
        Self {
            trust: bundle.trust([]),
            latest_signed: bundle.contents().issued_at,
            bundle,
            colours: None,
            keys_at: confirmed_at,
            rules_at: confirmed_at,
            clock_is_doubted: false,
        }
    }

    /// Takes the next bundle ([`Bundle::follow`] made it), or the same again, that the server called its newest then.
    pub fn take_bundle(&mut self, bundle: Bundle, confirmed_at: Instant) {
        self.latest_signed = self.latest_signed.max(bundle.contents().issued_at);
        self.bundle = bundle;
        self.confirm(confirmed_at, true);
        self.renew_trust();
    }

    /// Opens a status file and takes it: the first must be a snapshot, and a newer snapshot may come at any time. What is
    /// refused changes nothing.
    pub fn take_status(&mut self, file: &[u8], keys: &[DayKey]) -> Result<(), StatusFault> {
        let file = open(file, keys, &self.trust)?;
        Ok(self.take(&file)?)
    }

    /// Takes a status file that was opened with [`GateState::trust`].
    pub fn take(&mut self, file: &SignedNews) -> Result<(), FollowFault> {
        match &mut self.colours {
            Some(colours) => colours.take(file)?,
            None => self.colours = Some(Follower::begin(&self.bundle.contents().region, file)?),
        }
        let news = file.news();
        self.latest_signed = self.latest_signed.max(news.made_at);
        self.confirm(news.made_at, news.bundle <= self.bundle.contents().version);
        if !news.withdrawn.is_empty() {
            self.renew_trust();
        }
        Ok(())
    }

    /// Tells a signed time that was seen before, such as by the gate before it was started again.
    pub fn hear_signed_time(&mut self, at: Instant) {
        self.latest_signed = self.latest_signed.max(at);
    }

    /// Tells the gate's clock beside the server's, both read at once. The clock is trusted again once they agree: within the
    /// span in which a phone's clock may differ.
    pub fn compare_clock(&mut self, own: Instant, server: Instant) {
        let ahead = own.seconds() - server.seconds();
        self.clock_is_doubted = !(-EARLIEST_SECONDS..=LATEST_SECONDS).contains(&ahead);
    }

    /// Tells two readings of the gate's clock, one after the other. A clock that went back is doubted until it agrees with the
    /// server's.
    pub fn watch_clock(&mut self, before: Instant, now: Instant) {
        self.clock_is_doubted |= now < before.plus_seconds(-EARLIEST_SECONDS);
    }

    fn confirm(&mut self, at: Instant, rules_too: bool) {
        self.keys_at = self.keys_at.max(at);
        if rules_too {
            self.rules_at = self.rules_at.max(at);
        }
    }

    fn renew_trust(&mut self) {
        let withdrawn = self.colours.iter().flat_map(Follower::withdrawn);
        self.trust = self.bundle.trust(withdrawn);
    }

    /// The trust bundle.
    pub fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// Whose signatures count now.
    pub fn trust(&self) -> &TrustBundle {
        &self.trust
    }

    /// The region's colours.
    pub fn colours(&self) -> Option<&Follower> {
        self.colours.as_ref()
    }

    /// As of when it is known which keys are withdrawn.
    pub fn keys_at(&self) -> Instant {
        self.keys_at
    }

    /// As of when it is known that no newer bundle says otherwise what to do.
    pub fn rules_at(&self) -> Instant {
        self.rules_at
    }

    /// The latest signed time that was seen.
    pub fn latest_signed(&self) -> Instant {
        self.latest_signed
    }

    /// The clock is wrong when it is more than 15 seconds before signed time that was seen, as a phone's may be, or is doubted.
    pub fn clock_is_wrong(&self, at: Instant) -> bool {
        self.clock_is_doubted || at < self.latest_signed.plus_seconds(-EARLIEST_SECONDS)
    }
}
