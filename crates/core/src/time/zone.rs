//! Time zones, and instants written with an offset.

use super::{DAY_SECONDS, Day, Instant, SECOND, YEAR_1900, YEAR_2200};
use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};
use std::fmt;

/// An IANA time zone with its changes of offset laid out for quick look-up, 1900 to 2199.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    name: Box<str>,
    /// (first second it holds, seconds east of UTC), ascending; the first entry reaches back for ever.
    offsets: Vec<(i64, i32)>,
}

/// A name that is no IANA time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an IANA time zone; write a name such as Asia/Shanghai")]
pub struct ZoneFault(pub String);

impl Zone {
    /// Looks the name up in the compiled-in time zone data.
    pub fn new(name: &str) -> Result<Self, ZoneFault> {
        let fault = || ZoneFault(name.chars().take(40).collect());
        let zone = TimeZone::get(name).map_err(|_| fault())?;
        let start = jiff::Timestamp::from_second(YEAR_1900).map_err(|_| fault())?;
        let mut offsets = vec![(i64::MIN, zone.to_offset(start).seconds())];
        for change in zone.following(start) {
            let at = change.timestamp().as_second();
            if at >= YEAR_2200 {
                break;
            }
            offsets.push((at, change.offset().seconds()));
        }
        offsets.dedup_by_key(|(_, offset)| *offset);
        Ok(Self { name: name.into(), offsets })
    }

    /// The IANA name.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn offset_at(&self, seconds: i64) -> i64 {
        let last = self.offsets[self.offsets.len() - 1];
        if seconds >= last.0 {
            return i64::from(last.1);
        }
        let index = self.offsets.partition_point(|(from, _)| *from <= seconds) - 1;
        i64::from(self.offsets[index].1)
    }

    /// The civil day on which `at` falls here.
    pub fn day_of(&self, at: Instant) -> Day {
        let seconds = at.seconds();
        Day((seconds + self.offset_at(seconds)).div_euclid(DAY_SECONDS) as i32)
    }

    /// The first instant of a civil day here; where a change of offset skips midnight, the instant of the change.
    pub fn start_of(&self, day: Day) -> Instant {
        let local = i64::from(day.0) * DAY_SECONDS;
        let before = local - self.offset_at(local - DAY_SECONDS);
        let after = local - self.offset_at(local + DAY_SECONDS);
        let (early, late) = (before.min(after), before.max(after));
        for candidate in [early, late] {
            if candidate + self.offset_at(candidate) == local {
                return Instant::from_seconds(candidate);
            }
        }
        let index = self.offsets.partition_point(|(from, _)| *from <= early);
        Instant::from_seconds(self.offsets.get(index).map_or(early, |(from, _)| *from))
    }

    /// RFC 3339 with this zone's offset at that instant.
    pub fn show(&self, at: Instant) -> Shown {
        Shown { at, offset: self.offset_at(at.seconds()) }
    }
}

/// An instant written with an offset of its own; made by [`Zone::show`].
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    at: Instant,
    offset: i64,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_rfc3339(f, self.at, self.offset)
    }
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

pub(super) fn write_rfc3339(f: &mut fmt::Formatter<'_>, at: Instant, offset: i64) -> fmt::Result {
    let local = at.seconds() + offset;
    let day = Day(local.div_euclid(DAY_SECONDS) as i32);
    let second = local.rem_euclid(DAY_SECONDS);
    write!(f, "{day}T{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)?;
    match at.0.rem_euclid(SECOND) {
        0 => {}
        micros if micros % 1000 == 0 => write!(f, ".{:03}", micros / 1000)?,
        micros => write!(f, ".{micros:06}")?,
    }
    if offset == 0 {
        return f.write_str("Z");
    }
    let sign = if offset < 0 { '-' } else { '+' };
    write!(f, "{sign}{:02}:{:02}", offset.abs() / 3600, offset.abs() / 60 % 60)
}
