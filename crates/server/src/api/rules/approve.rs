//! A second officer approves a draft that was compared, and says from when until when it holds. From then on it cannot be
//! changed, only withdrawn.

use crate::app::App;
use crate::caller::Caller;
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::request::Body;
use crate::retention::{INSTALLATION, forget_on};
use axum::Json;
use axum::extract::{Path, State};
use healthcode_core::rule_set::RuleSet;
use healthcode_core::time::{Instant, Interval};
use healthcode_store::{Tx, rule_drafts, rule_sets};
use serde::{Deserialize, Serialize};

/// When it holds.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproveRequest {
    /// Its first instant; not in the past.
    from: String,
    /// The first instant at which it holds no more.
    until: String,
}

/// What will hold, and when.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct ApproveAnswer {
    rule_set: String,
    from: String,
    until: String,
}

struct Approve {
    caller: Caller,
    rules: RuleSet,
    body: String,
    at: Instant,
}

impl Change for Approve {
    type Answer = ApproveAnswer;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<ApproveAnswer>> {
        let (rules, at) = (&self.rules, self.at);
        let forget = forget_on(rules.in_force.until.max(at), INSTALLATION);
        rule_sets::adopt(tx.conn().await?, rules, &self.body, at, forget).await?;
        tx.later(rule_drafts::approved(&rules.name, rules.version, &self.caller.account, at)).await?;
        let show = |at: Instant| rules.zone.show(at).to_string();
        let (from, until) = (show(rules.in_force.from), show(rules.in_force.until));
        Ok(Done { answer: ApproveAnswer { rule_set: rules.id(), from, until }, changed: Vec::new() })
    }
}

fn read(text: &str, field: &'static str) -> Answer<Instant> {
    Instant::parse(text).map_err(|_| Problem::new(Code::DateForm).field(field))
}

/// Approves a draft.
#[utoipa::path(post, path = "/api/v1/rules/drafts/{name}/{version}/approval", tag = "officer", params(("name" = String, Path), ("version" = u32, Path)), request_body = ApproveRequest, responses((status = 200, body = ApproveAnswer)))]
pub async fn approve_rules(
    State(app): State<App>,
    caller: Caller,
    key: OnceKey,
    Path((name, version)): Path<(String, u32)>,
    Body(request): Body<ApproveRequest>,
) -> Answer<Json<ApproveAnswer>> {
    caller.may(Deed::ApproveRules)?;
    let (at, from, until) = (app.clock.now(), read(&request.from, "from")?, read(&request.until, "until")?);
    let in_force = Interval::new(from, until).ok_or(Problem::new(Code::DateForm).field("until"))?;
    let draft = super::named(&app, &name, version).await?;
    let said = (&name, version, &request);
    let rules = RuleSet::parse_adopted(&draft.body).map_err(|_| Problem::new(Code::Internal))?;
    let rules = rules.adopted(app.published().rules.authority(at), in_force);
    // What was approved before gets its answer again, whatever holds now.
    if draft.approved.is_none() {
        if draft.made.0 == caller.account {
            return Err(Code::SecondOfficer.into());
        }
        if draft.comparison.is_none() {
            return Err(Code::NotCompared.into());
        }
        if from < at {
            return Err(Problem::new(Code::DatePast).field("from"));
        }
    } else if crate::once::given::<ApproveAnswer>(&app, &caller, &key, "approve_rules", &said)
        .await?
        .is_none()
    {
        return Err(Code::EditionApproved.into());
    }
    let change = Approve { caller: caller.clone(), rules, body: draft.body, at };
    let answer = once(&app, &caller, key, "approve_rules", &said, change).await?;
    crate::jobs::reload::read_adopted(&app).await?;
    app.wake.notify_one();
    Ok(Json(answer))
}
