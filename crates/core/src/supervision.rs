//! Supervision: what was asked on each day of an order of isolation, and what of it was done. It colours nobody; it
//! tells an officer whom to call first.

use crate::fact::Fact;
use crate::life::Life;
use crate::time::{Day, Instant, Zone};
use serde::Serialize;

/// Seconds after local midnight from which a report of the day that has not come is late: noon. This project's choice,
/// so that an officer still has the afternoon to ask.
pub const LATE_AFTER_SECONDS: i64 = 12 * 3_600;

/// Seconds within which a second report counts only if it is worse than the one before. Sara Alert lets people report
/// again after as long.
pub const REPORT_PAUSE_SECONDS: i64 = 15 * 60;

/// What is asked of someone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// When the order begins; reports are asked from the day after on.
    pub from: Instant,
    /// When it ends (outside).
    pub until: Instant,
    /// Days on which the rules ask for a test.
    pub tests: Vec<Day>,
}

/// What became of the report of a day.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportState {
    /// None is asked on this day.
    NotAsked,
    /// The day is to come.
    Ahead,
    /// It may still come in time.
    Due,
    /// It has not come by noon.
    Late,
    /// The day has passed without one.
    Missed,
    /// Reported, and nothing unusual.
    Normal,
    /// Fever or a symptom was reported.
    Abnormal,
}

/// What became of the test of a day.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TestState {
    /// None is asked on this day.
    NotAsked,
    /// The day is to come.
    Ahead,
    /// No sample of today is known yet.
    Due,
    /// The day has passed, and no sample of it is known.
    Missed,
    /// A sample was taken on the day.
    Done,
}

/// One day under an order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SupervisedDay {
    /// The civil day.
    pub day: Day,
    /// Its report.
    pub report: ReportState,
    /// Its test.
    pub test: TestState,
}

/// Days that are gone through at most: a year, more than any order of isolation lasts.
const MOST_DAYS: i32 = 366;

/// Every day of an order, from the day it begins to its last, as known at `at`. A day counts as reported if a report
/// was recorded on it, and as abnormal if any report of it was.
pub fn course(asked: &Asked, life: &Life, zone: &Zone, at: Instant) -> Vec<SupervisedDay> {
    let first = zone.day_of(asked.from);
    let last = zone.day_of(Instant::from_micros(asked.until.micros() - 1)).min(first.plus(MOST_DAYS));
    let days = (first.0..=last.0).map(Day);
    let facts = life.facts_at(at);
    days.map(|day| {
        let report = match day == first {
            true => ReportState::NotAsked,
            false => report_of(day, &facts, zone, at),
        };
        SupervisedDay { day, report, test: test_of(day, asked, &facts, zone, at) }
    })
    .collect()
}

type Facts<'a> = [(&'a crate::evidence::Evidence, &'a Fact, bool)];

fn report_of(day: Day, facts: &Facts<'_>, zone: &Zone, at: Instant) -> ReportState {
    let reports = facts.iter().filter(|(evidence, fact, withdrawn)| {
        !withdrawn && matches!(fact, Fact::HealthReport(_)) && zone.day_of(evidence.recorded_at) == day
    });
    let unwell: Vec<_> = reports.map(|(_, fact, _)| fact.is_unwell()).collect();
    let start = zone.start_of(day);
    match (unwell.is_empty(), zone.day_of(at).cmp(&day)) {
        (false, _) if unwell.contains(&true) => ReportState::Abnormal,
        (false, _) => ReportState::Normal,
        (true, std::cmp::Ordering::Less) => ReportState::Ahead,
        (true, std::cmp::Ordering::Greater) => ReportState::Missed,
        (true, _) if at < start.plus_seconds(LATE_AFTER_SECONDS) => ReportState::Due,
        (true, _) => ReportState::Late,
    }
}

fn test_of(day: Day, asked: &Asked, facts: &Facts<'_>, zone: &Zone, at: Instant) -> TestState {
    if !asked.tests.contains(&day) {
        return TestState::NotAsked;
    }
    let sampled = |fact: &Fact| matches!(fact, Fact::TestResult(test) if zone.day_of(test.sampled_at) == day);
    if facts.iter().any(|(_, fact, withdrawn)| !withdrawn && sampled(fact)) {
        return TestState::Done;
    }
    match zone.day_of(at).cmp(&day) {
        std::cmp::Ordering::Less => TestState::Ahead,
        std::cmp::Ordering::Equal => TestState::Due,
        std::cmp::Ordering::Greater => TestState::Missed,
    }
}

/// Whether a report may count at `at`: one so soon after another counts only if it is worse, so that fifty in a minute
/// are one, and whoever falls ill a moment after a normal report is heard.
pub fn may_report(life: &Life, unwell: bool, at: Instant) -> bool {
    let facts = life.facts_at(at);
    let reports =
        facts.iter().filter(|(_, fact, withdrawn)| !withdrawn && matches!(fact, Fact::HealthReport(_)));
    let recent =
        reports.filter(|(evidence, _, _)| evidence.recorded_at.plus_seconds(REPORT_PAUSE_SECONDS) > at);
    let recent: Vec<_> = recent.map(|(_, fact, _)| fact.is_unwell()).collect();
    recent.is_empty() || (unwell && !recent.contains(&true))
}
