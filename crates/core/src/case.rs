//! Cases: the examples that stand beside a rule set, one sentence a file, in words that a nurse can follow.

use crate::decide::decide;
use crate::decision::{Colour, Decision};
use crate::evidence::Evidence;
use crate::life::Life;
use crate::rule_set::RuleSet;
use crate::time::{Day, Instant};
use serde::Deserialize;
use serde_json::json;

/// One example: evidence of one person, and what the rules must say at some instants.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    #[serde(default)]
    evidence: Vec<CaseEvidence>,
    #[serde(default)]
    daily_reports: Vec<DailyReports>,
    expect: Vec<Expect>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseEvidence {
    id: String,
    kind: String,
    happened_at: String,
    /// The same as `happened_at` unless given.
    recorded_at: Option<String>,
    #[serde(default = "own")]
    source: String,
    data: serde_json::Value,
}

fn own() -> String {
    "self".to_owned()
}

/// A report every day from `from` to `to`, both inclusive, at 08:00 in the rule set's zone.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DailyReports {
    from: Day,
    to: Day,
    #[serde(default = "healthy")]
    temperature_c: f64,
}

fn healthy() -> f64 {
    36.5
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    at: Instant,
    colour: Colour,
    reasons: Option<Vec<String>>,
    since: Option<Instant>,
    next_change_at: Option<Instant>,
    done: Option<Vec<u16>>,
    earliest_release_on: Option<Day>,
}

/// Why a case fails.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CaseFault {
    /// The file is no case.
    #[error("{0}")]
    Form(String),
    /// The rules say something else.
    #[error("at {at}: expected {expected}, but the rules say {found}")]
    Differs {
        /// The instant asked about.
        at: Instant,
        /// What the case says.
        expected: String,
        /// What the rules say.
        found: String,
    },
}

impl Case {
    /// Reads a case file; the first mistake is reported with its line by the TOML reader.
    pub fn parse(text: &str) -> Result<Self, CaseFault> {
        toml::from_str(text).map_err(|fault| CaseFault::Form(fault.to_string().trim().replace('\n', " ")))
    }

    /// Checks the rules against the case; empty when they agree.
    pub fn check(&self, rules: &RuleSet) -> Vec<CaseFault> {
        let life = match self.life(rules) {
            Ok(life) => life,
            Err(fault) => return vec![fault],
        };
        let mut faults = Vec::new();
        for expect in &self.expect {
            match decide(rules, &life, expect.at) {
                Ok(decision) => faults.extend(expect.differences(rules, &decision)),
                Err(fault) => faults.push(CaseFault::Form(fault.to_string())),
            }
        }
        faults
    }

    /// The life that the case tells.
    pub fn life(&self, rules: &RuleSet) -> Result<Life, CaseFault> {
        let mut evidence = Vec::new();
        let form = |fault: String| CaseFault::Form(fault);
        for e in &self.evidence {
            let recorded_at = e.recorded_at.as_ref().unwrap_or(&e.happened_at);
            let line = json!({ "id": e.id, "person": "p", "kind": e.kind, "happened_at": e.happened_at,
                "recorded_at": recorded_at, "source": e.source, "data": e.data });
            let parsed = Evidence::from_json(&line.to_string());
            evidence.push(parsed.map_err(|fault| form(format!("evidence {}: {fault}", e.id)))?);
        }
        for reports in &self.daily_reports {
            let mut day = reports.from;
            while day <= reports.to {
                let at = rules.zone.start_of(day).plus_seconds(8 * 3600).to_string();
                let line = json!({ "id": format!("report-{day}-{}", reports.temperature_c), "person": "p",
                    "kind": "health_report", "happened_at": at, "recorded_at": at, "source": "self",
                    "data": { "temperature_c": reports.temperature_c, "symptoms": [] } });
                evidence
                    .push(Evidence::from_json(&line.to_string()).map_err(|fault| form(fault.to_string()))?);
                day = day.plus(1);
            }
        }
        Life::new(evidence).map_err(|fault| form(fault.to_string()))
    }
}

impl Expect {
    fn differences(&self, rules: &RuleSet, decision: &Decision) -> Vec<CaseFault> {
        let mut faults = Vec::new();
        let mut compare = |what: &str, expected: String, found: String| {
            if expected != found {
                let (expected, found) = (format!("{what} {expected}"), format!("{what} {found}"));
                faults.push(CaseFault::Differs { at: self.at, expected, found });
            }
        };
        let show = |at: Instant| rules.zone.show(at).to_string();
        compare("colour", self.colour.to_string(), decision.colour.to_string());
        if let Some(reasons) = &self.reasons {
            let code = |r: &crate::decision::Reason| rules.reasons[usize::from(r.reason)].code.clone();
            let found: Vec<_> = decision.reasons.iter().map(code).collect();
            compare("reasons", reasons.join(", "), found.join(", "));
        }
        if let Some(since) = self.since {
            compare("since", show(since), show(decision.since));
        }
        if let Some(next) = self.next_change_at {
            compare("next change", show(next), decision.next_change_at.map_or("never".to_owned(), show));
        }
        if let Some(done) = &self.done {
            let found: Vec<_> = decision.release.iter().map(|need| need.done).collect();
            compare("done", format!("{done:?}"), format!("{found:?}"));
        }
        if let Some(day) = self.earliest_release_on {
            let found = decision.earliest_release_at.map(|at| rules.zone.day_of(at).to_string());
            compare("earliest release on", day.to_string(), found.unwrap_or("no day".to_owned()));
        }
        faults
    }
}
