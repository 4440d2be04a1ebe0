//! Collection points.

use super::declare::read_region;
use super::looks::After;
use super::{PAGE, Page};
use crate::app::App;
use crate::caller::Caller;
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::request::{Asked, Body};
use crate::retention::{self, forget_on};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use healthcode_core::ids::PointId;
use healthcode_core::rule_set::{POINT_KINDS, Text};
use healthcode_core::time::Instant;
use healthcode_store::Tx;
use healthcode_store::points::{self, Point, Position};
use serde::{Deserialize, Serialize};

/// Minutes assumed for a visit without a leaving scan, unless set.
const USUAL_MINUTES: u16 = 60;
/// A usual stay is capped: a longer one would make contacts of people who never met.
const MOST_MINUTES: u16 = 240;

/// A collection point.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PointAnswer {
    point: String,
    #[schema(value_type = Object)]
    name: Text,
    kind: String,
    region: String,
    usual_stay_minutes: i64,
    /// Degrees north, where somebody said.
    latitude: Option<f64>,
    /// Degrees east.
    longitude: Option<f64>,
}

/// Lists collection points.
#[utoipa::path(get, path = "/api/v1/points", tag = "officer", params(After), responses((status = 200, body = Page<PointAnswer>)))]
pub async fn list_points(
    State(app): State<App>,
    caller: Caller,
    Asked(asked): Asked<After>,
) -> Answer<Json<Page<PointAnswer>>> {
    caller.may(Deed::ListPoints)?;
    let after = asked.after.unwrap_or_default();
    let found = points::list(&mut *app.store.reader().await?, &after, PAGE as i64 + 1).await?;
    let page = Page::of(found, |point| point.point.to_string());
    let shown = page.items.into_iter().map(|point| PointAnswer {
        point: point.point.to_string(),
        name: point.name,
        kind: point.kind,
        region: point.region.to_string(),
        usual_stay_minutes: point.usual_stay_s / 60,
        latitude: point.position.map(|position| f64::from(position.latitude) / 1e6),
        longitude: point.position.map(|position| f64::from(position.longitude) / 1e6),
    });
    Ok(Json(Page { items: shown.collect(), next: page.next }))
}

/// A new collection point.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PointRequest {
    /// `en` and `zh`, 1 to 80 characters each.
    #[schema(value_type = Object)]
    name: Text,
    /// community, enterprise, school, pharmacy, market, transport, office, hospital or other.
    kind: String,
    region: String,
    /// Minutes assumed for a visit without a leaving scan, 1 to 240; 60 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    usual_stay_minutes: Option<u16>,
    /// Degrees north, -90 to 90; with it and `longitude` a scan at two distant points within a minute is noticed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    latitude: Option<f64>,
    /// Degrees east, -180 to 180.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    longitude: Option<f64>,
}

/// A position, to a millionth of a degree: some ten centimetres.
fn read_position(latitude: Option<f64>, longitude: Option<f64>) -> Answer<Option<Position>> {
    match (latitude, longitude) {
        (None, None) => Ok(None),
        (Some(latitude), Some(longitude)) if latitude.abs() <= 90.0 && longitude.abs() <= 180.0 => {
            let millionths = |degrees: f64| (degrees * 1e6).round() as i32;
            Ok(Some(Position { latitude: millionths(latitude), longitude: millionths(longitude) }))
        }
        _ => {
            let detail = "latitude from -90 to 90 and longitude from -180 to 180, or neither";
            Err(Problem::new(Code::Body).field("latitude").detail(detail))
        }
    }
}

/// The new point.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct PointAdded {
    point: String,
}

struct AddPoint {
    point: Point,
    at: Instant,
}

impl Change for AddPoint {
    type Answer = PointAdded;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<PointAdded>> {
        points::add(tx.conn().await?, &self.point, self.at, forget_on(self.at, retention::INSTALLATION))
            .await?;
        Ok(Done { answer: PointAdded { point: self.point.point.to_string() }, changed: Vec::new() })
    }
}

/// Adds a collection point.
#[utoipa::path(post, path = "/api/v1/points", tag = "officer", request_body = PointRequest, responses((status = 201, body = PointAdded)))]
pub async fn add_point(
    State(app): State<App>,
    caller: Caller,
    key: OnceKey,
    Body(request): Body<PointRequest>,
) -> Answer<(StatusCode, Json<PointAdded>)> {
    caller.may(Deed::AddPoint)?;
    let named =
        |text: &str| (1..=80).contains(&text.trim().chars().count()) && !text.chars().any(char::is_control);
    if !named(&request.name.en) || !named(&request.name.zh) {
        return Err(Problem::new(Code::NameForm).field("name"));
    }
    if !POINT_KINDS.contains(&request.kind.as_str()) {
        let detail = format!("kind: one of {}", POINT_KINDS.join(", "));
        return Err(Problem::new(Code::Body).field("kind").detail(detail));
    }
    let minutes = request.usual_stay_minutes.unwrap_or(USUAL_MINUTES);
    if !(1..=MOST_MINUTES).contains(&minutes) {
        return Err(Problem::new(Code::StayRange).field("usual_stay_minutes"));
    }
    let point = Point {
        point: PointId::new(app.clock.random_name()).map_err(|_| Problem::new(Code::Internal))?,
        name: Text { en: request.name.en.trim().to_owned(), zh: request.name.zh.trim().to_owned() },
        kind: request.kind.clone(),
        region: read_region(&app, &request.region, "region")?,
        usual_stay_s: i64::from(minutes) * 60,
        position: read_position(request.latitude, request.longitude)?,
    };
    let change = AddPoint { point, at: app.clock.now() };
    Ok((StatusCode::CREATED, Json(once(&app, &caller, key, "add_point", &request, change).await?)))
}
