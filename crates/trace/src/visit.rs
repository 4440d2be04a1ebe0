//! One stay of a person at a place.

use crate::stamp::Stamp;
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::time::Interval;
use serde::{Deserialize, Serialize};

/// How much the record of a visit proves; a later one proves more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// The person scanned a printed code, which can be photographed and sent on: no proof of presence.
    Poster,
    /// The person scanned a code that changes: proof of presence within its period.
    Rotating,
    /// Staff or a gate scanned the person.
    Witnessed,
}

impl Grade {
    /// Reads `poster`, `rotating` or `witnessed`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "poster" => Some(Self::Poster),
            "rotating" => Some(Self::Rotating),
            "witnessed" => Some(Self::Witnessed),
            _ => None,
        }
    }
}

/// One visit as the server keeps it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Visit {
    /// Who was there.
    pub person: PersonId,
    /// Where.
    pub place: PointId,
    /// From entering (inside) to leaving (outside); an empty one counts for nothing.
    pub stay: Interval,
    /// How much its record proves.
    pub grade: Grade,
}

/// A visit, or a time together, as the computation keeps it: 24 bytes, people and places as numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Stay {
    pub person: u32,
    pub place: u32,
    pub from: Stamp,
    pub until: Stamp,
}

const _: () = assert!(size_of::<Stay>() == 24, "a city's visits must fit in memory");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grade_is_written_in_snake_case_and_ordered_by_what_it_proves() {
        for grade in [Grade::Poster, Grade::Rotating, Grade::Witnessed] {
            let text = serde_json::to_string(&grade).unwrap();
            assert_eq!(Grade::parse(text.trim_matches('"')), Some(grade));
        }
        assert!(Grade::Poster < Grade::Rotating && Grade::Rotating < Grade::Witnessed);
        assert_eq!(Grade::parse("Poster"), None);
    }
}
