//! Numbers that two people declared: whoever shows the document keeps the number.

use super::looks::{After, read_cursor};
use super::{PAGE, Page};
use crate::app::App;
use crate::caller::Caller;
use crate::looking::record_looks;
use crate::permission::Deed;
use crate::problem::Answer;
use crate::reach::named;
use crate::recording::show;
use crate::request::Asked;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use healthcode_core::ids::PersonId;
use healthcode_store::{identity, people};
use serde::Serialize;

/// One of the two.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Claimant {
    person: String,
    masked_name: Option<String>,
}

/// A number declared twice.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ClaimAnswer {
    opened_at: String,
    /// Who came first.
    holder: Claimant,
    /// Who came second.
    claimant: Claimant,
    document_last_four: Option<String>,
}

/// Lists numbers declared twice, oldest first.
#[utoipa::path(get, path = "/api/v1/identity-queue", tag = "officer", params(After), responses((status = 200, body = Page<ClaimAnswer>)))]
pub async fn identity_queue(
    State(app): State<App>,
    caller: Caller,
    Asked(asked): Asked<After>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::ListClaims)?;
    let cursor = asked.after.unwrap_or_else(|| "0 ".to_owned());
    let after = read_cursor(&cursor)?;
    let claims = identity::open_claims(&mut *app.store.reader().await?, after, PAGE as i64 + 1).await?;
    let page = Page::of(claims, |claim| format!("{} {}", claim.opened_at.micros(), claim.claimant));
    let mut items = Vec::new();
    let mut looked = Vec::new();
    for claim in page.items {
        let (holder, _) = one(&app, &caller, &claim.holder).await?;
        let (claimant, document_last_four) = one(&app, &caller, &claim.claimant).await?;
        let opened_at = show(&app, claim.opened_at).to_string();
        items.push(ClaimAnswer { opened_at, holder, claimant, document_last_four });
        looked.extend([claim.holder, claim.claimant]);
    }
    record_looks(&app, &caller, &looked, "identity").await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(Page { items, next: page.next })))
}

async fn one(app: &App, caller: &Caller, person: &PersonId) -> Answer<(Claimant, Option<String>)> {
    let mut conn = app.store.reader().await?;
    let found = people::get(&mut conn, app.store.seal(), person).await?;
    let shown = match &found {
        Some(found) => Some(named(app, &mut conn, caller, found).await?),
        None => None,
    };
    let (masked_name, last_four) = shown.map(|shown| (shown.masked_name, shown.last_four)).unzip();
    Ok((Claimant { person: person.to_string(), masked_name }, last_four))
}
