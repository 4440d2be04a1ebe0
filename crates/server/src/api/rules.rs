//! Editions of the rules: brought in as a draft, compared on the living city, approved by a second officer with a start,
//! and taken back.

pub mod approve;
pub mod compare;
pub mod draft;
pub mod list;
pub mod withdraw;

use crate::app::App;
use crate::problem::{Answer, Code, Problem};
use healthcode_store::rule_drafts::{self, RuleDraft};

/// The draft that a path names.
async fn named(app: &App, name: &str, version: u32) -> Answer<RuleDraft> {
    let draft = rule_drafts::get(&mut *app.store.reader().await?, name, version).await?;
    draft.ok_or(Code::NotFound.into())
}

/// The draft that a path names, while it is one.
async fn open(app: &App, name: &str, version: u32) -> Answer<RuleDraft> {
    let draft = named(app, name, version).await?;
    if draft.approved.is_some() { Err(Problem::new(Code::EditionApproved)) } else { Ok(draft) }
}
