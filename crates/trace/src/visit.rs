//! One stay of a person at a place.

use crate::seat::Seat;
use crate::stamp::Stamp;
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::time::Interval;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

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

/// Which way somebody was going when the scan was made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Into the place.
    In,
    /// Out of it.
    Out,
    /// Through it.
    Passing,
}

/// One visit as the server keeps it. Make it with [`Visit::new`], and add what is known besides.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Visit {
    /// Who was there.
    pub person: PersonId,
    /// Where. A ride is a place, too: each run of a vehicle is one of its own.
    pub place: PointId,
    /// From entering (inside) to leaving (outside); an empty one counts for nothing.
    pub stay: Interval,
    /// How much its record proves.
    pub grade: Grade,
    /// The kind of the place, a word such as `household` or `aircraft`, where it is known. One visit that names it is
    /// enough for all of the place; where they differ, the kind that the policy names first counts.
    pub kind: Option<Arc<str>>,
    /// Where on a vehicle, where it is known.
    pub seat: Option<Seat>,
    /// The sub-point inside the place, where it is known: a hall, a counter, a table.
    pub part: Option<PointId>,
    /// The direction of the scan, where it is known.
    pub way: Option<Way>,
}

impl Visit {
    /// A visit of which kind, seat, part and way are not known.
    pub fn new(person: PersonId, place: PointId, stay: Interval, grade: Grade) -> Self {
        Self { person, place, stay, grade, kind: None, seat: None, part: None, way: None }
    }

    /// With the kind of its place.
    pub fn with_kind(self, kind: impl Into<Arc<str>>) -> Self {
        Self { kind: Some(kind.into()), ..self }
    }

    /// With a seat.
    pub fn with_seat(self, seat: Seat) -> Self {
        Self { seat: Some(seat), ..self }
    }

    /// With the sub-point inside the place.
    pub fn with_part(self, part: PointId) -> Self {
        Self { part: Some(part), ..self }
    }

    /// With the direction of the scan.
    pub fn with_way(self, way: Way) -> Self {
        Self { way: Some(way), ..self }
    }
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
