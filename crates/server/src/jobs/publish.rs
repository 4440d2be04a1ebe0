//! Publishes the changes that time alone has brought. They are true for every reader at their instant anyway, since a
//! read past it decides again; this tells pages and other servers.

use crate::app::App;
use crate::problem::{Answer, Problem};
use crate::recording::redecide;
use healthcode_core::ids::PersonId;
use healthcode_core::time::Instant;
use healthcode_store::{Act, Tx, decisions};

/// People decided anew in one act: rows of several tables each, well under 5,000.
pub(crate) const BATCH: i64 = 500;

pub(crate) struct RedecideMany {
    pub app: App,
    pub people: Vec<PersonId>,
    pub at: Instant,
}

impl Act for RedecideMany {
    type Out = Vec<PersonId>;
    type Fault = Problem;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Vec<PersonId>> {
        let mut changed = Vec::new();
        for person in &self.people {
            tx.lock_person(person.as_str()).await?;
            match redecide(&self.app, tx, person, self.at).await {
                Ok(true) => changed.push(person.clone()),
                Ok(false) => {}
                // One life that does not read back must not keep everyone else waiting; `store check` names it.
                Err(problem) => {
                    tracing::error!(%person, code = problem.code().word(), "could not be decided anew")
                }
            }
        }
        Ok(changed)
    }
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
