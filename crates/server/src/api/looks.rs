//! A resident sees who looked at her.

use super::{PAGE, Page};
use crate::app::App;
use crate::caller::Caller;
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::recording::show;
use crate::request::Asked;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use healthcode_core::rule_set::Text;
use healthcode_core::time::Instant;
use healthcode_store::{looks, points};
use serde::{Deserialize, Serialize};

/// Which page.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct After {
    /// The `next` of the page before.
    pub after: Option<String>,
}

/// Reads a cursor of an instant and an id.
pub(crate) fn read_cursor(cursor: &str) -> Answer<(Instant, &str)> {
    let problem = || Problem::new(Code::Body).field("after");
    let (at, id) = cursor.split_once(' ').ok_or_else(problem)?;
    Ok((Instant::from_micros(at.parse().map_err(|_| problem())?), id))
}

/// One look.
#[derive(Serialize, utoipa::ToSchema)]
pub struct LookAnswer {
    at: String,
    who: String,
    purpose: String,
    #[schema(value_type = Object)]
    place: Option<Text>,
}

/// Who looked at one, newest first.
#[utoipa::path(get, path = "/api/v1/me/looks", tag = "resident", params(After), responses((status = 200, body = Page<LookAnswer>)))]
pub async fn looks(
    State(app): State<App>,
    caller: Caller,
    Asked(asked): Asked<After>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::SeeLooks)?;
    let newest = app.clock.now().plus_seconds(1).micros().to_string() + " ";
    let (at, id) = read_cursor(asked.after.as_deref().unwrap_or(&newest))?;
    let person = caller.own_person(&app).await?;
    let mut conn = app.store.reader().await?;
    let found = looks::at_person(&mut conn, &person, (at, id), PAGE as i64 + 1).await?;
    let page = Page::of(found, |look| format!("{} {}", look.at.micros(), look.id));
    let mut items = Vec::new();
    for look in page.items {
        let place = match &look.point {
            Some(point) => points::get(&mut conn, point).await?.map(|point| point.name),
            None => None,
        };
        items.push(LookAnswer {
            at: show(&app, look.at).to_string(),
            who: look.role,
            purpose: look.purpose,
            place,
        });
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(Page { items, next: page.next })))
}
