//! Counts whom a definition would concern, over all cases under way.

use crate::app::App;
use crate::caller::Caller;
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::tracing_run::preview::Preview;
use crate::tracing_run::{here, trial};
use axum::Json;
use axum::extract::{Path, State};
use healthcode_core::time::Instant;
use healthcode_store::contact_definitions::{self, Definition};
use healthcode_store::{Act, Tx};
use healthcode_trace::Policy;

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
