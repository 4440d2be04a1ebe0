//! The chain of transmission as data: cases, and which of them was exposed by which. Where both ways are on record, an
//! arrow goes from who fell ill first. An arrow is a possible transmission, never a proven one.

use crate::app::App;
use crate::caller::Caller;
use crate::looking::record_looks;
use crate::permission::Deed;
use crate::problem::Answer;
use crate::reach::named;
use crate::recording::show;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use healthcode_core::ids::PersonId;
use healthcode_core::time::Instant;
use healthcode_store::outbreak::{self, Illness};
use healthcode_store::people;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Days looked back.
const DAYS: i64 = 90;
/// Cases drawn, at most: more are no picture.
const MOST_CASES: usize = 300;
/// Links read, at most.
const MOST_LINKS: i64 = 20_000;

/// A case in the picture.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ChainCase {
    person: String,
    masked_name: String,
    /// Whether one's area reaches the case.
    within: bool,
    status: String,
    /// Onset, else the first positive sample, else the report: where it stands in time.
    at: String,
    onset_at: Option<String>,
}

/// A possible transmission.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ChainLink {
    from: String,
    to: String,
}

/// The chain.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ChainAnswer {
    /// In order of time.
    cases: Vec<ChainCase>,
    links: Vec<ChainLink>,
    /// Whether there are more cases than are drawn; the newest are.
    cut: bool,
}

fn anchor(case: &Illness) -> Instant {
    case.onset_at.or(case.sampled_at).unwrap_or(case.reported_at)
}

/// Links among the cases drawn, each pair once, from who fell ill first.
fn ordered(
    links: &[(PersonId, PersonId)],
    cases: &BTreeMap<&PersonId, Instant>,
) -> BTreeSet<(PersonId, PersonId)> {
    let both: BTreeSet<_> = links.iter().cloned().collect();
    let drawn = links.iter().filter_map(|(from, to)| {
        let (first, second) = (cases.get(from)?, cases.get(to)?);
        let turned = both.contains(&(to.clone(), from.clone())) && (second, to) < (first, from);
        Some(if turned { (to.clone(), from.clone()) } else { (from.clone(), to.clone()) })
    });
    drawn.collect()
}

/// Cases, and who may have infected whom.
#[utoipa::path(get, path = "/api/v1/outbreak/chain", tag = "officer", responses((status = 200, body = ChainAnswer)))]
pub async fn chain(State(app): State<App>, caller: Caller) -> Answer<impl IntoResponse> {
    caller.may(Deed::SeeChain)?;
    let since = app.clock.now().plus_days_of_24h(-DAYS);
    let mut conn = app.store.reader().await?;
    // Of the whole installation: a chain does not end at a border. Beyond one's own area it has pseudonyms.
    let mut found = outbreak::illnesses(&mut conn, "", since, 10_000).await?;
    let cut = found.len() > MOST_CASES;
    found.drain(..found.len().saturating_sub(MOST_CASES));
    found.sort_by_key(|case| (anchor(case), case.person.clone()));
    let looked: Vec<_> = found.iter().map(|case| case.person.clone()).collect();
    record_looks(&app, &caller, &looked, "case").await?;
    let times = found.iter().map(|case| (&case.person, anchor(case))).collect();
    let links = ordered(&outbreak::links(&mut conn, MOST_LINKS).await?, &times);
    let mut cases = Vec::new();
    for case in &found {
        let Some(known) = people::get(&mut conn, app.store.seal(), &case.person).await? else { continue };
        let shown = named(&app, &mut conn, &caller, &known).await?;
        cases.push(ChainCase {
            person: case.person.to_string(),
            masked_name: shown.masked_name,
            within: shown.within,
            status: case.status.clone(),
            at: show(&app, anchor(case)).to_string(),
            onset_at: case.onset_at.map(|at| show(&app, at).to_string()),
        });
    }
    let links = links.into_iter().map(|(from, to)| ChainLink { from: from.to_string(), to: to.to_string() });
    let answer = ChainAnswer { cases, links: links.collect(), cut };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)))
}
