//! A checker sees what today's scans at the own point led to.

use super::sign_in::SessionPoint;
use crate::app::App;
use crate::caller::Caller;
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use axum::Json;
use axum::extract::State;
use healthcode_store::{looks, points};
use serde::Serialize;

/// Today's scans.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ScanCounts {
    point: SessionPoint,
    scans: i64,
    pass: i64,
    ask: i64,
    stop: i64,
}

/// Counts today's scans at one's point.
#[utoipa::path(get, path = "/api/v1/me/point/today", tag = "checker", responses((status = 200, body = ScanCounts)))]
pub async fn count_scans(State(app): State<App>, caller: Caller) -> Answer<Json<ScanCounts>> {
    caller.may(Deed::CountScans)?;
    let own = caller.point.as_ref().ok_or(Problem::new(Code::PointUnknown))?;
    let mut conn = app.store.reader().await?;
    let point = points::get(&mut conn, own).await?.ok_or(Problem::new(Code::PointUnknown))?;
    let now = app.clock.now();
    let published = app.published();
    let zone = published.rules.zone(now);
    let counts = looks::count_at_point(&mut conn, own, zone.start_of(zone.day_of(now))).await?;
    let of = |action: &str| counts.iter().find(|(a, _)| a == action).map_or(0, |(_, count)| *count);
    let (pass, ask, stop) = (of("pass"), of("ask"), of("stop"));
    let point = SessionPoint { point: point.point.to_string(), name: point.name };
    Ok(Json(ScanCounts { point, scans: pass + ask + stop, pass, ask, stop }))
}
