//! Counters for operators. No personal datum can get in: labels are words of the program.

use crate::app::App;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::atomic::{AtomicU64, Ordering};

/// What has been served.
#[derive(Default)]
pub struct Counters {
    by_class: [AtomicU64; 5],
    notices: [AtomicU64; 2],
}

impl Counters {
    /// Counts a message that was tried.
    pub fn noticed(&self, sent: bool) {
        self.notices[usize::from(sent)].fetch_add(1, Ordering::Relaxed);
    }
}

/// Counts an answer by the class of its status.
pub async fn count(State(app): State<App>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let class = usize::from(response.status().as_u16() / 100).clamp(1, 5) - 1;
    app.counters.by_class[class].fetch_add(1, Ordering::Relaxed);
    response
}

/// The counters in the text format that metric collectors read.
pub async fn metrics(State(app): State<App>) -> String {
    let mut text = String::from("# HELP healthcode_responses_total Answers given, by class of status.\n");
    text.push_str("# TYPE healthcode_responses_total counter\n");
    for (class, count) in app.counters.by_class.iter().enumerate() {
        let (class, count) = (class + 1, count.load(Ordering::Relaxed));
        text.push_str(&format!("healthcode_responses_total{{class=\"{class}xx\"}} {count}\n"));
    }
    text.push_str("# HELP healthcode_notices_total Tries to tell somebody of a change, by outcome.\n");
    text.push_str("# TYPE healthcode_notices_total counter\n");
    for (outcome, count) in ["failed", "sent"].iter().zip(&app.counters.notices) {
        let count = count.load(Ordering::Relaxed);
        text.push_str(&format!("healthcode_notices_total{{outcome=\"{outcome}\"}} {count}\n"));
    }
    text
}
