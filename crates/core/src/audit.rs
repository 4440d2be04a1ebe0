//! The automatic audit of a declaration: what a machine may confirm, and what an officer has to look at. Form, check
//! digit, dates and regions are checked before a declaration is stored; here it is held against other evidence.

use crate::fact::{CaseStatus, Declaration, DeclaredContact, Fact, HealthState};
use crate::life::Life;
use crate::time::Instant;

/// What the automatic audit says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AutomaticAudit {
    /// Nothing contradicts the declaration.
    Confirmed,
    /// An officer has to look, for this reason.
    Officer(Contradiction),
}

/// Why an officer has to look at a declaration.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Contradiction {
    /// The last case status is suspected, confirmed or asymptomatic, and the declaration says "normal".
    #[error("declared normal, but recorded as a case")]
    RecordedCase,
    /// Contact denied, but exposures are recorded in the last 14 days.
    #[error("declared no contact, but contact with a case is recorded")]
    RecordedContact,
    /// A recorded stay of the last 14 days is missing among the declared ones.
    #[error("a recorded stay of the last 14 days was not declared")]
    RecordedStay,
    /// No regions of the last 14 days were named.
    #[error("no region of the last 14 days was named")]
    NoRegion,
}

impl Contradiction {
    /// The permanent code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::RecordedCase => "recorded_case",
            Self::RecordedContact => "recorded_contact",
            Self::RecordedStay => "recorded_stay",
            Self::NoRegion => "no_region",
        }
    }
}

/// Days that a declaration form of February 2020 asked about.
const DECLARED_DAYS: i64 = 14;

/// Holds a declaration made at `at` against what is known by then.
pub fn audit_automatically(declaration: &Declaration, life: &Life, at: Instant) -> AutomaticAudit {
    match contradiction(declaration, life, at) {
        None => AutomaticAudit::Confirmed,
        Some(contradiction) => AutomaticAudit::Officer(contradiction),
    }
}

fn contradiction(declaration: &Declaration, life: &Life, at: Instant) -> Option<Contradiction> {
    if declaration.stayed_in.is_empty() {
        return Some(Contradiction::NoRegion);
    }
    let from = at.plus_days_of_24h(-DECLARED_DAYS);
    let known = life.known_at(at);
    let last_case = known.iter().rev().find_map(|k| match k.fact {
        Fact::CaseReport(case) => Some(case.status),
        _ => None,
    });
    let is_case = last_case.is_some_and(|s| !matches!(s, CaseStatus::Excluded | CaseStatus::Recovered));
    if is_case && declaration.health_state == HealthState::Normal {
        return Some(Contradiction::RecordedCase);
    }
    known.iter().find_map(|k| match k.fact {
        Fact::Exposure(e) if declaration.contact == DeclaredContact::No && e.last_at >= from => {
            Some(Contradiction::RecordedContact)
        }
        Fact::Stay(stay) if stay.to >= from && stay.from <= at => {
            let declared =
                declaration.stayed_in.iter().any(|d| d.is_within(&stay.region) || stay.region.is_within(d));
            (!declared).then_some(Contradiction::RecordedStay)
        }
        _ => None,
    })
}
