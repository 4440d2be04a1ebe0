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
    fn a_withdrawn_key_never_comes_back() {
        let withdrawn = KeyLife::Active { in_force: in_force() }.withdraw(hours(1)).unwrap();
        assert_eq!(withdrawn, KeyLife::Withdrawn { in_force: in_force(), since: hours(1) });
        assert!(withdrawn.activate().is_err());
        assert!(withdrawn.retire(hours(2)).is_err());
        assert_eq!(withdrawn.withdraw(hours(2)), Err(LifeFault { from: "withdrawn", to: "withdrawn" }));
    }
}
