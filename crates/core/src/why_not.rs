//! Why not: the rules that came close to colouring someone, and what was missing; also those that held once and ended.

use crate::condition::{AtLeast, Condition, Scene, Seen};
use crate::fold::Course;
use crate::life::Life;
use crate::rule_set::{RuleSet, Text};
use crate::time::Instant;

mod shortfall;

/// A rule that does not hold, though something speaks for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Close {
    /// Position among the rules.
    pub rule: usize,
    /// What was missing, each with the evidence that came close.
    pub missing: Vec<Missing>,
}

/// What was missing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Missing {
    /// In both languages.
    pub text: Text,
    /// Positions among [`Life::originals`].
    pub evidence: Vec<u32>,
}

/// The rules that came close at `at`, in their order. Empty outside the rule set's dates.
///
/// A rule came close when it was released, when evidence of the right kind failed it by something that can be named, or
/// when a part of a condition holds and another does not.
pub fn why_not(rules: &RuleSet, life: &Life, at: Instant) -> Vec<Close> {
    if !rules.in_force.contains(at) {
        return Vec::new();
    }
    // Reports that say nothing unusual are looked at, too: one may have come close.
    let mut rules = rules.clone();
    rules.features.reports_fire = true;
    let rules = &rules;
    let course = Course::new(rules, life.known_at(at));
    let state = course.state_at(at);
    let scene = course.scene(course.moment(at));
    let holds = |rule: usize| state.latches.iter().any(|latch| latch.rule == rule);
    let mut close = Vec::new();
    for (index, rule) in rules.rules.iter().enumerate().filter(|(index, _)| !holds(*index)) {
        let ended = state.ended.iter().rev().find(|(of, _)| *of == index);
        let missing: Vec<Missing> = match ended {
            Some((_, then)) => {
                vec![Missing { text: shortfall::released(*then, &rules.zone), evidence: vec![] }]
            }
            None => rule.when.iter().flat_map(|condition| missing_in(condition, &scene)).collect(),
        };
        if !missing.is_empty() {
            close.push(Close { rule: index, missing });
        }
    }
    close
}

/// What a condition lacks, where something speaks for it.
fn missing_in(condition: &Condition, scene: &Scene<'_>) -> Vec<Missing> {
    let holds = |part: &Condition| scene.holds(part, &mut Vec::new()).is_some();
    match condition {
        Condition::Any(any) => any.iter().flat_map(|part| missing_in(part, scene)).collect(),
        Condition::All(all) => {
            let (held, failed): (Vec<_>, Vec<_>) = all.iter().partition(|part| holds(part));
            // That something did not happen speaks for nothing.
            if !held.iter().any(|part| !matches!(part, Condition::Not(_))) {
                return Vec::new();
            }
            failed.into_iter().map(|part| part_missing(part, scene)).collect()
        }
        Condition::AtLeast(AtLeast { n, of }) => {
            let had = of.iter().filter(|part| holds(part)).count();
            let close = had > 0 && had < *n;
            close.then(|| Missing { text: shortfall::signs(had, *n), evidence: vec![] }).into_iter().collect()
        }
        Condition::Seen(seen) => seen_missing(seen, scene).into_iter().collect(),
        Condition::Lapsed(lapsed) => {
            let expiry = scene.expires_at(lapsed).filter(|expiry| *expiry > scene.at);
            let text = expiry.map(|expiry| shortfall::good_until(expiry, &scene.rules.zone));
            text.map(|text| Missing { text, evidence: vec![] }).into_iter().collect()
        }
        Condition::Near(near) => {
            let far = near.of.len() > 1 && near.of.iter().all(holds) && !holds(condition);
            let text = far.then(|| shortfall::too_far_apart(near.within_days));
            text.map(|text| Missing { text, evidence: vec![] }).into_iter().collect()
        }
        Condition::ReportedWithin(wanted) => {
            let late = holds(&wanted.fact) && !holds(condition);
            let text = late.then(|| shortfall::too_late(wanted.hours));
            text.map(|text| Missing { text, evidence: vec![] }).into_iter().collect()
        }
        Condition::Not(_) | Condition::MissedReports(_) => Vec::new(),
        one => shortfall::nearest(one, scene).into_iter().collect(),
    }
}

fn part_missing(part: &Condition, scene: &Scene<'_>) -> Missing {
    if let Condition::Not(part) = part {
        let mut evidence = Vec::new();
        scene.holds(part, &mut evidence);
        return Missing { text: shortfall::spared_by(part), evidence };
    }
    let named = missing_in(part, scene).into_iter().next();
    named.unwrap_or_else(|| Missing { text: shortfall::nothing_about(part), evidence: vec![] })
}

fn seen_missing(seen: &Seen, scene: &Scene<'_>) -> Option<Missing> {
    let mut evidence = Vec::new();
    let had = scene.count(seen, None, &mut evidence).count;
    (had > 0 && had < seen.times).then(|| Missing { text: shortfall::times(had, seen.times), evidence })
}
