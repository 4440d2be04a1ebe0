//! A resident reports today. The server sets both times, so nobody fills in fourteen days at once.

use super::declare::read_temperature;
use crate::app::App;
use crate::caller::Caller;
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::Answer;
use crate::recording::{Recorded, new_evidence, record};
use crate::request::Body;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use healthcode_core::evidence::Source;
use healthcode_core::fact::{Fact, HealthReport, Symptom};
use healthcode_core::ids::{AccountId, PersonId};
use healthcode_core::time::Instant;
use healthcode_store::Tx;
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
}

struct Report {
    app: App,
    account: AccountId,
    person: PersonId,
    fact: Fact,
    at: Instant,
}

impl Change for Report {
    type Answer = Recorded;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.person)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<Recorded>> {
        let report = new_evidence(&self.app, &self.person, Source::Own, self.fact.clone(), self.at, self.at)?;
        let changed = record(&self.app, tx, &[&report], self.account.as_str()).await?;
        let changed = if changed { vec![self.person.clone()] } else { Vec::new() };
        Ok(Done { answer: Recorded::of(&self.app, &report), changed })
    }
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
    let mut symptoms = request.symptoms.clone();
    symptoms.sort_unstable();
    symptoms.dedup();
    let fact = Fact::HealthReport(HealthReport {
        temperature_c: read_temperature(request.temperature_c)?,
        symptoms,
    });
    let person = caller.own_person(&app).await?;
    let change =
        Report { app: app.clone(), account: caller.account.clone(), person, fact, at: app.clock.now() };
    Ok((StatusCode::CREATED, Json(once(&app, &caller, key, "report", &request, change).await?)))
}
