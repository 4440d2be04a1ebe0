//! Decisions over time: what a person's code showed, and when it changed.

use crate::decide::decide;
use crate::decision::Decision;
use crate::life::Life;
use crate::rule_set::RuleSet;
use crate::time::{Instant, Interval};

/// The decision at the beginning of `span` and every change of colour, reason or release within it, looked at whenever
/// something was recorded and at every `next_change_at` between. Only the part of `span` in which the rule set is in
/// force is looked at; the list is empty where there is none.
pub fn replay(rules: &RuleSet, life: &Life, span: Interval) -> Vec<(Instant, Decision)> {
    let mut changes: Vec<(Instant, Decision)> = Vec::new();
    let Some(span) = span.overlap(&rules.in_force) else { return changes };
    let recordings = life.recordings();
    let mut at = recordings.first().map_or(span.from, |first| span.from.max(*first));
    while span.contains(at) {
        let Ok(decision) = decide(rules, life, at) else { break };
        let recorded = recordings[recordings.partition_point(|r| *r <= at)..].first().copied();
        let next = [recorded, decision.next_change_at].into_iter().flatten().min();
        if changes.last().is_none_or(|(_, last)| !last.is_same(&decision)) {
            changes.push((at, decision));
        }
        match next {
            Some(next) => at = next,
            None => break,
        }
    }
    changes
}
