//! Presentations that were seen at two points: relayed, or a picture of them. An officer reads them; nobody is coloured.

use super::Page;
use crate::app::App;
use crate::caller::Caller;
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::recording::show;
use crate::request::Asked;
use axum::Json;
use axum::extract::State;
use healthcode_core::time::Instant;
use healthcode_store::gate_scans;
use serde::{Deserialize, Serialize};

/// Which page.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ShownTwiceQuery {
    /// Where the page begins.
    after: Option<String>,
}

/// One presentation at two points.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ShownTwiceItem {
    at: String,
    person: String,
    /// Where it was seen the second time.
    point: String,
    /// Where it was seen first.
    first_point: String,
    #[serde(skip)]
    #[schema(ignore)]
    micros: i64,
}

/// Lists presentations seen at two points, newest first.
#[utoipa::path(get, path = "/api/v1/presentations/shown-twice", tag = "officer", params(ShownTwiceQuery), responses((status = 200, body = Page<ShownTwiceItem>)))]
pub async fn shown_twice(
    State(app): State<App>,
    caller: Caller,
    Asked(query): Asked<ShownTwiceQuery>,
) -> Answer<Json<Page<ShownTwiceItem>>> {
    caller.may(Deed::ListShownTwice)?;
    let wrong = || Problem::new(Code::Body).field("after");
    let before = match query.after.as_deref() {
        None => (Instant::from_micros(i64::MAX), String::new()),
        Some(after) => {
            let (at, person) = after.split_once('_').ok_or_else(wrong)?;
            (Instant::from_micros(at.parse().map_err(|_| wrong())?), person.to_owned())
        }
    };
    let most = super::PAGE as i64 + 1;
    let mut conn = app.store.reader().await?;
    let seen = gate_scans::shown_twice(&mut conn, (before.0, &before.1), most).await?;
    let items = seen.into_iter().map(|seen| ShownTwiceItem {
        at: show(&app, seen.at).to_string(),
        micros: seen.at.micros(),
        person: seen.person.to_string(),
        point: seen.point.to_string(),
        first_point: seen.first_point.to_string(),
    });
    Ok(Json(Page::of(items.collect(), |item| format!("{}_{}", item.micros, item.person))))
}
