//! What the server does by itself. Every job is a function that does what is due now and can be run at any time, twice
//! or by two servers at once; the loop here only calls them.

pub mod forget;
pub mod publish;
pub mod reconcile;
pub mod relay;
pub mod reload;

use crate::app::App;
use crate::problem::Answer;
use std::time::Duration;

/// How long the jobs sleep when nothing wakes them.
const PAUSE: Duration = Duration::from_millis(250);
/// Pauses between looks at the adopted rule sets and at what is to be forgotten.
const RELOAD_EVERY: u32 = 8;
const FORGET_EVERY: u32 = 4 * 60 * 10;

/// Runs the jobs until the process ends.
pub async fn run(app: App) {
    let mut relay = relay::Relay::new(app.clock.now());
    let mut round: u32 = 0;
    // Rules may have been adopted while no server ran.
    if let Err(problem) = reload::redecide_all(&app).await {
        tracing::error!(
            code = problem.code().word(),
            "not everyone was decided anew; reads decide for themselves"
        );
    }
    loop {
        if let Err(problem) = once(&app, &mut relay, round).await {
            tracing::error!(code = problem.code().word(), "a job failed; it is tried again");
        }
        round = round.wrapping_add(1);
        // A wake-up shortens the wait; its loss only costs the pause.
        let _ = tokio::time::timeout(PAUSE, app.wake.notified()).await;
    }
}

async fn once(app: &App, relay: &mut relay::Relay, round: u32) -> Answer<()> {
    if round.is_multiple_of(RELOAD_EVERY) {
        reload::reload(app).await?;
    }
    reconcile::reconcile(app).await?;
    publish::publish(app).await?;
    relay.relay(app).await?;
    if round.is_multiple_of(FORGET_EVERY) {
        forget::forget(app).await?;
    }
    Ok(())
}
