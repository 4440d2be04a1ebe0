//! One adult says that she sleeps under one roof with another, whose code she was shown. It is a question: nothing comes of
//! it before the other says so, too, and the answer says nothing of the other.

use crate::acting::still;
use crate::app::App;
use crate::caller::Caller;
use crate::householding::{Nights, forgotten_on, join, member, read_nights};
use crate::looking::look;
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::request::Body;
use crate::retention::{self, forget_on};
use crate::scanned::{holder, verify_code};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::time::Instant;
use healthcode_store::households::{self, Basis, Household};
use healthcode_store::{Tx, looks};
use serde::{Deserialize, Serialize};

/// Dependants of one adult in a household, at most.
const MOST_DEPENDANTS: usize = 20;

/// With whom, for which nights.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposeRequest {
    /// The text of the code that the other shows.
    code: String,
    /// The first night, by the date of its evening: at most 14 days ago.
    first_night: String,
    /// The last one, at most the 28th; the 28th when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_night: Option<String>,
    /// Whom one answers for, and who sleeps there, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    dependants: Vec<String>,
}

/// The household, or the proposal of one.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct HouseholdId {
    pub(super) household: String,
}

/// Whom the caller answers for, by the ids in a request.
pub(super) fn read_dependants(ids: &[String]) -> Answer<Vec<PersonId>> {
    if ids.len() > MOST_DEPENDANTS {
        return Err(Problem::new(Code::Body).field("dependants").detail("dependants: 20 at most"));
    }
    let read =
        |id: &String| PersonId::new(id).map_err(|_| Problem::new(Code::NotActingFor).field("dependants"));
    let mut people = ids.iter().map(read).collect::<Answer<Vec<_>>>()?;
    people.sort();
    people.dedup();
    Ok(people)
}

struct Propose {
    app: App,
    caller: Caller,
    household: PointId,
    own: PersonId,
    other: PersonId,
    nights: Nights,
    dependants: Vec<PersonId>,
    at: Instant,
}

impl Change for Propose {
    type Answer = HouseholdId;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.own)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<HouseholdId>> {
        let at = self.at;
        for ward in &self.dependants {
            still(tx, &self.caller.account, ward).await?;
        }
        let household = Household {
            household: self.household.clone(),
            basis: Basis::Agreed,
            first_night: self.nights.first,
            last_night: self.nights.last,
            proposed_at: at,
            proposed_by: self.caller.account.clone(),
            invited: Some(self.other.clone()),
            agreed_at: None,
            ended_at: None,
            reason: String::new(),
            end_reason: String::new(),
        };
        tx.later(households::add(&household, forgotten_on(self.nights.last))).await?;
        let own = member(&self.own, None, at);
        let wards = self.dependants.iter().map(|ward| member(ward, Some(&self.own), at));
        join(tx, &household, &std::iter::once(own).chain(wards).collect::<Vec<_>>(), at).await?;
        let looked = look(&self.app, &self.caller, &self.other, "household");
        tx.later(looks::record(&looked, forget_on(at, retention::LOOK))).await?;
        Ok(Done { answer: HouseholdId { household: self.household.to_string() }, changed: Vec::new() })
    }
}

/// Asks somebody whether she agrees to be of one household.
#[utoipa::path(post, path = "/api/v1/me/household", tag = "resident", request_body = ProposeRequest, responses((status = 201, body = HouseholdId)))]
pub async fn propose(
    State(app): State<App>,
    caller: Caller,
    key: OnceKey,
    Body(request): Body<ProposeRequest>,
) -> Answer<(StatusCode, Json<HouseholdId>)> {
    caller.may(Deed::ProposeHousehold)?;
    let at = app.clock.now();
    let own = caller.own_person(&app).await?;
    let verdict = verify_code(&app, &request.code, at);
    let other = match verdict.claims() {
        Some(claims) => holder(&app, claims).await?,
        None => None,
    };
    let other =
        other.filter(|other| *other != own).ok_or(Problem::new(Code::CodeUnreadable).field("code"))?;
    let zone = app.published().rules.zone(at).clone();
    let change = Propose {
        app: app.clone(),
        caller: caller.clone(),
        household: PointId::new(app.clock.random_name()).map_err(|_| Problem::new(Code::Internal))?,
        nights: read_nights(&request.first_night, request.last_night.as_deref(), &zone, at)?,
        dependants: read_dependants(&request.dependants)?.into_iter().filter(|ward| *ward != own).collect(),
        own,
        other,
        at,
    };
    Ok((StatusCode::CREATED, Json(once(&app, &caller, key, "propose_household", &request, change).await?)))
}
