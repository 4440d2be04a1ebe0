//! Body temperature.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A body temperature in millionths of a degree Celsius; 30 to 45 degrees are read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Temperature(i32);

impl Temperature {
    /// 37.3 °C, from which on a temperature is fever (declaration forms of 2020: "fever 37.3 or above").
    pub const FEVER: Self = Self(37_300_000);

    /// From degrees Celsius; `None` outside 30 to 45.
    pub fn from_celsius(degrees: f64) -> Option<Self> {
        (30.0..=45.0).contains(&degrees).then(|| Self((degrees * 1_000_000.0).round() as i32))
    }

    /// In degrees Celsius.
    pub fn celsius(self) -> f64 {
        f64::from(self.0) / 1_000_000.0
    }

    pub(crate) fn millionths(self) -> i32 {
        self.0
    }

    pub(crate) fn from_millionths(millionths: i32) -> Option<Self> {
        (30_000_000..=45_000_000).contains(&millionths).then_some(Self(millionths))
    }

    /// Whether this is fever.
    pub fn is_fever(self) -> bool {
        self >= Self::FEVER
    }
}

impl Serialize for Temperature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.celsius())
    }
}

impl<'de> Deserialize<'de> for Temperature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let degrees = f64::deserialize(deserializer)?;
        Self::from_celsius(degrees).ok_or_else(|| {
            serde::de::Error::custom(format!(
                "{degrees} is no body temperature; give degrees Celsius, 30 to 45"
            ))
        })
    }
}
