//! Another officer approves or refuses a tracing run that is too large for one.

use crate::api::quarantines::read_reason;
use crate::app::App;
use crate::caller::Caller;
use crate::looking::{look, read_person};
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::reach::reachable;
use crate::recording::show;
use crate::request::Body;
use crate::retention::{self, forget_on};
use axum::Json;
use axum::extract::{Path, State};
use healthcode_core::ids::PersonId;
use healthcode_core::time::Instant;
use healthcode_store::queue::{self, RECONCILE};
use healthcode_store::tracing_runs::{self, RunState};
use healthcode_store::{Conn, Tx, case_files, crowded_places, evidence, looks};
use serde::{Deserialize, Serialize};

/// What a second officer decides about a run that waits.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettleRequest {
    /// The run, as it was seen.
    run: String,
    /// `true` to let its people be exposed.
    approve: bool,
    reason: String,
}

/// What was decided.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct Settled {
    pub(super) settled_at: String,
}

struct SettleRun {
    app: App,
    caller: Caller,
    case: PersonId,
    run: String,
    state: RunState,
    reason: String,
    at: Instant,
}

impl SettleRun {
    /// Whoever brought the run about does not settle it: who reported the case last, set its window, or chose at a place.
    async fn is_first_officer(&self, conn: &mut Conn) -> Answer<bool> {
        let me = &self.caller.account;
        let reported = evidence::last_recorder(conn, &self.case, "case_status").await?;
        let edited = case_files::changes(conn, &self.case).await?;
        let edited = edited.iter().rev().find(|change| change.what == "window");
        let chosen = crowded_places::of_case(conn, &self.case).await?;
        Ok(reported.as_deref() == Some(me.as_str())
            || edited.is_some_and(|change| change.account == *me)
            || chosen.iter().any(|place| place.chosen.as_ref().is_some_and(|chosen| chosen.by == *me)))
    }
}

impl Change for SettleRun {
    type Answer = Settled;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.case)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<Settled>> {
        let (app, at) = (&self.app, self.at);
        tx.lock_person(self.case.as_str()).await?;
        let waiting = tracing_runs::waiting_of(tx.conn().await?, &self.case).await?;
        let waiting = waiting.filter(|run| run.id == self.run).ok_or(Problem::new(Code::RunOvertaken))?;
        if self.is_first_officer(tx.conn().await?).await? {
            return Err(Code::SecondOfficerRun.into());
        }
        tx.later(tracing_runs::settle(&waiting, self.state, &self.caller.account, at, &self.reason)).await?;
        let looked = look(app, &self.caller, &self.case, "case");
        tx.later(looks::record(&looked, forget_on(at, retention::LOOK))).await?;
        tx.later(queue::ask(RECONCILE, self.case.as_str(), at, forget_on(at, retention::PERSON))).await?;
        Ok(Done { answer: Settled { settled_at: show(app, at).to_string() }, changed: Vec::new() })
    }
}

/// Approves or refuses a run that waits.
#[utoipa::path(post, path = "/api/v1/cases/{person}/tracing/approval", tag = "officer", params(("person" = String, Path)), request_body = SettleRequest, responses((status = 200, body = Settled)))]
pub async fn settle_run(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    key: OnceKey,
    Body(request): Body<SettleRequest>,
) -> Answer<Json<Settled>> {
    caller.may(Deed::SettleRun)?;
    let case = read_person(&person)?;
    reachable(&app, &caller, &case).await?;
    let change = SettleRun {
        app: app.clone(),
        caller: caller.clone(),
        case: case.clone(),
        run: request.run.clone(),
        state: if request.approve { RunState::Approved } else { RunState::Refused },
        reason: read_reason(&request.reason)?,
        at: app.clock.now(),
    };
    let settled = once(&app, &caller, key, "settle_run", &(&case, &request), change).await?;
    app.wake.notify_one();
    Ok(Json(settled))
}
