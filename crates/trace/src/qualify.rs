//! Whether the time two people spent together meets a policy.

use crate::policy::Mode;
use crate::together::unite;

const SECOND: i64 = 1_000_000;

impl Mode {
    /// Whether times together of one pair, in microseconds, reach a minimum; they are put in order.
    pub(crate) fn is_met(self, minimum_seconds: u32, spans: &mut Vec<(i64, i64)>) -> bool {
        let minimum = i64::from(minimum_seconds) * SECOND;
        match self {
            Self::Unbroken => spans.iter().any(|(from, until)| until - from >= minimum),
            Self::Sum { hours } => {
                unite(spans);
                best_sum(spans, i64::from(hours) * 3600 * SECOND) >= minimum
            }
        }
    }
}

/// The most that any half-open window of length `window` holds of `spans` (ascending, apart); a span that
/// sticks out counts with what lies inside.
///
/// Some best window starts where a span starts. Slide a best window that does not: to the left while its start
/// lies in a span (what comes in makes up for what goes out, or it was not the best), else to the right (nothing
/// goes out). It stays a best one until its start is the start of a span.
fn best_sum(spans: &[(i64, i64)], window: i64) -> i64 {
    let mut before = vec![0];
    let mut total = 0;
    for (from, until) in spans {
        total += until - from;
        before.push(total);
    }
    let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return 0 };
    if last.1 - first.0 <= window {
        return total;
    }
    let mut best = 0;
    for (n, (from, _)) in spans.iter().enumerate() {
        let end = from + window;
        let beyond = spans.partition_point(|span| span.0 < end);
        let cut = (spans[beyond - 1].1 - end).max(0);
        best = best.max(before[beyond] - before[n] - cut);
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_span_that_sticks_out_counts_with_what_lies_inside() {
        assert_eq!(best_sum(&[(0, 5), (8, 12)], 10), 7);
        assert_eq!(best_sum(&[(0, 4), (5, 12)], 10), 9);
        assert_eq!(best_sum(&[(0, 50)], 10), 10);
        assert_eq!(best_sum(&[], 10), 0);
    }

    proptest! {
        #[test]
        fn the_best_window_is_the_best_of_all_windows(
            mut spans in prop::collection::vec((0_i64..200, 1_i64..30), 0..12),
            window in 1_i64..120,
        ) {
            for span in &mut spans { span.1 += span.0; }
            unite(&mut spans);
            let content = |start: i64| -> i64 {
                spans.iter().map(|s| (s.1.min(start + window) - s.0.max(start)).max(0)).sum()
            };
            let best = (-window..240).map(content).max().unwrap_or(0);
            prop_assert_eq!(best_sum(&spans, window), best);
        }
    }
}
