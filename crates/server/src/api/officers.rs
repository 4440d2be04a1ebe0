//! Officers with the load of each, and who looks after an order of isolation.

use super::cases::file::read_officer;
use super::looks::After;
use super::{PAGE, Page};
use crate::app::App;
use crate::caller::Caller;
use crate::looking::{look, read_person};
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::reach::reachable;
use crate::recording::show;
use crate::request::{Asked, Body};
use crate::retention::{self, forget_on};
use crate::supervised::named;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use healthcode_core::ids::{AccountId, PersonId};
use healthcode_core::time::Instant;
use healthcode_store::{Tx, looks, officers, quarantines};
use serde::{Deserialize, Serialize};

/// An officer with her load.
#[derive(Serialize, utoipa::ToSchema)]
pub struct OfficerAnswer {
    account: String,
    /// What the sign-in link was made for.
    label: String,
    /// Where the grant holds; empty for the whole installation.
    region: String,
    /// Whether it is the caller.
    myself: bool,
    /// Cases under way that she looks after.
    cases: i64,
    /// Orders of isolation that she looks after.
    orders: i64,
}

/// Lists officers with the load of each.
#[utoipa::path(get, path = "/api/v1/officers", tag = "officer", params(After), responses((status = 200, body = Page<OfficerAnswer>)))]
pub async fn list_officers(
    State(app): State<App>,
    caller: Caller,
    Asked(asked): Asked<After>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::ListOfficers)?;
    let after = asked.after.unwrap_or_default();
    if after.len() > 64 {
        return Err(Problem::new(Code::Body).field("after"));
    }
    let mut conn = app.store.reader().await?;
    let found = officers::list(&mut conn, app.clock.now(), &after, PAGE as i64 + 1).await?;
    let page = Page::of(found, |officer| officer.account.to_string());
    let items = page.items.into_iter().map(|officer| OfficerAnswer {
        myself: officer.account == caller.account,
        account: officer.account.to_string(),
        label: officer.label,
        region: officer.region,
        cases: officer.cases,
        orders: officer.orders,
    });
    let page = Page { items: items.collect(), next: page.next };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(page)))
}

/// Who looks after an order from now on.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignOrderRequest {
    /// An account of the list of officers; oneself when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    officer: Option<String>,
}

/// An order that was given to someone.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct OrderAssigned {
    assigned_at: String,
}

struct AssignOrder {
    app: App,
    caller: Caller,
    person: PersonId,
    order: String,
    officer: AccountId,
    at: Instant,
}

impl Change for AssignOrder {
    type Answer = OrderAssigned;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.person)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<OrderAssigned>> {
        let order = named(tx, &self.person, &self.order).await?;
        tx.later(quarantines::assign(&order, &self.officer)).await?;
        let looked = look(&self.app, &self.caller, &self.person, "quarantine");
        tx.later(looks::record(&looked, forget_on(self.at, retention::LOOK))).await?;
        let answer = OrderAssigned { assigned_at: show(&self.app, self.at).to_string() };
        Ok(Done { answer, changed: Vec::new() })
    }
}

/// Gives an order to an officer to look after.
#[utoipa::path(post, path = "/api/v1/people/{person}/quarantines/{order}/assignment", tag = "officer", params(("person" = String, Path), ("order" = String, Path)), request_body = AssignOrderRequest, responses((status = 201, body = OrderAssigned)))]
pub async fn assign_quarantine(
    State(app): State<App>,
    caller: Caller,
    Path((person, order)): Path<(String, String)>,
    key: OnceKey,
    Body(request): Body<AssignOrderRequest>,
) -> Answer<(StatusCode, Json<OrderAssigned>)> {
    caller.may(Deed::AssignQuarantine)?;
    let person = read_person(&person)?;
    reachable(&app, &caller, &person).await?;
    let officer = read_officer(&app, &caller, request.officer.as_deref()).await?;
    let change = AssignOrder {
        app: app.clone(),
        caller: caller.clone(),
        person: person.clone(),
        order: order.clone(),
        officer,
        at: app.clock.now(),
    };
    let request = (&person, &order, &request);
    Ok((StatusCode::CREATED, Json(once(&app, &caller, key, "assign_quarantine", &request, change).await?)))
}
