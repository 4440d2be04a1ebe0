//! Places where a case was at the same time as a resident may have been: advice, without any effect on her code. It comes of
//! scans of printed codes, which prove nothing, and of crowded places where an officer chose to tell people only.

use crate::app::App;
use crate::caller::Caller;
use crate::permission::Deed;
use crate::place_name;
use crate::problem::{Answer, Code};
use crate::recording::show;
use crate::tracing_run::change::is_poster;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use healthcode_core::fact::Fact;
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::rule_set::Text;
use healthcode_core::time::{Instant, Interval};
use healthcode_store::{Conn, advice, exposures};
use serde::Serialize;

/// A place where a case was.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AdviceAnswer {
    #[schema(value_type = Object)]
    place: Option<Text>,
    first_at: String,
    last_at: String,
    /// `poster`: a printed code was scanned there. `crowded`: too many people were there to say who met the case.
    why: &'static str,
}

/// A list of advice, the latest first.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AdviceList {
    items: Vec<AdviceAnswer>,
}

/// Where posters were scanned while a case was there.
async fn of_posters(conn: &mut Conn, person: &PersonId) -> Answer<Vec<(PointId, Interval)>> {
    let mut found = Vec::new();
    for (_, kept) in exposures::of_contact(conn, person).await? {
        if kept.evidence.is_none() || !is_poster(&kept) {
            continue;
        }
        let Ok(Fact::Exposure(exposure)) = Fact::from_json("exposure", &kept.data) else {
            return Err(Code::Internal.into());
        };
        let time = Interval { from: exposure.first_at, until: exposure.last_at };
        found.push((kept.point, time));
    }
    Ok(found)
}

/// Lists advice.
#[utoipa::path(get, path = "/api/v1/me/advice", tag = "resident", responses((status = 200, body = AdviceList)))]
pub async fn advice(State(app): State<App>, caller: Caller) -> Answer<impl IntoResponse> {
    caller.may(Deed::SeeAdvice)?;
    let person = caller.own_person(&app).await?;
    let mut conn = app.store.reader().await?;
    let posters = of_posters(&mut conn, &person).await?;
    let posters = posters.into_iter().map(|(point, time)| (point, time, "poster"));
    let crowded = advice::to_person(&mut conn, &person).await?;
    let crowded = crowded.into_iter().map(|advice| (advice.point, advice.time, "crowded"));
    let mut all: Vec<_> = posters.chain(crowded).collect();
    all.sort_by_key(|(_, time, _)| std::cmp::Reverse(time.until));
    let mut items = Vec::new();
    for (point, time, why) in all {
        let place = place_name::name(&mut conn, &point).await?;
        let shown = |at: Instant| show(&app, at).to_string();
        items.push(AdviceAnswer { place, first_at: shown(time.from), last_at: shown(time.until), why });
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(AdviceList { items })))
}
