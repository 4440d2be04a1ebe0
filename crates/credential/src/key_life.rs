//! A key's life: pending, active, retiring; or withdrawn, which is final.

use healthcode_core::time::{Instant, Interval};

/// The life of a signing key. Verifiers accept it in `in_force` unless it is withdrawn; the rest is for signers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyLife {
    /// Published ahead of its use, so that gates know it in time.
    Pending {
        /// When its signatures will be accepted.
        in_force: Interval,
    },
    /// Signs.
    Active {
        /// When its signatures are accepted.
        in_force: Interval,
    },
    /// Signs nothing new; what it signed still counts.
    Retiring {
        /// When its signatures are accepted.
        in_force: Interval,
        /// Since when it signs nothing.
        since: Instant,
    },
    /// Nothing it signed counts, whenever it was signed. Final.
    Withdrawn {
        /// When its signatures would have been accepted; it stays listed until then.
        in_force: Interval,
        /// When it was withdrawn.
        since: Instant,
    },
}

/// A move that a key's life does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key that is {from} cannot become {to}; make a new key instead")]
pub struct LifeFault {
    /// The state it is in.
    pub from: &'static str,
    /// The state asked for.
    pub to: &'static str,
}

impl LifeFault {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        "key_life"
    }
}

impl KeyLife {
    /// The state's name, as trust files write it.
    pub const fn state(&self) -> &'static str {
        match self {
            Self::Pending { .. } => "pending",
            Self::Active { .. } => "active",
            Self::Retiring { .. } => "retiring",
            Self::Withdrawn { .. } => "withdrawn",
        }
    }

    /// When its signatures are accepted, unless it is withdrawn.
    pub const fn in_force(&self) -> Interval {
        match *self {
            Self::Pending { in_force }
            | Self::Active { in_force }
            | Self::Retiring { in_force, .. }
            | Self::Withdrawn { in_force, .. } => in_force,
        }
    }

    /// Whether it may sign what is issued and expires then: it must outlive what it signs.
    pub fn may_sign(&self, issued_at: Instant, expires_at: Instant) -> bool {
        matches!(self, Self::Active { in_force } if in_force.contains(issued_at) && expires_at <= in_force.until)
    }

    /// How it stands at an instant, beside all keys of its purpose: a pending key is active once it is in force, and
    /// one that was active before retires in the same instant, so that there is no moment without a key that signs.
    pub fn at(self, at: Instant, all: &[Self]) -> Self {
        let begun = |life: &Self| match life {
            Self::Pending { in_force } | Self::Active { in_force } => in_force.from <= at,
            Self::Retiring { .. } | Self::Withdrawn { .. } => false,
        };
        if !begun(&self) {
            return self;
        }
        let in_force = self.in_force();
        let begins = all.iter().filter(|life| begun(life)).map(|life| life.in_force().from);
        match begins.filter(|from| *from > in_force.from).min() {
            Some(since) => Self::Retiring { in_force, since },
            None => Self::Active { in_force },
        }
    }

    /// Pending → active.
    pub const fn activate(self) -> Result<Self, LifeFault> {
        match self {
            Self::Pending { in_force } => Ok(Self::Active { in_force }),
            _ => Err(LifeFault { from: self.state(), to: "active" }),
        }
    }

    /// Active → retiring.
    pub const fn retire(self, since: Instant) -> Result<Self, LifeFault> {
        match self {
            Self::Active { in_force } => Ok(Self::Retiring { in_force, since }),
            _ => Err(LifeFault { from: self.state(), to: "retiring" }),
        }
    }

    /// Any but withdrawn → withdrawn.
    pub const fn withdraw(self, since: Instant) -> Result<Self, LifeFault> {
        match self {
            Self::Withdrawn { .. } => Err(LifeFault { from: self.state(), to: "withdrawn" }),
            _ => Ok(Self::Withdrawn { in_force: self.in_force(), since }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(hours: i64) -> Instant {
        Instant::from_seconds(hours * 3600)
    }

    fn in_force() -> Interval {
        Interval::new(hours(0), hours(48)).unwrap()
    }

    #[test]
    fn only_an_active_key_signs_and_nothing_that_outlives_it() {
        let pending = KeyLife::Pending { in_force: in_force() };
        let active = pending.activate().unwrap();
        assert!(!pending.may_sign(hours(1), hours(2)));
        assert!(active.may_sign(hours(24), hours(48)));
        assert!(!active.may_sign(hours(25), hours(49)));
        assert!(!active.may_sign(hours(-1), hours(2)));
        assert!(!active.retire(hours(3)).unwrap().may_sign(hours(4), hours(5)));
    }

    #[test]
    fn a_pending_key_becomes_active_in_the_instant_in_which_the_one_before_it_retires() {
        let old = KeyLife::Active { in_force: in_force() };
        let next = Interval::new(hours(10), hours(90)).unwrap();
        let all = [old, KeyLife::Pending { in_force: next }];
        let states = |at: Instant| all.map(|life| life.at(at, &all).state());
        assert_eq!(states(Instant::from_micros(hours(10).micros() - 1)), ["active", "pending"]);
        assert_eq!(states(hours(10)), ["retiring", "active"]);
        assert_eq!(old.at(hours(30), &all), KeyLife::Retiring { in_force: in_force(), since: hours(10) });
        for at in -1..100 {
            let active = states(hours(at)).iter().filter(|state| **state == "active").count();
            assert_eq!(active, 1, "at every hour one key signs, and no more");
        }
    }

    #[test]
    fn a_pending_key_that_is_withdrawn_replaces_nothing() {
        let old = KeyLife::Active { in_force: in_force() };
        let next = Interval::new(hours(10), hours(90)).unwrap();
        let withdrawn = KeyLife::Pending { in_force: next }.withdraw(hours(1)).unwrap();
        assert_eq!(old.at(hours(20), &[old, withdrawn]), old);
        assert_eq!(withdrawn.at(hours(20), &[old, withdrawn]), withdrawn);
    }

    #[test]
    fn a_withdrawn_key_never_comes_back() {
        let withdrawn = KeyLife::Active { in_force: in_force() }.withdraw(hours(1)).unwrap();
        assert_eq!(withdrawn, KeyLife::Withdrawn { in_force: in_force(), since: hours(1) });
        assert!(withdrawn.activate().is_err());
        assert!(withdrawn.retire(hours(2)).is_err());
        assert_eq!(withdrawn.withdraw(hours(2)), Err(LifeFault { from: "withdrawn", to: "withdrawn" }));
    }
}
