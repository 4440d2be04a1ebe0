//! The heart of [`decide`](crate::decide): goes through what is known in order of (`happened_at`, id). A colour once
//! given is latched until its release is met; a release once met stays met until new evidence fires the rule again.

use crate::condition::Step;
use crate::decision::Colour;
use crate::fact::{AuditResult, Fact};
use crate::life::Known;
use crate::rule_set::{MAX_WAYS, Rule, RuleSet};
use crate::time::{Day, Instant};

/// A rule that has fired and is not released.
#[derive(Clone, Debug)]
pub(crate) struct Latch {
    /// Position among the rules.
    pub rule: usize,
    /// The earliest instant at which it was both true and known.
    pub since: Instant,
    /// Positions (among the originals) of the evidence that fired it, in order of taking place.
    pub evidence: Vec<u32>,
    /// For every way out, where it stands.
    pub ways: [Progress; MAX_WAYS],
}

/// Where a way out stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    /// The step being taken.
    pub step: usize,
    /// Day 0 of that step; report days count from the day after.
    pub day_zero: Day,
}

/// The latest unbroken run of normal report days.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Run {
    days: Option<(Day, Day)>,
    /// The latest day with an abnormal report; a normal one on the same day does not count.
    abnormal: Option<Day>,
}

impl Run {
    fn report(&mut self, day: Day, is_abnormal: bool) {
        if is_abnormal {
            self.days = None;
            self.abnormal = Some(day);
        } else if self.abnormal != Some(day) {
            self.days = match self.days {
                Some((_, last)) if last == day => return,
                Some((first, last)) if last.plus(1) == day => Some((first, day)),
                _ => Some((day, day)),
            };
        }
    }

    /// How many days of the run count after `day_zero`.
    pub(crate) fn done_after(&self, day_zero: Day) -> u16 {
        let Some((first, last)) = self.days else { return 0 };
        (last.0 - first.max(day_zero.plus(1)).0 + 1).max(0) as u16
    }

    /// The last day of the run.
    pub(crate) fn last(&self) -> Option<Day> {
        self.days.map(|(_, last)| last)
    }

    /// The first day from `today` on that a report can still add to a run.
    pub(crate) fn next_day(&self, today: Day) -> Day {
        let used = self.last() == Some(today) || self.abnormal == Some(today);
        today.plus(i32::from(used))
    }

    /// A day without a report breaks the run.
    fn pass_to(&mut self, today: Day) {
        if self.last().is_some_and(|last| last < today.plus(-1)) {
            self.days = None;
        }
    }
}

/// What the fold arrives at.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub latches: Vec<Latch>,
    /// When the last latch of yellow, and of red, that anyone had seen was released.
    pub released: [Option<Instant>; 2],
    pub run: Run,
    pub declared: Declared,
}

/// Where the declarations stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Declared {
    /// Nothing declared.
    Not,
    /// The latest declaration awaits its audit, and no earlier one was audited.
    UnderReview { declaration: u32, since: Instant },
    /// The latest audit refused the declaration.
    Refused { declaration: u32, audit: u32, since: Instant },
    /// The latest audit confirmed the declaration.
    Confirmed { declaration: u32, audit: u32, since: Instant },
}

/// A known piece of evidence at its place in time.
#[derive(Clone, Copy)]
struct Entry {
    at: Instant,
    known: usize,
    part: Part,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// It happens: releases step on, conditions are looked at.
    Happens,
    /// A daily report counts on the day on which it was recorded, not on the day it claims.
    Counts,
}

/// The index of a colour in [`State::released`].
pub(crate) fn slot(colour: Colour) -> usize {
    usize::from(colour == Colour::Red)
}

/// What is known, laid out in order of taking place.
pub(crate) struct Course<'a> {
    rules: &'a RuleSet,
    known: Vec<Known<'a>>,
    entries: Vec<Entry>,
    /// Whether anything is about audits, to skip the search where not.
    audits: bool,
}

impl<'a> Course<'a> {
    pub(crate) fn new(rules: &'a RuleSet, known: Vec<Known<'a>>) -> Self {
        let mut entries = Vec::with_capacity(known.len() + 4);
        let mut audits = false;
        for (index, k) in known.iter().enumerate() {
            let happened_at = k.evidence.happened_at;
            let at = k.fact.begins_at().map_or(happened_at, |begins| begins.max(happened_at));
            audits |= matches!(k.fact, Fact::Audit(_));
            if matches!(k.fact, Fact::HealthReport(_)) {
                entries.push(Entry { at: k.evidence.recorded_at, known: index, part: Part::Counts });
                if !k.fact.is_unwell() {
                    continue;
                }
            }
            entries.push(Entry { at, known: index, part: Part::Happens });
        }
        if !entries.is_sorted_by_key(|entry| entry.at) {
            entries.sort_by(|a, b| {
                let id = |entry: &Entry| &known[entry.known].evidence.id;
                a.at.cmp(&b.at).then_with(|| id(a).cmp(id(b))).then(a.part.cmp(&b.part))
            });
        }
        Self { rules, known, entries, audits }
    }

    /// The known piece of evidence that happened first.
    pub(crate) fn first(&self) -> Option<&Known<'a>> {
        self.known.first()
    }

    /// The next instant after `at` at which something known takes place.
    pub(crate) fn next_after(&self, at: Instant) -> Option<Instant> {
        let from = self.entries.partition_point(|entry| entry.at <= at);
        self.entries.get(from).map(|entry| entry.at)
    }

    /// Goes through everything up to and including `at`.
    pub(crate) fn state_at(&self, at: Instant) -> State {
        let declared = self.declared_at(at);
        let mut state = State { latches: Vec::new(), released: [None; 2], run: Run::default(), declared };
        for entry in self.entries.iter().take_while(|entry| entry.at <= at) {
            let known = &self.known[entry.known];
            match entry.part {
                Part::Counts => {
                    let day = self.rules.zone.day_of(entry.at);
                    state.run.pass_to(day);
                    state.run.report(day, known.fact.is_unwell());
                    if !state.latches.is_empty() && !known.fact.is_unwell() {
                        self.step_on(&mut state, entry.at, known);
                    }
                }
                Part::Happens => {
                    if !state.latches.is_empty() && matches!(known.fact, Fact::CaseReport(_)) {
                        self.step_on(&mut state, entry.at, known);
                    }
                    self.fire(&mut state, entry.at, known, at);
                }
            }
        }
        state.run.pass_to(self.rules.zone.day_of(at));
        state
    }

    /// Looks whether `known` fires a rule; where the rule is latched already, its way out begins again.
    fn fire(&self, state: &mut State, at: Instant, known: &Known<'_>, until: Instant) {
        for (index, rule) in self.rules.rules.iter().enumerate() {
            let zone = &self.rules.zone;
            let Some(day_zero) = rule.when.iter().filter_map(|c| c.day_zero(known.fact, at, zone)).max()
            else {
                continue;
            };
            if self.is_refused(known, until) {
                return;
            }
            let seen = at.max(known.recorded_at);
            match state.latches.iter_mut().find(|latch| latch.rule == index) {
                Some(latch) => {
                    latch.since = latch.since.min(seen);
                    latch.evidence.push(known.index);
                    for way in &mut latch.ways {
                        *way = Progress { step: 0, day_zero: way.day_zero.max(day_zero) };
                    }
                }
                None => state.latches.push(Latch {
                    rule: index,
                    since: seen,
                    evidence: vec![known.index],
                    ways: [Progress { step: 0, day_zero }; MAX_WAYS],
                }),
            }
        }
    }

    /// Takes every step that `known` completes, and lets go the latches whose way out is complete.
    fn step_on(&self, state: &mut State, at: Instant, known: &Known<'_>) {
        let day = self.rules.zone.day_of(at);
        let State { latches, released, run, .. } = state;
        latches.retain_mut(|latch| {
            let rule: &Rule = &self.rules.rules[latch.rule];
            for (way, progress) in rule.release.iter().zip(&mut latch.ways) {
                while let Some(step) = way.get(progress.step) {
                    let met = match (step, known.fact) {
                        (Step::CaseStatus(any), Fact::CaseReport(case)) => any.contains(&case.status),
                        (Step::DailyReports(of), Fact::HealthReport(_)) => {
                            run.done_after(progress.day_zero) >= *of
                        }
                        _ => false,
                    };
                    if !met {
                        break;
                    }
                    *progress = Progress { step: progress.step + 1, day_zero: progress.day_zero.max(day) };
                }
                if progress.step == way.len() {
                    let seen = at.max(known.recorded_at);
                    // A latch that became known only after its release was never seen, so nothing ended then.
                    if latch.since < seen {
                        let slot = &mut released[slot(rule.colour)];
                        *slot = (*slot).max(Some(seen));
                    }
                    return false;
                }
            }
            true
        });
    }

    fn is_refused(&self, known: &Known<'_>, until: Instant) -> bool {
        self.audits
            && matches!(known.fact, Fact::Declaration(_))
            && matches!(self.audit_of(known, until), Some((_, AuditResult::Refused)))
    }

    /// The latest audit of a declaration by `until`.
    fn audit_of(&self, declaration: &Known<'_>, until: Instant) -> Option<(&Known<'a>, AuditResult)> {
        self.known.iter().rev().find_map(|k| match k.fact {
            Fact::Audit(audit) if audit.of == declaration.evidence.id && k.evidence.happened_at <= until => {
                Some((k, audit.result))
            }
            _ => None,
        })
    }

    /// The latest audited declaration decides; one that awaits its audit does not displace it.
    fn declared_at(&self, at: Instant) -> Declared {
        let mut latest = Declared::Not;
        let happened = self.known.iter().rev().skip_while(|k| k.evidence.happened_at > at);
        for k in happened.filter(|k| matches!(k.fact, Fact::Declaration(_))) {
            let since = k.recorded_at.max(k.evidence.happened_at);
            let audit = if self.audits { self.audit_of(k, at) } else { None };
            if let Some((audit, result)) = audit {
                let since = since.max(audit.recorded_at).max(audit.evidence.happened_at);
                let (declaration, audit) = (k.index, audit.index);
                return match result {
                    AuditResult::Confirmed => Declared::Confirmed { declaration, audit, since },
                    // Whoever declared again after a refusal waits for the new audit.
                    AuditResult::Refused if latest != Declared::Not => latest,
                    AuditResult::Refused => Declared::Refused { declaration, audit, since },
                };
            }
            if latest == Declared::Not {
                latest = Declared::UnderReview { declaration: k.index, since };
            }
        }
        latest
    }
}
