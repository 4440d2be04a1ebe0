//! An officer withdraws an order that was a mistake: its evidence is withdrawn, and the rules decide anew.

use super::order::OrderMade;
use super::read_reason;
use crate::app::App;
use crate::caller::Caller;
use crate::looking::{look, read_person};
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::reach::reachable;
use crate::recording::{new_evidence, record, show};
use crate::request::Body;
use crate::retention::{self, forget_on};
use crate::supervised::named;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use healthcode_core::evidence::{Evidence, Source};
use healthcode_core::fact::{Fact, Withdrawal};
use healthcode_core::ids::{EvidenceId, PersonId};
use healthcode_core::time::Instant;
use healthcode_store::quarantines::{self, Order, OrderChange};
use healthcode_store::{Tx, lives, looks};
use serde::{Deserialize, Serialize};

/// Why it was a mistake.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderWithdrawal {
    /// The person reads it.
    reason: String,
}

struct WithdrawOrder {
    app: App,
    caller: Caller,
    person: PersonId,
    order: String,
    reason: String,
    at: Instant,
}

impl Change for WithdrawOrder {
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
        let withdrawals = self.withdrawals(tx, &order).await?;
        let last = withdrawals.last().ok_or(Problem::new(Code::NoOrder))?;
        let change = OrderChange {
            at,
            evidence: last.id.clone(),
            action: "withdrawn".to_owned(),
            until_before: order.until,
            until_after: None,
            region: None,
            reason: self.reason.clone(),
            account: self.caller.account.clone(),
        };
        tx.later(quarantines::note_change(&order, &change, forget_on(at, retention::PERSON))).await?;
        tx.later(quarantines::set_end(&order, order.until, Some(at))).await?;
        let looked = look(app, &self.caller, person, "quarantine");
        tx.later(looks::record(&looked, forget_on(at, retention::LOOK))).await?;
        let all: Vec<&Evidence> = withdrawals.iter().collect();
        let changed = record(app, tx, &all, self.caller.account.as_str()).await?;
        let changed = if changed { vec![person.clone()] } else { Vec::new() };
        let answer = OrderMade { order: order.id.to_string(), until: show(app, order.until).to_string() };
        Ok(Done { answer, changed })
    }
}

impl WithdrawOrder {
    /// A withdrawal of everything that the order and its changes stand on.
    async fn withdrawals(&self, tx: &mut Tx<'_>, order: &Order) -> Answer<Vec<Evidence>> {
        let life = lives::of_person(tx.conn().await?, &self.person).await?;
        let changes = quarantines::changes(tx.conn().await?, order).await?;
        let of_order =
            |id: &EvidenceId| *id == order.id || changes.iter().any(|change| change.evidence == *id);
        let standing = life.facts_at(self.at).into_iter().filter(|(evidence, fact, withdrawn)| {
            !withdrawn && matches!(fact, Fact::Isolation(_)) && of_order(&evidence.id)
        });
        standing
            .map(|(evidence, _, _)| {
                let fact =
                    Fact::Withdrawal(Withdrawal { of: evidence.id.clone(), reason: self.reason.clone() });
                new_evidence(&self.app, &self.person, Source::Officer, fact, self.at, self.at)
            })
            .collect()
    }
}

/// Withdraws an order that was a mistake.
#[utoipa::path(post, path = "/api/v1/people/{person}/quarantines/{order}/withdrawal", tag = "officer", params(("person" = String, Path), ("order" = String, Path)), request_body = OrderWithdrawal, responses((status = 201, body = OrderMade)))]
pub async fn withdraw_quarantine(
    State(app): State<App>,
    caller: Caller,
    Path((person, order)): Path<(String, String)>,
    key: OnceKey,
    Body(request): Body<OrderWithdrawal>,
) -> Answer<(StatusCode, Json<OrderMade>)> {
    caller.may(Deed::WithdrawQuarantine)?;
    let reason = read_reason(&request.reason)?;
    let person = read_person(&person)?;
    reachable(&app, &caller, &person).await?;
    let change = WithdrawOrder {
        app: app.clone(),
        caller: caller.clone(),
        person: person.clone(),
        order: order.clone(),
        reason,
        at: app.clock.now(),
    };
    let request = (&person, &order, &request);
    Ok((StatusCode::CREATED, Json(once(&app, &caller, key, "withdraw_quarantine", &request, change).await?)))
}
