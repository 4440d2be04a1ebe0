//! What is known, laid out in order of taking place.

use super::{Audits, Moment};
use crate::condition::{Condition, Lapsed, Scene, Taken};
use crate::fact::Fact;
use crate::life::Known;
use crate::rule_set::RuleSet;
use crate::step::Step;
use crate::time::Instant;

/// A known piece of evidence at its place in time.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub at: Instant,
    pub known: usize,
    pub part: Part,
}

/// What of a piece of evidence takes place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// It happens: releases step on, conditions are looked at.
    Happens,
    /// A daily report counts on the day on which it was recorded, not on the day it claims.
    Counts,
    /// It no longer keeps something from lapsing.
    Lapses,
}

/// What is known, laid out in order of taking place.
pub(crate) struct Course<'a> {
    pub(super) rules: &'a RuleSet,
    pub(super) known: Vec<Known<'a>>,
    pub(super) entries: Vec<Entry>,
    pub(super) audits: Audits,
}

impl<'a> Course<'a> {
    pub(crate) fn new(rules: &'a RuleSet, known: Vec<Known<'a>>) -> Self {
        let mut entries = Vec::with_capacity(known.len() + 4);
        let mut audits = false;
        for (index, k) in known.iter().enumerate() {
            let happened_at = k.evidence.happened_at;
            let at = k.fact.begins_at().map_or(happened_at, |begins| begins.max(happened_at));
            audits |= matches!(k.fact, Fact::Audit(_));
            let report = matches!(k.fact, Fact::HealthReport(_));
            // What a normal report says matters only where a rule speaks of it.
            if !report || k.fact.is_unwell() || rules.features.reports_fire {
                entries.push(Entry { at, known: index, part: Part::Happens });
            }
            if report {
                entries.push(Entry { at: k.evidence.recorded_at, known: index, part: Part::Counts });
            }
        }
        let audits = Audits::of(&known, audits);
        if rules.features.lapses {
            let lapses = lapses(rules, &known, &entries);
            entries.extend(lapses);
        }
        if !entries.is_sorted_by_key(|entry| entry.at) {
            entries.sort_by(|a, b| {
                let id = |entry: &Entry| &known[entry.known].evidence.id;
                let lapses = |entry: &Entry| entry.part == Part::Lapses;
                let first = a.at.cmp(&b.at).then_with(|| lapses(a).cmp(&lapses(b)));
                first.then_with(|| id(a).cmp(id(b))).then(a.part.cmp(&b.part))
            });
        }
        Self { rules, known, entries, audits }
    }

    /// The ways out of a rule.
    pub(crate) fn ways_of(&self, rule: usize) -> &[Vec<Step>] {
        &self.rules.rules[rule].release
    }

    /// Since when anything is known of the person.
    pub(crate) fn known_since(&self) -> Option<Instant> {
        self.known.iter().map(|known| known.recorded_at.max(known.evidence.happened_at)).min()
    }

    /// When a piece of evidence was recorded, as it now stands.
    pub(super) fn recorded_at(&self, original: u32) -> Option<Instant> {
        let found = self.known.binary_search_by_key(&original, |known| known.index).ok()?;
        Some(self.known[found].recorded_at)
    }

    /// The next instant after `at` at which something known takes place.
    pub(crate) fn next_after(&self, at: Instant) -> Option<Instant> {
        let from = self.entries.partition_point(|entry| entry.at <= at);
        self.entries.get(from).map(|entry| entry.at)
    }

    /// How far the fold has come at `at`.
    pub(crate) fn moment(&self, at: Instant) -> Moment {
        let upto = self.entries.partition_point(|entry| entry.at <= at);
        Moment { at, upto, until: at, reports: false, timed: false }
    }

    /// The facts that have taken place, latest first.
    pub(super) fn past(&self, now: Moment) -> Vec<Taken<'_>> {
        let entries = self.entries[..now.upto].iter().enumerate().rev();
        let facts = entries.filter(|(_, entry)| entry.part == Part::Happens);
        let standing = facts.filter(|(_, entry)| !self.is_refused(entry.known, now.until));
        standing
            .map(|(number, entry)| Taken { number, at: entry.at, known: &self.known[entry.known] })
            .collect()
    }

    /// What has taken place by a moment.
    pub(crate) fn scene(&self, now: Moment) -> Scene<'_> {
        Scene { rules: self.rules, at: now.at, past: self.past(now) }
    }
}

/// The instants at which facts no longer keep something from lapsing.
fn lapses(rules: &RuleSet, known: &[Known<'_>], entries: &[Entry]) -> Vec<Entry> {
    let conditions = rules.rules.iter().flat_map(|rule| &rule.when).flat_map(Condition::with_parts);
    let lapsed: Vec<&Lapsed> = conditions
        .filter_map(|condition| match condition {
            Condition::Lapsed(lapsed) => Some(lapsed),
            _ => None,
        })
        .collect();
    let all = entries.iter().flat_map(|entry| {
        let fact = known[entry.known].fact;
        lapsed.iter().filter_map(move |lapsed| {
            let at = lapsed.expiry_of(fact, entry.at, rules);
            // A test that is known too late to keep anything has nothing to end.
            let keeps = at >= entry.at && lapsed.may_keep(fact, entry.at, rules);
            keeps.then_some(Entry { at, known: entry.known, part: Part::Lapses })
        })
    });
    all.collect()
}
