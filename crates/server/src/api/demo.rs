//! The demo's own acts: its cast, and a clock that moves forward. Elsewhere they do not exist.

use super::invite::new_link;
use crate::app::App;
use crate::permission::Role;
use crate::problem::{Answer, Code, Problem};
use crate::recording::show;
use crate::request::Body;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use healthcode_core::ids::{AccountId, PointId};
use healthcode_core::rule_set::Text;
use serde::{Deserialize, Serialize};

/// The longest step of the demo's clock: 30 days.
const LONGEST_STEP: u32 = 30 * 86_400;

/// Someone to sign in as.
#[derive(Clone, Debug)]
pub struct CastMember {
    /// Name in both languages.
    pub name: Text,
    /// What for.
    pub note: Text,
    /// Role.
    pub role: Role,
    /// Account.
    pub account: AccountId,
    /// Collection point of a checker.
    pub point: Option<PointId>,
}

/// Someone to sign in as, with a fresh link.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CastAnswer {
    #[schema(value_type = Object)]
    name: Text,
    role: &'static str,
    #[schema(value_type = Object)]
    note: Text,
    link: String,
}

/// The demo city.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DemoAnswer {
    now: String,
    cast: Vec<CastAnswer>,
}

async fn fresh_link(app: &App, member: &CastMember) -> Answer<String> {
    let account = Some(member.account.clone());
    let (link, add) = new_link(app, member.role, member.point.clone(), account, &member.name.en, "demo");
    app.store.write(add).await?;
    Ok(link)
}

/// A fresh link for everyone of the cast, with the English name.
pub async fn fresh_links(app: &App) -> Answer<Vec<(String, String)>> {
    let mut links = Vec::new();
    for member in app.cast.get().map(Vec::as_slice).unwrap_or_default() {
        links.push((member.name.en.clone(), fresh_link(app, member).await?));
    }
    Ok(links)
}

/// The demo's time and cast; every call makes fresh one-tap links.
#[utoipa::path(get, path = "/api/v1/demo", tag = "demo", responses((status = 200, body = DemoAnswer)))]
pub async fn demo(State(app): State<App>) -> Answer<impl IntoResponse> {
    if !app.config.demo {
        return Err(Code::DemoOnly.into());
    }
    let mut cast = Vec::new();
    for member in app.cast.get().map(Vec::as_slice).unwrap_or_default() {
        let link = fresh_link(&app, member).await?;
        cast.push(CastAnswer {
            name: member.name.clone(),
            role: member.role.word(),
            note: member.note.clone(),
            link,
        });
    }
    let answer = DemoAnswer { now: show(&app, app.clock.now()).to_string(), cast };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)))
}

/// How far to move the clock.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForwardRequest {
    /// 1 to 2,592,000 (30 days).
    forward_seconds: u32,
}

/// What time it is now.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Forwarded {
    now: String,
}

/// Moves the demo's clock forward.
#[utoipa::path(post, path = "/api/v1/demo/clock", tag = "demo", request_body = ForwardRequest, responses((status = 200, body = Forwarded)))]
pub async fn forward(State(app): State<App>, Body(request): Body<ForwardRequest>) -> Answer<Json<Forwarded>> {
    if !app.config.demo {
        return Err(Code::DemoOnly.into());
    }
    if !(1..=LONGEST_STEP).contains(&request.forward_seconds) {
        return Err(Problem::new(Code::Body)
            .field("forward_seconds")
            .detail("forward_seconds: 1 to 2592000"));
    }
    app.clock.forward(request.forward_seconds);
    app.everyone_changed();
    app.wake.notify_one();
    Ok(Json(Forwarded { now: show(&app, app.clock.now()).to_string() }))
}
