//! An officer lets one person answer for another of the household: a child, an elder, someone without a telephone. It is
//! never the resident who says whom she answers for.

use super::quarantines::read_reason;
use crate::app::App;
use crate::caller::Caller;
use crate::looking::{existing, look, read_person};
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::reach::reachable;
use crate::request::Body;
use crate::retention::{self, forget_on};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use healthcode_core::ids::PersonId;
use healthcode_core::time::Instant;
use healthcode_store::{Tx, looks, people};
use serde::{Deserialize, Serialize};

/// Who is to answer, or no more.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GuardianRequest {
    /// Who answers.
    guardian: String,
    /// `false` to end it; `true` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    may_answer: Option<bool>,
    /// Why, such as "mother, seen at the door".
    reason: String,
}

/// On how many devices the guardian may answer now.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct GuardianAnswer {
    devices: usize,
}

struct SetGuardian {
    app: App,
    caller: Caller,
    ward: PersonId,
    guardian: PersonId,
    may_answer: bool,
    at: Instant,
}

impl Change for SetGuardian {
    type Answer = GuardianAnswer;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<GuardianAnswer>> {
        let at = self.at;
        let accounts = people::accounts_of(tx.conn().await?, &self.guardian).await?;
        for account in &accounts {
            let forget = forget_on(at, retention::PERSON);
            tx.later(match self.may_answer {
                true => people::let_act(account, &self.ward, "guardian", at, forget),
                false => people::end_guardian(account, &self.ward, at),
            })
            .await?;
        }
        for person in [&self.ward, &self.guardian] {
            let looked = look(&self.app, &self.caller, person, "household");
            tx.later(looks::record(&looked, forget_on(at, retention::LOOK))).await?;
        }
        let devices = if self.may_answer { accounts.len() } else { 0 };
        Ok(Done { answer: GuardianAnswer { devices }, changed: Vec::new() })
    }
}

/// Lets someone answer for a person, or ends it.
#[utoipa::path(post, path = "/api/v1/people/{person}/guardians", tag = "officer", params(("person" = String, Path)), request_body = GuardianRequest, responses((status = 201, body = GuardianAnswer)))]
pub async fn set_guardian(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    key: OnceKey,
    Body(request): Body<GuardianRequest>,
) -> Answer<(StatusCode, Json<GuardianAnswer>)> {
    caller.may(Deed::SetGuardian)?;
    read_reason(&request.reason)?;
    let ward = read_person(&person)?;
    reachable(&app, &caller, &ward).await?;
    let guardian =
        read_person(&request.guardian).map_err(|_| Problem::new(Code::NotFound).field("guardian"))?;
    existing(&app, &guardian).await?;
    if guardian == ward {
        let detail = "guardian: somebody else than the person";
        return Err(Problem::new(Code::Body).field("guardian").detail(detail));
    }
    let change = SetGuardian {
        app: app.clone(),
        caller: caller.clone(),
        ward,
        guardian,
        may_answer: request.may_answer.unwrap_or(true),
        at: app.clock.now(),
    };
    let request = (&person, &request);
    Ok((StatusCode::CREATED, Json(once(&app, &caller, key, "set_guardian", &request, change).await?)))
}
