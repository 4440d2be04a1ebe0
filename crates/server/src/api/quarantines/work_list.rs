//! Whom to call first: everyone under an order, and everyone whom the rules ask for reports or tests without one. Those with
//! an abnormal report come before those whom nobody met at the door, before tests and days that were missed, before reports
//! that were not counted, late ones, and ends that the rules hold beyond.

use crate::api::{PAGE, Page};
use crate::app::App;
use crate::caller::Caller;
use crate::looking::record_looks;
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::recording::show;
use crate::request::Asked;
use crate::rules_in_force::scheme;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use healthcode_core::supervision::LATE_AFTER_SECONDS;
use healthcode_core::time::{Instant, Zone};
use healthcode_store::supervision::{self, Ask, Place};
use healthcode_store::{people, sessions};
use serde::{Deserialize, Serialize};

/// Which part of the list.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct WorkQuery {
    /// The `next` of the page before.
    after: Option<String>,
    /// `true` for what one looks after oneself.
    mine: Option<bool>,
    /// `true` also for those where there is nothing to do.
    all: Option<bool>,
}

/// Something that is to be done about someone.
#[derive(Serialize, utoipa::ToSchema)]
pub struct WhyHere {
    /// `abnormal`, `not_met`, `test_missed`, `missed`, `flagged`, `late`, `past_end` or `quiet`.
    risk: &'static str,
    /// When that was reported or noted, when the day of the test or the order ended, or the last report.
    since: String,
}

/// Someone on the list.
#[derive(Serialize, utoipa::ToSchema)]
pub struct WorkAnswer {
    person: String,
    /// The order; null, like kind, place and end, where the rules ask and nobody ordered.
    order: Option<String>,
    masked_name: Option<String>,
    /// The gravest of `why`: what the place on the list goes by.
    risk: &'static str,
    /// Why here, the gravest first.
    why: Vec<WhyHere>,
    kind: Option<String>,
    place: Option<String>,
    region: String,
    until: Option<String>,
    /// The last report; the order itself, or since when the rules ask, until there is one.
    last_report_at: String,
    /// Whole days without a report.
    missed_days: i32,
    /// Who looks after it; null for nobody.
    officer: Option<String>,
}

/// A cursor: rank, last report and person.
fn read_place(text: Option<&str>) -> Answer<Place> {
    let Some(text) = text else {
        return Ok(Place { rank: 0, last_report_at: Instant::from_micros(0), person: String::new() });
    };
    let mut parts = text.splitn(3, ' ');
    let place = (|| {
        let rank = parts.next()?.parse().ok()?;
        let last_report_at = Instant::from_micros(parts.next()?.parse().ok()?);
        let person = parts.next().filter(|person| person.len() <= 64)?.to_owned();
        Some(Place { rank, last_report_at, person })
    })();
    place.ok_or(Problem::new(Code::Body).field("after"))
}

/// From when on a report counts for yesterday, and from when on for today, where it is past noon.
pub(crate) fn thresholds(zone: &Zone, at: Instant) -> (Instant, Option<Instant>) {
    let today = zone.day_of(at);
    let start = zone.start_of(today);
    (zone.start_of(today.plus(-1)), (at >= start.plus_seconds(LATE_AFTER_SECONDS)).then_some(start))
}

/// Lists whom to call first.
#[utoipa::path(get, path = "/api/v1/quarantines", tag = "officer", params(WorkQuery), responses((status = 200, body = Page<WorkAnswer>)))]
pub async fn work_list(
    State(app): State<App>,
    caller: Caller,
    Asked(asked): Asked<WorkQuery>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::ListQuarantines)?;
    let (at, scheme, published) = (app.clock.now(), scheme(), app.published());
    let zone = published.rules.zone(at);
    let (missed_before, late_before) = thresholds(zone, at);
    let ask = Ask {
        at,
        missed_before,
        late_before,
        scheme: &scheme,
        region: &caller.area,
        caller: &caller.account,
        only_mine: asked.mine.unwrap_or_default(),
        only_due: !asked.all.unwrap_or_default(),
    };
    let after = read_place(asked.after.as_deref())?;
    let mut conn = app.store.reader().await?;
    let found = supervision::list(&mut conn, &ask, &after, PAGE as i64 + 1).await?;
    let cursor = |one: &supervision::Listed| {
        format!("{} {} {}", one.risk().rank(), one.last_report_at.micros(), one.person)
    };
    let page = Page::of(found, cursor);
    let looked: Vec<_> = page.items.iter().map(|one| one.person.clone()).collect();
    record_looks(&app, &caller, &looked, "quarantine").await?;
    let mut items = Vec::new();
    for one in page.items {
        let known = people::get(&mut conn, app.store.seal(), &one.person).await?;
        let officer = match one.under.as_ref().and_then(|under| under.officer.as_ref()) {
            Some(officer) => sessions::label_of(&mut conn, officer).await?,
            None => None,
        };
        items.push(WorkAnswer {
            person: one.person.to_string(),
            order: one.under.as_ref().map(|under| under.order.to_string()),
            masked_name: known.map(|known| known.personal.name.masked()),
            risk: one.risk().word(),
            why: one
                .why
                .iter()
                .map(|(risk, since)| WhyHere { risk: risk.word(), since: show(&app, *since).to_string() })
                .collect(),
            kind: one.under.as_ref().map(|under| under.kind.clone()),
            place: one.under.as_ref().map(|under| under.place.clone()),
            region: one.region,
            until: one.under.as_ref().map(|under| show(&app, under.until).to_string()),
            last_report_at: show(&app, one.last_report_at).to_string(),
            missed_days: match one.reports {
                true => (zone.day_of(at).0 - zone.day_of(one.last_report_at).0 - 1).max(0),
                false => 0,
            },
            officer,
        });
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(Page { items, next: page.next })))
}
