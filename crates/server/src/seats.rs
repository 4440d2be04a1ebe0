//! Seats as they are written down: a short text that the contact definition reads.

/// Whether a text can be a seat: 1 to 20 letters, digits, `-` and `/`, such as `r12/A`, `c5/b3` or `crew`.
pub fn is_seat(text: &str) -> bool {
    let may = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'/');
    (1..=20).contains(&text.len()) && text.bytes().all(may)
}
