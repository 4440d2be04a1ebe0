//! A resident's page is told when its code changes.

use crate::app::{App, ChangeNotice};
use crate::caller::Caller;
use crate::permission::Deed;
use crate::problem::Answer;
use crate::recording::show;
use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::Stream;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// A stream of `changed` events; on each the page fetches its code again.
#[utoipa::path(get, path = "/api/v1/me/events", tag = "resident", responses((status = 200, content_type = "text/event-stream", body = String)))]
pub async fn watch(
    State(app): State<App>,
    caller: Caller,
) -> Answer<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    caller.may(Deed::Watch)?;
    let notices = app.watch();
    let person = caller.own_person(&app).await?;
    let stream =
        futures_util::stream::unfold((app, notices, person), |(app, mut notices, person)| async move {
            loop {
                match notices.recv().await {
                    Ok(ChangeNotice::Of(changed)) if changed == person => {}
                    Ok(ChangeNotice::All) => {}
                    // Fell behind: whether the page is concerned is not known, so it looks.
                    Err(RecvError::Lagged(_)) => {}
                    Ok(_) => continue,
                    Err(RecvError::Closed) => return None,
                }
                let at = show(&app, app.clock.now()).to_string();
                let event = Event::default().event("changed").data(format!(r#"{{"at":"{at}"}}"#));
                return Some((Ok(event), (app, notices, person)));
            }
        });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}
