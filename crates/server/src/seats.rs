//! Seats as they are written down: a short text that the contact definition reads.

use crate::problem::{Answer, Code, Problem};

/// Whether a text can be a seat: 1 to 20 letters, digits, `-` and `/`, such as `r12/A`, `c5/b3` or `crew`.
pub fn is_seat(text: &str) -> bool {
    let may = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'/');
    (1..=20).contains(&text.len()) && text.bytes().all(may)
}

/// Reads a seat, or the part of a place, that may be absent.
pub(crate) fn read_seat(text: Option<&str>, field: &'static str) -> Answer<Option<String>> {
    match text {
        Some(text) if !is_seat(text) => {
            let detail = format!("{field}: 1 to 20 letters, digits, - and /");
            Err(Problem::new(Code::Body).field(field).detail(detail))
        }
        text => Ok(text.map(str::to_owned)),
    }
}
