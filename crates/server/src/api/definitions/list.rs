//! Lists what counts as a contact: the definition in force, the built-in ones, those that were brought in.

use crate::app::App;
use crate::caller::Caller;
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::recording::show;
use crate::tracing_run::definition;
use crate::tracing_run::preview::Preview;
use axum::Json;
use axum::extract::State;
use healthcode_core::ids::AccountId;
use healthcode_store::contact_definitions;
use healthcode_trace::Policy;
use serde::Serialize;

/// Definitions that are shown, the newest first.
const MOST: i64 = 50;

/// A definition that was brought in.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DefinitionAnswer {
    id: String,
    name: String,
    text: String,
    #[schema(value_type = String)]
    made_by: AccountId,
    made_at: String,
    /// Whom it would concern; null until that was counted.
    preview: Option<Preview>,
    previewed_at: Option<String>,
    #[schema(value_type = Option<String>)]
    approved_by: Option<AccountId>,
    approved_at: Option<String>,
}

/// What counts as a contact here.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DefinitionsAnswer {
    /// The name of the definition in force.
    in_force: String,
    /// The built-in definitions, with where each was published, and why it may not be used, where that is so.
    presets: Vec<PresetAnswer>,
    definitions: Vec<DefinitionAnswer>,
}

/// A built-in definition.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PresetAnswer {
    name: String,
    source: String,
    off: Option<String>,
}

/// Lists what counts as a contact.
#[utoipa::path(get, path = "/api/v1/definitions", tag = "officer", responses((status = 200, body = DefinitionsAnswer)))]
pub async fn list_definitions(State(app): State<App>, caller: Caller) -> Answer<Json<DefinitionsAnswer>> {
    caller.may(Deed::ListDefinitions)?;
    let mut conn = app.store.reader().await?;
    let time = |at| show(&app, at).to_string();
    let mut definitions = Vec::new();
    for one in contact_definitions::newest(&mut conn, MOST).await? {
        let (preview, previewed_at) = one.preview.unzip();
        let (approved_by, approved_at) = one.approved.unzip();
        let read = |text: String| serde_json::from_str(&text).map_err(|_| Problem::new(Code::Internal));
        definitions.push(DefinitionAnswer {
            id: one.id,
            name: one.name,
            text: one.body,
            made_by: one.made.0,
            made_at: time(one.made.1),
            preview: preview.map(read).transpose()?,
            previewed_at: previewed_at.map(time),
            approved_by,
            approved_at: approved_at.map(time),
        });
    }
    let preset = |name: &str| {
        let policy = Policy::built_in(name)?;
        Some(PresetAnswer { name: policy.name, source: policy.source, off: policy.off })
    };
    Ok(Json(DefinitionsAnswer {
        in_force: definition(&app, &mut conn).await?.name,
        presets: Policy::built_in_names().filter_map(preset).collect(),
        definitions,
    }))
}
