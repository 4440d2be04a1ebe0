//! A decision: a colour that never travels alone.

use crate::ids::EvidenceId;
use crate::life::Life;
use crate::rule_set::RuleSet;
use crate::time::{Day, Instant, Shown};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The colour of a person. Unknown is none of these, and is never drawn as one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    /// Free to move.
    Green,
    /// Under review.
    Pending,
    /// Restricted.
    Yellow,
    /// Strictly restricted.
    Red,
}

impl Colour {
    /// All colours, from the mildest to the strictest.
    pub const ALL: [Self; 4] = [Self::Green, Self::Pending, Self::Yellow, Self::Red];

    /// The word used in files and interfaces.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Pending => "pending",
            Self::Yellow => "yellow",
            Self::Red => "red",
        }
    }

    /// The colour that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|colour| colour.word() == word)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What [`decide`](crate::decide::decide) found. It names reasons and evidence by position in the rule set and the
/// life that it was made from; [`Decision::show`] spells it out.
#[derive(Clone, PartialEq, Debug)]
pub struct Decision {
    /// The colour.
    pub colour: Colour,
    /// Every reason of that colour that holds; never empty.
    pub reasons: Vec<Reason>,
    /// Since when this is what decides.
    pub since: Instant,
    /// The first instant after which something differs though nothing new is recorded.
    pub next_change_at: Option<Instant>,
    /// What is asked for the way out, with what has been done of it.
    pub release: Vec<Need>,
    /// The earliest day on which the way out can be complete, by its first instant; `None` where that depends on others.
    pub earliest_release_at: Option<Instant>,
    /// What the person is asked to do meanwhile, each code once.
    pub obligations: Vec<Due>,
}

/// Something the person is asked to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Due {
    /// Position among the rules, and among the obligations of that rule.
    pub rule: u16,
    /// Position among the obligations of that rule.
    pub obligation: u16,
    /// The days on which it is due, ascending; empty where it holds all the time.
    pub days: Vec<Day>,
}

/// One reason for a colour.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reason {
    /// Position among [`RuleSet::reasons`].
    pub reason: u16,
    /// Positions among [`Life::originals`], ascending.
    pub evidence: Vec<u32>,
}

/// One thing asked for on the way out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Need {
    /// What: `daily_reports`, or a case status such as `recovered`.
    pub need: &'static str,
    /// How much of it is done.
    pub done: u16,
    /// How much is asked.
    pub of: u16,
    /// Which way out, from 1, where there are several; any one of them suffices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub way: Option<u8>,
    /// For what time alone completes: when.
    #[serde(skip)]
    pub at: Option<Instant>,
}

/// A need with its time written out.
#[derive(Serialize)]
struct ShownNeed {
    #[serde(flatten)]
    need: Need,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Shown>,
}

/// A decision spelled out as the contract has it.
#[derive(Serialize)]
pub struct ShownDecision<'a> {
    person: &'a str,
    scheme: &'a str,
    colour: Colour,
    reasons: Vec<ShownReason<'a>>,
    authority: &'a str,
    rule_set: String,
    since: Shown,
    next_change_at: Option<Shown>,
    release: Vec<ShownNeed>,
    earliest_release_at: Option<Shown>,
    obligations: Vec<ShownObligation<'a>>,
}

#[derive(Serialize)]
struct ShownReason<'a> {
    code: &'a str,
    text: &'a crate::rule_set::Text,
    evidence: Vec<ShownEvidence<'a>>,
}

#[derive(Serialize)]
struct ShownEvidence<'a> {
    id: &'a EvidenceId,
    happened_at: Shown,
    source: &'static str,
}

#[derive(Serialize)]
struct ShownObligation<'a> {
    code: &'a str,
    #[serde(skip_serializing_if = "<[Day]>::is_empty")]
    due_on: &'a [Day],
}

impl Due {
    /// What is asked.
    pub fn code<'a>(&self, rules: &'a RuleSet) -> &'a str {
        &rules.rules[usize::from(self.rule)].obligations[usize::from(self.obligation)].code
    }
}

impl Decision {
    /// Spells the decision out. `rules` and `life` are those it was made from.
    pub fn show<'a>(&'a self, rules: &'a RuleSet, life: &'a Life, person: &'a str) -> ShownDecision<'a> {
        let zone = &rules.zone;
        let reasons = self.reasons.iter().map(|reason| {
            let of_set = &rules.reasons[usize::from(reason.reason)];
            let evidence = reason.evidence.iter().map(|index| {
                let evidence = &life.originals()[*index as usize];
                ShownEvidence {
                    id: &evidence.id,
                    happened_at: zone.show(evidence.happened_at),
                    source: evidence.source.word(),
                }
            });
            ShownReason { code: &of_set.code, text: &of_set.text, evidence: evidence.collect() }
        });
        ShownDecision {
            person,
            scheme: rules.scheme.as_str(),
            colour: self.colour,
            reasons: reasons.collect(),
            authority: rules.authority.as_str(),
            rule_set: rules.id(),
            since: zone.show(self.since),
            next_change_at: self.next_change_at.map(|at| zone.show(at)),
            release: self
                .release
                .iter()
                .map(|need| ShownNeed { need: *need, at: need.at.map(|at| zone.show(at)) })
                .collect(),
            earliest_release_at: self.earliest_release_at.map(|at| zone.show(at)),
            obligations: self
                .obligations
                .iter()
                .map(|due| ShownObligation { code: due.code(rules), due_on: &due.days })
                .collect(),
        }
    }

    /// One JSON object, as the contract has it.
    pub fn to_json(&self, rules: &RuleSet, life: &Life, person: &str) -> String {
        // Cannot fail: no map with other keys than strings, no writer that could refuse.
        serde_json::to_string(&self.show(rules, life, person)).unwrap_or_default()
    }

    /// Whether colour, reasons (with the evidence that holds them) and release are the same.
    pub fn is_same(&self, other: &Self) -> bool {
        self.colour == other.colour && self.reasons == other.reasons && self.release == other.release
    }
}
