//! `rules.toml`: its shape, and every mistake that can be seen in it.

use super::rule::FileRule;
use super::{
    Actions, FORMAT, Features, Floor, POINT_KINDS, Population, ReasonCode, Risk, RuleFault, RuleSet, Text,
    Transition,
};
use crate::decision::Colour;
use crate::ids::Scheme;
use crate::region::Region;
use crate::time::{Day, Instant, Interval, Zone};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// Reads a rules file; every mistake that can be seen is reported, each with its line.
pub(super) fn parse(text: &str) -> Result<RuleSet, Vec<RuleFault>> {
    let file: File = toml::from_str(text).map_err(|fault| vec![of_toml(text, &fault)])?;
    let mut check = Check { text, faults: Vec::new() };
    let rule_set = check.rule_set(file);
    match rule_set {
        Some(rule_set) if check.faults.is_empty() => Ok(rule_set),
        _ => Err(check.faults),
    }
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

fn of_toml(text: &str, fault: &toml::de::Error) -> RuleFault {
    RuleFault {
        line: fault.span().map_or(1, |span| line_of(text, span.start)),
        problem: fault.message().trim().replace('\n', ", "),
        mend: "see docs/rules.md for what may stand here".to_owned(),
    }
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
        let under: Vec<_> = file.rules.iter().map(|rule| rule.reason.get_ref().clone()).collect();
        let rules: Vec<_> =
            file.rules.into_iter().filter_map(|rule| self.rule(rule, known, &under)).collect();
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
            codes.push(ReasonCode { code: code.into_inner(), colour: reason.colour, text });
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
