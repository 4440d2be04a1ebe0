//! Deletes what is past its day: visits by the day as a whole, everything else row by row. Opens the days of visits to
//! come, too, since a day takes the place of one that was forgotten.

use crate::app::App;
use crate::problem::{Answer, Problem};
use crate::retention::forget_on;
use crate::visiting::{self, kept_days};
use healthcode_core::time::Day;
use healthcode_store::{Act, Tx, forget, visit_days};

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

/// Empties the slot of a day of visits.
struct ForgetVisits {
    day: Day,
    today: Day,
}

impl Act for ForgetVisits {
    type Out = bool;
    type Fault = Problem;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<bool> {
        Ok(visit_days::forget(tx, self.day, self.today).await?)
    }
}

/// Makes room for visits of every day that is kept.
struct OpenDays {
    today: Day,
}

impl Act for OpenDays {
    type Out = ();
    type Fault = Problem;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<()> {
        let days = kept_days(self.today);
        for day in (days.start().0..=days.end().0).map(Day) {
            if !visiting::open_day(tx, day, self.today).await? {
                tracing::error!(day = day.0, "there is no room for the visits of a day");
            }
        }
        Ok(())
    }
}

/// Forgets the days of visits that are past theirs, and makes room for those to come.
pub async fn turn_days(app: &App) -> Answer<()> {
    let today = forget_on(app.clock.now(), 0);
    for day in visit_days::past(&mut *app.store.reader().await?, today).await? {
        if app.store.write(ForgetVisits { day, today }).await? {
            tracing::info!(day = day.0, "the visits of a day were forgotten");
        }
    }
    app.store.write(OpenDays { today }).await?;
    app.days_are_open(kept_days(today));
    Ok(())
}

/// Deletes every row whose day has passed, in small batches.
pub async fn forget(app: &App) -> Answer<()> {
    turn_days(app).await?;
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
