//! An officer orders isolation. What is ordered is read and placed here also where it is ordered for many.

use super::read_reason;
use crate::api::history::read_time;
use crate::app::App;
use crate::caller::Caller;
use crate::looking::{look, read_person};
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::reach::reachable;
use crate::recording::{new_evidence, record, show};
use crate::request::Body;
use crate::retention::{self, forget_on};
use crate::supervised::standing;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use healthcode_core::evidence::Source;
use healthcode_core::fact::{Fact, Isolation, IsolationAction, IsolationPlace};
use healthcode_core::ids::PersonId;
use healthcode_core::time::Instant;
use healthcode_store::quarantines::{self, Order};
use healthcode_store::{Tx, looks};
use serde::{Deserialize, Serialize};

/// Why someone is isolated; the editions of the control protocol tell these apart.
pub(crate) const KINDS: [&str; 6] =
    ["case", "close_contact", "secondary_contact", "arrival", "risk_area", "other"];
/// An order lasts at most so many days; 28 were the longest in use ("14+7", "2+14", 21 days and monitoring).
pub(crate) const MOST_DAYS: i64 = 90;
/// An order may begin so many days before or after it is written.
const FROM_DAYS: i64 = 14;
/// Bytes of an address, at most.
const MOST_ADDRESS: usize = 300;

/// What is ordered.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderRequest {
    /// `case`, `close_contact`, `secondary_contact`, `arrival`, `risk_area` or `other`.
    kind: String,
    /// `central`, `home` or `monitoring`.
    #[schema(value_type = String)]
    place: IsolationPlace,
    /// Where exactly; kept sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// Now when absent; within 14 days of now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// At the earliest tomorrow, at most 90 days after the beginning.
    until: String,
    /// Why, in words; the person reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// An order that was made or changed.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct OrderMade {
    pub(super) order: String,
    pub(super) until: String,
}

/// Reads an end: nobody is let go by an act before the day is over, and no order is endless.
pub(super) fn read_end(app: &App, text: &str, from: Instant, at: Instant) -> Answer<Instant> {
    let until = read_time(text, "until")?;
    let published = app.published();
    let zone = published.rules.zone(at);
    let tomorrow = zone.start_of(zone.day_of(at).plus(1));
    match until < tomorrow || until <= from || until > from.plus_days_of_24h(MOST_DAYS) {
        true => Err(Problem::new(Code::OrderEnd).field("until")),
        false => Ok(until),
    }
}

/// What is ordered, as it was read.
#[derive(Clone)]
pub(super) struct Terms {
    kind: String,
    isolation: Isolation,
    until: Instant,
    address: Option<String>,
    pub(super) reason: String,
}

impl Terms {
    /// Reads what is ordered.
    pub(super) fn read(app: &App, request: &OrderRequest, at: Instant) -> Answer<Self> {
        if !KINDS.contains(&request.kind.as_str()) {
            let detail = format!("kind: one of {}", KINDS.join(", "));
            return Err(Problem::new(Code::Body).field("kind").detail(detail));
        }
        let from = request.from.as_deref().map(|text| read_time(text, "from")).transpose()?.unwrap_or(at);
        if from > at.plus_days_of_24h(FROM_DAYS) {
            return Err(Problem::new(Code::DateFuture).field("from"));
        }
        if from < at.plus_days_of_24h(-FROM_DAYS) {
            return Err(Problem::new(Code::DatePast).field("from"));
        }
        let until = read_end(app, &request.until, from, at)?;
        let address = request.address.as_deref().map(str::trim).filter(|text| !text.is_empty());
        if address.is_some_and(|text| text.len() > MOST_ADDRESS || text.chars().any(char::is_control)) {
            return Err(Problem::new(Code::Body).field("address").detail("address: at most 300 bytes"));
        }
        let reason = request.reason.as_deref().map(read_reason).transpose()?.unwrap_or_default();
        let place = request.place;
        let isolation = Isolation { action: IsolationAction::Ordered, place, from, until: Some(until) };
        let (kind, address) = (request.kind.clone(), address.map(str::to_owned));
        Ok(Self { kind, isolation, until, address, reason })
    }
}

/// Places an order over somebody whom none holds; answers it, and whether anything that is shown changed.
pub(super) async fn place(
    tx: &mut Tx<'_>,
    (app, caller): (&App, &Caller),
    (person, region): (&PersonId, &str),
    terms: &Terms,
    at: Instant,
) -> Answer<(Order, bool)> {
    tx.lock_person(person.as_str()).await?;
    if standing(tx, person, at).await?.is_some() {
        return Err(Code::OrderRuns.into());
    }
    if let Some(old) = quarantines::open_of(tx.conn().await?, person).await? {
        tx.later(quarantines::set_end(&old, old.until, Some(at))).await?;
    }
    let from = terms.isolation.from;
    let fact = Fact::Isolation(terms.isolation.clone());
    let ordered = new_evidence(app, person, Source::Officer, fact, from.min(at), at)?;
    let seal = |address: &String| quarantines::seal_address(app.store.seal(), person, address);
    let order = Order {
        person: person.clone(),
        id: ordered.id.clone(),
        reason: terms.reason.clone(),
        kind: terms.kind.clone(),
        place: terms.isolation.place.word().to_owned(),
        address: terms.address.as_ref().map(seal).transpose()?,
        region: region.to_owned(),
        edition: app.published().rules.id(at),
        from,
        until: terms.until,
        ordered_by: caller.account.clone(),
        ordered_at: at,
        officer: Some(caller.account.clone()),
        last_report_at: at.max(from),
        closed_at: None,
    };
    quarantines::add(tx.conn().await?, &order, forget_on(at, retention::PERSON)).await?;
    let looked = look(app, caller, person, "quarantine");
    tx.later(looks::record(&looked, forget_on(at, retention::LOOK))).await?;
    let changed = record(app, tx, &[&ordered], caller.account.as_str()).await?;
    Ok((order, changed))
}

struct PlaceOrder {
    app: App,
    caller: Caller,
    person: PersonId,
    region: String,
    terms: Terms,
    at: Instant,
}

impl Change for PlaceOrder {
    type Answer = OrderMade;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.person)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<OrderMade>> {
        let (by, whom) = ((&self.app, &self.caller), (&self.person, self.region.as_str()));
        let (order, changed) = place(tx, by, whom, &self.terms, self.at).await?;
        let until = show(&self.app, order.until).to_string();
        let changed = if changed { vec![self.person.clone()] } else { Vec::new() };
        Ok(Done { answer: OrderMade { order: order.id.to_string(), until }, changed })
    }
}

/// Orders isolation.
#[utoipa::path(post, path = "/api/v1/people/{person}/quarantines", tag = "officer", params(("person" = String, Path)), request_body = OrderRequest, responses((status = 201, body = OrderMade)))]
pub async fn order_quarantine(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    key: OnceKey,
    Body(request): Body<OrderRequest>,
) -> Answer<(StatusCode, Json<OrderMade>)> {
    caller.may(Deed::OrderQuarantine)?;
    let at = app.clock.now();
    let terms = Terms::read(&app, &request, at)?;
    let person = read_person(&person)?;
    let known = reachable(&app, &caller, &person).await?;
    let (app_of, region) = (app.clone(), known.residence.to_string());
    let change =
        PlaceOrder { app: app_of, caller: caller.clone(), person: person.clone(), region, terms, at };
    let request = (&person, &request);
    Ok((StatusCode::CREATED, Json(once(&app, &caller, key, "order_quarantine", &request, change).await?)))
}
