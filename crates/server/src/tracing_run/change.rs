//! What becomes of one contact of a case: the evidence that makes what stands about her equal to what is wanted.

use crate::app::App;
use crate::clock::hex;
use crate::problem::{Answer, Code, Problem};
use healthcode_core::evidence::{Evidence, Source};
use healthcode_core::fact::{Correction, Exposure, ExposureGrade, Fact, RawData, Withdrawal};
use healthcode_core::ids::{EvidenceId, IdFault, PersonId, PointId};
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

/// A case and one of her contacts, at the instant at which they are traced.
#[derive(Clone, Copy)]
pub struct Pair<'a> {
    /// The server.
    pub app: &'a App,
    /// The case.
    pub case: &'a PersonId,
    /// The contact.
    pub contact: &'a PersonId,
    /// When.
    pub at: Instant,
}

impl Pair<'_> {
    /// Evidence about the contact. Its id follows from what made it: case, contact, place, whom of the close contacts she
    /// met, how often it was made anew, and of a correction its instant and content. So the same is never added twice.
    fn evidence(&self, of: &KeptExposure, fact: Fact, happened_at: Instant) -> Answer<Evidence> {
        let via = of.via.as_ref().map_or("", PersonId::as_str);
        let said = match &fact {
            Fact::Exposure(_) => String::new(),
            Fact::Correction(correction) => format!("{}\0{}", self.at.micros(), correction.data.0.get()),
            _ => "withdrawn".to_owned(),
        };
        let made_of = [self.case.as_str(), self.contact.as_str(), of.point.as_str(), via];
        let made_of = format!("{}\0{}\0{said}", made_of.join("\0"), of.generation);
        let name = hex(&self.app.store.seal().find("exposure", &made_of)[..16]);
        let id: Result<_, IdFault> = EvidenceId::new(name);
        let id = id.map_err(|_| Problem::new(Code::Internal))?;
        let person = self.contact.clone();
        Ok(Evidence { id, person, happened_at, recorded_at: self.at, source: Source::Trace, fact })
    }
}

/// Compares what is wanted about a contact with what is kept.
pub fn changes(pair: Pair<'_>, wanted: &[Wanted], kept: Vec<KeptExposure>) -> Answer<Changes> {
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
        let (mut after, evidence) = stand(pair, wanted, before, fact)?;
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
        changes.evidence.push(pair.evidence(&gone, fact, pair.at)?);
        changes.kept.push(gone);
    }
    Ok(changes)
}

/// The exposure as it stands from now on, with the evidence that says so: a new one, or a correction.
fn stand(
    pair: Pair<'_>,
    wanted: &Wanted,
    before: Option<KeptExposure>,
    fact: Fact,
) -> Answer<(KeptExposure, Evidence)> {
    let data = fact.to_data();
    if let Some(before) = before.clone()
        && let Some(of) = before.evidence.clone()
    {
        let raw = RawValue::from_string(data.clone()).map_err(|_| Problem::new(Code::Internal))?;
        let fact = Fact::Correction(Correction { of, data: RawData(raw) });
        let evidence = pair.evidence(&before, fact, pair.at)?;
        return Ok((KeptExposure { data, ..before }, evidence));
    }
    let generation = before.map_or(1, |before| before.generation + 1);
    let kept = KeptExposure {
        contact: wanted.contact.clone(),
        point: wanted.point.clone(),
        via: wanted.via.clone(),
        generation,
        evidence: None,
        data,
    };
    let evidence = pair.evidence(&kept, fact, wanted.exposure.last_at.min(pair.at))?;
    Ok((kept, evidence))
}
