//! A phone enrols: the public half of a key with which it will ask for passes. The key never appears in a code, so that
//! nobody who scans codes can link the passes that it asked for.

use crate::acting::everyone;
use crate::app::App;
use crate::caller::Caller;
use crate::issuing::withdraw_of_phone;
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::recording::show;
use crate::request::Body;
use crate::retention::{self, forget_on};
use axum::Json;
use axum::extract::State;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use healthcode_core::ids::{AccountId, PersonId};
use healthcode_core::time::Instant;
use healthcode_credential::keys::PublicKey;
use healthcode_store::enrolments::{self, Enrolment};
use healthcode_store::{Tx, acts_for};
use serde::{Deserialize, Serialize};

/// The public half of the phone's key.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolRequest {
    /// P-256, the uncompressed point of 65 bytes in base64url without padding.
    key: String,
}

/// The phone is enrolled.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct Enrolled {
    enrolled_at: String,
}

struct Enrol {
    app: App,
    account: AccountId,
    person: PersonId,
    key: PublicKey,
    at: Instant,
}

impl Change for Enrol {
    type Answer = Enrolled;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.person)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<Enrolled>> {
        let (app, at) = (&self.app, self.at);
        let people = acts_for::acted_for_by(tx.conn().await?, &self.account).await?;
        let people: Vec<_> = people.into_iter().map(|acting| acting.person).collect();
        tx.lock_people(&people.iter().map(PersonId::as_str).collect::<Vec<_>>()).await?;
        let point = [&[4][..], self.key.x(), self.key.y()].concat();
        let enrolment = Enrolment { person: self.person.clone(), key: point };
        let forget = forget_on(at, retention::DEVICE_SESSION);
        tx.later(enrolments::put(&self.account, &enrolment, at, forget)).await?;
        // Whoever had this phone's keys before has them no more.
        let mut changed = Vec::new();
        for person in people {
            if withdraw_of_phone(app, tx, &person, &self.account, at).await? {
                changed.push(person);
            }
        }
        Ok(Done { answer: Enrolled { enrolled_at: show(app, at).to_string() }, changed })
    }
}

/// Reads a P-256 point.
pub(crate) fn read_point(text: &str, field: &'static str) -> Answer<PublicKey> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok();
    let key = bytes.and_then(|bytes| PublicKey::from_uncompressed(&bytes).ok());
    key.ok_or(Problem::new(Code::PointForm).field(field))
}

/// Enrols this phone; enrolling again replaces its key and withdraws the passes it had, of everyone it acts for.
#[utoipa::path(post, path = "/api/v1/me/enrolment", tag = "resident", request_body = EnrolRequest, responses((status = 200, body = Enrolled)))]
pub async fn enrol(
    State(app): State<App>,
    caller: Caller,
    once_key: OnceKey,
    Body(request): Body<EnrolRequest>,
) -> Answer<Json<Enrolled>> {
    caller.may(Deed::EnrolPhone)?;
    let key = read_point(&request.key, "key")?;
    // A guardian who did not declare herself carries the codes of those she answers for.
    let first = everyone(&app, &caller).await?.into_iter().next();
    let person = first.ok_or(Problem::new(Code::NotDeclared))?.person;
    let change =
        Enrol { app: app.clone(), account: caller.account.clone(), person, key, at: app.clock.now() };
    Ok(Json(once(&app, &caller, once_key, "enrol", &request, change).await?))
}
