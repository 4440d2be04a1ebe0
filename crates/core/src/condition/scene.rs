//! Conditions seen on all that has taken place by an instant.

use super::{Condition, Lapsed, Near, Seen, comes_after, own_time};
use crate::fact::Fact;
use crate::life::Known;
use crate::rule_set::RuleSet;
use crate::time::{Day, Instant, Zone};

const HOUR_SECONDS: i64 = 3_600;

/// The day of a condition that has none of its own, such as one that says what did not happen.
pub(crate) const NO_DAY: Day = Day(i32::MIN);

/// A fact at its place in time.
#[derive(Clone, Copy)]
pub(crate) struct Taken<'a> {
    /// Its number in the order of taking place.
    pub number: usize,
    /// When it takes its place.
    pub at: Instant,
    /// The evidence.
    pub known: &'a Known<'a>,
}

/// What has taken place by an instant.
pub(crate) struct Scene<'a> {
    pub rules: &'a RuleSet,
    pub at: Instant,
    /// Latest first; refused declarations are left out.
    pub past: Vec<Taken<'a>>,
}

/// What came of counting facts.
pub(crate) struct Count {
    pub count: u16,
    /// Day of the latest.
    pub day: Day,
}

impl Scene<'_> {
    fn zone(&self) -> &Zone {
        &self.rules.zone
    }

    /// Day 0 of a condition that holds; the evidence that it rests on is added to `evidence`.
    pub(crate) fn holds(&self, condition: &Condition, evidence: &mut Vec<u32>) -> Option<Day> {
        match condition {
            Condition::All(all) => self.all(all, evidence),
            Condition::Any(any) => any.iter().filter_map(|part| self.holds(part, evidence)).max(),
            Condition::Not(part) => self.holds(part, &mut Vec::new()).is_none().then_some(NO_DAY),
            Condition::AtLeast(some) => {
                let days: Vec<_> = some.of.iter().filter_map(|part| self.holds(part, evidence)).collect();
                (days.len() >= some.n).then(|| days.iter().copied().max().unwrap_or(NO_DAY))
            }
            Condition::Near(near) => self.near(near, evidence),
            Condition::Seen(seen) => {
                let found = self.count(seen, None, evidence);
                (found.count >= seen.times).then_some(found.day)
            }
            Condition::Lapsed(lapsed) => {
                let (last, expiry) = self.expiry(lapsed)?;
                (expiry <= self.at).then(|| {
                    evidence.push(last.known.index);
                    self.zone().day_of(expiry).plus(-1)
                })
            }
            Condition::ReportedWithin(wanted) => {
                let hours = i64::from(wanted.hours) * 3_600;
                let soon = |taken: &&Taken<'_>| {
                    let then = own_time(taken.known.fact, taken.at, self.zone());
                    taken.known.recorded_at.micros() - then.micros() <= hours * 1_000_000
                };
                let (index, day) = self.past.iter().filter(soon).find_map(|taken| {
                    let day = wanted.fact.day_zero(taken.known.fact, taken.at, self.at, self.rules)?;
                    Some((taken.known.index, day))
                })?;
                evidence.push(index);
                Some(day)
            }
            // Fires on its own when the days have passed; what it is about is no fact.
            Condition::MissedReports(_) => None,
            one => {
                let (taken, day) = self.latest(one)?;
                evidence.push(taken.known.index);
                Some(day)
            }
        }
    }

    fn all(&self, all: &[Condition], evidence: &mut Vec<u32>) -> Option<Day> {
        let before = evidence.len();
        let mut day = NO_DAY;
        for part in all {
            match self.holds(part, evidence) {
                Some(of_part) => day = day.max(of_part),
                None => {
                    evidence.truncate(before);
                    return None;
                }
            }
        }
        Some(day)
    }

    /// Looks for one day of each part, all of them near each other, the latest first.
    fn near(&self, near: &Near, evidence: &mut Vec<u32>) -> Option<Day> {
        let days: Vec<_> = near.of.iter().map(|part| self.days(part)).collect();
        let mut lasts: Vec<Day> = days.iter().flatten().map(|(day, _)| *day).collect();
        lasts.sort_unstable_by(|a, b| b.cmp(a));
        for last in lasts {
            let first = last.plus(-i32::from(near.within_days));
            let in_reach = |all: &Vec<(Day, Vec<u32>)>| {
                all.iter()
                    .filter(|(day, _)| (first..=last).contains(day))
                    .max_by_key(|(day, _)| *day)
                    .cloned()
            };
            let found: Option<Vec<_>> = days.iter().map(in_reach).collect();
            if let Some(found) = found {
                evidence.extend(found.into_iter().flat_map(|(_, evidence)| evidence));
                return Some(last);
            }
        }
        None
    }

    /// Every day on which a condition is met, with its evidence; of conditions of several facts the latest only.
    fn days(&self, part: &Condition) -> Vec<(Day, Vec<u32>)> {
        if part.is_of_one_fact() && !part.is_said_anew() {
            let met = self.past.iter().filter_map(|taken| {
                let day = part.day_zero(taken.known.fact, taken.at, self.at, self.rules)?;
                Some((day, vec![taken.known.index]))
            });
            return met.collect();
        }
        let mut evidence = Vec::new();
        let day = self.holds(part, &mut evidence).filter(|day| *day != NO_DAY);
        day.map(|day| (day, evidence)).into_iter().collect()
    }

    /// The latest fact that meets a condition on one fact. What is said anew replaces what was said before: of
    /// declarations and reports of the case only the latest is looked at.
    fn latest(&self, one: &Condition) -> Option<(Taken<'_>, Day)> {
        let day = |taken: &Taken<'_>| one.day_zero(taken.known.fact, taken.at, self.at, self.rules);
        let mut said = self.past.iter().filter(|taken| match (one, taken.known.fact) {
            (Condition::LivesIn(_), Fact::Declaration(d)) => d.residence.is_some(),
            (Condition::DeclaredContact(_) | Condition::DeclaredState(_), Fact::Declaration(_))
            | (Condition::CaseStatus(_), Fact::CaseReport(_)) => true,
            _ => false,
        });
        match one.is_said_anew() {
            true => said.next().and_then(|taken| Some((*taken, day(taken)?))),
            false => self.past.iter().find_map(|taken| Some((*taken, day(taken)?))),
        }
    }

    /// Counts facts, the latest first, each so far before the one after it. With `after`, only facts that are later
    /// than the entry of that number and true from that instant on, and the window lies between first and last.
    pub(crate) fn count(
        &self,
        seen: &Seen,
        after: Option<(usize, Instant)>,
        evidence: &mut Vec<u32>,
    ) -> Count {
        let zone = self.zone();
        let apart = i64::from(seen.apart_hours) * HOUR_SECONDS;
        let mut times: Vec<(Instant, u32)> = self
            .past
            .iter()
            .filter_map(|taken| {
                let time = own_time(taken.known.fact, taken.at, zone);
                let counts = after.is_none_or(|(number, from)| {
                    taken.number > number && comes_after(taken.known.fact, from, zone)
                });
                let met =
                    counts && seen.fact.day_zero(taken.known.fact, taken.at, self.at, self.rules).is_some();
                met.then_some((time, taken.known.index))
            })
            .collect();
        times.sort_unstable_by(|a, b| b.cmp(a));
        // A way out looks for any such row of facts, since results come in any order; a condition for one up to now.
        let lasts = if after.is_some() { times.len() } else { 1 };
        let rows = (0..lasts).map(|last| {
            let until = if after.is_some() { times[last].0 } else { self.at };
            self.row(seen, &times[last.min(times.len())..], until, apart)
        });
        let best = rows.max_by_key(Vec::len).unwrap_or_default();
        evidence.extend(best.iter().map(|(_, index)| *index));
        let day = zone.day_of(best.first().map_or(self.at, |(time, _)| *time));
        Count { count: best.len() as u16, day }
    }

    /// The longest row of facts, the latest first, that lies within the window up to `until`.
    fn row(&self, seen: &Seen, times: &[(Instant, u32)], until: Instant, apart: i64) -> Vec<(Instant, u32)> {
        let zone = self.zone();
        let in_window = |time: Instant| {
            let day = |days: u16| zone.day_of(until) <= zone.day_of(time).plus(i32::from(days));
            let hour = |hours: u16| until <= time.plus_seconds(i64::from(hours) * HOUR_SECONDS);
            seen.within_days.is_none_or(day) && seen.within_hours.is_none_or(hour)
        };
        let mut row: Vec<(Instant, u32)> = Vec::new();
        for (time, index) in times.iter().filter(|(time, _)| in_window(*time)) {
            let spaced = row.last().is_none_or(|(later, _)| *time <= later.plus_seconds(-apart));
            if spaced && row.len() < usize::from(seen.times) {
                row.push((*time, *index));
            }
        }
        row
    }

    /// When something lapses, as things stand.
    pub(crate) fn expires_at(&self, lapsed: &Lapsed) -> Option<Instant> {
        Some(self.expiry(lapsed)?.1)
    }

    /// The last fact that keeps something from lapsing, and the instant from which it no longer does. The clock starts
    /// with the first declaration; to declare anew does not set it back.
    fn expiry(&self, lapsed: &Lapsed) -> Option<(Taken<'_>, Instant)> {
        let declaration = |taken: &&Taken<'_>| matches!(taken.known.fact, Fact::Declaration(_));
        let first = self.past.iter().rfind(declaration)?.number;
        let expiring = self.past.iter().filter_map(|taken| {
            let keeps = taken.number == first || lapsed.keeps(taken.known.fact, taken.at, self.rules);
            let expiry = keeps.then(|| lapsed.expiry_of(taken.known.fact, taken.at, self.rules))?;
            Some((expiry, taken.number, *taken))
        });
        let (expiry, _, taken) = expiring.max_by_key(|(expiry, number, _)| (*expiry, *number))?;
        Some((taken, expiry))
    }
}

impl Lapsed {
    fn keeps(&self, fact: &Fact, taken: Instant, rules: &RuleSet) -> bool {
        self.fact.day_zero(fact, taken, taken, rules).is_some()
    }

    /// Whether a fact may keep it from lapsing.
    pub(crate) fn may_keep(&self, fact: &Fact, taken: Instant, rules: &RuleSet) -> bool {
        matches!(fact, Fact::Declaration(_)) || self.keeps(fact, taken, rules)
    }

    /// Until when a fact keeps it from lapsing.
    pub(crate) fn expiry_of(&self, fact: &Fact, taken: Instant, rules: &RuleSet) -> Instant {
        let zone = &rules.zone;
        let time = own_time(fact, taken, zone);
        match (self.after_days, self.after_hours) {
            (Some(days), _) => zone.start_of(zone.day_of(time).plus(i32::from(days) + 1)),
            (None, hours) => time.plus_seconds(i64::from(hours.unwrap_or_default()) * HOUR_SECONDS),
        }
    }
}
