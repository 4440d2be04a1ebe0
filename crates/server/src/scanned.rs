//! A scanned code and the person behind it: what a gate, a desk or an officer's search starts from.

use crate::api::show_code::decision_now;
use crate::app::{App, ScannedPerson};
use crate::problem::{Answer, Code, Problem};
use healthcode_core::ids::PersonId;
use healthcode_core::time::Instant;
use healthcode_credential::verify::{Verdict, VerifiedClaims, verify};
use healthcode_store::{passes, people};
use std::sync::Arc;

/// Codes are compared with the clock in whole seconds: a pass issued within this second is good.
pub(crate) fn verify_code(app: &App, code: &str, at: Instant) -> Verdict {
    verify(code.trim(), &app.published().trust, at)
}

/// The person whose pass carries verified claims; `None` when the pass was never issued or was withdrawn.
pub(crate) async fn holder(app: &App, claims: &VerifiedClaims) -> Answer<Option<PersonId>> {
    let status = claims.status();
    let index = (status.day.0, status.index);
    if let Some(person) = app.holders.get(&index) {
        return Ok(Some(person));
    }
    let holder = passes::holder(&mut *app.store.reader().await?, status.day, status.index).await?;
    if let Some(person) = &holder {
        app.holders.insert(index, person.clone());
    }
    Ok(holder)
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
    let decision = decision_now(app, person, at).await?.ok_or(Problem::new(Code::NotDeclared))?;
    let mut conn = app.store.reader().await?;
    let known =
        people::get(&mut conn, app.store.seal(), person).await?.ok_or(Problem::new(Code::NotDeclared))?;
    let withdrawn = passes::last_withdrawn(&mut conn, person).await?;
    Ok(Arc::new(ScannedPerson {
        colour: decision.colour,
        active: known.active,
        masked_name: known.personal.name.masked(),
        last_four: known.personal.document.last_four().to_owned(),
        passes_from: withdrawn.unwrap_or_default(),
        good_until: decision.next_change_at.unwrap_or(at.plus_days_of_24h(1)),
    }))
}
