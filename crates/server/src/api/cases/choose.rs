//! An officer chooses whom a crowded place concerns; the case is traced again at once.

use super::approve_run::Settled;
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
use crate::tracing_run::crowded;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::time::Instant;
use healthcode_store::case_files::{self, CaseChange};
use healthcode_store::crowded_places::{self, Chosen};
use healthcode_store::queue::{self, RECONCILE};
use healthcode_store::{Tx, looks};
use healthcode_trace::Choice;
use serde::{Deserialize, Serialize};

/// Whom a crowded place concerns.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChooseRequest {
    /// 1, when absent: contacts of the case; 2: contacts of her close contacts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ring: Option<i64>,
    point: String,
    /// One of the offers, or another of the same form: `{"choice":"narrow","at_least_minutes":60,"same_part":true}`.
    #[schema(value_type = Object)]
    choice: Choice,
    reason: String,
}

struct Choose {
    app: App,
    caller: Caller,
    case: PersonId,
    ring: i64,
    point: PointId,
    choice: Choice,
    reason: String,
    at: Instant,
}

impl Change for Choose {
    type Answer = Settled;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.case)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<Settled>> {
        let (app, at, account) = (&self.app, self.at, &self.caller.account);
        tx.lock_person(self.case.as_str()).await?;
        let places = crowded_places::of_case(tx.conn().await?, &self.case).await?;
        let place = places.into_iter().find(|place| (place.ring, &place.point) == (self.ring, &self.point));
        let place = place.ok_or(Problem::new(Code::NotCrowded).field("point"))?;
        let choice = serde_json::to_string(&self.choice).map_err(|_| Problem::new(Code::Internal))?;
        let chosen = Chosen { choice: choice.clone(), reason: self.reason.clone(), by: account.clone(), at };
        tx.later(crowded_places::choose(&place, &chosen)).await?;
        let change = CaseChange {
            at,
            id: app.clock.name_at(at),
            what: format!("choice {}", self.point),
            before: place.chosen.map(|chosen| chosen.choice).unwrap_or_default(),
            after: choice,
            reason: self.reason.clone(),
            account: account.clone(),
        };
        let forget = forget_on(at, retention::PERSON);
        tx.later(case_files::note(&self.case, &change, forget)).await?;
        let looked = look(app, &self.caller, &self.case, "case");
        tx.later(looks::record(&looked, forget_on(at, retention::LOOK))).await?;
        tx.later(queue::ask(RECONCILE, self.case.as_str(), at, forget)).await?;
        Ok(Done { answer: Settled { settled_at: show(app, at).to_string() }, changed: Vec::new() })
    }
}

/// Minutes that a choice may ask for: as long as visits are kept.
const MOST_MINUTES: u32 = 28 * 24 * 60;

/// Refuses a choice that could leave nobody without saying so.
fn read_choice(choice: &Choice) -> Answer<Choice> {
    if let Choice::Narrow(narrow) = choice {
        let minutes = narrow.at_least_minutes.is_none_or(|minutes| (1..=MOST_MINUTES).contains(&minutes));
        let between = narrow.between.is_none_or(|between| between.from < between.until);
        if !minutes || !between {
            return Err(Problem::new(Code::ChoiceRange).field("choice"));
        }
    }
    Ok(choice.clone())
}

/// Chooses whom a crowded place concerns.
#[utoipa::path(post, path = "/api/v1/cases/{person}/choices", tag = "officer", params(("person" = String, Path)), request_body = ChooseRequest, responses((status = 201, body = Settled)))]
pub async fn choose(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    key: OnceKey,
    Body(request): Body<ChooseRequest>,
) -> Answer<(StatusCode, Json<Settled>)> {
    caller.may(Deed::ChooseAtPlace)?;
    let case = read_person(&person)?;
    reachable(&app, &caller, &case).await?;
    let point = PointId::new(&*request.point).map_err(|_| Problem::new(Code::PointUnknown).field("point"))?;
    let change = Choose {
        app: app.clone(),
        caller: caller.clone(),
        case: case.clone(),
        ring: request.ring.unwrap_or(crowded::FIRST),
        point,
        choice: read_choice(&request.choice)?,
        reason: read_reason(&request.reason)?,
        at: app.clock.now(),
    };
    let settled = once(&app, &caller, key, "choose", &(&case, &request), change).await?;
    app.wake.notify_one();
    Ok((StatusCode::CREATED, Json(settled)))
}
