//! Puts adopted rule sets in force, whoever adopted them, and decides anew about everyone they concern.

use super::redecide::{BATCH, Batches, redecide_many};
use crate::app::App;
use crate::problem::{Answer, Code, Problem};
use crate::rules_in_force::{RulesInForce, scheme};
use healthcode_core::ids::PersonId;
use healthcode_core::rule_set::RuleSet;
use healthcode_store::rule_sets::Adopted;
use healthcode_store::{decisions, people, rule_sets};

/// Puts adopted rule sets in force, and decides anew about everyone where they changed: another edition that is to come is
/// a change for all, since decisions say when they change next.
pub async fn reload(app: &App) -> Answer<()> {
    read_adopted(app).await?;
    if app.take_rules_changed() {
        let done = redecide_everyone(app).await;
        if done.is_err() {
            app.rules_changed();
        }
        return done;
    }
    Ok(())
}

/// Reads the adopted rule sets; where they changed, publishes them. Reads decide by them from then on.
pub(crate) async fn read_adopted(app: &App) -> Answer<()> {
    let mut conn = app.store.reader().await?;
    let adopted = rule_sets::adopted(&mut conn).await?;
    let is_same = |set: &RuleSet, adopted: &Adopted| {
        (set.name.as_str(), i64::from(set.version)) == (&*adopted.id.0, adopted.id.1)
            && set.in_force == adopted.in_force
    };
    let published = app.published();
    let known = published.rules.all();
    if known.len() == adopted.len() && known.iter().zip(&adopted).all(|(set, adopted)| is_same(set, adopted))
    {
        return Ok(());
    }
    let sets = rule_sets::all(&mut conn).await?;
    drop(conn);
    let rules = RulesInForce::new(sets).map_err(|_| Problem::new(Code::Internal))?;
    tracing::info!(rule_set = rules.id(app.clock.now()), "rule sets were read");
    app.publish_rules(rules);
    app.rules_changed();
    Ok(())
}

/// Everyone, after a cursor.
struct Everyone {
    after: String,
}

impl Batches for Everyone {
    async fn next(&mut self, app: &App) -> Answer<Vec<PersonId>> {
        let people = people::page(&mut *app.store.reader().await?, &self.after, BATCH).await?;
        if let Some((last, _)) = people.last() {
            self.after = last.to_string();
        }
        Ok(people.into_iter().map(|(person, _)| person).collect())
    }
}

async fn redecide_everyone(app: &App) -> Answer<()> {
    redecide_many(app, Everyone { after: String::new() }).await
}

/// Everyone who was decided under another rule set than the one in force, after a cursor.
struct DecidedOtherwise {
    after: String,
}

impl Batches for DecidedOtherwise {
    async fn next(&mut self, app: &App) -> Answer<Vec<PersonId>> {
        let id = app.published().rules.id(app.clock.now());
        let mut conn = app.store.reader().await?;
        let people = decisions::decided_otherwise(&mut conn, &scheme(), &id, &self.after, BATCH).await?;
        if let Some(last) = people.last() {
            self.after = last.to_string();
        }
        Ok(people)
    }
}

/// Decides anew about everyone who was decided under another rule set than the one in force.
pub async fn redecide_all(app: &App) -> Answer<()> {
    redecide_many(app, DecidedOtherwise { after: String::new() }).await
}
