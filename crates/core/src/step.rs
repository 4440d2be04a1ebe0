//! The steps of a way out of a colour.

use crate::condition::{Condition, Seen};
use crate::fact::CaseStatus;
use serde::Deserialize;

/// One step of a way out. Steps of one way are taken one after another; each counts from the day after day 0 of the
/// rule, or from the day after the day of the step before.
///
/// ```
/// use healthcode_core::step::Step;
/// #[derive(serde::Deserialize)]
/// struct Rule { release: Vec<Vec<Step>> }
/// let rule: Rule = toml::from_str(r#"
///   release = [
///     [{ case_status = ["excluded"] }],
///     [{ case_status = ["recovered"] }, { daily_reports = 14 }],
///     [{ together = [
///       { days = 7 },
///       { seen = { fact = { test = { assay = ["pcr"], result = ["negative"] } }, times = 2, apart_hours = 24, within_days = 3 } },
///     ] }],
///     [{ fact = { isolation = { action = ["ended"] } } }, { report_days = 7 }],
///     [{ until = "named" }],
///   ]"#)?;
/// assert_eq!(rule.release.len(), 5);
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// The case becomes one of these.
    CaseStatus(Vec<CaseStatus>),
    /// So many normal report days in a row; a missed or abnormal day starts the count anew.
    DailyReports(u16),
    /// So many normal report days, not necessarily in a row: a missed day only extends; an abnormal one starts the count
    /// anew.
    ReportDays(u16),
    /// So many whole days have passed: complete when the last of them has ended.
    Days(u16),
    /// The instant has come that the fact that fired the rule names: the end of an order or of an isolation.
    Until(Until),
    /// A fact takes place: a condition on one piece of evidence.
    Fact(Condition),
    /// A fact takes place so often, so far apart, with at most so long between the first and the last. A test counts
    /// when its sample was taken after the rule fired.
    Seen(Seen),
    /// All of these hold at once.
    Together(Vec<Step>),
}

/// Which instant is waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// The one that the fact names.
    Named,
}

impl Step {
    /// This step, or those that it puts together.
    pub(crate) fn parts(&self) -> &[Step] {
        match self {
            Self::Together(parts) => parts,
            one => std::slice::from_ref(one),
        }
    }

    /// Whether it counts reports, and so is completed by one.
    pub(crate) fn is_reports(&self) -> bool {
        matches!(self, Self::DailyReports(_) | Self::ReportDays(_))
    }

    /// Whether time alone completes it, or a part of it.
    pub(crate) fn is_timed(&self) -> bool {
        self.parts().iter().any(|part| matches!(part, Self::Days(_) | Self::Until(_)))
    }

    /// Whether the age of a fact matters to it, so that time alone may complete or undo it.
    pub(crate) fn has_window(&self) -> bool {
        self.parts().iter().any(|part| match part {
            Self::Fact(Condition::Vaccinated(v)) => v.after_days > 0 || v.within_days.is_some(),
            Self::Fact(Condition::Test(test)) => test.within_days.is_some(),
            Self::Fact(Condition::Exposure(_) | Condition::Stay(_) | Condition::Arrival(_)) => true,
            _ => false,
        })
    }

    /// The word for what is asked, as it stands in a decision.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::CaseStatus(any) => any.first().map_or("case_status", |status| status.word()),
            Self::DailyReports(_) => "daily_reports",
            Self::ReportDays(_) => "report_days",
            Self::Days(_) => "days",
            Self::Until(_) => "until",
            Self::Fact(fact) => word_of(fact),
            Self::Seen(seen) => word_of(&seen.fact),
            Self::Together(_) => "together",
        }
    }

    /// How much of it is asked.
    pub(crate) fn of(&self) -> u16 {
        match self {
            Self::DailyReports(of) | Self::ReportDays(of) | Self::Days(of) => *of,
            Self::Seen(seen) => seen.times,
            _ => 1,
        }
    }
}

fn word_of(fact: &Condition) -> &'static str {
    use crate::fact::{IsolationAction, TestOutcome};
    match fact {
        Condition::CaseStatus(any) => any.first().map_or("case_status", |status| status.word()),
        Condition::Test(test) if test.result == [TestOutcome::Negative] => "negative_test",
        Condition::Test(_) => "test",
        Condition::Isolation(isolation) if isolation.action == [IsolationAction::Ended] => "isolation_ended",
        Condition::Isolation(_) => "isolation",
        Condition::Report(_) | Condition::Unwell(_) => "report",
        Condition::Vaccinated(_) => "vaccination",
        Condition::Order(_) => "order",
        Condition::Stay(_) => "stay",
        Condition::Arrival(_) => "arrival",
        Condition::Exposure(_) => "exposure",
        Condition::Medicine(_) => "medicine_purchase",
        _ => "declaration",
    }
}
