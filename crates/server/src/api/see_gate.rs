//! What a gate takes along to judge alone: whom it trusts, what it does about a colour, under what keys the status files
//! of these days lie, and where they are.

use crate::app::App;
use crate::caller::Caller;
use crate::gate_keys::keys_around;
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::recording::show;
use axum::Json;
use axum::extract::State;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use healthcode_core::rule_set::Text;
use healthcode_credential::bundle::Bundle;
use healthcode_store::{bundles, points, status};
use serde::Serialize;

/// Everything a gate takes along.
#[derive(Serialize, utoipa::ToSchema)]
pub struct GateAnswer {
    /// Whose tables it follows.
    region: String,
    point: GatePoint,
    /// Whom it trusts and what it does: the newest trust bundle; null until one is published.
    #[schema(value_type = Object)]
    bundle: Option<serde_json::Value>,
    /// What the bundle's roots are known by, 64 hexadecimal digits; taken at first, and compared ever after.
    roots: Option<String>,
    /// Keys of the status files: yesterday, today, and the next two days.
    day_keys: Vec<GateDayKey>,
    status: GateStatus,
    /// What the gate's clock is compared with.
    server_time: String,
}

/// Where the gate stands.
#[derive(Serialize, utoipa::ToSchema)]
pub struct GatePoint {
    id: String,
    #[schema(value_type = Object)]
    name: Text,
    kind: String,
}

/// The key of one day's status files.
#[derive(Serialize, utoipa::ToSchema)]
pub struct GateDayKey {
    day: String,
    /// AES-256 key, 32 bytes in base64url.
    secret: String,
}

/// Where the status files are.
#[derive(Serialize, utoipa::ToSchema)]
pub struct GateStatus {
    /// The newest delta.
    number: u64,
    /// The newest snapshot.
    snapshot: u64,
    /// Where they lie: `{url}/latest`, `{url}/snapshot/{number}`, `{url}/delta/{number}`.
    url: String,
}

/// Reads what a gate takes along.
#[utoipa::path(get, path = "/api/v1/gate", tag = "checker", responses((status = 200, body = GateAnswer)))]
pub async fn see_gate(State(app): State<App>, caller: Caller) -> Answer<Json<GateAnswer>> {
    caller.may(Deed::SeeGate)?;
    let at = app.clock.now();
    let published = app.published();
    let region = published.rules.authority(at);
    let point = caller.point.clone().ok_or(Problem::new(Code::PointUnknown))?;
    let mut conn = app.store.reader().await?;
    let point = points::get(&mut conn, &point).await?.ok_or(Problem::new(Code::PointUnknown))?;
    let newest = status::newest(&mut conn, &region).await?.unwrap_or_default();
    let bundle = bundles::newest(&mut conn, &region).await?.map(|(_, file)| file);
    drop(conn);
    let keys = keys_around(&app, at).await?;
    let day_keys = keys.iter().map(|key| GateDayKey {
        day: key.day.to_string(),
        secret: BASE64_URL_SAFE_NO_PAD.encode(key.secret),
    });
    Ok(Json(GateAnswer {
        point: GatePoint { id: point.point.to_string(), name: point.name, kind: point.kind },
        roots: bundle
            .as_deref()
            .and_then(|file| Bundle::fingerprint_of(file).ok())
            .map(|roots| roots.to_string()),
        bundle: bundle
            .as_deref()
            .map(serde_json::from_slice)
            .transpose()
            .map_err(|_| Problem::new(Code::Internal))?,
        day_keys: day_keys.collect(),
        status: GateStatus {
            number: newest.number,
            snapshot: newest.snapshot,
            url: format!("/status/{region}"),
        },
        region: region.to_string(),
        server_time: show(&app, at).to_string(),
    }))
}
