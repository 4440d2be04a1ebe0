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
use healthcode_store::{Tx, acts_for, looks, outbox, passes};
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
        tx.lock_people(&[self.ward.as_str(), self.guardian.as_str()]).await?;
        let devices = match self.may_answer {
            true => self.begin(tx).await?,
            false => self.end(tx).await?,
        };
        for person in [&self.ward, &self.guardian] {
            let looked = look(&self.app, &self.caller, person, "household");
            tx.later(looks::record(&looked, forget_on(at, retention::LOOK))).await?;
        }
        // The pages of both learn it at once, also those that other servers feed.
        for person in [&self.ward, &self.guardian] {
            let forget = forget_on(at, retention::NOTICE);
            tx.later(outbox::tell(&self.app.clock.name_at(at), person, at, forget)).await?;
        }
        let changed = vec![self.ward.clone(), self.guardian.clone()];
        Ok(Done { answer: GuardianAnswer { devices }, changed })
    }
}

impl SetGuardian {
    async fn begin(&self, tx: &mut Tx<'_>) -> Answer<usize> {
        let forget = forget_on(self.at, retention::PERSON);
        let accounts = acts_for::accounts_of(tx.conn().await?, &self.guardian).await?;
        for account in &accounts {
            tx.later(acts_for::let_act(account, &self.ward, "guardian", self.at, forget)).await?;
        }
        Ok(accounts.len())
    }

    /// Ends it on every device, and withdraws the passes that these hold for the ward.
    async fn end(&self, tx: &mut Tx<'_>) -> Answer<usize> {
        let conn = tx.conn().await?;
        for account in acts_for::guardian_accounts(conn, &self.guardian, &self.ward).await? {
            tx.later(acts_for::end_guardian(&account, &self.ward, self.at)).await?;
            passes::withdraw_of_phone(tx.conn().await?, &self.ward, &account, self.at).await?;
        }
        Ok(0)
    }
}

/// Lets someone answer for a person, or ends it; then the passes that the guardian's devices hold for the person are
/// withdrawn.
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
