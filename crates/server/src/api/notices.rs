//! A resident chooses how to be told when her code changes.

use crate::app::App;
use crate::caller::Caller;
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::request::Body;
use crate::retention::{self, forget_on};
use axum::Json;
use axum::extract::State;
use healthcode_core::ids::PersonId;
use healthcode_core::personal::MailAddress;
use healthcode_core::time::Instant;
use healthcode_store::Tx;
use healthcode_store::notices::{self, Channel, Wish};
use serde::{Deserialize, Deserializer, Serialize};

/// How to be told.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticesRequest {
    /// A mail address; null for no mail; left out for what was chosen before.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    mail: Option<Option<String>>,
    /// Whether by a short message to the phone that was declared.
    sms: bool,
}

/// Tells null from what is left out.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// How somebody is told.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
pub struct NoticesAnswer {
    /// What this installation offers: `mail`, `sms`.
    offered: Vec<String>,
    /// The mail address, masked; null for no mail.
    mail: Option<String>,
    /// Whether by a short message.
    sms: bool,
}

fn answer(app: &App, wish: &Wish) -> NoticesAnswer {
    let offered = [Channel::Mail, Channel::Sms].into_iter().filter(|channel| app.channels.offers(*channel));
    NoticesAnswer {
        offered: offered.map(|channel| channel.word().to_owned()).collect(),
        mail: wish.mail.as_ref().map(MailAddress::masked),
        sms: wish.sms,
    }
}

/// Shows how one is told.
#[utoipa::path(get, path = "/api/v1/me/notices", tag = "resident", responses((status = 200, body = NoticesAnswer)))]
pub async fn see_notices(State(app): State<App>, caller: Caller) -> Answer<Json<NoticesAnswer>> {
    caller.may(Deed::SeeNotices)?;
    let person = caller.own_person(&app).await?;
    let wish = notices::wish(&mut *app.store.reader().await?, app.store.seal(), &person).await?;
    Ok(Json(answer(&app, &wish)))
}

struct SetNotices {
    app: App,
    person: PersonId,
    /// The new address, if it is to change.
    mail: Option<Option<MailAddress>>,
    sms: bool,
    at: Instant,
}

impl Change for SetNotices {
    type Answer = NoticesAnswer;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.person)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<NoticesAnswer>> {
        let kept = (self.at, forget_on(self.at, retention::PERSON));
        let (conn, key) = (tx.conn().await?, self.app.store.seal());
        let mail = match &self.mail {
            Some(mail) => mail.clone(),
            None => notices::wish(conn, key, &self.person).await?.mail,
        };
        let wish = Wish { mail, sms: self.sms };
        notices::set_wish(conn, key, &self.person, &wish, kept).await?;
        Ok(Done { answer: answer(&self.app, &wish), changed: Vec::new() })
    }
}

/// Chooses how to be told.
#[utoipa::path(put, path = "/api/v1/me/notices", tag = "resident", request_body = NoticesRequest, responses((status = 200, body = NoticesAnswer)))]
pub async fn set_notices(
    State(app): State<App>,
    caller: Caller,
    key: OnceKey,
    Body(request): Body<NoticesRequest>,
) -> Answer<Json<NoticesAnswer>> {
    caller.may(Deed::SetNotices)?;
    let read = |mail: &Option<String>| mail.as_deref().map(MailAddress::new).transpose();
    let mail = request.mail.as_ref().map(read).transpose();
    let mail = mail.map_err(|_| Problem::new(Code::MailForm).field("mail"))?;
    let asked = [
        (mail.as_ref().is_some_and(Option::is_some), Channel::Mail, "mail"),
        (request.sms, Channel::Sms, "sms"),
    ];
    for (asked, channel, field) in asked {
        if asked && !app.channels.offers(channel) {
            return Err(Problem::new(Code::NotOffered).field(field));
        }
    }
    let person = caller.own_person(&app).await?;
    let change = SetNotices { app: app.clone(), person, mail, sms: request.sms, at: app.clock.now() };
    Ok(Json(once(&app, &caller, key, "notices", &request, change).await?))
}
