//! A rule set beside what it depends on: the table of regions, and the version before it.

use super::{Population, Rule, RuleFault, RuleSet};
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
    /// Regions that the set names and no table has.
    pub fn unknown_regions(&self, table: &RegionTable) -> Vec<RuleFault> {
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
                line,
                problem: format!("region {region} is in no table, so that nobody can have been there"),
                mend: "mend the code, or give a table that has it with --regions".to_owned(),
            })
            .collect();
        faults.dedup();
        faults
    }

    /// Reason codes of the version before that are missing here, or mean another colour.
    pub fn breaks_with(&self, before: &Self) -> Vec<RuleFault> {
        let of_before = before.reasons.iter().filter_map(|old| {
            let new = self.reasons.iter().find(|new| new.code == old.code);
            let problem = match new {
                None => format!("reason {} of {} is dropped", old.code, before.id()),
                Some(new) if new.colour != old.colour => {
                    format!("reason {} was {} in {} and is {} here", old.code, old.colour, before.id(), new.colour)
                }
                Some(_) => return None,
            };
            let mend = "codes are permanent, because people keep what they were told: keep it, and give a new \
                        meaning a new code";
            Some(RuleFault { line: 1, problem, mend: mend.to_owned() })
        });
        of_before.collect()
    }
}
