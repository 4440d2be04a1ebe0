//! A tracing run: the one place where the loop closes. What a case exposes others to is a function of her evidence, the
//! visits of record, the contact definition and what officers chose at crowded places; it is computed again whenever one
//! of these changes, and what stands as evidence is made equal to it: added, corrected or withdrawn. So a mistake never
//! colours anyone for good, and a run that has nothing to do writes nothing.
//!
//! Two things never happen by themselves. A place at which more people would become contacts than the definition lets
//! pass gives none, until an officer chooses whom it concerns ([`crowded`]). And a run that would expose more people than
//! one officer may answer for exposes nobody new, until a second one has seen whom and approves ([`settle`]).
//!
//! Reading order: [`window`] (when the case was infectious), [`find`] (whom that concerns), [`change`] (what becomes of one
//! contact), [`settle`] (how it is stored), [`preview`] (what people are told of it before), [`trial`] (another definition
//! on everyone).

pub mod advise;
pub mod change;
pub mod crowded;
pub mod find;
pub mod found;
pub mod preview;
pub mod settle;
pub mod trial;
pub mod window;

use crate::app::App;
use crate::problem::{Answer, Code, Problem};
use healthcode_core::ids::PersonId;
use healthcode_store::{Conn, contact_definitions};
use healthcode_trace::Policy;

/// What counts as a contact where nobody chose a definition.
pub const USUAL_DEFINITION: &str = "place-15min-sum-24h";

/// The contact definition in force.
pub async fn definition(app: &App, conn: &mut Conn) -> Answer<Policy> {
    let chosen = contact_definitions::in_force(conn).await?;
    let policy = match &chosen {
        Some(chosen) => Policy::parse(&chosen.body).ok(),
        None => Policy::built_in(USUAL_DEFINITION),
    };
    let policy = policy.ok_or(Problem::new(Code::Internal))?;
    Ok(here(app, policy))
}

/// A definition with its civil dates where the rules are in force.
pub fn here(app: &App, policy: Policy) -> Policy {
    let zone = policy.zone.is_some().then(|| app.published().rules.zone(app.clock.now()).clone());
    Policy { zone, ..policy }
}

/// Traces a case.
pub async fn run(app: &App, case: &PersonId) -> Answer<()> {
    let policy = definition(app, &mut *app.store.reader().await?).await?;
    // Window and places first: a visit that is stored from now on finds them and asks for this work again.
    let located =
        app.store.write(window::Locate { app: app.clone(), case: case.clone(), policy: policy.clone() });
    let located = located.await?;
    // A visit that was being stored beside it could not ask; it is waited for.
    app.store.after_writes_under_way().await?;
    let mut conn = app.store.reader().await?;
    let allowed = settle::allowed(app, &mut conn, case).await?;
    let keep = find::Places::Keep { most: allowed };
    let found = match &located {
        Some(located) => find::find(app, &mut conn, located, &policy, keep).await?,
        None => found::Found::default(),
    };
    drop(conn);
    settle::settle(app, case, &policy, located.as_ref(), found, allowed).await
}
