//! What a tracing run found is stored: exposures as evidence, advice, crowded places. What lets people go is always stored;
//! what would expose more people than one officer may is held until a second one approves.

use crate::app::App;
use crate::problem::{Answer, Code, Problem};
use crate::recording::record;
use crate::retention::{self, forget_on};
use crate::tracing_run::advise::{advise, message};
use crate::tracing_run::change::{Changes, Pair, Wanted, changes};
use crate::tracing_run::crowded;
use crate::tracing_run::found::Found;
use crate::tracing_run::preview::{Plan, Preview};
use crate::tracing_run::window::Located;
use healthcode_core::ids::PersonId;
use healthcode_core::time::Instant;
use healthcode_store::exposures;
use healthcode_store::tracing_runs::{self, Run, RunState};
use healthcode_store::{Act, Conn, Tx};
use healthcode_trace::Policy;
use std::collections::{BTreeMap, BTreeSet};

/// Contacts in one act.
const CONTACTS: usize = 100;

/// How many people a case may expose: as many as one officer may, or as a second one let pass and a tenth more, so that a
/// late scan does not ask again.
pub async fn allowed(app: &App, conn: &mut Conn, case: &PersonId) -> Answer<usize> {
    let approved = usize::try_from(tracing_runs::allowed(conn, case).await?).unwrap_or(0);
    Ok((app.config.second_officer_above as usize).max(approved + approved / 10))
}

/// Compares what was found with what is kept.
pub async fn plan(
    app: &App,
    conn: &mut Conn,
    case: &PersonId,
    wanted: &[Wanted],
    at: Instant,
) -> Answer<Plan> {
    let kept = exposures::of_case(conn, case).await?;
    let mut by_contact: BTreeMap<&PersonId, (Vec<Wanted>, Vec<_>)> = BTreeMap::new();
    for wanted in wanted {
        by_contact.entry(&wanted.contact).or_default().0.push(wanted.clone());
    }
    for kept in &kept {
        by_contact.entry(&kept.contact).or_default().1.push(kept.clone());
    }
    let mut plan = BTreeMap::new();
    for (contact, (wanted, kept)) in by_contact {
        let found = changes(Pair { app, case, contact, at }, &wanted, kept)?;
        if !found.evidence.is_empty() {
            plan.insert(contact.clone(), found);
        }
    }
    Ok(Plan { kept, changes: plan })
}

/// Stores what a run found about a case.
pub async fn settle(
    app: &App,
    case: &PersonId,
    policy: &Policy,
    located: Option<&Located>,
    found: Found,
    allowed: usize,
) -> Answer<()> {
    let at = app.clock.now();
    let (plan, preview) = {
        let mut conn = app.store.reader().await?;
        let plan = plan(app, &mut conn, case, &found.wanted, at).await?;
        let preview = plan.preview(app, &mut conn, at).await?;
        (plan, preview)
    };
    let (before, after) = plan.coloured();
    let is_held = located.is_some() && after.len() > allowed && after.difference(&before).next().is_some();
    // Of a run that is held, whoever stands already is settled, and nobody else is touched.
    let held: BTreeSet<PersonId> = match is_held {
        true => after.difference(&before).map(|person| (*person).clone()).collect(),
        false => BTreeSet::new(),
    };
    let mut by_contact: BTreeMap<PersonId, Vec<Wanted>> = BTreeMap::new();
    for wanted in found.wanted {
        by_contact.entry(wanted.contact.clone()).or_default().push(wanted);
    }
    let state = if is_held { RunState::Waiting } else { RunState::Applied };
    let note =
        NoteRun { app: app.clone(), case: case.clone(), policy: policy.name.clone(), state, preview, at };
    let is_new = !plan.changes.is_empty();
    // A run that waits is told before anything of it is stored.
    if is_held {
        app.store.write(note.clone()).await?;
    }
    let people: Vec<PersonId> =
        plan.changes.keys().filter(|person| !held.contains(*person)).cloned().collect();
    for some in people.chunks(CONTACTS) {
        let wanted = some.iter().map(|c| (c.clone(), by_contact.remove(c).unwrap_or_default())).collect();
        let change = Settle { app: app.clone(), case: case.clone(), wanted, at: app.clock.now() };
        let changed = app.store.write(change).await?;
        changed.iter().for_each(|person| app.changed(person));
    }
    if !is_held {
        let waits = tracing_runs::waiting_of(&mut *app.store.reader().await?, case).await?.is_some();
        if is_new || waits {
            app.store.write(note).await?;
        }
    }
    advise(app, case, found.advice).await?;
    crowded::keep(app, case, found.crowded).await
}

/// Keeps what a run found, unless the same is said already.
#[derive(Clone)]
struct NoteRun {
    app: App,
    case: PersonId,
    policy: String,
    state: RunState,
    preview: Preview,
    at: Instant,
}

impl Act for NoteRun {
    type Out = ();
    type Fault = Problem;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<()> {
        let preview = serde_json::to_string(&self.preview).map_err(|_| Problem::new(Code::Internal))?;
        let last = tracing_runs::of_case(tx.conn().await?, &self.case, 1).await?.pop();
        let is_said = last.as_ref().is_some_and(|last| {
            let same = last.preview == preview && last.definition == self.policy;
            // What was refused stays refused until something else is found.
            same && (last.state == self.state || last.state == RunState::Refused)
        });
        if is_said && self.state == RunState::Waiting {
            return Ok(());
        }
        tx.later(tracing_runs::overtake(&self.case)).await?;
        let is_nothing = self.state == RunState::Applied
            && (self.preview.newly, self.preview.no_longer, self.preview.decided) == (0, 0, 0);
        if is_nothing {
            return Ok(());
        }
        let run = Run {
            person: self.case.clone(),
            at: self.at,
            id: self.app.clock.name_at(self.at),
            state: self.state,
            definition: self.policy.clone(),
            people: i64::from(self.preview.contacts + self.preview.second_ring),
            preview,
            settled: None,
        };
        Ok(tx.later(tracing_runs::add(&run, forget_on(self.at, retention::PERSON))).await?)
    }
}

/// Makes what stands about some contacts of a case equal to what is wanted.
struct Settle {
    app: App,
    case: PersonId,
    wanted: Vec<(PersonId, Vec<Wanted>)>,
    at: Instant,
}

impl Act for Settle {
    type Out = Vec<PersonId>;
    type Fault = Problem;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Vec<PersonId>> {
        let mut changed = Vec::new();
        for (contact, wanted) in &self.wanted {
            tx.lock_person(contact.as_str()).await?;
            if self.settle_one(tx, contact, wanted).await? {
                changed.push(contact.clone());
            }
        }
        Ok(changed)
    }
}

impl Settle {
    async fn settle_one(&self, tx: &mut Tx<'_>, contact: &PersonId, wanted: &[Wanted]) -> Answer<bool> {
        let kept = exposures::between(tx.conn().await?, &self.case, contact).await?;
        let pair = Pair { app: &self.app, case: &self.case, contact, at: self.at };
        let Changes { evidence, kept, is_advice } = changes(pair, wanted, kept)?;
        let forget = forget_on(self.at, retention::PERSON);
        for kept in &kept {
            exposures::put(tx.conn().await?, &self.case, kept, forget).await?;
        }
        if is_advice {
            tx.later(message(&self.app, &[contact], self.at)).await?;
        }
        let evidence: Vec<_> = evidence.iter().collect();
        record(&self.app, tx, &evidence, "reconcile").await
    }
}
