//! Recording evidence: the few lines that every act which adds some has in common.

use crate::app::App;
use crate::problem::{Answer, Problem};
use crate::retention;
use crate::rules_in_force::{decide_and_keep, decide_on};
use healthcode_core::evidence::{Evidence, Source};
use healthcode_core::fact::Fact;
use healthcode_core::ids::{EvidenceId, IdFault, PersonId};
use healthcode_core::life::Life;
use healthcode_core::time::{Instant, Shown};
use healthcode_store::{Tx, evidence, people};
use serde::{Deserialize, Serialize};

/// The answer to whoever added evidence.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct Recorded {
    /// The evidence.
    pub evidence: String,
    /// When it was recorded.
    pub recorded_at: String,
}

impl Recorded {
    /// What was recorded, with its time in the zone in force.
    pub fn of(app: &App, evidence: &Evidence) -> Self {
        Self { evidence: evidence.id.to_string(), recorded_at: show(app, evidence.recorded_at).to_string() }
    }
}

/// A time in the zone in force.
pub fn show(app: &App, at: Instant) -> Shown {
    app.published().rules.zone(at).show(at)
}

/// New evidence, recorded at `at`.
pub fn new_evidence(
    app: &App,
    person: &PersonId,
    source: Source,
    fact: Fact,
    happened_at: Instant,
    at: Instant,
) -> Answer<Evidence> {
    let id: Result<_, IdFault> = EvidenceId::new(app.clock.name_at(at));
    let id = id.map_err(|_| Problem::new(crate::problem::Code::Internal))?;
    Ok(Evidence { id, person: person.clone(), happened_at, recorded_at: at, source, fact })
}

/// Stores the first evidence of a person who was added with it in this act, and decides; `true` when anything is shown.
pub async fn record_first(app: &App, tx: &mut Tx<'_>, new: &[&Evidence], by: &str) -> Answer<bool> {
    let Some(first) = new.first() else { return Ok(false) };
    let (person, at) = (&first.person, first.recorded_at);
    for evidence in new {
        tx.later(evidence::row(evidence, by, retention::forget_on(at, retention::PERSON))).await?;
    }
    let life = Life::new(new.iter().map(|evidence| (*evidence).clone()).collect());
    let life = life.map_err(|_| Problem::new(crate::problem::Code::Internal))?;
    let (published, notice) = (app.published(), app.clock.name_at(at));
    Ok(decide_on(tx, &published.rules, person, (&life, None), at, &notice).await?)
}

/// Stores evidence and decides anew; `true` when anything that is shown changed.
pub async fn record(app: &App, tx: &mut Tx<'_>, new: &[&Evidence], by: &str) -> Answer<bool> {
    let Some(first) = new.first() else { return Ok(false) };
    let (person, at) = (&first.person, first.recorded_at);
    tx.lock_person(person.as_str()).await?;
    evidence::add(tx, person, new, by, retention::forget_on(at, retention::PERSON)).await?;
    people::keep_until(tx.conn().await?, person, retention::forget_on(at, retention::PERSON)).await?;
    redecide(app, tx, person, at).await
}

/// Decides anew; `true` when anything that is shown changed.
pub async fn redecide(app: &App, tx: &mut Tx<'_>, person: &PersonId, at: Instant) -> Answer<bool> {
    let published = app.published();
    Ok(decide_and_keep(tx, &published.rules, person, at, &app.clock.name_at(at)).await?)
}
