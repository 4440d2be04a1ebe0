//! How many people would go from which colour to which under other rules, before anyone is touched.

use crate::decision::Colour;
use crate::ids::PersonId;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// People shown as examples of each move, at most.
const EXAMPLES: usize = 5;

/// So many people go from a colour to a colour.
type Counts = BTreeMap<(Colour, Colour), u64>;

/// Counts people by the colour they have and the colour they would have.
///
/// ```
/// use healthcode_core::{comparison::Comparison, decision::Colour, ids::PersonId};
/// let mut comparison = Comparison::default();
/// let ann = PersonId::new("ann").unwrap();
/// comparison.count(&ann, Some("330106"), Colour::Red, Colour::Green);
/// assert_eq!((comparison.report().people, comparison.report().changed), (1, 1));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    overall: Counts,
    /// By region of residence; the empty one where none was declared.
    by_region: BTreeMap<Box<str>, Counts>,
    /// By kind of collection point; a person counts once for each kind she was at.
    by_kind: BTreeMap<Box<str>, Counts>,
    examples: BTreeMap<(Colour, Colour), BTreeSet<PersonId>>,
}

impl Comparison {
    /// Counts a person who lives in `region`.
    pub fn count(&mut self, person: &PersonId, region: Option<&str>, from: Colour, to: Colour) {
        *self.overall.entry((from, to)).or_default() += 1;
        add(&mut self.by_region, region.unwrap_or_default(), (from, to), 1);
        if from != to {
            add_example(self.examples.entry((from, to)).or_default(), person.clone());
        }
    }

    /// Counts a person who changes colour and was at a kind of collection point lately.
    pub fn count_kind(&mut self, kind: &str, from: Colour, to: Colour) {
        add(&mut self.by_kind, kind, (from, to), 1);
    }

    /// Adds what was counted elsewhere; whatever the order, the outcome is the same.
    pub fn merge(&mut self, other: Self) {
        for (step, people) in other.overall {
            *self.overall.entry(step).or_default() += people;
        }
        for (mine, theirs) in [(&mut self.by_region, other.by_region), (&mut self.by_kind, other.by_kind)] {
            for (name, counts) in theirs {
                counts.into_iter().for_each(|(step, people)| add(mine, &name, step, people));
            }
        }
        for (step, people) in other.examples {
            let mine = self.examples.entry(step).or_default();
            people.into_iter().for_each(|person| add_example(mine, person));
        }
    }

    /// What was found, for people to read: regions and kinds with the most changes first.
    pub fn report(&self) -> Report {
        let examples = |step| self.examples.get(&step).into_iter().flatten().cloned().collect();
        let moves = moves(&self.overall).map(|m| Move { examples: examples((m.from, m.to)), ..m });
        Report {
            people: self.overall.values().sum(),
            changed: changed(&self.overall),
            overall: moves.collect(),
            by_region: groups(&self.by_region),
            by_kind: groups(&self.by_kind),
        }
    }
}

/// What a comparison found.
#[derive(Serialize, Debug, PartialEq)]
pub struct Report {
    /// Everyone who was decided on.
    pub people: u64,
    /// Those whose colour would change.
    pub changed: u64,
    /// By colour before and after.
    pub overall: Vec<Move>,
    /// By region of residence.
    pub by_region: Vec<Group>,
    /// Those whose colour would change, by the kinds of collection points where they were lately.
    pub by_kind: Vec<Group>,
}

/// People who go from a colour to a colour.
#[derive(Serialize, Debug, PartialEq)]
pub struct Move {
    /// Under the rules in force.
    pub from: Colour,
    /// Under the other rules.
    pub to: Colour,
    /// How many.
    pub people: u64,
    /// Some of them, to read, where the colours differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<PersonId>,
}

/// The moves of people with something in common.
#[derive(Serialize, Debug, PartialEq)]
pub struct Group {
    /// A region, or a kind of collection point; null where no residence was declared.
    pub name: Option<String>,
    /// Everyone in it.
    pub people: u64,
    /// Those whose colour would change.
    pub changed: u64,
    /// By colour before and after.
    pub moves: Vec<Move>,
}

fn add(groups: &mut BTreeMap<Box<str>, Counts>, name: &str, step: (Colour, Colour), people: u64) {
    if let Some(counts) = groups.get_mut(name) {
        *counts.entry(step).or_default() += people;
    } else {
        groups.insert(name.into(), Counts::from([(step, people)]));
    }
}

/// Keeps the first by id, so that the same city gives the same examples.
fn add_example(examples: &mut BTreeSet<PersonId>, person: PersonId) {
    if examples.len() < EXAMPLES || examples.last().is_some_and(|last| person < *last) {
        examples.insert(person);
        if examples.len() > EXAMPLES {
            examples.pop_last();
        }
    }
}

fn changed(counts: &Counts) -> u64 {
    counts.iter().filter(|((from, to), _)| from != to).map(|(_, people)| people).sum()
}

fn moves(counts: &Counts) -> impl Iterator<Item = Move> {
    counts.iter().map(|((from, to), people)| Move {
        from: *from,
        to: *to,
        people: *people,
        examples: Vec::new(),
    })
}

fn groups(groups: &BTreeMap<Box<str>, Counts>) -> Vec<Group> {
    let group = |name: &str, counts: &Counts| Group {
        name: (!name.is_empty()).then(|| name.to_owned()),
        people: counts.values().sum(),
        changed: changed(counts),
        moves: moves(counts).collect(),
    };
    let mut groups: Vec<_> = groups.iter().map(|(name, counts)| group(name, counts)).collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.changed));
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use Colour::{Green, Red};

    #[test]
    fn halves_counted_apart_and_put_together_are_the_whole() {
        let (mut whole, mut halves) = (Comparison::default(), [Comparison::default(), Comparison::default()]);
        for number in 0..40_usize {
            let person = PersonId::new(format!("p{number:02}")).expect("a short id");
            let region = (number % 3 > 0).then_some(if number % 3 == 1 { "330106" } else { "420106" });
            let to = if number % 4 == 0 { Red } else { Green };
            for comparison in [&mut whole, &mut halves[number % 2]] {
                comparison.count(&person, region, Green, to);
                comparison.count_kind("school", Green, to);
            }
        }
        let [mut one, other] = halves;
        one.merge(other);
        assert_eq!(one.report(), whole.report());
        let report = whole.report();
        assert_eq!((report.people, report.changed), (40, 10));
        assert_eq!(report.overall[1].examples.len(), EXAMPLES);
        assert_eq!(report.overall[1].examples[0].as_str(), "p00");
        assert_eq!(report.by_region.iter().map(|group| group.people).sum::<u64>(), 40);
    }
}
