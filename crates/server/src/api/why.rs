//! A resident asks why: the facts behind the decision, with source and time, and how fresh the sources are.

use super::history::read_time;
use super::show_code::decision_now;
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
use healthcode_core::decision::Colour;
use healthcode_core::fact::Fact;
use healthcode_core::ids::PersonId;
use healthcode_core::life::Life;
use healthcode_core::rule_set::Text;
use healthcode_core::time::Instant;
use healthcode_core::why_not::{Close, Missing, why_not};
use healthcode_store::{Conn, lives, settings};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// One piece of evidence, with its latest content.
#[derive(Serialize, utoipa::ToSchema)]
pub struct FactAnswer {
    id: String,
    kind: &'static str,
    happened_at: String,
    recorded_at: String,
    source: &'static str,
    #[schema(value_type = Object)]
    data: Box<RawValue>,
    withdrawn: bool,
}

/// Up to when each source is known; null where nothing was received yet.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Fresh {
    visits: Option<String>,
    cases: Option<String>,
    /// The last test of anybody that was recorded: what was sampled later is not known yet.
    tests: Option<String>,
}

/// Why a code has its colour.
#[derive(Serialize, utoipa::ToSchema)]
pub struct WhyAnswer {
    #[schema(value_type = Object)]
    decision: Box<RawValue>,
    facts: Vec<FactAnswer>,
    /// Rules that came close and do not colour the person.
    close: Vec<CloseRule>,
    reported_today: bool,
    fresh: Fresh,
}

/// A rule that came close, and what was missing.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CloseRule {
    code: String,
    #[schema(value_type = String)]
    colour: Colour,
    #[schema(value_type = Object)]
    text: Text,
    missing: Vec<MissingPart>,
}

/// What was missing, with the evidence that came close.
#[derive(Serialize, utoipa::ToSchema)]
pub struct MissingPart {
    #[schema(value_type = Object)]
    text: Text,
    evidence: Vec<String>,
}

/// The rules that came close at `at`; none where no rules are in force.
pub(crate) fn close(app: &App, life: &Life, at: Instant) -> Vec<CloseRule> {
    let published = app.published();
    let Some(rules) = published.rules.at(at) else { return Vec::new() };
    let id = |index: &u32| life.originals()[*index as usize].id.to_string();
    let missing = |missing: Missing| MissingPart {
        evidence: missing.evidence.iter().map(id).collect(),
        text: missing.text,
    };
    let rule = |close: Close| {
        let rule = &rules.rules[close.rule];
        let reason = &rules.reasons[usize::from(rule.reason)];
        let (code, text) = (reason.code.clone(), reason.text.clone());
        CloseRule {
            code,
            colour: rule.colour,
            text,
            missing: close.missing.into_iter().map(missing).collect(),
        }
    };
    why_not(rules, life, at).into_iter().map(rule).collect()
}

/// The facts of a life at `at`, newest first.
pub(crate) fn facts(app: &App, life: &Life, at: Instant) -> Answer<Vec<FactAnswer>> {
    let mut facts = Vec::new();
    for (evidence, fact, withdrawn) in life.facts_at(at).into_iter().rev() {
        facts.push(FactAnswer {
            id: evidence.id.to_string(),
            kind: fact.kind(),
            happened_at: show(app, evidence.happened_at).to_string(),
            recorded_at: show(app, evidence.recorded_at).to_string(),
            source: evidence.source.word(),
            data: RawValue::from_string(fact.to_data()).map_err(|_| Problem::new(Code::Internal))?,
            withdrawn,
        });
    }
    Ok(facts)
}

/// The decision as it was at an instant.
pub(crate) fn decision_then(app: &App, life: &Life, person: &PersonId, at: Instant) -> Answer<Box<RawValue>> {
    let decision = app.published().rules.decide(life, person, at);
    RawValue::from_string(decision.body).map_err(|_| Code::Internal.into())
}

/// The decision in force as JSON.
pub(crate) async fn decision_body(app: &App, person: &PersonId, at: Instant) -> Answer<Box<RawValue>> {
    let decision = decision_now(app, person, at).await?.ok_or(Problem::new(Code::NotDeclared))?;
    RawValue::from_string(decision.body).map_err(|_| Code::Internal.into())
}

/// The instant asked about: now when absent.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AtQuery {
    at: Option<String>,
}

/// Reads the instant asked about; nobody can say why a code will have its colour.
pub(crate) fn read_at(asked: Option<&str>, now: Instant) -> Answer<Instant> {
    let Some(at) = asked else { return Ok(now) };
    let at = read_time(at, "at")?;
    if at <= now { Ok(at) } else { Err(Problem::new(Code::DateFuture).field("at")) }
}

impl Fresh {
    /// How far each source reached at an instant: what was known in the past was known up to then.
    pub(crate) async fn at(app: &App, conn: &mut Conn, at: Instant) -> Answer<Self> {
        let up_to = |source: Option<Instant>| source.map(|source| show(app, source.min(at)).to_string());
        Ok(Self {
            visits: up_to(Some(at)),
            cases: up_to(settings::instant(conn, settings::RECONCILED_AT).await?),
            tests: up_to(settings::instant(conn, settings::TESTED_AT).await?),
        })
    }
}

/// Why one's code has its colour, or had it at an instant, under the rules of that day.
#[utoipa::path(get, path = "/api/v1/me/why", tag = "resident", params(AtQuery), responses((status = 200, body = WhyAnswer)))]
pub async fn why(
    State(app): State<App>,
    caller: Caller,
    Asked(asked): Asked<AtQuery>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::Why)?;
    let now = app.clock.now();
    let at = read_at(asked.at.as_deref(), now)?;
    let person = caller.own_person(&app).await?;
    let current = decision_body(&app, &person, now).await?;
    let mut conn = app.store.reader().await?;
    let life = lives::of_person(&mut conn, &person).await?;
    let decision = match at == now {
        true => current,
        false => decision_then(&app, &life, &person, at)?,
    };
    let published = app.published();
    let zone = published.rules.zone(at);
    let today = zone.day_of(at);
    let of_today = |(e, fact, withdrawn): (&healthcode_core::evidence::Evidence, &Fact, bool)| {
        !withdrawn && matches!(fact, Fact::HealthReport(_)) && zone.day_of(e.recorded_at) == today
    };
    let reported_today = life.facts_at(at).into_iter().any(of_today);
    let fresh = Fresh::at(&app, &mut conn, at).await?;
    let answer = WhyAnswer {
        decision,
        facts: facts(&app, &life, at)?,
        close: close(&app, &life, at),
        reported_today,
        fresh,
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)))
}
