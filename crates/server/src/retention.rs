//! How long each kind of record is kept, in days. One table, so that it can be read and argued about; the pages say
//! the same. Sources: 28 days of visits cover two incubation periods of 14 days; seven days of idempotency keys are
//! the contract's; the others are this project's choice, listed in docs/retention.md.

use healthcode_core::time::{Day, Instant};

/// Visits.
pub const VISIT: i32 = 28;
/// Evidence, decisions and everything about a person, from the last time something was recorded.
pub const PERSON: i32 = 365;
/// The record of looks at a person.
pub const LOOK: i32 = 180;
/// Reports that were not counted.
pub const FLAG: i32 = 90;
/// Answers kept for repeated requests.
pub const ANSWER: i32 = 7;
/// Passes, beyond their end: as long as a gate may deliver a scan that it made alone.
pub const PASS: i32 = 7;
/// Status files, and the keys under which they are encrypted.
pub const STATUS_FILE: i32 = 4;
/// Trust bundles, from their publication.
pub const BUNDLE: i32 = 90;
/// Sessions of residents.
pub const DEVICE_SESSION: i32 = 180;
/// Sessions of staff.
pub const STAFF_SESSION: i32 = 1;
/// Notices to other servers and live pages.
pub const NOTICE: i32 = 1;
/// Messages that could not be sent.
pub const MESSAGE: i32 = 3;
/// Collection points, grants, rule sets.
pub const INSTALLATION: i32 = 5 * 365;

/// The day (of UTC) on which a record made at `at` and kept for `days` is forgotten.
pub fn forget_on(at: Instant, days: i32) -> Day {
    Day((at.seconds().div_euclid(86_400)) as i32 + days)
}
