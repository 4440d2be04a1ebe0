//! An officer replays a person's decisions: what the code showed and when it changed, computed anew from the
//! evidence and the rule sets of each day.

use crate::app::App;
use crate::caller::Caller;
use crate::looking::{read_person, record_looks};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::reach::reachable;
use crate::recording::show;
use crate::request::Asked;
use crate::watching::meter_person;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use healthcode_core::replay::replay;
use healthcode_core::time::{Instant, Interval};
use healthcode_store::lives;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Which span; the last 28 days when absent.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SpanQuery {
    from: Option<String>,
    to: Option<String>,
}

/// The decision from an instant on.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ChangeAnswer {
    at: String,
    #[schema(value_type = Object)]
    decision: Box<RawValue>,
}

/// A person's decisions over time.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HistoryAnswer {
    items: Vec<ChangeAnswer>,
}

/// Reads a time of a request.
pub(crate) fn read_time(text: &str, field: &'static str) -> Answer<Instant> {
    Instant::parse(text).map_err(|_| Problem::new(Code::DateForm).field(field))
}

/// Replays a person's decisions.
#[utoipa::path(get, path = "/api/v1/people/{person}/history", tag = "officer", params(("person" = String, Path), SpanQuery), responses((status = 200, body = HistoryAnswer)))]
pub async fn history(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    Asked(asked): Asked<SpanQuery>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::SeeHistory)?;
    let now = app.clock.now();
    let person = read_person(&person)?;
    reachable(&app, &caller, &person).await?;
    let from = asked.from.as_deref().map(|text| read_time(text, "from")).transpose()?;
    let until = asked.to.as_deref().map(|text| read_time(text, "to")).transpose()?;
    // Up to and including now: the last decision is the one in force.
    let until = until.unwrap_or(now).min(now).plus_seconds(1);
    let from = from.unwrap_or(now.plus_days_of_24h(-28));
    let span = Interval::new(from, until).ok_or(Problem::new(Code::DateForm).field("to"))?;
    meter_person(&app, &caller, &person).await?;
    record_looks(&app, &caller, std::slice::from_ref(&person), "case").await?;
    let life = lives::of_person(&mut *app.store.reader().await?, &person).await?;
    let mut changes = Vec::new();
    for rules in app.published().rules.all() {
        for (at, decision) in replay(rules, &life, span) {
            let body = RawValue::from_string(decision.to_json(rules, &life, person.as_str()));
            changes.push((at, body.map_err(|_| Problem::new(Code::Internal))?));
        }
    }
    changes.sort_by_key(|(at, _)| *at);
    let shown =
        changes.into_iter().map(|(at, decision)| ChangeAnswer { at: show(&app, at).to_string(), decision });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(HistoryAnswer { items: shown.collect() })))
}
