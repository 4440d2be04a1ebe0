//! Two records turn out to be one case: the lead takes over the case evidence, visits and households of the duplicate, which is
//! no case any more. All of it is evidence added and withdrawn, so that parting them again leaves nothing behind.

use crate::api::quarantines::read_reason;
use crate::app::App;
use crate::caller::Caller;
use crate::householding::concerns_cases;
use crate::looking::{look, read_person};
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::reach::reachable;
use crate::recording::{new_evidence, record};
use crate::request::Body;
use crate::retention::{self, forget_on};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use healthcode_core::evidence::{Evidence, Source};
use healthcode_core::fact::{Fact, Withdrawal};
use healthcode_core::ids::{EvidenceId, PersonId};
use healthcode_core::life::Life;
use healthcode_core::time::Instant;
use healthcode_store::case_files::{self, CaseChange};
use healthcode_store::case_merges::{self, Merge};
use healthcode_store::household_moves::{self, Membership};
use healthcode_store::queue::{self, RECONCILE};
use healthcode_store::{Tx, lives, looks, visits};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Which record is the same case.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeRequest {
    /// The record that goes into the one of the path.
    duplicate: String,
    reason: String,
}

/// Why they are two after all.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PartRequest {
    /// The merge.
    id: String,
    reason: String,
}

/// A merge.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct Merged {
    id: String,
}

/// What a merge moved.
#[derive(Serialize, Deserialize, Default)]
struct Moved {
    /// Evidence of the lead that was added.
    added: Vec<String>,
    /// Evidence of the duplicate that was withdrawn.
    withdrawn: Vec<String>,
    /// Visits that were given to the lead.
    visits: Vec<String>,
}

/// What is both: the act of merging and of parting.
struct Both {
    app: App,
    caller: Caller,
    lead: PersonId,
    reason: String,
    at: Instant,
}

impl Both {
    fn of_case(fact: &Fact) -> bool {
        matches!(fact, Fact::CaseReport(_) | Fact::TestResult(_))
    }

    /// The same facts as new evidence about somebody else.
    fn copies(
        &self,
        life: &Life,
        which: impl Fn(&EvidenceId) -> bool,
        to: &PersonId,
    ) -> Answer<Vec<Evidence>> {
        let facts = life.facts_at(self.at).into_iter();
        let facts = facts.filter(|(evidence, fact, _)| Self::of_case(fact) && which(&evidence.id));
        facts
            .map(|(evidence, fact, _)| {
                new_evidence(&self.app, to, evidence.source, fact.clone(), evidence.happened_at, self.at)
            })
            .collect()
    }

    fn withdrawals(&self, of: &[EvidenceId], person: &PersonId) -> Answer<Vec<Evidence>> {
        of.iter()
            .map(|of| {
                let fact = Fact::Withdrawal(Withdrawal { of: of.clone(), reason: self.reason.clone() });
                new_evidence(&self.app, person, Source::Officer, fact, self.at, self.at)
            })
            .collect()
    }

    /// Records, notes, looks, and asks for both to be traced again; says whose code changed.
    async fn finish(
        &self,
        tx: &mut Tx<'_>,
        what: &str,
        duplicate: &PersonId,
        (of_lead, of_duplicate): (&[Evidence], &[Evidence]),
    ) -> Answer<Vec<PersonId>> {
        let (app, at, by) = (&self.app, self.at, self.caller.account.as_str());
        let forget = forget_on(at, retention::PERSON);
        let mut changed = Vec::new();
        for (person, evidence) in [(&self.lead, of_lead), (duplicate, of_duplicate)] {
            let evidence: Vec<_> = evidence.iter().collect();
            if record(app, tx, &evidence, by).await? {
                changed.push(person.clone());
            }
            let other = if *person == self.lead { duplicate } else { &self.lead };
            let change = CaseChange {
                at,
                id: app.clock.name_at(at),
                what: what.to_owned(),
                before: String::new(),
                after: other.to_string(),
                reason: self.reason.clone(),
                account: self.caller.account.clone(),
            };
            tx.later(case_files::note(person, &change, forget)).await?;
            let looked = look(app, &self.caller, person, "case");
            tx.later(looks::record(&looked, forget_on(at, retention::LOOK))).await?;
            tx.later(queue::ask(RECONCILE, person.as_str(), at, forget)).await?;
        }
        Ok(changed)
    }
}

struct MergeCases {
    both: Both,
    duplicate: PersonId,
}

impl Change for MergeCases {
    type Answer = Merged;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<Merged>> {
        let Both { app, lead, at, caller, .. } = &self.both;
        let duplicate = &self.duplicate;
        // In one order, so that two such acts do not wait for each other.
        for person in [lead.min(duplicate), lead.max(duplicate)] {
            tx.lock_person(person.as_str()).await?;
        }
        let life = lives::of_person(tx.conn().await?, duplicate).await?;
        if life.case_at(*at).is_none() {
            return Err(Problem::new(Code::NoCase).field("duplicate"));
        }
        let facts = life.facts_at(*at).into_iter();
        let standing = facts.filter(|(_, fact, withdrawn)| !withdrawn && Both::of_case(fact));
        let withdrawn: Vec<EvidenceId> = standing.map(|(evidence, _, _)| evidence.id.clone()).collect();
        let added = self.both.copies(&life, |id| withdrawn.contains(id), lead)?;
        let withdrawals = self.both.withdrawals(&withdrawn, duplicate)?;
        let visits = visits::give(tx, duplicate, lead, None).await?;
        let moved = Moved {
            added: added.iter().map(|evidence| evidence.id.to_string()).collect(),
            withdrawn: withdrawn.iter().map(ToString::to_string).collect(),
            visits,
        };
        let merge = Merge {
            lead: lead.clone(),
            duplicate: duplicate.clone(),
            id: app.clock.name_at(*at),
            at: *at,
            account: caller.account.clone(),
            moved: serde_json::to_string(&moved).map_err(|_| Problem::new(Code::Internal))?,
            undone_at: None,
        };
        let households = household_moves::give(tx.conn().await?, duplicate, lead).await?;
        for member in &households {
            tx.later(household_moves::keep(&merge.id, member)).await?;
        }
        concern(tx, &households, *at).await?;
        tx.later(case_merges::add(&merge, forget_on(*at, retention::PERSON))).await?;
        let changed = self.both.finish(tx, "merged", duplicate, (&added, &withdrawals)).await?;
        Ok(Done { answer: Merged { id: merge.id }, changed })
    }
}

struct PartCases {
    both: Both,
    id: String,
}

impl Change for PartCases {
    type Answer = Merged;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<Merged>> {
        let Both { lead, at, .. } = &self.both;
        let merges = case_merges::of_person(tx.conn().await?, lead).await?;
        let merge = merges.into_iter().find(|merge| merge.id == self.id && merge.lead == *lead);
        let merge = merge
            .filter(|merge| merge.undone_at.is_none())
            .ok_or(Problem::new(Code::NotFound).field("id"))?;
        for person in [lead.min(&merge.duplicate), lead.max(&merge.duplicate)] {
            tx.lock_person(person.as_str()).await?;
        }
        let moved: Moved = serde_json::from_str(&merge.moved).map_err(|_| Problem::new(Code::Internal))?;
        let life = lives::of_person(tx.conn().await?, lead).await?;
        let facts = life.facts_at(*at).into_iter();
        let standing =
            facts.filter(|(_, _, withdrawn)| !withdrawn).map(|(evidence, _, _)| evidence.id.clone());
        let standing: Vec<_> = standing.filter(|id| moved.added.contains(&id.to_string())).collect();
        let withdrawals = self.both.withdrawals(&standing, lead)?;
        let life = lives::of_person(tx.conn().await?, &merge.duplicate).await?;
        let again = |id: &EvidenceId| moved.withdrawn.contains(&id.to_string());
        let returned = self.both.copies(&life, again, &merge.duplicate)?;
        visits::give(tx, lead, &merge.duplicate, Some(&moved.visits)).await?;
        let conn = tx.conn().await?;
        let households = household_moves::give_back(conn, &merge.id, &merge.duplicate, lead).await?;
        concern(tx, &households, *at).await?;
        tx.later(case_merges::undo(&merge, *at)).await?;
        let changed = self.both.finish(tx, "parted", &merge.duplicate, (&withdrawals, &returned)).await?;
        Ok(Done { answer: Merged { id: merge.id }, changed })
    }
}

/// Cases among those who share a roof with either of the two have another contact now.
async fn concern(tx: &mut Tx<'_>, given: &[Membership], at: Instant) -> Answer<()> {
    let households: BTreeSet<_> = given.iter().map(|member| &member.household).collect();
    for household in households {
        concerns_cases(tx, household, at).await?;
    }
    Ok(())
}

async fn both(app: &App, caller: &Caller, lead: &str, reason: &str) -> Answer<Both> {
    let (lead, reason) = (read_person(lead)?, read_reason(reason)?);
    reachable(app, caller, &lead).await?;
    Ok(Both { app: app.clone(), caller: caller.clone(), lead, reason, at: app.clock.now() })
}

/// Makes one case of two records.
#[utoipa::path(post, path = "/api/v1/cases/{person}/merges", tag = "officer", params(("person" = String, Path)), request_body = MergeRequest, responses((status = 201, body = Merged)))]
pub async fn merge_cases(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    key: OnceKey,
    Body(request): Body<MergeRequest>,
) -> Answer<(StatusCode, Json<Merged>)> {
    caller.may(Deed::MergeCases)?;
    let both = both(&app, &caller, &person, &request.reason).await?;
    let duplicate =
        read_person(&request.duplicate).map_err(|_| Problem::new(Code::NotFound).field("duplicate"))?;
    reachable(&app, &caller, &duplicate).await?;
    if duplicate == both.lead {
        let detail = "duplicate: another record than the lead";
        return Err(Problem::new(Code::Body).field("duplicate").detail(detail));
    }
    let change = MergeCases { both, duplicate };
    let request = (&person, &request);
    let merged = once(&app, &caller, key, "merge_cases", &request, change).await?;
    app.wake.notify_one();
    Ok((StatusCode::CREATED, Json(merged)))
}

/// Makes two records again of what was merged.
#[utoipa::path(post, path = "/api/v1/cases/{person}/partings", tag = "officer", params(("person" = String, Path)), request_body = PartRequest, responses((status = 201, body = Merged)))]
pub async fn part_cases(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    key: OnceKey,
    Body(request): Body<PartRequest>,
) -> Answer<(StatusCode, Json<Merged>)> {
    caller.may(Deed::PartCases)?;
    let both = both(&app, &caller, &person, &request.reason).await?;
    let change = PartCases { both, id: request.id.clone() };
    let request = (&person, &request);
    let parted = once(&app, &caller, key, "part_cases", &request, change).await?;
    app.wake.notify_one();
    Ok((StatusCode::CREATED, Json(parted)))
}
