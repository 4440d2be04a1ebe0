//! Instants, civil days and half-open intervals. Time is always an argument: nothing here reads a clock.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

mod day;
#[cfg(test)]
mod tests;
mod zone;

pub use day::Day;
use zone::write_rfc3339;
pub use zone::{Shown, Zone, ZoneFault};

/// Microseconds in a second.
const SECOND: i64 = 1_000_000;
/// Seconds in a civil day without a change of offset.
const DAY_SECONDS: i64 = 86_400;

/// 1900-01-01T00:00:00Z and 2200-01-01T00:00:00Z, the span that is read.
const YEAR_1900: i64 = -2_208_988_800;
const YEAR_2200: i64 = 7_258_118_400;

/// A point in time: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(i64);

/// Why a text is no instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a time; write RFC 3339 with an offset, such as 2020-02-11T09:00:00+08:00")]
pub struct TimeFault {
    /// What was found, at most 40 characters of it.
    pub text: String,
}

impl Instant {
    /// Before every instant that is read.
    pub const MIN: Self = Self(i64::MIN);

    /// From microseconds since 1970-01-01T00:00:00Z.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From whole seconds since 1970-01-01T00:00:00Z.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds * SECOND)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(SECOND)
    }

    /// The instant `seconds` later (earlier when negative).
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0 + seconds * SECOND)
    }

    /// The instant `days` times 24 hours later; for civil days use [`Zone`].
    pub const fn plus_days_of_24h(self, days: i64) -> Self {
        self.plus_seconds(days * DAY_SECONDS)
    }

    /// Reads RFC 3339 with an offset (`Z` or `+08:00`); years 1900 to 2199.
    ///
    /// ```
    /// use healthcode_core::time::Instant;
    /// assert!(Instant::parse("2020-02-11T09:00:00+08:00").is_ok());
    /// assert!(Instant::parse("2020-02-11T09:00:00").is_err(), "a time without an offset is no instant");
    /// ```
    pub fn parse(text: &str) -> Result<Self, TimeFault> {
        let fault = || TimeFault { text: text.chars().take(40).collect() };
        if !is_rfc3339_shape(text) {
            return Err(fault());
        }
        let instant = text.parse::<jiff::Timestamp>().map_err(|_| fault())?;
        if !(YEAR_1900..YEAR_2200).contains(&instant.as_second()) {
            return Err(fault());
        }
        Ok(Self(instant.as_microsecond()))
    }
}

/// `jiff` reads more than RFC 3339 (week dates, bracketed zones, missing seconds), so the shape is checked first.
fn is_rfc3339_shape(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits =
        |range: std::ops::Range<usize>| bytes.get(range).is_some_and(|b| b.iter().all(u8::is_ascii_digit));
    let is = |at: usize, any: &[u8]| bytes.get(at).is_some_and(|b| any.contains(b));
    let head = digits(0..4)
        && is(4, b"-")
        && digits(5..7)
        && is(7, b"-")
        && digits(8..10)
        && is(10, b"Tt ")
        && digits(11..13)
        && is(13, b":")
        && digits(14..16)
        && is(16, b":")
        && digits(17..19);
    if !head {
        return false;
    }
    let mut at = 19;
    if is(at, b".") {
        at += 1;
        let start = at;
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        if at == start || at - start > 9 {
            return false;
        }
    }
    match bytes.get(at) {
        Some(b'Z' | b'z') => bytes.len() == at + 1,
        Some(b'+' | b'-') => {
            // RFC 3339 writes offsets to 23:59; more would only shift the day.
            let two = |at: usize| bytes.get(at..at + 2).map_or(b"99".as_slice(), |two| two);
            digits(at + 1..at + 3)
                && is(at + 3, b":")
                && digits(at + 4..at + 6)
                && bytes.len() == at + 6
                && two(at + 1) <= b"23".as_slice()
                && two(at + 4) <= b"59".as_slice()
        }
        _ => false,
    }
}

impl fmt::Display for Instant {
    /// RFC 3339 in UTC.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_rfc3339(f, *self, 0)
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = Instant;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time such as 2020-02-11T09:00:00+08:00")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Instant, E> {
                Instant::parse(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// From `from` (inside) until `until` (outside).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// The first instant inside.
    pub from: Instant,
    /// The first instant after it.
    pub until: Instant,
}

impl Interval {
    /// `None` when `until` is not after `from`.
    pub fn new(from: Instant, until: Instant) -> Option<Self> {
        (from < until).then_some(Self { from, until })
    }

    /// Whether `at` lies inside.
    pub fn contains(&self, at: Instant) -> bool {
        self.from <= at && at < self.until
    }

    /// What lies in both, if anything does; touching intervals share nothing.
    pub fn overlap(&self, other: &Self) -> Option<Self> {
        Self::new(self.from.max(other.from), self.until.min(other.until))
    }

    /// Length in whole seconds, rounded down.
    pub fn seconds(&self) -> i64 {
        (self.until.0 - self.from.0).div_euclid(SECOND)
    }
}
