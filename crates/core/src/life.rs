//! A life: all the evidence of one person, checked and in order, with its corrections and withdrawals beside it.

use crate::evidence::Evidence;
use crate::fact::{CaseStatus, Fact, FactFault};
use crate::ids::{EvidenceId, PersonId};
use crate::time::Instant;

/// All the evidence of one person. Only evidence that fits together gets in.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Life {
    /// Everything but corrections and withdrawals, by (`happened_at`, id).
    originals: Vec<Evidence>,
    /// Corrections and withdrawals, by (`recorded_at`, id).
    amendments: Vec<Amendment>,
}

/// A correction or withdrawal beside the original it is about.
#[derive(Clone, PartialEq, Debug)]
pub struct Amendment {
    /// Position of the original among [`Life::originals`].
    pub(crate) original: usize,
    /// The evidence as it was recorded.
    pub evidence: Evidence,
    /// The original's new content, or `None` when it is withdrawn.
    pub(crate) replacement: Option<Fact>,
}

/// Why pieces of evidence do not make a life.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LifeFault {
    /// One id, two contents.
    #[error("evidence {id}: the same id with other content; an id is used once, changes are corrections")]
    Conflict {
        /// The id used twice.
        id: EvidenceId,
    },
    /// An amendment or audit of something that is not there.
    #[error("evidence {id}: `of` names {of}, which is no original evidence of the same person")]
    NoOriginal {
        /// The amendment.
        id: EvidenceId,
        /// What it names.
        of: EvidenceId,
    },
    /// A correction whose data does not fit its original's kind.
    #[error("evidence {id}: corrected data of kind {kind}: {fault}")]
    Data {
        /// The correction.
        id: EvidenceId,
        /// Kind of the original.
        kind: &'static str,
        /// What is wrong.
        fault: FactFault,
    },
    /// Evidence of two people.
    #[error("evidence {id} is about {person}, not about the same person as the rest")]
    OtherPerson {
        /// The stranger.
        id: EvidenceId,
        /// Whom it is about.
        person: PersonId,
    },
}

impl LifeFault {
    /// The evidence at fault.
    pub fn evidence(&self) -> &EvidenceId {
        match self {
            Self::Conflict { id }
            | Self::NoOriginal { id, .. }
            | Self::Data { id, .. }
            | Self::OtherPerson { id, .. } => id,
        }
    }
}

impl Life {
    /// Puts the evidence of one person in order, whatever order it comes in. The same id with the same content is one
    /// record; with other content it is refused.
    pub fn new(evidence: Vec<Evidence>) -> Result<Self, LifeFault> {
        let mut originals = without_repeats(evidence)?;
        let amending: Vec<_> = originals.extract_if(.., |e| e.fact.is_amendment()).collect();
        // Most come in order, and moving them about costs more than looking.
        let in_order = |a: &Evidence, b: &Evidence| (a.happened_at, &a.id).cmp(&(b.happened_at, &b.id));
        if !originals.is_sorted_by(|a, b| in_order(a, b).is_le()) {
            originals.sort_unstable_by(in_order);
        }
        for audit in originals.iter().filter(|e| matches!(e.fact, Fact::Audit(_))) {
            original_of(&originals, audit)?;
        }
        let mut amendments = Vec::with_capacity(amending.len());
        for evidence in amending {
            let original = original_of(&originals, &evidence)?;
            let replacement = match &evidence.fact {
                Fact::Correction(correction) => {
                    Some(corrected(&originals[original], &evidence, &correction.data)?)
                }
                _ => None,
            };
            amendments.push(Amendment { original, evidence, replacement });
        }
        amendments.sort_by(|a, b| {
            (a.evidence.recorded_at, &a.evidence.id).cmp(&(b.evidence.recorded_at, &b.evidence.id))
        });
        Ok(Self { originals, amendments })
    }

    /// Whom the evidence is about; `None` when there is none.
    pub fn person(&self) -> Option<&PersonId> {
        self.originals.first().map(|e| &e.person)
    }

    /// Everything but corrections and withdrawals, by (`happened_at`, id), as first recorded.
    pub fn originals(&self) -> &[Evidence] {
        &self.originals
    }

    /// Corrections and withdrawals, by (`recorded_at`, id).
    pub fn amendments(&self) -> &[Amendment] {
        &self.amendments
    }

    /// Every instant at which something was recorded, ascending, without repeats.
    pub fn recordings(&self) -> Vec<Instant> {
        let amendments = self.amendments.iter().map(|a| a.evidence.recorded_at);
        let mut at: Vec<_> = self.originals.iter().map(|e| e.recorded_at).chain(amendments).collect();
        at.sort_unstable();
        at.dedup();
        at
    }

    /// Where the person stands as a case, as known at `at`; `None` for who never was one, or was excluded.
    pub fn case_at(&self, at: Instant) -> Option<CaseStanding> {
        let mut standing: Option<CaseStanding> = None;
        for known in self.known_at(at) {
            let Fact::CaseReport(report) = known.fact else { continue };
            let since = known.evidence.happened_at;
            standing = match (standing, report.status) {
                (_, CaseStatus::Excluded) => None,
                (Some(before), status) => {
                    Some(CaseStanding { status, onset_at: report.onset_at.or(before.onset_at), ..before })
                }
                (None, status) => Some(CaseStanding { status, since, onset_at: report.onset_at }),
            };
        }
        standing
    }

    /// The evidence in force at `at`, each with its latest content and whether it was withdrawn; for people to read.
    pub fn facts_at(&self, at: Instant) -> Vec<(&Evidence, &Fact, bool)> {
        let known = self.known_at(at);
        let recorded = self.originals.iter().enumerate().filter(|(_, e)| e.recorded_at <= at);
        let in_force = |index: usize| known.iter().find(|k| k.index as usize == index);
        recorded
            .map(|(index, e)| (e, in_force(index).map_or(&e.fact, |k| k.fact), in_force(index).is_none()))
            .collect()
    }

    /// What was known at `at`: originals recorded by then and not withdrawn by then, each with its latest correction.
    pub(crate) fn known_at(&self, at: Instant) -> Vec<Known<'_>> {
        let mut known = Vec::with_capacity(self.originals.len());
        for (index, evidence) in self.originals.iter().enumerate() {
            if evidence.recorded_at <= at {
                let recorded_at = evidence.recorded_at;
                known.push(Known { index: index as u32, evidence, fact: &evidence.fact, recorded_at });
            }
        }
        if !self.amendments.is_empty() {
            self.amend(&mut known, at);
        }
        known
    }

    fn amend<'a>(&'a self, known: &mut Vec<Known<'a>>, at: Instant) {
        known.retain_mut(|k| {
            let mine = self.amendments.iter().filter(|a| a.original == k.index as usize);
            for amendment in mine.filter(|a| a.evidence.recorded_at <= at) {
                match &amendment.replacement {
                    None => return false,
                    Some(fact) => {
                        k.fact = fact;
                        k.recorded_at = k.recorded_at.max(amendment.evidence.recorded_at);
                    }
                }
            }
            true
        });
    }
}

/// Where a person stands as a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CaseStanding {
    /// The latest status; never `excluded`.
    pub status: CaseStatus,
    /// When the person was first reported as a case, after the last exclusion.
    pub since: Instant,
    /// When symptoms began, where reported.
    pub onset_at: Option<Instant>,
}

/// A piece of evidence as it was known at some instant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    /// Position among the originals.
    pub index: u32,
    /// As first recorded.
    pub evidence: &'a Evidence,
    /// The content then in force.
    pub fact: &'a Fact,
    /// When the content then in force was recorded.
    pub recorded_at: Instant,
}

fn without_repeats(mut evidence: Vec<Evidence>) -> Result<Vec<Evidence>, LifeFault> {
    if let Some(first) = evidence.first().map(|e| e.person.clone())
        && let Some(other) = evidence.iter().find(|e| e.person != first)
    {
        return Err(LifeFault::OtherPerson { id: other.id.clone(), person: other.person.clone() });
    }
    let mut ids: Vec<&EvidenceId> = evidence.iter().map(|e| &e.id).collect();
    ids.sort_unstable();
    if ids.windows(2).all(|pair| pair[0] != pair[1]) {
        return Ok(evidence);
    }
    evidence.sort_by(|a, b| a.id.cmp(&b.id));
    if let Some(pair) = evidence.windows(2).find(|pair| pair[0].id == pair[1].id && pair[0] != pair[1]) {
        return Err(LifeFault::Conflict { id: pair[0].id.clone() });
    }
    evidence.dedup_by(|a, b| a.id == b.id);
    Ok(evidence)
}

fn original_of(originals: &[Evidence], evidence: &Evidence) -> Result<usize, LifeFault> {
    let of = evidence.fact.of();
    let found = originals.iter().position(|o| Some(&o.id) == of && o.id != evidence.id);
    found.ok_or_else(|| LifeFault::NoOriginal {
        id: evidence.id.clone(),
        of: of.unwrap_or(&evidence.id).clone(),
    })
}

fn corrected(
    original: &Evidence,
    correction: &Evidence,
    data: &crate::fact::RawData,
) -> Result<Fact, LifeFault> {
    let kind = original.fact.kind();
    Fact::from_json(kind, data.0.get()).map_err(|fault| LifeFault::Data {
        id: correction.id.clone(),
        kind,
        fault,
    })
}
