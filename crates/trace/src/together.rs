//! The time a case spent together with others while infectious.

use crate::index::Index;
use crate::marks::{Marks, Piece};
use crate::near::{Nearness, Standing};
use crate::policy::Policy;
use crate::seat::Seat;
use crate::stamp::Stamp;
use crate::visit::Stay;
use healthcode_core::time::{Instant, Interval};

/// When one person was infectious: ascending, apart from each other. Several windows of a person are read as
/// one set of times: where they overlap or touch they are one, and time counts once.
#[derive(Clone, Default, Debug)]
pub(crate) struct Windows(Vec<(i64, i64)>);

impl Windows {
    pub fn new(windows: &[Interval]) -> Self {
        let mut spans: Vec<(i64, i64)> =
            windows.iter().map(|window| (window.from.micros(), window.until.micros())).collect();
        spans.retain(|(from, until)| from < until);
        unite(&mut spans);
        Self(spans)
    }

    /// Whether any of the stay lies inside.
    pub fn meet(&self, stay: &Stay) -> bool {
        self.clip(stay).next().is_some()
    }

    /// From the first instant of all to the last; `None` when there is no window.
    pub fn hull(&self) -> Option<(i64, i64)> {
        Some((self.0.first()?.0, self.0.last()?.1))
    }

    /// The parts of a stay that lie inside. A bound that a window cuts keeps the form of the stay's bound.
    pub fn clip(&self, stay: &Stay) -> impl Iterator<Item = Stay> {
        let stay = *stay;
        let first = self.0.partition_point(|(_, until)| *until <= stay.from.micros());
        self.0[first..].iter().take_while(move |(from, _)| *from < stay.until.micros()).map(
            move |(from, until)| Stay {
                from: stay.from.at_least(*from),
                until: stay.until.at_most(*until),
                ..stay
            },
        )
    }
}

/// Sorts, and joins spans that overlap or touch.
pub(crate) fn unite(spans: &mut Vec<(i64, i64)>) {
    spans.sort_unstable();
    spans.dedup_by(|next, kept| {
        let one = next.0 <= kept.1;
        if one {
            kept.1 = kept.1.max(next.1);
        }
        one
    });
}

/// A contact definition and what is known of the places, seats included.
#[derive(Clone, Copy)]
pub(crate) struct Terms<'a> {
    pub policy: &'a Policy,
    /// The number of the rule of each place; places beyond have that of the policy itself.
    pub rules: &'a [u8],
    pub seats: &'a Marks<Seat>,
}

/// The times that others shared with a case. [`Stay::person`] is the other; the order is person, place, start.
#[derive(Default)]
pub(crate) struct Together {
    /// Those of one person at one place lie apart, or touch where how near they were differs.
    pub times: Vec<Stay>,
    /// How near, time by time; empty where no rule asks for seats.
    pub standings: Vec<Standing>,
}

impl Terms<'_> {
    pub fn rule_of(&self, place: u32) -> u8 {
        self.rules.get(place as usize).copied().unwrap_or(0)
    }

    /// The time at a place that a stay of a case makes risky: with the tail after it, or all of its civil dates. A stay
    /// over several days must come in one piece.
    pub fn risky(&self, stay: Stay) -> Stay {
        let rule = self.policy.rule(self.rule_of(stay.place));
        if let (true, Some(zone)) = (rule.same_date, &self.policy.zone) {
            let last = Instant::from_micros(stay.until.micros() - 1);
            let (from, until) =
                (zone.start_of(zone.day_of(stay.from.instant())), zone.start_of(zone.day_of(last).plus(1)));
            let bound = |at: Instant, of: Stamp| Stamp::new(at, of.form());
            return Stay { from: bound(from, stay.from), until: bound(until, stay.until), ..stay };
        }
        let (from, until) = (stay.from.micros(), stay.until.micros());
        let tail = (until - from).min(i64::from(self.policy.tail_seconds) * 1_000_000);
        if tail == 0 {
            stay
        } else {
            Stay { until: Stamp::from_micros(until + tail, stay.until.form()), ..stay }
        }
    }

    /// What a stay may make risky at most, if others touch it: from and until, in microseconds.
    pub fn reach(&self, stay: Stay) -> (i64, i64) {
        let risky = self.risky(stay);
        let tail = i64::from(self.policy.tail_seconds) * 1_000_000;
        (risky.from.micros(), risky.until.micros().max(stay.until.micros() + tail))
    }

    /// When places are risky because of a case: by place and start; the times of one place lie apart.
    pub fn risky_times(&self, index: &Index, case: u32, windows: &Windows) -> Vec<Stay> {
        let inside = index.of_case(case).iter().flat_map(|stay| windows.clip(stay));
        let mut risky: Vec<Stay> = inside.map(|stay| self.risky(stay)).collect();
        risky.dedup_by(|next, kept| {
            let one = next.place == kept.place && next.from.micros() <= kept.until.micros();
            if one {
                kept.until = kept.until.later(next.until);
            }
            one
        });
        risky
    }

    /// Every time that someone else shared with `case` inside the windows.
    ///
    /// A bound has the form of the visit whose bound it is, of the case's visit where both are; a bound that the window
    /// cuts, or that is moved by the policy's tail or to a midnight, has the form of the case's visit.
    pub fn together(&self, index: &Index, case: u32, windows: &Windows, found: &mut Together) {
        let risky = self.risky_times(index, case, windows);
        self.together_in(index, case, windows, &risky, found);
    }

    /// The same of some of the times when places are risky because of the case.
    pub fn together_in(
        &self,
        index: &Index,
        case: u32,
        windows: &Windows,
        risky: &[Stay],
        found: &mut Together,
    ) {
        found.times.clear();
        found.standings.clear();
        for own in risky {
            index.overlapping(own.place, own.from.micros(), own.until.micros(), &mut |other| {
                if other.person != case {
                    let (from, until) = (own.from.later(other.from), own.until.earlier(other.until));
                    found.times.push(Stay { from, until, ..*other });
                }
            });
        }
        found.times.sort_unstable_by_key(|time| (time.person, time.place, time.from));
        if self.policy.asks_for_seats() {
            self.split_by_seats(index, case, windows, risky, found);
        }
    }

    /// Cuts times on vehicles where how near they were changes, and takes out those that are not time together.
    fn split_by_seats(
        &self,
        index: &Index,
        case: u32,
        windows: &Windows,
        risky: &[Stay],
        found: &mut Together,
    ) {
        let seated = |place: u32| self.policy.rule(self.rule_of(place)).nearness;
        let own: Vec<_> = risky
            .iter()
            .map(|risky| seated(risky.place).map(|_| self.own_marks(self.seats, index, case, windows, risky)))
            .collect();
        for time in std::mem::take(&mut found.times) {
            let Some(nearness) = seated(time.place) else {
                found.push(time, Standing::Near);
                continue;
            };
            let own = holder(risky, &time).and_then(|at| own[at].as_deref()).unwrap_or_default();
            for piece in self.seats.compare(&time, own, |own, theirs| nearest(nearness, own, theirs)) {
                if piece.value != Standing::Far || nearness.beyond.is_some() {
                    found.push(cut_out(&time, &piece), piece.value);
                }
            }
        }
    }

    /// What is known of a case while a place is risky because of her.
    pub fn own_marks<T: Copy + PartialEq>(
        &self,
        marks: &Marks<T>,
        index: &Index,
        case: u32,
        windows: &Windows,
        risky: &Stay,
    ) -> Vec<crate::marks::Mark<T>> {
        let there: Vec<(i64, i64)> = index
            .of_case(case)
            .iter()
            .filter(|stay| stay.place == risky.place)
            .flat_map(|stay| windows.clip(stay))
            .map(|stay| (stay.from.micros(), stay.until.micros()))
            .collect();
        marks.of_case(case, risky, &there)
    }
}

impl Together {
    fn push(&mut self, time: Stay, standing: Standing) {
        self.times.push(time);
        self.standings.push(standing);
    }
}

/// Which of the risky times, ordered by place and start, holds a time together.
fn holder(risky: &[Stay], time: &Stay) -> Option<usize> {
    let behind =
        risky.partition_point(|own| (own.place, own.from.micros()) <= (time.place, time.from.micros()));
    behind.checked_sub(1)
}

/// The nearest of all seats in which both were at a moment.
fn nearest(nearness: &Nearness, own: &[Seat], theirs: &[Seat]) -> Standing {
    let seats = |known: &[Seat]| match known {
        [] => vec![None],
        known => known.iter().copied().map(Some).collect(),
    };
    let (own, theirs) = (seats(own), seats(theirs));
    let pairs = own.iter().flat_map(|own| theirs.iter().map(|theirs| nearness.between(*own, *theirs)));
    pairs.max().unwrap_or(Standing::Unknown)
}

/// The part of a time; bounds that are not its own keep the form of the nearest that is.
fn cut_out<V>(time: &Stay, piece: &Piece<V>) -> Stay {
    Stay { from: time.from.at_least(piece.from), until: time.until.at_most(piece.until), ..*time }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_that_overlap_or_touch_are_one() {
        let window = |from, until| Interval {
            from: healthcode_core::time::Instant::from_micros(from),
            until: healthcode_core::time::Instant::from_micros(until),
        };
        let windows =
            Windows::new(&[window(50, 60), window(0, 10), window(10, 20), window(15, 30), window(9, 9)]);
        assert_eq!(windows.0, [(0, 30), (50, 60)]);
        assert_eq!(windows.hull(), Some((0, 60)));
        assert_eq!(Windows::new(&[window(7, 3)]).hull(), None, "a window that ends before it starts is none");
    }
}
