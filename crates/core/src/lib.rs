//! What the platform exists for, and nothing else: evidence about people, rules written as data, and the one
//! function that turns both into a decision. Pure: no clock, no chance, no files, no network, no SQL.
//!
//! Reading order, once round the loop:
//!
//! 1. [`ids`], [`time`], [`region`], [`region_table`], [`personal`]: the small types everything is written in.
//! 2. [`evidence`]: one recorded [`fact`] about a person; [`life`]: all of a person's evidence, in order and checked.
//! 3. [`rule_set`]: versioned, dated rules as data, written with [`condition`]s; [`case`]: the examples beside them.
//! 4. [`decide`]: rules, a life and an instant give a [`decision`]; `fold` is its heart.
//! 5. [`replay`]: decisions over time; [`audit`]: the automatic check of a declaration; [`supervision`]: the days of an
//!    order of isolation.

pub mod audit;
pub mod case;
pub mod comparison;
pub mod condition;
pub mod decide;
pub mod decision;
pub mod evidence;
pub mod fact;
mod fold;
pub mod ids;
pub mod life;
pub mod packed;
pub mod personal;
pub mod region;
pub mod region_table;
pub mod replay;
pub mod rule_set;
pub mod step;
pub mod supervision;
pub mod time;
pub mod trial;
pub mod why_not;
