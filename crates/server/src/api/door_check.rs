//! An officer or a checker stands at the door of someone under an order and scans her code: met. Where nobody opens, an
//! officer records that, and it comes to the work list.

use crate::app::App;
use crate::caller::Caller;
use crate::looking::{look, read_person};
use crate::once::{Change, Done, OnceKey, given, once};
use crate::permission::{Deed, Role};
use crate::problem::{Answer, Code, Problem};
use crate::reach::reachable;
use crate::recording::show;
use crate::request::Body;
use crate::retention::{self, forget_on};
use crate::scanned::{holder, verify_code};
use crate::supervised::standing;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use healthcode_core::ids::PersonId;
use healthcode_core::time::Instant;
use healthcode_credential::outcome::Outcome;
use healthcode_store::door_checks::{self, DoorCheck};
use healthcode_store::{Tx, looks, people};
use serde::{Deserialize, Serialize};

/// What happened at the door.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DoorCheckRequest {
    /// The text of the code that was shown: the person was met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// Without a code, for officers: whose door it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person: Option<String>,
    /// Without a code: whether the person was met and showed a document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    met: Option<bool>,
}

/// A check that was recorded.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct DoorChecked {
    /// `met` or `not_met`.
    outcome: String,
    masked_name: String,
    document_last_four: String,
    checked_at: String,
}

struct RecordCheck {
    app: App,
    caller: Caller,
    person: PersonId,
    met: bool,
    proof: &'static str,
    at: Instant,
}

impl Change for RecordCheck {
    type Answer = DoorChecked;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.person)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<DoorChecked>> {
        let (app, at) = (&self.app, self.at);
        let known = people::get(tx.conn().await?, app.store.seal(), &self.person).await?;
        let known = known.ok_or(Problem::new(Code::NotFound))?;
        let order = standing(tx, &self.person, at).await?.ok_or(Problem::new(Code::NoOrder))?;
        let outcome = if self.met { "met" } else { "not_met" };
        let check = DoorCheck {
            at,
            id: app.clock.name_at(at),
            outcome: outcome.to_owned(),
            proof: self.proof.to_owned(),
            account: self.caller.account.clone(),
            role: self.caller.role.word().to_owned(),
        };
        for statement in door_checks::record(&order, &check, forget_on(at, retention::PERSON)) {
            tx.later(statement).await?;
        }
        let looked = look(app, &self.caller, &self.person, "door");
        tx.later(looks::record(&looked, forget_on(at, retention::LOOK))).await?;
        let answer = DoorChecked {
            outcome: outcome.to_owned(),
            masked_name: known.personal.name.masked(),
            document_last_four: known.personal.document.last_four().to_owned(),
            checked_at: show(app, at).to_string(),
        };
        Ok(Done { answer, changed: Vec::new() })
    }
}

/// Whose door it is, whether the person was met, and on what that rests.
async fn read(
    app: &App,
    caller: &Caller,
    request: &DoorCheckRequest,
    at: Instant,
) -> Answer<(PersonId, bool, &'static str)> {
    match (&request.code, &request.person, request.met) {
        (Some(code), None, None) => {
            let verdict = verify_code(app, code, at);
            let claims = verdict.claims().ok_or_else(|| match verdict.outcome() {
                Outcome::Expired => Problem::new(Code::CodeExpired).field("code"),
                _ => Problem::new(Code::CodeUnreadable).field("code"),
            })?;
            let person = holder(app, claims).await?.ok_or(Problem::new(Code::CodeUnknown).field("code"))?;
            Ok((person, true, "code"))
        }
        // A checker knows nobody but by the code that is shown.
        (None, Some(_), Some(_)) if caller.role != Role::Officer => Err(Code::NotAllowed.into()),
        (None, Some(person), Some(met)) => {
            let person = read_person(person)?;
            reachable(app, caller, &person).await?;
            Ok((person, met, if met { "document" } else { "none" }))
        }
        _ => {
            let detail = "either `code`, or `person` with `met`";
            Err(Problem::new(Code::Body).field("code").detail(detail))
        }
    }
}

/// Records a door check.
#[utoipa::path(post, path = "/api/v1/door-checks", tag = "checker", request_body = DoorCheckRequest, responses((status = 201, body = DoorChecked)))]
pub async fn door_check(
    State(app): State<App>,
    caller: Caller,
    key: OnceKey,
    Body(request): Body<DoorCheckRequest>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::DoorCheck)?;
    let at = app.clock.now();
    let no_store = [(header::CACHE_CONTROL, "no-store")];
    // A code may have expired since it was scanned; the repetition gets the first answer.
    if let Some(first) = given(&app, &caller, &key, "door_check", &request).await? {
        return Ok((StatusCode::CREATED, no_store, Json(first)));
    }
    let (person, met, proof) = read(&app, &caller, &request, at).await?;
    let change = RecordCheck { app: app.clone(), caller: caller.clone(), person, met, proof, at };
    let checked = once(&app, &caller, key, "door_check", &request, change).await?;
    Ok((StatusCode::CREATED, no_store, Json(checked)))
}
