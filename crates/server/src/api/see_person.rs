//! An officer sees a person: decision, evidence, visits, now or as of an instant of the past. The look is on disk before anything is shown.

use super::why::{CloseRule, FactAnswer, Fresh, close, decision_body, decision_then, facts, read_at};
use crate::app::App;
use crate::caller::Caller;
use crate::looking::{existing, read_person, read_purpose, record_looks};
use crate::permission::Deed;
use crate::place_name;
use crate::problem::Answer;
use crate::reach::named;
use crate::recording::show;
use crate::request::Asked;
use crate::retention;
use crate::watching::meter_person;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use healthcode_core::rule_set::Text;
use healthcode_core::time::Interval;
use healthcode_store::doubts::Flag;
use healthcode_store::{lives, visits};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// What for.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PurposeQuery {
    /// `case`, `audit`, `identity` or `help`; the person sees it.
    purpose: Option<String>,
    /// An instant of the past to explain; now when absent.
    at: Option<String>,
}

/// A visit of the person.
#[derive(Serialize, utoipa::ToSchema)]
pub struct VisitAnswer {
    id: String,
    point: VisitPoint,
    entered_at: String,
    left_at: String,
    /// Whether one end is the usual stay and not a scan.
    assumed: bool,
    grade: String,
    /// Of the place then: of a collection point, or of a vehicle.
    kind: String,
    seat: Option<String>,
    /// Why it is doubted: `late`, `double`, `out_of_order`, `future` or `impossible`; then it counts only when cleared.
    flag: Option<&'static str>,
    /// When an officer cleared it.
    cleared_at: Option<String>,
}

/// Where a visit was.
#[derive(Serialize, utoipa::ToSchema)]
pub struct VisitPoint {
    point: String,
    #[schema(value_type = Object)]
    name: Option<Text>,
}

/// A person as an officer sees her.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PersonAnswer {
    person: String,
    masked_name: String,
    document_last_four: String,
    activation: &'static str,
    /// Whether one's area reaches the person; outside it, facts and visits are not shown.
    within: bool,
    /// `declared`, `disputed`, `document_seen` or `verified`.
    assurance: &'static str,
    residence: String,
    #[schema(value_type = Object)]
    decision: Box<RawValue>,
    facts: Vec<FactAnswer>,
    /// Rules that came close and do not colour the person.
    close: Vec<CloseRule>,
    visits: Vec<VisitAnswer>,
    fresh: Fresh,
}

/// Sees a person.
#[utoipa::path(get, path = "/api/v1/people/{person}", tag = "officer", params(("person" = String, Path), PurposeQuery), responses((status = 200, body = PersonAnswer)))]
pub async fn see_person(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    Asked(asked): Asked<PurposeQuery>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::SeePerson)?;
    let purpose = read_purpose(asked.purpose.as_deref())?;
    let now = app.clock.now();
    let at = read_at(asked.at.as_deref(), now)?;
    let id = read_person(&person)?;
    let person = existing(&app, &id).await?;
    meter_person(&app, &caller, &id).await?;
    record_looks(&app, &caller, std::slice::from_ref(&id), purpose).await?;
    let current = decision_body(&app, &id, now).await?;
    let mut conn = app.store.reader().await?;
    let named = named(&app, &mut conn, &caller, &person).await?;
    let life = lives::of_person(&mut conn, &id).await?;
    let decision = if at == now { current } else { decision_then(&app, &life, &id, at)? };
    let span =
        Interval { from: at.plus_days_of_24h(-i64::from(retention::VISIT)), until: at.plus_days_of_24h(1) };
    let mut shown = Vec::new();
    let all = if named.within { visits::of_person(&mut conn, &id, span).await? } else { Vec::new() };
    for visit in all.into_iter().rev() {
        let name = place_name::name(&mut conn, &visit.point).await?;
        shown.push(VisitAnswer {
            id: visit.id.to_string(),
            point: VisitPoint { point: visit.point.to_string(), name },
            entered_at: show(&app, visit.stay.from).to_string(),
            left_at: show(&app, visit.stay.until).to_string(),
            assumed: visit.assumed,
            grade: visit.grade,
            kind: visit.kind,
            seat: visit.seat,
            flag: visit.flag.map(Flag::word),
            cleared_at: visit.cleared_at.map(|at| show(&app, at).to_string()),
        });
    }
    let answer = PersonAnswer {
        person: id.to_string(),
        masked_name: named.masked_name,
        document_last_four: named.last_four,
        within: named.within,
        activation: if person.active { "active" } else { "inactive" },
        assurance: person.assurance.word(),
        residence: if named.within { person.residence.to_string() } else { String::new() },
        decision,
        facts: if named.within { facts(&app, &life, at)? } else { Vec::new() },
        close: if named.within { close(&app, &life, at) } else { Vec::new() },
        visits: shown,
        fresh: Fresh::at(&app, &mut conn, at).await?,
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)))
}
