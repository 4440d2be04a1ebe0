//! How a case was traced: by which definition, what the last runs changed or would change, which places are too crowded to
//! trace without an officer. Another officer approves or refuses a run that waits; an officer chooses at a crowded place.

use crate::api::quarantines::read_reason;
use crate::app::App;
use crate::caller::Caller;
use crate::looking::{look, read_person, record_looks};
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::place_name;
use crate::problem::{Answer, Code, Problem};
use crate::reach::reachable;
use crate::recording::show;
use crate::request::Body;
use crate::retention::{self, forget_on};
use crate::tracing_run::preview::Preview;
use crate::tracing_run::{self, crowded};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use healthcode_core::ids::{AccountId, PersonId, PointId};
use healthcode_core::rule_set::Text;
use healthcode_core::time::Instant;
use healthcode_store::case_files::{self, CaseChange};
use healthcode_store::crowded_places::{self, Chosen, CrowdedPlace};
use healthcode_store::queue::{self, RECONCILE};
use healthcode_store::tracing_runs::{self, Run, RunState};
use healthcode_store::{Conn, Tx, evidence, looks};
use healthcode_trace::Choice;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Runs that are shown, the newest first.
const RUNS: i64 = 20;

/// A tracing run.
#[derive(Serialize, utoipa::ToSchema)]
pub struct RunAnswer {
    id: String,
    at: String,
    /// `applied`, `waiting`, `approved`, `refused` or `overtaken`.
    state: &'static str,
    definition: String,
    preview: Preview,
    /// Who approved or refused it, when and why.
    #[schema(value_type = Option<String>)]
    settled_by: Option<AccountId>,
    settled_at: Option<String>,
    reason: Option<String>,
}

/// A place at which the case would have more contacts than the definition lets pass.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CrowdedAnswer {
    /// 1: contacts of the case; 2: contacts of her close contacts.
    ring: i64,
    point: String,
    #[schema(value_type = Object)]
    name: Option<Text>,
    people: i64,
    /// Choices with the number of people that each would leave.
    #[schema(value_type = Vec<Object>)]
    offers: Value,
    /// What was chosen; null while nobody chose, and nobody is exposed there.
    #[schema(value_type = Option<Object>)]
    choice: Option<Value>,
    reason: Option<String>,
    #[schema(value_type = Option<String>)]
    chosen_by: Option<AccountId>,
    chosen_at: Option<String>,
}

/// How a case was traced.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TracingAnswer {
    /// The contact definition in force.
    definition: String,
    /// People whom the case may expose without a second officer's approval.
    allowed: usize,
    runs: Vec<RunAnswer>,
    crowded: Vec<CrowdedAnswer>,
}

pub(super) fn shown_run(app: &App, run: Run) -> Answer<RunAnswer> {
    let preview = serde_json::from_str(&run.preview).map_err(|_| Problem::new(Code::Internal))?;
    let (settled_by, settled_at, reason) = match run.settled {
        Some((by, at, reason)) => (Some(by), Some(show(app, at).to_string()), Some(reason)),
        None => (None, None, None),
    };
    Ok(RunAnswer {
        id: run.id,
        at: show(app, run.at).to_string(),
        state: run.state.word(),
        definition: run.definition,
        preview,
        settled_by,
        settled_at,
        reason,
    })
}

pub(super) async fn shown_crowded(app: &App, conn: &mut Conn, place: CrowdedPlace) -> Answer<CrowdedAnswer> {
    let read = |text: &str| serde_json::from_str(text).map_err(|_| Problem::new(Code::Internal));
    Ok(CrowdedAnswer {
        name: place_name::name(conn, &place.point).await?,
        ring: place.ring,
        point: place.point.to_string(),
        people: place.people,
        offers: read(&place.counts)?,
        choice: place.chosen.as_ref().map(|chosen| read(&chosen.choice)).transpose()?,
        reason: place.chosen.as_ref().map(|chosen| chosen.reason.clone()),
        chosen_by: place.chosen.as_ref().map(|chosen| chosen.by.clone()),
        chosen_at: place.chosen.as_ref().map(|chosen| show(app, chosen.at).to_string()),
    })
}

/// Shows how a case was traced.
#[utoipa::path(get, path = "/api/v1/cases/{person}/tracing", tag = "officer", params(("person" = String, Path)), responses((status = 200, body = TracingAnswer)))]
pub async fn see_tracing(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::SeeTracing)?;
    let case = read_person(&person)?;
    reachable(&app, &caller, &case).await?;
    record_looks(&app, &caller, std::slice::from_ref(&case), "case").await?;
    let mut conn = app.store.reader().await?;
    let runs = tracing_runs::of_case(&mut conn, &case, RUNS).await?;
    let mut crowded = Vec::new();
    for place in crowded_places::of_case(&mut conn, &case).await? {
        crowded.push(shown_crowded(&app, &mut conn, place).await?);
    }
    let answer = TracingAnswer {
        definition: tracing_run::definition(&app, &mut conn).await?.name,
        allowed: tracing_run::settle::allowed(&app, &mut conn, &case).await?,
        runs: runs.into_iter().map(|run| shown_run(&app, run)).collect::<Answer<_>>()?,
        crowded,
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)))
}

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
    settled_at: String,
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
        choice: request.choice.clone(),
        reason: read_reason(&request.reason)?,
        at: app.clock.now(),
    };
    let settled = once(&app, &caller, key, "choose", &(&case, &request), change).await?;
    app.wake.notify_one();
    Ok((StatusCode::CREATED, Json(settled)))
}
