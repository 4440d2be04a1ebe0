//! An officer breaks the glass: access to a person outside her area, for a reason, for some hours. The person sees it
//! among the looks, and the officers of the area that was entered find it on their list.

pub mod unseen;

use super::looks::After;
use super::quarantines::read_reason;
use super::{PAGE, Page};
use crate::app::App;
use crate::caller::Caller;
use crate::looking::{existing, look, read_person, record_looks};
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::recording::show;
use crate::request::{Asked, Body};
use crate::retention::{self, forget_on};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use healthcode_core::time::Instant;
use healthcode_store::break_glass::{self, Access};
use healthcode_store::{Tx, looks, people, sessions};
use serde::{Deserialize, Serialize};

/// Hours that access lasts: a shift. This project's choice.
const HOURS: i64 = 8;

/// Why.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BreakGlassRequest {
    /// The officers of the person's area read it.
    reason: String,
}

/// Until when there is access.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct GlassBroken {
    until: String,
}

struct BreakGlass {
    app: App,
    caller: Caller,
    access: Access,
}

impl Change for BreakGlass {
    type Answer = GlassBroken;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<GlassBroken>> {
        let Access { person, at, until, .. } = &self.access;
        tx.later(break_glass::open(&self.access, forget_on(*at, retention::LOOK))).await?;
        let looked = look(&self.app, &self.caller, person, "break_glass");
        tx.later(looks::record(&looked, forget_on(*at, retention::LOOK))).await?;
        Ok(Done { answer: GlassBroken { until: show(&self.app, *until).to_string() }, changed: Vec::new() })
    }
}

/// Opens access to a person outside one's area.
#[utoipa::path(post, path = "/api/v1/people/{person}/break-glass", tag = "officer", params(("person" = String, Path)), request_body = BreakGlassRequest, responses((status = 201, body = GlassBroken)))]
pub async fn break_the_glass(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    key: OnceKey,
    Body(request): Body<BreakGlassRequest>,
) -> Answer<(StatusCode, Json<GlassBroken>)> {
    caller.may(Deed::BreakGlass)?;
    let reason = read_reason(&request.reason)?;
    let person = read_person(&person)?;
    let known = existing(&app, &person).await?;
    let at = app.clock.now();
    let access = Access {
        person: person.clone(),
        account: caller.account.clone(),
        at,
        until: at.plus_seconds(HOURS * 3_600),
        region: known.residence.to_string(),
        reason,
        seen: None,
    };
    let change = BreakGlass { app: app.clone(), caller: caller.clone(), access };
    let request = (&person, &request);
    Ok((StatusCode::CREATED, Json(once(&app, &caller, key, "break_the_glass", &request, change).await?)))
}

/// An access to a person of one's area by someone from elsewhere.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AccessAnswer {
    person: String,
    masked_name: Option<String>,
    /// Who broke the glass.
    by: String,
    at: String,
    until: String,
    reason: String,
    /// Which officer of the area has seen it; null while nobody has.
    seen_by: Option<String>,
    seen_at: Option<String>,
    /// Whether it is the caller's own, which others are to see.
    own: bool,
}

fn read_before(text: Option<&str>, now: Instant) -> Answer<Instant> {
    let Some(text) = text else { return Ok(now.plus_seconds(1)) };
    let micros = text.parse().map_err(|_| Problem::new(Code::Body).field("after"))?;
    Ok(Instant::from_micros(micros))
}

/// Lists who entered one's area from elsewhere, newest first.
#[utoipa::path(get, path = "/api/v1/break-glass", tag = "officer", params(After), responses((status = 200, body = Page<AccessAnswer>)))]
pub async fn list_break_glass(
    State(app): State<App>,
    caller: Caller,
    Asked(asked): Asked<After>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::ListBreakGlass)?;
    let before = read_before(asked.after.as_deref(), app.clock.now())?;
    let mut conn = app.store.reader().await?;
    let found = break_glass::list(&mut conn, &caller.area, before, PAGE as i64 + 1).await?;
    let page = Page::of(found, |access| access.at.micros().to_string());
    let looked: Vec<_> = page.items.iter().map(|access| access.person.clone()).collect();
    record_looks(&app, &caller, &looked, "break_glass").await?;
    let mut items = Vec::new();
    for access in page.items {
        let known = people::get(&mut conn, app.store.seal(), &access.person).await?;
        let seen_by = match &access.seen {
            Some((by, _)) => Some(sessions::label_of(&mut conn, by).await?.unwrap_or_default()),
            None => None,
        };
        items.push(AccessAnswer {
            seen_by,
            seen_at: access.seen.as_ref().map(|(_, at)| show(&app, *at).to_string()),
            own: access.account == caller.account,
            person: access.person.to_string(),
            masked_name: known.map(|known| known.personal.name.masked()),
            by: sessions::label_of(&mut conn, &access.account).await?.unwrap_or_default(),
            at: show(&app, access.at).to_string(),
            until: show(&app, access.until).to_string(),
            reason: access.reason,
        });
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(Page { items, next: page.next })))
}
