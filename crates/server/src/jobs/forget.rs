//! Deletes what is past its day.

use crate::app::App;
use crate::problem::{Answer, Problem};
use crate::retention::forget_on;
use healthcode_core::time::Day;
use healthcode_store::{Act, Tx, forget};

/// Rows deleted in one act.
const BATCH: i64 = 5_000;

struct ForgetBatch {
    table: (&'static str, &'static str),
    today: Day,
}

impl Act for ForgetBatch {
    type Out = u64;
    type Fault = Problem;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<u64> {
        Ok(forget::batch(tx.conn().await?, self.table, self.today, BATCH).await?)
    }
}

/// Deletes every row whose day has passed, in small batches.
pub async fn forget(app: &App) -> Answer<()> {
    let today = forget_on(app.clock.now(), 0);
    for table in forget::TABLES {
        loop {
            let deleted = app.store.write(ForgetBatch { table: *table, today }).await?;
            if deleted > 0 {
                tracing::info!(table = table.0, rows = deleted, "rows were forgotten");
            }
            if deleted < BATCH as u64 {
                break;
            }
        }
    }
    Ok(())
}
