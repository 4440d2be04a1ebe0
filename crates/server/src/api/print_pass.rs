//! A pass on paper: for weeks, with masked name and last four characters, for whoever carries no phone.

use crate::acting::{still, whom};
use crate::app::App;
use crate::caller::Caller;
use crate::issuing::sign;
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::recording::show;
use crate::request::Body;
use crate::retention::{self, forget_on};
use axum::Json;
use axum::extract::State;
use healthcode_core::ids::{AccountId, PersonId};
use healthcode_core::time::Instant;
use healthcode_credential::bearer::{Bearer, LastFour, MaskedName, Paper};
use healthcode_store::{Tx, passes, people};
use serde::{Deserialize, Serialize};

/// For how long.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaperRequest {
    /// 1 to 42 days from now.
    days: i64,
    /// Somebody whom one answers for; oneself when absent.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    whom: Option<String>,
}

/// What to print.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct PaperAnswer {
    /// The text of the QR code.
    text: String,
    masked_name: String,
    document_last_four: String,
    issued_at: String,
    expires_at: String,
}

struct PrintPass {
    app: App,
    account: AccountId,
    person: PersonId,
    days: i64,
    at: Instant,
}

impl Change for PrintPass {
    type Answer = PaperAnswer;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.person)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<PaperAnswer>> {
        let app = &self.app;
        tx.lock_person(self.person.as_str()).await?;
        still(tx, &self.account, &self.person).await?;
        let known = people::get(tx.conn().await?, app.store.seal(), &self.person).await?;
        let known = known.ok_or(Problem::new(Code::NotDeclared))?;
        let issued_at = Instant::from_seconds(self.at.seconds());
        let expires_at = issued_at.plus_days_of_24h(self.days);
        let (masked_name, four) =
            (known.personal.name.masked(), known.personal.document.last_four().to_owned());
        let name = MaskedName::new(&masked_name).ok_or(Problem::new(Code::Internal))?;
        let last_four = LastFour::new(&four).ok_or(Problem::new(Code::Internal))?;
        let number = app.clock.bytes();
        let bearer = Bearer::Paper(Paper { number, name, last_four });
        let text = sign(app, bearer, (issued_at, expires_at), self.at)?;
        let forget = forget_on(expires_at, retention::PASS);
        tx.later(passes::add_paper(number, &self.person, issued_at, expires_at, forget)).await?;
        let show = |at| show(app, at).to_string();
        let (issued_at, expires_at) = (show(issued_at), show(expires_at));
        let answer = PaperAnswer { text, masked_name, document_last_four: four, issued_at, expires_at };
        Ok(Done { answer, changed: Vec::new() })
    }
}

/// Makes a pass to be printed. A gate compares it with the document, and asks when it cannot look it up.
#[utoipa::path(post, path = "/api/v1/me/paper-passes", tag = "resident", request_body = PaperRequest, responses((status = 201, body = PaperAnswer)))]
pub async fn print_pass(
    State(app): State<App>,
    caller: Caller,
    key: OnceKey,
    Body(request): Body<PaperRequest>,
) -> Answer<(axum::http::StatusCode, Json<PaperAnswer>)> {
    caller.may(Deed::PrintPass)?;
    if !(1..=42).contains(&request.days) {
        return Err(Problem::new(Code::Body).field("days").detail("1 to 42 days"));
    }
    let person = whom(&app, &caller, request.whom.as_deref()).await?;
    let (account, at) = (caller.account.clone(), app.clock.now());
    let change = PrintPass { app: app.clone(), account, person, days: request.days, at };
    let printed = once(&app, &caller, key, "print_pass", &request, change).await?;
    Ok((axum::http::StatusCode::CREATED, Json(printed)))
}
