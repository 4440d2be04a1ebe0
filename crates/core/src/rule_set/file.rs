//! `rules.toml`: its shape, and every mistake that can be seen in it.

use super::{Actions, FORMAT, Floor, MAX_WAYS, Population, ReasonCode, Rule, RuleFault, RuleSet, Text};
use crate::condition::{Condition, Step};
use crate::decision::Colour;
use crate::fact::ExposureGrade;
use crate::ids::Scheme;
use crate::region::Region;
use crate::time::{Instant, Interval, Zone};
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
    rules: Vec<FileRule>,
    #[serde(default)]
    actions: Actions,
}

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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRule {
    reason: Spanned<String>,
    when: Spanned<Vec<Condition>>,
    release: Spanned<Vec<Vec<Step>>>,
    #[serde(default)]
    obligations: Vec<String>,
}

fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())].iter().filter(|b| **b == b'\n').count() + 1
}

fn of_toml(text: &str, fault: &toml::de::Error) -> RuleFault {
    RuleFault {
        line: fault.span().map_or(1, |span| line_of(text, span.start)),
        problem: fault.message().trim().replace('\n', ", "),
        mend: "see docs/rules.md for what may stand here".to_owned(),
    }
}

/// Collects every mistake of a file that has the right shape.
struct Check<'a> {
    text: &'a str,
    faults: Vec<RuleFault>,
}

impl Check<'_> {
    fn fault(&mut self, span: std::ops::Range<usize>, problem: impl Into<String>, mend: impl Into<String>) {
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
        let rules: Vec<_> = file.rules.into_iter().filter_map(|rule| self.rule(rule, &reasons)).collect();
        Some(RuleSet {
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
            actions: file.actions,
        })
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

    fn reason(&mut self, code: &Spanned<String>, reasons: &[ReasonCode]) -> Option<u16> {
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

    fn rule(&mut self, rule: FileRule, reasons: &[ReasonCode]) -> Option<Rule> {
        let reason = self.reason(&rule.reason, reasons)?;
        let colour = reasons[usize::from(reason)].colour;
        if !matches!(colour, Colour::Yellow | Colour::Red) {
            self.fault(
                rule.reason.span(),
                "a rule gives yellow or red",
                "give its reason one of these colours",
            );
        }
        if rule.when.get_ref().is_empty() {
            self.fault(
                rule.when.span(),
                "a rule without condition never fires",
                "say when, or drop the rule",
            );
        }
        for condition in rule.when.get_ref() {
            if let Condition::Exposure { grade, .. } = condition
                && grade.contains(&ExposureGrade::Poster)
            {
                let problem =
                    "a printed code can be forwarded, so an exposure of grade poster colours nobody";
                self.fault(rule.when.span(), problem, "take poster out of the grades");
            }
        }
        let ways = rule.release.get_ref();
        if ways.is_empty() || ways.iter().any(Vec::is_empty) {
            self.fault(
                rule.release.span(),
                "nobody could leave this colour",
                "give a way out with at least one step",
            );
        }
        let zero = |step: &Step| matches!(step, Step::DailyReports(0) | Step::DailyReports(366..));
        if ways.iter().flatten().any(zero) {
            self.fault(rule.release.span(), "a run of reports has 1 to 365 days", "give the number of days");
        }
        if ways.len() > MAX_WAYS || ways.iter().any(|way| way.len() > MAX_WAYS) {
            self.fault(
                rule.release.span(),
                format!("more than {MAX_WAYS} ways or steps"),
                "merge some of them",
            );
        }
        Some(Rule {
            reason,
            colour,
            when: rule.when.into_inner(),
            release: rule.release.into_inner(),
            obligations: rule.obligations,
        })
    }
}
