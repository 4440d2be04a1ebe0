//! The editions of this installation: those that hold, held or will hold, and the drafts.

use crate::app::{App, Progress};
use crate::caller::Caller;
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::recording::show;
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use healthcode_core::rule_set::Text;
use healthcode_store::rule_drafts;
use serde::Serialize;
use serde_json::value::RawValue;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

/// An edition that was adopted.
#[derive(Serialize, utoipa::ToSchema)]
pub struct EditionAnswer {
    name: String,
    version: u32,
    #[schema(value_type = Object)]
    title: Text,
    from: String,
    until: String,
    /// Whether it is the one that decides now.
    in_force: bool,
}

/// A draft.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DraftShown {
    name: String,
    version: u32,
    #[schema(value_type = Object)]
    title: Text,
    cases: u32,
    made_at: String,
    /// Whether the asking officer brought it in, and so cannot approve it.
    own: bool,
    compared_at: Option<String>,
    /// How many people were compared so far, while a comparison is under way.
    comparing: Option<u64>,
    /// Whether the latest comparison on this server ended early.
    comparison_failed: bool,
    /// Who would change colour: people, changed, overall, by_region, by_kind.
    #[schema(value_type = Object)]
    comparison: Option<Box<RawValue>>,
    approved_at: Option<String>,
}

/// All of them.
#[derive(Serialize, utoipa::ToSchema)]
pub struct RulesAnswer {
    editions: Vec<EditionAnswer>,
    drafts: Vec<DraftShown>,
}

fn progress(app: &App, (name, version): (&str, u32)) -> Option<Progress> {
    let comparisons = app.comparisons.lock().unwrap_or_else(PoisonError::into_inner);
    comparisons.get(&(name.to_owned(), version)).cloned()
}

/// Lists editions and drafts.
#[utoipa::path(get, path = "/api/v1/rules", tag = "officer", responses((status = 200, body = RulesAnswer)))]
pub async fn list_rules(State(app): State<App>, caller: Caller) -> Answer<impl IntoResponse> {
    caller.may(Deed::ListRules)?;
    let at = app.clock.now();
    let published = app.published();
    let now = published.rules.at(at).map(|rules| (rules.id(), rules.in_force));
    let editions = published.rules.all().iter().rev().map(|rules| EditionAnswer {
        name: rules.name.clone(),
        version: rules.version,
        title: rules.title.clone(),
        from: rules.zone.show(rules.in_force.from).to_string(),
        until: rules.zone.show(rules.in_force.until).to_string(),
        in_force: now == Some((rules.id(), rules.in_force)),
    });
    let mut drafts = Vec::new();
    for draft in rule_drafts::all(&mut *app.store.reader().await?).await? {
        let (comparison, compared_at) = draft.comparison.unzip();
        let comparison = comparison.map(RawValue::from_string).transpose();
        let progress = progress(&app, (&draft.name, draft.version));
        drafts.push(DraftShown {
            comparing: match &progress {
                Some(Progress::UnderWay(done)) => Some(done.load(Ordering::Relaxed)),
                _ => None,
            },
            comparison_failed: matches!(progress, Some(Progress::Failed)),
            own: draft.made.0 == caller.account,
            name: draft.name,
            version: draft.version,
            title: draft.title,
            cases: draft.cases,
            made_at: show(&app, draft.made.1).to_string(),
            compared_at: compared_at.map(|at| show(&app, at).to_string()),
            comparison: comparison.map_err(|_| Problem::new(Code::Internal))?,
            approved_at: draft.approved.map(|(_, at)| show(&app, at).to_string()),
        });
    }
    Ok(Json(RulesAnswer { editions: editions.collect(), drafts }))
}
