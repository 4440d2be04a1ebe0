//! Hears what other servers changed, and tells the pages that hang on this one.

use super::hear::Hearing;
use crate::app::App;
use crate::problem::Answer;
use healthcode_core::time::Instant;

/// What has been passed on.
pub struct Relay(Hearing);

impl Relay {
    /// Passes on what is told from `at` on.
    pub fn new(at: Instant) -> Self {
        Self(Hearing::new(at))
    }

    /// Passes on what is new.
    pub async fn relay(&mut self, app: &App) -> Answer<()> {
        self.0.next(app).await?.iter().for_each(|person| app.changed(person));
        Ok(())
    }
}
