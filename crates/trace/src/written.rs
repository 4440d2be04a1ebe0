//! Times as text, read so that they can come out as they went in.

use crate::blocks::At;
use crate::stamp::{FORMS, Stamp};
use healthcode_core::time::Instant;
use std::collections::HashMap;
use std::fmt::Write;

/// The span that is read, as in the core: years 1900 to 2199.
const SECONDS: std::ops::Range<i64> = -2_208_988_800..7_258_118_400;

/// How a time was written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Form {
    /// Whole seconds since 1970.
    Unix,
    /// RFC 3339: what stands between date and time (`T`, `t` or a blank), how many digits the fraction has
    /// (those beyond a microsecond are dropped), and the offset as text, `Z`, `z` or `+08:00`.
    Rfc3339 { separator: u8, digits: u8, offset: [u8; 6] },
}

/// Why a time was not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refused {
    /// It is no time.
    NoTime,
    /// The input has more ways of writing times than can be told apart.
    TooManyForms,
}

/// Reads and writes times; knows the forms it has met, and where first.
#[derive(Clone, Default)]
pub(crate) struct Clockface {
    forms: Vec<Form>,
    first_met: Vec<At>,
    numbers: HashMap<Form, u16>,
    latest: u16,
    day: Option<LatestDay>,
}

/// The day of the latest time that was written plainly, and its form: the next one is likely of the same.
#[derive(Clone)]
struct LatestDay {
    /// `2020-02-11T`
    date: [u8; 11],
    /// `+08:00`
    offset: [u8; 6],
    /// Its midnight there, in seconds since 1970.
    midnight: i64,
    form: u16,
}

impl LatestDay {
    /// The seconds of another time of this day in this form.
    fn read(&self, bytes: &[u8]) -> Option<i64> {
        let bytes: &[u8; 25] = bytes.try_into().ok()?;
        let same =
            bytes[..11] == self.date && bytes[19..] == self.offset && bytes[13] == b':' && bytes[16] == b':';
        same.then(|| clock(bytes)).flatten().map(|clock| self.midnight + clock)
    }

    fn of(bytes: &[u8], seconds: i64, form: u16) -> Option<Self> {
        let bytes: &[u8; 25] = bytes.try_into().ok()?;
        let (date, offset) = (bytes[..11].try_into().ok()?, bytes[19..].try_into().ok()?);
        let midnight = seconds - clock(bytes)?;
        let inside = SECONDS.contains(&midnight) && SECONDS.contains(&(midnight + 86_399));
        inside.then_some(Self { date, offset, midnight, form })
    }
}

/// Two digits, not more than `most`.
fn two(bytes: &[u8], at: usize, most: u8) -> Option<i64> {
    let (tens, ones) = (bytes[at].wrapping_sub(b'0'), bytes[at + 1].wrapping_sub(b'0'));
    (tens < 10 && ones < 10 && tens * 10 + ones <= most).then(|| i64::from(tens * 10 + ones))
}

/// The second of the day of RFC 3339, whose colons were seen.
fn clock(bytes: &[u8]) -> Option<i64> {
    Some(two(bytes, 11, 23)? * 3600 + two(bytes, 14, 59)? * 60 + two(bytes, 17, 59)?)
}

impl Clockface {
    /// Reads RFC 3339 with an offset, or whole unix seconds.
    pub fn read(&mut self, text: &str, at: At) -> Result<Stamp, Refused> {
        if let Some(day) = &self.day
            && let Some(seconds) = day.read(text.as_bytes())
        {
            return Ok(Stamp::new(Instant::from_seconds(seconds), day.form));
        }
        let (instant, form) = parse(text).ok_or(Refused::NoTime)?;
        let number = self.number(form, at).ok_or(Refused::TooManyForms)?;
        if matches!(form, Form::Rfc3339 { separator: b'T', digits: 0, .. }) {
            self.day = LatestDay::of(text.as_bytes(), instant.seconds(), number);
        }
        Ok(Stamp::new(instant, number))
    }

    /// The forms of all, numbered in the order in which they were first met, and for each of `faces` its numbers in
    /// the new numbering; or where there were too many.
    pub fn unite(faces: &[Self]) -> Result<(Self, Vec<Vec<u16>>), At> {
        let mut met: Vec<(At, Form)> = Vec::new();
        for face in faces {
            met.extend(face.first_met.iter().copied().zip(face.forms.iter().copied()));
        }
        // Two forms that were met at one place were both met before, in one order.
        met.sort_by_key(|(at, _)| *at);
        let mut all = Self::default();
        for (at, form) in met {
            all.number(form, at).ok_or(at)?;
        }
        let numbers = faces.iter().map(|face| {
            face.forms.iter().map(|form| all.numbers.get(form).copied().unwrap_or_default()).collect()
        });
        let numbers = numbers.collect();
        Ok((all, numbers))
    }

    /// Everything met so far counts as met before all rows of another table.
    pub fn before_all(mut self) -> Self {
        self.first_met.fill(At::FIRST);
        self
    }

    /// Almost every time is written like the one before it.
    fn number(&mut self, form: Form, at: At) -> Option<u16> {
        if self.forms.get(usize::from(self.latest)) != Some(&form) {
            let next = self.forms.len() as u16;
            self.latest = match self.numbers.get(&form) {
                Some(number) => *number,
                None if next == FORMS => return None,
                None => {
                    self.forms.push(form);
                    self.first_met.push(at);
                    self.numbers.insert(form, next);
                    next
                }
            };
        }
        Some(self.latest)
    }

    /// Appends the time in its form. Digits that the form lacks and the instant needs are added (an infectious
    /// window may cut a visit within a second).
    pub fn write(&self, stamp: Stamp, text: &mut String) {
        // Writing to a string cannot fail.
        let _ = match self.forms.get(usize::from(stamp.form())) {
            Some(Form::Unix) => {
                let micros = stamp.micros();
                let (sign, size) = (if micros < 0 { "-" } else { "" }, micros.unsigned_abs());
                let _ = write!(text, "{sign}{}", size / 1_000_000);
                write_fraction(size % 1_000_000, 0, text)
            }
            Some(Form::Rfc3339 { separator, digits, offset }) => {
                let local = stamp.micros() + offset_seconds(offset) * 1_000_000;
                let day = healthcode_core::time::Day(local.div_euclid(86_400_000_000) as i32);
                let second = local.rem_euclid(86_400_000_000) / 1_000_000;
                let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
                let _ = write!(text, "{day}{}{hour:02}:{minute:02}:{second:02}", char::from(*separator));
                let _ = write_fraction(local.rem_euclid(1_000_000) as u64, usize::from(*digits), text);
                let length = if offset[0].is_ascii_alphabetic() { 1 } else { 6 };
                offset[..length].iter().try_for_each(|byte| text.write_char(char::from(*byte)))
            }
            None => write!(text, "{}", stamp.instant()),
        };
    }
}

/// At least `digits` digits, at most six, none beyond what is asked for unless it is needed.
fn write_fraction(micros: u64, digits: usize, text: &mut String) -> std::fmt::Result {
    let six = format!("{micros:06}");
    let needed = six.trim_end_matches('0').len().max(digits.min(6));
    if needed > 0 { write!(text, ".{}", &six[..needed]) } else { Ok(()) }
}

/// Seconds east of UTC of an offset that was read before.
fn offset_seconds(offset: &[u8; 6]) -> i64 {
    let digit = |at: usize| i64::from(offset[at].wrapping_sub(b'0'));
    match offset[0] {
        b'+' | b'-' => {
            let size = (digit(1) * 10 + digit(2)) * 3600 + (digit(4) * 10 + digit(5)) * 60;
            if offset[0] == b'-' { -size } else { size }
        }
        _ => 0,
    }
}

fn parse(text: &str) -> Option<(Instant, Form)> {
    let bytes = text.as_bytes();
    if let Some((seconds, offset)) = parse_plain(bytes) {
        let form = Form::Rfc3339 { separator: b'T', digits: 0, offset };
        return Some((Instant::from_seconds(seconds), form));
    }
    if let Some(seconds) = parse_unix(bytes) {
        return Some((Instant::from_seconds(seconds), Form::Unix));
    }
    let instant = Instant::parse(text).ok()?;
    let fraction = bytes.get(19..)?.strip_prefix(b".").unwrap_or_default();
    let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count() as u8;
    let length = if bytes.last()?.is_ascii_alphabetic() { 1 } else { 6 };
    let mut offset = [0; 6];
    offset[..length].copy_from_slice(bytes.get(bytes.len() - length..)?);
    Some((instant, Form::Rfc3339 { separator: bytes[10], digits, offset }))
}

/// A minus or not, then one to eleven digits, inside the span that is read.
fn parse_unix(bytes: &[u8]) -> Option<i64> {
    let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
    if digits.is_empty() || digits.len() > 11 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let size = digits.iter().fold(0, |size, digit| size * 10 + i64::from(digit - b'0'));
    let seconds = if digits.len() < bytes.len() { -size } else { size };
    SECONDS.contains(&seconds).then_some(seconds)
}

/// The commonest shape, `2020-02-11T09:00:00+08:00` or with `Z`, read quickly; `None` for all else, and for all
/// that is doubtful, which the core then judges.
fn parse_plain(bytes: &[u8]) -> Option<(i64, [u8; 6])> {
    if !(bytes.len() == 25 || bytes.len() == 20 && bytes[19] == b'Z') {
        return None;
    }
    if [bytes[4], bytes[7], bytes[10], bytes[13], bytes[16]] != *b"--T::" {
        return None;
    }
    let (year, month, day) =
        (two(bytes, 0, 21)? * 100 + two(bytes, 2, 99)?, two(bytes, 5, 12)?, two(bytes, 8, 28)?);
    if year < 1900 || month == 0 || day == 0 {
        return None;
    }
    let clock = clock(bytes)?;
    let mut offset = *b"Z\0\0\0\0\0";
    if bytes.len() == 25 {
        if !matches!(bytes[19], b'+' | b'-') || bytes[22] != b':' {
            return None;
        }
        two(bytes, 20, 23)?;
        two(bytes, 23, 59)?;
        offset.copy_from_slice(&bytes[19..]);
    }
    let seconds = days_from_civil(year, month, day) * 86_400 + clock - offset_seconds(&offset);
    SECONDS.contains(&seconds).then_some((seconds, offset))
}

/// Days since 1970-01-01 in the Gregorian calendar, with years that start on 1 March.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year / 4 - year / 100 + year / 400 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn round(text: &str) -> String {
        let mut face = Clockface::default();
        let stamp = face.read(text, At::FIRST).unwrap();
        let mut out = String::new();
        face.write(stamp, &mut out);
        out
    }

    #[test]
    fn times_come_out_as_they_went_in() {
        for text in [
            "28820",
            "-1",
            "0",
            "2020-02-11T09:00:00+08:00",
            "2020-02-29T23:59:59-09:30",
            "2020-02-11T09:00:00Z",
            "2020-02-11t09:00:00z",
            "2020-02-11 09:00:00+00:00",
            "2020-02-11T09:00:00-00:00",
            "2020-02-11T09:00:00.500+05:45",
            "2020-02-11T09:00:00.123456Z",
            "1900-01-01T00:00:00Z",
            "2199-12-31T23:59:59.9Z",
        ] {
            assert_eq!(round(text), text);
        }
        assert_eq!(round("2020-02-11T09:00:00.123456789Z"), "2020-02-11T09:00:00.123456Z");
    }

    #[test]
    fn a_time_of_the_day_before_is_read_like_any_other() {
        let mut face = Clockface::default();
        let mut read = |text: &str| face.read(text, At::FIRST).map(Stamp::instant);
        let first = read("2020-02-11T09:00:00+08:00").unwrap();
        assert_eq!(read("2020-02-11T23:59:59+08:00"), Ok(first.plus_seconds(53_999)));
        assert_eq!(read("2020-02-11T09:00:00+09:00"), Ok(first.plus_seconds(-3_600)));
        assert_eq!(read("2020-02-11T09:00:01+09:00"), Ok(first.plus_seconds(-3_599)));
        for wrong in ["2020-02-11T24:00:00+09:00", "2020-02-11T09:60:00+09:00", "2020-02-11T09.00:00+09:00"] {
            assert_eq!(read(wrong), Err(Refused::NoTime), "{wrong}");
        }
        assert_eq!(read("2020-02-12T09:00:00Z"), Ok(first.plus_seconds(32 * 3_600)));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in
            ["", "-", "1.5", "+5", "1581382800000", "2020-02-30T09:00:00Z", "2020-02-11T09:00:00", "x"]
        {
            assert_eq!(Clockface::default().read(text, At::FIRST), Err(Refused::NoTime), "{text}");
        }
    }

    #[test]
    fn digits_that_an_instant_needs_are_added() {
        let mut face = Clockface::default();
        for (text, want) in [
            ("100", "100.25"),
            ("-100", "-99.75"),
            ("1970-01-01T08:01:40+08:00", "1970-01-01T08:01:40.25+08:00"),
        ] {
            let stamp = face.read(text, At::FIRST).unwrap();
            let mut out = String::new();
            face.write(Stamp::from_micros(stamp.micros() + 250_000, stamp.form()), &mut out);
            assert_eq!(out, want);
        }
    }

    #[test]
    fn more_forms_than_can_be_told_apart_are_refused() {
        let mut face = Clockface::default();
        let offsets = (0..1_440).map(|n| format!("2020-02-11T09:00:00+{:02}:{:02}", n / 60, n % 60));
        let read: Vec<_> = offsets.map(|text| face.read(&text, At::FIRST)).collect();
        assert!(read[..1_024].iter().all(Result::is_ok));
        assert_eq!(read[1_024], Err(Refused::TooManyForms));
    }

    proptest! {
        #[test]
        fn the_quick_way_reads_what_the_core_reads(
            seconds in SECONDS, minutes in -1_439_i64..1_440, utc in any::<bool>(),
        ) {
            let offset = format!("{}{:02}:{:02}", if minutes < 0 { '-' } else { '+' }, minutes.abs() / 60, minutes.abs() % 60);
            let local = Instant::from_seconds(seconds).to_string().replace('Z', "");
            let text = format!("{local}{}", if utc { "Z" } else { &offset });
            match Instant::parse(&text) {
                Ok(instant) => {
                    prop_assert_eq!(parse(&text).unwrap().0, instant);
                    prop_assert_eq!(round(&text), text);
                }
                Err(_) => prop_assert!(parse(&text).is_none()),
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,30}", near in "[0-9]{4}[-x][0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{0,10})?(Z|[+-][0-9]{2}:[0-9]{2})") {
            for text in [text, near] {
                let ours = parse(&text).map(|(instant, _)| instant);
                if parse_unix(text.as_bytes()).is_none() {
                    prop_assert_eq!(ours, Instant::parse(&text).ok());
                }
            }
        }
    }
}
