//! "My family turned red, why have I not?" A resident asks how long she was recorded together with somebody who shows her
//! a valid code. The answer says where and how long, and nothing of either's health; the other sees who asked.

use crate::app::App;
use crate::caller::Caller;
use crate::looking::record_looks;
use crate::permission::Deed;
use crate::place_name;
use crate::problem::{Answer, Code, Problem};
use crate::recording::show;
use crate::request::Body;
use crate::scanned::{holder, verify_code};
use crate::tracing_run::find::traced;
use crate::visiting::word_of;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use healthcode_core::rule_set::Text;
use healthcode_core::time::Interval;
use healthcode_store::visits;
use healthcode_trace::shared_times;
use serde::{Deserialize, Serialize};

/// Days that are looked back.
const DAYS: i64 = 14;

/// With whom: the text of the code that the other shows.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TogetherRequest {
    code: String,
}

/// Time recorded together at one place.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TogetherAt {
    #[schema(value_type = Object)]
    place: Option<Text>,
    first_at: String,
    last_at: String,
    minutes: u32,
    /// `witnessed`, `rotating` or `poster`; a poster never colours anyone.
    grade: &'static str,
}

/// Time recorded together.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TogetherAnswer {
    from: String,
    until: String,
    /// Whole minutes over all places.
    minutes: u32,
    places: Vec<TogetherAt>,
}

/// How long one was recorded together with the holder of a code.
#[utoipa::path(post, path = "/api/v1/me/together", tag = "resident", request_body = TogetherRequest, responses((status = 200, body = TogetherAnswer)))]
pub async fn together(
    State(app): State<App>,
    caller: Caller,
    Body(request): Body<TogetherRequest>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::AskTogether)?;
    let at = app.clock.now();
    let own = caller.own_person(&app).await?;
    let verdict = verify_code(&app, &request.code, at);
    let other = match verdict.claims() {
        Some(claims) => holder(&app, claims).await?,
        None => None,
    };
    let other =
        other.filter(|other| *other != own).ok_or(Problem::new(Code::CodeUnreadable).field("code"))?;
    record_looks(&app, &caller, std::slice::from_ref(&other), "together").await?;
    let span = Interval { from: at.plus_days_of_24h(-DAYS), until: at.plus_seconds(1) };
    let mut conn = app.store.reader().await?;
    let mine: Vec<_> = visits::traceable_of_person(&mut conn, &own, span).await?.iter().map(traced).collect();
    let theirs: Vec<_> =
        visits::traceable_of_person(&mut conn, &other, span).await?.iter().map(traced).collect();
    let mut places = Vec::new();
    for shared in shared_times(&mine, &theirs, span) {
        places.push(TogetherAt {
            place: place_name::name(&mut conn, &shared.place).await?,
            first_at: show(&app, shared.span.from).to_string(),
            last_at: show(&app, shared.span.until).to_string(),
            minutes: shared.minutes,
            grade: word_of(shared.grade),
        });
    }
    let answer = TogetherAnswer {
        from: show(&app, span.from).to_string(),
        until: show(&app, at).to_string(),
        minutes: places.iter().map(|place| place.minutes).sum(),
        places,
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)))
}
