//! Regions: administrative divisions of China (GB/T 2260 codes, with street and village codes below them) and
//! countries (ISO 3166-1 alpha-2).

use serde::{Deserialize, Serialize};
use std::fmt;

/// A well-formed region code: six, nine or twelve digits, or two capital letters. That such a region exists is for
/// a [`RegionTable`](crate::region_table::RegionTable) to say.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Region(Box<str>);

/// Why a text is no region code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a region code; write six digits (330106), nine for a street, twelve for a village, or a country's two capital letters (IT)"
)]
pub struct RegionFault(pub String);

impl Region {
    /// Checks the form of a code.
    pub fn new(text: &str) -> Result<Self, RegionFault> {
        let digits = text.bytes().all(|b| b.is_ascii_digit()) && matches!(text.len(), 6 | 9 | 12);
        let letters = text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase());
        if (digits && !text.starts_with("00")) || letters {
            Ok(Self(text.into()))
        } else {
            Err(RegionFault(text.chars().take(20).collect()))
        }
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this region is `outer` or lies within it: `420106` lies within `420100`, `420000` and `CN`.
    pub fn is_within(&self, outer: &Region) -> bool {
        if &*outer.0 == "CN" {
            return self.is_division() || &*self.0 == "CN";
        }
        self.0.starts_with(outer.significant())
    }

    fn is_division(&self) -> bool {
        self.0.as_bytes()[0].is_ascii_digit()
    }

    /// How the code of everything within begins; empty for China, within which every division lies.
    pub fn within_prefix(&self) -> &str {
        if &*self.0 == "CN" { "" } else { self.significant() }
    }

    /// The digits that carry meaning: levels are 2, 4, 6, 9 and 12 digits long, and zeros fill the rest.
    fn significant(&self) -> &str {
        if !self.is_division() {
            return &self.0;
        }
        let mut end = self.0.len();
        for (level, below) in [(9, 12), (6, 9), (4, 6), (2, 4)] {
            if end == below && self.0[level..below].bytes().all(|b| b == b'0') {
                end = level;
            }
        }
        &self.0[..end]
    }
}

impl TryFrom<String> for Region {
    type Error = RegionFault;
    fn try_from(text: String) -> Result<Self, RegionFault> {
        Self::new(&text)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(text: &str) -> Region {
        Region::new(text).unwrap()
    }

    #[test]
    fn a_district_lies_within_its_city_its_province_and_its_country() {
        for outer in ["420106", "420100", "420000", "CN"] {
            assert!(region("420106").is_within(&region(outer)), "{outer}");
        }
        assert!(region("330106001").is_within(&region("330106")));
        assert!(region("330106001000").is_within(&region("330106001")));
        for other in ["420200", "430000", "IT", "420106001"] {
            assert!(!region("420106").is_within(&region(other)), "{other}");
        }
        assert!(!region("IT").is_within(&region("CN")));
    }

    #[test]
    fn a_code_of_another_form_is_refused() {
        for bad in ["", "42", "4201", "42010a", "it", "ITA", "000000", "4201060", "４２０１０６"] {
            assert!(Region::new(bad).is_err(), "{bad}");
        }
    }
}
