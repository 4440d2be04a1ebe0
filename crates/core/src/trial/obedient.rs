//! The life of someone who does everything asked: reports every day that all is well, has a negative test every day, and
//! to whom the facts happen that a way out names.

use super::example::{Example, nothing_unusual, well};
use crate::condition::Condition;
use crate::evidence::{Evidence, Source};
use crate::fact::{Assay, Audit, AuditResult, CaseReport, Fact, TestOutcome, TestResult};
use crate::ids::{EvidenceId, PersonId};
use crate::life::Life;
use crate::rule_set::RuleSet;
use crate::step::Step;
use crate::time::Instant;

const HOUR: i64 = 3_600;

/// Someone's facts, each recorded when it happens.
#[derive(Clone, Debug)]
pub(super) struct Someone {
    facts: Vec<(Instant, Fact)>,
}

impl Someone {
    /// Declares nothing unusual and is confirmed, an hour before `at`; then come the facts.
    pub(super) fn who(facts: &[(Instant, Fact)], at: Instant) -> Self {
        let first = facts.iter().map(|(at, _)| *at).chain([at]).min().unwrap_or(at).plus_seconds(-HOUR);
        let mut all = vec![(first, Fact::Declaration(nothing_unusual()))];
        all.extend(facts.iter().cloned());
        Self { facts: all }
    }

    /// Reports and is tested every day for so many days.
    pub(super) fn does_everything(mut self, at: Instant, days: u16, rules: &RuleSet) -> Self {
        let today = rules.zone.day_of(at);
        for day in 1..=i32::from(days) {
            let morning = rules.zone.start_of(today.plus(day)).plus_seconds(8 * HOUR);
            self.facts.extend(well().map(|report| (morning, report)));
            let test = TestResult {
                assay: Assay::Pcr,
                result: TestOutcome::Negative,
                sampled_at: morning.plus_seconds(HOUR),
                ct: Some(40.0),
                kit: None,
            };
            self.facts.push((morning.plus_seconds(2 * HOUR), Fact::TestResult(test)));
        }
        self
    }

    /// What a way out names happens, a step a day.
    pub(super) fn let_go(mut self, way: &[Step], at: Instant, rules: &RuleSet) -> Self {
        let today = rules.zone.day_of(at);
        for (index, part) in way.iter().flat_map(Step::parts).enumerate() {
            let then = rules.zone.start_of(today.plus(index as i32 + 1)).plus_seconds(12 * HOUR);
            match part {
                Step::CaseStatus(any) => {
                    let status = any.first().map(|status| CaseReport { status: *status, onset_at: None });
                    self.facts.extend(status.map(|report| (then, Fact::CaseReport(report))));
                }
                Step::Fact(fact) => self.happens(fact, then, rules),
                Step::Seen(seen) => {
                    for time in 0..i64::from(seen.times) {
                        let apart = i64::from(seen.apart_hours.max(1)) * HOUR;
                        self.happens(&seen.fact, then.plus_seconds(time * apart), rules);
                    }
                }
                _ => {}
            }
        }
        self
    }

    fn happens(&mut self, fact: &Condition, at: Instant, rules: &RuleSet) {
        self.facts.extend(Example::of(fact, at, rules).map(|example| example.facts).unwrap_or_default());
    }

    /// The life, every declaration confirmed at once; `None` where facts do not make a life.
    pub(super) fn life(self) -> Option<Life> {
        let person = PersonId::new("someone").ok()?;
        let mut evidence = Vec::new();
        for (number, (at, fact)) in self.facts.into_iter().enumerate() {
            let id = EvidenceId::new(format!("e{number:04}")).ok()?;
            let one = |id: EvidenceId, source, fact| Evidence {
                id,
                person: person.clone(),
                happened_at: at,
                recorded_at: at,
                source,
                fact,
            };
            if matches!(fact, Fact::Declaration(_)) {
                let audit = Audit { of: id.clone(), result: AuditResult::Confirmed, note: None };
                let audited = EvidenceId::new(format!("f{number:04}")).ok()?;
                evidence.push(one(audited, Source::System, Fact::Audit(audit)));
            }
            evidence.push(one(id, Source::Officer, fact));
        }
        Life::new(evidence).ok()
    }
}
