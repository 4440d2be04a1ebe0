//! Publishes the changes that time alone has brought. They are true for every reader at their instant anyway, since a
//! read past it decides again; this tells pages and other servers.

use super::redecide::{BATCH, Batches, redecide_many};
use crate::app::App;
use crate::problem::Answer;
use healthcode_core::ids::PersonId;
use healthcode_core::time::Instant;
use healthcode_store::decisions;

/// Everyone whose decision was due to change at `at`, after a cursor.
struct Due {
    at: Instant,
    after: (Instant, String),
}

impl Batches for Due {
    async fn next(&mut self, app: &App) -> Answer<Vec<PersonId>> {
        let mut conn = app.store.reader().await?;
        let due = decisions::due(&mut conn, self.at, (self.after.0, &self.after.1), BATCH).await?;
        if let Some((then, person)) = due.last() {
            self.after = (*then, person.to_string());
        }
        Ok(due.into_iter().map(|(_, person)| person).collect())
    }
}

/// Decides anew about everyone whose decision is due to change.
pub async fn publish(app: &App) -> Answer<()> {
    let due = Due { at: app.clock.now(), after: (Instant::MIN, String::new()) };
    redecide_many(app, due).await
}
