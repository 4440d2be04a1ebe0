//! Co-presence at the size of a city: visits of one day in sorted bytes, and who was with whom over many days.
//!
//! People and places are numbers here, given by whoever keeps the files; times are whole seconds. A stay that
//! lasts over a midnight (of UTC) is kept as one part a day. The parts touch, and touching visits of one person at
//! one place are one visit, so nothing is lost; and no question about one day has to look into another.
//!
//! - [`DayVisit`]: a part of a stay. [`write_batch`], [`read_batches`]: the append-only home of a day, the truth.
//! - [`DayIndex`]: the visits of a day, or of a part of it, sorted by place and by person, eight bytes each beside
//!   the lists of those who were there. Derived: it may be deleted and made again.
//! - [`Presence`]: any number of indexes, and the questions: who was with this person, and the second ring.

mod build;
mod contacts;
mod crowds;
mod day_index;
mod day_visit;
mod home;
mod keys;
mod kind;
mod pages;
mod presence;
mod second_ring;
mod seek;
mod shape;
mod stays;
mod sums;
mod together;

pub use contacts::{CityContact, contacts_among};
pub use day_index::DayIndex;
pub use day_visit::{DAY_SECONDS, DayVisit, MOST_NUMBERS, MOST_STAY_DAYS, StayFault, each_day};
pub use home::{MOST_IN_BATCH, RECORD_BYTES, read_batches, write_batch};
pub use pages::Damaged;
pub use presence::{Asked, CityContacts, Presence};
pub use second_ring::Secondary;
