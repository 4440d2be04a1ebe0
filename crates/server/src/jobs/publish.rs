//! Publishes the changes that time alone has brought. They are true for every reader at their instant anyway, since a
//! read past it decides again; this tells pages and other servers.

use crate::app::App;
use crate::problem::{Answer, Problem};
use crate::recording::redecide;
use crate::rules_in_force::{decide_on, scheme};
use healthcode_core::ids::PersonId;
use healthcode_core::life::Life;
use healthcode_core::time::Instant;
use healthcode_store::{Act, StoreFault, Tx, decisions, evidence};

/// People decided anew in one act: rows of several tables each, well under 5,000.
pub(crate) const BATCH: i64 = 500;
/// People whose records are read at once.
const AT_ONCE: usize = 100;

pub(crate) struct RedecideMany {
    pub app: App,
    pub people: Vec<PersonId>,
    pub at: Instant,
}

impl Act for RedecideMany {
    type Out = Vec<PersonId>;
    type Fault = Problem;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Vec<PersonId>> {
        let (app, at) = (&self.app, self.at);
        let published = app.published();
        let mut changed = Vec::new();
        for some in self.people.chunks(AT_ONCE) {
            tx.lock_people(&some.iter().map(PersonId::as_str).collect::<Vec<_>>()).await?;
            let recorded = evidence::of_people(tx.conn().await?, some).await;
            let recorded = match recorded {
                Ok(recorded) => recorded,
                // One life that does not read back must not keep everyone else waiting; `store check` names it.
                Err(StoreFault::Damaged { .. }) => {
                    changed.extend(one_by_one(app, tx, some, at).await?);
                    continue;
                }
                Err(fault) => return Err(fault.into()),
            };
            let mut decided = decisions::of_people(tx.conn().await?, some, &scheme()).await?;
            for (person, evidence) in recorded {
                let Ok(life) = Life::new(evidence) else {
                    tracing::error!(%person, "the evidence makes no life; could not be decided anew");
                    continue;
                };
                let (old, notice) = (decided.remove(&person), app.clock.name_at(at));
                if decide_on(tx, &published.rules, &person, (&life, old), at, &notice).await? {
                    changed.push(person);
                }
            }
        }
        Ok(changed)
    }
}

/// The same person by person, past those whose records do not read back.
async fn one_by_one(app: &App, tx: &mut Tx<'_>, people: &[PersonId], at: Instant) -> Answer<Vec<PersonId>> {
    let mut changed = Vec::new();
    for person in people {
        match redecide(app, tx, person, at).await {
            Ok(true) => changed.push(person.clone()),
            Ok(false) => {}
            Err(problem) => {
                tracing::error!(%person, code = problem.code().word(), "could not be decided anew")
            }
        }
    }
    Ok(changed)
}

/// Decides anew about everyone whose decision is due to change.
pub async fn publish(app: &App) -> Answer<()> {
    loop {
        let at = app.clock.now();
        let people = decisions::due(&mut *app.store.reader().await?, at, BATCH).await?;
        if people.is_empty() {
            return Ok(());
        }
        let changed = app.store.write(RedecideMany { app: app.clone(), people, at }).await?;
        changed.iter().for_each(|person| app.changed(person));
        if changed.is_empty() {
            // Nothing that is due changed anything: asking again would find the same.
            tracing::error!("decisions stay due though they were made again");
            return Ok(());
        }
    }
}
