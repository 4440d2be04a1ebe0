//! The days of an order of isolation: what was asked, and what of it was done.
#![allow(clippy::unwrap_used, missing_docs)]

use healthcode_core::evidence::{Evidence, Source};
use healthcode_core::fact::Fact;
use healthcode_core::ids::{EvidenceId, PersonId};
use healthcode_core::life::Life;
use healthcode_core::supervision::{Asked, ReportState, SupervisedDay, TestState, course, may_report};
use healthcode_core::time::{Instant, Zone};
use proptest::prelude::*;

fn time(short: &str) -> Instant {
    let (day, hour) = short.split_once('T').unwrap();
    Instant::parse(&format!("2022-03-{day}T{hour}:00+08:00")).unwrap()
}

fn evidence(id: usize, kind: &str, at: &str, data: &str) -> Evidence {
    let at = time(at);
    let line = format!(
        r#"{{"id":"e{id}","person":"p1","kind":"{kind}","happened_at":"{at}","recorded_at":"{at}","source":"self","data":{data}}}"#
    );
    Evidence::from_json(&line).unwrap()
}

/// Reports, each an instant and a temperature.
fn reported(reports: &[(&str, f32)]) -> Life {
    let of = |(id, (at, degrees)): (usize, &(&str, f32))| {
        evidence(id, "health_report", at, &format!(r#"{{"temperature_c":{degrees},"symptoms":[]}}"#))
    };
    Life::new(reports.iter().enumerate().map(of).collect()).unwrap()
}

fn report_fact(unwell: bool) -> Fact {
    let degrees = if unwell { 38.0 } else { 36.5 };
    Fact::from_json("health_report", &format!(r#"{{"temperature_c":{degrees:.1},"symptoms":[]}}"#)).unwrap()
}

fn days(life: &Life, at: &str) -> Vec<SupervisedDay> {
    let zone = Zone::new("Asia/Shanghai").unwrap();
    let tests = vec![zone.day_of(time("02T00:00")), zone.day_of(time("04T00:00"))];
    course(&Asked { from: time("01T10:00"), until: time("05T10:00"), tests }, life, &zone, time(at))
}

fn reports(life: &Life, at: &str) -> Vec<ReportState> {
    days(life, at).iter().map(|day| day.report).collect()
}

#[test]
fn reports_are_asked_from_the_day_after_the_beginning_to_the_last_day() {
    use ReportState::{Ahead, NotAsked};
    assert_eq!(reports(&Life::default(), "01T10:00"), [NotAsked, Ahead, Ahead, Ahead, Ahead]);
}

#[test]
fn a_report_is_due_until_noon_late_until_midnight_and_missed_from_then_on() {
    let second = |at| reports(&Life::default(), at)[1];
    assert_eq!(second("01T23:59"), ReportState::Ahead);
    assert_eq!(second("02T00:00"), ReportState::Due);
    assert_eq!(second("02T11:59"), ReportState::Due);
    assert_eq!(second("02T12:00"), ReportState::Late);
    assert_eq!(second("02T23:59"), ReportState::Late);
    assert_eq!(second("03T00:00"), ReportState::Missed);
}

#[test]
fn one_abnormal_report_makes_the_day_abnormal() {
    let life = reported(&[("02T08:00", 36.5), ("02T20:00", 37.3), ("03T08:00", 36.5)]);
    use ReportState::{Abnormal, Due, NotAsked};
    assert_eq!(reports(&life, "04T09:00")[..4], [NotAsked, Abnormal, ReportState::Normal, Due]);
}

#[test]
fn what_was_reported_later_is_not_known_before() {
    let life = reported(&[("02T08:00", 36.5)]);
    assert_eq!(reports(&life, "02T07:00")[1], ReportState::Due);
}

#[test]
fn an_order_that_ends_at_midnight_asks_nothing_of_the_day_that_begins_then() {
    let zone = Zone::new("Asia/Shanghai").unwrap();
    let asked = Asked { from: time("01T10:00"), until: time("04T00:00"), tests: Vec::new() };
    assert_eq!(course(&asked, &Life::default(), &zone, time("02T09:00")).len(), 3);
}

#[test]
fn a_test_is_done_by_a_sample_of_its_day_and_no_other() {
    let sampled = |day: &str| {
        let data =
            format!(r#"{{"assay":"pcr","result":"negative","sampled_at":"2022-03-{day}T09:00:00+08:00"}}"#);
        Life::new(vec![evidence(1, "test_result", &format!("{day}T20:00"), &data)]).unwrap()
    };
    let states = |life: &Life| days(life, "04T09:00").iter().map(|day| day.test).collect::<Vec<_>>();
    use TestState::{Done, Due, Missed, NotAsked};
    assert_eq!(states(&sampled("02")), [NotAsked, Done, NotAsked, Due, NotAsked]);
    assert_eq!(states(&sampled("03")), [NotAsked, Missed, NotAsked, Due, NotAsked]);
}

#[test]
fn a_second_report_within_a_quarter_of_an_hour_counts_only_if_it_is_worse() {
    let normal = reported(&[("02T08:00", 36.5)]);
    assert!(!may_report(&normal, false, time("02T08:14")));
    assert!(may_report(&normal, true, time("02T08:01")), "whoever falls ill is heard");
    assert!(may_report(&normal, false, time("02T08:15")));
    let abnormal = reported(&[("02T08:00", 38.0)]);
    assert!(!may_report(&abnormal, true, time("02T08:01")));
    assert!(!may_report(&abnormal, false, time("02T08:01")), "a fever is not taken back by the next report");
}

proptest! {
    /// However many reports come, those that count are a quarter of an hour apart, but for one that is worse.
    #[test]
    fn of_any_flood_of_reports_few_count(flood in prop::collection::vec((0i64..600, any::<bool>()), 0..80)) {
        let (mut counted, mut at): (Vec<(i64, bool)>, i64) = (Vec::new(), 0);
        for (pause, unwell) in flood {
            at += pause;
            let evidence = counted.iter().enumerate().map(|(id, (seconds, unwell))| Evidence {
                id: EvidenceId::new(format!("e{id}")).unwrap(),
                person: PersonId::new("p1").unwrap(),
                happened_at: time("02T00:00").plus_seconds(*seconds),
                recorded_at: time("02T00:00").plus_seconds(*seconds),
                source: Source::Own,
                fact: report_fact(*unwell),
            });
            let life = Life::new(evidence.collect()).unwrap();
            if may_report(&life, unwell, time("02T00:00").plus_seconds(at)) {
                counted.push((at, unwell));
            }
        }
        for pair in counted.windows(2) {
            let (near, worse) = (pair[1].0 - pair[0].0 < 900, pair[1].1 && !pair[0].1);
            prop_assert!(!near || worse, "{counted:?}");
        }
        for three in counted.windows(3) {
            prop_assert!(three[2].0 - three[0].0 >= 900, "{counted:?}");
        }
    }
}
