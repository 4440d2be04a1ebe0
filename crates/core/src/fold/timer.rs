//! What time alone brings: steps that end, and reports that are missed.

use super::course::Part;
use super::latch::NamedEnd;
use super::{Course, Latch, Moment, Progress, State};
use crate::condition::{Condition, MissedReports, edges};
use crate::step::Step;
use crate::time::{Day, Instant};

impl Course<'_> {
    /// The first instant after `after` at which, with nothing new, a step ends or a report counts as missed.
    pub(crate) fn next_timer(&self, state: &State, after: Instant) -> Option<Instant> {
        if !self.rules.features.timers || state.latches.is_empty() {
            return None;
        }
        let steps = state.latches.iter().flat_map(|latch| self.ends(latch));
        let missed = self.missed(state).map(|(_, _, then)| then);
        let aged = state.latches.iter().flat_map(|latch| self.ages(latch, after));
        steps.chain(missed).chain(aged).filter(|then| *then > after).min()
    }

    /// The instants at which a fact comes to count for a step that a latch is at, or counts no longer.
    fn ages(&self, latch: &Latch, after: Instant) -> Vec<Instant> {
        if !self.rules.rules[latch.rule].release.iter().flatten().any(Step::has_window) {
            return Vec::new();
        }
        let ways = self.rules.rules[latch.rule].release.iter().zip(latch.ways);
        let at = ways.filter_map(|(way, progress)| way.get(progress.step));
        let facts = at.flat_map(Step::parts).filter_map(|part| match part {
            Step::Fact(fact) => Some(fact),
            _ => None,
        });
        let zone = &self.rules.zone;
        let taken = self.entries.iter().filter(|entry| entry.at <= after && entry.part == Part::Happens);
        let taken: Vec<_> = taken.collect();
        facts
            .flat_map(|fact| {
                taken.iter().flat_map(move |entry| edges(fact, self.known[entry.known].fact, entry.at, zone))
            })
            .flatten()
            .collect()
    }

    /// The instants at which time completes a step that a latch is at.
    fn ends(&self, latch: &Latch) -> impl Iterator<Item = Instant> {
        let ways = self.rules.rules[latch.rule].release.iter().zip(latch.ways);
        let at = ways.filter_map(|(way, progress)| Some((way.get(progress.step)?, progress)));
        at.flat_map(move |(step, progress)| {
            step.parts().iter().filter_map(move |part| self.ends_of(part, latch, &progress))
        })
    }

    /// When time completes a step; `None` for what others complete.
    pub(crate) fn ends_of(&self, step: &Step, latch: &Latch, progress: &Progress) -> Option<Instant> {
        match step {
            Step::Days(days) => Some(self.end_of_days(progress.day_zero, *days)),
            Step::Until(_) => latch.until,
            _ => None,
        }
    }

    /// Rules that fire when reports are missed, with the latch they watch and the instant.
    fn missed<'s>(&'s self, state: &'s State) -> impl Iterator<Item = (usize, &'s Latch, Instant)> {
        let rules = self.rules.rules.iter().enumerate().filter(|(_, rule)| rule.watches_reports);
        rules.flat_map(move |(index, rule)| {
            rule.when.iter().filter_map(move |condition| {
                let Condition::MissedReports(MissedReports { under, days }) = condition else { return None };
                let watched = state.latches.iter().find(|latch| self.code_of(latch.rule) == under)?;
                let zone = &self.rules.zone;
                // Nobody can report about a rule before it is known to hold, nor again for days that were missed already.
                let known = watched.day_zero.max(zone.day_of(watched.since));
                let ended =
                    state.ended.iter().filter(|(of, _)| *of == index).map(|(_, then)| zone.day_of(*then));
                let last = ended.chain(state.run.reported()).fold(known, Day::max);
                Some((index, watched, zone.start_of(last.plus(i32::from(*days) + 1))))
            })
        })
    }

    fn code_of(&self, rule: usize) -> &str {
        &self.rules.reasons[usize::from(self.rules.rules[rule].reason)].code
    }

    /// Lets an instant come at which nothing takes place.
    pub(super) fn tick(&self, state: &mut State, now: Moment) {
        let day = self.rules.zone.day_of(now.at);
        let due: Vec<_> = self
            .missed(state)
            .filter(|(rule, _, then)| {
                *then == now.at && !state.latches.iter().any(|latch| latch.rule == *rule)
            })
            .map(|(rule, watched, _)| (rule, watched.evidence.clone(), watched.since))
            .collect();
        self.step_on(state, now, now.at);
        for (rule, evidence, since) in due {
            self.latch(state, rule, (day.plus(-1), &evidence, NamedEnd::None), now, now.at.max(since));
        }
    }
}
