//! Whom a resident's phone carries codes for beside her own: the people she answers for now.

use crate::acting::{everyone, look_daily};
use crate::app::App;
use crate::caller::Caller;
use crate::looking::existing;
use crate::permission::Deed;
use crate::problem::Answer;
use crate::recording::show;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;

/// Somebody whom the caller answers for.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Dependant {
    /// To be given as `for`.
    person: String,
    masked_name: String,
    document_last_four: String,
    /// Since when the caller answers for this person.
    since: String,
    /// Until when; null while nobody has set an end. Who is no longer answered for is not on the list.
    until: Option<String>,
}

/// In the order in which they were entrusted.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DependantsAnswer {
    items: Vec<Dependant>,
}

/// Lists whom the caller answers for now.
#[utoipa::path(get, path = "/api/v1/me/dependants", tag = "resident", responses((status = 200, body = DependantsAnswer)))]
pub async fn dependants(State(app): State<App>, caller: Caller) -> Answer<impl IntoResponse> {
    caller.may(Deed::ListDependants)?;
    let wards: Vec<_> = everyone(&app, &caller).await?.into_iter().filter(|one| one.is_guardian).collect();
    let people: Vec<_> = wards.iter().map(|ward| ward.person.clone()).collect();
    look_daily(&app, &caller, &people).await?;
    let mut items = Vec::new();
    for ward in wards {
        let known = existing(&app, &ward.person).await?.personal;
        items.push(Dependant {
            person: ward.person.to_string(),
            masked_name: known.name.masked(),
            document_last_four: known.document.last_four().to_owned(),
            since: show(&app, ward.since).to_string(),
            until: None,
        });
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(DependantsAnswer { items })))
}
