//! A rule that has fired, and where its ways out stand.

use super::{Course, Moment, Run};
use crate::condition::comes_after;
use crate::fact::{CaseStatus, Fact};
use crate::rule_set::MAX_WAYS;
use crate::step::Step;
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
    /// Day 0 of the latest firing.
    pub day_zero: Day,
    /// The end that the latest fact names: of an order, of an isolation.
    pub until: Option<Instant>,
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
    /// Number of the entry with which the step begins; only later ones count.
    pub entry: usize,
    /// When it begins; a test must be sampled from then on.
    pub from: Instant,
}

/// The end that a fact names.
#[derive(Clone, Copy, Debug)]
pub(super) enum NamedEnd {
    /// It names none, and leaves an earlier one as it is.
    None,
    /// Of an order: of several, the last end holds.
    AtLeast(Instant),
    /// Of an isolation: what is said last holds, also that no end is known.
    Exactly(Option<Instant>),
}

impl NamedEnd {
    /// The end that holds now, where another held before.
    pub(super) fn over(self, before: Option<Instant>) -> Option<Instant> {
        match self {
            Self::None => before,
            Self::AtLeast(end) => before.max(Some(end)),
            Self::Exactly(end) => end,
        }
    }
}

/// The end that a fact names.
pub(super) fn named_end(fact: &Fact) -> NamedEnd {
    match fact {
        Fact::Order(order) => NamedEnd::AtLeast(order.until),
        Fact::Isolation(isolation) => NamedEnd::Exactly(isolation.until),
        _ => NamedEnd::None,
    }
}

impl Course<'_> {
    /// Whether a step is complete.
    pub(super) fn is_met(
        &self,
        step: &Step,
        run: &Run,
        (latch_until, progress): (Option<Instant>, &Progress),
        now: Moment,
    ) -> bool {
        match step {
            Step::CaseStatus(any) => self.became(any, progress.entry, now),
            Step::DailyReports(of) => run.done_after(progress.day_zero) >= *of,
            Step::ReportDays(of) => run.normal_after(progress.day_zero) >= *of,
            Step::Days(days) => now.at >= self.end_of_days(progress.day_zero, *days),
            Step::Until(_) => latch_until.is_some_and(|until| now.at >= until),
            Step::Fact(_) | Step::Seen(_) => self.done(step, run, (latch_until, progress), now) >= step.of(),
            Step::Together(parts) => {
                parts.iter().all(|part| self.is_met(part, run, (latch_until, progress), now))
            }
        }
    }

    /// How much of a step is done.
    pub(crate) fn done(
        &self,
        step: &Step,
        run: &Run,
        (latch_until, progress): (Option<Instant>, &Progress),
        now: Moment,
    ) -> u16 {
        match step {
            Step::DailyReports(of) => run.done_after(progress.day_zero).min(*of),
            Step::ReportDays(of) => run.normal_after(progress.day_zero).min(*of),
            Step::Fact(fact) => {
                let scene = self.scene(now);
                let zone = &self.rules.zone;
                let met = scene.past.iter().any(|taken| {
                    taken.number > progress.entry
                        && comes_after(taken.known.fact, progress.from, zone)
                        && fact.day_zero(taken.known.fact, taken.at, now.at, self.rules).is_some()
                });
                u16::from(met)
            }
            Step::Seen(seen) => {
                let after = Some((progress.entry, progress.from));
                self.scene(now).count(seen, after, &mut Vec::new()).count
            }
            Step::CaseStatus(any) => u16::from(self.became(any, progress.entry, now)),
            Step::Days(days) => *days * u16::from(now.at >= self.end_of_days(progress.day_zero, *days)),
            Step::Until(_) => u16::from(latch_until.is_some_and(|until| now.at >= until)),
            Step::Together(_) => 0,
        }
    }

    /// Whether the case became one of these after an entry.
    fn became(&self, any: &[CaseStatus], entry: usize, now: Moment) -> bool {
        self.entries.get(entry + 1..now.upto).unwrap_or_default().iter().any(|later| {
            matches!(self.known[later.known].fact, Fact::CaseReport(case) if any.contains(&case.status))
        })
    }

    /// The first instant after so many whole days.
    pub(crate) fn end_of_days(&self, day_zero: Day, days: u16) -> Instant {
        self.rules.zone.start_of(day_zero.plus(i32::from(days) + 1))
    }
}
