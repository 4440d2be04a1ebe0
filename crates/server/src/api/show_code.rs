//! A resident fetches her pass and the decision in force. The busiest act of all: the answer is kept ready until
//! something changes or its time is up.

use crate::app::{App, ReadyCode};
use crate::caller::Caller;
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::recording::{redecide, show};
use crate::retention::{self, forget_on};
use crate::rules_in_force::scheme;
use crate::scanned::scanned_person;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, Response, header};
use healthcode_core::ids::PersonId;
use healthcode_core::time::Instant;
use healthcode_credential::claims::{Claims, StatusReference};
use healthcode_credential::issue::{IssueFault, issue};
use healthcode_credential::keys::KeyFault;
use healthcode_credential::trust::Purpose;
use healthcode_store::decisions::{self, StoredDecision};
use healthcode_store::passes::{self, Pass};
use healthcode_store::people;
use healthcode_store::{Act, Tx};
use serde::Serialize;
use serde_json::value::RawValue;
use std::sync::Arc;

/// Seconds that a pass is good.
const PASS_SECONDS: i64 = 86_400;
/// A pass that is good for less is replaced when it is asked for, so that a phone always holds hours of it.
const RENEW_SECONDS: i64 = 12 * 3_600;
/// Indices tried before giving up; the second try is needed once in thousands at ten million passes a day.
const INDEX_TRIES: usize = 8;

/// The code of someone who has declared; of anyone else, only `{"declared":false}`.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DeclaredCode {
    declared: bool,
    person: String,
    /// `active`, or `inactive` until the document has been compared.
    activation: &'static str,
    masked_name: String,
    document_last_four: String,
    pass: PassAnswer,
    /// The decision of the contract.
    #[schema(value_type = Object)]
    decision: Box<RawValue>,
}

/// A pass to draw as a QR code.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PassAnswer {
    text: String,
    issued_at: String,
    expires_at: String,
}

struct IssuePass {
    app: App,
    person: PersonId,
    at: Instant,
}

impl Act for IssuePass {
    type Out = Pass;
    type Fault = Problem;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.person)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Pass> {
        let app = &self.app;
        let issued_at = Instant::from_seconds(self.at.seconds());
        let expires_at = issued_at.plus_seconds(PASS_SECONDS);
        let published = app.published();
        let issuer = published.rules.authority(self.at);
        let signer = published.keys.signer(Purpose::Pass, issued_at, expires_at);
        let signer = signer.ok_or(Problem::new(Code::Internal))?;
        let day = published.rules.zone(self.at).day_of(issued_at);
        for _ in 0..INDEX_TRIES {
            let index = u32::from_le_bytes(app.clock.bytes());
            let status = StatusReference { day, index };
            let claims = Claims { issuer: issuer.clone(), issued_at, expires_at, status, device: None };
            let text = issue(&claims, signer).map_err(|fault| {
                tracing::error!(%fault, "a pass could not be issued");
                match fault {
                    IssueFault::Key(KeyFault::Away) => Problem::new(Code::Busy),
                    _ => Problem::new(Code::Internal),
                }
            })?;
            let person = self.person.clone();
            let pass = Pass { issue_day: day, status_index: index, person, issued_at, expires_at, text };
            if passes::add(tx.conn().await?, &pass, forget_on(expires_at, retention::PASS)).await? {
                return Ok(pass);
            }
        }
        Err(Code::Busy.into())
    }
}

struct Redecide {
    app: App,
    person: PersonId,
    at: Instant,
}

impl Act for Redecide {
    type Out = bool;
    type Fault = Problem;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.person)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<bool> {
        tx.lock_person(self.person.as_str()).await?;
        if !people::exists(tx.conn().await?, &self.person).await? {
            return Ok(false);
        }
        redecide(&self.app, tx, &self.person, self.at).await
    }
}

/// The decision in force at `at`: where the stored one is due to change, or was made under other rules, it is made
/// again first. `None` when there is no such person.
pub(crate) async fn decision_now(
    app: &App,
    person: &PersonId,
    at: Instant,
) -> Answer<Option<StoredDecision>> {
    let published = app.published();
    let stored = decisions::of_person(&mut *app.store.reader().await?, person, &scheme()).await?;
    let due = |stored: &StoredDecision| {
        !published.rules.accepts(&stored.rule_set, at) || stored.next_change_at.is_some_and(|next| next <= at)
    };
    if stored.as_ref().is_some_and(|stored| !due(stored)) {
        return Ok(stored);
    }
    if app.store.write(Redecide { app: app.clone(), person: person.clone(), at }).await? {
        app.changed(person);
    }
    Ok(decisions::of_person(&mut *app.store.reader().await?, person, &scheme()).await?)
}

fn is_good(app: &App, pass: &Pass, at: Instant) -> bool {
    crate::scanned::verify_code(app, &pass.text, at).claims().is_some()
}

async fn pass_now(app: &App, person: &PersonId, at: Instant) -> Answer<Pass> {
    let newest = passes::newest(&mut *app.store.reader().await?, person, at).await?;
    match newest {
        // A pass whose key was withdrawn meanwhile is of no use to anyone.
        Some(pass) if pass.expires_at > at.plus_seconds(RENEW_SECONDS) && is_good(app, &pass, at) => Ok(pass),
        _ => app.store.write(IssuePass { app: app.clone(), person: person.clone(), at }).await,
    }
}

/// Puts the answer together.
async fn ready(app: &App, person: &PersonId, at: Instant) -> Answer<Arc<ReadyCode>> {
    // Whoever shows a code is likely to be scanned next: what a gate needs to know is remembered by the way.
    let known = scanned_person(app, person, at).await?.ok_or(Problem::new(Code::NotDeclared))?;
    let decision = decision_now(app, person, at).await?.ok_or(Problem::new(Code::Internal))?;
    let pass = app.remember_pass(person, pass_now(app, person, at)).await?;
    let renew_at = pass.expires_at.plus_seconds(-RENEW_SECONDS);
    // An edition that is to come changes answers that were stored before anyone knew of it.
    let next_start = app.published().rules.next_start(at);
    let changes = [decision.next_change_at, next_start].into_iter().flatten().min();
    let good_until = changes.map_or(renew_at, |next| next.min(renew_at));
    let answer = DeclaredCode {
        declared: true,
        person: person.to_string(),
        activation: if known.active { "active" } else { "inactive" },
        masked_name: known.masked_name.clone(),
        document_last_four: known.last_four.clone(),
        pass: PassAnswer {
            text: pass.text,
            issued_at: show(app, pass.issued_at).to_string(),
            expires_at: show(app, pass.expires_at).to_string(),
        },
        decision: RawValue::from_string(decision.body).map_err(|_| Problem::new(Code::Internal))?,
    };
    let body = serde_json::to_vec(&answer).map_err(|_| Problem::new(Code::Internal))?;
    Ok(Arc::new(ReadyCode { body: Bytes::from(body), good_until }))
}

/// Shows one's pass and decision.
#[utoipa::path(get, path = "/api/v1/me/code", tag = "resident", responses((status = 200, body = DeclaredCode)))]
pub async fn show_code(State(app): State<App>, caller: Caller) -> Answer<Response<Body>> {
    caller.may(Deed::ShowCode)?;
    let at = app.clock.now();
    // A second try where what is remembered was overtaken: the person was merged with another.
    for _ in 0..2 {
        let Some(person) = own_person(&app, &caller).await? else { break };
        if let Some(known) = app.codes.get(&person)
            && known.good_until > at
        {
            return Ok(json(known.body.clone()));
        }
        match app.remember(&person, &app.codes, ready(&app, &person, at)).await {
            Ok(ready) => return Ok(json(ready.body.clone())),
            Err(problem) if problem.code() == Code::NotDeclared => app.forget_person_of(&caller.account),
            Err(problem) => return Err(problem),
        }
    }
    Ok(json(Bytes::from_static(br#"{"declared":false}"#)))
}

async fn own_person(app: &App, caller: &Caller) -> Answer<Option<PersonId>> {
    if let Some(person) = app.remembered_person(&caller.account) {
        return Ok(Some(person));
    }
    let read = async || Ok(people::own_person(&mut *app.store.reader().await?, &caller.account).await?);
    app.remember_person(&caller.account, read).await
}

fn json(body: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
