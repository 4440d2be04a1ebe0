//! An officer reports, confirms or excludes a case; the reconciliation of exposures follows at once.

pub mod approve_run;
pub mod chain;
pub mod choose;
pub mod clusters;
pub mod contacts;
pub mod curve;
pub mod export;
pub mod file;
pub mod interview;
pub mod merge;
pub mod preview;
pub mod see;
pub mod tracing;
pub mod waiting;

use super::evidence::{AddEvidence, add_and_wake, read_happened_at};
use super::looks::After;
use super::{PAGE, Page};
use crate::app::App;
use crate::caller::Caller;
use crate::looking::{read_person, record_looks};
use crate::once::OnceKey;
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::reach::named;
use crate::recording::{Recorded, show};
use crate::request::{Asked, Body};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use healthcode_core::fact::{CaseReport, CaseStatus, Fact};
use healthcode_core::time::Instant;
use healthcode_store::{cases, people};
use serde::{Deserialize, Serialize};

/// A change in a case.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseRequest {
    person: String,
    /// `suspected`, `confirmed`, `asymptomatic`, `excluded` or `recovered`.
    #[schema(value_type = String)]
    status: CaseStatus,
    /// Now when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    happened_at: Option<String>,
    /// When symptoms began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    onset_at: Option<String>,
}

impl CaseRequest {
    /// What is reported, and when it happened.
    pub(super) fn read(&self, at: Instant) -> Answer<(Fact, Instant)> {
        let read = |text: &Option<String>, field| {
            text.as_deref().map(|text| read_happened_at(text, at, field)).transpose()
        };
        let happened_at = read(&self.happened_at, "happened_at")?.unwrap_or(at);
        let onset_at = read(&self.onset_at, "onset_at")?;
        Ok((Fact::CaseReport(CaseReport { status: self.status, onset_at }), happened_at))
    }
}

/// Reports, confirms or excludes a case.
#[utoipa::path(post, path = "/api/v1/cases", tag = "officer", request_body = CaseRequest, responses((status = 201, body = Recorded)))]
pub async fn report_case(
    State(app): State<App>,
    caller: Caller,
    key: OnceKey,
    Body(request): Body<CaseRequest>,
) -> Answer<(StatusCode, Json<Recorded>)> {
    caller.may(Deed::ReportCase)?;
    let at = app.clock.now();
    let (fact, happened_at) = request.read(at)?;
    let person = read_person(&request.person)?;
    let change = AddEvidence { app: app.clone(), caller: caller.clone(), person, fact, happened_at, at };
    add_and_wake(&app, &caller, key, "report_case", &request, change).await
}

/// A case under way.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CaseAnswer {
    person: String,
    masked_name: Option<String>,
    status: String,
    since: String,
    onset_at: Option<String>,
    /// When others were exposed.
    window_from: String,
    window_until: String,
    /// People with an exposure that stands.
    contacts: i64,
}

/// Lists cases under way.
#[utoipa::path(get, path = "/api/v1/cases", tag = "officer", params(After), responses((status = 200, body = Page<CaseAnswer>)))]
pub async fn list_cases(
    State(app): State<App>,
    caller: Caller,
    Asked(asked): Asked<After>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::ListCases)?;
    let after = asked.after.unwrap_or_default();
    if after.len() > 64 {
        return Err(Problem::new(Code::Body).field("after"));
    }
    let mut conn = app.store.reader().await?;
    let found = cases::list(&mut conn, &after, PAGE as i64 + 1).await?;
    let page = Page::of(found, |(case, _)| case.person.to_string());
    let looked: Vec<_> = page.items.iter().map(|(case, _)| case.person.clone()).collect();
    record_looks(&app, &caller, &looked, "case").await?;
    let mut items = Vec::new();
    for (case, contacts) in page.items {
        let known = people::get(&mut conn, app.store.seal(), &case.person).await?;
        let masked_name = match &known {
            Some(known) => Some(named(&app, &mut conn, &caller, known).await?.masked_name),
            None => None,
        };
        let time = |at| show(&app, at).to_string();
        items.push(CaseAnswer {
            person: case.person.to_string(),
            masked_name,
            status: case.status,
            since: time(case.since),
            onset_at: case.onset_at.map(time),
            window_from: time(case.window.from),
            window_until: time(case.window.until),
            contacts,
        });
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(Page { items, next: page.next })))
}
