//! The id of a piece of evidence: there are ten and more to a person, so that it is kept in sixteen bytes where it is
//! one that the platform made.

use super::{HEX_DIGITS, IdFault, check};
use serde::{Deserialize, Serialize, Serializer};
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// One piece of evidence: 1 to 64 characters. Ordered like its text.
#[derive(Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct EvidenceId(Kept);

/// Each text has one form, so that equal texts are equal here.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Kept {
    /// Thirty-two lower-case hexadecimal digits.
    Hex([u8; 16]),
    /// Any other text.
    Text(Arc<str>),
}

impl EvidenceId {
    /// Takes any text of 1 to 64 characters without control characters.
    pub fn new(text: impl AsRef<str>) -> Result<Self, IdFault> {
        let text = text.as_ref();
        if let Some(bytes) = from_hex(text.as_bytes()) {
            return Ok(Self(Kept::Hex(bytes)));
        }
        check(text)?;
        Ok(Self(Kept::Text(text.into())))
    }

    /// Sixteen bytes as thirty-two lower-case hexadecimal digits.
    pub const fn of_bytes(bytes: [u8; 16]) -> Self {
        Self(Kept::Hex(bytes))
    }

    /// The bytes that its digits stand for, where it is such an id.
    pub(crate) fn bytes(&self) -> Result<&[u8; 16], &str> {
        match &self.0 {
            Kept::Hex(bytes) => Ok(bytes),
            Kept::Text(text) => Err(text),
        }
    }

    /// Does something with the text.
    fn with<T>(&self, what: impl FnOnce(&[u8]) -> T) -> T {
        match &self.0 {
            Kept::Hex(bytes) => what(&digits(bytes)),
            Kept::Text(text) => what(text.as_bytes()),
        }
    }
}

impl Ord for EvidenceId {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            // Digits are in the order of their values.
            (Kept::Hex(mine), Kept::Hex(theirs)) => mine.cmp(theirs),
            _ => self.with(|mine| other.with(|theirs| mine.cmp(theirs))),
        }
    }
}

impl PartialOrd for EvidenceId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn digits(bytes: &[u8; 16]) -> [u8; 32] {
    let mut digits = [0; 32];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
        pair[0] = HEX_DIGITS[usize::from(byte >> 4)];
        pair[1] = HEX_DIGITS[usize::from(byte & 15)];
    }
    digits
}

/// The bytes that thirty-two lower-case hexadecimal digits stand for.
fn from_hex(digits: &[u8]) -> Option<[u8; 16]> {
    let digits: &[u8; 32] = digits.try_into().ok()?;
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; 16];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = value(pair[0])? << 4 | value(pair[1])?;
    }
    Some(bytes)
}

impl fmt::Display for EvidenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Cannot fail: digits are ASCII, and any other text is one.
        self.with(|text| f.write_str(std::str::from_utf8(text).unwrap_or_default()))
    }
}

impl fmt::Debug for EvidenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EvidenceId({self})")
    }
}

impl Serialize for EvidenceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl TryFrom<String> for EvidenceId {
    type Error = IdFault;
    fn try_from(text: String) -> Result<Self, IdFault> {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_ordered_and_equal_like_their_texts() {
        let texts = [
            "e1",
            "E",
            "人",
            "0190000000007000800000000000000f",
            "0190000000007000800000000000000F",
            "0190000000007000800000000000001",
            "01900000000070008000000000000010a",
            "ffffffffffffffffffffffffffffffff",
            "00000000000000000000000000000000",
            "0190000000007000800000000000001g",
        ];
        for one in texts {
            assert_eq!(EvidenceId::new(one).expect("an id").to_string(), one);
            for other in texts {
                let (a, b) = (EvidenceId::new(one).expect("an id"), EvidenceId::new(other).expect("an id"));
                assert_eq!((a.cmp(&b), a == b), (one.cmp(other), one == other), "{one} {other}");
            }
        }
        assert!(EvidenceId::new("").is_err() && EvidenceId::new("a\nb").is_err());
        assert!(EvidenceId::new("人".repeat(65)).is_err());
    }
}
