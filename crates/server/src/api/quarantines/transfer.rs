//! An officer hands an order to the officers of another region: it stands on their list from then on, and on hers no more.
//! Whose it was and why are kept. The order itself stays as it is, so nothing is recorded as evidence.

use super::order::OrderMade;
use super::read_reason;
use crate::api::declare::read_region;
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
use crate::supervised::named;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use healthcode_core::ids::{EvidenceId, PersonId};
use healthcode_core::region::Region;
use healthcode_core::time::Instant;
use healthcode_store::quarantines::{self, OrderChange};
use healthcode_store::{Tx, looks};
use serde::{Deserialize, Serialize};

/// Whose it is from now on.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderTransfer {
    region: String,
    /// Why; the person reads it.
    reason: String,
}

struct TransferOrder {
    app: App,
    caller: Caller,
    person: PersonId,
    order: String,
    region: Region,
    reason: String,
    at: Instant,
}

impl Change for TransferOrder {
    type Answer = OrderMade;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.person)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<OrderMade>> {
        let (app, at, person) = (&self.app, self.at, &self.person);
        tx.lock_person(person.as_str()).await?;
        let order = named(tx, person, &self.order).await?;
        if order.closed_at.is_some() {
            return Err(Code::NoOrder.into());
        }
        let name = EvidenceId::new(app.clock.name_at(at)).map_err(|_| Problem::new(Code::Internal))?;
        let change = OrderChange {
            at,
            evidence: name,
            action: "transferred".to_owned(),
            until_before: order.until,
            until_after: Some(order.until),
            region: Some((order.region.clone(), self.region.to_string())),
            reason: self.reason.clone(),
            account: self.caller.account.clone(),
        };
        tx.later(quarantines::note_change(&order, &change, forget_on(at, retention::PERSON))).await?;
        tx.later(quarantines::transfer(&order, self.region.as_str())).await?;
        let looked = look(app, &self.caller, person, "quarantine");
        tx.later(looks::record(&looked, forget_on(at, retention::LOOK))).await?;
        let answer = OrderMade { order: order.id.to_string(), until: show(app, order.until).to_string() };
        Ok(Done { answer, changed: Vec::new() })
    }
}

/// Hands an order to another jurisdiction.
#[utoipa::path(post, path = "/api/v1/people/{person}/quarantines/{order}/transfer", tag = "officer", params(("person" = String, Path), ("order" = String, Path)), request_body = OrderTransfer, responses((status = 201, body = OrderMade)))]
pub async fn transfer_quarantine(
    State(app): State<App>,
    caller: Caller,
    Path((person, order)): Path<(String, String)>,
    key: OnceKey,
    Body(request): Body<OrderTransfer>,
) -> Answer<(StatusCode, Json<OrderMade>)> {
    caller.may(Deed::TransferQuarantine)?;
    let reason = read_reason(&request.reason)?;
    let region = read_region(&app, &request.region, "region")?;
    let person = read_person(&person)?;
    reachable(&app, &caller, &person).await?;
    let change = TransferOrder {
        app: app.clone(),
        caller: caller.clone(),
        person: person.clone(),
        order: order.clone(),
        region,
        reason,
        at: app.clock.now(),
    };
    let request = (&person, &order, &request);
    Ok((StatusCode::CREATED, Json(once(&app, &caller, key, "transfer_quarantine", &request, change).await?)))
}
