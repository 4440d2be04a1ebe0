//! Report days: the latest unbroken run of normal ones, and all of them.

use crate::time::Day;

/// The report days so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Run {
    days: Option<(Day, Day)>,
    /// The latest day with an abnormal report; a normal one on the same day does not count.
    abnormal: Option<Day>,
    /// Normal report days since the last abnormal one, ascending; kept only where a rule counts them so.
    normal: Vec<Day>,
    /// The latest day with any report.
    reported: Option<Day>,
}

impl Run {
    /// A report on a day. `all` keeps every normal day, not only those of the run.
    pub(crate) fn report(&mut self, day: Day, is_abnormal: bool, all: bool) {
        self.reported = self.reported.max(Some(day));
        if is_abnormal {
            self.days = None;
            self.abnormal = Some(day);
            self.normal.clear();
        } else if self.abnormal != Some(day) {
            if all && self.normal.last() != Some(&day) {
                self.normal.push(day);
            }
            self.days = match self.days {
                Some((_, last)) if last == day => return,
                Some((first, last)) if last.plus(1) == day => Some((first, day)),
                _ => Some((day, day)),
            };
        }
    }

    /// How many days of the run count after `day_zero`.
    pub(crate) fn done_after(&self, day_zero: Day) -> u16 {
        let Some((first, last)) = self.days else { return 0 };
        (last.0 - first.max(day_zero.plus(1)).0 + 1).max(0) as u16
    }

    /// How many normal days count after `day_zero`, in a row or not.
    pub(crate) fn normal_after(&self, day_zero: Day) -> u16 {
        (self.normal.len() - self.normal.partition_point(|day| *day <= day_zero)) as u16
    }

    /// The last day of the run.
    pub(crate) fn last(&self) -> Option<Day> {
        self.days.map(|(_, last)| last)
    }

    /// The latest day with any report.
    pub(crate) fn reported(&self) -> Option<Day> {
        self.reported
    }

    /// The first day from `today` on that a report can still add to a run.
    pub(crate) fn next_day(&self, today: Day) -> Day {
        let used = self.last() == Some(today) || self.abnormal == Some(today);
        today.plus(i32::from(used))
    }

    /// A day without a report breaks the run.
    pub(crate) fn pass_to(&mut self, today: Day) {
        if self.last().is_some_and(|last| last < today.plus(-1)) {
            self.days = None;
        }
    }

    /// The same as if the run had broken.
    pub(crate) fn broken(&self) -> Self {
        Self { days: None, ..self.clone() }
    }
}
