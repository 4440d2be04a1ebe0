//! A resident reports today, for herself or for someone of her household. The server sets both times, so nobody fills in
//! fourteen days at once.

use super::declare::read_temperature;
use super::history::read_time;
use crate::app::App;
use crate::caller::Caller;
use crate::looking::read_person;
use crate::once::{OnceKey, once};
use crate::permission::Deed;
use crate::problem::Answer;
use crate::recording::Recorded;
use crate::reporting::{Report, flag};
use crate::request::Body;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use healthcode_core::evidence::Source;
use healthcode_core::fact::{HealthReport, Symptom};
use healthcode_core::ids::PersonId;
use serde::{Deserialize, Serialize};

/// Today's report.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportRequest {
    /// Degrees Celsius, 30 to 45.
    temperature_c: f64,
    /// Symptoms ticked; empty for none.
    #[schema(value_type = Vec<String>)]
    symptoms: Vec<Symptom>,
    /// When it was measured, within the last 15 minutes; now when absent. It is only compared with the server's time: a
    /// report of another time is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    measured_at: Option<String>,
}

/// Counts a report, or refuses and flags it.
async fn take(
    app: App,
    caller: Caller,
    key: OnceKey,
    (person, source): (PersonId, Source),
    request: ReportRequest,
) -> Answer<(StatusCode, Json<Recorded>)> {
    let mut symptoms = request.symptoms.clone();
    symptoms.sort_unstable();
    symptoms.dedup();
    let report = HealthReport { temperature_c: read_temperature(request.temperature_c)?, symptoms };
    let measured_at =
        request.measured_at.as_deref().map(|text| read_time(text, "measured_at")).transpose()?;
    let change = Report {
        app: app.clone(),
        account: caller.account.clone(),
        person: person.clone(),
        source,
        report,
        measured_at,
        at: app.clock.now(),
    };
    let recorded = match source {
        Source::Guardian => once(&app, &caller, key, "report_for", &(&person, &request), change).await,
        _ => once(&app, &caller, key, "report", &request, change).await,
    };
    Ok((StatusCode::CREATED, Json(flag(&app, &caller, &person, recorded).await?)))
}

/// Reports today.
#[utoipa::path(post, path = "/api/v1/me/reports", tag = "resident", request_body = ReportRequest, responses((status = 201, body = Recorded)))]
pub async fn report(
    State(app): State<App>,
    caller: Caller,
    key: OnceKey,
    Body(request): Body<ReportRequest>,
) -> Answer<(StatusCode, Json<Recorded>)> {
    caller.may(Deed::Report)?;
    let person = caller.own_person(&app).await?;
    take(app, caller, key, (person, Source::Own), request).await
}

/// Reports today for someone whom one answers for.
#[utoipa::path(post, path = "/api/v1/me/household/{person}/reports", tag = "resident", params(("person" = String, Path)), request_body = ReportRequest, responses((status = 201, body = Recorded)))]
pub async fn report_for(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    key: OnceKey,
    Body(request): Body<ReportRequest>,
) -> Answer<(StatusCode, Json<Recorded>)> {
    caller.may(Deed::ReportFor)?;
    let person = read_person(&person)?;
    take(app, caller, key, (person, Source::Guardian), request).await
}
