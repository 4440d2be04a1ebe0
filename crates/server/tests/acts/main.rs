//! The acts of the interface one by one: what each refuses, what it leaves behind, and what it never says.
#![allow(clippy::unwrap_used, missing_docs)]

mod activation;
mod areas;
mod audits;
mod caches;
mod cases;
mod dependants;
mod doubted;
mod editions;
mod evidence;
mod gate_alone;
mod identity;
mod idle;
mod keys;
mod notices;
mod once;
mod problems;
mod quarantine;
mod refusals;
mod rules;
mod scans;
mod sessions;
mod tracing;
mod watched;
mod why;
