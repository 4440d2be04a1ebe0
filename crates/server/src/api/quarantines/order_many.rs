//! An officer orders isolation for many contacts of a case at once: one reason, kind, place and end. Whoever is under an
//! order already, outside her area, or known to have been near by a printed code alone is left out and named, before the
//! act (the preview) and in its answer.

use super::order::{OrderRequest, Terms, place};
use crate::app::App;
use crate::caller::Caller;
use crate::looking::{read_person, record_looks};
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::reach::{named, reachable, reaches};
use crate::request::Body;
use crate::supervised::standing;
use crate::tracing_run::change::is_poster;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use healthcode_core::ids::PersonId;
use healthcode_core::time::Instant;
use healthcode_store::people::{self, Person};
use healthcode_store::{Act, Tx, exposures};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// People at once, at most: as many as one case may expose without a second officer.
const MOST: usize = 200;

/// For whom.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ManyRequest {
    /// Contacts of the case, at most 200.
    people: Vec<String>,
}

/// What is ordered for whom.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ManyOrderRequest {
    /// Contacts of the case, at most 200.
    people: Vec<String>,
    /// The same for everyone; it has a reason.
    order: OrderRequest,
}

/// What becomes of one of them.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct OneOfMany {
    person: String,
    /// The masked name, or a pseudonym outside one's area.
    masked_name: String,
    /// `free` (in a preview) or `ordered`; `has_order`, `outside_area`, `no_contact` and `poster_only` (whom a printed code
    /// alone brought near the case) are left out.
    outcome: String,
    /// The order that was made.
    order: Option<String>,
}

/// Everyone who was named, in the order of their ids.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct ManyAnswer {
    items: Vec<OneOfMany>,
}

/// Someone who was named, as far as it was found out before the act.
#[derive(Clone)]
struct Candidate {
    person: PersonId,
    masked_name: String,
    /// Where she lives, if an order may be placed.
    region: Result<String, &'static str>,
}

impl Candidate {
    fn answer(&self, outcome: &str, order: Option<String>) -> OneOfMany {
        let (person, masked_name) = (self.person.to_string(), self.masked_name.clone());
        OneOfMany { person, masked_name, outcome: outcome.to_owned(), order }
    }
}

/// Reads who is named, each once.
async fn candidates(
    app: &App,
    caller: &Caller,
    case: &PersonId,
    people: &[String],
) -> Answer<Vec<Candidate>> {
    if people.is_empty() || people.len() > MOST {
        return Err(Problem::new(Code::Body).field("people").detail("people: 1 to 200"));
    }
    let named_people: Answer<BTreeSet<PersonId>> = people.iter().map(|text| read_person(text)).collect();
    let mut conn = app.store.reader().await?;
    // Each contact, with whether anything but a printed code says so.
    let mut contacts = BTreeMap::<PersonId, bool>::new();
    for exposure in exposures::of_case(&mut conn, case).await? {
        if exposure.evidence.is_some() {
            let is_proven = !is_poster(&exposure);
            *contacts.entry(exposure.contact).or_default() |= is_proven;
        }
    }
    let mut candidates = Vec::new();
    for person in named_people? {
        let is_proven = contacts.get(&person).copied();
        let known = match is_proven {
            Some(_) => people::get(&mut conn, app.store.seal(), &person).await?,
            None => None,
        };
        candidates.push(match known {
            Some(known) => {
                let masked_name = named(app, &mut conn, caller, &known).await?.masked_name;
                let within = reaches(app, &mut conn, caller, &known).await?;
                let Person { residence, .. } = known;
                let region = match (within, is_proven) {
                    (false, _) => Err("outside_area"),
                    (true, Some(true)) => Ok(residence.to_string()),
                    (true, _) => Err("poster_only"),
                };
                Candidate { person, masked_name, region }
            }
            None => Candidate { person, masked_name: String::new(), region: Err("no_contact") },
        });
    }
    Ok(candidates)
}

/// Looks whom an order holds already.
struct See {
    candidates: Vec<Candidate>,
    at: Instant,
}

impl Act for See {
    type Out = Vec<OneOfMany>;
    type Fault = Problem;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Vec<OneOfMany>> {
        let mut items = Vec::new();
        for one in &self.candidates {
            items.push(match &one.region {
                Err(outcome) => one.answer(outcome, None),
                Ok(_) if standing(tx, &one.person, self.at).await?.is_some() => one.answer("has_order", None),
                Ok(_) => one.answer("free", None),
            });
        }
        Ok(items)
    }
}

struct PlaceMany {
    app: App,
    caller: Caller,
    candidates: Vec<Candidate>,
    terms: Terms,
    at: Instant,
}

impl Change for PlaceMany {
    type Answer = ManyAnswer;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<ManyAnswer>> {
        let all: Vec<_> = self.candidates.iter().map(|one| one.person.as_str()).collect();
        tx.lock_people(&all).await?;
        let (mut items, mut changed_people) = (Vec::new(), Vec::new());
        for one in &self.candidates {
            let region = match &one.region {
                Ok(region) => region,
                Err(outcome) => {
                    items.push(one.answer(outcome, None));
                    continue;
                }
            };
            if standing(tx, &one.person, self.at).await?.is_some() {
                items.push(one.answer("has_order", None));
                continue;
            }
            let (by, whom) = ((&self.app, &self.caller), (&one.person, region.as_str()));
            let (order, changed) = place(tx, by, whom, &self.terms, self.at).await?;
            items.push(one.answer("ordered", Some(order.id.to_string())));
            if changed {
                changed_people.push(one.person.clone());
            }
        }
        Ok(Done { answer: ManyAnswer { items }, changed: changed_people })
    }
}

/// Says for which contacts of a case isolation could be ordered.
#[utoipa::path(post, path = "/api/v1/cases/{person}/orders/preview", tag = "officer", params(("person" = String, Path)), request_body = ManyRequest, responses((status = 200, body = ManyAnswer)))]
pub async fn preview_orders(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<String>,
    Body(request): Body<ManyRequest>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::PreviewOrders)?;
    let case = read_person(&case)?;
    reachable(&app, &caller, &case).await?;
    let candidates = candidates(&app, &caller, &case, &request.people).await?;
    let of_case = candidates.iter().filter(|one| one.region != Err("no_contact"));
    let looked: Vec<_> = of_case.map(|one| one.person.clone()).chain([case]).collect();
    record_looks(&app, &caller, &looked, "case").await?;
    let items = app.store.write(See { candidates, at: app.clock.now() }).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(ManyAnswer { items })))
}

/// Orders isolation for many contacts of a case.
#[utoipa::path(post, path = "/api/v1/cases/{person}/orders", tag = "officer", params(("person" = String, Path)), request_body = ManyOrderRequest, responses((status = 201, body = ManyAnswer)))]
pub async fn order_many(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<String>,
    key: OnceKey,
    Body(request): Body<ManyOrderRequest>,
) -> Answer<(StatusCode, Json<ManyAnswer>)> {
    caller.may(Deed::OrderMany)?;
    let at = app.clock.now();
    let terms = Terms::read(&app, &request.order, at)?;
    if terms.reason.is_empty() {
        return Err(Problem::new(Code::ReasonMissing).field("reason"));
    }
    let case = read_person(&case)?;
    reachable(&app, &caller, &case).await?;
    let candidates = candidates(&app, &caller, &case, &request.people).await?;
    let change = PlaceMany { app: app.clone(), caller: caller.clone(), candidates, terms, at };
    let request = (&case, &request);
    Ok((StatusCode::CREATED, Json(once(&app, &caller, key, "order_many", &request, change).await?)))
}
