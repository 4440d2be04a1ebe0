//! A scanned code and the person behind it: what a gate, a desk or an officer's search starts from.

use crate::api::show_code::decision_now;
use crate::app::{App, ScannedPerson};
use crate::problem::{Answer, Code, Problem};
use crate::rules_in_force::scheme;
use healthcode_core::ids::PersonId;
use healthcode_core::time::Instant;
use healthcode_credential::bearer::Bearer;
use healthcode_credential::verify::{Verdict, VerifiedClaims, verify_again};
use healthcode_store::at_gate::{self, AtGate, Decided};
use healthcode_store::passes;
use std::sync::Arc;

/// Codes are compared with the clock in whole seconds: a pass issued within this second is good.
pub(crate) fn verify_code(app: &App, code: &str, at: Instant) -> Verdict {
    verify_again(code.trim(), app.keys().trust(), &app.passes, at)
}

/// The person whose pass carries verified claims; `None` when the pass was never issued, was withdrawn, or is a phone's
/// that no phone presents.
pub(crate) async fn holder(app: &App, claims: &VerifiedClaims) -> Answer<Option<PersonId>> {
    let read = holder_then(app, claims, app.clock.now());
    let Some(status) = claims.status().filter(|_| !is_bare(claims)) else { return read.await };
    let index = (status.day.0, status.index);
    match app.remembered_holder(index) {
        Some(person) => Ok(Some(person)),
        None => app.remember_holder(index, read).await,
    }
}

/// The same as of an instant that may be past: a pass that was withdrawn after it counts.
pub(crate) async fn holder_then(
    app: &App,
    claims: &VerifiedClaims,
    then: Instant,
) -> Answer<Option<PersonId>> {
    if is_bare(claims) {
        return Ok(None);
    }
    let conn = &mut *app.store.reader().await?;
    Ok(match claims.bearer() {
        Bearer::Phone { status, .. } | Bearer::Token { status } => {
            passes::holder(conn, status.day, status.index, then).await?
        }
        Bearer::Paper(paper) => passes::paper_holder(conn, paper.number, then).await?,
    })
}

/// Whom a text names that an officer typed or scanned: the holder of a code, else whoever has this id.
pub(crate) async fn whom(app: &App, text: &str, at: Instant) -> Answer<Option<PersonId>> {
    match verify_code(app, text, at).claims() {
        Some(claims) => holder(app, claims).await,
        None => Ok(PersonId::new(text.trim()).ok()),
    }
}

/// A phone's pass that no phone presents is as good as a photograph of it.
pub(crate) fn is_bare(claims: &VerifiedClaims) -> bool {
    claims.device().is_some() && claims.presented_at().is_none()
}

/// What a scan needs to know of a person; `None` when nothing is decided about the person.
pub(crate) async fn scanned_person(
    app: &App,
    person: &PersonId,
    at: Instant,
) -> Answer<Option<Arc<ScannedPerson>>> {
    if let Some(known) = app.scanned.get(person)
        && known.good_until > at
    {
        return Ok(Some(known));
    }
    match app.remember(person, &app.scanned, read(app, person, at)).await {
        Ok(scanned) => Ok(Some(scanned)),
        Err(problem) if problem.code() == Code::NotDeclared => Ok(None),
        Err(problem) => Err(problem),
    }
}

async fn read(app: &App, person: &PersonId, at: Instant) -> Answer<Arc<ScannedPerson>> {
    let published = app.published();
    let is_due = |decided: &Decided| {
        !published.rules.accepts(&decided.rule_set, at)
            || decided.next_change_at.is_some_and(|next| next <= at)
    };
    let mut known = at_gate(app, person).await?;
    if known.decided.as_ref().is_none_or(is_due) {
        decision_now(app, person, at).await?;
        known = at_gate(app, person).await?;
    }
    let decided = known.decided.ok_or(Problem::new(Code::NotDeclared))?;
    Ok(Arc::new(ScannedPerson {
        colour: decided.colour,
        active: known.person.active,
        masked_name: known.person.personal.name.masked(),
        last_four: known.person.personal.document.last_four().to_owned(),
        good_until: [decided.next_change_at, published.rules.next_start(at)]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(at.plus_days_of_24h(1)),
    }))
}

async fn at_gate(app: &App, person: &PersonId) -> Answer<AtGate> {
    let read = at_gate::read(&mut *app.store.reader().await?, app.store.seal(), person, &scheme()).await?;
    read.ok_or(Problem::new(Code::NotDeclared))
}
