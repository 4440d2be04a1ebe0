//! A part of a stay that lies within one day.

use crate::visit::Grade;

/// Seconds of a day of UTC, which has no others.
pub const DAY_SECONDS: u32 = 86_400;
/// Numbers of people, and of places, lie below this.
pub const MOST_NUMBERS: u32 = 1 << 28;
/// The longest stay, in days of UTC that it touches: a stay of months is a mistake or a residence.
pub const MOST_STAY_DAYS: i64 = 32;

/// Someone at a place on one day, in seconds since its midnight (UTC): from `from` (inside) until `until` (outside).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DayVisit {
    /// Who, below [`MOST_NUMBERS`].
    pub person: u32,
    /// Where, below [`MOST_NUMBERS`].
    pub place: u32,
    /// 0 to 86,399.
    pub from: u32,
    /// Later than `from`, at most 86,400.
    pub until: u32,
    /// How much its record proves.
    pub grade: Grade,
}

/// Why a stay cannot be kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StayFault {
    /// It is empty or runs backwards.
    #[error("the stay ends before or when it begins; give an end that is later")]
    Empty,
    /// It touches more days than [`MOST_STAY_DAYS`].
    #[error("the stay lasts more than {} days; record it as several", MOST_STAY_DAYS - 1)]
    TooLong,
    /// It begins or ends outside the years 1900 to 2199.
    #[error("the stay is outside the years 1900 to 2199")]
    Year,
    /// A number is too large.
    #[error("there are more than {MOST_NUMBERS} people or places")]
    Number,
}

/// The parts of a stay, by day (days since 1970-01-01), in whole seconds since 1970.
pub fn each_day(
    person: u32,
    place: u32,
    from: i64,
    until: i64,
    grade: Grade,
) -> Result<impl Iterator<Item = (i32, DayVisit)>, StayFault> {
    let day_of = |second: i64| second.div_euclid(i64::from(DAY_SECONDS));
    if from >= until {
        return Err(StayFault::Empty);
    }
    if person.max(place) >= MOST_NUMBERS {
        return Err(StayFault::Number);
    }
    if from < super::contacts::YEAR_1900 || until > super::contacts::YEAR_2200 {
        return Err(StayFault::Year);
    }
    let days = day_of(from)..=day_of(until - 1);
    if days.end() - days.start() >= MOST_STAY_DAYS {
        return Err(StayFault::TooLong);
    }
    Ok(days.map(move |day| {
        let midnight = day * i64::from(DAY_SECONDS);
        // Between midnight and the next one, so that both fit.
        let second = |at: i64| (at - midnight).clamp(0, i64::from(DAY_SECONDS)) as u32;
        (day as i32, DayVisit { person, place, from: second(from), until: second(until), grade })
    }))
}

impl DayVisit {
    pub(super) fn is_sound(&self) -> bool {
        self.from < self.until && self.until <= DAY_SECONDS && self.person.max(self.place) < MOST_NUMBERS
    }
}

/// 17 bits of start, 17 of end, 2 of grade, 28 of the other: one visit in eight bytes. Ordered by start, then end.
pub(super) fn pack(from: u32, until: u32, grade: Grade, other: u32) -> u64 {
    u64::from(from) << 47 | u64::from(until) << 30 | u64::from(grade_code(grade)) << 28 | u64::from(other)
}

/// What [`pack`] put in.
#[derive(Clone, Copy)]
pub(super) struct Packed {
    pub from: u32,
    pub until: u32,
    pub grade: Grade,
    pub other: u32,
}

impl Packed {
    pub fn read(bits: u64) -> Self {
        Self {
            from: (bits >> 47) as u32,
            until: (bits >> 30) as u32 & 0x1_FFFF,
            grade: grade_of((bits >> 28) as u32 & 3),
            other: bits as u32 & (MOST_NUMBERS - 1),
        }
    }
}

pub(super) fn grade_code(grade: Grade) -> u32 {
    match grade {
        Grade::Poster => 0,
        Grade::Rotating => 1,
        Grade::Witnessed => 2,
    }
}

/// Codes that are not written prove nothing.
pub(super) fn grade_of(code: u32) -> Grade {
    match code {
        2 => Grade::Witnessed,
        1 => Grade::Rotating,
        _ => Grade::Poster,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = DAY_SECONDS as i64;

    #[test]
    fn a_stay_over_midnight_is_one_part_a_day_that_touch() {
        let parts: Vec<_> = each_day(1, 2, DAY - 60, 2 * DAY + 1, Grade::Rotating).unwrap().collect();
        let spans: Vec<_> = parts.iter().map(|(day, part)| (*day, part.from, part.until)).collect();
        assert_eq!(spans, [(0, 86_340, 86_400), (1, 0, 86_400), (2, 0, 1)]);
        let to_midnight = each_day(1, 2, 5, DAY, Grade::Rotating).unwrap();
        assert_eq!(to_midnight.count(), 1, "an end at midnight lies outside");
        let before = each_day(1, 2, -1, 0, Grade::Poster).unwrap().next().unwrap();
        assert_eq!((before.0, before.1.from), (-1, 86_399));
    }

    #[test]
    fn a_stay_that_cannot_be_kept_is_refused() {
        let refused = |person, from, until| each_day(person, 0, from, until, Grade::Poster).err();
        assert_eq!(refused(0, 9, 9), Some(StayFault::Empty));
        assert_eq!(refused(0, 0, 40 * DAY), Some(StayFault::TooLong));
        assert_eq!(refused(MOST_NUMBERS, 0, 9), Some(StayFault::Number));
        assert_eq!(refused(0, i64::MAX - 5, i64::MAX), Some(StayFault::Year));
        assert_eq!(refused(0, 5, 32 * DAY), None);
    }

    #[test]
    fn what_is_packed_comes_out() {
        for grade in [Grade::Poster, Grade::Rotating, Grade::Witnessed] {
            let packed = Packed::read(pack(86_399, 86_400, grade, MOST_NUMBERS - 1));
            assert_eq!((packed.from, packed.until), (86_399, 86_400));
            assert_eq!((packed.grade, packed.other), (grade, MOST_NUMBERS - 1));
        }
        assert!(pack(1, 2, Grade::Witnessed, 5) < pack(2, 3, Grade::Poster, 0), "by start first");
    }
}
