//! An officer takes an edition back: from that instant the one before it holds again, if it has not ended. This needs no
//! second officer, since it is done when something went wrong.

use crate::app::App;
use crate::caller::Caller;
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use axum::Json;
use axum::extract::{Path, State};
use healthcode_core::time::Instant;
use healthcode_store::{Tx, rule_sets};
use serde::{Deserialize, Serialize};

/// What was withdrawn.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct WithdrawAnswer {
    rule_set: String,
}

struct Withdraw {
    name: String,
    version: u32,
    at: Instant,
}

impl Change for Withdraw {
    type Answer = WithdrawAnswer;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<WithdrawAnswer>> {
        if !rule_sets::withdraw(tx.conn().await?, &self.name, self.version, self.at).await? {
            return Err(Problem::new(Code::NotFound));
        }
        let rule_set = format!("{}@{}", self.name, self.version);
        Ok(Done { answer: WithdrawAnswer { rule_set }, changed: Vec::new() })
    }
}

/// Withdraws an edition.
#[utoipa::path(post, path = "/api/v1/rules/{name}/{version}/withdrawal", tag = "officer", params(("name" = String, Path), ("version" = u32, Path)), responses((status = 200, body = WithdrawAnswer)))]
pub async fn withdraw_rules(
    State(app): State<App>,
    caller: Caller,
    key: OnceKey,
    Path((name, version)): Path<(String, u32)>,
) -> Answer<Json<WithdrawAnswer>> {
    caller.may(Deed::WithdrawRules)?;
    let said = (&name, version);
    let change = Withdraw { name: name.clone(), version, at: app.clock.now() };
    let answer = once(&app, &caller, key, "withdraw_rules", &said, change).await?;
    crate::jobs::reload::read_adopted(&app).await?;
    app.wake.notify_one();
    Ok(Json(answer))
}
