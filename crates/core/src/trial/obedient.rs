//! The life of someone who does what is asked, and no more: reports every day that all is well where reports are asked for,
//! has a negative test every day where tests are, and to whom the official facts happen that a way out names.

use super::example::{Example, nothing_unusual, well};
use crate::condition::Condition;
use crate::evidence::{Evidence, Source};
use crate::fact::{Assay, Audit, AuditResult, CaseReport, Fact, IsolationAction, TestOutcome, TestResult};
use crate::ids::{EvidenceId, PersonId};
use crate::life::Life;
use crate::rule_set::RuleSet;
use crate::step::Step;
use crate::time::Instant;

const HOUR: i64 = 3_600;

/// What a rule set asks of people, by its obligations and by the reports that its ways out count.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asked {
    reports: bool,
    tests: bool,
    vaccination: bool,
}

impl Asked {
    /// By all rules: what one asks for may be needed to leave another that fires meanwhile.
    pub(super) fn by(rules: &RuleSet) -> Self {
        let duties = rules.rules.iter().flat_map(|rule| &rule.obligations);
        let codes: Vec<&str> = duties.map(|duty| duty.code.as_str()).collect();
        let steps = rules.rules.iter().flat_map(|rule| rule.release.iter().flatten());
        let counted = steps.flat_map(Step::parts).any(Step::is_reports);
        Self {
            reports: counted
                || codes.iter().any(|code| matches!(*code, "report_daily" | "measure_temperature")),
            tests: codes.iter().any(|code| code.starts_with("test")),
            vaccination: codes.iter().any(|code| code.starts_with("vaccinate")),
        }
    }

    /// Whether a fact of a way out is official, or something that was asked for; nobody falls ill, travels or buys
    /// medicine to be let go.
    fn may_happen(self, fact: &Condition) -> bool {
        match fact {
            Condition::CaseStatus(_) | Condition::Order(_) => true,
            Condition::Isolation(isolation) => isolation.action.contains(&IsolationAction::Ended),
            Condition::Report(_) => self.reports,
            Condition::Test(test) => self.tests && test.result.contains(&TestOutcome::Negative),
            Condition::Vaccinated(_) => self.vaccination,
            _ => false,
        }
    }
}

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

    /// Reports and is tested for so many days, where that is asked.
    pub(super) fn does_everything(mut self, at: Instant, days: u16, asked: Asked, rules: &RuleSet) -> Self {
        let today = rules.zone.day_of(at);
        for day in 1..=i32::from(days) {
            let morning = rules.zone.start_of(today.plus(day)).plus_seconds(8 * HOUR);
            if asked.reports {
                self.facts.extend(well().map(|report| (morning, report)));
            }
            if !asked.tests {
                continue;
            }
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

    /// The official facts that a way out names happen, a step a day.
    pub(super) fn let_go(mut self, way: &[Step], at: Instant, asked: Asked, rules: &RuleSet) -> Self {
        let today = rules.zone.day_of(at);
        for (index, part) in way.iter().flat_map(Step::parts).enumerate() {
            let then = rules.zone.start_of(today.plus(index as i32 + 1)).plus_seconds(12 * HOUR);
            match part {
                Step::CaseStatus(any) => {
                    let status = any.first().map(|status| CaseReport { status: *status, onset_at: None });
                    self.facts.extend(status.map(|report| (then, Fact::CaseReport(report))));
                }
                Step::Fact(fact) if asked.may_happen(fact) => self.happens(fact, then, rules),
                Step::Seen(seen) if asked.may_happen(&seen.fact) => {
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
