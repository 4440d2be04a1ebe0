//! The description of the API is a promise: every change of it is seen in review.
#![allow(clippy::unwrap_used, missing_docs)]

mod snapshot;

use healthcode_server::router::description;

#[test]
fn the_description_of_the_api_changes_only_on_purpose() {
    let text = serde_json::to_string_pretty(&description()).unwrap() + "\n";
    snapshot::compare("openapi.json", &text);
}
