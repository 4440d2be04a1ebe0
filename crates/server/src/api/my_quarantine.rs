//! A resident sees her order of isolation, and those of the people she answers for: the days, and what is asked today.

use super::show_code::decision_now;
use crate::app::App;
use crate::caller::Caller;
use crate::looking::{existing, record_looks};
use crate::permission::Deed;
use crate::problem::Answer;
use crate::supervised::{OrderAnswer, Reader, shown};
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use healthcode_core::ids::PersonId;
use healthcode_core::time::Instant;
use healthcode_store::{acts_for, lives, quarantines};
use serde::Serialize;

/// One person of a household.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HouseholdMember {
    person: String,
    /// Whether it is the caller herself.
    myself: bool,
    masked_name: String,
    /// The order that stands, or the last one; null where there never was one.
    order: Option<OrderAnswer>,
}

/// The household, the caller first.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HouseholdAnswer {
    items: Vec<HouseholdMember>,
}

async fn member(app: &App, person: &PersonId, myself: bool, at: Instant) -> Answer<HouseholdMember> {
    let known = existing(app, person).await?;
    let decision = decision_now(app, person, at).await?;
    let mut conn = app.store.reader().await?;
    let life = lives::of_person(&mut conn, person).await?;
    let order = quarantines::of_person(&mut conn, person).await?.into_iter().next();
    Ok(HouseholdMember {
        person: person.to_string(),
        myself,
        masked_name: known.personal.name.masked(),
        order: match order {
            Some(order) => {
                let known = (&life, decision.as_ref());
                Some(shown(app, &mut conn, &order, known, (at, Reader::Person)).await?)
            }
            None => None,
        },
    })
}

/// One's order of isolation, and those of one's household.
#[utoipa::path(get, path = "/api/v1/me/quarantine", tag = "resident", responses((status = 200, body = HouseholdAnswer)))]
pub async fn my_quarantine(State(app): State<App>, caller: Caller) -> Answer<impl IntoResponse> {
    caller.may(Deed::SeeOwnQuarantine)?;
    let own = caller.own_person(&app).await?;
    let wards = acts_for::wards_of(&mut *app.store.reader().await?, &caller.account).await?;
    record_looks(&app, &caller, &wards, "household").await?;
    let at = app.clock.now();
    let mut items = vec![member(&app, &own, true, at).await?];
    for ward in &wards {
        items.push(member(&app, ward, false, at).await?);
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(HouseholdAnswer { items })))
}
