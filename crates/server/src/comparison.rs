//! Trying rules on the living city: who would change colour, before anyone does.

use crate::rules_in_force::RulesInForce;
use healthcode_core::comparison::{Comparison, Report};
use healthcode_core::decide::decide;
use healthcode_core::decision::Colour;
use healthcode_core::ids::PersonId;
use healthcode_core::rule_set::RuleSet;
use healthcode_core::time::{Instant, Interval};
use healthcode_store::lives::{self, Packed};
use healthcode_store::{Store, StoreFault, visits};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// People read at once.
const AT_ONCE: i64 = 2_000;
/// Ids are random hexadecimal digits: this one halves the city. Other ids only make the halves unequal.
const MIDDLE: &str = "8";
/// Days of visits that say which kinds of places somebody goes to.
const DAYS_OF_VISITS: i64 = 7;

/// Someone who would change colour.
type Changed = (PersonId, Colour, Colour);

struct Trial {
    in_force: RulesInForce,
    rules: RuleSet,
    at: Instant,
}

impl Trial {
    /// Decides about some people under the rules in force and under the others.
    fn count(&self, people: &[Packed]) -> Result<(Comparison, Vec<Changed>), StoreFault> {
        let (mut comparison, mut changed) = (Comparison::default(), Vec::new());
        for one in people {
            let Some(bytes) = &one.life else { continue };
            let life = match lives::unpack(&one.person, bytes) {
                Ok(life) => life,
                Err(fault) => {
                    tracing::error!(person = %one.person, %fault, "could not be compared");
                    continue;
                }
            };
            let from = self.in_force.colour(&life, self.at);
            // The rules are in force at that instant: that is how they were adopted for the trial.
            let Ok(to) = decide(&self.rules, &life, self.at) else { continue };
            comparison.count(&one.person, Some(&one.residence), from, to.colour);
            if from != to.colour {
                changed.push((one.person.clone(), from, to.colour));
            }
        }
        Ok((comparison, changed))
    }
}

/// Decides about everyone under the rules in force and under others, and counts; `done` is told how many were. Bounded
/// in memory: two pages of each half of the city are held at a time, one of them being read while the other is counted.
pub async fn compare(
    store: &Store,
    in_force: &RulesInForce,
    rules: &RuleSet,
    at: Instant,
    done: &AtomicU64,
) -> Result<Report, StoreFault> {
    let until = Interval { from: at, until: at.plus_days_of_24h(3_650) };
    let rules = rules.clone().adopted(in_force.authority(at), until);
    let trial = Arc::new(Trial { in_force: in_force.clone(), rules, at });
    let (low, high) = tokio::join!(
        compare_range(store, &trial, ("", Some(MIDDLE)), done),
        compare_range(store, &trial, (MIDDLE, None), done)
    );
    let (mut all, high) = (low?, high?);
    all.merge(high);
    Ok(all.report())
}

async fn compare_range(
    store: &Store,
    trial: &Arc<Trial>,
    (after, until): (&str, Option<&str>),
    done: &AtomicU64,
) -> Result<Comparison, StoreFault> {
    let mut all = Comparison::default();
    let mut page = read(store, after, until).await?;
    while let Some(last) = page.last() {
        let (after, people, trial) = (last.person.to_string(), page.len() as u64, trial.clone());
        let counting =
            tokio::task::spawn_blocking(move || trial.count(&page).map(|counted| (counted, trial)));
        let following = read(store, &after, until).await?;
        let ((counted, changed), trial) = counting.await.map_err(|_| StoreFault::Stopped)??;
        all.merge(counted);
        count_kinds(store, &mut all, &changed, trial.at).await?;
        done.fetch_add(people, Ordering::Relaxed);
        page = following;
    }
    Ok(all)
}

/// A page of people, each with a life: where it is to be made again, it is made here.
async fn read(store: &Store, after: &str, until: Option<&str>) -> Result<Vec<Packed>, StoreFault> {
    let mut conn = store.reader().await?;
    let mut page = lives::page(&mut conn, after, until, AT_ONCE).await?;
    for one in page.iter_mut().filter(|one| one.life.is_none()) {
        one.life = Some(lives::of_rows(&mut conn, &one.person).await?);
    }
    Ok(page)
}

/// Which kinds of places those who change colour were at.
async fn count_kinds(
    store: &Store,
    all: &mut Comparison,
    changed: &[Changed],
    at: Instant,
) -> Result<(), StoreFault> {
    let mut conn = store.reader().await?;
    let since = Interval { from: at.plus_days_of_24h(-DAYS_OF_VISITS), until: at };
    for some in changed.chunks(500) {
        let ids: Vec<_> = some.iter().map(|(person, _, _)| person.clone()).collect();
        let kinds = visits::kinds_of(&mut conn, &ids, since).await?;
        for (person, from, to) in some {
            kinds.get(person).into_iter().flatten().for_each(|kind| all.count_kind(kind, *from, *to));
        }
    }
    Ok(())
}
