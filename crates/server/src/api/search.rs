//! An officer finds a person. What is asked for travels in the body and never in a URL; finding is looking.

use super::declare::{read_document, read_phone};
use crate::app::App;
use crate::caller::Caller;
use crate::looking::{existing, read_purpose, record_looks};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::reach::named;
use crate::request::Body;
use crate::scanned::{holder, verify_code};
use crate::watching::{meter_search, record_inquiry};
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use healthcode_core::decision::Colour;
use healthcode_core::ids::PersonId;
use healthcode_core::personal::DocumentKind;
use healthcode_credential::outcome::Outcome;
use healthcode_store::people::Personal;
use healthcode_store::{identity, people};
use serde::{Deserialize, Serialize};

/// Whom to find: exactly one of document, phone, code.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchRequest {
    /// `identity_card` when absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    document_kind: Option<DocumentKind>,
    #[serde(default)]
    document_number: Option<String>,
    #[serde(default)]
    phone: Option<String>,
    #[serde(default)]
    code: Option<String>,
    /// `case`, `audit`, `identity` or `help`.
    #[serde(default)]
    purpose: Option<String>,
}

/// Someone found.
#[derive(Serialize, utoipa::ToSchema)]
pub struct FoundPerson {
    person: String,
    masked_name: String,
    document_last_four: String,
    #[schema(value_type = Option<String>)]
    colour: Option<Colour>,
}

/// Whom the search found.
#[derive(Serialize, utoipa::ToSchema)]
pub struct FoundPeople {
    items: Vec<FoundPerson>,
}

impl SearchRequest {
    /// By what is searched; never the value.
    fn by(&self) -> &'static str {
        match (&self.document_number, &self.phone) {
            (Some(_), _) => "document",
            (None, Some(_)) => "phone",
            _ => "code",
        }
    }
}

async fn find(app: &App, request: &SearchRequest) -> Answer<Vec<PersonId>> {
    let mut conn = app.store.reader().await?;
    let key = app.store.seal();
    match (&request.document_number, &request.phone, &request.code) {
        (Some(number), None, None) => {
            let kind = request.document_kind.unwrap_or(DocumentKind::IdentityCard);
            let hash = Personal::document_hash(key, kind, &read_document(app, kind, number)?);
            Ok(identity::holder(&mut conn, &hash).await?.into_iter().collect())
        }
        (None, Some(phone), None) => Ok(people::by_phone(&mut conn, key, &read_phone(phone)?).await?),
        (None, None, Some(code)) => {
            let verdict = verify_code(app, code, app.clock.now());
            match verdict.claims() {
                Some(claims) => Ok(holder(app, claims).await?.into_iter().collect()),
                None => Err(Problem::new(match verdict.outcome() {
                    Outcome::Expired => Code::CodeExpired,
                    _ => Code::CodeUnreadable,
                })
                .field("code")),
            }
        }
        _ => Err(Code::SearchForm.into()),
    }
}

/// Finds a person by document, phone or code.
#[utoipa::path(post, path = "/api/v1/people/search", tag = "officer", request_body = SearchRequest, responses((status = 200, body = FoundPeople)))]
pub async fn search(
    State(app): State<App>,
    caller: Caller,
    Body(request): Body<SearchRequest>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::SearchPeople)?;
    let purpose = read_purpose(request.purpose.as_deref())?;
    meter_search(&app, &caller).await?;
    let found = find(&app, &request).await?;
    record_inquiry(&app, &caller, "search", request.by(), (purpose, found.len())).await?;
    record_looks(&app, &caller, &found, purpose).await?;
    let mut items = Vec::new();
    for id in found {
        let person = match existing(&app, &id).await {
            Ok(person) => person,
            Err(problem) if problem.code() == Code::NotFound => continue,
            Err(problem) => return Err(problem),
        };
        let decision = super::show_code::decision_now(&app, &id, app.clock.now()).await?;
        let shown = named(&app, &mut *app.store.reader().await?, &caller, &person).await?;
        items.push(FoundPerson {
            person: id.to_string(),
            masked_name: shown.masked_name,
            document_last_four: shown.last_four,
            colour: decision.map(|decision| decision.colour),
        });
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(FoundPeople { items })))
}
