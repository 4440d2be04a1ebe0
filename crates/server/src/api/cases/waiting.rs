//! What of tracing waits for an officer: runs too large for one, and places too crowded to trace without a choice.

use crate::api::cases::tracing::{CrowdedAnswer, RunAnswer, shown_crowded, shown_run};
use crate::app::App;
use crate::caller::Caller;
use crate::looking::record_looks;
use crate::permission::Deed;
use crate::problem::Answer;
use crate::reach::named;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use healthcode_core::ids::PersonId;
use healthcode_store::{Conn, crowded_places, people, tracing_runs};
use serde::Serialize;
use std::collections::BTreeSet;

/// Of each, so many are shown: the oldest.
const MOST: i64 = 100;

/// A case that waits.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Waiting<T> {
    person: String,
    masked_name: Option<String>,
    #[serde(flatten)]
    what: T,
}

/// What waits.
#[derive(Serialize, utoipa::ToSchema)]
pub struct WaitingAnswer {
    runs: Vec<Waiting<RunAnswer>>,
    crowded: Vec<Waiting<CrowdedAnswer>>,
}

async fn name(app: &App, conn: &mut Conn, caller: &Caller, person: &PersonId) -> Answer<Option<String>> {
    Ok(match people::get(conn, app.store.seal(), person).await? {
        Some(known) => Some(named(app, conn, caller, &known).await?.masked_name),
        None => None,
    })
}

/// Lists what of tracing waits for an officer.
#[utoipa::path(get, path = "/api/v1/tracing/waiting", tag = "officer", responses((status = 200, body = WaitingAnswer)))]
pub async fn list_waiting(State(app): State<App>, caller: Caller) -> Answer<impl IntoResponse> {
    caller.may(Deed::ListWaiting)?;
    let mut conn = app.store.reader().await?;
    let runs = tracing_runs::waiting(&mut conn, MOST).await?;
    let places = crowded_places::open(&mut conn, MOST).await?;
    let looked: BTreeSet<PersonId> =
        runs.iter().map(|run| &run.person).chain(places.iter().map(|place| &place.person)).cloned().collect();
    record_looks(&app, &caller, &looked.into_iter().collect::<Vec<_>>(), "case").await?;
    let mut answer = WaitingAnswer { runs: Vec::new(), crowded: Vec::new() };
    for run in runs {
        let masked_name = name(&app, &mut conn, &caller, &run.person).await?;
        let person = run.person.to_string();
        answer.runs.push(Waiting { person, masked_name, what: shown_run(&app, run)? });
    }
    for place in places {
        let masked_name = name(&app, &mut conn, &caller, &place.person).await?;
        let person = place.person.to_string();
        let what = shown_crowded(&app, &mut conn, place).await?;
        answer.crowded.push(Waiting { person, masked_name, what });
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)))
}
