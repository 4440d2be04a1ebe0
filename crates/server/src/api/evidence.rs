//! An officer adds, corrects or withdraws evidence. Nothing is ever edited: a correction is evidence, too.

use super::history::read_time;
use crate::app::App;
use crate::caller::Caller;
use crate::looking::{look, read_person};
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::reach::reachable;
use crate::recording::{Recorded, new_evidence, record};
use crate::request::{Body, without_values};
use crate::retention::{self, forget_on};
use crate::supervised::follow;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use healthcode_core::evidence::Source;
use healthcode_core::fact::{CaseStatus, Correction, Fact, FactFault, RawData, Withdrawal};
use healthcode_core::ids::{EvidenceId, PersonId};
use healthcode_core::life::{Life, LifeFault};
use healthcode_core::time::Instant;
use healthcode_store::queue::{self, RECONCILE};
use healthcode_store::{Tx, case_files, evidence, looks, people};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Kinds that an officer may add here; the others have acts of their own.
const ADDED: [&str; 6] = ["stay", "arrival", "test_result", "exposure", "isolation", "vaccination"];
/// Officers may report what happened at most so many days ago.
const OLDEST_DAYS: i64 = 90;

/// New evidence.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddRequest {
    kind: String,
    happened_at: String,
    /// As the contract has it for the kind.
    #[schema(value_type = Object)]
    data: Box<RawValue>,
}

/// New data for evidence.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectRequest {
    of: String,
    /// The whole new data.
    #[schema(value_type = Object)]
    data: Box<RawValue>,
}

/// Evidence to take back.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawRequest {
    of: String,
    /// Why; the person reads it.
    reason: String,
}

/// An officer's addition of evidence of any kind.
pub(crate) struct AddEvidence {
    pub app: App,
    pub caller: Caller,
    pub person: PersonId,
    pub fact: Fact,
    pub happened_at: Instant,
    pub at: Instant,
}

impl Change for AddEvidence {
    type Answer = Recorded;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.person)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<Recorded>> {
        let (app, at) = (&self.app, self.at);
        let known = evidence::of_person(tx.conn().await?, &self.person).await?;
        let life = Life::new(known.clone()).map_err(|_| Problem::new(Code::Internal))?;
        if let Fact::CaseReport(case) = &self.fact
            && matches!(case.status, CaseStatus::Excluded | CaseStatus::Recovered)
            && life.case_at(at).is_none()
        {
            return Err(Code::NoCase.into());
        }
        self.check(&life)?;
        let new = new_evidence(app, &self.person, Source::Officer, self.fact.clone(), self.happened_at, at)?;
        let mut all = known;
        all.push(new.clone());
        Life::new(all).map_err(life_problem)?;
        let looked = look(app, &self.caller, &self.person, "case");
        tx.later(looks::record(&looked, forget_on(at, retention::LOOK))).await?;
        let changed = record(app, tx, &[&new], self.caller.account.as_str()).await?;
        if matches!(new.fact, Fact::Isolation(_)) || new.fact.is_amendment() {
            follow(tx, &self.person, at).await?;
        }
        if matches!(new.fact, Fact::CaseReport(_)) || new.fact.is_amendment() {
            let forget = forget_on(at, retention::PERSON);
            self.open_file(tx).await?;
            tx.later(queue::ask(RECONCILE, self.person.as_str(), at, forget)).await?;
        }
        let changed = if changed { vec![self.person.clone()] } else { Vec::new() };
        Ok(Done { answer: Recorded::of(app, &new), changed })
    }
}

impl AddEvidence {
    /// A case has a file from its first report on: it belongs where the person lives.
    async fn open_file(&self, tx: &mut Tx<'_>) -> Answer<()> {
        let (at, person) = (self.at, &self.person);
        if !matches!(self.fact, Fact::CaseReport(_)) {
            return Ok(());
        }
        let known = people::get(tx.conn().await?, self.app.store.seal(), person).await?;
        let region = known.map(|known| known.residence.to_string()).unwrap_or_default();
        let forget = forget_on(at, retention::PERSON);
        tx.later(case_files::open(person, &region, &self.caller.account, at, forget)).await?;
        Ok(())
    }

    /// Regions that a fact or a correction names must be known, and what it says has passed must have.
    fn check(&self, life: &Life) -> Answer<()> {
        let corrected = match &self.fact {
            Fact::Correction(correction) => {
                let original = life.originals().iter().find(|original| original.id == correction.of);
                let kind = original.ok_or(Problem::new(Code::NoOriginal).field("of"))?.fact.kind();
                Some(Fact::from_json(kind, correction.data.0.get()).map_err(|fault| data_problem(&fault))?)
            }
            _ => None,
        };
        let fact = corrected.as_ref().unwrap_or(&self.fact);
        if fact.regions().into_iter().any(|region| !self.app.regions.contains(region)) {
            return Err(Problem::new(Code::RegionUnknown).field("data"));
        }
        if fact.latest_past().is_some_and(|latest| latest > self.at) {
            return Err(Problem::new(Code::DateFuture).field("data"));
        }
        Ok(())
    }
}

fn life_problem(fault: LifeFault) -> Problem {
    match fault {
        LifeFault::NoOriginal { .. } => Problem::new(Code::NoOriginal).field("of"),
        LifeFault::Data { fault, .. } => data_problem(&fault),
        other => Problem::new(Code::EvidenceForm).detail(other.to_string()),
    }
}

fn data_problem(fault: &FactFault) -> Problem {
    let detail = match fault {
        FactFault::Shape(shape) => without_values(shape),
        other => other.to_string(),
    };
    Problem::new(Code::EvidenceForm).field("data").detail(detail)
}

/// Reads when something happened: not in the future, not before the last 90 days.
pub(crate) fn read_happened_at(text: &str, at: Instant, field: &'static str) -> Answer<Instant> {
    let happened_at = read_time(text, field)?;
    if happened_at > at {
        return Err(Problem::new(Code::DateFuture).field(field));
    }
    if happened_at < at.plus_days_of_24h(-OLDEST_DAYS) {
        return Err(Problem::new(Code::DatePast).field(field));
    }
    Ok(happened_at)
}

/// Records an officer's evidence and wakes the reconciliation.
pub(crate) async fn add_and_wake(
    app: &App,
    caller: &Caller,
    key: OnceKey,
    what: &'static str,
    request: &impl Serialize,
    change: AddEvidence,
) -> Answer<(StatusCode, Json<Recorded>)> {
    reachable(app, caller, &change.person).await?;
    let recorded = once(app, caller, key, what, request, change).await?;
    app.wake.notify_one();
    Ok((StatusCode::CREATED, Json(recorded)))
}

/// Adds evidence.
#[utoipa::path(post, path = "/api/v1/people/{person}/evidence", tag = "officer", params(("person" = String, Path)), request_body = AddRequest, responses((status = 201, body = Recorded)))]
pub async fn add_evidence(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    key: OnceKey,
    Body(request): Body<AddRequest>,
) -> Answer<(StatusCode, Json<Recorded>)> {
    caller.may(Deed::AddEvidence)?;
    if !ADDED.contains(&request.kind.as_str()) {
        return Err(Problem::new(Code::EvidenceKind).field("kind"));
    }
    let at = app.clock.now();
    let happened_at = read_happened_at(&request.happened_at, at, "happened_at")?;
    let fact = Fact::from_json(&request.kind, request.data.get()).map_err(|fault| data_problem(&fault))?;
    let person = read_person(&person)?;
    let change = AddEvidence { app: app.clone(), caller: caller.clone(), person, fact, happened_at, at };
    add_and_wake(&app, &caller, key, "add_evidence", &request, change).await
}

/// Corrects evidence.
#[utoipa::path(post, path = "/api/v1/people/{person}/corrections", tag = "officer", params(("person" = String, Path)), request_body = CorrectRequest, responses((status = 201, body = Recorded)))]
pub async fn correct_evidence(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    key: OnceKey,
    Body(request): Body<CorrectRequest>,
) -> Answer<(StatusCode, Json<Recorded>)> {
    caller.may(Deed::CorrectEvidence)?;
    let of = EvidenceId::new(request.of.as_str()).map_err(|_| Problem::new(Code::NoOriginal).field("of"))?;
    let fact = Fact::Correction(Correction { of, data: RawData(request.data.clone()) });
    let at = app.clock.now();
    let person = read_person(&person)?;
    let change = AddEvidence { app: app.clone(), caller: caller.clone(), person, fact, happened_at: at, at };
    add_and_wake(&app, &caller, key, "correct_evidence", &request, change).await
}

/// Withdraws evidence.
#[utoipa::path(post, path = "/api/v1/people/{person}/withdrawals", tag = "officer", params(("person" = String, Path)), request_body = WithdrawRequest, responses((status = 201, body = Recorded)))]
pub async fn withdraw_evidence(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    key: OnceKey,
    Body(request): Body<WithdrawRequest>,
) -> Answer<(StatusCode, Json<Recorded>)> {
    caller.may(Deed::WithdrawEvidence)?;
    let of = EvidenceId::new(request.of.as_str()).map_err(|_| Problem::new(Code::NoOriginal).field("of"))?;
    if request.reason.trim().is_empty() || request.reason.len() > 2_000 {
        return Err(Problem::new(Code::EvidenceForm).field("reason").detail("reason: 1 to 2000 bytes"));
    }
    let fact = Fact::Withdrawal(Withdrawal { of, reason: request.reason.clone() });
    let at = app.clock.now();
    let person = read_person(&person)?;
    let change = AddEvidence { app: app.clone(), caller: caller.clone(), person, fact, happened_at: at, at };
    add_and_wake(&app, &caller, key, "withdraw_evidence", &request, change).await
}
