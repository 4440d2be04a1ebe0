//! The small closed language that rules are written in: conditions that colour, and steps that lead out again.

use crate::fact::{CaseStatus, DeclaredContact, ExposureGrade, ExposureLevel, Fact};
use crate::region::Region;
use crate::time::{Day, Instant, Zone};
use serde::Deserialize;

/// What makes a rule fire, seen on one piece of evidence. In TOML a condition is a table with one key:
///
/// ```
/// use healthcode_core::condition::Condition;
/// #[derive(serde::Deserialize)]
/// struct Rule { when: Vec<Condition> }
/// let rule: Rule = toml::from_str(r#"
///   when = [
///     { case_status = ["confirmed", "suspected"] },
///     { exposure = { level = ["close"], grade = ["witnessed", "rotating"], within_days = 14 } },
///     { declared_contact = ["unsure"] },
///     { stay = { regions = ["420000"], within_days = 14 } },
///     { unwell = "any" },
///   ]"#)?;
/// assert_eq!(rule.when.len(), 5);
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// The case has become one of these.
    CaseStatus(Vec<CaseStatus>),
    /// An exposure of one of these levels and grades whose last day together is at most so many days back.
    Exposure {
        /// Levels that count.
        level: Vec<ExposureLevel>,
        /// Grades that count; `poster` is refused when the rule set loads.
        grade: Vec<ExposureGrade>,
        /// Civil days from the day of `last_at` (day 0), inclusive.
        within_days: u16,
    },
    /// A declaration answered so about contact.
    DeclaredContact(Vec<DeclaredContact>),
    /// A stay in one of these regions or below, recorded or declared, ended at most so many days back.
    Stay {
        /// The regions.
        regions: Vec<Region>,
        /// Civil days from the day on which the stay ended (day 0), inclusive.
        within_days: u16,
    },
    /// A declaration or daily report that says fever or another symptom.
    Unwell(Unwell),
}

/// Which symptoms make a person unwell.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unwell {
    /// Any symptom, or a temperature of 37.3 °C and above.
    Any,
}

impl Condition {
    /// Day 0 of the condition when `fact`, taking its place at `at`, meets it.
    pub(crate) fn day_zero(&self, fact: &Fact, at: Instant, zone: &Zone) -> Option<Day> {
        match (self, fact) {
            (Self::CaseStatus(any), Fact::CaseReport(case)) => {
                any.contains(&case.status).then(|| zone.day_of(at))
            }
            (Self::Exposure { level, grade, within_days }, Fact::Exposure(exposure)) => {
                let counts = level.contains(&exposure.level) && grade.contains(&exposure.grade);
                counts.then(|| within(exposure.last_at, at, *within_days, zone))?
            }
            (Self::DeclaredContact(any), Fact::Declaration(declaration)) => {
                any.contains(&declaration.contact).then(|| zone.day_of(at))
            }
            (Self::Stay { regions, within_days }, Fact::Stay(stay)) => {
                lies_in(&stay.region, regions).then(|| within(stay.to, at, *within_days, zone))?
            }
            (Self::Stay { regions, .. }, Fact::Declaration(declaration)) => {
                declaration.stayed_in.iter().any(|stay| lies_in(stay, regions)).then(|| zone.day_of(at))
            }
            (Self::Unwell(Unwell::Any), fact) => fact.is_unwell().then(|| zone.day_of(at)),
            _ => None,
        }
    }
}

fn lies_in(region: &Region, regions: &[Region]) -> bool {
    regions.iter().any(|outer| region.is_within(outer))
}

/// The day of `end`, if `at` lies at most `days` civil days after it ("within 14 days" holds to the end of day 14).
fn within(end: Instant, at: Instant, days: u16, zone: &Zone) -> Option<Day> {
    let zero = zone.day_of(end);
    (zone.day_of(at) <= zero.plus(i32::from(days))).then_some(zero)
}

/// One step of a way out. Steps of one way are taken one after another.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// The case becomes one of these.
    CaseStatus(Vec<CaseStatus>),
    /// So many normal report days in a row, counted from the day after day 0, or after the day of the step before.
    DailyReports(u16),
}
