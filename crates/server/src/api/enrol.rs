//! A phone enrols: the public half of a key with which it will ask for passes. The key never appears in a code, so that
//! nobody who scans codes can link the passes that it asked for.

use crate::app::App;
use crate::caller::Caller;
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
use healthcode_store::{Tx, outbox, passes};
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
        tx.lock_person(self.person.as_str()).await?;
        let point = [&[4][..], self.key.x(), self.key.y()].concat();
        let enrolment = Enrolment { person: self.person.clone(), key: point };
        let forget = forget_on(at, retention::DEVICE_SESSION);
        tx.later(enrolments::put(&self.account, &enrolment, at, forget)).await?;
        // Whoever had this phone's keys before has them no more.
        let conn = tx.conn().await?;
        let withdrawn = passes::withdraw_of_phone(conn, &self.person, &self.account, at).await?;
        if withdrawn > 0 {
            let forget = forget_on(at, retention::NOTICE);
            tx.later(outbox::tell(&app.clock.name_at(at), &self.person, at, forget)).await?;
        }
        let changed = if withdrawn > 0 { vec![self.person.clone()] } else { Vec::new() };
        Ok(Done { answer: Enrolled { enrolled_at: show(app, at).to_string() }, changed })
    }
}

/// Reads a P-256 point.
pub(crate) fn read_point(text: &str, field: &'static str) -> Answer<PublicKey> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok();
    let key = bytes.and_then(|bytes| PublicKey::from_uncompressed(&bytes).ok());
    key.ok_or(Problem::new(Code::PointForm).field(field))
}

/// Enrols this phone; enrolling again replaces its key and withdraws the passes it had.
#[utoipa::path(post, path = "/api/v1/me/enrolment", tag = "resident", request_body = EnrolRequest, responses((status = 200, body = Enrolled)))]
pub async fn enrol(
    State(app): State<App>,
    caller: Caller,
    once_key: OnceKey,
    Body(request): Body<EnrolRequest>,
) -> Answer<Json<Enrolled>> {
    caller.may(Deed::EnrolPhone)?;
    let key = read_point(&request.key, "key")?;
    let person = caller.own_person(&app).await?;
    let change =
        Enrol { app: app.clone(), account: caller.account.clone(), person, key, at: app.clock.now() };
    Ok(Json(once(&app, &caller, once_key, "enrol", &request, change).await?))
}
