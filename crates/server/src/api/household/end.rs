//! Either adult ends it, from now on: nights that have been stay what they were. A proposal is taken back, or declined, in
//! the same way.

use super::propose::HouseholdId;
use crate::app::App;
use crate::caller::Caller;
use crate::householding::concerns_cases;
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use healthcode_core::ids::{AccountId, PersonId, PointId};
use healthcode_core::time::Instant;
use healthcode_store::Tx;
use healthcode_store::households::{self, Basis};

struct End {
    account: AccountId,
    household: PointId,
    own: PersonId,
    at: Instant,
}

impl Change for End {
    type Answer = HouseholdId;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.own)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<HouseholdId>> {
        tx.lock_person(self.household.as_str()).await?;
        let household = households::get(tx.conn().await?, &self.household).await?;
        let household =
            household.filter(|household| household.ended_at.is_none() && household.basis == Basis::Agreed);
        let household = household.ok_or(Problem::new(Code::NoHousehold))?;
        let members = households::members(tx.conn().await?, &self.household).await?;
        let is_adult = members.iter().any(|member| member.person == self.own && member.follows.is_none());
        if !is_adult && household.invited.as_ref() != Some(&self.own) {
            return Err(Code::NoHousehold.into());
        }
        tx.later(households::end(&self.household, self.at, &self.account, "")).await?;
        concerns_cases(tx, &self.household, self.at).await?;
        Ok(Done { answer: HouseholdId { household: self.household.to_string() }, changed: Vec::new() })
    }
}

/// Ends a household, declines to be of it, or takes a proposal back.
#[utoipa::path(post, path = "/api/v1/me/household/{household}/end", tag = "resident", params(("household" = String, Path)), responses((status = 201, body = HouseholdId)))]
pub async fn end(
    State(app): State<App>,
    caller: Caller,
    Path(household): Path<String>,
    key: OnceKey,
) -> Answer<(StatusCode, Json<HouseholdId>)> {
    caller.may(Deed::EndHousehold)?;
    let change = End {
        account: caller.account.clone(),
        household: PointId::new(&household).map_err(|_| Problem::new(Code::NoHousehold))?,
        own: caller.own_person(&app).await?,
        at: app.clock.now(),
    };
    let ended = once(&app, &caller, key, "end_household", &household, change).await?;
    app.wake.notify_one();
    Ok((StatusCode::CREATED, Json(ended)))
}
