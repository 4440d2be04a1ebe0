//! A resident scans the code of a place: a visit that says no more than the code proves.

use crate::acting::{still, whom};
use crate::app::App;
use crate::caller::Caller;
use crate::doubting;
use crate::once::{Change, Done, OnceKey, given, once};
use crate::permission::Deed;
use crate::place_code;
use crate::problem::{Answer, Code, Problem};
use crate::recording::show;
use crate::request::Body;
use crate::visiting::{Direction, Passage, word_of};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use healthcode_core::ids::PersonId;
use healthcode_core::rule_set::Text;
use healthcode_core::time::Instant;
use healthcode_store::points::{self, Point};
use healthcode_store::visits_around::Around;
use healthcode_store::{Tx, place_codes};
use healthcode_trace::Grade;
use serde::{Deserialize, Serialize};

/// A code that was scanned.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceVisitRequest {
    /// The text of the place's code, or the address that it opens.
    code: String,
    /// `in`, `out` or `passing`.
    #[schema(value_type = String)]
    direction: Direction,
    /// Somebody whom one answers for; oneself when absent.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    whom: Option<String>,
}

/// The visit.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct PlaceVisitAnswer {
    visit: String,
    #[schema(value_type = Object)]
    place: Text,
    kind: String,
    /// `rotating` or `poster`: what the code proves. A poster can make a message, never a colour.
    grade: String,
    #[schema(value_type = String)]
    direction: Direction,
    from: String,
    /// Without a leaving scan, as long as is usual there; passing through is a minute.
    until: String,
    /// Whether an end is the usual stay and not a scan.
    assumed: bool,
    /// Whether it cannot be as it says; then it counts only when an officer has cleared it.
    doubted: bool,
}

struct RecordPlaceVisit {
    app: App,
    caller: Caller,
    person: PersonId,
    point: Point,
    grade: Grade,
    direction: Direction,
    at: Instant,
}

impl Change for RecordPlaceVisit {
    type Answer = PlaceVisitAnswer;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.person)
    }

    fn foresees(&self) -> Option<Around> {
        Some(doubting::around(&self.person, &self.point, self.at))
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<PlaceVisitAnswer>> {
        let Self { app, person, point, grade, direction, at, .. } = self;
        let (grade, direction, at) = (*grade, *direction, *at);
        // Two scans of one person at once see each other.
        tx.lock_person(person.as_str()).await?;
        still(tx, &self.caller.account, person).await?;
        let by = self.caller.account.as_str();
        let (seat, part) = (None, None);
        let passage = Passage { app, person, point, direction, grade, scanned_at: at, at, by, seat, part };
        let visit = passage.record(tx).await?;
        let answer = PlaceVisitAnswer {
            visit: visit.id.to_string(),
            place: point.name.clone(),
            kind: point.kind.clone(),
            grade: word_of(grade).to_owned(),
            direction,
            from: show(app, visit.stay.from).to_string(),
            until: show(app, visit.stay.until).to_string(),
            assumed: visit.assumed,
            doubted: visit.flag.is_some(),
        };
        Ok(Done { answer, changed: Vec::new() })
    }
}

/// The place of a code that holds, and what the code proves now.
async fn place_of(app: &App, text: &str, at: Instant) -> Answer<(Point, Grade)> {
    let code = place_code::read(app, text)?;
    let mut conn = app.store.reader().await?;
    let point = points::get(&mut conn, &code.point).await?;
    let point = point.ok_or(Problem::new(Code::PlaceCode).field("code"))?;
    if place_codes::issue_of(&mut conn, &code.point).await? != code.issue {
        return Err(Problem::new(Code::PlaceCodeReplaced).field("code"));
    }
    Ok((point, code.grade(at)?))
}

/// Records that one enters, leaves or passes a place whose code one scanned. A leaving scan ends a visit that a code of the
/// same kind began.
#[utoipa::path(post, path = "/api/v1/me/visits", tag = "resident", request_body = PlaceVisitRequest, responses((status = 201, body = PlaceVisitAnswer)))]
pub async fn visit_place(
    State(app): State<App>,
    caller: Caller,
    key: OnceKey,
    Body(request): Body<PlaceVisitRequest>,
) -> Answer<(StatusCode, Json<PlaceVisitAnswer>)> {
    caller.may(Deed::VisitPlace)?;
    // A code of a screen goes; the repetition gets the first answer.
    if let Some(first) = given(&app, &caller, &key, "visit_place", &request).await? {
        return Ok((StatusCode::CREATED, Json(first)));
    }
    let at = app.clock.now();
    let person = whom(&app, &caller, request.whom.as_deref()).await?;
    let (point, grade) = place_of(&app, &request.code, at).await?;
    let direction = request.direction;
    let change =
        RecordPlaceVisit { app: app.clone(), caller: caller.clone(), person, point, grade, direction, at };
    Ok((StatusCode::CREATED, Json(once(&app, &caller, key, "visit_place", &request, change).await?)))
}
