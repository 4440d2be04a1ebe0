//! `rules.toml`: its shape, and every mistake that can be seen in it.

use super::form;
use super::rule::FileRule;
use super::{
    Actions, FORMAT, Features, Floor, POINT_KINDS, Population, ReasonCode, Risk, Rule, RuleFault, RuleSet,
    Text, Transition,
};
use crate::condition::Condition;
use crate::decision::Colour;
use crate::ids::Scheme;
use crate::region::Region;
use crate::time::{Day, Instant, Interval, Zone};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// Reads a rules file: every mistake of form or meaning, each with its line, and where its form allows it the rules, so
/// that they can be tried in spite of their mistakes.
pub(super) fn parse(text: &str) -> (Option<RuleSet>, Vec<RuleFault>) {
    let file: File = match toml::from_str(text) {
        Ok(file) => file,
        Err(first) => {
            let read = |text: &str| toml::from_str::<File>(text).err();
            return (None, form::all_faults(text, first, read));
        }
    };
    let mut check = Check { text, faults: Vec::new() };
    let rules = check.rule_set(file);
    (rules, check.faults)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: Spanned<String>,
    name: Spanned<String>,
    version: Spanned<u32>,
    scheme: Scheme,
    authority: Region,
    zone: Spanned<String>,
    effective: Spanned<Instant>,
    sunset: Spanned<Instant>,
    population: Population,
    title: Text,
    source: String,
    floor: FileFloor,
    reasons: BTreeMap<Spanned<String>, FileReason>,
    #[serde(default)]
    rules: Vec<FileRule>,
    transition: Option<Transition>,
    #[serde(default = "sixty")]
    leave_within_days: u16,
    #[serde(default)]
    actions: Option<Spanned<Actions>>,
    #[serde(default)]
    risk: Vec<FileRisk>,
}

/// Faults that are told at once; nobody reads more.
const MOST_FAULTS: usize = 200;

/// Rules of a set, at most: three times as many as the longest preset has, and tried within a second.
const MOST_RULES: usize = 200;

/// Days within which everyone must be able to leave, unless the set says otherwise, and at most.
fn sixty() -> u16 {
    60
}
const MOST_DAYS: u16 = 400;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileFloor {
    not_declared: Spanned<String>,
    under_review: Spanned<String>,
    refused: Spanned<String>,
    clear: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileReason {
    colour: Colour,
    en: Spanned<String>,
    zh: Spanned<String>,
}

/// A time of risk: whole days, the last of them included.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRisk {
    region: Region,
    level: String,
    from: Day,
    to: Spanned<Day>,
}

pub(super) fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())].iter().filter(|b| **b == b'\n').count() + 1
}

/// What a rule may name.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub reasons: &'a [ReasonCode],
    pub risk: &'a [Risk],
}

/// Collects every mistake of a file that has the right shape.
pub(super) struct Check<'a> {
    pub(super) text: &'a str,
    faults: Vec<RuleFault>,
}

impl Check<'_> {
    pub(super) fn fault(
        &mut self,
        span: std::ops::Range<usize>,
        problem: impl Into<String>,
        mend: impl Into<String>,
    ) {
        if self.faults.len() == MOST_FAULTS {
            return;
        }
        let line = line_of(self.text, span.start);
        self.faults.push(RuleFault { line, problem: problem.into(), mend: mend.into() });
    }

    fn rule_set(&mut self, file: File) -> Option<RuleSet> {
        if file.format.get_ref() != FORMAT {
            self.fault(
                file.format.span(),
                "this format is not known",
                format!("write format = \"{FORMAT}\""),
            );
        }
        let slug = |name: &str| {
            (1..=48).contains(&name.len())
                && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        if !slug(file.name.get_ref()) {
            self.fault(
                file.name.span(),
                "a name has small letters, digits and hyphens",
                "rename it, 1 to 48 characters",
            );
        }
        if *file.version.get_ref() == 0 {
            self.fault(file.version.span(), "versions are counted from 1", "write version = 1");
        }
        let zone = Zone::new(file.zone.get_ref())
            .map_err(|fault| {
                self.fault(file.zone.span(), fault.to_string(), "write the zone whose midnights count")
            })
            .ok();
        let in_force = Interval::new(*file.effective.get_ref(), *file.sunset.get_ref());
        if in_force.is_none() {
            self.fault(
                file.sunset.span(),
                "the sunset is not after `effective`",
                "give the day on which the rules end",
            );
        }
        let reasons = self.reasons(file.reasons);
        let floor = self.floor(&file.floor, &reasons);
        let actions = self.actions(file.actions);
        let risk = self.risk(file.risk, zone.as_ref());
        let known = Known { reasons: &reasons, risk: &risk };
        if file.rules.len() > MOST_RULES || reasons.len() > 2 * MOST_RULES {
            let problem = format!("the set has {} rules and {} reasons", file.rules.len(), reasons.len());
            let mend = format!("a set has at most {MOST_RULES} rules and twice as many reasons");
            let span = file.rules.get(MOST_RULES).map_or(0..0, |rule| rule.reason.span());
            self.fault(span, problem, mend);
            return None;
        }
        let under: Vec<_> = file.rules.iter().map(|rule| rule.reason.get_ref().clone()).collect();
        let rules: Vec<_> =
            file.rules.into_iter().filter_map(|rule| self.rule(rule, known, &under)).collect();
        self.across(&rules, &reasons);
        Some(RuleSet {
            features: Features::of(&rules),
            name: file.name.into_inner(),
            version: file.version.into_inner(),
            scheme: file.scheme,
            authority: file.authority,
            zone: zone?,
            in_force: in_force?,
            population: file.population,
            title: file.title,
            source: file.source,
            reasons,
            floor: floor?,
            rules,
            actions,
            transition: file.transition,
            risk,
            leave_within_days: file.leave_within_days.min(MOST_DAYS),
        })
    }

    /// What is wrong between rules: one that says what another says, and rules that wait for each other's reports.
    fn across(&mut self, rules: &[Rule], reasons: &[ReasonCode]) {
        let code = |rule: &Rule| reasons[usize::from(rule.reason)].code.clone();
        for (at, rule) in rules.iter().enumerate() {
            if let Some(same) =
                rules[..at].iter().find(|same| same.reason == rule.reason && same.when == rule.when)
            {
                let problem =
                    format!("rule {} fires whenever the rule of line {} does", code(rule), same.line);
                self.at_line(rule.line, problem, "drop one of them, or write both ways out in one");
            }
            let watched = |rule: &Rule| -> Vec<String> {
                let missed = rule.when.iter().filter_map(|condition| match condition {
                    Condition::MissedReports(missed) => Some(missed.under.clone()),
                    _ => None,
                });
                missed.collect()
            };
            // Whom a rule watches, and whom those watch in turn; there are few, so that this ends soon.
            let (mut seen, mut next) = (Vec::new(), watched(rule));
            while let Some(under) = next.pop().filter(|_| seen.len() < rules.len()) {
                if under == code(rule) {
                    let problem = format!(
                        "rule {under} fires when reports are missed under itself, if by way of others"
                    );
                    self.at_line(rule.line, problem, "let it name a rule that something else makes fire");
                    break;
                }
                if !seen.contains(&under) {
                    next.extend(rules.iter().filter(|rule| code(rule) == under).flat_map(watched));
                    seen.push(under);
                }
            }
        }
    }

    fn at_line(&mut self, line: usize, problem: String, mend: &str) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(RuleFault { line, problem, mend: mend.to_owned() });
        }
    }

    fn actions(&mut self, actions: Option<Spanned<Actions>>) -> Actions {
        let Some(actions) = actions else { return Actions::default() };
        for kind in actions.get_ref().unknown_kinds() {
            let problem = format!("{kind:?} is no kind of collection point");
            self.fault(actions.span(), problem, format!("write one of {}", POINT_KINDS.join(", ")));
        }
        actions.into_inner()
    }

    fn risk(&mut self, table: Vec<FileRisk>, zone: Option<&Zone>) -> Vec<Risk> {
        let mut risk = Vec::with_capacity(table.len());
        for row in table {
            let to = *row.to.get_ref();
            let holds =
                zone.and_then(|zone| Interval::new(zone.start_of(row.from), zone.start_of(to.plus(1))));
            match holds {
                Some(holds) => risk.push(Risk { region: row.region, level: row.level, holds }),
                None if zone.is_some() => {
                    self.fault(
                        row.to.span(),
                        "a time of risk ends before it begins",
                        "put the two days in order",
                    );
                }
                None => {}
            }
        }
        risk
    }

    fn reasons(&mut self, reasons: BTreeMap<Spanned<String>, FileReason>) -> Vec<ReasonCode> {
        let mut codes = Vec::with_capacity(reasons.len());
        for (code, reason) in reasons {
            for (text, language) in [(&reason.en, "en"), (&reason.zh, "zh")] {
                if text.get_ref().trim().is_empty() {
                    let problem = format!("reason {} has no text in {language}", code.get_ref());
                    self.fault(
                        text.span(),
                        problem,
                        "a colour never travels without its reason: write the sentence",
                    );
                }
            }
            let text = Text { en: reason.en.into_inner(), zh: reason.zh.into_inner() };
            let line = line_of(self.text, code.span().start);
            codes.push(ReasonCode { code: code.into_inner(), colour: reason.colour, text, line });
        }
        codes
    }

    pub(super) fn reason(&mut self, code: &Spanned<String>, reasons: &[ReasonCode]) -> Option<u16> {
        let found = reasons.iter().position(|reason| reason.code == *code.get_ref());
        if found.is_none() {
            let problem = format!("reason {} is not defined", code.get_ref());
            self.fault(
                code.span(),
                problem,
                format!("add [reasons.{}] with a colour and both texts", code.get_ref()),
            );
        }
        found.map(|index| index as u16)
    }

    fn floor(&mut self, floor: &FileFloor, reasons: &[ReasonCode]) -> Option<Floor> {
        let wanted = [
            (&floor.not_declared, Colour::Pending),
            (&floor.under_review, Colour::Pending),
            (&floor.refused, Colour::Pending),
            (&floor.clear, Colour::Green),
        ];
        let mut found = [None; 4];
        for (slot, (code, colour)) in found.iter_mut().zip(wanted) {
            *slot = self.reason(code, reasons);
            if slot.is_some_and(|index| reasons[usize::from(index)].colour != colour) {
                let problem = format!("reason {} must be {colour}", code.get_ref());
                self.fault(code.span(), problem, "without any evidence nobody is yellow or red");
            }
        }
        Some(Floor { not_declared: found[0]?, under_review: found[1]?, refused: found[2]?, clear: found[3]? })
    }
}
