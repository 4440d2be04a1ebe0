//! A resident fetches her pass and the decision in force. The busiest act of all: the answer is kept ready until
//! something changes or its time is up.

use crate::acting::{look_daily, whom};
use crate::app::{App, ReadyCode};
use crate::caller::Caller;
use crate::issuing::{Holder, day_of, sign, take_place, tell_unless_green};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::recording::{redecide, show};
use crate::request::Asked;
use crate::rules_in_force::scheme;
use crate::scanned::scanned_person;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, Response, header};
use healthcode_core::ids::PersonId;
use healthcode_core::time::Instant;
use healthcode_credential::bearer::{Bearer, StatusReference};
use healthcode_store::decisions::{self, StoredDecision};
use healthcode_store::{Act, Conn, Tx, acts_for, passes, people};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::sync::Arc;

/// Seconds that a token is good.
const TOKEN_SECONDS: i64 = 60;
/// Seconds before its making from which a token is good.
const TOKEN_EARLIER_SECONDS: i64 = 15;
/// Seconds after which a token is made anew when it is asked for, so that a phone always gets half a minute of it.
const RENEW_SECONDS: i64 = 30;
/// Seconds that the place of a day's tokens is kept: a day, and the last token of it.
const LAST_TOKEN_SECONDS: i64 = 86_400 + 2 * TOKEN_SECONDS;

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

/// A token of a minute to draw as a QR code, for phones that hold no passes of their own; ask again before it ends.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PassAnswer {
    text: String,
    issued_at: String,
    expires_at: String,
}

struct TakeTokenPlace {
    app: App,
    person: PersonId,
    at: Instant,
}

impl Act for TakeTokenPlace {
    type Out = StatusReference;
    type Fault = Problem;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.person)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<StatusReference> {
        let (app, at) = (&self.app, self.at);
        tx.lock_person(self.person.as_str()).await?;
        // Two requests at once: the second finds what the first took.
        if let Some(place) = token_place(tx.conn().await?, app, &self.person, at).await? {
            return Ok(place);
        }
        let expires_at = at.plus_seconds(LAST_TOKEN_SECONDS);
        let holder = Holder { person: &self.person, account: None, issued_at: at, expires_at };
        let place = take_place(app, tx, &holder).await?;
        tell_unless_green(app, tx, &self.person, at).await?;
        Ok(place)
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

async fn token_place(
    conn: &mut Conn,
    app: &App,
    person: &PersonId,
    at: Instant,
) -> Answer<Option<StatusReference>> {
    let day = day_of(app, at);
    let index = passes::token_index(conn, person, day, at.plus_seconds(TOKEN_SECONDS)).await?;
    Ok(index.map(|index| StatusReference { day, index }))
}

/// The place of a person's tokens of today.
async fn token_place_now(app: &App, person: &PersonId, at: Instant) -> Answer<StatusReference> {
    match token_place(&mut *app.store.reader().await?, app, person, at).await? {
        Some(place) => Ok(place),
        None => app.store.write(TakeTokenPlace { app: app.clone(), person: person.clone(), at }).await,
    }
}

/// A token from now on. It begins a little before, for gates whose clock is behind.
fn token(app: &App, status: StatusReference, at: Instant) -> Answer<PassAnswer> {
    let at = Instant::from_seconds(at.seconds());
    let (issued_at, expires_at) = (at.plus_seconds(-TOKEN_EARLIER_SECONDS), at.plus_seconds(TOKEN_SECONDS));
    let text = sign(app, Bearer::Token { status }, (issued_at, expires_at), at)?;
    let show = |at| show(app, at).to_string();
    Ok(PassAnswer { text, issued_at: show(issued_at), expires_at: show(expires_at) })
}

/// Puts the answer together.
async fn ready(app: &App, person: &PersonId, at: Instant) -> Answer<Arc<ReadyCode>> {
    // Whoever shows a code is likely to be scanned next: what a gate needs to know is remembered by the way.
    let known = scanned_person(app, person, at).await?.ok_or(Problem::new(Code::NotDeclared))?;
    let decision = decision_now(app, person, at).await?.ok_or(Problem::new(Code::Internal))?;
    let place = app.remember_place(person, token_place_now(app, person, at)).await?;
    let renew_at = at.plus_seconds(RENEW_SECONDS);
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
        pass: token(app, place, at)?,
        decision: RawValue::from_string(decision.body).map_err(|_| Problem::new(Code::Internal))?,
    };
    let body = serde_json::to_vec(&answer).map_err(|_| Problem::new(Code::Internal))?;
    Ok(Arc::new(ReadyCode { body: Bytes::from(body), good_until }))
}

/// Whose code.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct WhoseCode {
    /// Somebody whom one answers for; oneself when absent.
    #[serde(rename = "for")]
    whom: Option<String>,
}

/// Shows one's pass and decision, or those of somebody whom one answers for.
#[utoipa::path(get, path = "/api/v1/me/code", tag = "resident", params(WhoseCode), responses((status = 200, body = DeclaredCode)))]
pub async fn show_code(
    State(app): State<App>,
    caller: Caller,
    Asked(asked): Asked<WhoseCode>,
) -> Answer<Response<Body>> {
    caller.may(Deed::ShowCode)?;
    let at = app.clock.now();
    if let Some(named) = &asked.whom {
        return code_for(&app, &caller, named, at).await;
    }
    // A second try where what is remembered was overtaken: the person was merged with another.
    for _ in 0..2 {
        let Some(person) = own_person(&app, &caller).await? else { break };
        match code_of(&app, &person, at).await {
            Ok(code) => return Ok(json(code)),
            Err(problem) if problem.code() == Code::NotDeclared => app.forget_person_of(&caller.account),
            Err(problem) => return Err(problem),
        }
    }
    Ok(json(Bytes::from_static(br#"{"declared":false}"#)))
}

/// The code of a person, kept ready.
async fn code_of(app: &App, person: &PersonId, at: Instant) -> Answer<Bytes> {
    if let Some(known) = app.codes.get(person)
        && known.good_until > at
    {
        return Ok(known.body.clone());
    }
    Ok(app.remember(person, &app.codes, ready(app, person, at)).await?.body.clone())
}

/// The code of a person who is named. Whether the caller acts for her is read each time.
async fn code_for(app: &App, caller: &Caller, named: &str, at: Instant) -> Answer<Response<Body>> {
    let person = whom(app, caller, Some(named)).await?;
    if own_person(app, caller).await?.as_ref() != Some(&person) {
        look_daily(app, caller, std::slice::from_ref(&person)).await?;
    }
    Ok(json(code_of(app, &person, at).await?))
}

async fn own_person(app: &App, caller: &Caller) -> Answer<Option<PersonId>> {
    if let Some(person) = app.remembered_person(&caller.account) {
        return Ok(Some(person));
    }
    let read = async || Ok(acts_for::own_person(&mut *app.store.reader().await?, &caller.account).await?);
    app.remember_person(&caller.account, read).await
}

fn json(body: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
