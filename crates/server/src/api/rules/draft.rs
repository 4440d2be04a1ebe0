//! An officer brings in an edition. It is taken in only without a mistake: of form, of meaning, on made-up lives, in its
//! cases, and beside the edition in force.

use crate::app::App;
use crate::caller::Caller;
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::request::Body;
use crate::retention::{INSTALLATION, forget_on};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use healthcode_core::case::Case;
use healthcode_core::rule_set::{RuleSet, examine};
use healthcode_core::time::Instant;
use healthcode_core::trial::try_out;
use healthcode_store::Tx;
use healthcode_store::rule_drafts::{self, RuleDraft};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Mistakes that are told at once, at most.
const MOST_MISTAKES: usize = 50;
/// Cases of a draft, at most.
const MOST_CASES: usize = 1_000;

/// An edition with its cases.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftRequest {
    /// The text of `rules.toml`.
    rules: String,
    /// The files of `cases/`; at least one.
    cases: Vec<DraftCase>,
}

/// A case: the sentence that is its name, and its text.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftCase {
    name: String,
    text: String,
}

/// What was taken in.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct DraftAnswer {
    name: String,
    version: u32,
    cases: u32,
}

struct AddDraft {
    draft: RuleDraft,
    at: Instant,
}

impl Change for AddDraft {
    type Answer = DraftAnswer;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<DraftAnswer>> {
        let RuleDraft { name, version, cases, .. } = &self.draft;
        if rule_drafts::get(tx.conn().await?, name, *version).await?.is_some() {
            return Err(Problem::new(Code::EditionKnown).field("rules"));
        }
        tx.later(rule_drafts::add(&self.draft, forget_on(self.at, INSTALLATION))).await?;
        let answer = DraftAnswer { name: name.clone(), version: *version, cases: *cases };
        Ok(Done { answer, changed: Vec::new() })
    }
}

/// Every mistake of an edition, or the edition.
fn checked(app: &App, request: &DraftRequest, at: Instant) -> Result<RuleSet, Vec<String>> {
    let lines = |faults: Vec<healthcode_core::rule_set::RuleFault>| {
        faults.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let (rules, mut faults) = examine(&request.rules);
    let Some(rules) = rules else { return Err(lines(faults)) };
    faults.extend(rules.unknown_regions(&request.rules, &app.regions));
    faults.extend(try_out(&rules));
    let published = app.published();
    // Beside the newest version of the name, whether it holds already or not: its numbers rise.
    let same_name = published.rules.all().iter().filter(|set| set.name == rules.name);
    if let Some(newest) = same_name.max_by_key(|set| set.version) {
        faults.extend(rules.breaks_with(newest));
    }
    faults.sort_by_key(|fault| fault.line);
    let loads = faults.is_empty();
    let mut mistakes = lines(faults);
    if let Some(now) = published.rules.at(at) {
        if rules.transition.is_none() {
            mistakes.push(format!(
                "line 1: it replaces {} and does not say what becomes of people whom that one holds; write \
                 transition = \"move\" or \"stay\"",
                now.id()
            ));
        }
        if rules.scheme != now.scheme {
            mistakes
                .push(format!("line 1: this server decides by the scheme {}; write that one", now.scheme));
        }
    }
    if request.cases.is_empty() {
        mistakes.push("there are no cases; write at least one that says what the rules must say".to_owned());
    }
    if request.cases.len() > MOST_CASES {
        mistakes.push(format!("there are {} cases; {MOST_CASES} are taken", request.cases.len()));
    }
    for case in request.cases.iter().take(MOST_CASES) {
        // What a set with mistakes says of a life is worth nothing.
        let check = |parsed: Case| if loads { parsed.check(&rules) } else { Vec::new() };
        let faults = Case::parse(&case.text).map_or_else(|fault| vec![fault], check);
        mistakes.extend(faults.iter().map(|fault| format!("case {}: {fault}", case.name)));
    }
    if mistakes.is_empty() { Ok(rules) } else { Err(mistakes) }
}

/// Brings in an edition.
#[utoipa::path(post, path = "/api/v1/rules/drafts", tag = "officer", request_body = DraftRequest, responses((status = 201, body = DraftAnswer)))]
pub async fn draft_rules(
    State(app): State<App>,
    caller: Caller,
    key: OnceKey,
    Body(request): Body<DraftRequest>,
) -> Answer<(StatusCode, Json<DraftAnswer>)> {
    caller.may(Deed::DraftRules)?;
    let at = app.clock.now();
    // Trying a set on made-up lives takes the processor for a while.
    let (tried, asked) = (app.clone(), Arc::new(request));
    let request = asked.clone();
    let checking = tokio::task::spawn_blocking(move || checked(&tried, &asked, at)).await;
    let rules = checking.map_err(|_| Problem::new(Code::Internal))?.map_err(|mut mistakes| {
        let more = mistakes.len().saturating_sub(MOST_MISTAKES);
        mistakes.truncate(MOST_MISTAKES);
        if more > 0 {
            mistakes.push(format!("and {more} more"));
        }
        Problem::new(Code::EditionMistakes).field("rules").detail(mistakes.join("\n"))
    })?;
    let draft = RuleDraft {
        name: rules.name.clone(),
        version: rules.version,
        title: rules.title.clone(),
        body: request.rules.clone(),
        cases: request.cases.len() as u32,
        made: (caller.account.clone(), at),
        comparison: None,
        approved: None,
    };
    let answer = once(&app, &caller, key, "draft_rules", &*request, AddDraft { draft, at }).await?;
    Ok((StatusCode::CREATED, Json(answer)))
}
