//! Trying an edition on the living city: who would change colour, before anyone does.

use crate::app::App;
use crate::problem::{Answer, Code, Problem};
use healthcode_core::decide::decide;
use healthcode_core::decision::Colour;
use healthcode_core::life::Life;
use healthcode_core::rule_set::RuleSet;
use healthcode_core::time::{Instant, Interval};
use healthcode_store::{evidence, people};
use serde::Serialize;
use std::collections::BTreeMap;

/// People read at once.
const AT_ONCE: i64 = 200;
/// People shown as examples of each move, at most.
const EXAMPLES: usize = 5;

/// So many people go from one colour to another.
#[derive(Serialize)]
struct Move {
    from: Colour,
    to: Colour,
    people: u64,
    /// Some of them, to read.
    examples: Vec<String>,
}

/// The moves of one region of residence.
#[derive(Serialize)]
struct RegionMoves {
    region: String,
    changed: u64,
    people: u64,
}

/// What an edition would do.
#[derive(Serialize)]
struct Comparison {
    people: u64,
    changed: u64,
    overall: Vec<Move>,
    by_region: Vec<RegionMoves>,
}

/// Decides about everyone under the rules in force and under others, and counts. Bounded in memory: people are read a
/// few hundred at a time.
pub(crate) async fn compare(app: &App, rules: &RuleSet, at: Instant) -> Answer<String> {
    let published = app.published();
    let in_force = Interval { from: at, until: at.plus_days_of_24h(3_650) };
    let rules = rules.clone().adopted(published.rules.authority(at), in_force);
    let mut moves: BTreeMap<(Colour, Colour), (u64, Vec<String>)> = BTreeMap::new();
    let mut regions: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let mut after = String::new();
    loop {
        let mut conn = app.store.reader().await?;
        let some = people::page(&mut conn, &after, AT_ONCE).await?;
        let Some((last, _)) = some.last() else { break };
        after = last.to_string();
        let ids: Vec<_> = some.iter().map(|(person, _)| person.clone()).collect();
        let mut recorded: BTreeMap<_, _> = evidence::of_people(&mut conn, &ids).await?.into_iter().collect();
        drop(conn);
        for (person, residence) in some {
            let Ok(life) = Life::new(recorded.remove(&person).unwrap_or_default()) else { continue };
            let old = published.rules.decide(&life, &person, at).colour;
            let new = decide(&rules, &life, at).map_err(|_| Problem::new(Code::Internal))?.colour;
            let (count, examples) = moves.entry((old, new)).or_default();
            *count += 1;
            if old != new && examples.len() < EXAMPLES {
                examples.push(person.to_string());
            }
            let region = regions.entry(residence).or_default();
            *region = (region.0 + u64::from(old != new), region.1 + 1);
        }
    }
    let changed = moves.iter().filter(|((from, to), _)| from != to).map(|(_, (count, _))| count).sum();
    let people = moves.values().map(|(count, _)| count).sum();
    let overall =
        moves.into_iter().map(|((from, to), (people, examples))| Move { from, to, people, examples });
    let mut by_region: Vec<_> = regions
        .into_iter()
        .map(|(region, (changed, people))| RegionMoves { region, changed, people })
        .collect();
    by_region.sort_by_key(|moves| std::cmp::Reverse(moves.changed));
    let comparison = Comparison { people, changed, overall: overall.collect(), by_region };
    serde_json::to_string(&comparison).map_err(|_| Code::Internal.into())
}
