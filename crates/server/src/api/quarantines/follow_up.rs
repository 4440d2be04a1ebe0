//! An officer has followed up what the work list said of someone: called, gone there, asked. It stands again when
//! something new happens; a report that is missed stays until there is one.

use crate::app::App;
use crate::caller::Caller;
use crate::looking::{look, read_person};
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::Answer;
use crate::reach::reachable;
use crate::recording::show;
use crate::request::Body;
use crate::retention::{self, forget_on};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use healthcode_core::ids::PersonId;
use healthcode_core::time::Instant;
use healthcode_store::{Tx, duties, looks, quarantines};
use serde::{Deserialize, Serialize};

/// Nothing is asked.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FollowUpRequest {}

/// Since when it counts as followed up.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct FollowedUp {
    handled_at: String,
}

struct FollowUp {
    app: App,
    caller: Caller,
    person: PersonId,
    at: Instant,
}

impl Change for FollowUp {
    type Answer = FollowedUp;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.person)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<FollowedUp>> {
        tx.later(quarantines::handled(&self.person, self.at)).await?;
        tx.later(duties::handled(&self.person, self.at)).await?;
        let looked = look(&self.app, &self.caller, &self.person, "quarantine");
        tx.later(looks::record(&looked, forget_on(self.at, retention::LOOK))).await?;
        let answer = FollowedUp { handled_at: show(&self.app, self.at).to_string() };
        Ok(Done { answer, changed: Vec::new() })
    }
}

/// Notes that what the work list says of someone was followed up.
#[utoipa::path(post, path = "/api/v1/people/{person}/follow-ups", tag = "officer", params(("person" = String, Path)), request_body = FollowUpRequest, responses((status = 201, body = FollowedUp)))]
pub async fn follow_up(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    key: OnceKey,
    Body(request): Body<FollowUpRequest>,
) -> Answer<(StatusCode, Json<FollowedUp>)> {
    caller.may(Deed::FollowUp)?;
    let person = read_person(&person)?;
    reachable(&app, &caller, &person).await?;
    let at = app.clock.now();
    let change = FollowUp { app: app.clone(), caller: caller.clone(), person: person.clone(), at };
    let request = (&person, &request);
    Ok((StatusCode::CREATED, Json(once(&app, &caller, key, "follow_up", &request, change).await?)))
}
