//! A resident's page is told when her code changes, or that of somebody she answers for.

use crate::acting::everyone;
use crate::app::{App, ChangeNotice};
use crate::caller::Caller;
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::recording::show;
use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::Stream;
use healthcode_core::ids::PersonId;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// A page that is open.
struct Watching {
    app: App,
    caller: Caller,
    notices: Receiver<ChangeNotice>,
    /// Whom it shows: the caller, and those she answers for now.
    people: Vec<PersonId>,
}

impl Watching {
    async fn read_people(&mut self) -> Answer<()> {
        let acting = everyone(&self.app, &self.caller).await?;
        self.people = acting.into_iter().map(|acting| acting.person).collect();
        Ok(())
    }

    /// Waits for the next change that concerns the page; `None` when the page had better begin again.
    async fn next(&mut self) -> Option<Event> {
        let changed = loop {
            match self.notices.recv().await {
                Ok(ChangeNotice::Of(changed)) if self.people.contains(&changed) => break Some(changed),
                Ok(ChangeNotice::Of(_)) => {}
                // Fell behind: whether the page is concerned is not known, so it looks.
                Ok(ChangeNotice::All) | Err(RecvError::Lagged(_)) => break None,
                Err(RecvError::Closed) => return None,
            }
        };
        // Whom she answers for may be what changed; the next notice is of those alone.
        self.read_people().await.ok()?;
        let at = show(&self.app, self.app.clock.now()).to_string();
        let person = changed.map_or(String::new(), |person| format!(r#","person":"{person}""#));
        Some(Event::default().event("changed").data(format!(r#"{{"at":"{at}"{person}}}"#)))
    }
}

/// A stream of `changed` events with the server's time `at` and the `person` concerned, oneself or somebody whom one
/// answers for; without a person, everyone may be. On each the page fetches that code again.
#[utoipa::path(get, path = "/api/v1/me/events", tag = "resident", responses((status = 200, content_type = "text/event-stream", body = String)))]
pub async fn watch(
    State(app): State<App>,
    caller: Caller,
) -> Answer<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    caller.may(Deed::Watch)?;
    let notices = app.watch();
    let mut watching = Watching { app, caller, notices, people: Vec::new() };
    watching.read_people().await?;
    if watching.people.is_empty() {
        return Err(Problem::new(Code::NotDeclared));
    }
    let stream = futures_util::stream::unfold(watching, |mut watching| async move {
        let event = watching.next().await?;
        Some((Ok(event), watching))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}
