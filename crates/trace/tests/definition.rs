//! The definition of a contact, at its edges.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use healthcode_core::fact::ExposureBasis;
use healthcode_trace::{KindRule, Level, Mode, Policy, run};

const SUM: &str = "place-15min-sum-24h";
const UNBROKEN: &str = "place-15min-unbroken";

/// `visits` and `windows`: rows without headers, one a line, blanks ignored; the result without its header.
fn trace(policy: &str, visits: &str, windows: &str) -> Vec<String> {
    let lines = |text: &str| text.split_whitespace().fold(String::new(), |all, row| all + row + "\n");
    let visits = format!("person,place,entered_at,left_at\n{}", lines(visits));
    let cases = format!("person,infectious_from,infectious_until\n{}", lines(windows));
    let mut out = Vec::new();
    let policy = Policy::built_in(policy).unwrap();
    run(visits.as_bytes(), cases.as_bytes(), &policy, None, &mut out).unwrap();
    String::from_utf8(out).unwrap().lines().skip(1).map(str::to_owned).collect()
}

const LONG: &str = "c,0,1000000";

#[test]
fn fourteen_fifty_nine_is_not_enough_and_fifteen_minutes_are() {
    for policy in [SUM, UNBROKEN] {
        assert_eq!(trace(policy, "c,a,0,5000 p,a,0,899", LONG), [""; 0]);
        assert_eq!(trace(policy, "c,a,0,5000 p,a,0,900", LONG), ["c,p,a,0,900,15,close"]);
        assert_eq!(trace(policy, "c,a,0,5000 p,a,0,901", LONG), ["c,p,a,0,901,15,close"]);
    }
}

#[test]
fn a_microsecond_less_than_fifteen_minutes_is_not_enough() {
    let visits = |end: &str| format!("c,a,0,5000 p,a,1970-01-01T00:00:00Z,1970-01-01T00:{end}Z");
    assert_eq!(trace(SUM, &visits("14:59.999999"), LONG), [""; 0]);
    assert_eq!(trace(SUM, &visits("15:00.000000"), LONG).len(), 1);
}

#[test]
fn three_times_five_minutes_count_in_24_hours_and_not_in_a_minute_more() {
    let day = 86_400;
    let visits = |end: i64| format!("c,a,0,200000 p,a,0,300 p,a,40000,40300 p,a,{},{end}", end - 300);
    assert_eq!(trace(SUM, &visits(day), LONG), ["c,p,a,0,86400,15,close"]);
    assert_eq!(trace(SUM, &visits(day + 1), LONG), [""; 0]);
    assert_eq!(trace(SUM, &visits(day + 60), LONG), [""; 0]);
    assert_eq!(trace(UNBROKEN, &visits(day), LONG), [""; 0]);
}

#[test]
fn the_24_hours_may_start_anywhere() {
    let visits = "c,a,0,900000 p,a,0,60 p,a,300000,300500 p,a,386000,386400 p,a,700000,700060";
    assert_eq!(trace(SUM, visits, LONG), ["c,p,a,0,700060,17,close"], "the row counts all time together");
    assert_eq!(trace(SUM, &visits.replace("386400", "386399"), LONG), [""; 0]);
}

#[test]
fn overlapping_or_touching_visits_of_one_person_are_one() {
    let touching = "c,a,0,400 c,a,400,1000 p,a,0,300 p,a,200,600 p,a,600,900 p,a,100,110";
    assert_eq!(trace(UNBROKEN, touching, LONG), ["c,p,a,0,900,15,close"]);
    let apart = "c,a,0,400 c,a,401,1000 p,a,0,1000";
    assert_eq!(trace(UNBROKEN, apart, LONG), [""; 0]);
    assert_eq!(trace(SUM, apart, LONG), ["c,p,a,0,1000,16,close"]);
    assert_eq!(
        trace(SUM, "c,a,0,450 c,a,0,450 p,a,0,450 p,a,0,450", LONG),
        [""; 0],
        "the same twice is once"
    );
}

#[test]
fn an_unbroken_time_is_at_one_place() {
    assert_eq!(trace(UNBROKEN, "c,a,0,600 c,b,600,1200 p,a,0,600 p,b,600,1200", LONG), [""; 0]);
    assert_eq!(
        trace(SUM, "c,a,0,600 c,b,600,1200 p,a,0,600 p,b,600,1200", LONG),
        ["c,p,a,0,600,10,close", "c,p,b,600,1200,10,close"]
    );
}

#[test]
fn time_in_two_places_at_once_counts_once() {
    assert_eq!(trace(SUM, "c,a,0,600 p,a,0,600 c,b,0,600 p,b,0,600", LONG), [""; 0]);
    assert_eq!(
        trace(SUM, "c,a,0,600 p,a,0,600 c,b,300,900 p,b,300,900", LONG),
        ["c,p,a,0,600,10,close", "c,p,b,300,900,10,close"]
    );
}

#[test]
fn a_contact_has_a_row_for_each_place_however_short() {
    let visits =
        "c,a,0,900 p,a,0,900 c,b,500000,500059 p,b,500000,500059 c,d,600000,600060 q,d,600000,600060";
    assert_eq!(trace(SUM, visits, LONG), ["c,p,a,0,900,15,close", "c,p,b,500000,500059,0,close"]);
}

#[test]
fn only_time_inside_the_infectious_window_counts() {
    let visits = "c,a,0,5000 p,a,0,5000";
    assert_eq!(trace(SUM, visits, "c,1000,1900"), ["c,p,a,1000,1900,15,close"]);
    assert_eq!(trace(SUM, visits, "c,1000,1899"), [""; 0]);
    assert_eq!(trace(SUM, visits, "c,4100,90000"), ["c,p,a,4100,5000,15,close"]);
    assert_eq!(trace(SUM, visits, "c,5000,90000"), [""; 0], "whoever left when it began was not there");
    assert_eq!(
        trace(SUM, "c,a,0,900 p,a,900,1800", LONG),
        [""; 0],
        "whoever came as the other left met nobody"
    );
}

#[test]
fn several_windows_of_a_person_are_one_set_of_times() {
    let visits = "c,a,0,9000 p,a,0,9000";
    assert_eq!(trace(SUM, visits, "c,0,500 c,1000,1400"), ["c,p,a,0,1400,15,close"]);
    assert_eq!(trace(UNBROKEN, visits, "c,0,500 c,1000,1400"), [""; 0]);
    assert_eq!(trace(UNBROKEN, visits, "c,500,1000 c,100,500"), ["c,p,a,100,1000,15,close"]);
    assert_eq!(trace(SUM, visits, "c,0,600 c,0,600 c,300,600"), [""; 0], "the same window twice is once");
}

#[test]
fn two_cases_are_contacts_of_each_other_and_nobody_of_himself() {
    let visits = "c,a,0,900 d,a,0,900 d,b,0,900";
    assert_eq!(trace(SUM, visits, "d,0,900 c,0,900"), ["c,d,a,0,900,15,close", "d,c,a,0,900,15,close"]);
    assert_eq!(trace(SUM, visits, "d,0,900 nobody,0,900"), ["d,c,a,0,900,15,close"]);
    assert_eq!(trace(SUM, visits, ""), [""; 0]);
}

#[test]
fn somebody_who_lives_there_is_found_behind_many_short_visits() {
    let mut visits =
        String::from("c,a,500000,500900 resident,a,0,900000 before,a,0,500000 after,a,500900,900000");
    for n in 0..500 {
        visits += &format!(" p{n},a,{},{}", n * 1000, n * 1000 + 900);
    }
    let people = |rows: Vec<String>| {
        rows.iter().map(|row| row.split(',').nth(1).unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(people(trace(SUM, &visits, LONG)), ["resident"]);
    assert_eq!(
        people(trace(SUM, &visits.replace("c,a,500000,500900", "c,a,499000,499900"), LONG)),
        ["before", "p499", "resident"]
    );
}

/// Ten seconds at home make a close contact, an hour on the metro a general one, elsewhere 15 minutes a close one.
fn by_kind(visits: &str) -> Vec<String> {
    let rule = |of: &str, minimum_seconds, level| KindRule {
        of: vec![of.to_owned()],
        minimum_seconds,
        mode: Mode::Unbroken,
        level,
        same_date: false,
        basis: ExposureBasis::Place,
        nearness: None,
    };
    let kinds = vec![rule("home", 10, Level::Close), rule("metro", 3_600, Level::General)];
    let policy = Policy { kinds, ..Policy::built_in(UNBROKEN).unwrap() };
    let rows = visits.split_whitespace().fold(String::new(), |all, row| all + row + "\n");
    let visits = format!("person,place,entered_at,left_at,kind\n{rows}");
    let cases = "person,infectious_from,infectious_until\nc,0,1000000\n";
    let mut out = Vec::new();
    run(visits.as_bytes(), cases.as_bytes(), &policy, None, &mut out).unwrap();
    String::from_utf8(out).unwrap().lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn time_at_places_of_a_kind_is_judged_by_the_rule_of_that_kind_alone() {
    assert_eq!(by_kind("c,h,0,900,home p,h,0,10,home"), ["c,p,h,0,10,0,close"]);
    assert_eq!(by_kind("c,h,0,900,home p,h,0,9,home"), [""; 0]);
    assert_eq!(by_kind("c,m,0,9000,metro p,m,0,3599,metro"), [""; 0], "15 minutes are for other places");
    assert_eq!(by_kind("c,m,0,9000,metro p,m,0,3600,metro"), ["c,p,m,0,3600,60,general"]);
    assert_eq!(by_kind("c,s,0,900,shop p,s,0,900,"), ["c,p,s,0,900,15,close"]);
}

#[test]
fn who_meets_several_rules_is_of_the_nearest_level_at_every_place() {
    let visits =
        "c,m,0,3600,metro p,m,0,3600,metro c,h,5000,6000,home p,h,5000,6000, c,s,7000,7001, p,s,7000,7001,";
    assert_eq!(
        by_kind(visits),
        ["c,p,h,5000,6000,16,close", "c,p,m,0,3600,60,close", "c,p,s,7000,7001,0,close"],
        "and one row that names the kind of a place is enough"
    );
}
