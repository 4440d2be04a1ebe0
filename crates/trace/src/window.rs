//! When a case is infectious, by a policy.

use crate::policy::Policy;
use healthcode_core::time::{Instant, Interval, Zone};

/// What the infectious window is counted from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Anchor {
    /// The onset of symptoms.
    Onset(Instant),
    /// The first positive sample of a case without symptoms.
    Sample(Instant),
    /// The first positive sample of a case that was found by repeated screening, and the last negative one before it.
    Screened {
        /// The first positive sample.
        sample: Instant,
        /// The last negative sample.
        last_negative: Instant,
    },
}

impl Policy {
    /// The infectious window of a case, in civil days of `zone`: from the start of the day that lies
    /// `days_before_onset` (or `days_before_sample`) days before the anchor's day, to the end of the day that
    /// lies `days_after` days after it, or to `isolated_at` where that is earlier. `None` when the person was
    /// isolated before it began. Where the policy says so, the window of a screened case begins with the last negative
    /// sample, to the second; a screened case is else like any other without symptoms.
    pub fn infectious_window(
        &self,
        anchor: Anchor,
        isolated_at: Option<Instant>,
        zone: &Zone,
    ) -> Option<Interval> {
        let (at, days_before) = match anchor {
            Anchor::Onset(at) => (at, self.days_before_onset),
            Anchor::Sample(at) | Anchor::Screened { sample: at, .. } => (at, self.days_before_sample),
        };
        let day = zone.day_of(at);
        let from = match anchor {
            Anchor::Screened { last_negative, .. } if self.after_last_negative => last_negative,
            _ => zone.start_of(day.plus(-i32::from(days_before))),
        };
        let end = zone.start_of(day.plus(i32::from(self.days_after) + 1));
        Interval::new(from, isolated_at.map_or(end, |isolated| isolated.min(end)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_runs_over_whole_civil_days_until_isolation() {
        let policy = Policy::built_in("place-15min-sum-24h").unwrap();
        let zone = Zone::new("Asia/Shanghai").unwrap();
        let at = |text: &str| Instant::parse(text).unwrap();
        let onset = Anchor::Onset(at("2020-02-11T13:00:00+08:00"));
        let whole = policy.infectious_window(onset, None, &zone).unwrap();
        assert_eq!(whole.from, at("2020-02-09T00:00:00+08:00"));
        assert_eq!(whole.until, at("2020-02-22T00:00:00+08:00"));
        let isolated = at("2020-02-12T08:30:00+08:00");
        assert_eq!(policy.infectious_window(onset, Some(isolated), &zone).unwrap().until, isolated);
        assert_eq!(policy.infectious_window(onset, Some(whole.from), &zone), None);
    }

    #[test]
    fn a_case_without_symptoms_counts_from_its_sample() {
        let mut policy = Policy::built_in("place-15min-unbroken").unwrap();
        policy.days_before_sample = 4;
        let zone = Zone::new("UTC").unwrap();
        let sample = Anchor::Sample(Instant::parse("2021-06-05T23:59:59Z").unwrap());
        let window = policy.infectious_window(sample, None, &zone).unwrap();
        assert_eq!(window.from, Instant::parse("2021-06-01T00:00:00Z").unwrap());
    }
}
