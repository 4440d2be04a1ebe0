//! When a visit is forgotten; pure arithmetic.

use healthcode_core::time::{Day, Instant, Interval, Zone};

/// An end farther than this from 1970 (285 years, in microseconds) is an open one and is read as this.
const FARTHEST: i64 = 1 << 53;

/// The civil day in `zone` at whose start a visit is forgotten, when it is kept for `keep_days` days.
///
/// The day of leaving is day 0; the visit is kept to the end of day `keep_days`, as "within 14 days" is counted
/// everywhere else, and forgotten with the start of the next day. A visit that ends at midnight belongs to the
/// day before, for its end lies outside it.
pub fn forgotten_on(stay: &Interval, keep_days: u16, zone: &Zone) -> Day {
    let last_inside = (stay.until.micros().saturating_sub(1)).clamp(-FARTHEST, FARTHEST);
    zone.day_of(Instant::from_micros(last_inside)).plus(i32::from(keep_days) + 1)
}

/// The instant from which a visit is forgotten: the start of [`forgotten_on`].
pub fn forgotten_at(stay: &Interval, keep_days: u16, zone: &Zone) -> Instant {
    zone.start_of(forgotten_on(stay, keep_days, zone))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stay(from: &str, until: &str) -> Interval {
        Interval::new(Instant::parse(from).unwrap(), Instant::parse(until).unwrap()).unwrap()
    }

    #[test]
    fn a_visit_is_kept_to_the_end_of_its_last_day() {
        let zone = Zone::new("Asia/Shanghai").unwrap();
        let visit = stay("2020-02-11T09:00:00+08:00", "2020-02-11T10:00:00+08:00");
        assert_eq!(forgotten_on(&visit, 14, &zone).to_string(), "2020-02-26");
        assert_eq!(forgotten_at(&visit, 14, &zone), Instant::parse("2020-02-26T00:00:00+08:00").unwrap());
        assert_eq!(forgotten_on(&visit, 0, &zone).to_string(), "2020-02-12");
    }

    #[test]
    fn a_visit_that_ends_at_midnight_belongs_to_the_day_before() {
        let zone = Zone::new("Asia/Shanghai").unwrap();
        let to_midnight = stay("2020-02-11T09:00:00+08:00", "2020-02-12T00:00:00+08:00");
        assert_eq!(forgotten_on(&to_midnight, 14, &zone).to_string(), "2020-02-26");
        let past_midnight = stay("2020-02-11T09:00:00+08:00", "2020-02-12T00:00:00.000001+08:00");
        assert_eq!(forgotten_on(&past_midnight, 14, &zone).to_string(), "2020-02-27");
    }

    #[test]
    fn an_open_end_gives_a_far_day_and_no_fault() {
        let zone = Zone::new("UTC").unwrap();
        let open = Interval { from: Instant::from_micros(0), until: Instant::from_micros(i64::MAX) };
        assert!(forgotten_at(&open, u16::MAX, &zone) > Instant::parse("2199-12-31T00:00:00Z").unwrap());
    }

    #[test]
    fn a_change_of_the_clocks_does_not_move_the_day() {
        let zone = Zone::new("Europe/Berlin").unwrap();
        let visit = stay("2021-03-20T22:00:00+01:00", "2021-03-20T23:30:00+01:00");
        assert_eq!(forgotten_at(&visit, 14, &zone), Instant::parse("2021-04-04T00:00:00+02:00").unwrap());
    }
}
