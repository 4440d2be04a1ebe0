//! A checker scans a code: the verdict on the code, the colour in force, what to do, and the visit; all of it on disk
//! before the answer.

use crate::app::{App, ScannedPerson};
use crate::caller::Caller;
use crate::once::{Change, Done, OnceKey, given, once};
use crate::permission::{Deed, Role};
use crate::problem::{Answer, Code, Problem};
use crate::recording::show;
use crate::request::Body;
use crate::retention::{self, forget_on};
use crate::scanned::{holder, scanned_person, verify_code};
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use healthcode_core::decision::Colour;
use healthcode_core::ids::{PersonId, PointId, VisitId};
use healthcode_core::rule_set::Action;
use healthcode_core::time::{Instant, Interval};
use healthcode_credential::outcome::Outcome;
use healthcode_credential::verify::VerifiedClaims;
use healthcode_store::looks::{self, Look};
use healthcode_store::points::{self, Point};
use healthcode_store::visits::{self, Visit};
use healthcode_store::{Tx, queue};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What was scanned.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScanRequest {
    /// The text of the QR code.
    code: String,
    /// `in`, `out` or `passing`.
    #[schema(value_type = String)]
    direction: Direction,
    /// Where, for callers who do not stand at one point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    point: Option<String>,
}

/// Which way a person goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Direction {
    /// Enters; a leaving scan may follow.
    In,
    /// Leaves.
    Out,
    /// Passes a point that scans nobody out.
    Passing,
}

/// What a checker sees. Never a medical fact.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct ScanAnswer {
    /// `valid`, or why the code is not.
    verdict: String,
    /// Which step failed.
    reason: Option<String>,
    /// The colour in force; null where none could be found.
    #[schema(value_type = Option<String>)]
    colour: Option<Colour>,
    /// `pass`, `ask` or `stop`.
    #[schema(value_type = String)]
    action: Action,
    /// `active`, or `inactive` until the document has been compared.
    activation: Option<String>,
    masked_name: Option<String>,
    document_last_four: Option<String>,
    /// The recorded visit.
    visit: Option<String>,
    #[schema(value_type = String)]
    direction: Direction,
    scanned_at: String,
}

struct RecordScan {
    app: App,
    caller: Caller,
    person: PersonId,
    scanned: Arc<ScannedPerson>,
    action: Action,
    point: Arc<Point>,
    direction: Direction,
    at: Instant,
}

impl Change for RecordScan {
    type Answer = ScanAnswer;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.person)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<ScanAnswer>> {
        let (app, at) = (&self.app, self.at);
        let visit = self.visit(tx).await?;
        let forget = forget_on(at, retention::VISIT);
        tx.later(queue::ask_for_visit(&self.person, &self.point.point, visit.stay, at, forget)).await?;
        let look = Look {
            person: self.person.clone(),
            at,
            id: app.clock.name_at(at),
            account: self.caller.account.clone(),
            role: self.caller.role.word().to_owned(),
            purpose: "scan".to_owned(),
            point: Some(self.point.point.clone()),
            action: Some(action_word(self.action).to_owned()),
        };
        tx.later(looks::record(&look, forget_on(at, retention::LOOK))).await?;
        let answer = ScanAnswer {
            verdict: "valid".to_owned(),
            reason: None,
            colour: Some(self.scanned.colour),
            action: self.action,
            activation: Some(if self.scanned.active { "active" } else { "inactive" }.to_owned()),
            masked_name: Some(self.scanned.masked_name.clone()),
            document_last_four: Some(self.scanned.last_four.clone()),
            visit: Some(visit.id.to_string()),
            direction: self.direction,
            scanned_at: show(app, at).to_string(),
        };
        Ok(Done { answer, changed: Vec::new() })
    }
}

impl RecordScan {
    /// Records the visit. Without a leaving scan it lasts as long as is usual at the point; a leaving scan ends it, or
    /// stands for a usual stay up to now where nobody scanned the entering.
    async fn visit(&self, tx: &mut Tx<'_>) -> Answer<Visit> {
        let (at, usual) = (self.at, self.point.usual_stay_s);
        if self.direction == Direction::Out {
            let since = at.plus_seconds(-visits::LONGEST_SECONDS);
            if let Some(mut open) =
                visits::open_at(tx.conn().await?, &self.person, &self.point.point, since).await?
                && let Some(stay) = Interval::new(open.stay.from, at)
            {
                visits::close(tx.conn().await?, &open, at).await?;
                open.stay = stay;
                return Ok(open);
            }
        }
        let stay = match self.direction {
            Direction::Out => Interval { from: at.plus_seconds(-usual), until: at },
            Direction::In | Direction::Passing => Interval { from: at, until: at.plus_seconds(usual) },
        };
        let id = VisitId::new(self.app.clock.name_at(at)).map_err(|_| Problem::new(Code::Internal))?;
        let visit = Visit {
            id,
            point: self.point.point.clone(),
            person: self.person.clone(),
            stay,
            assumed: true,
            open: self.direction == Direction::In,
            grade: "witnessed".to_owned(),
        };
        let by = self.caller.account.as_str();
        tx.later(visits::add(&visit, at, by, forget_on(at, retention::VISIT))).await?;
        Ok(visit)
    }
}

fn action_word(action: Action) -> &'static str {
    match action {
        Action::Pass => "pass",
        Action::Ask => "ask",
        Action::Stop => "stop",
    }
}

/// A code that is not valid: nothing is known of a person, so nothing is recorded. A forged code stops, others ask.
fn refused(app: &App, outcome: Outcome, reason: &str, direction: Direction, at: Instant) -> ScanAnswer {
    let forged = outcome == Outcome::BadSignature;
    ScanAnswer {
        verdict: outcome.word().to_owned(),
        reason: Some(reason.to_owned()),
        colour: None,
        action: if forged { Action::Stop } else { Action::Ask },
        activation: None,
        masked_name: None,
        document_last_four: None,
        visit: None,
        direction,
        scanned_at: show(app, at).to_string(),
    }
}

async fn point_of(app: &App, caller: &Caller, request: &ScanRequest) -> Answer<Arc<Point>> {
    let asked = match (&caller.point, &request.point) {
        (Some(own), Some(asked)) if own.as_str() != asked => return Err(Code::NotAllowed.into()),
        (Some(own), _) => own.clone(),
        (None, Some(asked)) if caller.role == Role::Officer => {
            PointId::new(asked.as_str()).map_err(|_| Problem::new(Code::PointUnknown).field("point"))?
        }
        (None, _) => return Err(Problem::new(Code::PointUnknown).field("point")),
    };
    if let Some(point) = app.points.get(&asked) {
        return Ok(point);
    }
    let point = points::get(&mut *app.store.reader().await?, &asked).await?;
    let point = Arc::new(point.ok_or(Problem::new(Code::PointUnknown).field("point"))?);
    app.points.insert(asked, point.clone());
    Ok(point)
}

/// Verifies a code and records a visit.
#[utoipa::path(post, path = "/api/v1/scans", tag = "checker", request_body = ScanRequest, responses((status = 200, body = ScanAnswer)))]
pub async fn scan(
    State(app): State<App>,
    caller: Caller,
    key: OnceKey,
    Body(request): Body<ScanRequest>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::Scan)?;
    let point = point_of(&app, &caller, &request).await?;
    let at = app.clock.now();
    let verdict = verify_code(&app, &request.code, at);
    let no_store = [(header::CACHE_CONTROL, "no-store")];
    let person = match verdict.claims() {
        Some(claims) => known_person(&app, claims, at).await?,
        None => None,
    };
    let Some((person, scanned)) = person else {
        // A code may have expired since it was scanned; the repetition gets the first answer.
        let first = given(&app, &caller, &key, "scan", &request).await?;
        let reason = verdict.reason().map_or("cannot_decide", |reason| reason.code());
        let answer = first.unwrap_or_else(|| refused(&app, verdict.outcome(), reason, request.direction, at));
        return Ok((no_store, Json(answer)));
    };
    let by_colour = app.published().rules.action(scanned.colour, &point.kind, at);
    // An inactive code asks for the document; it never eases what the colour says.
    let action = if !scanned.active && by_colour == Action::Pass { Action::Ask } else { by_colour };
    let direction = request.direction;
    let change = RecordScan {
        app: app.clone(),
        caller: caller.clone(),
        person,
        scanned,
        action,
        point,
        direction,
        at,
    };
    Ok((no_store, Json(once(&app, &caller, key, "scan", &request, change).await?)))
}

/// Whose pass was scanned, with what a gate may know; `None` where the pass does not count or nothing is decided.
async fn known_person(
    app: &App,
    claims: &VerifiedClaims,
    at: Instant,
) -> Answer<Option<(PersonId, Arc<ScannedPerson>)>> {
    let Some(person) = holder(app, claims).await? else { return Ok(None) };
    let scanned = scanned_person(app, &person, at).await?;
    Ok(scanned.map(|scanned| (person, scanned)))
}
