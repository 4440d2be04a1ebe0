//! What counts as a contact, as data: an officer brings in a definition, sees whom it would concern, another officer
//! approves it. From then on every case under way is traced anew by it.

pub mod approve;
pub mod bring_in;
pub mod list;
pub mod preview;

use serde::{Deserialize, Serialize};

/// What was brought in.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct BroughtIn {
    id: String,
    name: String,
}
