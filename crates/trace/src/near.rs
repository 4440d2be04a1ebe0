//! How near two people sat on a vehicle.

use crate::policy::Level;
use crate::seat::{Seat, Spot};

/// What counts at the seats of a vehicle.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Nearness {
    /// Who is near.
    pub near: Near,
    /// Whether those who serve there are near: crew of the vehicle, or of a carriage or rows that [`Nearness::near`]
    /// reaches; and crew to each other. Else crew are as far as can be.
    pub crew: bool,
    /// What those are who were on the vehicle and not near. `None`: their time there is not time together.
    pub beyond: Option<Level>,
    /// What those are of whom it cannot be told whether they were near, because their seat or that of the case is
    /// not known, or not to what [`Nearness::near`] asks for.
    pub unknown_seat: Level,
}

/// Who is near on a vehicle.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Near {
    /// In the same row, or at most so many before or behind, in the same carriage.
    Rows {
        /// 0 to 99.
        rows: u16,
        /// Numbers that these vehicles leave out; they are not counted between two rows.
        missing_rows: Vec<u16>,
    },
    /// At most so many rows before or behind, and at most so many seats to the left or the right, in the same carriage.
    /// An aisle is no seat. A seat whose letter is not known may be any of its row.
    Seats {
        /// 0 to 99.
        seats: u16,
        /// As of [`Near::Rows`].
        missing_rows: Vec<u16>,
        /// The letters across a row, from one wall to the other.
        letters: String,
    },
    /// In the same bay, or at most so many beside it, in the same carriage; of those who have a compartment, in the same
    /// one.
    Bay {
        /// 0 to 99.
        beside: u16,
    },
    /// In the same compartment of the same carriage.
    Compartment,
    /// In the same carriage.
    Carriage,
    /// Anywhere on it, whatever the seat.
    Vehicle,
}

/// Whether two people were near: the later, the nearer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Standing {
    Far,
    Unknown,
    Near,
}

impl Nearness {
    /// Whether who sits in `one` is near who sits in `other`; the order does not matter. `None`: not known.
    pub(crate) fn between(&self, one: Option<Seat>, other: Option<Seat>) -> Standing {
        if self.near == Near::Vehicle {
            return Standing::Near;
        }
        let crew = |seat: Option<Seat>| seat.filter(|seat| seat.is_crew());
        match (crew(one), crew(other)) {
            (None, None) => self.of_passengers(one, other),
            _ if !self.crew => Standing::Far,
            (Some(_), Some(_)) => Standing::Near,
            (Some(crew), None) => self.served(crew, other),
            (None, Some(crew)) => self.served(crew, one),
        }
    }

    fn of_passengers(&self, one: Option<Seat>, other: Option<Seat>) -> Standing {
        let (Some(one), Some(other)) = (one, other) else { return Standing::Unknown };
        let inside = match (&self.near, one.spot, other.spot) {
            (Near::Carriage | Near::Vehicle, ..) => Standing::Near,
            (Near::Rows { rows, missing_rows }, Spot::Row(one, _), Spot::Row(other, _)) => {
                at_most(rows_apart(one, other, missing_rows), *rows)
            }
            (Near::Seats { seats, missing_rows, letters }, Spot::Row(a, one), Spot::Row(b, other)) => {
                let across = letters_apart(one, other, letters);
                at_most(rows_apart(a, b, missing_rows), *seats).min(at_most(across, *seats))
            }
            (Near::Bay { beside }, Spot::Bay(one), Spot::Bay(other)) => at_most(one.abs_diff(other), *beside),
            (Near::Compartment | Near::Bay { .. }, Spot::Compartment(one), Spot::Compartment(other)) => {
                at_most(one.abs_diff(other), 0)
            }
            _ => Standing::Unknown,
        };
        match (self.near == Near::Carriage, one.carriage, other.carriage) {
            // Without carriages nobody knows who sat in the same one.
            (true, None, None) => Standing::Unknown,
            _ => same_carriage(one, other).min(inside),
        }
    }

    /// Whether who sits there (not known where `None`) was served by crew.
    fn served(&self, crew: Seat, seat: Option<Seat>) -> Standing {
        let Spot::Crew(rows) = crew.spot else { return Standing::Unknown };
        if crew.carriage.is_none() && rows.is_none() {
            return Standing::Near;
        }
        let Some(seat) = seat else { return Standing::Unknown };
        let inside = match (rows, seat.spot, &self.near) {
            (None, ..) => Standing::Near,
            (Some((from, to)), Spot::Row(row, _), near) => {
                let (reach, missing): (u16, &[u16]) = match near {
                    Near::Rows { rows: reach, missing_rows }
                    | Near::Seats { seats: reach, missing_rows, .. } => (*reach, missing_rows),
                    _ => (0, &[]),
                };
                at_most(rows_apart(row, row.clamp(from, to), missing), reach)
            }
            _ => Standing::Unknown,
        };
        // Crew of some rows, without a carriage, serve a vehicle of one piece, or a carriage that nobody knows.
        let carriage = if crew.carriage.is_none() && seat.carriage.is_none() {
            Standing::Near
        } else {
            same_carriage(crew, seat)
        };
        carriage.min(inside)
    }
}

/// Vehicles of one piece have no carriages.
fn same_carriage(one: Seat, other: Seat) -> Standing {
    match (one.carriage, other.carriage) {
        (Some(one), Some(other)) => at_most(one.abs_diff(other), 0),
        (None, None) => Standing::Near,
        _ => Standing::Unknown,
    }
}

fn at_most(apart: u16, most: u16) -> Standing {
    if apart <= most { Standing::Near } else { Standing::Far }
}

/// How many rows one must go to come from one to the other. Rows that are left out are passed over; those in which
/// somebody sits are there, whatever the policy says.
fn rows_apart(one: u16, other: u16, missing: &[u16]) -> u16 {
    let (front, back) = (one.min(other), one.max(other));
    let between = missing.iter().filter(|row| (front + 1..back).contains(row)).count() as u16;
    back - front - between
}

/// How many seats one must go across a row. A letter that is not known, or not one of these, may be any.
fn letters_apart(one: Option<u8>, other: Option<u8>, letters: &str) -> u16 {
    let at = |letter: Option<u8>| letters.bytes().position(|known| Some(known) == letter);
    match (at(one), at(other)) {
        (Some(one), Some(other)) => one.abs_diff(other) as u16,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearness(near: Near) -> Nearness {
        Nearness { near, crew: true, beyond: None, unknown_seat: Level::General }
    }

    fn rows() -> Nearness {
        nearness(Near::Rows { rows: 3, missing_rows: vec![13] })
    }

    #[track_caller]
    fn check(nearness: &Nearness, one: &str, near: &[&str], far: &[&str], unknown: &[&str]) {
        let seat = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
        for (others, standing) in [(near, Standing::Near), (far, Standing::Far), (unknown, Standing::Unknown)]
        {
            for other in others {
                assert_eq!(nearness.between(seat(one), seat(other)), standing, "{one} and {other}");
                assert_eq!(nearness.between(seat(other), seat(one)), standing, "{other} and {one}");
            }
        }
    }

    #[test]
    fn three_rows_before_and_behind_are_near() {
        check(&rows(), "r20/A", &["r17/K", "r20", "r23/C"], &["r16/A", "r24/A"], &["", "b20", "k1"]);
        check(&rows(), "r1/A", &["r1/K", "r4/A"], &["r5/A"], &[]);
        check(&rows(), "r40/A", &["r37/A"], &["r36/A"], &[]);
        check(&rows(), "c5/r3", &["c5/r6"], &["c6/r3", "r7", "c5/r7"], &["r3", "c5"]);
    }

    #[test]
    fn a_row_that_is_not_there_is_not_counted_and_one_with_somebody_in_it_is() {
        check(&rows(), "r12/A", &["r14/A", "r15/A", "r16/A", "r13/A"], &["r17/A", "r8/A"], &[]);
        check(&rows(), "r14/A", &["r10/A", "r12/A"], &["r9/A"], &[]);
        check(&rows(), "r13/A", &["r10/A", "r16/A"], &["r9/A", "r17/A"], &[]);
    }

    #[test]
    fn two_seats_in_any_direction_go_across_the_aisle() {
        let letters = "ABCDEF".to_owned();
        let seats = nearness(Near::Seats { seats: 2, missing_rows: vec![13], letters });
        check(&seats, "r12/C", &["r12/A", "r12/E", "r10/E", "r15/A"], &["r12/F", "r16/C", "r9/C"], &[""]);
        check(&seats, "r1/A", &["r3/C", "r3", "r3/Z"], &["r3/D", "r4/A"], &[]);
    }

    #[test]
    fn bays_compartments_and_carriages() {
        let bay = nearness(Near::Bay { beside: 1 });
        check(&bay, "c5/b3", &["c5/b2", "c5/b4"], &["c5/b5", "c4/b3"], &["c5", "b3", "c5/k3", ""]);
        check(&bay, "c6/k2", &["c6/k2"], &["c6/k1", "c6/k3", "c5/k2"], &["c6/b2"]);
        let compartment = nearness(Near::Compartment);
        check(&compartment, "c5/k2", &["c5/k2"], &["c5/k3", "c6/k2"], &["c5", "k2"]);
        let carriage = nearness(Near::Carriage);
        check(&carriage, "c5/k2", &["c5/b9", "c5"], &["c6"], &["", "k2"]);
        check(&carriage, "k2", &[], &[], &["k2", ""]);
        check(&nearness(Near::Vehicle), "r1", &["", "r90", "crew"], &[], &[]);
    }

    #[test]
    fn crew_are_near_those_whom_they_serve_and_each_other() {
        check(&rows(), "crew", &["", "r9/A", "c5", "crew", "r1-9/crew"], &[], &[]);
        check(
            &rows(),
            "r10-20/crew",
            &["r7/A", "r15", "r23", "r90-99/crew"],
            &["r6", "r24"],
            &["", "c5", "c5/r15"],
        );
        let carriage = nearness(Near::Carriage);
        check(&carriage, "c5/crew", &["c5/r1", "c5", "c6/crew"], &["c6/r1"], &["", "r1"]);
        let none = Nearness { crew: false, ..rows() };
        check(&none, "crew", &[], &["", "r1", "crew"], &[]);
    }
}
