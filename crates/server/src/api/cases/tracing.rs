//! How a case was traced: by which definition, what the last runs changed or would change, which places are too crowded to
//! trace without an officer.

use crate::app::App;
use crate::caller::Caller;
use crate::looking::{read_person, record_looks};
use crate::permission::Deed;
use crate::place_name;
use crate::problem::{Answer, Code, Problem};
use crate::reach::reachable;
use crate::recording::show;
use crate::tracing_run;
use crate::tracing_run::preview::Preview;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use healthcode_core::ids::AccountId;
use healthcode_core::rule_set::Text;
use healthcode_store::Conn;
use healthcode_store::crowded_places::{self, CrowdedPlace};
use healthcode_store::tracing_runs::{self, Run};
use serde::Serialize;
use serde_json::Value;

/// Runs that are shown, the newest first.
const RUNS: i64 = 20;

/// A tracing run.
#[derive(Serialize, utoipa::ToSchema)]
pub struct RunAnswer {
    id: String,
    at: String,
    /// `applied`, `waiting`, `approved`, `refused` or `overtaken`.
    state: &'static str,
    definition: String,
    preview: Preview,
    /// Who approved or refused it, when and why.
    #[schema(value_type = Option<String>)]
    settled_by: Option<AccountId>,
    settled_at: Option<String>,
    reason: Option<String>,
}

/// A place at which the case would have more contacts than the definition lets pass.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CrowdedAnswer {
    /// 1: contacts of the case; 2: contacts of her close contacts.
    ring: i64,
    point: String,
    #[schema(value_type = Object)]
    name: Option<Text>,
    people: i64,
    /// Choices with the number of people that each would leave.
    #[schema(value_type = Vec<Object>)]
    offers: Value,
    /// What was chosen; null while nobody chose, and nobody is exposed there.
    #[schema(value_type = Option<Object>)]
    choice: Option<Value>,
    reason: Option<String>,
    #[schema(value_type = Option<String>)]
    chosen_by: Option<AccountId>,
    chosen_at: Option<String>,
}

/// How a case was traced.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TracingAnswer {
    /// The contact definition in force.
    definition: String,
    /// People whom the case may expose without a second officer's approval.
    allowed: usize,
    runs: Vec<RunAnswer>,
    crowded: Vec<CrowdedAnswer>,
}

pub(super) fn shown_run(app: &App, run: Run) -> Answer<RunAnswer> {
    let preview = serde_json::from_str(&run.preview).map_err(|_| Problem::new(Code::Internal))?;
    let (settled_by, settled_at, reason) = match run.settled {
        Some((by, at, reason)) => (Some(by), Some(show(app, at).to_string()), Some(reason)),
        None => (None, None, None),
    };
    Ok(RunAnswer {
        id: run.id,
        at: show(app, run.at).to_string(),
        state: run.state.word(),
        definition: run.definition,
        preview,
        settled_by,
        settled_at,
        reason,
    })
}

pub(super) async fn shown_crowded(app: &App, conn: &mut Conn, place: CrowdedPlace) -> Answer<CrowdedAnswer> {
    let read = |text: &str| serde_json::from_str(text).map_err(|_| Problem::new(Code::Internal));
    Ok(CrowdedAnswer {
        name: place_name::name(conn, &place.point).await?,
        ring: place.ring,
        point: place.point.to_string(),
        people: place.people,
        offers: read(&place.counts)?,
        choice: place.chosen.as_ref().map(|chosen| read(&chosen.choice)).transpose()?,
        reason: place.chosen.as_ref().map(|chosen| chosen.reason.clone()),
        chosen_by: place.chosen.as_ref().map(|chosen| chosen.by.clone()),
        chosen_at: place.chosen.as_ref().map(|chosen| show(app, chosen.at).to_string()),
    })
}

/// Shows how a case was traced.
#[utoipa::path(get, path = "/api/v1/cases/{person}/tracing", tag = "officer", params(("person" = String, Path)), responses((status = 200, body = TracingAnswer)))]
pub async fn see_tracing(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::SeeTracing)?;
    let case = read_person(&person)?;
    reachable(&app, &caller, &case).await?;
    record_looks(&app, &caller, std::slice::from_ref(&case), "case").await?;
    let mut conn = app.store.reader().await?;
    let runs = tracing_runs::of_case(&mut conn, &case, RUNS).await?;
    let mut crowded = Vec::new();
    for place in crowded_places::of_case(&mut conn, &case).await? {
        crowded.push(shown_crowded(&app, &mut conn, place).await?);
    }
    let answer = TracingAnswer {
        definition: tracing_run::definition(&app, &mut conn).await?.name,
        allowed: tracing_run::settle::allowed(&app, &mut conn, &case).await?,
        runs: runs.into_iter().map(|run| shown_run(&app, run)).collect::<Answer<_>>()?,
        crowded,
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)))
}
