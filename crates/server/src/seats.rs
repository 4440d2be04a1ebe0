//! Seats and parts of places as they are written down: a seat in the text form that contact definitions read, a part as a
//! short text of any form.

use crate::problem::{Answer, Code, Problem};
use healthcode_trace::Seat;

/// A seat that may be absent, such as `r12/A`, `c5/b3` or `crew`; else what is wrong with it.
pub(crate) fn check_seat(text: Option<&str>) -> Result<(), String> {
    text.map_or(Ok(()), |text| text.parse::<Seat>().map(drop).map_err(|fault| format!("seat: {fault}")))
}

/// The part of a place, that may be absent: 1 to 20 letters, digits, `-` and `/`; else what is wrong with it.
pub(crate) fn check_part(text: Option<&str>) -> Result<(), String> {
    let may = |sign: char| sign.is_alphanumeric() || matches!(sign, '-' | '/');
    match text {
        Some(text) if !(1..=20).contains(&text.chars().count()) || !text.chars().all(may) => {
            Err("part: 1 to 20 letters, digits, - and /".to_owned())
        }
        _ => Ok(()),
    }
}

/// Reads a seat that may be absent.
pub(crate) fn read_seat(text: Option<&str>) -> Answer<Option<String>> {
    let refuse = |detail| Problem::new(Code::SeatForm).field("seat").detail(detail);
    check_seat(text).map_err(refuse).map(|()| text.map(str::to_owned))
}

/// Reads the part of a place, that may be absent.
pub(crate) fn read_part(text: Option<&str>) -> Answer<Option<String>> {
    let refuse = |detail| Problem::new(Code::Body).field("part").detail(detail);
    check_part(text).map_err(refuse).map(|()| text.map(str::to_owned))
}
