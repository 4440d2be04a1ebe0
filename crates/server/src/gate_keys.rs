//! The keys under which the status files of a day are encrypted; made when first needed, and known to enrolled gates.

use crate::app::App;
use crate::issuing::day_of;
use crate::problem::{Answer, Code, Problem};
use crate::retention::{self, forget_on};
use healthcode_core::time::{Day, Instant};
use healthcode_credential::status::seal::DayKey;
use healthcode_store::{Act, Tx, status};

/// Days before and after today whose keys a gate is given.
const DAYS: std::ops::RangeInclusive<i32> = -1..=2;

struct MakeKey {
    app: App,
    day: Day,
    at: Instant,
}

impl Act for MakeKey {
    type Out = ();
    type Fault = Problem;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<()> {
        let forget = forget_on(self.at, retention::STATUS_FILE);
        let key = status::add_day_key(self.app.store.seal(), self.day, &self.app.clock.bytes(), forget)?;
        Ok(tx.later(key).await?)
    }
}

/// The key of a day.
pub(crate) async fn key_of(app: &App, day: Day, at: Instant) -> Answer<DayKey> {
    for _ in 0..2 {
        let mut conn = app.store.reader().await?;
        if let Some(secret) = status::day_key(&mut conn, app.store.seal(), day).await? {
            return Ok(DayKey { day, secret });
        }
        drop(conn);
        app.store.write(MakeKey { app: app.clone(), day, at }).await?;
    }
    Err(Problem::new(Code::Internal))
}

/// The keys of yesterday, today, and the next two days.
pub(crate) async fn keys_around(app: &App, at: Instant) -> Answer<Vec<DayKey>> {
    let today = day_of(app, at);
    let mut keys = Vec::new();
    for offset in DAYS {
        keys.push(key_of(app, Day(today.0 + offset), at).await?);
    }
    Ok(keys)
}
