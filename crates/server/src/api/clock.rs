//! What time it is here: pages have this one source of time.

use crate::app::App;
use crate::recording::show;
use axum::Json;
use axum::extract::State;
use serde::Serialize;

/// The server's time.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ClockAnswer {
    now: String,
    /// IANA zone whose midnights count.
    zone: String,
    demo: bool,
}

/// What time it is here.
#[utoipa::path(get, path = "/api/v1/clock", tag = "anyone", responses((status = 200, body = ClockAnswer)))]
pub async fn clock(State(app): State<App>) -> Json<ClockAnswer> {
    let now = app.clock.now();
    let zone = app.published().rules.zone(now).name().to_owned();
    Json(ClockAnswer { now: show(&app, now).to_string(), zone, demo: app.config.demo })
}
