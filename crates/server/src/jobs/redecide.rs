//! Deciding anew about many people, as when an edition takes effect or a midnight makes many decisions due: read and
//! decided beside the writer, and written in acts of a few hundred.

use crate::app::App;
use crate::problem::{Answer, Problem};
use crate::recording::redecide;
use crate::rules_in_force::{Anew, decide_anew, keep_all, scheme};
use healthcode_core::ids::PersonId;
use healthcode_core::time::Instant;
use healthcode_store::lives::Packed;
use healthcode_store::{Act, Tx, decisions, lives};
use std::future::Future;

/// People decided anew in one act: a row in each of two tables, and some 20 ms of the writer. Twice as many were no quicker
/// beyond the noise, and keep other acts waiting twice as long.
const ACT: usize = 500;
/// People named at once; they are written in two acts at a time, for PostgreSQL has several writers.
pub(crate) const BATCH: i64 = 2 * ACT as i64;
/// People whose records are read at once.
const AT_ONCE: usize = 100;

/// What has to be written about some people.
struct Prepared {
    app: App,
    at: Instant,
    /// Decisions that differ, each with the length of the life that it was made from.
    anew: Vec<(Anew, i64)>,
    /// People whose life is to be made again or does not read back; one of them must not keep the others waiting.
    one_by_one: Vec<PersonId>,
}

async fn prepare(app: &App, people: Vec<PersonId>, at: Instant) -> Answer<Prepared> {
    let published = app.published();
    let mut prepared = Prepared { app: app.clone(), at, anew: Vec::new(), one_by_one: Vec::new() };
    let mut conn = app.store.reader().await?;
    for some in people.chunks(AT_ONCE) {
        let packed = lives::of_people(&mut conn, some).await?;
        let mut decided = decisions::of_people(&mut conn, some, &scheme()).await?;
        for Packed { person, life, .. } in packed {
            let Some((life, length)) =
                life.and_then(|bytes| Some((lives::unpack(&person, &bytes).ok()?, bytes.len() as i64)))
            else {
                prepared.one_by_one.push(person);
                continue;
            };
            let old = decided.remove(&person);
            prepared
                .anew
                .extend(decide_anew(&published.rules, &life, &person, old, at).map(|anew| (anew, length)));
        }
    }
    Ok(prepared)
}

impl Act for Prepared {
    type Out = Vec<PersonId>;
    type Fault = Problem;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Vec<PersonId>> {
        let mut changed = Vec::new();
        for some in self.anew.chunks(AT_ONCE) {
            let people: Vec<_> = some.iter().map(|(anew, _)| anew.person.clone()).collect();
            tx.lock_people(&people.iter().map(PersonId::as_str).collect::<Vec<_>>()).await?;
            // Evidence is only added: a life as long as before is the same as before.
            let lengths = lives::lengths_of(tx.conn().await?, &people).await?;
            let (same, others): (Vec<_>, Vec<_>) =
                some.iter().partition(|(anew, length)| lengths.get(&anew.person) == Some(&Some(*length)));
            let same: Vec<_> = same.into_iter().map(|(anew, _)| anew).collect();
            keep_all(tx, &same, || self.app.clock.name_at(self.at)).await?;
            changed.extend(same.iter().map(|anew| anew.person.clone()));
            for (anew, _) in others {
                if redecide(&self.app, tx, &anew.person, self.at).await? {
                    changed.push(anew.person.clone());
                }
            }
        }
        for person in &self.one_by_one {
            tx.lock_person(person.as_str()).await?;
            match redecide(&self.app, tx, person, self.at).await {
                Ok(true) => changed.push(person.clone()),
                Ok(false) => {}
                Err(problem) => {
                    tracing::error!(%person, code = problem.code().word(), "could not be decided anew")
                }
            }
        }
        Ok(changed)
    }
}

/// Names people, a batch at a time.
pub(crate) trait Batches: Send {
    /// The next batch; empty when there is none.
    fn next(&mut self, app: &App) -> impl Future<Output = Answer<Vec<PersonId>>> + Send;
}

/// Decides anew about everyone who is named. The next batch is read while the last one is written.
pub(crate) async fn redecide_many(app: &App, mut batches: impl Batches) -> Answer<()> {
    let mut people = batches.next(app).await?;
    let mut ready = prepare(app, people.clone(), app.clock.now()).await?;
    while !people.is_empty() {
        let (changed, following) = tokio::join!(write(app, ready), read(app, &mut batches));
        changed?.iter().for_each(|person| app.changed(person));
        (people, ready) = following?;
    }
    Ok(())
}

async fn write(app: &App, mut ready: Prepared) -> Answer<Vec<PersonId>> {
    let anew = ready.anew.split_off(ready.anew.len().min(ACT));
    let other = Prepared { app: app.clone(), at: ready.at, anew, one_by_one: Vec::new() };
    let (changed, others) = tokio::join!(write_act(app, ready), write_act(app, other));
    Ok([changed?, others?].concat())
}

async fn write_act(app: &App, ready: Prepared) -> Answer<Vec<PersonId>> {
    if ready.anew.is_empty() && ready.one_by_one.is_empty() {
        return Ok(Vec::new());
    }
    app.store.write(ready).await
}

async fn read(app: &App, batches: &mut impl Batches) -> Answer<(Vec<PersonId>, Prepared)> {
    let people = batches.next(app).await?;
    let prepared = prepare(app, people.clone(), app.clock.now()).await?;
    Ok((people, prepared))
}
