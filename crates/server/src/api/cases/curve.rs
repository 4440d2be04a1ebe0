//! The epidemic curve of one's area: cases by the day of onset, of the first positive sample, and of the report.

use crate::app::App;
use crate::caller::Caller;
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::request::Asked;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use healthcode_core::time::{Day, Instant};
use healthcode_store::outbreak;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Days looked back when nothing is asked.
const DAYS: i64 = 28;
/// Days looked back, at most.
const MOST_DAYS: i64 = 365;
/// Cases counted, at most.
const MOST_CASES: i64 = 200_000;

/// How far back.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CurveQuery {
    /// Days, 1 to 365; 28 when absent.
    days: Option<i64>,
}

/// One day of the curve.
#[derive(Default, Serialize, utoipa::ToSchema)]
pub struct CurveDay {
    /// Such as `2020-02-11`.
    day: String,
    onset: u32,
    sample: u32,
    report: u32,
}

/// The curve.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CurveAnswer {
    /// Every day, also those without a case, oldest first.
    days: Vec<CurveDay>,
    cases: usize,
    /// Cases whose onset is not known, or who had no symptoms.
    without_onset: usize,
}

fn written(day: Day) -> String {
    let (year, month, number) = day.ymd();
    format!("{year:04}-{month:02}-{number:02}")
}

/// Cases by onset, sample and report.
#[utoipa::path(get, path = "/api/v1/outbreak/curve", tag = "officer", params(CurveQuery), responses((status = 200, body = CurveAnswer)))]
pub async fn curve(
    State(app): State<App>,
    caller: Caller,
    Asked(asked): Asked<CurveQuery>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::SeeCurve)?;
    let days = asked.days.unwrap_or(DAYS);
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(Problem::new(Code::Body).field("days").detail("days: 1 to 365"));
    }
    let (at, published) = (app.clock.now(), app.published());
    let zone = published.rules.zone(at);
    let today = zone.day_of(at);
    let first = today.plus(1 - days as i32);
    let since = zone.start_of(first);
    let mut conn = app.store.reader().await?;
    let found = outbreak::illnesses(&mut conn, &caller.area, since, MOST_CASES).await?;
    let mut counted: BTreeMap<Day, CurveDay> = (first.0..=today.0)
        .map(|day| (Day(day), CurveDay { day: written(Day(day)), ..CurveDay::default() }))
        .collect();
    let mut count = |at: Option<Instant>, add: fn(&mut CurveDay)| {
        if let Some(day) = at.and_then(|at| counted.get_mut(&zone.day_of(at))) {
            add(day);
        }
    };
    for case in &found {
        count(case.onset_at, |day| day.onset += 1);
        count(case.sampled_at, |day| day.sample += 1);
        count(Some(case.reported_at), |day| day.report += 1);
    }
    let without_onset = found.iter().filter(|case| case.onset_at.is_none()).count();
    let answer = CurveAnswer { days: counted.into_values().collect(), cases: found.len(), without_onset };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)))
}
