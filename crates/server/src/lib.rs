//! The only HTTP server, the only clock and the only chance.
//!
//! Reading order: [`config`] and [`keys`] are what it starts from, [`app`] what every request shares, [`router`] the
//! whole API on one screen, [`permission`] who may do what. Then one fact round the loop:
//! [`api::declare`] → [`rules_in_force`] → [`api::show_code`] → [`api::scan`] → [`jobs::reconcile`] → `tracing_run` → evidence.

mod acting;
pub mod api;
pub mod app;
pub mod caller;
pub mod clock;
pub mod comparison;
pub mod config;
mod description;
mod doubting;
mod duties;
mod gate_keys;
mod householding;
mod issuing;
pub mod jobs;
pub mod keys;
mod letter;
pub mod looking;
pub mod notify;
pub mod once;
pub mod permission;
mod place_code;
mod place_name;
pub mod problem;
mod reach;
pub mod recording;
mod reporting;
pub mod request;
pub mod retention;
pub mod root_key;
pub mod router;
pub mod rules_in_force;
pub mod scanned;
mod seats;
pub mod start;
mod status_of;
mod supervised;
pub mod telemetry;
pub mod tls;
mod tracing_run;
pub mod visiting;
mod watching;
pub mod web;
