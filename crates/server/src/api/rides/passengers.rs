//! Passengers and crew of a ride, with their seats. Each is a visit to the ride; a correction keeps what was there before.

use super::{RideAnswer, answer, forgotten_on};
use crate::api::quarantines::read_reason;
use crate::app::App;
use crate::caller::Caller;
use crate::looking::{existing, look, read_person, record_looks};
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::reach::named;
use crate::recording::show;
use crate::request::Body;
use crate::retention::{self, forget_on};
use crate::scanned::{holder, verify_code};
use crate::seats::read_seat;
use crate::visiting::make_room;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use healthcode_core::ids::{PersonId, PointId, VisitId};
use healthcode_core::time::Instant;
use healthcode_store::rides::{self, Ride, RideChange};
use healthcode_store::visits::{self, Visit};
use healthcode_store::{Tx, looks, people, queue};
use serde::{Deserialize, Serialize};

/// Who sat where.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PassengerRequest {
    /// The person's id, or
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person: Option<String>,
    /// the text of a code of hers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// Such as `r12/A`, `c5/b3`, `c5` or `crew`; nothing where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seat: Option<String>,
    /// `false` where she was not on board after all; `true` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    on_board: Option<bool>,
    /// Why, where something is corrected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// What stands now.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct PassengerAnswer {
    person: String,
    seat: Option<String>,
    on_board: bool,
    /// Whether something that stood before was changed.
    corrected: bool,
}

struct Enter {
    app: App,
    caller: Caller,
    ride: Ride,
    person: PersonId,
    seat: Option<String>,
    on_board: bool,
    reason: Option<String>,
    at: Instant,
}

/// A seat as it is kept among changes.
fn noted(seat: Option<&str>) -> String {
    seat.unwrap_or("-").to_owned()
}

impl Change for Enter {
    type Answer = PassengerAnswer;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.person)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<PassengerAnswer>> {
        let (ride, at) = (&self.ride, self.at);
        tx.lock_person(self.person.as_str()).await?;
        if !people::exists(tx.conn().await?, &self.person).await? {
            return Err(Problem::new(Code::NotFound).field("person"));
        }
        let before = visits::at_point(tx.conn().await?, &ride.ride, ride.span).await?;
        let before = before.into_iter().find(|visit| visit.person == self.person);
        let changed = match (&before, self.on_board) {
            (None, true) => self.add(tx).await?,
            (Some(visit), true) if visit.seat != self.seat => self.reseat(tx, visit).await?,
            (Some(visit), false) => self.remove(tx, visit).await?,
            (Some(_), true) | (None, false) => false,
        };
        if changed {
            let forget = forget_on(at, retention::VISIT);
            tx.later(queue::ask_for_visit(&self.person, &ride.ride, ride.span, at, forget)).await?;
        }
        let looked = look(&self.app, &self.caller, &self.person, "case");
        tx.later(looks::record(&looked, forget_on(at, retention::LOOK))).await?;
        let answer = PassengerAnswer {
            person: self.person.to_string(),
            seat: self.seat.clone().filter(|_| self.on_board),
            on_board: self.on_board,
            corrected: changed && before.is_some(),
        };
        Ok(Done { answer, changed: Vec::new() })
    }
}

impl Enter {
    async fn add(&self, tx: &mut Tx<'_>) -> Answer<bool> {
        let visit = Visit {
            id: VisitId::new(self.app.clock.name_at(self.at)).map_err(|_| Problem::new(Code::Internal))?,
            point: self.ride.ride.clone(),
            person: self.person.clone(),
            stay: self.ride.span,
            assumed: false,
            open: false,
            grade: "witnessed".to_owned(),
            kind: self.ride.kind.clone(),
            seat: self.seat.clone(),
            part: None,
            way: None,
            flag: None,
            cleared_at: None,
        };
        make_room(&self.app, tx, visit.stay.from, self.at).await?;
        tx.later(visits::add(&visit, self.at, self.caller.account.as_str())).await?;
        self.note(tx, &visit, String::new(), noted(self.seat.as_deref())).await
    }

    async fn reseat(&self, tx: &mut Tx<'_>, visit: &Visit) -> Answer<bool> {
        tx.later(visits::seat(visit, self.seat.as_deref())).await?;
        self.note(tx, visit, noted(visit.seat.as_deref()), noted(self.seat.as_deref())).await
    }

    async fn remove(&self, tx: &mut Tx<'_>, visit: &Visit) -> Answer<bool> {
        tx.later(visits::remove(visit)).await?;
        self.note(tx, visit, noted(visit.seat.as_deref()), String::new()).await
    }

    /// Keeps what was there before; whoever corrects says why.
    async fn note(&self, tx: &mut Tx<'_>, visit: &Visit, before: String, after: String) -> Answer<bool> {
        let reason = match (&self.reason, before.is_empty()) {
            (Some(reason), _) => read_reason(reason)?,
            (None, true) => String::new(),
            (None, false) => return Err(Problem::new(Code::ReasonMissing).field("reason")),
        };
        let change = RideChange {
            at: self.at,
            id: self.app.clock.name_at(self.at),
            visit: visit.id.clone(),
            before,
            after,
            reason,
            account: self.caller.account.clone(),
        };
        tx.later(rides::note(&self.ride.ride, &change, forgotten_on(&self.ride))).await?;
        Ok(true)
    }
}

/// A ride that the caller's area reaches.
async fn reached(app: &App, caller: &Caller, ride: &str) -> Answer<Ride> {
    let id = PointId::new(ride).map_err(|_| Problem::new(Code::NotFound))?;
    let ride = rides::get(&mut *app.store.reader().await?, &id).await?;
    let ride = ride.ok_or(Problem::new(Code::NotFound))?;
    match ride.region.as_str().starts_with(&*caller.area) {
        true => Ok(ride),
        false => Err(Code::OutsideArea.into()),
    }
}

async fn whom(app: &App, request: &PassengerRequest, at: Instant) -> Answer<PersonId> {
    match (&request.person, &request.code) {
        (Some(person), None) => read_person(person).map_err(|_| Problem::new(Code::NotFound).field("person")),
        (None, Some(code)) => {
            let verdict = verify_code(app, code, at);
            let person = match verdict.claims() {
                Some(claims) => holder(app, claims).await?,
                None => None,
            };
            person.ok_or(Problem::new(Code::CodeUnreadable).field("code"))
        }
        _ => Err(Problem::new(Code::Body).field("person").detail("either `person` or `code`")),
    }
}

/// Enters a passenger, corrects the seat, or takes the passenger off the list.
#[utoipa::path(post, path = "/api/v1/rides/{ride}/passengers", tag = "officer", params(("ride" = String, Path)), request_body = PassengerRequest, responses((status = 201, body = PassengerAnswer)))]
pub async fn enter_passenger(
    State(app): State<App>,
    caller: Caller,
    Path(ride): Path<String>,
    key: OnceKey,
    Body(request): Body<PassengerRequest>,
) -> Answer<(StatusCode, Json<PassengerAnswer>)> {
    caller.may(Deed::EnterPassenger)?;
    let at = app.clock.now();
    let known = reached(&app, &caller, &ride).await?;
    let change = Enter {
        app: app.clone(),
        caller: caller.clone(),
        ride: known,
        person: whom(&app, &request, at).await?,
        seat: read_seat(request.seat.as_deref())?,
        on_board: request.on_board.unwrap_or(true),
        reason: request.reason.clone(),
        at,
    };
    let entered = once(&app, &caller, key, "enter_passenger", &(&ride, &request), change).await?;
    app.wake.notify_one();
    Ok((StatusCode::CREATED, Json(entered)))
}

/// A passenger.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Passenger {
    person: String,
    masked_name: String,
    seat: Option<String>,
}

/// A change of the list.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PassengerChange {
    at: String,
    /// `-` for an unknown seat; empty where the passenger was not on the list.
    before: String,
    after: String,
    reason: String,
}

/// A ride with its passengers.
#[derive(Serialize, utoipa::ToSchema)]
pub struct RideWithPassengers {
    ride: RideAnswer,
    passengers: Vec<Passenger>,
    changes: Vec<PassengerChange>,
}

/// Sees a ride with its passengers; each of them reads that somebody looked.
#[utoipa::path(get, path = "/api/v1/rides/{ride}/passengers", tag = "officer", params(("ride" = String, Path)), responses((status = 200, body = RideWithPassengers)))]
pub async fn see_passengers(
    State(app): State<App>,
    caller: Caller,
    Path(ride): Path<String>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::SeePassengers)?;
    let ride = reached(&app, &caller, &ride).await?;
    let aboard = visits::at_point(&mut *app.store.reader().await?, &ride.ride, ride.span).await?;
    let looked: Vec<_> = aboard.iter().map(|visit| visit.person.clone()).collect();
    record_looks(&app, &caller, &looked, "case").await?;
    let mut passengers = Vec::with_capacity(aboard.len());
    for visit in aboard {
        let person = existing(&app, &visit.person).await?;
        let conn = &mut *app.store.reader().await?;
        let masked_name = named(&app, conn, &caller, &person).await?.masked_name;
        passengers.push(Passenger { person: visit.person.to_string(), masked_name, seat: visit.seat });
    }
    let changes = rides::changes(&mut *app.store.reader().await?, &ride.ride).await?;
    let changes = changes.into_iter().map(|change| PassengerChange {
        at: show(&app, change.at).to_string(),
        before: change.before,
        after: change.after,
        reason: change.reason,
    });
    let (changes, ride) = (changes.collect(), answer(&app, ride));
    let answer = RideWithPassengers { ride, passengers, changes };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)))
}
