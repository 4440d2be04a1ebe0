//! What a piece of evidence says: one variant for every kind of the contract, each with data of its own.

use crate::ids::EvidenceId;
use crate::packed::Packed;
use crate::region::Region;
use crate::time::{Day, Instant};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

mod temperature;
mod words;

pub use temperature::Temperature;
pub use words::*;

/// Why data does not fit its kind.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FactFault {
    /// No such kind.
    #[error("there is no such kind of evidence; known are {known}")]
    UnknownKind {
        /// All kinds, comma-separated.
        known: String,
    },
    /// Wrong shape, unknown or duplicate field, wrong word.
    #[error("{0}")]
    Shape(String),
    /// The fields are right one by one and wrong together.
    #[error("{field}: {problem}")]
    Nonsense {
        /// The field to look at.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
}

macro_rules! facts {
    ($($(#[$doc:meta])* $variant:ident = $kind:literal { $($(#[$fdoc:meta])* $field:ident : $type:ty),* $(,)? })+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
            #[serde(deny_unknown_fields)]
            pub struct $variant { $($(#[$fdoc])* pub $field: $type),* }
        )+

        /// What a piece of evidence says.
        #[derive(Clone, PartialEq, Debug)]
        pub enum Fact { $($(#[$doc])* $variant($variant)),+ }

        impl Fact {
            /// Every kind of evidence, in the order of the contract.
            pub const KINDS: &'static [&'static str] = &[$($kind),+];

            /// The kind, as written in files and interfaces.
            pub const fn kind(&self) -> &'static str {
                match self { $(Self::$variant(_) => $kind),+ }
            }

            /// Reads the data of a kind; unknown fields and duplicate keys are refused by name.
            pub fn from_json(kind: &str, data: &str) -> Result<Self, FactFault> {
                if Self::KINDS.contains(&kind) && !data.trim_start().starts_with('{') {
                    return Err(FactFault::Shape("the data of a kind is one JSON object".to_owned()));
                }
                let fact = match kind {
                    $($kind => serde_json::from_str::<$variant>(data).map(Self::$variant),)+
                    _ => return Err(FactFault::UnknownKind { known: Self::KINDS.join(", ") }),
                };
                let fact = fact.map_err(|fault| FactFault::Shape(fault.to_string()))?;
                fact.check()?;
                Ok(fact)
            }

            /// The data as compact JSON.
            pub fn to_data(&self) -> String {
                let text = match self { $(Self::$variant(data) => serde_json::to_string(data)),+ };
                // Cannot fail: no map with other keys than strings, no writer that could refuse.
                text.unwrap_or_default()
            }
        }

        $(
            impl Packed for $variant {
                fn pack(&self, out: &mut Vec<u8>) {
                    $(self.$field.pack(out);)*
                }
                fn unpack(from: &mut &[u8]) -> Option<Self> {
                    Some(Self { $($field: Packed::unpack(from)?),* })
                }
            }
        )+

        impl Packed for Fact {
            /// The position of its kind, and then its fields in the order above.
            fn pack(&self, out: &mut Vec<u8>) {
                match self { $(Self::$variant(data) => {
                    out.push(Position::$variant as u8);
                    data.pack(out);
                }),+ }
            }
            fn unpack(from: &mut &[u8]) -> Option<Self> {
                let position = u8::unpack(from)?;
                $(if position == Position::$variant as u8 {
                    return $variant::unpack(from).map(Self::$variant);
                })+
                None
            }
        }

        enum Position { $($variant),+ }
    };
}

facts! {
    /// What a person says of herself, once.
    Declaration = "declaration" {
        /// Symptoms ticked.
        symptoms: Vec<Symptom>,
        /// Temperature, if measured.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        temperature_c: Option<Temperature>,
        /// Contact with a case in the last 14 days.
        contact: DeclaredContact,
        /// Regions of the last 14 days.
        stayed_in: Vec<Region>,
        /// Where the person lives.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        residence: Option<Region>,
        /// Where the person is being looked after.
        health_state: HealthState,
    }
    /// What became of a declaration.
    Audit = "audit" {
        /// The declaration.
        of: EvidenceId,
        /// The outcome.
        result: AuditResult,
        /// For the person to read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    }
    /// The daily report.
    HealthReport = "health_report" {
        /// Temperature.
        temperature_c: Temperature,
        /// Symptoms ticked.
        symptoms: Vec<Symptom>,
    }
    /// A test.
    TestResult = "test_result" {
        /// Which test.
        assay: Assay,
        /// What it said.
        result: TestOutcome,
        /// When the sample was taken.
        sampled_at: Instant,
        /// Cycle threshold.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ct: Option<f32>,
        /// Name of the kit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kit: Option<String>,
    }
    /// A change in a case.
    CaseReport = "case_status" {
        /// Where the case stands now.
        status: CaseStatus,
        /// When symptoms began.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        onset_at: Option<Instant>,
    }
    /// Having been with a case.
    Exposure = "exposure" {
        /// How near.
        level: ExposureLevel,
        /// Concluded from what.
        basis: ExposureBasis,
        /// How much the record proves.
        grade: ExposureGrade,
        /// Beginning of the first time together.
        first_at: Instant,
        /// End of the last time together.
        last_at: Instant,
        /// Whole minutes together.
        minutes: u32,
        /// The case, by an opaque name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        case: Option<String>,
    }
    /// Having been in a region.
    Stay = "stay" {
        /// Where.
        region: Region,
        /// From (inside).
        from: Instant,
        /// Until (outside).
        to: Instant,
    }
    /// Having entered the country.
    Arrival = "arrival" {
        /// From which country.
        from_country: Region,
        /// When.
        entered_at: Instant,
    }
    /// An order of isolation, or a change to one.
    Isolation = "isolation" {
        /// What was ordered.
        action: IsolationAction,
        /// Where it is spent.
        place: IsolationPlace,
        /// From.
        from: Instant,
        /// Until, where known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Instant>,
    }
    /// A vaccination.
    Vaccination = "vaccination" {
        /// Product name.
        product: String,
        /// Which dose, from 1.
        dose: u8,
        /// Of how many.
        of_doses: u8,
        /// On which day.
        given_on: Day,
    }
    /// A medicine bought at a pharmacy.
    MedicinePurchase = "medicine_purchase" {
        /// Which.
        medicine: String,
        /// Bought for someone else.
        for_other: bool,
    }
    /// An officers' request to set a colour.
    Order = "order" {
        /// Which colour.
        colour: OrderColour,
        /// A reason of the closed list.
        reason: String,
        /// Two officers.
        approved_by: Vec<String>,
        /// Until when.
        until: Instant,
    }
    /// New data for an earlier piece of evidence.
    Correction = "correction" {
        /// The original.
        of: EvidenceId,
        /// Its whole new data; of the original's kind.
        data: RawData,
    }
    /// An earlier piece of evidence is taken back.
    Withdrawal = "withdrawal" {
        /// The original.
        of: EvidenceId,
        /// Why.
        reason: String,
    }
}

/// JSON whose kind is known only beside its original.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawData(pub Box<RawValue>);

impl PartialEq for RawData {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get()
    }
}

impl Fact {
    /// The evidence that this one is about, for audits, corrections and withdrawals.
    pub fn of(&self) -> Option<&EvidenceId> {
        match self {
            Self::Audit(Audit { of, .. })
            | Self::Correction(Correction { of, .. })
            | Self::Withdrawal(Withdrawal { of, .. }) => Some(of),
            _ => None,
        }
    }

    /// Whether it amends another piece of evidence instead of saying something new.
    pub fn is_amendment(&self) -> bool {
        matches!(self, Self::Correction(_) | Self::Withdrawal(_))
    }

    pub(crate) fn to_raw(&self) -> Box<RawValue> {
        // Cannot fail: `to_data` writes JSON.
        RawValue::from_string(self.to_data()).unwrap_or_default()
    }

    /// Every region that the fact names.
    pub fn regions(&self) -> Vec<&Region> {
        match self {
            Self::Declaration(d) => d.stayed_in.iter().chain(&d.residence).collect(),
            Self::Stay(stay) => vec![&stay.region],
            Self::Arrival(arrival) => vec![&arrival.from_country],
            _ => Vec::new(),
        }
    }

    /// The latest instant that the fact says has passed already; not the end of an order or of an isolation.
    pub fn latest_past(&self) -> Option<Instant> {
        match self {
            Self::TestResult(test) => Some(test.sampled_at),
            Self::CaseReport(case) => case.onset_at,
            Self::Exposure(exposure) => Some(exposure.last_at),
            Self::Stay(stay) => Some(stay.to),
            Self::Arrival(arrival) => Some(arrival.entered_at),
            _ => None,
        }
    }

    /// What the types cannot say: order of times, sizes of lists and texts.
    fn check(&self) -> Result<(), FactFault> {
        let nonsense = |field, problem| Err(FactFault::Nonsense { field, problem });
        match self {
            Self::Declaration(d) if d.stayed_in.len() > 64 => nonsense("stayed_in", "at most 64 regions"),
            Self::Declaration(Declaration { symptoms, .. })
            | Self::HealthReport(HealthReport { symptoms, .. })
                if symptoms.len() > Symptom::ALL.len() =>
            {
                nonsense("symptoms", "the same symptom is named twice")
            }
            Self::Exposure(e) if e.last_at < e.first_at => nonsense("last_at", "is before first_at"),
            Self::Stay(s) if s.to <= s.from => nonsense("to", "must be after from"),
            Self::Isolation(i) if i.until.is_some_and(|until| until <= i.from) => {
                nonsense("until", "must be after from")
            }
            Self::Vaccination(v) if v.dose == 0 => nonsense("dose", "doses are counted from 1"),
            Self::TestResult(t) if t.ct.is_some_and(|ct| !(0.0..=60.0).contains(&ct)) => {
                nonsense("ct", "a cycle threshold lies between 0 and 60")
            }
            Self::Order(o) if o.approved_by.len() != 2 || o.approved_by[0] == o.approved_by[1] => {
                nonsense("approved_by", "an order needs two different officers")
            }
            _ if self.longest_text() > 2_000 => nonsense("data", "a text is longer than 2000 characters"),
            _ => Ok(()),
        }
    }

    fn longest_text(&self) -> usize {
        match self {
            Self::Audit(a) => a.note.as_ref().map_or(0, String::len),
            Self::Withdrawal(w) => w.reason.len(),
            Self::Order(o) => o.reason.len(),
            Self::MedicinePurchase(m) => m.medicine.len(),
            Self::Vaccination(v) => v.product.len(),
            Self::Exposure(e) => e.case.as_ref().map_or(0, String::len),
            _ => 0,
        }
    }

    /// The instant before which the fact cannot have been true: the beginning of a stay.
    pub fn begins_at(&self) -> Option<Instant> {
        match self {
            Self::Stay(stay) => Some(stay.from),
            _ => None,
        }
    }

    /// Whether the fact says fever or another symptom. A temperature of 37.3 or above is fever, whatever was ticked.
    pub fn is_unwell(&self) -> bool {
        match self {
            Self::Declaration(d) => {
                !d.symptoms.is_empty() || d.temperature_c.is_some_and(Temperature::is_fever)
            }
            Self::HealthReport(r) => !r.symptoms.is_empty() || r.temperature_c.is_fever(),
            _ => false,
        }
    }
}
