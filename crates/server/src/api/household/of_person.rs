//! The households of a person as an officer sees them: what both said, or an officer recorded. What nobody agreed to yet
//! is not shown.

use super::date;
use crate::api::quarantines::of_person::PurposeOnly;
use crate::app::App;
use crate::caller::Caller;
use crate::looking::{existing, read_person, read_purpose, record_looks};
use crate::permission::Deed;
use crate::problem::Answer;
use crate::reach::{named, reachable};
use crate::recording::show;
use crate::request::Asked;
use crate::watching::meter_person;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use healthcode_core::ids::PersonId;
use healthcode_store::households::{self, Household, Member};
use serde::Serialize;

/// Another of a household.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HouseholdMember {
    person: String,
    /// A pseudonym outside one's area.
    masked_name: String,
    /// Whether an adult said that this person sleeps there, too.
    dependant: bool,
}

/// A household of a person.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PersonHousehold {
    household: String,
    /// `agreed` by both, or recorded by an `officer`.
    basis: &'static str,
    /// The first night, by the date of its evening.
    first_night: String,
    /// The last night that was stated.
    last_night: String,
    others: Vec<HouseholdMember>,
    /// Why an officer recorded it; empty otherwise.
    reason: String,
    /// When it was ended; nights before stay what they were.
    ended_at: Option<String>,
    /// Why an officer ended it; empty otherwise.
    end_reason: String,
}

/// The households of a person.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PersonHouseholds {
    /// The newest first.
    households: Vec<PersonHousehold>,
    /// Today, for choosing nights.
    today: String,
}

/// Sees who slept under one roof with a person; each of them reads that somebody looked.
#[utoipa::path(get, path = "/api/v1/people/{person}/household", tag = "officer", params(("person" = String, Path), PurposeOnly), responses((status = 200, body = PersonHouseholds)))]
pub async fn households_of(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    Asked(asked): Asked<PurposeOnly>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::SeeHouseholds)?;
    let purpose = read_purpose(asked.purpose.as_deref())?;
    let id = read_person(&person)?;
    reachable(&app, &caller, &id).await?;
    meter_person(&app, &caller, &id).await?;
    let mut found = Vec::new();
    let mut looked = vec![id.clone()];
    let conn = &mut *app.store.reader().await?;
    let known = households::of_person(conn, &id).await?;
    for household in known.into_iter().filter(|household| household.agreed_at.is_some()) {
        let members = households::members(conn, &household.household).await?;
        let others: Vec<_> = members.into_iter().filter(|member| member.person != id).collect();
        looked.extend(others.iter().map(|member| member.person.clone()));
        found.push((household, others));
    }
    looked.sort();
    looked.dedup();
    record_looks(&app, &caller, &looked, purpose).await?;
    let mut shown = Vec::with_capacity(found.len());
    for (household, others) in found {
        shown.push(one(&app, &caller, household, &others).await?);
    }
    let today = date(app.published().rules.zone(app.clock.now()).day_of(app.clock.now()));
    let answer = PersonHouseholds { households: shown, today };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)))
}

async fn one(app: &App, caller: &Caller, household: Household, others: &[Member]) -> Answer<PersonHousehold> {
    let mut named_others = Vec::with_capacity(others.len());
    for member in others {
        named_others.push(HouseholdMember {
            person: member.person.to_string(),
            masked_name: name(app, caller, &member.person).await?,
            dependant: member.follows.is_some(),
        });
    }
    Ok(PersonHousehold {
        household: household.household.to_string(),
        basis: household.basis.word(),
        first_night: date(household.first_night),
        last_night: date(household.last_night),
        others: named_others,
        reason: household.reason,
        ended_at: household.ended_at.map(|at| show(app, at).to_string()),
        end_reason: household.end_reason,
    })
}

async fn name(app: &App, caller: &Caller, person: &PersonId) -> Answer<String> {
    let person = existing(app, person).await?;
    Ok(named(app, &mut *app.store.reader().await?, caller, &person).await?.masked_name)
}
