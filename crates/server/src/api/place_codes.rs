//! The codes of a place, for those who hang them up: a poster to print, what a screen shows, and both anew.

use crate::app::App;
use crate::caller::Caller;
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::{Deed, Role};
use crate::place_code::{self, STEP_SECONDS, begins, step_of};
use crate::problem::{Answer, Code, Problem};
use crate::recording::show;
use crate::request::Body;
use crate::retention::{self, forget_on};
use axum::Json;
use axum::extract::{Path, State};
use healthcode_core::ids::PointId;
use healthcode_core::rule_set::Text;
use healthcode_core::time::Instant;
use healthcode_store::points::{self, Point};
use healthcode_store::{Tx, place_codes};
use serde::{Deserialize, Serialize};

/// A screen is given the codes of so many half minutes, so that it shows them for ten minutes without a network.
const AHEAD: i64 = 20;

/// The printed code of a place.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct PosterAnswer {
    #[schema(value_type = Object)]
    place: Text,
    kind: String,
    region: String,
    /// What the QR code says: an address of ours.
    text: String,
    /// Counts from 1; every issue before is refused.
    issue: i64,
}

/// What a screen shows, and when.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ScreenCode {
    from: String,
    until: String,
    text: String,
}

/// The codes of a screen for the next ten minutes.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ScreenAnswer {
    #[schema(value_type = Object)]
    place: Text,
    codes: Vec<ScreenCode>,
}

/// A place whose codes the caller may see: staff of their own point alone, officers in their area.
async fn place(app: &App, caller: &Caller, point: &str) -> Answer<(Point, i64)> {
    let unknown = || Problem::new(Code::PointUnknown).field("point");
    let point = PointId::new(point).map_err(|_| unknown())?;
    if caller.role == Role::Checker && caller.point.as_ref() != Some(&point) {
        return Err(Code::NotAllowed.into());
    }
    let mut conn = app.store.reader().await?;
    let found = points::get(&mut conn, &point).await?.ok_or_else(unknown)?;
    if !found.region.as_str().starts_with(&*caller.area) {
        return Err(Code::OutsideArea.into());
    }
    let issue = place_codes::issue_of(&mut conn, &point).await?;
    Ok((found, issue))
}

fn poster_of(app: &App, place: &Point, issue: i64) -> PosterAnswer {
    let code = place_code::poster(app, &place.point, issue);
    PosterAnswer {
        place: place.name.clone(),
        kind: place.kind.clone(),
        region: place.region.to_string(),
        text: place_code::address(app, &code),
        issue,
    }
}

/// The poster of a place, to be printed.
#[utoipa::path(get, path = "/api/v1/points/{point}/poster", tag = "officer", params(("point" = String, Path)), responses((status = 200, body = PosterAnswer)))]
pub async fn see_poster(
    State(app): State<App>,
    caller: Caller,
    Path(point): Path<String>,
) -> Answer<Json<PosterAnswer>> {
    caller.may(Deed::SeePoster)?;
    let (place, issue) = place(&app, &caller, &point).await?;
    Ok(Json(poster_of(&app, &place, issue)))
}

/// What the screen of a place shows for the next ten minutes.
#[utoipa::path(get, path = "/api/v1/points/{point}/screen", tag = "checker", params(("point" = String, Path)), responses((status = 200, body = ScreenAnswer)))]
pub async fn see_screen(
    State(app): State<App>,
    caller: Caller,
    Path(point): Path<String>,
) -> Answer<Json<ScreenAnswer>> {
    caller.may(Deed::SeeScreen)?;
    let (place, issue) = place(&app, &caller, &point).await?;
    let first = step_of(app.clock.now());
    let code = |step: i64| ScreenCode {
        from: show(&app, begins(step)).to_string(),
        until: show(&app, begins(step).plus_seconds(STEP_SECONDS)).to_string(),
        text: place_code::address(&app, &place_code::on_screen(&app, &place.point, issue, step)),
    };
    Ok(Json(ScreenAnswer { codes: (first..first + AHEAD).map(code).collect(), place: place.name }))
}

/// Nothing more needs saying.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PosterRequest {}

struct IssueAnew {
    app: App,
    caller: Caller,
    place: Point,
    at: Instant,
}

impl Change for IssueAnew {
    type Answer = PosterAnswer;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<PosterAnswer>> {
        let (point, by) = (&self.place.point, &self.caller.account);
        let forget = forget_on(self.at, retention::INSTALLATION);
        let issue = place_codes::issue_anew(tx.conn().await?, point, by, self.at, forget).await?;
        Ok(Done { answer: poster_of(&self.app, &self.place, issue), changed: Vec::new() })
    }
}

/// Issues the codes of a place anew: the poster that hangs there and what its screen shows are refused from now on.
#[utoipa::path(post, path = "/api/v1/points/{point}/poster", tag = "officer", params(("point" = String, Path)), request_body = PosterRequest, responses((status = 200, body = PosterAnswer)))]
pub async fn issue_poster(
    State(app): State<App>,
    caller: Caller,
    key: OnceKey,
    Path(point): Path<String>,
    Body(request): Body<PosterRequest>,
) -> Answer<Json<PosterAnswer>> {
    caller.may(Deed::IssuePoster)?;
    let (place, _) = place(&app, &caller, &point).await?;
    let change = IssueAnew { app: app.clone(), caller: caller.clone(), place, at: app.clock.now() };
    Ok(Json(once(&app, &caller, key, "issue_poster", &(point, request), change).await?))
}
