//! An officer records who slept under one roof, with the reason: what was seen at the door, or said in an interview. The
//! people concerned read it on their own pages.

use super::propose::HouseholdId;
use crate::api::quarantines::read_reason;
use crate::app::App;
use crate::caller::Caller;
use crate::householding::{Nights, forgotten_on, join, member, read_nights};
use crate::looking::{look, read_person};
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::reach::reachable;
use crate::request::Body;
use crate::retention::{self, forget_on};
use crate::scanned::whom;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::time::Instant;
use healthcode_store::households::{self, Basis, Household};
use healthcode_store::{Tx, looks};
use serde::{Deserialize, Serialize};

/// People that an officer records together, at most.
const MOST_PEOPLE: usize = 20;

/// With whom a person slept under one roof.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordRequest {
    /// The others, 1 to 20 people within one's area: an id, or the text of a code that is shown now.
    with: Vec<String>,
    /// The first night, by the date of its evening: at most 14 days ago.
    first_night: String,
    /// The last one, at most the 28th; the 28th when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_night: Option<String>,
    /// Why, 1 to 500 bytes; the people concerned read it.
    reason: String,
}

struct Record {
    app: App,
    caller: Caller,
    household: PointId,
    people: Vec<PersonId>,
    nights: Nights,
    reason: String,
    at: Instant,
}

impl Change for Record {
    type Answer = HouseholdId;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<HouseholdId>> {
        let at = self.at;
        let household = Household {
            household: self.household.clone(),
            basis: Basis::Officer,
            first_night: self.nights.first,
            last_night: self.nights.last,
            proposed_at: at,
            proposed_by: self.caller.account.clone(),
            invited: None,
            agreed_at: Some(at),
            ended_at: None,
            reason: self.reason.clone(),
            end_reason: String::new(),
        };
        tx.later(households::add(&household, forgotten_on(self.nights.last))).await?;
        for person in &self.people {
            let looked = look(&self.app, &self.caller, person, "case");
            tx.later(looks::record(&looked, forget_on(at, retention::LOOK))).await?;
        }
        let members: Vec<_> = self.people.iter().map(|person| member(person, None, at)).collect();
        join(tx, &household, &members, at).await?;
        Ok(Done { answer: HouseholdId { household: self.household.to_string() }, changed: Vec::new() })
    }
}

/// Records that people slept under one roof.
#[utoipa::path(post, path = "/api/v1/people/{person}/household", tag = "officer", params(("person" = String, Path)), request_body = RecordRequest, responses((status = 201, body = HouseholdId)))]
pub async fn record_household(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    key: OnceKey,
    Body(request): Body<RecordRequest>,
) -> Answer<(StatusCode, Json<HouseholdId>)> {
    caller.may(Deed::RecordHousehold)?;
    let (at, reason) = (app.clock.now(), read_reason(&request.reason)?);
    let mut people = vec![read_person(&person)?];
    for other in &request.with {
        people.push(whom(&app, other, at).await?.ok_or(Problem::new(Code::NotFound).field("with"))?);
    }
    people.sort();
    people.dedup();
    if !(2..=MOST_PEOPLE + 1).contains(&people.len()) {
        let detail = "with: 1 to 20 people other than this one";
        return Err(Problem::new(Code::Body).field("with").detail(detail));
    }
    for person in &people {
        reachable(&app, &caller, person).await?;
    }
    let zone = app.published().rules.zone(at).clone();
    let change = Record {
        app: app.clone(),
        caller: caller.clone(),
        household: PointId::new(app.clock.random_name()).map_err(|_| Problem::new(Code::Internal))?,
        people,
        nights: read_nights(&request.first_night, request.last_night.as_deref(), &zone, at)?,
        reason,
        at,
    };
    let recorded = once(&app, &caller, key, "record_household", &(&person, &request), change).await?;
    app.wake.notify_one();
    Ok((StatusCode::CREATED, Json(recorded)))
}
