//! A checker scans a code: the verdict on the code, the colour in force, what to do, and the visit; all of it on disk
//! before the answer.

use crate::app::{App, ScannedPerson};
use crate::caller::Caller;
use crate::doubting;
use crate::once::{Change, Done, OnceKey, given, once};
use crate::permission::{Deed, Role};
use crate::problem::{Answer, Code, Problem};
use crate::recording::show;
use crate::request::Body;
use crate::retention::{self, forget_on};
use crate::scanned::{holder, is_bare, scanned_person, verify_code};
use crate::seats::{read_part, read_seat};
use crate::visiting::{Direction, Passage};
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use healthcode_core::decision::Colour;
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::rule_set::Action;
use healthcode_core::time::Instant;
use healthcode_credential::bearer::Bearer;
use healthcode_credential::outcome::Outcome;
use healthcode_credential::verify::{Verdict, VerifiedClaims};
use healthcode_store::Tx;
use healthcode_store::gate_scans::{self, ShownTwice};
use healthcode_store::looks::{self, Look};
use healthcode_store::points::{self, Point};
use healthcode_store::visits_around::Around;
use healthcode_trace::Grade;
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
    /// Where on a vehicle: row and letter (`r12/A`), bay (`c5/b3`), compartment (`c5/k2`), carriage (`c5`) or `crew`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seat: Option<String>,
    /// The part of the place: hall, counter, table; 1 to 20 letters, digits, `-` and `/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    part: Option<String>,
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
    /// Why it asks though the colour would let pass.
    reason: Option<&'static str>,
    /// Another point at which the same presentation was seen.
    shown_at: Option<PointId>,
    seat: Option<String>,
    part: Option<String>,
    at: Instant,
}

impl Change for RecordScan {
    type Answer = ScanAnswer;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.person)
    }

    fn foresees(&self) -> Option<Around> {
        Some(doubting::around(&self.person, &self.point, self.at))
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<ScanAnswer>> {
        let (app, at) = (&self.app, self.at);
        let (person, point, by) = (&self.person, &*self.point, self.caller.account.as_str());
        let (seat, part) = (self.seat.as_deref(), self.part.as_deref());
        let (direction, grade) = (self.direction, Grade::Witnessed);
        let passage = Passage { app, person, point, direction, grade, scanned_at: at, at, by, seat, part };
        let visit = passage.record(tx).await?;
        if let Some(first_point) = &self.shown_at {
            let seen = ShownTwice {
                at,
                person: self.person.clone(),
                point: self.point.point.clone(),
                first_point: first_point.clone(),
            };
            tx.later(gate_scans::add_shown_twice(&seen, forget_on(at, retention::VISIT))).await?;
        }
        let look = Look {
            person: self.person.clone(),
            at,
            id: app.clock.name_at(at),
            account: self.caller.account.clone(),
            role: self.caller.role.word().to_owned(),
            purpose: "scan".to_owned(),
            point: Some(self.point.point.clone()),
            action: Some(self.action.word().to_owned()),
        };
        tx.later(looks::record(&look, forget_on(at, retention::LOOK))).await?;
        let answer = ScanAnswer {
            verdict: "valid".to_owned(),
            reason: self.reason.map(str::to_owned),
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
        let reason = verdict.reason().map_or_else(|| not_shown(&verdict), |reason| reason.code());
        let answer = first.unwrap_or_else(|| refused(&app, verdict.outcome(), reason, request.direction, at));
        return Ok((no_store, Json(answer)));
    };
    let shown_at = verdict.claims().and_then(|claims| seen_elsewhere(&app, claims, &point));
    let doubt = if shown_at.is_some() {
        Some("shown_twice")
    } else if verdict.claims().is_some_and(|claims| matches!(claims.bearer(), Bearer::Paper(_))) {
        Some("compare_document")
    } else {
        None
    };
    let by_colour = app.published().rules.action(scanned.colour, &point.kind, at);
    // An inactive code asks for the document, and so does doubt; neither ever eases what the colour says.
    let asks = (!scanned.active || doubt.is_some()) && by_colour == Action::Pass;
    let change = RecordScan {
        app: app.clone(),
        caller: caller.clone(),
        person,
        scanned,
        action: if asks { Action::Ask } else { by_colour },
        point,
        direction: request.direction,
        reason: doubt,
        shown_at,
        seat: read_seat(request.seat.as_deref())?,
        part: read_part(request.part.as_deref())?,
        at,
    };
    Ok((no_store, Json(once(&app, &caller, key, "scan", &request, change).await?)))
}

/// Why a code that is valid led to nobody.
fn not_shown(verdict: &Verdict) -> &'static str {
    if verdict.claims().is_some_and(is_bare) { "presentation_missing" } else { "cannot_decide" }
}

/// Another point at which the same presentation was seen: it was relayed, or somebody took a picture of it.
fn seen_elsewhere(app: &App, claims: &VerifiedClaims, point: &Point) -> Option<PointId> {
    let (status, presented_at) = (claims.status()?, claims.presented_at()?);
    let this = (status.day.0, status.index, presented_at.seconds());
    let first = app.presented.get(&this);
    if first.is_none() {
        app.presented.insert(this, point.point.clone());
    }
    first.filter(|first| *first != point.point)
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
