//! Where on a vehicle somebody sat or served, and its one text form.
//!
//! ```text
//! seat        = crew / [ carriage "/" ] spot / carriage
//! spot        = row [ "/" letter ] / bay / compartment
//! crew        = [ carriage "/" ] [ rows "/" ] "crew"
//! carriage    = "c" number        bay         = "b" number
//! row         = "r" number        compartment = "k" number
//! rows        = "r" number "-" number             ; the first is not after the last
//! letter      = "A" to "Z"
//! number      = 1 to 999, without zeros before it
//! ```
//!
//! So `r12/A`, `c5/r3`, `c5/b3`, `c5/k2`, `c5`, `crew`, `c5/crew`, `r10-20/crew`. Each seat has one text, and a text that
//! is read comes out as it was.

use serde::{Deserialize, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// The largest number of a carriage, row, bay or compartment.
const LAST: u16 = 999;

/// Where on a vehicle somebody sat or served. Only what is known is there: `c5` is somewhere in the fifth carriage.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Seat {
    /// 1 to 999; `None` on vehicles of one piece, such as aircraft, or where it is not known.
    pub(crate) carriage: Option<u16>,
    pub(crate) spot: Spot,
}

/// The part of a seat within the carriage.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Spot {
    /// Somewhere in the carriage.
    Somewhere,
    /// A row, and the letter across it where it is known.
    Row(u16, Option<u8>),
    /// Seats that face each other, between two partitions.
    Bay(u16),
    /// A room with a door: a compartment of a train, a cabin of a ship.
    Compartment(u16),
    /// Serves the carriage, or the vehicle where no carriage is told; rows from and to where only those.
    Crew(Option<(u16, u16)>),
}

/// A text that is no seat.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "{0:?} is no seat; write a row and letter (r12/A), a bay (c5/b3), a compartment (c5/k2), a carriage (c5) or crew \
     (crew, c5/crew, r10-20/crew), with numbers from 1 to 999"
)]
pub struct SeatFault(
    /// At most 40 characters of it.
    pub String,
);

impl Seat {
    /// Whether it is that of somebody who serves there.
    pub fn is_crew(self) -> bool {
        matches!(self.spot, Spot::Crew(_))
    }

    fn read(text: &str) -> Option<Self> {
        let (carriage, rest) =
            match text.strip_prefix('c').filter(|_| text != "crew" && !text.starts_with("cr")) {
                None => (None, Some(text)),
                Some(behind) => match behind.split_once('/') {
                    None => (Some(number(behind)?), None),
                    Some((carriage, rest)) => (Some(number(carriage)?), Some(rest)),
                },
            };
        let spot = rest.map_or(Some(Spot::Somewhere), Spot::read)?;
        Some(Self { carriage, spot })
    }
}

impl Spot {
    fn read(text: &str) -> Option<Self> {
        if text == "crew" {
            return Some(Self::Crew(None));
        }
        // `get` also of a text that does not begin with one byte.
        let (mark, rest) = (text.get(..1)?, text.get(1..)?);
        match (mark, rest.split_once('/')) {
            ("b", None) => Some(Self::Bay(number(rest)?)),
            ("k", None) => Some(Self::Compartment(number(rest)?)),
            ("r", None) => Some(Self::Row(number(rest)?, None)),
            ("r", Some((rows, "crew"))) => {
                let (from, to) = rows.split_once('-')?;
                let (from, to) = (number(from)?, number(to)?);
                (from <= to).then_some(Self::Crew(Some((from, to))))
            }
            ("r", Some((row, letter))) => match letter.as_bytes() {
                [letter @ b'A'..=b'Z'] => Some(Self::Row(number(row)?, Some(*letter))),
                _ => None,
            },
            _ => None,
        }
    }
}

fn number(text: &str) -> Option<u16> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|number| plain && (1..=LAST).contains(number))
}

impl FromStr for Seat {
    type Err = SeatFault;

    fn from_str(text: &str) -> Result<Self, SeatFault> {
        Self::read(text).ok_or_else(|| SeatFault(crate::fault::cut(text)))
    }
}

impl TryFrom<String> for Seat {
    type Error = SeatFault;

    fn try_from(text: String) -> Result<Self, SeatFault> {
        text.parse()
    }
}

impl fmt::Display for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(carriage) = self.carriage {
            let between = if self.spot == Spot::Somewhere { "" } else { "/" };
            write!(f, "c{carriage}{between}")?;
        }
        match self.spot {
            Spot::Somewhere => Ok(()),
            Spot::Row(row, None) => write!(f, "r{row}"),
            Spot::Row(row, Some(letter)) => write!(f, "r{row}/{}", char::from(letter)),
            Spot::Bay(bay) => write!(f, "b{bay}"),
            Spot::Compartment(compartment) => write!(f, "k{compartment}"),
            Spot::Crew(None) => f.write_str("crew"),
            Spot::Crew(Some((from, to))) => write!(f, "r{from}-{to}/crew"),
        }
    }
}

impl Serialize for Seat {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_seat() -> impl Strategy<Value = Seat> {
        let number = || 1..=LAST;
        let spot = prop_oneof![
            Just(Spot::Somewhere),
            (number(), prop::option::of(b'A'..=b'Z')).prop_map(|(row, letter)| Spot::Row(row, letter)),
            number().prop_map(Spot::Bay),
            number().prop_map(Spot::Compartment),
            prop::option::of((number(), number()))
                .prop_map(|rows| { Spot::Crew(rows.map(|(one, other)| (one.min(other), one.max(other)))) }),
        ];
        (prop::option::of(number()), spot).prop_map(|(carriage, spot)| {
            // Somewhere on a vehicle of one piece is no seat, but none.
            let carriage = if spot == Spot::Somewhere { carriage.or(Some(1)) } else { carriage };
            Seat { carriage, spot }
        })
    }

    #[test]
    fn what_is_no_seat_is_refused() {
        for text in [
            "",
            "12A",
            "r",
            "r0",
            "r01",
            "r1000",
            "r+1",
            "r12/a",
            "r12/AB",
            "r12/",
            "r12A",
            "R12/A",
            "c5/",
            "/r1",
            "c5/c6",
            "c/r1",
            "b3/A",
            "k2/crew",
            "r3/crew",
            "r9-3/crew",
            "r3-9",
            "crew/c5",
            "Crew",
            " crew",
            "c5/crew ",
            "c5/b3/k2",
            "é1",
            "cé/r1",
            "r1/é",
            "cr",
        ] {
            assert_eq!(text.parse::<Seat>(), Err(SeatFault(text.to_owned())), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_seat_comes_out_as_it_went_in(seat in any_seat()) {
            let text = seat.to_string();
            prop_assert_eq!(text.parse::<Seat>().unwrap(), seat);
            let json = serde_json::to_string(&seat).unwrap();
            prop_assert_eq!(&json, &format!("{text:?}"));
            prop_assert_eq!(serde_json::from_str::<Seat>(&json).unwrap(), seat);
        }

        #[test]
        fn a_text_that_is_read_is_the_text_of_its_seat(text in "(c[0-9]{1,4}/?)?([rbk][0-9]{0,4}(-[0-9]{1,3})?)?(/?([A-Za-z]|crew))?") {
            if let Ok(seat) = text.parse::<Seat>() {
                prop_assert_eq!(seat.to_string(), text);
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,12}") {
            let _ = text.parse::<Seat>();
        }
    }
}
