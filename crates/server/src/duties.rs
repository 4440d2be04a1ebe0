//! What the rules ask of a person, as the work list needs it: read from the decision in force and the life that it was
//! made from, and kept beside them.

use crate::supervised::Obligation;
use healthcode_core::evidence::Evidence;
use healthcode_core::fact::Fact;
use healthcode_core::life::Life;
use healthcode_core::time::{Instant, Zone};
use healthcode_store::decisions::StoredDecision;
use healthcode_store::duties::Duty;
use serde::Deserialize;

/// The rules ask for a report every day.
const REPORT: &str = "report_daily";
/// The rules ask for a test on some days.
const TEST: &str = "test";

#[derive(Deserialize)]
struct Obligations {
    obligations: Vec<Obligation>,
}

/// What a decision asks.
pub(crate) fn obligations(decision: &StoredDecision) -> Vec<Obligation> {
    // Most people are asked nothing; their decisions are not read for it.
    if decision.body.contains("\"obligations\":[]") {
        return Vec::new();
    }
    serde_json::from_str::<Obligations>(&decision.body).map(|body| body.obligations).unwrap_or_default()
}

/// Whether a decision asks for reports or tests.
pub(crate) fn asks(decision: &StoredDecision) -> bool {
    obligations(decision).iter().any(|duty| [REPORT, TEST].contains(&duty.code.as_str()))
}

/// The duty of somebody, as known at `at`; `None` where nothing is asked that the work list follows.
pub(crate) fn duty(decision: &StoredDecision, life: &Life, zone: &Zone, at: Instant) -> Option<Duty> {
    let asked = obligations(decision);
    let reports = asked.iter().any(|duty| duty.code == REPORT);
    let tests: Vec<_> = asked.iter().filter(|duty| duty.code == TEST).collect();
    if !reports && tests.is_empty() {
        return None;
    }
    let facts: Vec<(&Evidence, &Fact)> = life
        .facts_at(at)
        .into_iter()
        .filter_map(|(evidence, fact, withdrawn)| (!withdrawn).then_some((evidence, fact)))
        .collect();
    let report = |unwell: bool| {
        let reports = facts.iter().filter(|(_, fact)| matches!(fact, Fact::HealthReport(_)));
        let reports = reports.filter(|(_, fact)| !unwell || fact.is_unwell());
        reports.map(|(evidence, _)| evidence.recorded_at).max()
    };
    let samples = facts.iter().filter_map(|(_, fact)| match fact {
        Fact::TestResult(test) => Some(zone.day_of(test.sampled_at)),
        _ => None,
    });
    let sampled = samples.max();
    // A test that was late is a test: the days before the last sample are no more waited for.
    let open =
        tests.into_iter().flat_map(|duty| &duty.due_on).filter(|day| sampled.is_none_or(|last| **day > last));
    Some(Duty {
        reports,
        asked_since: decision.since,
        last_report_at: report(false),
        abnormal_at: report(true),
        test_missed_at: open.min().map(|day| zone.start_of(day.plus(1))),
    })
}
