//! A rule set beside what it depends on: the table of regions, and the version before it.

use super::{Population, ReasonCode, Rule, RuleFault, RuleSet};
use crate::condition::{Arrived, Condition, Stayed};
use crate::region::Region;
use crate::region_table::RegionTable;
use crate::step::Step;

impl Rule {
    /// Every region that the rule names.
    fn regions(&self) -> Vec<&Region> {
        let of_steps = self.release.iter().flatten().flat_map(Step::parts).filter_map(|step| match step {
            Step::Fact(fact) => Some(fact),
            Step::Seen(seen) => Some(&*seen.fact),
            _ => None,
        });
        let all = self.when.iter().chain(of_steps).flat_map(Condition::with_parts);
        all.flat_map(|condition| -> Vec<&Region> {
            match condition {
                Condition::Stay(Stayed { regions, .. }) | Condition::LivesIn(regions) => {
                    regions.iter().collect()
                }
                Condition::Arrival(Arrived { from, except, .. }) => from.iter().chain(except).collect(),
                _ => Vec::new(),
            }
        })
        .collect()
    }
}

impl RuleSet {
    /// Regions that the set names and no table has; `text` is the file, in which a region of the head is found by its code.
    pub fn unknown_regions(&self, text: &str, table: &RegionTable) -> Vec<RuleFault> {
        let line_in = |region: &Region, from: usize| {
            let quoted = format!("\"{region}\"");
            text.lines()
                .enumerate()
                .skip(from.saturating_sub(1))
                .find(|(_, line)| line.contains(&quoted))
                .map_or(from, |(at, _)| at + 1)
        };
        let population: &[Region] = match &self.population {
            Population::Everyone => &[],
            Population::LivesIn(regions) => regions,
        };
        let head =
            population.iter().chain([&self.authority]).chain(self.risk.iter().map(|risk| &risk.region));
        let of_rules =
            self.rules.iter().flat_map(|rule| rule.regions().into_iter().map(|region| (rule.line, region)));
        let mut faults: Vec<_> = head
            .map(|region| (1, region))
            .chain(of_rules)
            .filter(|(_, region)| !table.contains(region))
            .map(|(line, region)| RuleFault {
                line: line_in(region, line),
                problem: format!("region {region} is in no table, so that nobody can have been there"),
                mend: "mend the code, or give a table that has it with --regions".to_owned(),
            })
            .collect();
        faults.dedup();
        faults
    }

    /// What does not fit the version before: its number, its times, and reason codes that are dropped, mean another colour,
    /// or are used for something else.
    pub fn breaks_with(&self, before: &Self) -> Vec<RuleFault> {
        let mut faults = Vec::new();
        if self.name == before.name && self.version <= before.version {
            faults.push(RuleFault {
                line: 1,
                problem: format!("version {} does not follow {}", self.version, before.id()),
                mend: format!("a version never changes: write version = {} or higher", before.version + 1),
            });
        }
        faults.extend(before.reasons.iter().filter_map(|old| self.breaks_reason(before, old)));
        faults
    }

    /// Whether the effective times of two versions, as their files have them, overlap.
    pub fn overlaps(&self, before: &Self) -> Option<RuleFault> {
        let overlap = self.in_force.overlap(&before.in_force)?;
        Some(RuleFault {
            line: 1,
            problem: format!(
                "from {} to {} both {} and this set are in force",
                self.zone.show(overlap.from),
                self.zone.show(overlap.until),
                before.id()
            ),
            mend: "end the one where the other begins".to_owned(),
        })
    }

    fn breaks_reason(&self, before: &Self, old: &ReasonCode) -> Option<RuleFault> {
        let (id, code) = (before.id(), &old.code);
        let Some(new) = self.reasons.iter().find(|new| new.code == *code) else {
            let mend = "codes are permanent, because people keep what they were told: keep it, though no rule gives it";
            return Some(RuleFault {
                line: 1,
                problem: format!("reason {code} of {id} is dropped"),
                mend: mend.to_owned(),
            });
        };
        let problem = if new.colour != old.colour {
            format!("reason {code} was {} in {id} and is {} here", old.colour, new.colour)
        } else if new.text != old.text && self.conditions_of(code) != before.conditions_of(code) {
            format!(
                "reason {code} has both another sentence and other conditions than in {id}, so that it means something else"
            )
        } else {
            return None;
        };
        let mend = "codes are permanent, because people keep what they were told: give a new meaning a new code, or keep \
                    the sentence where only the conditions move";
        Some(RuleFault { line: new.line, problem, mend: mend.to_owned() })
    }

    /// What makes the rules of a reason fire.
    fn conditions_of(&self, code: &str) -> Vec<&Condition> {
        let of_code = |rule: &&Rule| self.reasons[usize::from(rule.reason)].code == code;
        self.rules.iter().filter(of_code).flat_map(|rule| &rule.when).collect()
    }
}
