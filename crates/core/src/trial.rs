//! A rule set is tried on made-up lives before it is used: whether every rule can fire and be seen, and whether everyone
//! who does all that is asked turns green again.

use crate::decide::decide;
use crate::decision::Colour;
use crate::fact::Fact;
use crate::fold::Course;
use crate::life::Life;
use crate::rule_set::{RuleFault, RuleSet};
use crate::time::{Instant, Interval};
use example::{Example, time_for};
use obedient::{Asked, Someone};

mod example;
mod obedient;

/// Choices of ways out that are tried for one life, at most.
const MOST_CHOICES: usize = 64;

/// One way in which a rule is made to fire.
struct Firing {
    rule: usize,
    at: Instant,
    facts: Vec<(Instant, Fact)>,
}

/// Rules in which someone who does everything asked is never green again. Every rule is tried alone, so that the
/// counterexample is the shortest one.
pub(crate) fn without_way_out(rules: &RuleSet) -> Vec<RuleFault> {
    let endless = endless(rules);
    let mut blamed = Vec::new();
    let mut faults = Vec::new();
    for firing in firings(&endless) {
        let Some(holds) = held_for_ever(&endless, &firing) else { continue };
        if !blamed.contains(&holds) {
            blamed.push(holds);
            faults.push(stuck_fault(rules, &firing, holds));
        }
    }
    faults
}

/// What else can be found on made-up lives, in a rule set that loads: rules that never fire, and rules that are never seen.
pub fn try_out(rules: &RuleSet) -> Vec<RuleFault> {
    let endless = endless(rules);
    let firings = firings(&endless);
    let mut faults = Vec::new();
    for (index, rule) in rules.rules.iter().enumerate() {
        let mut of_rule = firings.iter().filter(|firing| firing.rule == index).peekable();
        let code = &rules.reasons[usize::from(rule.reason)].code;
        if of_rule.peek().is_none() {
            faults.push(RuleFault {
                line: rule.line,
                problem: format!("no life was found in which rule {code} fires"),
                mend: "look for conditions that exclude each other, and for windows that are over at once"
                    .to_owned(),
            });
        } else if let Some(by) = of_rule.map(|firing| hidden_by(&endless, firing)).collect::<Option<Vec<_>>>()
        {
            let by = by.first().map_or("another", String::as_str);
            faults.push(RuleFault {
                line: rule.line,
                problem: format!(
                    "rule {code} is hidden by {by}: wherever it fires, the other holds at least as long"
                ),
                mend: format!("drop it, make its condition wider than that of {by}, or let it last longer"),
            });
        }
    }
    faults
}

/// The same rules without an end, so that a trial is not cut short by the sunset.
fn endless(rules: &RuleSet) -> RuleSet {
    let from = rules.in_force.from.plus_days_of_24h(-400);
    let in_force = Interval { from, until: rules.in_force.until.plus_days_of_24h(2_000) };
    RuleSet { in_force, ..rules.clone() }
}

/// Each condition of each rule, with facts that make it fire.
fn firings(rules: &RuleSet) -> Vec<Firing> {
    let mut all = Vec::new();
    for (index, rule) in rules.rules.iter().enumerate() {
        for condition in &rule.when {
            let at = time_for(condition, rules);
            let example = |is_old| {
                let mut facts = Example::aged(condition, at, rules, is_old)?.facts;
                if rule.watches_reports {
                    // Someone under the rule that is watched, who then reports nothing.
                    facts.extend(watched(rules, condition, at));
                }
                let firing = Firing { rule: index, at, facts };
                fired_at(rules, &firing).map(|_| firing)
            };
            all.extend(example(false).or_else(|| example(true)));
        }
    }
    all
}

/// Facts that make the rule fire whose reports are missed.
fn watched(rules: &RuleSet, condition: &crate::condition::Condition, at: Instant) -> Vec<(Instant, Fact)> {
    let crate::condition::Condition::MissedReports(missed) = condition else { return Vec::new() };
    let under = rules.rules.iter().find(|rule| rules.reasons[usize::from(rule.reason)].code == missed.under);
    let first = under.and_then(|rule| rule.when.iter().find_map(|when| Example::of(when, at, rules)));
    first.map(|example| example.facts).unwrap_or_default()
}

/// The instant from which on a rule holds for someone to whom only this happens, and who does nothing.
fn fired_at(rules: &RuleSet, firing: &Firing) -> Option<Instant> {
    let life = Someone::who(&firing.facts, firing.at).life()?;
    let waits = (0..=i64::from(rules.leave_within_days)).map(|day| firing.at.plus_days_of_24h(day));
    let holds = |at: &Instant| latched(rules, &life, *at).contains(&firing.rule);
    waits.take(if rules.rules[firing.rule].is_awaited() { usize::MAX } else { 1 }).find(holds)
}

fn latched(rules: &RuleSet, life: &Life, at: Instant) -> Vec<usize> {
    let course = Course::new(rules, life.known_at(at));
    course.state_at(at).latches.iter().map(|latch| latch.rule).collect()
}

/// The rule that still holds whoever does what is asked when the days are over that the set allows; `None` where some
/// choice of ways out leads back to green. It need not be the rule that fired: what is asked may fire another.
fn held_for_ever(rules: &RuleSet, firing: &Firing) -> Option<usize> {
    let at = fired_at(rules, firing)?;
    let last = rules.zone.day_of(at).plus(i32::from(rules.leave_within_days));
    let until = rules.zone.start_of(last).plus_seconds(12 * 3_600);
    let mut holds = Some(firing.rule);
    for life in obedient_lives(rules, firing, at) {
        if decide(rules, &life, until).is_ok_and(|found| found.colour == Colour::Green) {
            return None;
        }
        let still = latched(rules, &life, until);
        if !still.contains(&firing.rule) {
            holds = still.first().copied().or(holds);
        }
    }
    holds
}

/// The lives of someone who does everything asked from `at` on, one for each choice of ways out of all rules that hold.
fn obedient_lives(rules: &RuleSet, firing: &Firing, at: Instant) -> impl Iterator<Item = Life> {
    let someone = Someone::who(&firing.facts, firing.at);
    let held = someone.clone().life().map(|life| latched(rules, &life, at)).unwrap_or_default();
    let ways = |rule: &usize| rules.rules[*rule].release.len();
    let choices = held.iter().map(ways).product::<usize>().min(MOST_CHOICES);
    let asked = Asked::by(rules);
    (0..choices).filter_map(move |mut choice| {
        let mut someone = someone.clone().does_everything(at, rules.leave_within_days, asked, rules);
        for rule in &held {
            let release = &rules.rules[*rule].release;
            someone = someone.let_go(&release[choice % release.len()], at, asked, rules);
            choice /= release.len();
        }
        someone.life()
    })
}

/// The reason that is shown on each day on which the rule holds, where it is never the rule's own.
fn hidden_by(rules: &RuleSet, firing: &Firing) -> Option<String> {
    let reason = rules.rules[firing.rule].reason;
    let at = fired_at(rules, firing)?;
    let mut other = None;
    for life in obedient_lives(rules, firing, at) {
        for day in 0..=i64::from(rules.leave_within_days) {
            let then = at.plus_days_of_24h(day);
            let decision = decide(rules, &life, then).ok()?;
            if decision.reasons.iter().any(|shown| shown.reason == reason) {
                return None;
            }
            if latched(rules, &life, then).contains(&firing.rule) {
                let shown = decision.reasons.first()?.reason;
                other.get_or_insert_with(|| rules.reasons[usize::from(shown)].code.clone());
            }
        }
    }
    other
}

fn stuck_fault(rules: &RuleSet, firing: &Firing, holds: usize) -> RuleFault {
    let rule = &rules.rules[holds];
    let mut facts: Vec<_> = firing.facts.iter().collect();
    facts.sort_by_key(|(at, _)| *at);
    let told = |(at, fact): &&(Instant, Fact)| {
        format!("{} {} at {}", fact.kind(), fact.to_data(), rules.zone.show(*at))
    };
    let happened: Vec<_> = facts.iter().map(told).collect();
    let happened = if happened.is_empty() { "nothing".to_owned() } else { happened.join(", ") };
    let code = |rule: usize| &rules.reasons[usize::from(rules.rules[rule].reason)].code;
    let fired = if holds == firing.rule {
        String::new()
    } else {
        format!(" (which fires {}, and what is then asked fires {})", code(firing.rule), code(holds))
    };
    RuleFault {
        line: rule.line,
        problem: format!(
            "nobody leaves {}: someone who declared and was confirmed has {happened}{fired}; then does all that is asked, \
             every day, and the official facts happen that a way out names; {} days later the colour is still not green",
            code(holds),
            rules.leave_within_days
        ),
        mend: "give a way out that official facts or what is asked can complete, ask for what the way out needs \
               (report_daily, test), or raise leave_within_days"
            .to_owned(),
    }
}
