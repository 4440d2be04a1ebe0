//! An officer brings in a definition: a built-in one, or an own text without a mistake.

use super::BroughtIn;
use crate::app::App;
use crate::caller::Caller;
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::request::Body;
use crate::retention::{INSTALLATION, forget_on};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use healthcode_core::time::Instant;
use healthcode_store::Tx;
use healthcode_store::contact_definitions::{self, Definition};
use healthcode_trace::Policy;
use serde::{Deserialize, Serialize};

/// A definition: a built-in one by its name, or an own one by its text.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DefinitionRequest {
    /// The name of a built-in definition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    preset: Option<String>,
    /// The text of a `policy.toml`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

struct BringIn {
    definition: Definition,
    at: Instant,
}

impl Change for BringIn {
    type Answer = BroughtIn;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<BroughtIn>> {
        tx.later(contact_definitions::add(&self.definition, forget_on(self.at, INSTALLATION))).await?;
        let Definition { id, name, .. } = self.definition.clone();
        Ok(Done { answer: BroughtIn { id, name }, changed: Vec::new() })
    }
}

/// The policy of a request with its text; every mistake is told.
fn read(request: &DefinitionRequest) -> Answer<(Policy, String)> {
    let text = match (&request.preset, &request.text) {
        (Some(preset), None) => {
            Policy::built_in_text(preset).ok_or(Problem::new(Code::NotFound).field("preset"))?.to_owned()
        }
        (None, Some(text)) => text.clone(),
        _ => return Err(Problem::new(Code::DefinitionForm).detail("give either preset or text")),
    };
    let policy = Policy::parse(&text)
        .map_err(|faults| Problem::new(Code::DefinitionForm).field("text").detail(faults.to_string()))?;
    match &policy.off {
        Some(off) => Err(Problem::new(Code::DefinitionOff).detail(off.clone())),
        None => Ok((policy, text)),
    }
}

/// Brings in a definition.
#[utoipa::path(post, path = "/api/v1/definitions", tag = "officer", request_body = DefinitionRequest, responses((status = 201, body = BroughtIn)))]
pub async fn bring_in_definition(
    State(app): State<App>,
    caller: Caller,
    key: OnceKey,
    Body(request): Body<DefinitionRequest>,
) -> Answer<(StatusCode, Json<BroughtIn>)> {
    caller.may(Deed::BringInDefinition)?;
    let at = app.clock.now();
    let (policy, body) = read(&request)?;
    let definition = Definition {
        id: app.clock.name_at(at),
        name: policy.name,
        body,
        made: (caller.account.clone(), at),
        preview: None,
        approved: None,
    };
    let answer =
        once(&app, &caller, key, "bring_in_definition", &request, BringIn { definition, at }).await?;
    Ok((StatusCode::CREATED, Json(answer)))
}
