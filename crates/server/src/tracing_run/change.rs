//! What becomes of one contact of a case: the evidence that makes what stands about her equal to what is wanted.

use crate::app::App;
use crate::problem::{Answer, Code, Problem};
use crate::recording::new_evidence;
use healthcode_core::evidence::{Evidence, Source};
use healthcode_core::fact::{Correction, Exposure, ExposureGrade, Fact, RawData, Withdrawal};
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::time::Instant;
use healthcode_store::exposures::KeptExposure;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// An exposure that a case calls for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Who was exposed.
    pub contact: PersonId,
    /// Where.
    pub point: PointId,
    /// The close contact who was met; `None` where it was the case.
    pub via: Option<PersonId>,
    /// What the evidence says.
    pub exposure: Exposure,
}

impl Wanted {
    /// Whether it proves nothing, and so can make a message and never a colour.
    pub fn is_poster(&self) -> bool {
        self.exposure.grade == ExposureGrade::Poster
    }
}

/// Whether an exposure that is kept proves nothing.
pub fn is_poster(kept: &KeptExposure) -> bool {
    #[derive(Deserialize)]
    struct Graded {
        grade: ExposureGrade,
    }
    serde_json::from_str::<Graded>(&kept.data).is_ok_and(|graded| graded.grade == ExposureGrade::Poster)
}

/// What is to be recorded about a contact, and what the books say from then on.
#[derive(Default)]
pub struct Changes {
    /// Evidence to add.
    pub evidence: Vec<Evidence>,
    /// The exposures that stand, or stand no more.
    pub kept: Vec<KeptExposure>,
    /// Whether something is said of a place for the first time that proves nothing: the person is sent a message.
    pub is_advice: bool,
}

/// Compares what is wanted about a contact with what is kept.
pub fn changes(
    app: &App,
    contact: &PersonId,
    wanted: &[Wanted],
    kept: Vec<KeptExposure>,
    at: Instant,
) -> Answer<Changes> {
    let key = |point: &PointId, via: &Option<PersonId>| (point.clone(), via.clone());
    let mut kept: BTreeMap<_, _> = kept.into_iter().map(|kept| (key(&kept.point, &kept.via), kept)).collect();
    let mut changes = Changes::default();
    for wanted in wanted {
        let fact = Fact::Exposure(wanted.exposure.clone());
        let before = kept.remove(&key(&wanted.point, &wanted.via));
        if before.as_ref().is_some_and(|kept| kept.evidence.is_some() && kept.data == fact.to_data()) {
            continue;
        }
        changes.is_advice |= wanted.is_poster() && before.as_ref().is_none_or(|kept| kept.evidence.is_none());
        let (mut after, evidence) = stand(app, wanted, before, fact, at)?;
        if after.evidence.is_none() {
            after.evidence = Some(evidence.id.clone());
        }
        changes.evidence.push(evidence);
        changes.kept.push(after);
    }
    for mut gone in kept.into_values() {
        let Some(of) = gone.evidence.take() else { continue };
        let reason = "neither the cases nor the visits of record call for it any more".to_owned();
        let fact = Fact::Withdrawal(Withdrawal { of, reason });
        changes.evidence.push(new_evidence(app, contact, Source::Trace, fact, at, at)?);
        changes.kept.push(gone);
    }
    Ok(changes)
}

/// The exposure as it stands from now on, with the evidence that says so: a new one, or a correction.
fn stand(
    app: &App,
    wanted: &Wanted,
    before: Option<KeptExposure>,
    fact: Fact,
    at: Instant,
) -> Answer<(KeptExposure, Evidence)> {
    let data = fact.to_data();
    if let Some(before) = before.clone()
        && let Some(of) = before.evidence.clone()
    {
        let raw = RawValue::from_string(data.clone()).map_err(|_| Problem::new(Code::Internal))?;
        let fact = Fact::Correction(Correction { of, data: RawData(raw) });
        let evidence = new_evidence(app, &wanted.contact, Source::Trace, fact, at, at)?;
        return Ok((KeptExposure { data, ..before }, evidence));
    }
    let generation = before.map_or(1, |before| before.generation + 1);
    let happened_at = wanted.exposure.last_at.min(at);
    let evidence = new_evidence(app, &wanted.contact, Source::Trace, fact, happened_at, at)?;
    let kept = KeptExposure {
        contact: wanted.contact.clone(),
        point: wanted.point.clone(),
        via: wanted.via.clone(),
        generation,
        evidence: None,
        data,
    };
    Ok((kept, evidence))
}
