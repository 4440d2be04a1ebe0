//! What a case said when asked: places, rides, people named. It is written down beside the case and colours nobody; what
//! shall count is recorded as evidence about the person whom it concerns.

use crate::api::history::read_time;
use crate::app::App;
use crate::caller::Caller;
use crate::looking::{existing, look, read_person};
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::reach::reachable;
use crate::request::Body;
use crate::retention::{self, forget_on};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::time::Instant;
use healthcode_store::interviews::{self, Said};
use healthcode_store::{Tx, lives, looks, points};
use serde::{Deserialize, Serialize};

/// Kinds of what may be said.
const KINDS: [&str; 3] = ["place", "ride", "person"];

/// Something that the case said.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SaidRequest {
    /// `place`, `ride` or `person`.
    kind: String,
    /// In words, 1 to 500 bytes; kept sealed.
    said: String,
    /// The collection point, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    point: Option<String>,
    /// The person named, where she is known here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    named: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

/// What was written down.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct SaidAdded {
    id: String,
}

struct AddSaid {
    app: App,
    caller: Caller,
    person: PersonId,
    said: Said,
}

impl Change for AddSaid {
    type Answer = SaidAdded;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.person)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<SaidAdded>> {
        let at = self.said.at;
        if lives::of_person(tx.conn().await?, &self.person).await?.case_at(at).is_none() {
            return Err(Code::NoCase.into());
        }
        let forget = forget_on(at, retention::PERSON);
        tx.later(interviews::add(self.app.store.seal(), &self.person, &self.said, forget)?).await?;
        for person in std::iter::once(&self.person).chain(&self.said.named) {
            let looked = look(&self.app, &self.caller, person, "case");
            tx.later(looks::record(&looked, forget_on(at, retention::LOOK))).await?;
        }
        Ok(Done { answer: SaidAdded { id: self.said.id.clone() }, changed: Vec::new() })
    }
}

async fn read(app: &App, caller: &Caller, request: &SaidRequest, at: Instant) -> Answer<Said> {
    if !KINDS.contains(&request.kind.as_str()) {
        let detail = format!("kind: one of {}", KINDS.join(", "));
        return Err(Problem::new(Code::Body).field("kind").detail(detail));
    }
    let said = request.said.trim();
    if said.is_empty() || said.len() > 500 {
        return Err(Problem::new(Code::Body).field("said").detail("said: 1 to 500 bytes"));
    }
    let unknown = || Problem::new(Code::PointUnknown).field("point");
    let point = match &request.point {
        Some(text) => {
            let point = PointId::new(text.as_str()).map_err(|_| unknown())?;
            let known = points::get(&mut *app.store.reader().await?, &point).await?;
            Some(known.ok_or_else(unknown)?.point)
        }
        None => None,
    };
    let named = match &request.named {
        Some(text) => {
            let person = read_person(text).map_err(|_| Problem::new(Code::NotFound).field("named"))?;
            existing(app, &person).await?;
            Some(person)
        }
        None => None,
    };
    let time = |text: &Option<String>, field| text.as_deref().map(|text| read_time(text, field)).transpose();
    let (from, until) = (time(&request.from, "from")?, time(&request.until, "until")?);
    if let (Some(from), Some(until)) = (from, until)
        && until <= from
    {
        return Err(Problem::new(Code::DateForm).field("until"));
    }
    Ok(Said {
        id: app.clock.name_at(at),
        kind: request.kind.clone(),
        said: said.to_owned(),
        point,
        named,
        from,
        until,
        at,
        account: caller.account.clone(),
    })
}

/// Writes down what a case said.
#[utoipa::path(post, path = "/api/v1/cases/{person}/interview", tag = "officer", params(("person" = String, Path)), request_body = SaidRequest, responses((status = 201, body = SaidAdded)))]
pub async fn add_said(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    key: OnceKey,
    Body(request): Body<SaidRequest>,
) -> Answer<(StatusCode, Json<SaidAdded>)> {
    caller.may(Deed::Interview)?;
    let person = read_person(&person)?;
    reachable(&app, &caller, &person).await?;
    let said = read(&app, &caller, &request, app.clock.now()).await?;
    let change = AddSaid { app: app.clone(), caller: caller.clone(), person: person.clone(), said };
    let request = (&person, &request);
    Ok((StatusCode::CREATED, Json(once(&app, &caller, key, "add_said", &request, change).await?)))
}
