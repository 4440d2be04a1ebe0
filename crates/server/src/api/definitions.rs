//! What counts as a contact, as data: an officer brings in a definition, sees whom it would concern, another officer
//! approves it. From then on every case under way is traced anew by it.

use crate::app::App;
use crate::caller::Caller;
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::recording::show;
use crate::request::Body;
use crate::retention::{self, INSTALLATION, forget_on};
use crate::tracing_run::preview::Preview;
use crate::tracing_run::{definition, here, trial};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use healthcode_core::ids::AccountId;
use healthcode_core::time::Instant;
use healthcode_store::contact_definitions::{self, Definition};
use healthcode_store::{Act, Tx, queue};
use healthcode_trace::Policy;
use serde::{Deserialize, Serialize};

/// Definitions that are shown, the newest first.
const MOST: i64 = 50;

/// A definition: a built-in one by its name, or an own one by its text.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DefinitionRequest {
    /// The name of a built-in definition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    preset: Option<String>,
    /// The text of a `policy.toml`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

/// What was brought in.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct BroughtIn {
    id: String,
    name: String,
}

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

struct BringIn {
    definition: Definition,
    at: Instant,
}

impl Change for BringIn {
    type Answer = BroughtIn;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<BroughtIn>> {
        tx.later(contact_definitions::add(&self.definition, forget_on(self.at, INSTALLATION))).await?;
        let Definition { id, name, .. } = self.definition.clone();
        Ok(Done { answer: BroughtIn { id, name }, changed: Vec::new() })
    }
}

/// The policy of a request with its text; every mistake is told.
fn read(request: &DefinitionRequest) -> Answer<(Policy, String)> {
    let text = match (&request.preset, &request.text) {
        (Some(preset), None) => {
            Policy::built_in_text(preset).ok_or(Problem::new(Code::NotFound).field("preset"))?.to_owned()
        }
        (None, Some(text)) => text.clone(),
        _ => return Err(Problem::new(Code::DefinitionForm).detail("give either preset or text")),
    };
    let policy = Policy::parse(&text)
        .map_err(|faults| Problem::new(Code::DefinitionForm).field("text").detail(faults.to_string()))?;
    match &policy.off {
        Some(off) => Err(Problem::new(Code::DefinitionOff).detail(off.clone())),
        None => Ok((policy, text)),
    }
}

/// Brings in a definition.
#[utoipa::path(post, path = "/api/v1/definitions", tag = "officer", request_body = DefinitionRequest, responses((status = 201, body = BroughtIn)))]
pub async fn bring_in_definition(
    State(app): State<App>,
    caller: Caller,
    key: OnceKey,
    Body(request): Body<DefinitionRequest>,
) -> Answer<(StatusCode, Json<BroughtIn>)> {
    caller.may(Deed::BringInDefinition)?;
    let at = app.clock.now();
    let (policy, body) = read(&request)?;
    let definition = Definition {
        id: app.clock.name_at(at),
        name: policy.name,
        body,
        made: (caller.account.clone(), at),
        preview: None,
        approved: None,
    };
    let answer =
        once(&app, &caller, key, "bring_in_definition", &request, BringIn { definition, at }).await?;
    Ok((StatusCode::CREATED, Json(answer)))
}

async fn open(app: &App, id: &str) -> Answer<Definition> {
    let found = contact_definitions::get(&mut *app.store.reader().await?, id).await?;
    found.ok_or(Problem::new(Code::NotFound))
}

struct KeepPreview {
    id: String,
    preview: String,
    at: Instant,
}

impl Act for KeepPreview {
    type Out = ();
    type Fault = Problem;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<()> {
        Ok(tx.later(contact_definitions::previewed(&self.id, &self.preview, self.at)).await?)
    }
}

/// Counts whom a definition would concern, over all cases under way.
#[utoipa::path(post, path = "/api/v1/definitions/{id}/preview", tag = "officer", params(("id" = String, Path)), responses((status = 200, body = Preview)))]
pub async fn preview_definition(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Answer<Json<Preview>> {
    caller.may(Deed::PreviewDefinition)?;
    let definition = open(&app, &id).await?;
    let policy = Policy::parse(&definition.body).map_err(|_| Problem::new(Code::Internal))?;
    let policy = here(&app, policy);
    let at = app.clock.now();
    let found = trial::of_definition(&app, &policy, at).await?;
    let preview = serde_json::to_string(&found).map_err(|_| Problem::new(Code::Internal))?;
    app.store.write(KeepPreview { id, preview, at }).await?;
    Ok(Json(found))
}

struct Approve {
    app: App,
    caller: Caller,
    id: String,
    at: Instant,
}

impl Change for Approve {
    type Answer = BroughtIn;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<BroughtIn>> {
        let found = contact_definitions::get(tx.conn().await?, &self.id).await?;
        let Definition { id, name, made, preview, approved, .. } =
            found.ok_or(Problem::new(Code::NotFound))?;
        match (approved, preview) {
            (Some(_), _) => return Err(Code::DefinitionApproved.into()),
            (None, None) => return Err(Code::NotPreviewed.into()),
            (None, Some(_)) if made.0 == self.caller.account => return Err(Code::SecondOfficer.into()),
            (None, Some(_)) => {}
        }
        tx.later(contact_definitions::approved(&id, &self.caller.account, self.at)).await?;
        tx.later(queue::ask_for_all(self.at, forget_on(self.at, retention::PERSON))).await?;
        tracing::info!(definition = %name, version = %show(&self.app, self.at), "another contact definition holds");
        Ok(Done { answer: BroughtIn { id, name }, changed: Vec::new() })
    }
}

/// Approves another's definition; it holds from now on.
#[utoipa::path(post, path = "/api/v1/definitions/{id}/approval", tag = "officer", params(("id" = String, Path)), responses((status = 200, body = BroughtIn)))]
pub async fn approve_definition(
    State(app): State<App>,
    caller: Caller,
    key: OnceKey,
    Path(id): Path<String>,
) -> Answer<Json<BroughtIn>> {
    caller.may(Deed::ApproveDefinition)?;
    let change = Approve { app: app.clone(), caller: caller.clone(), id: id.clone(), at: app.clock.now() };
    let answer = once(&app, &caller, key, "approve_definition", &id, change).await?;
    app.wake.notify_one();
    Ok(Json(answer))
}
