//! Visits of a city in a folder of files.
//!
//! | file | what | if it is lost |
//! |---|---|---|
//! | `DAY.home` | the visits of a day of UTC in the order they came, appended; the truth | the day's visits are lost |
//! | `DAY.index` | the same, sorted by place and by person | it is made again |
//! | `lock` | held by the one process that writes | made again |
//!
//! `DAY` is days since 1970-01-01. What [`Visits::append`] has acknowledged is on disk. Forgetting a day removes its
//! two files. Reading is done by [`Presence`], over files that are mapped into memory: opening a folder
//! reads only what came after the last index, and memory holds only the pages that questions looked at.
//!
//! The rules of tracing and the form of the bytes are in `healthcode-trace`, which knows no files.

mod day;
mod fault;
mod folder;
mod map;

pub use fault::VisitsFault;
pub use folder::{CityVisit, Recovered, Visits};
pub use healthcode_trace::city::Presence;
pub use map::Bytes;
