//! An officer has a draft compared with the rules in force on everyone. It takes as long as the city is large, so it goes
//! on after the answer; what it finds stands in the list.

use crate::app::{App, Progress};
use crate::caller::Caller;
use crate::comparison::compare;
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use healthcode_core::rule_set::RuleSet;
use healthcode_core::time::Instant;
use healthcode_store::{Act, Tx, rule_drafts};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, PoisonError};

struct Keep {
    name: String,
    version: u32,
    found: String,
    at: Instant,
}

impl Act for Keep {
    type Out = ();
    type Fault = Problem;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<()> {
        Ok(tx.later(rule_drafts::compared(&self.name, self.version, &self.found, self.at)).await?)
    }
}

/// Compares a draft and keeps what is found; `done` counts the people.
pub async fn compare_and_keep(app: &App, name: &str, version: u32, done: &AtomicU64) -> Answer<()> {
    let draft = super::open(app, name, version).await?;
    let rules = RuleSet::parse_adopted(&draft.body).map_err(|_| Problem::new(Code::Internal))?;
    let at = app.clock.now();
    let found = compare(&app.store, &app.published().rules, &rules, at, done).await?;
    let found = serde_json::to_string(&found).map_err(|_| Problem::new(Code::Internal))?;
    app.store.write(Keep { name: draft.name, version, found, at }).await
}

/// Notes that a comparison begins; `None` while one of the same draft is under way.
fn begin(app: &App, draft: &(String, u32)) -> Option<Arc<AtomicU64>> {
    let mut comparisons = app.comparisons.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(Progress::UnderWay(_)) = comparisons.get(draft) {
        return None;
    }
    let done = Arc::new(AtomicU64::new(0));
    comparisons.insert(draft.clone(), Progress::UnderWay(done.clone()));
    Some(done)
}

/// Notes how a comparison ended.
fn end(app: &App, draft: (String, u32), found: Answer<()>) {
    let mut comparisons = app.comparisons.lock().unwrap_or_else(PoisonError::into_inner);
    match found {
        Ok(()) => {
            comparisons.remove(&draft);
        }
        Err(problem) => {
            let (name, version) = &draft;
            tracing::error!(name, version, code = problem.code().word(), "a comparison was not finished");
            comparisons.insert(draft, Progress::Failed);
        }
    }
}

/// Starts a comparison, unless one of this draft is under way.
#[utoipa::path(post, path = "/api/v1/rules/drafts/{name}/{version}/comparison", tag = "officer", params(("name" = String, Path), ("version" = u32, Path)), responses((status = 202)))]
pub async fn compare_rules(
    State(app): State<App>,
    caller: Caller,
    Path((name, version)): Path<(String, u32)>,
) -> Answer<StatusCode> {
    caller.may(Deed::CompareRules)?;
    super::open(&app, &name, version).await?;
    let draft = (name, version);
    if let Some(done) = begin(&app, &draft) {
        tokio::spawn(async move {
            let found = compare_and_keep(&app, &draft.0, draft.1, &done).await;
            end(&app, draft, found);
        });
    }
    Ok(StatusCode::ACCEPTED)
}
