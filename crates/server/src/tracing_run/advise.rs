//! Advice: somebody is told of a place where a case was, without any effect on the code.

use crate::app::App;
use crate::problem::{Answer, Problem};
use crate::retention::{self, forget_on};
use healthcode_core::ids::PersonId;
use healthcode_core::time::Instant;
use healthcode_store::advice::{self, Advice};
use healthcode_store::{Act, Statement, Tx, notices};
use std::collections::BTreeMap;

/// People told in one act.
const PEOPLE: usize = 100;

/// The message to those who wish one.
pub fn message(app: &App, people: &[&PersonId], at: Instant) -> Statement {
    notices::tell(&app.clock.name_at(at), people, at, forget_on(at, retention::MESSAGE))
}

/// Makes the advice that a case led to equal to what is wanted.
pub async fn advise(app: &App, case: &PersonId, wanted: Vec<Advice>) -> Answer<()> {
    let kept = advice::of_case(&mut *app.store.reader().await?, case).await?;
    let by_place = |all: Vec<Advice>| -> BTreeMap<_, _> {
        all.into_iter().map(|one| ((one.person.clone(), one.point.clone()), one)).collect()
    };
    let (kept, wanted) = (by_place(kept), by_place(wanted));
    let give: Vec<_> =
        wanted.iter().filter(|(key, one)| kept.get(*key) != Some(*one)).map(|(_, one)| one.clone()).collect();
    let take: Vec<_> =
        kept.iter().filter(|(key, _)| !wanted.contains_key(*key)).map(|(_, one)| one.clone()).collect();
    for some in give.chunks(PEOPLE) {
        let (give, case) = (some.to_vec(), case.clone());
        app.store
            .write(Advise { app: app.clone(), case, give, take: Vec::new(), at: app.clock.now() })
            .await?;
    }
    for some in take.chunks(PEOPLE) {
        let (take, case) = (some.to_vec(), case.clone());
        app.store
            .write(Advise { app: app.clone(), case, give: Vec::new(), take, at: app.clock.now() })
            .await?;
    }
    Ok(())
}

struct Advise {
    app: App,
    case: PersonId,
    give: Vec<Advice>,
    take: Vec<Advice>,
    at: Instant,
}

impl Act for Advise {
    type Out = ();
    type Fault = Problem;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<()> {
        for old in &self.take {
            tx.later(advice::take_back(old, &self.case)).await?;
        }
        let forget = forget_on(self.at, retention::VISIT);
        for new in &self.give {
            tx.later(advice::give(new, &self.case, self.at, forget)).await?;
        }
        let told: Vec<_> = self.give.iter().map(|advice| &advice.person).collect();
        match told.is_empty() {
            true => Ok(()),
            false => Ok(tx.later(message(&self.app, &told, self.at)).await?),
        }
    }
}
