//! An officer sees a person's orders: their days, their changes with the former ends, door checks, and reports that were
//! not counted.

use crate::api::show_code::decision_now;
use crate::app::App;
use crate::caller::Caller;
use crate::looking::{read_person, read_purpose, record_looks};
use crate::permission::Deed;
use crate::problem::Answer;
use crate::reach::reachable;
use crate::recording::show;
use crate::request::Asked;
use crate::supervised::{OrderAnswer, Reader, shown};
use crate::watching::meter_person;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use healthcode_core::ids::PersonId;
use healthcode_store::{Conn, acts_for, door_checks, lives, people, quarantines, report_flags, sessions};
use serde::{Deserialize, Serialize};

/// What for.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PurposeOnly {
    /// `case`, `audit`, `identity` or `help`; the person sees it.
    pub(crate) purpose: Option<String>,
}

/// A door check.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DoorCheckAnswer {
    at: String,
    /// `met` or `not_met`.
    outcome: String,
    /// `code`, `document` or `none`.
    proof: String,
    role: String,
}

/// Reports that were not counted.
#[derive(Serialize, utoipa::ToSchema)]
pub struct FlagAnswer {
    /// `too_many`, `other_account` or `clock`.
    why: String,
    times: i64,
    first_at: String,
    last_at: String,
}

/// An order with everything that happened to it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct WholeOrder {
    #[serde(flatten)]
    order: OrderAnswer,
    /// Who ordered it.
    ordered_by: String,
    /// Who looks after it; null for nobody.
    officer: Option<String>,
    door_checks: Vec<DoorCheckAnswer>,
}

/// The orders of a person.
#[derive(Serialize, utoipa::ToSchema)]
pub struct OrdersAnswer {
    /// Newest first.
    orders: Vec<WholeOrder>,
    flags: Vec<FlagAnswer>,
    /// Masked names of those who may answer for the person.
    guardians: Vec<Guardian>,
}

/// Who may answer for someone.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Guardian {
    person: String,
    masked_name: Option<String>,
}

/// Sees a person's orders of isolation.
#[utoipa::path(get, path = "/api/v1/people/{person}/quarantines", tag = "officer", params(("person" = String, Path), PurposeOnly), responses((status = 200, body = OrdersAnswer)))]
pub async fn quarantines_of(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    Asked(asked): Asked<PurposeOnly>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::SeeQuarantines)?;
    let purpose = read_purpose(asked.purpose.as_deref())?;
    let id = read_person(&person)?;
    reachable(&app, &caller, &id).await?;
    meter_person(&app, &caller, &id).await?;
    record_looks(&app, &caller, std::slice::from_ref(&id), purpose).await?;
    let at = app.clock.now();
    let decision = decision_now(&app, &id, at).await?;
    let mut conn = app.store.reader().await?;
    let life = lives::of_person(&mut conn, &id).await?;
    let mut orders = Vec::new();
    for order in quarantines::of_person(&mut conn, &id).await? {
        let checks = door_checks::of_order(&mut conn, &order).await?.into_iter();
        let checks = checks.map(|check| DoorCheckAnswer {
            at: show(&app, check.at).to_string(),
            outcome: check.outcome,
            proof: check.proof,
            role: check.role,
        });
        let officer = match &order.officer {
            Some(officer) => Some(label(&mut conn, officer).await?),
            None => None,
        };
        orders.push(WholeOrder {
            ordered_by: label(&mut conn, &order.ordered_by).await?,
            officer,
            door_checks: checks.collect(),
            order: shown(&app, &mut conn, &order, (&life, decision.as_ref()), (at, Reader::Officer)).await?,
        });
    }
    let flags = report_flags::of_person(&mut conn, &id).await?.into_iter().map(|flag| FlagAnswer {
        why: flag.why,
        times: flag.times,
        first_at: show(&app, flag.first_at).to_string(),
        last_at: show(&app, flag.last_at).to_string(),
    });
    let answer =
        OrdersAnswer { orders, flags: flags.collect(), guardians: guardians(&app, &mut conn, &id).await? };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)))
}

pub(super) async fn label(conn: &mut Conn, account: &healthcode_core::ids::AccountId) -> Answer<String> {
    Ok(sessions::label_of(conn, account).await?.unwrap_or_default())
}

async fn guardians(app: &App, conn: &mut Conn, ward: &PersonId) -> Answer<Vec<Guardian>> {
    let mut found: Vec<Guardian> = Vec::new();
    for account in acts_for::guardians_of(conn, ward).await? {
        let Some(person) = acts_for::own_person(conn, &account).await? else { continue };
        if found.iter().any(|guardian| guardian.person == person.as_str()) {
            continue;
        }
        let known = people::get(conn, app.store.seal(), &person).await?;
        let masked_name = known.map(|known| known.personal.name.masked());
        found.push(Guardian { person: person.to_string(), masked_name });
    }
    Ok(found)
}
