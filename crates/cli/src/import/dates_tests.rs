use super::*;
use proptest::prelude::*;

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

#[test]
fn one_day_is_read_in_every_form() {
    let want = Some(When::Day(day("2020-01-21")));
    for text in [
        "2020-01-21",
        "2020/1/21",
        "2020.1.21",
        "20200121",
        "43851",
        "2020年1月21日",
        "２０２０年１月２１日",
        "21-Jan-2020",
        "21 January 2020",
        "Jan 21, 2020",
        "January 21st, 2020",
        "Tuesday, 21 Jan 2020",
        "21Jan2020",
        "21-Jan-20",
    ] {
        assert_eq!(read(text, Order::Mdy), want, "{text}");
    }
    for text in ["21/01/2020", "21-1-2020", "21.01.2020", "21/01/20"] {
        assert_eq!(read(text, Order::Dmy), want, "{text}");
    }
    assert_eq!(read("01/21/2020", Order::Mdy), want);
}

#[test]
fn a_time_of_day_is_kept() {
    let local = |second| Some(When::Local(day("2020-01-21"), second));
    for text in [
        "2020-01-21 14:30",
        "2020-01-21T14:30:00",
        "21/01/2020 2:30 PM",
        "2020年1月21日14时30分",
        "43851.6041666667",
    ] {
        assert_eq!(read(text, Order::Dmy), local(52_200), "{text}");
    }
    let exact = When::Exact(Instant::parse("2020-01-21T14:30:00+08:00").unwrap());
    for text in ["2020-01-21T14:30:00+08:00", "2020-01-21 14:30 +0800", "21/01/2020 06:30Z", "1579588200"] {
        assert_eq!(read(text, Order::Dmy), Some(exact), "{text}");
    }
    let zone = Zone::new("Asia/Shanghai").unwrap();
    assert_eq!(local(52_200).unwrap().instant(&zone), exact.instant(&zone));
}

#[test]
fn a_local_time_is_right_on_the_day_the_clocks_change() {
    let zone = Zone::new("Europe/Berlin").unwrap();
    let at = When::Local(day("2020-03-29"), 12 * 3600).instant(&zone);
    assert_eq!(at, Instant::parse("2020-03-29T12:00:00+02:00").unwrap());
    let early = When::Local(day("2020-03-29"), 3600).instant(&zone);
    assert_eq!(early, Instant::parse("2020-03-29T01:00:00+01:00").unwrap());
}

#[test]
fn what_is_no_date_is_refused() {
    for text in [
        "",
        "soon",
        "2020-02-30",
        "31/02/2020",
        "13/13/2020",
        "2020",
        "1",
        "21/01",
        "Jan 2020",
        "1/2/3/4",
        "2020-01-21 25:00",
        "9999-01-01",
        "12345678901",
    ] {
        assert_eq!(read(text, Order::Dmy), None, "{text}");
    }
}

#[test]
fn one_number_above_twelve_decides_the_whole_column() {
    assert_eq!(look_at(["01/02/2020", "13/02/2020"].into_iter()), Column::Only(Order::Dmy));
    assert_eq!(look_at(["01/02/2020", "02/13/2020"].into_iter()), Column::Only(Order::Mdy));
    assert_eq!(look_at(["01/02/2020", "NA", ""].into_iter()), Column::Open("01/02/2020".into()));
    assert_eq!(look_at(["2020-01-02", "x"].into_iter()), Column::Any);
    assert_eq!(
        look_at(["13/02/2020", "02/13/2020"].into_iter()),
        Column::Mixed("13/02/2020".into(), "02/13/2020".into())
    );
}

#[test]
fn dates_that_read_the_same_either_way_are_not_open() {
    assert!(matches!(look_at(["02/02/2020", "03/03/2020"].into_iter()), Column::Only(_)));
}

#[test]
fn a_year_of_two_digits_in_front_is_possible_so_the_column_stays_open() {
    assert!(matches!(look_at(["20/01/21"].into_iter()), Column::Open(_)));
    assert_eq!(look_at(["01/22/20"].into_iter()), Column::Only(Order::Mdy));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(
        text in "\\PC{0,30}",
        near in "[0-9]{1,5}[-/. 年][0-9a-zA-Z]{1,9}[-/. 月][0-9]{1,5}日?[T ]?[0-9]{0,3}:?[0-9]{0,3}(:[0-9.]{0,4})?(Z|PM|[+-][0-9:]{2,6})?",
        digits in "[0-9]{1,14}([.][0-9]{0,9})?",
    ) {
        let zone = Zone::new("Asia/Shanghai").unwrap();
        for text in [&text, &near, &digits] {
            let _ = look_at([text.as_str(), "13/02/2020"].into_iter());
            for order in ORDERS {
                if let Some(when) = read(text, order) {
                    let _ = (when.instant(&zone), when.day(&zone));
                }
            }
        }
    }
}
