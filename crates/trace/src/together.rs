//! The time a case spent together with others while infectious.

use crate::index::Index;
use crate::policy::Policy;
use crate::stamp::Stamp;
use crate::visit::Stay;
use healthcode_core::time::Interval;

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

/// When `case` was where inside the windows, and for how long after leaving the policy counts: by place and start; the
/// times of one place lie apart.
fn own_times(index: &Index, case: u32, windows: &Windows, policy: &Policy) -> Vec<Stay> {
    let inside = index.of_case(case).iter().flat_map(|stay| windows.clip(stay));
    let mut own: Vec<Stay> = inside.map(|stay| policy.lengthened(stay)).collect();
    own.dedup_by(|next, kept| {
        let one = next.place == kept.place && next.from.micros() <= kept.until.micros();
        if one {
            kept.until = kept.until.later(next.until);
        }
        one
    });
    own
}

impl Policy {
    /// A stay of a case with the time after it that counts. A stay over several days must come in one piece.
    fn lengthened(&self, stay: Stay) -> Stay {
        let (from, until) = (stay.from.micros(), stay.until.micros());
        let tail = (until - from).min(i64::from(self.tail_seconds) * 1_000_000);
        if tail == 0 {
            stay
        } else {
            Stay { until: Stamp::from_micros(until + tail, stay.until.form()), ..stay }
        }
    }
}

/// Every time that someone else shared with `case` inside the windows, into `times`: `person` is the other, the
/// order is person, place, start. Times of one person at one place lie apart.
///
/// A bound has the form of the visit whose bound it is, of the case's visit where both are; a bound that the
/// window cuts or the policy's tail moves has the form of the case's visit.
pub(crate) fn times_together(
    index: &Index,
    case: u32,
    windows: &Windows,
    policy: &Policy,
    times: &mut Vec<Stay>,
) {
    times.clear();
    for own in own_times(index, case, windows, policy) {
        index.overlapping(own.place, own.from.micros(), own.until.micros(), &mut |other| {
            if other.person != case {
                let (from, until) = (own.from.later(other.from), own.until.earlier(other.until));
                times.push(Stay { from, until, ..*other });
            }
        });
    }
    times.sort_unstable_by_key(|time| (time.person, time.place, time.from));
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
