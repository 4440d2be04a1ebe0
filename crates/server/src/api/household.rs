//! A resident's household: with whom she agreed to sleep under one roof, and for which nights. Both adults say so, each
//! on a device of their own; either ends it. It counts only when one of them becomes a case, and never by kinship.

pub mod agree;
pub mod close;
pub mod end;
pub mod of_person;
pub mod propose;
pub mod record;

use crate::acting::everyone;
use crate::app::App;
use crate::caller::Caller;
use crate::permission::Deed;
use crate::problem::Answer;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use healthcode_core::ids::PersonId;
use healthcode_core::time::Day;
use healthcode_store::households::{self, Household, Member};
use healthcode_store::{Conn, people};
use serde::Serialize;

/// Somebody of a household, or whom the caller answers for.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HouseholdPerson {
    person: String,
    masked_name: String,
    /// Whether an adult said that this person sleeps there, too.
    dependant: bool,
    left: bool,
}

/// A household of the caller.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HouseholdAnswer {
    household: String,
    /// `agreed` by both, or recorded by an `officer`.
    basis: &'static str,
    /// `asked`: you asked and wait; `asks_you`: the other waits for you; `agreed`; `ended`.
    state: &'static str,
    /// The first night, by the date of its evening.
    first_night: String,
    /// The last night.
    last_night: String,
    /// Others and dependants; of who was asked nothing is said before both agreed.
    others: Vec<HouseholdPerson>,
    /// Why, where an officer recorded it.
    reason: String,
    /// Why, where an officer ended it.
    end_reason: String,
}

/// Everything on the page of one's household.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HouseholdsAnswer {
    /// The newest first.
    households: Vec<HouseholdAnswer>,
    /// Whom the caller answers for: who may be said to sleep there, too.
    dependants: Vec<HouseholdPerson>,
    /// Today, for choosing nights.
    today: String,
}

pub(crate) fn date(day: Day) -> String {
    let (year, month, day) = day.ymd();
    format!("{year:04}-{month:02}-{day:02}")
}

/// The households of the caller.
#[utoipa::path(get, path = "/api/v1/me/household", tag = "resident", responses((status = 200, body = HouseholdsAnswer)))]
pub async fn my_households(State(app): State<App>, caller: Caller) -> Answer<impl IntoResponse> {
    caller.may(Deed::SeeHousehold)?;
    let own = caller.own_person(&app).await?;
    let wards = everyone(&app, &caller).await?;
    let mut conn = app.store.reader().await?;
    let mut found = Vec::new();
    for household in households::of_person(&mut conn, &own).await? {
        found.push(shown(&app, &mut conn, &own, household).await?);
    }
    let mut dependants = Vec::new();
    for ward in wards.iter().filter(|ward| ward.person != own) {
        let member = Member {
            person: ward.person.clone(),
            follows: Some(own.clone()),
            joined_at: app.clock.now(),
            left_at: None,
        };
        dependants.extend(person(&app, &mut conn, &member).await?);
    }
    let today = date(app.published().rules.zone(app.clock.now()).day_of(app.clock.now()));
    let answer = HouseholdsAnswer { households: found, dependants, today };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)))
}

async fn person(app: &App, conn: &mut Conn, member: &Member) -> Answer<Option<HouseholdPerson>> {
    let known = people::get(conn, app.store.seal(), &member.person).await?;
    Ok(known.map(|known| HouseholdPerson {
        person: member.person.to_string(),
        masked_name: known.personal.name.masked(),
        dependant: member.follows.is_some(),
        left: member.left_at.is_some(),
    }))
}

async fn shown(app: &App, conn: &mut Conn, own: &PersonId, household: Household) -> Answer<HouseholdAnswer> {
    let is_invited = household.invited.as_ref() == Some(own);
    let state = match (household.ended_at, household.agreed_at) {
        (Some(_), _) => "ended",
        (None, Some(_)) => "agreed",
        (None, None) if is_invited => "asks_you",
        (None, None) => "asked",
    };
    let mut others = Vec::new();
    for member in households::members(conn, &household.household).await? {
        // The one who asks is named to the one who is asked; dependants only once both agreed.
        let may = household.agreed_at.is_some() || (member.follows.is_none() || !is_invited);
        if member.person != *own && may {
            others.extend(person(app, conn, &member).await?);
        }
    }
    Ok(HouseholdAnswer {
        household: household.household.to_string(),
        basis: household.basis.word(),
        state,
        first_night: date(household.first_night),
        last_night: date(household.last_night),
        others,
        reason: household.reason,
        end_reason: household.end_reason,
    })
}
