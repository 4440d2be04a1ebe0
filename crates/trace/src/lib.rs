//! Visits to exposures: who was together with a case, where, from when to when and for how long. Pure: bytes,
//! instants and policies in, values out. A case is a person id and an interval here; nothing in this crate
//! knows an illness, a test or a name.
//!
//! **Together** means: two people's visits at one place overlap, inside the infectious window of one of them.
//! Visits are half-open, so people who pass each other in the door were not together. Overlapping or touching
//! visits of one person at one place are one visit. A person is no contact of himself.
//!
//! Whether being together makes a **contact** is data: a [`Policy`] asks for a minimum, either summed within
//! some hours over all places (time in two places at once counts once) or in one unbroken overlap, and may have rules
//! of its own for kinds of places: households, dates in place of times, [`Seat`]s on vehicles. All comparisons are in
//! whole microseconds; nothing is rounded but the minutes that are shown.
//!
//! Reading order: [`visit`](Visit), [`policy`](Policy), `together` (the overlaps of one case), `contacts` (which
//! of them count), [`exposure`](wanted_exposures), [`second_ring`] and [`Choice`] for the server and [`run()`] for
//! files; [`city`] is the index of many days in bytes; [`retention`] says when a visit is forgotten.

mod blocks;
mod choice;
pub mod city;
mod contacts;
mod exposure;
mod fault;
mod index;
mod marks;
mod names;
mod near;
mod parts;
mod people;
mod policy;
mod policy_fault;
mod policy_file;
mod policy_reader;
mod presets;
mod qualify;
pub mod retention;
mod ring;
mod rings;
mod rows;
mod run;
mod seat;
mod second_ring;
mod shared;
mod stamp;
mod together;
mod visit;
mod window;
mod written;

pub use choice::{CappedExposures, Choice, Choices, Narrow, Offer, counts};
pub use contacts::CappedPlace;
pub use exposure::{Wanted, WantedExposure, wanted_exposures};
pub use fault::{FieldFault, LineFault, Table, TraceFault};
pub use near::{Near, Nearness};
pub use policy::{KindRule, Level, Mode, Policy, SecondRing};
pub use policy_fault::{PolicyFault, PolicyFaults};
pub use run::{Summary, run};
pub use seat::{Seat, SeatFault};
pub use second_ring::{CloseContact, close_contacts, second_ring};
pub use shared::{SharedTime, shared_times};
pub use visit::{Grade, Visit, Way};
pub use window::Anchor;
