//! The heart of [`decide`](crate::decide): goes through what is known in order of (`happened_at`, id), with the instants
//! between at which time alone changes something. A colour once given is latched until its release is met; a release
//! once met stays met until new evidence fires the rule again.

use crate::condition::{Condition, Kinds};
use crate::decision::Colour;
use crate::fact::Fact;
use crate::life::Known;
use crate::rule_set::{MAX_WAYS, Rule};
use crate::time::{Day, Instant};

mod course;
mod declared;
mod latch;
mod run;
mod timer;

pub(crate) use course::Course;
use course::{Entry, Part};
pub(crate) use declared::{Audits, Declared};
use latch::NamedEnd;
pub(crate) use latch::{Latch, Progress};
pub(crate) use run::Run;

/// What the fold arrives at.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub latches: Vec<Latch>,
    /// When the last latch of yellow, and of red, that anyone had seen was released.
    pub released: [Option<Instant>; 2],
    /// Rules that were released, and when.
    pub ended: Vec<(usize, Instant)>,
    pub run: Run,
    pub declared: Declared,
}

/// How far the fold has come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// The instant.
    pub at: Instant,
    /// So many entries have taken place.
    pub upto: usize,
    /// The instant up to which the fold goes: what is refused by then never counted.
    pub until: Instant,
    /// Whether a normal report is what takes place.
    pub reports: bool,
    /// Whether only time has passed: then it is the end of the day before that counts, where it is midnight.
    pub timed: bool,
}

/// The index of a colour in [`State::released`].
pub(crate) fn slot(colour: Colour) -> usize {
    usize::from(colour == Colour::Red)
}

impl Course<'_> {
    /// Goes through everything up to and including `at`.
    pub(crate) fn state_at(&self, at: Instant) -> State {
        let declared = self.declared_at(at);
        let mut state = State {
            latches: Vec::new(),
            released: [None; 2],
            ended: Vec::new(),
            run: Run::default(),
            declared,
        };
        let (mut upto, mut now) = (0, Instant::MIN);
        loop {
            let entry = self.entries.get(upto).filter(|entry| entry.at <= at);
            let timer = self.next_timer(&state, now).filter(|then| *then <= at);
            match (entry, timer) {
                (None, None) => break,
                (Some(entry), timer) if timer.is_none_or(|then| entry.at < then) => {
                    now = now.max(entry.at);
                    upto += 1;
                    self.take(
                        &mut state,
                        entry,
                        Moment { at: entry.at, upto, until: at, reports: false, timed: false },
                    );
                }
                (_, Some(then)) => {
                    now = then;
                    self.tick(&mut state, Moment { at: then, upto, until: at, reports: false, timed: true });
                }
                (Some(_), None) => unreachable!("an entry without a timer before it is taken above"),
            }
        }
        state.run.pass_to(self.rules.zone.day_of(at));
        state
    }

    /// Lets an entry take place.
    fn take(&self, state: &mut State, entry: &Entry, now: Moment) {
        let known = &self.known[entry.known];
        match entry.part {
            Part::Counts => {
                let day = self.rules.zone.day_of(entry.at);
                let unwell = known.fact.is_unwell();
                state.run.pass_to(day);
                state.run.report(day, unwell, self.rules.features.all_reports);
                if !state.latches.is_empty() {
                    self.step_on(state, Moment { reports: !unwell, ..now }, entry.at.max(known.recorded_at));
                }
            }
            Part::Happens => {
                if !state.latches.is_empty() && self.may_release(known.fact) {
                    self.step_on(state, now, entry.at.max(known.recorded_at));
                }
                self.fire(state, entry.known, now);
            }
            Part::Lapses => self.lapse(state, known, now),
        }
    }

    /// Whether a fact other than a report can complete a step.
    fn may_release(&self, fact: &Fact) -> bool {
        Kinds::of(fact).meets(self.rules.features.releasing)
    }

    /// Looks whether `known` fires a rule; where the rule is latched already, its way out begins again.
    fn fire(&self, state: &mut State, position: usize, now: Moment) {
        let known = &self.known[position];
        let kind = Kinds::of(known.fact);
        for (index, rule) in self.rules.rules.iter().enumerate().filter(|(_, rule)| rule.kinds.meets(kind)) {
            let mut evidence = Vec::new();
            let Some(day_zero) = self.fires(rule, known, now, &mut evidence) else { continue };
            if self.is_refused(position, now.until) {
                return;
            }
            let day_zero =
                day_zero.max(if evidence.is_empty() { day_zero } else { self.day_or(day_zero, now) });
            if evidence.is_empty() {
                evidence.push(known.index);
            }
            // True since the last of what it rests on was recorded.
            let recorded = evidence.iter().filter_map(|original| self.recorded_at(*original)).max();
            let seen = now.at.max(recorded.unwrap_or(known.recorded_at));
            self.latch(state, index, (day_zero, &evidence, latch::named_end(known.fact)), now, seen);
        }
    }

    fn day_or(&self, day: Day, now: Moment) -> Day {
        if day == crate::condition::NO_DAY { self.rules.zone.day_of(now.at) } else { day }
    }

    /// Day 0, where `known` makes the rule fire. The evidence that a condition of several facts rests on is added.
    fn fires(&self, rule: &Rule, known: &Known<'_>, now: Moment, evidence: &mut Vec<u32>) -> Option<Day> {
        if !self.is_for(now) {
            return None;
        }
        let on_one = |condition: &Condition| condition.day_zero(known.fact, now.at, now.at, self.rules);
        if rule.is_simple {
            return rule.when.iter().filter_map(on_one).max();
        }
        let scene = self.scene(now);
        rule.when
            .iter()
            .filter_map(|condition| {
                if condition.is_of_one_fact() {
                    let day = on_one(condition)?;
                    evidence.push(known.index);
                    return Some(day);
                }
                self.touches(condition, known, now).then(|| scene.holds(condition, evidence))?
            })
            .max()
    }

    /// Whether a fact is one that a condition of several facts speaks of.
    fn touches(&self, condition: &Condition, known: &Known<'_>, now: Moment) -> bool {
        if matches!(condition, Condition::Not(_) | Condition::Lapsed(_)) {
            return false;
        }
        match condition.parts() {
            [] => condition.day_zero(known.fact, now.at, now.at, self.rules).is_some(),
            parts => parts.iter().any(|part| self.touches(part, known, now)),
        }
    }

    /// A fact has grown too old: rules fire that say so.
    fn lapse(&self, state: &mut State, known: &Known<'_>, now: Moment) {
        if !self.is_for(now) {
            return;
        }
        let scene = self.scene(now);
        for (index, rule) in self.rules.rules.iter().enumerate().filter(|(_, rule)| rule.lapses) {
            let mut evidence = Vec::new();
            let lapsing = rule.when.iter().filter(|condition| {
                condition.with_parts().iter().any(|part| matches!(part, Condition::Lapsed(_)))
            });
            let day = lapsing.filter_map(|condition| scene.holds(condition, &mut evidence)).max();
            if let Some(day) = day
                && !state.latches.iter().any(|latch| latch.rule == index)
            {
                let day = self.day_or(day, now);
                self.latch(
                    state,
                    index,
                    (day, &evidence, NamedEnd::None),
                    now,
                    now.at.max(known.recorded_at),
                );
            }
        }
    }

    /// Whether the rule set is for this person.
    fn is_for(&self, now: Moment) -> bool {
        match &self.rules.population {
            crate::rule_set::Population::Everyone => true,
            crate::rule_set::Population::LivesIn(regions) => {
                self.scene(now).holds(&Condition::LivesIn(regions.clone()), &mut Vec::new()).is_some()
            }
        }
    }

    /// Latches a rule, or begins its ways out again.
    fn latch(
        &self,
        state: &mut State,
        rule: usize,
        (day_zero, evidence, until): (Day, &[u32], NamedEnd),
        now: Moment,
        seen: Instant,
    ) {
        let entry = now.upto.saturating_sub(1);
        let fresh = Progress { step: 0, day_zero, entry, from: now.at };
        match state.latches.iter_mut().find(|latch| latch.rule == rule) {
            Some(latch) => {
                latch.since = latch.since.min(seen);
                latch
                    .evidence
                    .extend(evidence.iter().filter(|e| !latch.evidence.contains(e)).collect::<Vec<_>>());
                latch.day_zero = latch.day_zero.max(day_zero);
                latch.until = until.over(latch.until);
                for way in &mut latch.ways {
                    *way = Progress { day_zero: way.day_zero.max(day_zero), ..fresh };
                }
            }
            None => {
                let evidence = evidence.to_vec();
                let (until, ways) = (until.over(None), [fresh; MAX_WAYS]);
                state.latches.push(Latch { rule, since: seen, evidence, day_zero, until, ways });
            }
        }
        // What fired it may lie so far back that the reports asked for are there, or the time is over already.
        if day_zero < self.rules.zone.day_of(now.at) {
            self.step_on(state, Moment { reports: true, ..now }, seen);
        }
    }

    /// Takes every step that is complete, and lets go the latches whose way out is.
    fn step_on(&self, state: &mut State, now: Moment, seen: Instant) {
        let day = self.rules.zone.day_of(Instant::from_micros(now.at.micros() - i64::from(now.timed)));
        let State { latches, released, ended, run, .. } = state;
        run.pass_to(self.rules.zone.day_of(now.at));
        latches.retain_mut(|latch| {
            let rule: &Rule = &self.rules.rules[latch.rule];
            for (way, progress) in rule.release.iter().zip(&mut latch.ways) {
                while let Some(step) = way.get(progress.step) {
                    // A run releases at the report that completes it.
                    if step.is_reports() && !now.reports
                        || !self.is_met(step, run, (latch.until, progress), now)
                    {
                        break;
                    }
                    let day_zero = match step {
                        crate::step::Step::Days(days) => progress.day_zero.plus(i32::from(*days)),
                        _ => progress.day_zero.max(day),
                    };
                    let entry = now.upto.saturating_sub(1);
                    *progress = Progress { step: progress.step + 1, day_zero, entry, from: now.at };
                }
                if progress.step == way.len() {
                    // A latch that became known only after its release was never seen, so nothing ended then.
                    if latch.since < seen {
                        ended.push((latch.rule, seen));
                        let slot = &mut released[slot(rule.colour)];
                        *slot = (*slot).max(Some(seen));
                    }
                    return false;
                }
            }
            true
        });
    }
}
