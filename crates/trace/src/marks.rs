//! What visits say besides place and time: a seat, a part of the place, a direction.

use crate::visit::Stay;

/// What was known of somebody at a place for a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Mark<T> {
    pub place: u32,
    pub person: u32,
    pub from: i64,
    pub until: i64,
    pub what: T,
}

impl<T> Mark<T> {
    /// What is known of somebody for a whole stay.
    pub fn of(stay: &Stay, what: T) -> Self {
        let (from, until) = (stay.from.micros(), stay.until.micros());
        Self { place: stay.place, person: stay.person, from, until, what }
    }
}

/// Marks of many, by place, person and start.
pub(crate) struct Marks<T>(Vec<Mark<T>>);

/// A piece of a time together, and what compares there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Piece<V> {
    pub from: i64,
    pub until: i64,
    pub value: V,
}

impl<T: Copy + PartialEq> Marks<T> {
    pub fn new(mut marks: Vec<Mark<T>>) -> Self {
        marks.sort_unstable_by_key(|mark| (mark.place, mark.person, mark.from, mark.until));
        Self(marks)
    }

    fn of(&self, place: u32, person: u32) -> &[Mark<T>] {
        let at = (place, person);
        let start = self.0.partition_point(|mark| (mark.place, mark.person) < at);
        let length = self.0[start..].partition_point(|mark| (mark.place, mark.person) == at);
        &self.0[start..start + length]
    }

    /// What is known of a case while a place is `risky` because of her: what her visits say while she is `there`; for
    /// the time when it is risky without her, all that they say within.
    pub fn of_case(&self, case: u32, risky: &Stay, there: &[(i64, i64)]) -> Vec<Mark<T>> {
        let marks = self.of(risky.place, case);
        let (from, until) = (risky.from.micros(), risky.until.micros());
        let within = |mark: &Mark<T>, from: i64, until: i64| {
            let (from, until) = (mark.from.max(from), mark.until.min(until));
            (from < until).then_some(Mark { from, until, ..*mark })
        };
        let mut own: Vec<Mark<T>> = Vec::new();
        for (from, until) in there {
            own.extend(marks.iter().filter_map(|mark| within(mark, *from, *until)));
        }
        let mut known: Vec<T> = Vec::new();
        own.iter().filter(|mark| within(mark, from, until).is_some()).for_each(|mark| {
            if !known.contains(&mark.what) {
                known.push(mark.what);
            }
        });
        let mut end = from;
        let ends = there.iter().copied().filter(|span| span.0 < until && span.1 > from);
        for (next, after) in ends.chain([(until, until)]) {
            if end < next {
                let gap =
                    |what: &T| Mark { place: risky.place, person: case, from: end, until: next, what: *what };
                own.extend(known.iter().map(gap));
            }
            end = after;
        }
        own
    }

    /// A time together in pieces: for each, what `compare` makes of the marks of the case and of the other then. Pieces
    /// beside each other differ.
    pub fn compare<V: PartialEq>(
        &self,
        time: &Stay,
        own: &[Mark<T>],
        compare: impl Fn(&[T], &[T]) -> V,
    ) -> Vec<Piece<V>> {
        let theirs = self.of(time.place, time.person);
        let (from, until) = (time.from.micros(), time.until.micros());
        let bounds = own.iter().chain(theirs).flat_map(|mark| [mark.from, mark.until]);
        let mut cuts: Vec<i64> = bounds.filter(|at| from < *at && *at < until).collect();
        cuts.push(until);
        cuts.sort_unstable();
        cuts.dedup();
        let then = |marks: &[Mark<T>], at: i64| -> Vec<T> {
            marks.iter().filter(|mark| mark.from <= at && at < mark.until).map(|mark| mark.what).collect()
        };
        let (mut pieces, mut start): (Vec<Piece<V>>, i64) = (Vec::new(), from);
        for end in cuts {
            let value = compare(&then(own, start), &then(theirs, start));
            match pieces.last_mut().filter(|last| last.value == value) {
                Some(last) => last.until = end,
                None => pieces.push(Piece { from: start, until: end, value }),
            }
            start = end;
        }
        pieces
    }
}
