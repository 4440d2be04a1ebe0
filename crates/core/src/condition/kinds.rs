//! Which kinds of evidence a condition speaks of, so that all others are passed over at once.

use super::Condition;
use crate::fact::Fact;

/// A set of kinds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Kinds(u16);

impl Kinds {
    const DECLARATION: Self = Self(1);
    const REPORT: Self = Self(2);
    const TEST: Self = Self(4);
    const CASE: Self = Self(8);
    const EXPOSURE: Self = Self(16);
    const STAY: Self = Self(32);
    const ARRIVAL: Self = Self(64);
    const ISOLATION: Self = Self(128);
    const VACCINATION: Self = Self(256);
    const MEDICINE: Self = Self(512);
    const ORDER: Self = Self(1024);

    /// The kind of a fact; none for what only speaks of other evidence.
    pub(crate) const fn of(fact: &Fact) -> Self {
        match fact {
            Fact::Declaration(_) => Self::DECLARATION,
            Fact::HealthReport(_) => Self::REPORT,
            Fact::TestResult(_) => Self::TEST,
            Fact::CaseReport(_) => Self::CASE,
            Fact::Exposure(_) => Self::EXPOSURE,
            Fact::Stay(_) => Self::STAY,
            Fact::Arrival(_) => Self::ARRIVAL,
            Fact::Isolation(_) => Self::ISOLATION,
            Fact::Vaccination(_) => Self::VACCINATION,
            Fact::MedicinePurchase(_) => Self::MEDICINE,
            Fact::Order(_) => Self::ORDER,
            Fact::Audit(_) | Fact::Correction(_) | Fact::Withdrawal(_) => Self(0),
        }
    }

    /// Those of either set.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the sets share a kind.
    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl Condition {
    /// The kinds whose taking place can make the condition hold. What must not have happened, or has lapsed, is no such
    /// kind.
    pub(crate) fn kinds(&self) -> Kinds {
        match self {
            Self::CaseStatus(_) => Kinds::CASE,
            Self::Exposure(_) => Kinds::EXPOSURE,
            Self::DeclaredContact(_) | Self::DeclaredState(_) | Self::LivesIn(_) => Kinds::DECLARATION,
            Self::Stay(_) => Kinds::STAY.and(Kinds::DECLARATION),
            Self::Unwell(_) => Kinds::REPORT.and(Kinds::DECLARATION),
            Self::Report(_) => Kinds::REPORT,
            Self::Test(_) => Kinds::TEST,
            Self::Arrival(_) => Kinds::ARRIVAL,
            Self::Isolation(_) => Kinds::ISOLATION,
            Self::Vaccinated(_) => Kinds::VACCINATION,
            Self::Medicine(_) => Kinds::MEDICINE,
            Self::Order(_) => Kinds::ORDER,
            Self::Lapsed(_) | Self::MissedReports(_) | Self::Not(_) => Kinds::default(),
            Self::Seen(seen) => seen.fact.kinds(),
            Self::ReportedWithin(wanted) => wanted.fact.kinds(),
            Self::All(_) | Self::Any(_) | Self::AtLeast(_) | Self::Near(_) => {
                self.parts().iter().fold(Kinds::default(), |kinds, part| kinds.and(part.kinds()))
            }
        }
    }
}
