//! Hears whose decision or code changed, whichever server changed it.

use crate::app::App;
use crate::problem::Answer;
use healthcode_core::ids::PersonId;
use healthcode_core::time::Instant;
use healthcode_store::outbox;
use std::collections::HashSet;

/// Servers' commits may become visible this much later than their notices are dated.
const SLACK_SECONDS: i64 = 10;
/// Notices read at once.
const MOST: i64 = 5_000;

/// What has been heard.
pub struct Hearing {
    from: Instant,
    heard: HashSet<String>,
}

impl Hearing {
    /// Hears what is told from `at` on.
    pub fn new(at: Instant) -> Self {
        Self { from: at, heard: HashSet::new() }
    }

    /// Whom something new was told of, in the order in which it was told; one who is named twice changed twice.
    pub async fn next(&mut self, app: &App) -> Answer<Vec<PersonId>> {
        let told = outbox::since(&mut *app.store.reader().await?, self.from, MOST).await?;
        let news = told.iter().filter(|(_, id, _)| self.heard.insert(id.clone()));
        let people = news.map(|(_, _, person)| person.clone()).collect();
        if let Some((last, _, _)) = told.last() {
            let from = last.plus_seconds(-SLACK_SECONDS).max(self.from);
            // When a whole page lies within the slack there is more to hear now, not later.
            self.from = if told.len() as i64 == MOST && from == self.from { *last } else { from };
            let recent: HashSet<_> =
                told.iter().filter(|(at, ..)| *at >= self.from).map(|(_, id, _)| id.clone()).collect();
            self.heard.retain(|id| recent.contains(id));
        }
        Ok(people)
    }
}
