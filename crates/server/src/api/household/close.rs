//! An officer ends a household that an officer recorded, from now on, and says why: the people concerned read it. What two
//! adults said of themselves, they end themselves.

use super::propose::HouseholdId;
use crate::api::quarantines::read_reason;
use crate::app::App;
use crate::caller::Caller;
use crate::householding::concerns_cases;
use crate::looking::{look, read_person};
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::reach::reachable;
use crate::request::Body;
use crate::retention::{self, forget_on};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::time::Instant;
use healthcode_store::households::{self, Basis, Member};
use healthcode_store::{Tx, looks};
use serde::{Deserialize, Serialize};

/// Why it ends.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndRequest {
    /// 1 to 500 bytes; the people concerned read it.
    reason: String,
}

struct EndRecorded {
    app: App,
    caller: Caller,
    household: PointId,
    reason: String,
    at: Instant,
}

impl Change for EndRecorded {
    type Answer = HouseholdId;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<HouseholdId>> {
        let (household, at) = (&self.household, self.at);
        tx.lock_person(household.as_str()).await?;
        let known = households::get(tx.conn().await?, household).await?;
        if !known.is_some_and(|known| known.basis == Basis::Officer && known.ended_at.is_none()) {
            return Err(Code::NoRecord.into());
        }
        tx.later(households::end(household, at, &self.caller.account, &self.reason)).await?;
        for member in households::members(tx.conn().await?, household).await? {
            let looked = look(&self.app, &self.caller, &member.person, "case");
            tx.later(looks::record(&looked, forget_on(at, retention::LOOK))).await?;
        }
        concerns_cases(tx, household, at).await?;
        Ok(Done { answer: HouseholdId { household: household.to_string() }, changed: Vec::new() })
    }
}

/// Everyone of a household, whom the caller's area must reach; the person of the path is one of them.
async fn reached(app: &App, caller: &Caller, person: &PersonId, household: &PointId) -> Answer<()> {
    reachable(app, caller, person).await?;
    let members: Vec<Member> = households::members(&mut *app.store.reader().await?, household).await?;
    if !members.iter().any(|member| member.person == *person) {
        return Err(Code::NoRecord.into());
    }
    for member in &members {
        reachable(app, caller, &member.person).await?;
    }
    Ok(())
}

/// Ends a household that an officer recorded.
#[utoipa::path(post, path = "/api/v1/people/{person}/household/{household}/end", tag = "officer", params(("person" = String, Path), ("household" = String, Path)), request_body = EndRequest, responses((status = 201, body = HouseholdId)))]
pub async fn end_recorded(
    State(app): State<App>,
    caller: Caller,
    Path((person, household)): Path<(String, String)>,
    key: OnceKey,
    Body(request): Body<EndRequest>,
) -> Answer<(StatusCode, Json<HouseholdId>)> {
    caller.may(Deed::EndRecorded)?;
    let (id, reason) = (read_person(&person)?, read_reason(&request.reason)?);
    let household = PointId::new(&household).map_err(|_| Problem::new(Code::NoRecord))?;
    reached(&app, &caller, &id, &household).await?;
    let request = (&person, household.to_string(), &request);
    let change =
        EndRecorded { app: app.clone(), caller: caller.clone(), household, reason, at: app.clock.now() };
    let ended = once(&app, &caller, key, "end_recorded", &request, change).await?;
    app.wake.notify_one();
    Ok((StatusCode::CREATED, Json(ended)))
}
