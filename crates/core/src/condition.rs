//! The small closed language that rules are written in: what makes a rule fire. Ways out are in [`step`](crate::step).
//! A condition is a table with one key; it cannot loop, call or count without bound, so a decision always ends.

use crate::fact::{
    Assay, CaseStatus, DeclaredContact, ExposureBasis, ExposureGrade, ExposureLevel, HealthState,
    IsolationAction, IsolationPlace, OrderColour, Symptom, Temperature, TestOutcome,
};
use crate::region::Region;
use serde::Deserialize;

mod kinds;
mod one_fact;
mod scene;

pub(crate) use kinds::Kinds;
pub(crate) use one_fact::{comes_after, edges, lies_in, own_time};
pub(crate) use scene::{NO_DAY, Scene, Taken};

/// What makes a rule fire. In TOML a condition is a table with one key.
///
/// The first group looks at one piece of evidence, the second at time that passes without any, the third puts
/// conditions together. A rule fires when something takes place that one of its conditions speaks of and the whole
/// condition holds then; it never fires because something is forgotten.
///
/// ```
/// use healthcode_core::condition::Condition;
/// #[derive(serde::Deserialize)]
/// struct Rule { when: Vec<Condition> }
/// let rule: Rule = toml::from_str(r#"
///   when = [
///     { case_status = ["confirmed", "suspected"] },
///     { exposure = { level = ["close"], grade = ["witnessed", "rotating"], minutes_from = 15, within_days = 14 } },
///     { declared_contact = ["unsure"] },
///     { stay = { risk = ["high"], within_days = 14 } },
///     { unwell = { symptoms = ["dry_cough"], temperature_from = 37.3 } },
///     { all = [
///       { arrival = { within_days = 21 } },
///       { not = { seen = { fact = { test = { assay = ["pcr"], result = ["negative"] } }, times = 2, apart_hours = 24, within_days = 3 } } },
///     ] },
///     { lapsed = { fact = { report = "normal" }, after_days = 3 } },
///   ]"#)?;
/// assert_eq!(rule.when.len(), 7);
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// The case has become one of these. Inside other conditions: the latest report of the case is one of these.
    CaseStatus(Vec<CaseStatus>),
    /// An exposure to a case.
    Exposure(Exposed),
    /// A declaration answered so about contact. Inside other conditions: the latest declaration did.
    DeclaredContact(Vec<DeclaredContact>),
    /// A declaration says that the person is looked after there. Inside other conditions: the latest declaration does.
    DeclaredState(Vec<HealthState>),
    /// A stay, recorded or declared.
    Stay(Stayed),
    /// A declaration or daily report that says fever or another symptom.
    Unwell(Unwell),
    /// A daily report.
    Report(ReportSays),
    /// A test.
    Test(Tested),
    /// An arrival from abroad.
    Arrival(Arrived),
    /// An order of isolation, or a change to one.
    Isolation(Isolated),
    /// A vaccination.
    Vaccinated(Vaccinated),
    /// A medicine bought at a pharmacy.
    Medicine(Bought),
    /// An officers' order with one of the listed reasons.
    Order(Ordered),
    /// The latest declaration that names a residence names one of these regions or one below.
    LivesIn(Vec<Region>),

    /// The last fact of a kind has grown too old. The first declaration starts the clock as if it were such a fact, so
    /// that nothing lapses for who has declared nothing.
    Lapsed(Lapsed),
    /// While another rule holds, a report is missed.
    MissedReports(MissedReports),

    /// A fact was recorded soon enough after it was true.
    ReportedWithin(ReportedWithin),
    /// A fact happened so often, so far apart, within so long before.
    Seen(Seen),
    /// All of these hold.
    All(Vec<Condition>),
    /// One of these holds.
    Any(Vec<Condition>),
    /// This does not hold.
    Not(Box<Condition>),
    /// At least so many of these hold.
    AtLeast(AtLeast),
    /// All of these hold, by facts that lie at most so many days from each other.
    Near(Near),
}

/// An exposure of one of these levels and grades whose last day together is at most so many days back.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exposed {
    /// Levels that count.
    pub level: Vec<ExposureLevel>,
    /// Grades that count; `poster` is refused when the rule set loads.
    pub grade: Vec<ExposureGrade>,
    /// What it was concluded from; empty for anything.
    #[serde(default)]
    pub basis: Vec<ExposureBasis>,
    /// Whole minutes together, at least.
    #[serde(default)]
    pub minutes_from: u32,
    /// Civil days from the day of `last_at` (day 0), inclusive.
    pub within_days: u16,
}

/// A stay in one of these regions or below, or in a region that had one of these levels of risk during the stay (for a
/// declared stay: on one of its 14 days), which ended at most so many days back.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stayed {
    /// The regions.
    #[serde(default)]
    pub regions: Vec<Region>,
    /// Levels of the rule set's `risk` table.
    #[serde(default)]
    pub risk: Vec<String>,
    /// Civil days from the last day of the stay that counts (day 0), inclusive.
    pub within_days: u16,
}

/// Which symptoms make a person unwell.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(untagged, expecting = "`unwell` is \"any\", or a table with `symptoms`, `temperature_from` or both")]
pub enum Unwell {
    /// Any symptom, or a temperature of 37.3 °C and above; written `"any"`.
    Any(AnySymptom),
    /// One of the symptoms, or a temperature.
    Some(Signs),
}

/// The word `any`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnySymptom {
    /// Any symptom or fever.
    Any,
}

/// One of the symptoms, or a temperature from so many degrees on.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signs {
    /// Any of these.
    #[serde(default)]
    pub symptoms: Vec<Symptom>,
    /// Degrees Celsius, 30 to 45.
    pub temperature_from: Option<Temperature>,
}

/// What a daily report says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportSays {
    /// Anything.
    Any,
    /// Neither fever nor a symptom.
    Normal,
}

/// A test of one of these kinds with one of these outcomes.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tested {
    /// Kinds of test; empty for any.
    #[serde(default)]
    pub assay: Vec<Assay>,
    /// Outcomes that count.
    pub result: Vec<TestOutcome>,
    /// A cycle threshold below this; a test that gives none does not count.
    pub ct_below: Option<f32>,
    /// A cycle threshold of at least this; a test that gives none does not count.
    pub ct_from: Option<f32>,
    /// Civil days from the day of the sample (day 0), inclusive.
    pub within_days: Option<u16>,
}

/// An arrival from one of these countries.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrived {
    /// The countries; empty for any.
    #[serde(default)]
    pub from: Vec<Region>,
    /// Countries that do not count.
    #[serde(default)]
    pub except: Vec<Region>,
    /// Civil days from the day of entry (day 0), inclusive.
    pub within_days: u16,
}

/// One of these actions of isolation.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Isolated {
    /// Actions that count.
    pub action: Vec<IsolationAction>,
    /// Places that count; empty for any.
    #[serde(default)]
    pub place: Vec<IsolationPlace>,
}

/// A vaccination.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vaccinated {
    /// This dose or a later one.
    pub dose_from: u8,
    /// Whole days that must have passed since, for the protection to build up.
    #[serde(default)]
    pub after_days: u16,
    /// Civil days from the day of the vaccination (day 0), inclusive.
    pub within_days: Option<u16>,
}

/// A purchase of one of these medicines.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bought {
    /// The medicines; empty for any.
    #[serde(default)]
    pub medicine: Vec<String>,
    /// Whether it was bought for someone else; absent for either.
    pub for_other: Option<bool>,
}

/// An order for a colour with one of these reasons: the closed list.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ordered {
    /// The colour ordered.
    pub colour: OrderColour,
    /// The reasons for which it may be ordered.
    pub reason: Vec<String>,
}

/// The last of some facts is older than allowed. Exactly one of the two is given.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lapsed {
    /// The fact that keeps it from lapsing: a condition on one piece of evidence.
    pub fact: Box<Condition>,
    /// It holds to the end of the civil day so many days after the fact.
    pub after_days: Option<u16>,
    /// It holds for so many hours after the fact.
    pub after_hours: Option<u16>,
}

/// A rule holds, and for so many civil days nothing was reported.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MissedReports {
    /// The reason of the rule that holds.
    pub under: String,
    /// So many days in a row, from 1; the rule fires at the midnight after the last.
    pub days: u16,
}

/// A fact seen several times.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// The fact: a condition on one piece of evidence.
    pub fact: Box<Condition>,
    /// How often.
    #[serde(default = "once")]
    pub times: u16,
    /// Hours from one to the next, at least.
    #[serde(default)]
    pub apart_hours: u16,
    /// Civil days back from now; in a way out, between the first and the last.
    pub within_days: Option<u16>,
    /// Hours back from now; in a way out, between the first and the last.
    pub within_hours: Option<u16>,
}

fn once() -> u16 {
    1
}

/// Some of several conditions.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AtLeast {
    /// How many.
    pub n: usize,
    /// Of these.
    pub of: Vec<Condition>,
}

/// Conditions that belong together in time.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Near {
    /// Civil days between the first and the last, at most.
    pub within_days: u16,
    /// These.
    pub of: Vec<Condition>,
}

/// A fact that was recorded at most so many hours after it was true: of a test after the sample, of a contact after its
/// end, of anything else after it happened.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportedWithin {
    /// A condition on one piece of evidence.
    pub fact: Box<Condition>,
    /// Hours, from 1.
    pub hours: u16,
}

impl Condition {
    /// Whether it looks at one piece of evidence alone.
    pub fn is_of_one_fact(&self) -> bool {
        self.parts().is_empty() && !matches!(self, Self::Lapsed(_) | Self::MissedReports(_))
    }

    /// Whether what is said anew replaces what was said before.
    pub(crate) fn is_said_anew(&self) -> bool {
        matches!(
            self,
            Self::LivesIn(_) | Self::DeclaredContact(_) | Self::DeclaredState(_) | Self::CaseStatus(_)
        )
    }

    /// The conditions that this one puts together.
    pub(crate) fn parts(&self) -> &[Condition] {
        match self {
            Self::All(of)
            | Self::Any(of)
            | Self::AtLeast(AtLeast { of, .. })
            | Self::Near(Near { of, .. }) => of,
            Self::Not(of) => std::slice::from_ref(of),
            Self::Seen(Seen { fact, .. })
            | Self::Lapsed(Lapsed { fact, .. })
            | Self::ReportedWithin(ReportedWithin { fact, .. }) => std::slice::from_ref(fact),
            _ => &[],
        }
    }

    /// This condition and all that it is made of, outermost first.
    pub(crate) fn with_parts(&self) -> Vec<&Condition> {
        let mut all = vec![self];
        let mut next = 0;
        while let Some(condition) = all.get(next) {
            all.extend(condition.parts());
            next += 1;
        }
        all
    }
}
