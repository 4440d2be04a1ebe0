//! Instants, civil days and half-open intervals. Time is always an argument: nothing here reads a clock.

use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

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
            digits(at + 1..at + 3) && is(at + 3, b":") && digits(at + 4..at + 6) && bytes.len() == at + 6
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

/// A civil day, counted from 1970-01-01 (day 0) in whatever zone it was taken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Day(pub i32);

impl Day {
    /// The day `days` later (earlier when negative).
    pub const fn plus(self, days: i32) -> Self {
        Self(self.0 + days)
    }

    /// From a written date such as `2020-02-11`; `None` when there is no such day.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        Self::from_ymd(text[0..4].parse().ok()?, text[5..7].parse().ok()?, text[8..10].parse().ok()?)
    }

    /// From year, month and day of the month; `None` when there is no such day.
    pub fn from_ymd(year: i16, month: i8, day: i8) -> Option<Self> {
        let date = jiff::civil::Date::new(year, month, day).ok()?;
        let epoch = jiff::civil::date(1970, 1, 1);
        Some(Self(epoch.until(date).ok()?.get_days()))
    }

    /// Year, month and day of the month in the Gregorian calendar.
    pub fn ymd(self) -> (i32, u32, u32) {
        // Days to civil date with eras of 400 years (146,097 days) that start on 1 March.
        let z = i64::from(self.0) + 719_468;
        let era = z.div_euclid(146_097);
        let of_era = z.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (year as i32, month as u32, day as u32)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Day::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(format!("{text:?} is not a date; write it as 2020-02-11"))
        })
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

fn write_rfc3339(f: &mut fmt::Formatter<'_>, at: Instant, offset: i64) -> fmt::Result {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        Instant::parse(text).expect(text)
    }

    #[test]
    fn only_rfc3339_with_an_offset_is_a_time() {
        for bad in [
            "2020-02-11",
            "2020-02-11T09:00:00",
            "2020-02-30T09:00:00Z",
            "2020-02-11T09:00Z",
            "2020-02-11T25:00:00Z",
            "2020-02-11T09:00:00+0800",
            "2020-02-11T09:00:00+08:00[Asia/Shanghai]",
            "1581382800",
            "9999-12-31T23:59:59Z",
            "",
        ] {
            assert!(Instant::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(at("2020-02-11T09:00:00+08:00"), at("2020-02-11T01:00:00Z"));
        assert_eq!(at("2020-02-11T01:00:00.25Z").to_string(), "2020-02-11T01:00:00.250Z");
    }

    #[test]
    fn a_day_begins_at_local_midnight() {
        let zone = Zone::new("Asia/Shanghai").unwrap();
        let day = Day::parse("2020-02-11").unwrap();
        assert_eq!(zone.day_of(at("2020-02-10T16:00:00Z")), day);
        assert_eq!(zone.day_of(at("2020-02-10T15:59:59.999Z")), day.plus(-1));
        assert_eq!(zone.show(zone.start_of(day)).to_string(), "2020-02-11T00:00:00+08:00");
    }

    #[test]
    fn every_day_starts_where_jiff_says_it_does() {
        for name in
            ["Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo", "Asia/Beirut", "Pacific/Apia", "UTC"]
        {
            let zone = Zone::new(name).unwrap();
            for days in (-20_000..40_000).step_by(1) {
                let day = Day(days);
                let (y, m, d) = day.ymd();
                let date = jiff::civil::date(y as i16, m as i8, d as i8);
                let start = date.at(0, 0, 0, 0).in_tz(name).unwrap().start_of_day().unwrap();
                // A day that a zone skipped altogether (Samoa, 2011-12-30) has no start of its own.
                if start.date() == date {
                    assert_eq!(zone.start_of(day).seconds(), start.timestamp().as_second(), "{name} {day}");
                    assert_eq!(zone.day_of(zone.start_of(day)), day, "{name} {day}");
                }
            }
        }
    }

    #[test]
    fn touching_intervals_share_nothing() {
        let a = Interval::new(Instant::from_seconds(0), Instant::from_seconds(10)).unwrap();
        let b = Interval::new(Instant::from_seconds(10), Instant::from_seconds(20)).unwrap();
        assert_eq!(a.overlap(&b), None);
        assert!(!a.contains(Instant::from_seconds(10)));
    }
}
