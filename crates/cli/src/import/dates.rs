//! Dates in the forms that people write. Which of day and month comes first is a question about a whole column.

use healthcode_core::time::{Day, Instant, Zone};

/// What comes first in a date of three numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Order {
    /// Day, month, year
    Dmy,
    /// Month, day, year
    Mdy,
    /// Year, month, day
    Ymd,
}

const ORDERS: [Order; 3] = [Order::Dmy, Order::Mdy, Order::Ymd];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// A time as far as it was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// A civil day.
    Day(Day),
    /// A civil day and the second of it.
    Local(Day, i64),
    /// An instant: it had an offset, or was a unix time.
    Exact(Instant),
}

impl When {
    /// The instant, a day by its first one.
    pub fn instant(self, zone: &Zone) -> Instant {
        match self {
            Self::Day(day) => zone.start_of(day),
            Self::Exact(instant) => instant,
            Self::Local(day, second) => {
                // The offset at the guess is right except on days on which it changes; then the second guess is.
                let mut guess = zone.start_of(day).plus_seconds(second);
                for _ in 0..2 {
                    let shown = zone.show(guess).to_string();
                    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
                    let written = format!("{day}T{hour:02}:{minute:02}:{second:02}{}", &shown[19..]);
                    guess = Instant::parse(&written).unwrap_or(guess);
                }
                guess
            }
        }
    }

    /// The civil day.
    pub fn day(self, zone: &Zone) -> Day {
        match self {
            Self::Day(day) | Self::Local(day, _) => day,
            Self::Exact(instant) => zone.day_of(instant),
        }
    }

    /// Whether a time of day was written.
    pub fn has_time(self) -> bool {
        !matches!(self, Self::Day(_))
    }
}

/// A date as it stands: sure, or three numbers whose order is open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Written {
    Sure(Day),
    /// Day and month in either order, then a year of four digits.
    YearLast([u16; 3]),
    /// Three numbers of at most two digits.
    Short([u16; 3]),
}

impl Written {
    fn day(self, order: Order) -> Option<Day> {
        let of = |year: u16, month: u16, day: u16| {
            let year = i16::try_from(year).ok().filter(|year| (1900..2200).contains(year))?;
            Day::from_ymd(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?)
        };
        match (self, order) {
            (Self::Sure(day), _) => Some(day),
            (Self::YearLast([day, month, year]), Order::Dmy) => of(year, month, day),
            (Self::YearLast([month, day, year]), Order::Mdy) => of(year, month, day),
            (Self::YearLast(_), Order::Ymd) => None,
            (Self::Short([day, month, year]), Order::Dmy) => of(2000 + year, month, day),
            (Self::Short([month, day, year]), Order::Mdy) => of(2000 + year, month, day),
            (Self::Short([year, month, day]), Order::Ymd) => of(2000 + year, month, day),
        }
    }
}

/// What a whole column says about the order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Column {
    /// No date in it leaves the order open.
    Any,
    /// Only this order fits all dates.
    Only(Order),
    /// Several orders fit; such as this date.
    Open(String),
    /// No order fits all, such as these dates.
    Mixed(String, String),
}

/// Looks at all dates of a column; what is no date in any order is left for the row to be refused.
pub fn look_at<'a>(texts: impl Iterator<Item = &'a str>) -> Column {
    let mut left = ORDERS.to_vec();
    let (mut open, mut witness) = (Vec::new(), "");
    for text in texts {
        let Some((written @ (Written::YearLast(_) | Written::Short(_)), _)) = split(text) else { continue };
        let fits = |order: Order| written.day(order).is_some();
        if !ORDERS.into_iter().any(fits) {
            continue;
        }
        if !left.iter().any(|order| fits(*order)) {
            return Column::Mixed(witness.to_owned(), text.to_owned());
        }
        let before = left.len();
        left.retain(|order| fits(*order));
        if left.len() < before || witness.is_empty() {
            witness = text;
        }
        open.push((written, text));
    }
    if open.is_empty() {
        return Column::Any;
    }
    let differs = |(written, _): &&(Written, &str)| {
        left.iter().any(|order| written.day(*order) != written.day(left[0]))
    };
    match (left.as_slice(), open.iter().find(differs)) {
        (_, Some((_, text))) => Column::Open((*text).to_owned()),
        ([order, ..], None) => Column::Only(*order),
        ([], None) => Column::Any,
    }
}

/// Reads one date; `None` when it is none.
pub fn read(text: &str, order: Order) -> Option<When> {
    if let Ok(instant) = Instant::parse(text.trim()) {
        return Some(When::Exact(instant));
    }
    if let Some(when) = number(text.trim()) {
        return Some(when);
    }
    let (written, time) = split(text)?;
    let day = written.day(order)?;
    Some(match time {
        None => When::Day(day),
        Some(Time { second, offset: None }) => When::Local(day, second),
        Some(Time { second, offset: Some(offset) }) => {
            When::Exact(Instant::from_seconds(i64::from(day.0) * 86_400 + second - offset))
        }
    })
}

/// A date without separators: days since 1899-12-30 as spreadsheets count (five digits, a fraction for the time),
/// year, month and day in eight digits, or unix seconds in nine or ten.
fn number(text: &str) -> Option<When> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value: i64 = whole.parse().ok()?;
    match (whole.len(), fraction) {
        (5, _) => {
            let day = Day::from_ymd(1899, 12, 30)?.plus(i32::try_from(value).ok()?);
            let part: f64 = format!("0.{fraction}0").parse().ok()?;
            let second = ((part * 86_400.0).round() as i64).min(86_399);
            Some(if second == 0 { When::Day(day) } else { When::Local(day, second) })
        }
        (8, "") => {
            let text = format!("{}-{}-{}", &whole[..4], &whole[4..6], &whole[6..]);
            Day::parse(&text).filter(|day| (1900..2200).contains(&day.ymd().0)).map(When::Day)
        }
        (9 | 10, "") if value < 7_258_118_400 => Some(When::Exact(Instant::from_seconds(value))),
        _ => None,
    }
}

#[derive(Clone, Copy)]
struct Time {
    second: i64,
    offset: Option<i64>,
}

/// Takes a date and a time of day apart.
fn split(text: &str) -> Option<(Written, Option<Time>)> {
    let plain: String = text.trim().chars().map(narrow).collect();
    let plain = if plain.contains('时') {
        plain.replace(['时', '分'], ":").replace('秒', "").trim_end_matches(':').to_owned()
    } else {
        plain
    };
    let Some(colon) = plain.find(':') else { return Some((date(&plain)?, None)) };
    let hour = plain[..colon].trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let before = plain[..hour].trim_end_matches(['T', 't', ' ', ',']);
    Some((date(before)?, Some(time(&plain[hour..])?)))
}

/// Full-width digits and signs as the narrow ones.
fn narrow(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        '\u{3000}' | '\u{A0}' => ' ',
        c => c,
    }
}

fn time(text: &str) -> Option<Time> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.')).unwrap_or(text.len());
    let parts: Vec<&str> = text[..end].split(':').collect();
    let part = |at: usize, most: i64| {
        parts.get(at).map_or(Some(0), |p| p.parse().ok().filter(|n| (0..=most).contains(n)))
    };
    let seconds =
        parts.get(2).map_or(Some(0.0), |s| s.parse::<f64>().ok()).filter(|s| (0.0..60.0).contains(s))?;
    let (mut hour, minute) = (part(0, 23)?, part(1, 59)?);
    if parts.len() > 3 {
        return None;
    }
    let rest = text[end..].trim().to_ascii_lowercase();
    let offset = match rest.as_str() {
        "" => None,
        "z" | "utc" => Some(0),
        "am" | "pm" if (1..=12).contains(&hour) => {
            hour = hour % 12 + if rest == "pm" { 12 } else { 0 };
            None
        }
        other => Some(offset(other)?),
    };
    Some(Time { second: hour * 3600 + minute * 60 + seconds as i64, offset })
}

fn offset(text: &str) -> Option<i64> {
    let digits: String = text.get(1..)?.chars().filter(|c| *c != ':').collect();
    if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let size = digits[..2].parse::<i64>().ok()? * 3600 + digits[2..].parse::<i64>().ok()? * 60;
    match text.as_bytes()[0] {
        b'+' => Some(size),
        b'-' => Some(-size),
        _ => None,
    }
}

fn date(text: &str) -> Option<Written> {
    if text.contains('年') {
        let dashed = text.replace(['年', '月'], "-").replace(['日', '号'], "").replace(' ', "");
        return date(&dashed).filter(|written| matches!(written, Written::Sure(_)));
    }
    if text.chars().any(char::is_alphabetic) {
        return with_month_name(text).map(Written::Sure);
    }
    let separator = text.chars().find(|c| matches!(c, '/' | '-' | '.'))?;
    let parts: Vec<&str> = text.split(separator).map(str::trim).collect();
    let [a, b, c] = parts[..] else { return None };
    let is_number =
        |part: &str| (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if ![a, b, c].into_iter().all(is_number) || b.len() > 2 {
        return None;
    }
    let numbers = [a.parse().ok()?, b.parse().ok()?, c.parse().ok()?];
    match (a.len(), c.len()) {
        (4, 1 | 2) => sure(numbers),
        (1 | 2, 4) => Some(Written::YearLast(numbers)),
        (1 | 2, 2) => Some(Written::Short(numbers)),
        _ => None,
    }
}

/// Year, month and day in this order, the year in full.
fn sure([year, month, day]: [u16; 3]) -> Option<Written> {
    Written::YearLast([day, month, year]).day(Order::Dmy).map(Written::Sure)
}

/// `21-Jan-2020`, `Jan 21st, 2020`, `Tuesday 21 January 2020`, `21-Jan-20`.
fn with_month_name(text: &str) -> Option<Day> {
    let mut words: Vec<String> = Vec::new();
    for c in text.chars() {
        let joins = |word: &String| {
            word.chars().last().is_some_and(|last| last.is_ascii_digit() == c.is_ascii_digit())
        };
        match words.last_mut() {
            Some(word) if c.is_alphanumeric() && (word.is_empty() || joins(word)) => {
                word.extend(c.to_lowercase())
            }
            _ if c.is_alphanumeric() => words.push(c.to_lowercase().collect()),
            _ => words.push(String::new()),
        }
    }
    let names =
        |list: &[&str], word: &str| list.iter().position(|name| word.len() >= 3 && name.starts_with(word));
    let (mut month, mut numbers) = (None, Vec::new());
    for word in words.iter().filter(|word| !word.is_empty()) {
        if let Ok(number) = word.parse::<u16>() {
            numbers.push((word.len(), number));
        } else if let Some(found) = names(&MONTHS, if word == "sept" { "sep" } else { word }) {
            month = if month.is_none() { Some(found as u16 + 1) } else { return None };
        } else if names(&WEEKDAYS, word).is_none()
            && !matches!(word.as_str(), "st" | "nd" | "rd" | "th" | "of")
        {
            return None;
        }
    }
    let (year, day) = match numbers[..] {
        [(4, year), (1 | 2, day)] | [(1 | 2, day), (4, year)] => (year, day),
        // As spreadsheets write: the day first, the century left out.
        [(1 | 2, day), (2, year)] => (2000 + year, day),
        _ => return None,
    };
    Written::YearLast([day, month?, year]).day(Order::Dmy)
}

#[cfg(test)]
#[path = "dates_tests.rs"]
mod tests;
