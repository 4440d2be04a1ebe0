//! A second officer puts a definition in force that was counted; every case under way is traced anew.

use super::BroughtIn;
use crate::app::App;
use crate::caller::Caller;
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::recording::show;
use crate::retention::{self, forget_on};
use axum::Json;
use axum::extract::{Path, State};
use healthcode_core::time::Instant;
use healthcode_store::contact_definitions::{self, Definition};
use healthcode_store::{Tx, queue};

struct Approve {
    app: App,
    caller: Caller,
    id: String,
    at: Instant,
}

impl Change for Approve {
    type Answer = BroughtIn;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<BroughtIn>> {
        let found = contact_definitions::get(tx.conn().await?, &self.id).await?;
        let Definition { id, name, made, preview, approved, .. } =
            found.ok_or(Problem::new(Code::NotFound))?;
        match (approved, preview) {
            (Some(_), _) => return Err(Code::DefinitionApproved.into()),
            (None, None) => return Err(Code::NotPreviewed.into()),
            (None, Some(_)) if made.0 == self.caller.account => return Err(Code::SecondOfficer.into()),
            (None, Some(_)) => {}
        }
        tx.later(contact_definitions::approved(&id, &self.caller.account, self.at)).await?;
        tx.later(queue::ask_for_all(self.at, forget_on(self.at, retention::PERSON))).await?;
        tracing::info!(definition = %name, version = %show(&self.app, self.at), "another contact definition holds");
        Ok(Done { answer: BroughtIn { id, name }, changed: Vec::new() })
    }
}

/// Approves another's definition; it holds from now on.
#[utoipa::path(post, path = "/api/v1/definitions/{id}/approval", tag = "officer", params(("id" = String, Path)), responses((status = 200, body = BroughtIn)))]
pub async fn approve_definition(
    State(app): State<App>,
    caller: Caller,
    key: OnceKey,
    Path(id): Path<String>,
) -> Answer<Json<BroughtIn>> {
    caller.may(Deed::ApproveDefinition)?;
    let change = Approve { app: app.clone(), caller: caller.clone(), id: id.clone(), at: app.clock.now() };
    let answer = once(&app, &caller, key, "approve_definition", &id, change).await?;
    app.wake.notify_one();
    Ok(Json(answer))
}
