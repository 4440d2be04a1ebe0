//! The one function that gives colours: a rule set, a life and an instant make a decision. Pure and total: the same
//! three give the same decision on any machine at any time, which is what makes every past decision replayable.

use crate::decision::{Colour, Decision, Due, Need, Reason};
use crate::evidence::Evidence;
use crate::fact::{AuditResult, Fact};
use crate::fold::{Course, Declared, Latch, Progress, Run, State, slot};
use crate::life::Life;
use crate::rule_set::RuleSet;
use crate::step::Step;
use crate::time::{Day, Instant, Interval};

/// The rule set does not hold at the instant asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not in force at {at}: the rule set holds from {} until {}", in_force.from, in_force.until)]
pub struct NotInForce {
    /// The instant asked for.
    pub at: Instant,
    /// When the rule set holds.
    pub in_force: Interval,
}

/// Decides on what was recorded at or before `at`.
///
/// # Errors
/// Outside the rule set's dates.
pub fn decide(rules: &RuleSet, life: &Life, at: Instant) -> Result<Decision, NotInForce> {
    if !rules.in_force.contains(at) {
        return Err(NotInForce { at, in_force: rules.in_force });
    }
    let course = Course::new(rules, life.known_at(at));
    let state = course.state_at(at);
    let mut decision = at_rest(rules, &course, &state, at);
    decision.since = decision.since.max(last_amended(rules, life, &decision, at).unwrap_or(decision.since));
    decision.next_change_at = Some(next_change(rules, &course, &decision, &state, at));
    Ok(decision)
}

/// The decision that follows from a state, but for what only other instants can tell.
fn at_rest(rules: &RuleSet, course: &Course<'_>, state: &State, at: Instant) -> Decision {
    let today = rules.zone.day_of(at);
    let colour_of = |latch: &Latch| rules.rules[latch.rule].colour;
    let [yellow_ended, red_ended] = state.released;
    let Some(colour) = state.latches.iter().map(colour_of).max() else {
        let (colour, reason, since) = floor(rules, course, state.declared);
        let ended = yellow_ended.max(red_ended);
        return Decision {
            colour,
            reasons: vec![reason],
            since: since.max(ended.unwrap_or(since)),
            next_change_at: None,
            release: Vec::new(),
            earliest_release_at: None,
            obligations: Vec::new(),
        };
    };
    let latches = deciding(rules, state);
    let stricter_ended = if slot(colour) == 0 { red_ended } else { None };
    let first = latches.iter().map(|latch| latch.since).min().unwrap_or(at);
    Decision {
        colour,
        reasons: reasons_of(rules, &latches),
        since: first.max(stricter_ended.unwrap_or(first)),
        next_change_at: None,
        release: needs(course, &state.run, &latches, at),
        earliest_release_at: earliest_release(rules, state, &latches, today)
            .map(|day| rules.zone.start_of(day)),
        obligations: obligations(rules, &latches),
    }
}

/// What whom these latches hold is asked to do; a code once, with the days of every rule that asks for it.
fn obligations(rules: &RuleSet, latches: &[&Latch]) -> Vec<Due> {
    let mut all: Vec<Due> = Vec::new();
    for latch in latches {
        for (position, asked) in rules.rules[latch.rule].obligations.iter().enumerate() {
            let days = asked.on_days.iter().map(|day| latch.day_zero.plus(i32::from(*day)));
            match all.iter_mut().find(|due| due.code(rules) == asked.code) {
                Some(due) => {
                    due.days.extend(days);
                    due.days.sort_unstable();
                    due.days.dedup();
                }
                None => {
                    let (rule, obligation) = (latch.rule as u16, position as u16);
                    all.push(Due { rule, obligation, days: days.collect() });
                }
            }
        }
    }
    all
}

/// The latches of the strictest colour, in the order of the rules.
fn deciding<'a>(rules: &RuleSet, state: &'a State) -> Vec<&'a Latch> {
    let colour_of = |latch: &Latch| rules.rules[latch.rule].colour;
    let strictest = state.latches.iter().map(colour_of).max();
    let mut latches: Vec<_> =
        state.latches.iter().filter(|latch| Some(colour_of(latch)) == strictest).collect();
    latches.sort_unstable_by_key(|latch| latch.rule);
    latches
}

/// The reasons of some latches; rules of one reason are named once, with the evidence of all.
fn reasons_of(rules: &RuleSet, latches: &[&Latch]) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = Vec::with_capacity(latches.len());
    for latch in latches {
        let reason = rules.rules[latch.rule].reason;
        let found = reasons.iter().position(|known| known.reason == reason);
        let evidence = match found {
            Some(known) => &mut reasons[known].evidence,
            None => {
                reasons.push(Reason { reason, evidence: Vec::with_capacity(latch.evidence.len()) });
                let last = reasons.len() - 1;
                &mut reasons[last].evidence
            }
        };
        evidence.extend_from_slice(&latch.evidence);
        evidence.sort_unstable();
        evidence.dedup();
    }
    reasons
}

/// Colour, reason and beginning for whom no rule colours.
fn floor(rules: &RuleSet, course: &Course<'_>, declared: Declared) -> (Colour, Reason, Instant) {
    let (colour, reason, evidence, since) = match declared {
        Declared::Not => {
            let since = course.known_since().unwrap_or(rules.in_force.from).max(rules.in_force.from);
            (Colour::Pending, rules.floor.not_declared, vec![], since)
        }
        Declared::UnderReview { declaration, since } => {
            (Colour::Pending, rules.floor.under_review, vec![declaration], since)
        }
        Declared::Refused { declaration, audit, since } => {
            (Colour::Pending, rules.floor.refused, vec![declaration, audit], since)
        }
        Declared::Confirmed { declaration, audit, since } => {
            (Colour::Green, rules.floor.clear, vec![declaration, audit], since)
        }
    };
    (colour, Reason { reason, evidence }, since)
}

/// What is asked of whom these latches hold, with what has been done; equal needs are named once.
fn needs(course: &Course<'_>, run: &Run, latches: &[&Latch], at: Instant) -> Vec<Need> {
    let mut needs: Vec<Need> = Vec::new();
    let now = course.moment(at);
    for latch in latches {
        let of_others = needs.len();
        let ways = course.ways_of(latch.rule);
        for (number, (way, progress)) in ways.iter().zip(&latch.ways).enumerate() {
            for (index, step) in way.iter().enumerate() {
                for part in step.parts() {
                    let of = part.of();
                    let done = match index.cmp(&progress.step) {
                        std::cmp::Ordering::Less => of,
                        std::cmp::Ordering::Equal => {
                            course.done(part, run, (latch.until, progress), now).min(of)
                        }
                        std::cmp::Ordering::Greater => 0,
                    };
                    let way = (ways.len() > 1).then_some(number as u8 + 1);
                    let ends =
                        (index == progress.step).then(|| course.ends_of(part, latch, progress)).flatten();
                    let need = Need { need: part.word(), done, of, way, at: ends };
                    if !needs[..of_others].contains(&need) {
                        needs.push(need);
                    }
                }
            }
        }
    }
    needs
}

/// The first day on which all these latches can be released by the person's own doing.
fn earliest_release(rules: &RuleSet, state: &State, latches: &[&Latch], today: Day) -> Option<Day> {
    let next = state.run.next_day(today);
    let of_latch = |latch: &&Latch| {
        let ways = &rules.rules[latch.rule].release;
        let ways = ways.iter().zip(&latch.ways);
        ways.filter_map(|(way, progress)| of_way(rules, state, way, (progress, latch.until), next)).min()
    };
    latches.iter().map(of_latch).try_fold(today, |latest, day| Some(latest.max(day?)))
}

/// The first day on which one way can be complete, where it asks for reports and time alone.
fn of_way(
    rules: &RuleSet,
    state: &State,
    way: &[Step],
    (progress, until): (&Progress, Option<Instant>),
    next: Day,
) -> Option<Day> {
    // A wait is complete at the midnight after its last day, which is the day that the next step counts from.
    let (mut day_zero, mut complete_on) = (progress.day_zero, progress.day_zero);
    for (index, step) in way.iter().enumerate().skip(progress.step) {
        let reports = |of: u16, done: u16| {
            let done = if index == progress.step { done } else { 0 };
            let left = i32::from(of.saturating_sub(done));
            if left == 0 { day_zero } else { next.max(day_zero.plus(1)).plus(left - 1) }
        };
        complete_on = day_zero;
        for part in step.parts() {
            complete_on = complete_on.max(match part {
                Step::DailyReports(of) => reports(*of, state.run.done_after(day_zero)),
                Step::ReportDays(of) => reports(*of, state.run.normal_after(day_zero)),
                Step::Days(days) => day_zero.plus(i32::from(*days) + 1),
                Step::Until(_) => rules.zone.day_of(until?),
                _ => return None,
            });
        }
        let waits = step.parts().iter().filter_map(|part| match part {
            Step::Days(days) => Some(day_zero.plus(i32::from(*days) + 1)),
            _ => None,
        });
        let by_time = waits.max() == Some(complete_on);
        day_zero = complete_on.plus(-i32::from(by_time));
    }
    Some(complete_on)
}

/// Late records a decision looks back through, at most, to find since when its colour has been true.
const MOST_LATE: usize = 16;

/// Corrections, withdrawals and what became known late make a colour true from the moment they are recorded: the last of
/// them before which the colour was another one.
fn last_amended(rules: &RuleSet, life: &Life, decision: &Decision, at: Instant) -> Option<Instant> {
    let amended = life.amendments().iter().map(|amendment| amendment.evidence.recorded_at);
    // A refusal takes back what its declaration had given, so that it amends, too.
    let amends = |e: &&Evidence| {
        e.recorded_at > e.happened_at
            || matches!(&e.fact, Fact::Audit(audit) if audit.result == AuditResult::Refused)
    };
    let late = life.originals().iter().filter(amends).map(|e| e.recorded_at);
    let is_since = |recorded: &Instant| *recorded > decision.since && *recorded <= at;
    let mut recorded: Vec<_> = amended.chain(late).filter(is_since).collect();
    recorded.sort_unstable_by(|a, b| b.cmp(a));
    recorded.dedup();
    recorded.into_iter().take(MOST_LATE).find(|recorded| {
        let before = Instant::from_micros(recorded.micros() - 1);
        let course = Course::new(rules, life.known_at(before));
        at_rest(rules, &course, &course.state_at(before), before).colour != decision.colour
    })
}

/// The first instant after `at` at which colour, a reason or the release differs though nothing new is recorded: known
/// evidence takes place, a run of reports breaks at the midnight after a day without one, or the rule set ends.
fn next_change(rules: &RuleSet, course: &Course<'_>, now: &Decision, state: &State, at: Instant) -> Instant {
    let sunset = rules.in_force.until;
    let broken = |state: &State| state.run.last().map(|last| rules.zone.start_of(last.plus(2)));
    let timer = course.next_timer(state, at);
    if course.next_after(at).is_none() && timer.is_none() {
        // Nothing else is to come: the run breaks, and that shows only where some of it counts.
        let latches = deciding(rules, state);
        let shows = |_: &Instant| needs(course, &state.run.broken(), &latches, at) != now.release;
        return broken(state).filter(shows).map_or(sunset, |then| then.min(sunset));
    }
    let (mut from, mut last_broken, mut next_timer) = (at, broken(state), timer);
    loop {
        let broken_then = last_broken.filter(|then| *then > from);
        let then = [course.next_after(from), broken_then, next_timer].into_iter().flatten().min();
        let Some(then) = then.filter(|then| *then < sunset) else { return sunset };
        let state = course.state_at(then);
        if !at_rest(rules, course, &state, then).is_same(now) {
            return then;
        }
        (from, last_broken, next_timer) = (then, broken(&state), course.next_timer(&state, then));
    }
}
