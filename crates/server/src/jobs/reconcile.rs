//! Traces every case that something happened to: the exposures that cases, visits and the contact definition call for are
//! computed again, and what stands as evidence is made equal to them.

use crate::app::App;
use crate::problem::{Answer, Problem};
use crate::tracing_run;
use healthcode_core::time::Instant;
use healthcode_store::queue::{self, RECONCILE, Work};
use healthcode_store::{Act, Tx, settings};

/// Seconds that a server may work on a case before another one may take over.
const LEASE_SECONDS: i64 = 120;
/// Cases claimed at once.
const CASES: i64 = 4;

/// Reconciles every case that something happened to.
pub async fn reconcile(app: &App) -> Answer<()> {
    let mut worked = false;
    while queue::is_due(&mut *app.store.reader().await?, RECONCILE, app.clock.now()).await? {
        let claimed = app.store.write(Claim { at: app.clock.now() }).await?;
        if claimed.is_empty() {
            break;
        }
        for work in claimed {
            tracing_run::run(app, &work.key).await?;
            app.store.write(Finish { work, at: app.clock.now() }).await?;
            worked = true;
        }
    }
    if worked {
        tracing::debug!("exposures were reconciled");
    }
    Ok(())
}

struct Claim {
    at: Instant,
}

impl Act for Claim {
    type Out = Vec<Work>;
    type Fault = Problem;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Vec<Work>> {
        Ok(queue::claim(tx.conn().await?, RECONCILE, self.at, self.at.plus_seconds(LEASE_SECONDS), CASES)
            .await?)
    }
}

struct Finish {
    work: Work,
    at: Instant,
}

impl Act for Finish {
    type Out = ();
    type Fault = Problem;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<()> {
        tx.later(settings::put(settings::RECONCILED_AT, &self.at.micros().to_string())).await?;
        Ok(queue::finish(tx.conn().await?, RECONCILE, &self.work).await?)
    }
}
