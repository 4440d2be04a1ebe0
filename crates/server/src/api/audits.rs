//! An officer audits declarations that a machine may not confirm.

use super::looks::{After, read_cursor};
use super::{PAGE, Page};
use crate::app::App;
use crate::caller::Caller;
use crate::looking::{existing, look, read_person, record_looks};
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::reach::{named, reachable};
use crate::recording::{Recorded, new_evidence, record, show};
use crate::request::{Asked, Body};
use crate::retention::{self, forget_on};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use healthcode_core::evidence::Source;
use healthcode_core::fact::{Audit, AuditResult, Fact};
use healthcode_core::ids::{EvidenceId, PersonId};
use healthcode_core::time::Instant;
use healthcode_store::people::Assurance;
use healthcode_store::{Tx, audit_wait, evidence, looks};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A declaration that waits.
#[derive(Serialize, utoipa::ToSchema)]
pub struct WaitingAnswer {
    person: String,
    evidence: String,
    declared_at: String,
    masked_name: String,
    document_last_four: String,
    /// Why a machine did not confirm it.
    why: String,
    #[schema(value_type = Object)]
    declaration: Option<Box<RawValue>>,
}

/// Lists declarations to audit, oldest first.
#[utoipa::path(get, path = "/api/v1/audits", tag = "officer", params(After), responses((status = 200, body = Page<WaitingAnswer>)))]
pub async fn list_audits(
    State(app): State<App>,
    caller: Caller,
    Asked(asked): Asked<After>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::ListAudits)?;
    let cursor = asked.after.unwrap_or_else(|| "0 ".to_owned());
    let (at, id) = read_cursor(&cursor)?;
    let mut conn = app.store.reader().await?;
    let waiting = audit_wait::list(&mut conn, (at, id), PAGE as i64 + 1).await?;
    let page = Page::of(waiting, |w| format!("{} {}", w.declared_at.micros(), w.evidence));
    let mut items = Vec::new();
    let mut looked = Vec::new();
    for waiting in page.items {
        let person = existing(&app, &waiting.person).await?;
        let shown = named(&app, &mut conn, &caller, &person).await?;
        let declared = evidence::of_person(&mut conn, &waiting.person).await?;
        let declaration = declared.iter().find(|e| e.id == waiting.evidence).map(|e| e.fact.to_data());
        items.push(WaitingAnswer {
            person: waiting.person.to_string(),
            evidence: waiting.evidence.to_string(),
            declared_at: show(&app, waiting.declared_at).to_string(),
            masked_name: shown.masked_name,
            document_last_four: shown.last_four,
            why: waiting.why,
            declaration: declaration
                .filter(|_| shown.within)
                .and_then(|data| RawValue::from_string(data).ok()),
        });
        looked.push(waiting.person);
    }
    record_looks(&app, &caller, &looked, "audit").await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(Page { items, next: page.next })))
}

/// The outcome of an audit.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditRequest {
    person: String,
    /// The declaration.
    of: String,
    /// `confirmed` or `refused`.
    #[schema(value_type = String)]
    result: AuditResult,
    /// For the person to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

struct AuditDeclaration {
    app: App,
    caller: Caller,
    person: PersonId,
    audit: Audit,
    at: Instant,
}

impl Change for AuditDeclaration {
    type Answer = Recorded;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.person)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<Recorded>> {
        let (app, at) = (&self.app, self.at);
        let declared = evidence::of_person(tx.conn().await?, &self.person).await?;
        let of = declared
            .iter()
            .find(|e| e.id == self.audit.of)
            .ok_or(Problem::new(Code::NoOriginal).field("of"))?;
        if !matches!(of.fact, Fact::Declaration(_)) {
            return Err(Problem::new(Code::NotAuditable).field("of"));
        }
        let fact = Fact::Audit(self.audit.clone());
        let audit = new_evidence(app, &self.person, Source::Officer, fact, at, at)?;
        tx.later(audit_wait::drop_person(&self.person)).await?;
        let looked = look(app, &self.caller, &self.person, "audit");
        tx.later(looks::record(&looked, forget_on(at, retention::LOOK))).await?;
        let changed = record(app, tx, &[&audit], self.caller.account.as_str()).await?;
        let changed = if changed { vec![self.person.clone()] } else { Vec::new() };
        Ok(Done { answer: Recorded::of(app, &audit), changed })
    }
}

/// Confirms or refuses a declaration.
#[utoipa::path(post, path = "/api/v1/audits", tag = "officer", request_body = AuditRequest, responses((status = 201, body = Recorded)))]
pub async fn audit(
    State(app): State<App>,
    caller: Caller,
    key: OnceKey,
    Body(request): Body<AuditRequest>,
) -> Answer<(StatusCode, Json<Recorded>)> {
    caller.may(Deed::Audit)?;
    let person = read_person(&request.person)?;
    if reachable(&app, &caller, &person).await?.assurance == Assurance::Disputed {
        return Err(Problem::new(Code::IdentityDisputed).field("person"));
    }
    let of = EvidenceId::new(request.of.as_str()).map_err(|_| Problem::new(Code::NoOriginal).field("of"))?;
    if request.note.as_ref().is_some_and(|note| note.len() > 2_000) {
        return Err(Problem::new(Code::EvidenceForm).field("note").detail("note: at most 2000 bytes"));
    }
    let audit = Audit { of, result: request.result, note: request.note.clone() };
    let change =
        AuditDeclaration { app: app.clone(), caller: caller.clone(), person, audit, at: app.clock.now() };
    Ok((StatusCode::CREATED, Json(once(&app, &caller, key, "audit", &request, change).await?)))
}
