//! What the platform exists for, and nothing else: evidence about people, rules written as data, and the one
//! function that turns both into a decision. Pure: no clock, no chance, no files, no network, no SQL.
//!
//! Reading order, once round the loop:
//!
//! 1. [`ids`], [`time`], [`region`], [`personal`]: the small types everything is written in.
//! 2. [`evidence`]: one recorded fact about a person; [`life`]: all of a person's facts, in order and checked.
//! 3. [`rule_set`]: versioned, dated rules as data; [`case`]: the examples that stand beside them.
//! 4. [`decide`]: rules, evidence and an instant give a [`decision`]; [`replay`]: the same over time.

pub mod ids;
pub mod time;
