use super::*;

fn at(text: &str) -> Instant {
    Instant::parse(text).expect(text)
}

#[test]
fn only_rfc3339_with_an_offset_is_a_time() {
    for bad in [
        "2020-02-11",
        "2020-02-11T09:00:00",
        "2020-02-30T09:00:00Z",
        "2020-02-11T09:00Z",
        "2020-02-11T25:00:00Z",
        "2020-02-11T09:00:00+0800",
        "2020-02-11T09:00:00+08:00[Asia/Shanghai]",
        "1581382800",
        "9999-12-31T23:59:59Z",
        "",
    ] {
        assert!(Instant::parse(bad).is_err(), "{bad}");
    }
    assert_eq!(at("2020-02-11T09:00:00+08:00"), at("2020-02-11T01:00:00Z"));
    assert_eq!(at("2020-02-11T01:00:00.25Z").to_string(), "2020-02-11T01:00:00.250Z");
}

#[test]
fn a_day_begins_at_local_midnight() {
    let zone = Zone::new("Asia/Shanghai").unwrap();
    let day = Day::parse("2020-02-11").unwrap();
    assert_eq!(zone.day_of(at("2020-02-10T16:00:00Z")), day);
    assert_eq!(zone.day_of(at("2020-02-10T15:59:59.999Z")), day.plus(-1));
    assert_eq!(zone.show(zone.start_of(day)).to_string(), "2020-02-11T00:00:00+08:00");
}

#[test]
fn every_day_starts_where_jiff_says_it_does() {
    for name in ["Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo", "Asia/Beirut", "Pacific/Apia", "UTC"]
    {
        let zone = Zone::new(name).unwrap();
        for days in (-20_000..40_000).step_by(1) {
            let day = Day(days);
            let (y, m, d) = day.ymd();
            let date = jiff::civil::date(y as i16, m as i8, d as i8);
            let start = date.at(0, 0, 0, 0).in_tz(name).unwrap().start_of_day().unwrap();
            // A day that a zone skipped altogether (Samoa, 2011-12-30) has no start of its own.
            if start.date() == date {
                assert_eq!(zone.start_of(day).seconds(), start.timestamp().as_second(), "{name} {day}");
                assert_eq!(zone.day_of(zone.start_of(day)), day, "{name} {day}");
            }
        }
    }
}

#[test]
fn touching_intervals_share_nothing() {
    let a = Interval::new(Instant::from_seconds(0), Instant::from_seconds(10)).unwrap();
    let b = Interval::new(Instant::from_seconds(10), Instant::from_seconds(20)).unwrap();
    assert_eq!(a.overlap(&b), None);
    assert!(!a.contains(Instant::from_seconds(10)));
}
