//! Visits that are doubted: an officer clears those that are right all the same, and rejects the others. Until then they
//! are used against nobody.

use super::looks::{After, read_cursor};
use super::quarantines::read_reason;
use super::{PAGE, Page};
use crate::app::App;
use crate::caller::Caller;
use crate::looking::{existing, look, record_looks};
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::place_name;
use crate::problem::{Answer, Code, Problem};
use crate::reach::named;
use crate::recording::show;
use crate::request::{Asked, Body};
use crate::retention::{self, forget_on};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use healthcode_core::ids::VisitId;
use healthcode_core::rule_set::Text;
use healthcode_core::time::Instant;
use healthcode_store::doubts::{self, Doubt, Ruled, Ruling};
use healthcode_store::{Tx, looks, queue, visits};
use serde::{Deserialize, Serialize};

/// A visit that is doubted.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DoubtedVisit {
    visit: String,
    person: String,
    masked_name: String,
    point: String,
    #[schema(value_type = Object)]
    place: Option<Text>,
    region: String,
    entered_at: String,
    /// `late`, `double`, `out_of_order`, `future` or `impossible`.
    flag: &'static str,
    noted_at: String,
    #[serde(skip)]
    #[schema(ignore)]
    micros: i64,
}

/// Lists doubted visits at places of one's area on which nobody has ruled, oldest first.
#[utoipa::path(get, path = "/api/v1/visits/doubted", tag = "officer", params(After), responses((status = 200, body = Page<DoubtedVisit>)))]
pub async fn list_doubted(
    State(app): State<App>,
    caller: Caller,
    Asked(asked): Asked<After>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::ListDoubted)?;
    let after = asked.after.unwrap_or_else(|| format!("{} ", i64::MIN));
    let mut conn = app.store.reader().await?;
    let found = doubts::open_in(&mut conn, &caller.area, read_cursor(&after)?, PAGE as i64 + 1).await?;
    drop(conn);
    let people: Vec<_> = found.iter().take(PAGE).map(|doubt| doubt.person.clone()).collect();
    record_looks(&app, &caller, &people, "audit").await?;
    let mut items = Vec::with_capacity(found.len());
    for doubt in found {
        items.push(shown(&app, &caller, doubt).await?);
    }
    let page = Page::of(items, |item| format!("{} {}", item.micros, item.visit));
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(page)))
}

async fn shown(app: &App, caller: &Caller, doubt: Doubt) -> Answer<DoubtedVisit> {
    let person = existing(app, &doubt.person).await?;
    let mut conn = app.store.reader().await?;
    Ok(DoubtedVisit {
        visit: doubt.visit.to_string(),
        masked_name: named(app, &mut conn, caller, &person).await?.masked_name,
        person: doubt.person.to_string(),
        point: doubt.point.to_string(),
        place: place_name::name(&mut conn, &doubt.point).await?,
        region: doubt.region,
        entered_at: show(app, doubt.entered_at).to_string(),
        flag: doubt.flag.word(),
        noted_at: show(app, doubt.noted_at).to_string(),
        micros: doubt.entered_at.micros(),
    })
}

/// What is said of a doubted visit.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RulingRequest {
    /// `cleared`: it is right, and counts; `rejected`: it is wrong, and never counts.
    ruling: String,
    /// Why, 1 to 500 bytes.
    reason: String,
}

/// What stands now.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct RulingAnswer {
    visit: String,
    ruling: String,
}

struct Rule {
    app: App,
    caller: Caller,
    visit: VisitId,
    ruling: Ruling,
    reason: String,
    at: Instant,
}

impl Change for Rule {
    type Answer = RulingAnswer;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<RulingAnswer>> {
        let at = self.at;
        let doubt =
            doubts::get(tx.conn().await?, &self.visit).await?.ok_or(Problem::new(Code::NotDoubted))?;
        if !doubt.region.starts_with(&*self.caller.area) {
            return Err(Code::OutsideArea.into());
        }
        let visit = visits::get(tx.conn().await?, &doubt.point, doubt.entered_at, &doubt.visit).await?;
        let visit = visit.ok_or(Problem::new(Code::NotDoubted))?;
        let ruled = Ruled {
            at,
            id: self.app.clock.name_at(at),
            ruling: self.ruling,
            reason: self.reason.clone(),
            account: self.caller.account.clone(),
        };
        let forget = forget_on(at, retention::VISIT);
        for statement in doubts::rule(&visit, &ruled, forget) {
            tx.later(statement).await?;
        }
        tx.later(queue::ask_for_visit(&visit.person, &visit.point, visit.stay, at, forget)).await?;
        let looked = look(&self.app, &self.caller, &visit.person, "audit");
        tx.later(looks::record(&looked, forget_on(at, retention::LOOK))).await?;
        let answer = RulingAnswer { visit: visit.id.to_string(), ruling: self.ruling.word().to_owned() };
        Ok(Done { answer, changed: Vec::new() })
    }
}

/// Clears or rejects a doubted visit; cases that it may concern are reconciled.
#[utoipa::path(post, path = "/api/v1/visits/{visit}/ruling", tag = "officer", params(("visit" = String, Path)), request_body = RulingRequest, responses((status = 201, body = RulingAnswer)))]
pub async fn rule_on_visit(
    State(app): State<App>,
    caller: Caller,
    Path(visit): Path<String>,
    key: OnceKey,
    Body(request): Body<RulingRequest>,
) -> Answer<(StatusCode, Json<RulingAnswer>)> {
    caller.may(Deed::RuleOnVisit)?;
    let reason = read_reason(&request.reason)?;
    let ruling = Ruling::from_word(&request.ruling)
        .ok_or_else(|| Problem::new(Code::Body).field("ruling").detail("ruling: cleared or rejected"))?;
    let change = Rule {
        app: app.clone(),
        caller: caller.clone(),
        visit: VisitId::new(&visit).map_err(|_| Problem::new(Code::NotDoubted))?,
        ruling,
        reason,
        at: app.clock.now(),
    };
    let ruled = once(&app, &caller, key, "rule_on_visit", &(&visit, &request), change).await?;
    app.wake.notify_one();
    Ok((StatusCode::CREATED, Json(ruled)))
}
