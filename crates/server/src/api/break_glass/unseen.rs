//! The officers of an area are told that somebody entered it from elsewhere: a count on their first page until one of them
//! has seen it. Who saw it is kept.

use crate::app::App;
use crate::caller::Caller;
use crate::looking::read_person;
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code};
use crate::request::Body;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use healthcode_core::ids::PersonId;
use healthcode_core::time::Instant;
use healthcode_store::{Tx, break_glass};
use serde::{Deserialize, Serialize};

/// How many nobody has seen.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Unseen {
    unseen: i64,
}

/// Counts entries into one's area that nobody has seen; one's own are for others to see.
#[utoipa::path(get, path = "/api/v1/break-glass/unseen", tag = "officer", responses((status = 200, body = Unseen)))]
pub async fn count_break_glass(State(app): State<App>, caller: Caller) -> Answer<impl IntoResponse> {
    caller.may(Deed::CountBreakGlass)?;
    let mut conn = app.store.reader().await?;
    let unseen = break_glass::count_unseen(&mut conn, &caller.area, &caller.account).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(Unseen { unseen })))
}

/// Nothing is asked.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeenRequest {}

/// How many entries that were.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct Seen {
    seen: u64,
}

struct See {
    caller: Caller,
    person: PersonId,
    at: Instant,
}

impl Change for See {
    type Answer = Seen;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<Seen>> {
        let (area, by) = (self.caller.area.as_str(), &self.caller.account);
        let seen = break_glass::see(tx.conn().await?, (area, &self.person), self.at, by, self.at).await?;
        match seen {
            0 => Err(Code::NotFound.into()),
            seen => Ok(Done { answer: Seen { seen }, changed: Vec::new() }),
        }
    }
}

/// Marks the entries to a person as seen.
#[utoipa::path(post, path = "/api/v1/people/{person}/break-glass/seen", tag = "officer", params(("person" = String, Path)), request_body = SeenRequest, responses((status = 201, body = Seen)))]
pub async fn see_break_glass(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    key: OnceKey,
    Body(request): Body<SeenRequest>,
) -> Answer<(StatusCode, Json<Seen>)> {
    caller.may(Deed::SeeBreakGlass)?;
    let person = read_person(&person)?;
    let see = See { caller: caller.clone(), person: person.clone(), at: app.clock.now() };
    let request = (&person, &request);
    Ok((StatusCode::CREATED, Json(once(&app, &caller, key, "see_break_glass", &request, see).await?)))
}
