//! Rides: trips of a vehicle as places of visits, with seats. Officers of the area whose ride it is enter passengers and
//! correct them; what was there before is kept.

pub mod passengers;

use super::history::read_time;
use super::looks::{After, read_cursor};
use super::{PAGE, Page};
use crate::app::App;
use crate::caller::Caller;
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::recording::show;
use crate::request::{Asked, Body};
use crate::retention::{self};
use crate::visiting::kept_days;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use healthcode_core::ids::{AccountId, PointId};
use healthcode_core::time::{Day, Instant, Interval};
use healthcode_store::rides::{self, KINDS, Ride};
use healthcode_store::visits::LONGEST_SECONDS;
use healthcode_store::{Tx, visit_days};
use serde::{Deserialize, Serialize};

/// A ride.
#[derive(Serialize, utoipa::ToSchema)]
pub struct RideAnswer {
    ride: String,
    operator: String,
    line: String,
    kind: String,
    region: String,
    from: String,
    until: String,
    layout: String,
}

/// Lists rides of one's area, the latest first.
#[utoipa::path(get, path = "/api/v1/rides", tag = "officer", params(After), responses((status = 200, body = Page<RideAnswer>)))]
pub async fn list_rides(
    State(app): State<App>,
    caller: Caller,
    Asked(asked): Asked<After>,
) -> Answer<Json<Page<RideAnswer>>> {
    caller.may(Deed::ListRides)?;
    let before = asked.after.unwrap_or_else(|| format!("{} ", i64::MAX));
    let mut conn = app.store.reader().await?;
    let found = rides::list(&mut conn, &caller.area, read_cursor(&before)?, PAGE as i64 + 1).await?;
    let page = Page::of(found, |ride| format!("{} {}", ride.span.from.micros(), ride.ride));
    let items = page.items.into_iter().map(|ride| answer(&app, ride)).collect();
    Ok(Json(Page { items, next: page.next }))
}

fn answer(app: &App, ride: Ride) -> RideAnswer {
    RideAnswer {
        ride: ride.ride.to_string(),
        operator: ride.operator,
        line: ride.line,
        kind: ride.kind,
        region: ride.region.to_string(),
        from: show(app, ride.span.from).to_string(),
        until: show(app, ride.span.until).to_string(),
        layout: ride.layout,
    }
}

/// A new ride.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RideRequest {
    /// Who runs it, 1 to 80 characters.
    operator: String,
    /// Number of the flight, train or line, or number plate, 1 to 80 characters.
    line: String,
    /// aircraft, train_closed, train_soft_sleeper, train_open, coach_closed, coach_open, ship, metro, bus or taxi.
    kind: String,
    /// Whose officers keep it.
    region: String,
    /// From the first boarding.
    from: String,
    /// Until the last leaving, at most 24 hours later; enter a longer trip as one ride a day.
    until: String,
    /// How the seats lie, such as "rows 1 to 30, no row 13"; at most 500 bytes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    layout: String,
}

/// The new ride.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct RideAdded {
    ride: String,
}

struct AddRide {
    ride: Ride,
    account: AccountId,
    at: Instant,
}

impl Change for AddRide {
    type Answer = RideAdded;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<RideAdded>> {
        tx.later(rides::add(&self.ride, self.at, &self.account, forgotten_on(&self.ride))).await?;
        Ok(Done { answer: RideAdded { ride: self.ride.ride.to_string() }, changed: Vec::new() })
    }
}

/// A ride is forgotten with the visits of its passengers.
pub(crate) fn forgotten_on(ride: &Ride) -> Day {
    Day(visit_days::day_of(ride.span.from).0 + retention::VISIT)
}

fn read(app: &App, caller: &Caller, request: &RideRequest, at: Instant) -> Answer<Ride> {
    let named = |text: &str, field| {
        let text = text.trim();
        match (1..=80).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
            true => Ok(text.to_owned()),
            false => {
                Err(Problem::new(Code::Body).field(field).detail(format!("{field}: 1 to 80 characters")))
            }
        }
    };
    if !KINDS.contains(&request.kind.as_str()) {
        let detail = format!("kind: one of {}", KINDS.join(", "));
        return Err(Problem::new(Code::Body).field("kind").detail(detail));
    }
    if request.layout.len() > 500 {
        return Err(Problem::new(Code::Body).field("layout").detail("layout: 500 bytes at most"));
    }
    let region = super::declare::read_region(app, &request.region, "region")?;
    if !region.as_str().starts_with(&*caller.area) {
        return Err(Problem::new(Code::OutsideArea).field("region"));
    }
    let span = Interval::new(read_time(&request.from, "from")?, read_time(&request.until, "until")?);
    let span = span
        .filter(|span| span.seconds() <= LONGEST_SECONDS)
        .ok_or(Problem::new(Code::RideTime).field("until"))?;
    if span.from > at || !kept_days(visit_days::day_of(at)).contains(&visit_days::day_of(span.from)) {
        return Err(Problem::new(Code::RideTime).field("from"));
    }
    Ok(Ride {
        ride: PointId::new(app.clock.random_name()).map_err(|_| Problem::new(Code::Internal))?,
        operator: named(&request.operator, "operator")?,
        line: named(&request.line, "line")?,
        kind: request.kind.clone(),
        region,
        span,
        layout: request.layout.trim().to_owned(),
    })
}

/// Enters a ride.
#[utoipa::path(post, path = "/api/v1/rides", tag = "officer", request_body = RideRequest, responses((status = 201, body = RideAdded)))]
pub async fn add_ride(
    State(app): State<App>,
    caller: Caller,
    key: OnceKey,
    Body(request): Body<RideRequest>,
) -> Answer<(StatusCode, Json<RideAdded>)> {
    caller.may(Deed::AddRide)?;
    let at = app.clock.now();
    let ride = read(&app, &caller, &request, at)?;
    let change = AddRide { ride, account: caller.account.clone(), at };
    Ok((StatusCode::CREATED, Json(once(&app, &caller, key, "add_ride", &request, change).await?)))
}
