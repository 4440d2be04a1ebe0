//! Evidence: one recorded fact about a person. Never edited, only corrected or withdrawn by later evidence.

use crate::fact::{Fact, FactFault};
use crate::ids::{EvidenceId, PersonId};
use crate::packed::Packed;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Who or what a piece of evidence comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The person.
    #[serde(rename = "self")]
    Own,
    /// Someone who acts for the person.
    Guardian,
    /// An officer of the health authority.
    Officer,
    /// A checker at a collection point.
    Checker,
    /// A laboratory.
    Laboratory,
    /// The reconciliation of exposures with cases and visits.
    Trace,
    /// A file that was read in.
    Import,
    /// The platform, such as the automatic audit.
    System,
}

impl Source {
    /// The word used in files and interfaces.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Own => "self",
            Self::Guardian => "guardian",
            Self::Officer => "officer",
            Self::Checker => "checker",
            Self::Laboratory => "laboratory",
            Self::Trace => "trace",
            Self::Import => "import",
            Self::System => "system",
        }
    }

    const ALL: [Self; 8] = [
        Self::Own,
        Self::Guardian,
        Self::Officer,
        Self::Checker,
        Self::Laboratory,
        Self::Trace,
        Self::Import,
        Self::System,
    ];

    /// The source that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.word() == word)
    }
}

impl Packed for Source {
    fn pack(&self, out: &mut Vec<u8>) {
        out.push(*self as u8);
    }
    fn unpack(from: &mut &[u8]) -> Option<Self> {
        Self::ALL.get(usize::from(u8::unpack(from)?)).copied()
    }
}

/// One recorded fact about a person.
#[derive(Clone, PartialEq, Debug)]
pub struct Evidence {
    /// Unique over all people.
    pub id: EvidenceId,
    /// Whom it is about.
    pub person: PersonId,
    /// When it happened.
    pub happened_at: Instant,
    /// When it was recorded; a decision at T knows what was recorded at or before T.
    pub recorded_at: Instant,
    /// Where it comes from.
    pub source: Source,
    /// What happened.
    pub fact: Fact,
}

/// Why a line is no evidence.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EvidenceFault {
    /// The envelope is not as described in the contract.
    #[error("{0}")]
    Envelope(String),
    /// The data does not fit the kind.
    #[error("data of kind {kind}: {fault}")]
    Data {
        /// The kind that was named.
        kind: String,
        /// What is wrong with the data.
        fault: FactFault,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'a> {
    id: EvidenceId,
    person: PersonId,
    kind: String,
    happened_at: Instant,
    recorded_at: Instant,
    source: Source,
    #[serde(borrow)]
    data: &'a RawValue,
}

#[derive(Serialize)]
struct EnvelopeOut<'a> {
    id: &'a EvidenceId,
    person: &'a PersonId,
    kind: &'static str,
    happened_at: Instant,
    recorded_at: Instant,
    source: Source,
    data: Box<RawValue>,
}

impl Evidence {
    /// Reads one JSON object; unknown fields and duplicate keys are refused by name.
    ///
    /// ```
    /// use healthcode_core::evidence::Evidence;
    /// let line = r#"{"id":"e1","person":"p1","kind":"case_status","happened_at":"2020-02-12T08:00:00+08:00",
    ///   "recorded_at":"2020-02-12T08:00:00+08:00","source":"officer","data":{"status":"confirmed"}}"#;
    /// assert!(Evidence::from_json(line).is_ok());
    /// assert!(Evidence::from_json(&line.replace("confirmed", "cured")).is_err());
    /// ```
    pub fn from_json(text: &str) -> Result<Self, EvidenceFault> {
        if !text.trim_start().starts_with('{') {
            return Err(EvidenceFault::Envelope("a piece of evidence is one JSON object".to_owned()));
        }
        let envelope: Envelope<'_> =
            serde_json::from_str(text).map_err(|fault| EvidenceFault::Envelope(fault.to_string()))?;
        let fact = Fact::from_json(&envelope.kind, envelope.data.get())
            .map_err(|fault| EvidenceFault::Data { kind: envelope.kind.clone(), fault })?;
        Ok(Self {
            id: envelope.id,
            person: envelope.person,
            happened_at: envelope.happened_at,
            recorded_at: envelope.recorded_at,
            source: envelope.source,
            fact,
        })
    }

    /// Writes the JSON object that [`Evidence::from_json`] reads, times in UTC.
    pub fn to_json(&self) -> String {
        let out = EnvelopeOut {
            id: &self.id,
            person: &self.person,
            kind: self.fact.kind(),
            happened_at: self.happened_at,
            recorded_at: self.recorded_at,
            source: self.source,
            data: self.fact.to_raw(),
        };
        // Cannot fail: every field is a string or JSON already.
        serde_json::to_string(&out).unwrap_or_default()
    }
}
