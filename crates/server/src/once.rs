//! Writes that are safe to repeat: the same caller, key and request give the same answer, another request under the
//! same key is refused. The answer is kept in the same savepoint as the act.

use crate::app::App;
use crate::caller::Caller;
use crate::problem::{Answer, Code, Problem};
use crate::retention;
use aws_lc_rs::digest;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use healthcode_core::ids::{AccountId, PersonId};
use healthcode_core::time::Instant;
use healthcode_store::idempotency::{self, Given};
use healthcode_store::visits_around::Around;
use healthcode_store::{Act, StoreFault, Tx};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;

/// The key of a repeatable write, from the header `Idempotency-Key`.
pub struct OnceKey(String);

impl<S: Send + Sync> FromRequestParts<S> for OnceKey {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::read(&parts.headers)
    }
}

impl OnceKey {
    /// Reads the key, or says that it is missing.
    pub fn read(headers: &HeaderMap) -> Answer<Self> {
        let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok()).unwrap_or_default();
        if (8..=64).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(Self(key.to_owned()))
        } else {
            Err(Code::KeyMissing.into())
        }
    }
}

/// What an act did.
pub struct Done<T> {
    /// What the caller is told.
    pub answer: T,
    /// About whom something changed that is shown.
    pub changed: Vec<PersonId>,
}

/// An act with an answer.
pub trait Change: Send + Sync + 'static {
    /// What the caller is told.
    type Answer: Serialize + DeserializeOwned + Send + 'static;
    /// Whom it is about, where that is one person; see [`Act::about`].
    fn about(&self) -> Option<&PersonId> {
        None
    }
    /// Whose visits it will ask for; see [`Act::foresees`].
    fn foresees(&self) -> Option<Around> {
        None
    }
    /// The act; see [`Act::run`].
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> impl Future<Output = Answer<Done<Self::Answer>>> + Send + 'a;
}

struct Once<C: Change> {
    app: App,
    change: C,
    caller: AccountId,
    key: String,
    request_hash: Vec<u8>,
    at: Instant,
}

/// Why the act was refused.
enum Refusal {
    /// By itself.
    Problem(Problem),
    /// By the database: something that it adds is there already.
    Taken(Problem),
}

impl From<StoreFault> for Refusal {
    fn from(fault: StoreFault) -> Self {
        if fault.is_taken() { Self::Taken(Code::Busy.into()) } else { Self::Problem(fault.into()) }
    }
}

impl<C: Change> Act for Once<C> {
    type Out = Done<C::Answer>;
    type Fault = Refusal;

    fn about(&self) -> Option<&PersonId> {
        self.change.about()
    }

    fn foresees(&self) -> Option<Around> {
        self.change.foresees()
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<Self::Out, Refusal> {
        let done = match self.change.run(tx).await {
            Ok(done) => done,
            Err(problem) if tx.found_taken() => return Err(Refusal::Taken(problem)),
            Err(problem) => return Err(Refusal::Problem(problem)),
        };
        let plain = serde_json::to_vec(&done.answer).map_err(|_| Refusal::Problem(Code::Internal.into()))?;
        let answer = self.app.store.seal().seal(&about(&self.caller, &self.key), &plain)?;
        let given = Given { request_hash: self.request_hash.clone(), answer };
        let forget_on = retention::forget_on(self.at, retention::ANSWER);
        tx.later(idempotency::keep(&self.caller, &self.key, given, self.at, forget_on)).await?;
        Ok(done)
    }
}

fn hash_request(what: &str, request: &impl Serialize) -> Answer<Vec<u8>> {
    let body = serde_json::to_vec(request).map_err(|_| Problem::new(Code::Internal))?;
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(what.as_bytes());
    context.update(&[0]);
    context.update(&body);
    Ok(context.finish().as_ref().to_vec())
}

/// The answer given before to the same caller, key and request; for acts that would be refused now for a reason that
/// came after them, such as a code that has expired since it was scanned.
pub async fn given<T: DeserializeOwned>(
    app: &App,
    caller: &Caller,
    key: &OnceKey,
    what: &'static str,
    request: &impl Serialize,
) -> Answer<Option<T>> {
    given_to(app, &caller.account, key, what, request).await
}

async fn given_to<T: DeserializeOwned>(
    app: &App,
    account: &AccountId,
    key: &OnceKey,
    what: &'static str,
    request: &impl Serialize,
) -> Answer<Option<T>> {
    let given = idempotency::find(&mut *app.store.reader().await?, account, &key.0).await?;
    let Some(given) = given else { return Ok(None) };
    if given.request_hash != hash_request(what, request)? {
        return Err(Code::KeyReused.into());
    }
    let plain = app.store.seal().open(&about(account, &key.0), &given.answer)?;
    serde_json::from_slice(&plain).map(Some).map_err(|_| Code::Internal.into())
}

/// What a kept answer is sealed about.
fn about(caller: &AccountId, key: &str) -> String {
    format!("{caller} {key}")
}

/// Runs a change once: a repetition gets the first answer. `what` names the act, `request` is its whole body.
pub async fn once<C: Change>(
    app: &App,
    caller: &Caller,
    key: OnceKey,
    what: &'static str,
    request: &impl Serialize,
    change: C,
) -> Answer<C::Answer> {
    once_of(app, caller, key, what, request, [change]).await
}

/// The same for whoever has no account yet; `account` stands for a secret that only the caller knows.
pub async fn once_as<C: Change>(
    app: &App,
    account: &AccountId,
    key: OnceKey,
    what: &'static str,
    request: &impl Serialize,
    change: C,
) -> Answer<C::Answer> {
    ways(app, account, key, what, request, [change]).await
}

/// Runs the first of several ways to make one change that the database takes, once, as [`once`]. A way that need not
/// read what is there adds, and is told where something is taken; nothing of it is stored then, and the next is tried.
pub async fn once_of<C: Change>(
    app: &App,
    caller: &Caller,
    key: OnceKey,
    what: &'static str,
    request: &impl Serialize,
    changes: impl IntoIterator<Item = C>,
) -> Answer<C::Answer> {
    ways(app, &caller.account, key, what, request, changes).await
}

async fn ways<C: Change>(
    app: &App,
    account: &AccountId,
    key: OnceKey,
    what: &'static str,
    request: &impl Serialize,
    changes: impl IntoIterator<Item = C>,
) -> Answer<C::Answer> {
    let request_hash = hash_request(what, request)?;
    let mut taken = None;
    for change in changes {
        let (caller, at, request_hash) = (account.clone(), app.clock.now(), request_hash.clone());
        let once = Once { app: app.clone(), change, caller, key: key.0.clone(), request_hash, at };
        let refusal = match app.store.write(once).await {
            Ok(done) => {
                done.changed.iter().for_each(|person| app.changed(person));
                return Ok(done.answer);
            }
            Err(refusal) => refusal,
        };
        // An act that was done before may refuse its repetition; then, too, the first answer is the right one.
        if let Some(answer) = given_to(app, account, &key, what, request).await? {
            return Ok(answer);
        }
        match refusal {
            Refusal::Taken(problem) => taken = Some(problem),
            Refusal::Problem(problem) => return Err(problem),
        }
    }
    Err(taken.unwrap_or(Code::Internal.into()))
}
