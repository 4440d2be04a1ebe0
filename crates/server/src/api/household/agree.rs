//! The other adult says that it is so, on a device of her own: from then on it counts for the stated nights.

use super::propose::{HouseholdId, read_dependants};
use crate::acting::still;
use crate::app::App;
use crate::caller::Caller;
use crate::householding::{join, member};
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::request::Body;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::time::Instant;
use healthcode_store::{Tx, households};
use serde::{Deserialize, Serialize};

/// Who comes along.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgreeRequest {
    /// Whom one answers for, and who sleeps there, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    dependants: Vec<String>,
}

struct Agree {
    caller: Caller,
    household: PointId,
    own: PersonId,
    dependants: Vec<PersonId>,
    at: Instant,
}

impl Change for Agree {
    type Answer = HouseholdId;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.own)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<HouseholdId>> {
        let at = self.at;
        tx.lock_person(self.household.as_str()).await?;
        let household = households::get(tx.conn().await?, &self.household).await?;
        let asks = household.filter(|household| {
            household.invited.as_ref() == Some(&self.own)
                && household.agreed_at.is_none()
                && household.ended_at.is_none()
        });
        let household = asks.ok_or(Problem::new(Code::NoHousehold))?;
        for ward in &self.dependants {
            still(tx, &self.caller.account, ward).await?;
        }
        let present = households::members(tx.conn().await?, &self.household).await?;
        let is_new = |ward: &&PersonId| !present.iter().any(|member| member.person == **ward);
        tx.later(households::agree(&self.household, at)).await?;
        let own = member(&self.own, None, at);
        let wards = self.dependants.iter().filter(is_new).map(|ward| member(ward, Some(&self.own), at));
        join(tx, &household, &std::iter::once(own).chain(wards).collect::<Vec<_>>(), at).await?;
        Ok(Done { answer: HouseholdId { household: self.household.to_string() }, changed: Vec::new() })
    }
}

/// Agrees to be of one household.
#[utoipa::path(post, path = "/api/v1/me/household/{household}/agreement", tag = "resident", params(("household" = String, Path)), request_body = AgreeRequest, responses((status = 201, body = HouseholdId)))]
pub async fn agree(
    State(app): State<App>,
    caller: Caller,
    Path(household): Path<String>,
    key: OnceKey,
    Body(request): Body<AgreeRequest>,
) -> Answer<(StatusCode, Json<HouseholdId>)> {
    caller.may(Deed::AgreeHousehold)?;
    let own = caller.own_person(&app).await?;
    let change = Agree {
        caller: caller.clone(),
        household: PointId::new(&household).map_err(|_| Problem::new(Code::NoHousehold))?,
        dependants: read_dependants(&request.dependants)?.into_iter().filter(|ward| *ward != own).collect(),
        own,
        at: app.clock.now(),
    };
    let agreed = once(&app, &caller, key, "agree_household", &(&household, &request), change).await?;
    app.wake.notify_one();
    Ok((StatusCode::CREATED, Json(agreed)))
}
