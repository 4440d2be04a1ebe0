//! The contacts of a case: where and how long each was together with it, what the rules ask of each now, and whether an
//! order holds her.

use crate::api::looks::After;
use crate::api::show_code::decision_now;
use crate::api::{PAGE, Page};
use crate::app::App;
use crate::caller::Caller;
use crate::looking::{read_person, record_looks};
use crate::permission::Deed;
use crate::place_name;
use crate::problem::{Answer, Code, Problem};
use crate::reach::{named, reachable};
use crate::request::Asked;
use crate::supervised::{obligations, state};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use healthcode_core::decision::Colour;
use healthcode_core::ids::PersonId;
use healthcode_core::rule_set::Text;
use healthcode_store::exposures::{self, KeptExposure};
use healthcode_store::{Conn, people, quarantines};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Time together at one place.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SharedPlace {
    point: String,
    #[schema(value_type = Object)]
    name: Option<Text>,
    /// `close`, `secondary` or `general`.
    level: String,
    /// How much the record proves.
    grade: String,
    first_at: String,
    last_at: String,
    minutes: u32,
}

/// A contact of a case.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ContactAnswer {
    person: String,
    masked_name: String,
    within: bool,
    #[schema(value_type = Option<String>)]
    colour: Option<Colour>,
    /// What the rules ask of the person now.
    obligations: Vec<String>,
    /// Where her order of isolation stands; null for none.
    order: Option<&'static str>,
    places: Vec<SharedPlace>,
}

#[derive(Deserialize)]
struct Together {
    level: String,
    grade: String,
    first_at: String,
    last_at: String,
    minutes: u32,
}

async fn places(conn: &mut Conn, exposures: &[KeptExposure]) -> Answer<Vec<SharedPlace>> {
    let mut places = Vec::new();
    for exposure in exposures {
        let together: Together =
            serde_json::from_str(&exposure.data).map_err(|_| Problem::new(Code::Internal))?;
        places.push(SharedPlace {
            point: exposure.point.to_string(),
            name: place_name::name(conn, &exposure.point).await?,
            level: together.level,
            grade: together.grade,
            first_at: together.first_at,
            last_at: together.last_at,
            minutes: together.minutes,
        });
    }
    Ok(places)
}

/// The exposures that stand, by contact, after one.
async fn by_contact(
    conn: &mut Conn,
    case: &PersonId,
    after: &str,
) -> Answer<Vec<(PersonId, Vec<KeptExposure>)>> {
    let mut contacts: BTreeMap<PersonId, Vec<KeptExposure>> = BTreeMap::new();
    for exposure in exposures::of_case(conn, case).await? {
        if exposure.evidence.is_some() && exposure.contact.as_str() > after {
            contacts.entry(exposure.contact.clone()).or_default().push(exposure);
        }
    }
    Ok(contacts.into_iter().take(PAGE + 1).collect())
}

/// Lists the contacts of a case.
#[utoipa::path(get, path = "/api/v1/cases/{person}/contacts", tag = "officer", params(("person" = String, Path), After), responses((status = 200, body = Page<ContactAnswer>)))]
pub async fn contacts(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    Asked(asked): Asked<After>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::ListContacts)?;
    let case = read_person(&person)?;
    reachable(&app, &caller, &case).await?;
    let after = asked.after.unwrap_or_default();
    let mut conn = app.store.reader().await?;
    let page = Page::of(by_contact(&mut conn, &case, &after).await?, |(contact, _)| contact.to_string());
    let looked: Vec<_> = page.items.iter().map(|(contact, _)| contact.clone()).chain([case]).collect();
    record_looks(&app, &caller, &looked, "case").await?;
    let at = app.clock.now();
    let mut items = Vec::new();
    for (contact, exposures) in page.items {
        let Some(known) = people::get(&mut conn, app.store.seal(), &contact).await? else { continue };
        let shown = named(&app, &mut conn, &caller, &known).await?;
        let decision = decision_now(&app, &contact, at).await?;
        let order = quarantines::open_of(&mut conn, &contact).await?;
        items.push(ContactAnswer {
            person: contact.to_string(),
            masked_name: shown.masked_name,
            within: shown.within,
            colour: decision.as_ref().map(|decision| decision.colour),
            obligations: obligations(decision.as_ref()).into_iter().map(|duty| duty.code).collect(),
            order: order.map(|order| state(&order, decision.as_ref(), at)),
            places: places(&mut conn, &exposures).await?,
        });
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(Page { items, next: page.next })))
}
