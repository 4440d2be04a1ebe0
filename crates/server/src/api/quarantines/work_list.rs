//! Whom to call first: everyone under an order, those with an abnormal report before those whom nobody met at the door,
//! before those who missed a day, before reports that were not counted, late ones, and ends that the rules hold beyond.

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

/// Someone on the list.
#[derive(Serialize, utoipa::ToSchema)]
pub struct WorkAnswer {
    person: String,
    order: String,
    masked_name: Option<String>,
    /// `abnormal`, `not_met`, `missed`, `flagged`, `late`, `past_end` or `quiet`.
    risk: &'static str,
    kind: String,
    place: String,
    region: String,
    until: String,
    /// The last report; the order itself, until there is one.
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
        officer: asked.mine.unwrap_or_default().then_some(&caller.account),
        only_due: !asked.all.unwrap_or_default(),
    };
    let after = read_place(asked.after.as_deref())?;
    let mut conn = app.store.reader().await?;
    let found = supervision::list(&mut conn, &ask, &after, PAGE as i64 + 1).await?;
    let cursor = |one: &supervision::Listed| {
        format!("{} {} {}", one.risk.rank(), one.last_report_at.micros(), one.person)
    };
    let page = Page::of(found, cursor);
    let looked: Vec<_> = page.items.iter().map(|one| one.person.clone()).collect();
    record_looks(&app, &caller, &looked, "quarantine").await?;
    let mut items = Vec::new();
    for one in page.items {
        let known = people::get(&mut conn, app.store.seal(), &one.person).await?;
        let officer = match &one.officer {
            Some(officer) => sessions::label_of(&mut conn, officer).await?,
            None => None,
        };
        items.push(WorkAnswer {
            person: one.person.to_string(),
            order: one.order.to_string(),
            masked_name: known.map(|known| known.personal.name.masked()),
            risk: one.risk.word(),
            kind: one.kind,
            place: one.place,
            region: one.region,
            until: show(&app, one.until).to_string(),
            last_report_at: show(&app, one.last_report_at).to_string(),
            missed_days: (zone.day_of(at).0 - zone.day_of(one.last_report_at).0 - 1).max(0),
            officer,
        });
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(Page { items, next: page.next })))
}
