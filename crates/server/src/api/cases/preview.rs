//! Before a case is reported, confirmed or excluded, or its window set: whom tracing would concern then. Nothing is stored
//! but the look.

use crate::api::cases::CaseRequest;
use crate::api::cases::file::read_window_of;
use crate::app::App;
use crate::caller::Caller;
use crate::looking::{read_person, record_looks};
use crate::permission::Deed;
use crate::place_name;
use crate::problem::{Answer, Code, Problem};
use crate::reach::reachable;
use crate::recording::{new_evidence, show};
use crate::request::Body;
use crate::tracing_run::find::{Places, find};
use crate::tracing_run::found::Found;
use crate::tracing_run::preview::{PlaceCount, Preview};
use crate::tracing_run::settle::{allowed, plan};
use crate::tracing_run::window::{Located, of_life};
use crate::tracing_run::{crowded, definition};
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use healthcode_core::evidence::Source;
use healthcode_core::ids::PersonId;
use healthcode_core::life::Life;
use healthcode_core::time::{Instant, Interval};
use healthcode_store::{Conn, case_files, evidence};
use healthcode_trace::Policy;
use serde::{Deserialize, Serialize};

/// What an officer is about to do.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewRequest {
    /// The case.
    person: String,
    /// What would be reported of it; nothing new when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    report: Option<CaseRequest>,
    /// The window that would be set; both or neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

/// Whom tracing would concern.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PreviewAnswer {
    /// When others were exposed; null where the person would be no case.
    window_from: Option<String>,
    window_until: Option<String>,
    definition: String,
    preview: Preview,
    /// Places that would wait for an officer's choice.
    crowded: Vec<PlaceCount>,
    /// Whether a second officer would have to approve.
    second_officer: bool,
}

/// The case as it would be.
async fn located(
    app: &App,
    conn: &mut Conn,
    (person, request): (&PersonId, &PreviewRequest),
    edited: Option<Interval>,
    policy: &Policy,
    at: Instant,
) -> Answer<Option<Located>> {
    let mut known = evidence::of_person(conn, person).await?;
    if let Some(report) = &request.report {
        let (fact, happened_at) = report.read(at)?;
        known.push(new_evidence(app, person, Source::Officer, fact, happened_at, at)?);
    }
    let life = Life::new(known).map_err(|_| Problem::new(Code::Internal))?;
    let file = case_files::get(conn, person).await?;
    let edited = edited.or(file.and_then(|file| file.window));
    let Some(case) = of_life(app, person, &life, edited, policy, at) else { return Ok(None) };
    Ok(Some(Located::of(app, conn, case).await?))
}

async fn named(conn: &mut Conn, found: &[crowded::Crowded]) -> Answer<Vec<PlaceCount>> {
    let mut places = Vec::new();
    for crowded in found {
        let known = place_name::of(conn, &crowded.point).await?;
        let (name, kind) = known.map(|place| (place.name, place.kind)).unzip();
        places.push(PlaceCount { point: crowded.point.to_string(), name, kind, people: crowded.people });
    }
    Ok(places)
}

/// Shows whom tracing would concern.
#[utoipa::path(post, path = "/api/v1/cases/preview", tag = "officer", request_body = PreviewRequest, responses((status = 200, body = PreviewAnswer)))]
pub async fn preview_case(
    State(app): State<App>,
    caller: Caller,
    Body(request): Body<PreviewRequest>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::PreviewCase)?;
    let at = app.clock.now();
    let case = read_person(&request.person)?;
    if request.report.as_ref().is_some_and(|report| report.person != request.person) {
        return Err(Problem::new(Code::Body).field("report").detail("the report is of another person"));
    }
    let edited = read_window_of(&app, request.from.as_deref(), request.until.as_deref())?;
    reachable(&app, &caller, &case).await?;
    record_looks(&app, &caller, std::slice::from_ref(&case), "case").await?;
    let mut conn = app.store.reader().await?;
    let policy = definition(&app, &mut conn).await?;
    let located = located(&app, &mut conn, (&case, &request), edited, &policy, at).await?;
    let allowed = allowed(&app, &mut conn, &case).await?;
    let found = match &located {
        Some(located) => find(&app, &mut conn, located, &policy, Places::Leave).await?,
        None => Found::default(),
    };
    let plan = plan(&app, &mut conn, &case, &found.wanted, at).await?;
    let preview = plan.preview(&app, &mut conn, at).await?;
    let people = (preview.contacts + preview.second_ring) as usize;
    let time = |at| show(&app, at).to_string();
    let answer = PreviewAnswer {
        window_from: located.as_ref().map(|located| time(located.case.window.from)),
        window_until: located.as_ref().map(|located| time(located.case.window.until)),
        definition: policy.name,
        second_officer: people > allowed && preview.newly > 0,
        crowded: named(&mut conn, &found.crowded).await?,
        preview,
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)))
}
