//! Puts adopted rule sets in force, whoever adopted them, and decides anew about everyone they concern.

use super::publish::{BATCH, RedecideMany};
use crate::app::{App, Published};
use crate::problem::{Answer, Code, Problem};
use crate::rules_in_force::{RulesInForce, scheme};
use healthcode_store::{decisions, rule_sets};

/// Reads the adopted rule sets; where they changed, publishes them.
pub async fn reload(app: &App) -> Answer<()> {
    let sets = rule_sets::all(&mut *app.store.reader().await?).await?;
    if sets.as_slice() == app.published().rules.all() {
        return Ok(());
    }
    let trust = app.keys.trust().map_err(|_| Problem::new(Code::Internal))?;
    let rules = RulesInForce::new(sets).map_err(|_| Problem::new(Code::Internal))?;
    tracing::info!(rule_set = rules.id(app.clock.now()), "rule sets were read");
    app.publish(Published { rules, trust });
    redecide_all(app).await
}

/// Decides anew about everyone who was decided under another rule set than the one in force.
pub async fn redecide_all(app: &App) -> Answer<()> {
    let mut after = String::new();
    loop {
        let at = app.clock.now();
        let id = app.published().rules.id(at);
        let mut conn = app.store.reader().await?;
        let people = decisions::decided_otherwise(&mut conn, &scheme(), &id, &after, BATCH).await?;
        drop(conn);
        let Some(last) = people.last() else { return Ok(()) };
        after = last.to_string();
        let changed = app.store.write(RedecideMany { app: app.clone(), people, at }).await?;
        changed.iter().for_each(|person| app.changed(person));
    }
}
