//! An officer has a draft compared with the rules in force on everyone. It takes as long as the city is large, so it goes
//! on after the answer; what it finds stands in the list.

use crate::app::App;
use crate::caller::Caller;
use crate::comparison::compare;
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use healthcode_core::rule_set::RuleSet;
use healthcode_core::time::Instant;
use healthcode_store::{Act, Tx, rule_drafts};

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

/// Compares a draft and keeps what is found.
pub async fn compare_and_keep(app: &App, name: &str, version: u32) -> Answer<()> {
    let draft = super::open(app, name, version).await?;
    let rules = RuleSet::parse_adopted(&draft.body).map_err(|_| Problem::new(Code::Internal))?;
    let at = app.clock.now();
    let found = compare(app, &rules, at).await?;
    app.store.write(Keep { name: draft.name, version, found, at }).await
}

/// Starts a comparison.
#[utoipa::path(post, path = "/api/v1/rules/drafts/{name}/{version}/comparison", tag = "officer", params(("name" = String, Path), ("version" = u32, Path)), responses((status = 202)))]
pub async fn compare_rules(
    State(app): State<App>,
    caller: Caller,
    Path((name, version)): Path<(String, u32)>,
) -> Answer<StatusCode> {
    caller.may(Deed::CompareRules)?;
    super::open(&app, &name, version).await?;
    tokio::spawn(async move {
        if let Err(problem) = compare_and_keep(&app, &name, version).await {
            tracing::error!(name, version, code = problem.code().word(), "a comparison was not finished");
        }
    });
    Ok(StatusCode::ACCEPTED)
}
