//! What the status tables say of a pass: its holder's colour, or that nothing is decided.

use crate::app::App;
use crate::problem::Answer;
use crate::rules_in_force::SCHEME;
use healthcode_core::decision::Colour;
use healthcode_core::time::{Day, Instant};
use healthcode_credential::bearer::StatusReference;
use healthcode_credential::status::table::Status;
use healthcode_store::at_gate::AtGate;
use healthcode_store::passes;

/// Places read at once.
const BATCH: i64 = 10_000;

/// What the tables say of a pass. One that was withdrawn, and one of somebody whose document was never compared, makes a
/// gate ask, whatever the colour.
pub(crate) fn status_of(is_withdrawn: bool, holder: Option<&AtGate>) -> Status {
    let decided = holder.filter(|holder| holder.person.active).and_then(|holder| holder.decided.as_ref());
    match decided.filter(|_| !is_withdrawn).map(|decided| decided.colour) {
        Some(Colour::Green) => Status::Green,
        Some(Colour::Yellow) => Status::Yellow,
        Some(Colour::Red) => Status::Red,
        Some(Colour::Pending) | None => Status::Undecided,
    }
}

/// Every pass that may still be good and is not green.
pub(crate) async fn statuses_not_green(app: &App, at: Instant) -> Answer<Vec<(StatusReference, Status)>> {
    let mut found = Vec::new();
    let mut after = (Day(i32::MIN), -1);
    loop {
        let mut conn = app.store.reader().await?;
        let places = passes::places_not_green(&mut conn, SCHEME, at, after, BATCH).await?;
        drop(conn);
        let Some((last, ..)) = places.last() else { return Ok(found) };
        after = (last.issue_day, i64::from(last.status_index));
        for (place, is_active, colour) in places {
            let colour = colour.filter(|_| is_active && !place.is_withdrawn);
            let status = match colour.as_deref().and_then(Colour::from_word) {
                Some(Colour::Green) => Status::Green,
                Some(Colour::Yellow) => Status::Yellow,
                Some(Colour::Red) => Status::Red,
                Some(Colour::Pending) | None => Status::Undecided,
            };
            found.push((StatusReference { day: place.issue_day, index: place.status_index }, status));
        }
    }
}
