//! An officer extends or shortens an order. The reason and the former end are kept, and the change is evidence: what it
//! does to a colour, the rules say.

use super::order::{OrderMade, read_end};
use super::read_reason;
use crate::app::App;
use crate::caller::Caller;
use crate::looking::{look, read_person};
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code};
use crate::reach::reachable;
use crate::recording::{new_evidence, record, show};
use crate::request::Body;
use crate::retention::{self, forget_on};
use crate::supervised::{named, standing};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use healthcode_core::evidence::Source;
use healthcode_core::fact::{Fact, Isolation, IsolationAction, IsolationPlace};
use healthcode_core::ids::PersonId;
use healthcode_core::time::Instant;
use healthcode_store::quarantines::{self, OrderChange};
use healthcode_store::{Tx, looks};
use serde::{Deserialize, Serialize};

/// A new end.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderChangeRequest {
    /// At the earliest tomorrow, at most 90 days after the beginning.
    until: String,
    /// Where it is spent from now on; as before when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    place: Option<IsolationPlace>,
    /// Why; the person reads it.
    reason: String,
}

struct ChangeOrder {
    app: App,
    caller: Caller,
    person: PersonId,
    order: String,
    until: String,
    place: Option<IsolationPlace>,
    reason: String,
    at: Instant,
}

impl Change for ChangeOrder {
    type Answer = OrderMade;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.person)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<OrderMade>> {
        let (app, at, person) = (&self.app, self.at, &self.person);
        tx.lock_person(person.as_str()).await?;
        let order = named(tx, person, &self.order).await?;
        if standing(tx, person, at).await?.is_none_or(|standing| standing.id != order.id) {
            return Err(Code::NoOrder.into());
        }
        let until = read_end(app, &self.until, order.from, at)?;
        let before = IsolationPlace::ALL.iter().copied().find(|place| place.word() == order.place);
        let place = self.place.or(before).unwrap_or(IsolationPlace::Home);
        let (action, word) = match until < order.until {
            true => (IsolationAction::Shortened, "shortened"),
            false => (IsolationAction::Extended, "extended"),
        };
        let fact = Fact::Isolation(Isolation { action, place, from: order.from, until: Some(until) });
        let evidence = new_evidence(app, person, Source::Officer, fact, at, at)?;
        let change = OrderChange {
            at,
            evidence: evidence.id.clone(),
            action: word.to_owned(),
            until_before: order.until,
            until_after: Some(until),
            region: None,
            reason: self.reason.clone(),
            account: self.caller.account.clone(),
        };
        tx.later(quarantines::note_change(&order, &change, forget_on(at, retention::PERSON))).await?;
        tx.later(quarantines::set_end(&order, until, None)).await?;
        tx.later(quarantines::move_to(&order, place.word())).await?;
        let looked = look(app, &self.caller, person, "quarantine");
        tx.later(looks::record(&looked, forget_on(at, retention::LOOK))).await?;
        let changed = record(app, tx, &[&evidence], self.caller.account.as_str()).await?;
        let changed = if changed { vec![person.clone()] } else { Vec::new() };
        let answer = OrderMade { order: order.id.to_string(), until: show(app, until).to_string() };
        Ok(Done { answer, changed })
    }
}

/// Extends or shortens an order.
#[utoipa::path(post, path = "/api/v1/people/{person}/quarantines/{order}/changes", tag = "officer", params(("person" = String, Path), ("order" = String, Path)), request_body = OrderChangeRequest, responses((status = 201, body = OrderMade)))]
pub async fn change_quarantine(
    State(app): State<App>,
    caller: Caller,
    Path((person, order)): Path<(String, String)>,
    key: OnceKey,
    Body(request): Body<OrderChangeRequest>,
) -> Answer<(StatusCode, Json<OrderMade>)> {
    caller.may(Deed::ChangeQuarantine)?;
    let reason = read_reason(&request.reason)?;
    let person = read_person(&person)?;
    reachable(&app, &caller, &person).await?;
    let change = ChangeOrder {
        app: app.clone(),
        caller: caller.clone(),
        person: person.clone(),
        order: order.clone(),
        until: request.until.clone(),
        place: request.place,
        reason,
        at: app.clock.now(),
    };
    let request = (&person, &order, &request);
    Ok((StatusCode::CREATED, Json(once(&app, &caller, key, "change_quarantine", &request, change).await?)))
}
