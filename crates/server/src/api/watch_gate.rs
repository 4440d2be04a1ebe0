//! A connected gate is told of status files as they are made: a number for each delta, and the urgent ones whole.

use crate::app::{App, StatusNotice};
use crate::caller::Caller;
use crate::permission::Deed;
use crate::problem::Answer;
use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use futures_util::Stream;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// A stream of `status` events with the number of the newest delta, and of `urgent` events with an urgent status file in
/// base64url. Whoever fell behind is told nothing of what was missed: the next delta says it again.
#[utoipa::path(get, path = "/api/v1/gate/events", tag = "checker", responses((status = 200, content_type = "text/event-stream", body = String)))]
pub async fn watch_gate(
    State(app): State<App>,
    caller: Caller,
) -> Answer<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    caller.may(Deed::WatchGate)?;
    let stream = futures_util::stream::unfold(app.urgent.subscribe(), |mut notices| async move {
        loop {
            let event = match notices.recv().await {
                Ok(StatusNotice::Number(number)) => {
                    Event::default().event("status").data(format!(r#"{{"number":{number}}}"#))
                }
                Ok(StatusNotice::Urgent(file)) => {
                    Event::default().event("urgent").data(BASE64_URL_SAFE_NO_PAD.encode(&*file))
                }
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return None,
            };
            return Some((Ok(event), notices));
        }
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}
