//! What the server does by itself. Every job is a function that does what is due now and can be run at any time, twice
//! or by two servers at once; the loop here only calls them.

pub mod bundle;
pub mod forget;
mod hear;
pub mod keys;
pub mod notify;
pub mod pack;
pub mod publish;
pub mod reconcile;
mod redecide;
pub mod relay;
pub mod reload;
pub mod status;

use crate::app::App;
use crate::problem::Answer;
use std::time::Duration;

/// How long the jobs sleep when nothing wakes them.
const PAUSE: Duration = Duration::from_millis(250);
/// How long between looks at the adopted rule sets.
const RELOAD_PAUSE: Duration = Duration::from_secs(2);
/// How long between looks at the key file.
const KEYS_PAUSE: Duration = Duration::from_secs(1);
/// Pauses between looks at what is to be forgotten.
const FORGET_EVERY: u32 = 4 * 60 * 10;

/// Runs the jobs until the process ends.
pub async fn run(app: App) {
    let mut relay = relay::Relay::new(app.clock.now());
    let mut round: u32 = 0;
    tell("pack", pack::pack(&app).await);
    // Rules may have been adopted while no server ran.
    if let Err(problem) = reload::redecide_all(&app).await {
        tracing::error!(
            code = problem.code().word(),
            "not everyone was decided anew; reads decide for themselves"
        );
    }
    let quick = async {
        loop {
            once(&app, &mut relay, round).await;
            round = round.wrapping_add(1);
            // A wake-up shortens the wait; its loss only costs the pause.
            let _ = tokio::time::timeout(PAUSE, app.wake.notified()).await;
        }
    };
    // Deciding anew about a city takes its time; nothing else waits for it.
    let reload = async {
        loop {
            tell("reload", reload::reload(&app).await);
            tokio::time::sleep(RELOAD_PAUSE).await;
        }
    };
    // A mail server that does not answer keeps nobody else waiting.
    let notify = async {
        loop {
            tell("notify", notify::notify(&app).await);
            tokio::time::sleep(PAUSE).await;
        }
    };
    // A withdrawn key must not wait for anything.
    let keys = async {
        let mut seen = keys::Seen::default();
        loop {
            tell("keys", keys::reread(&app, &mut seen).await);
            tokio::time::sleep(KEYS_PAUSE).await;
        }
    };
    // Gates that stand alone are told within two seconds, also while a city is decided anew.
    let status = async {
        let mut publisher = status::Publisher::new(app.clock.now());
        loop {
            tell("bundle", bundle::publish(&app).await);
            tell("status", publisher.round(&app).await);
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::join!(quick, reload, notify, keys, status);
}

/// One round. A job that fails is tried again in the next one and keeps no other job waiting.
async fn once(app: &App, relay: &mut relay::Relay, round: u32) {
    tell("reconcile", reconcile::reconcile(app).await);
    tell("publish", publish::publish(app).await);
    tell("relay", relay.relay(app).await);
    if round.is_multiple_of(FORGET_EVERY) {
        tell("forget", forget::forget(app).await);
    }
}

fn tell(job: &'static str, done: Answer<()>) {
    if let Err(problem) = done {
        tracing::error!(job, code = problem.code().word(), "a job failed; it is tried again");
    }
}
