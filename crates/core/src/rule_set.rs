//! A rule set: versioned, dated data that says who is coloured, why, and what leads out. Read from `rules.toml`.

use crate::condition::{Condition, Step};
use crate::decision::Colour;
use crate::ids::Scheme;
use crate::region::Region;
use crate::time::{Interval, Zone};
use serde::{Deserialize, Serialize};

mod file;

/// The first line of a rules file that this program reads.
pub const FORMAT: &str = "healthcode-rules/1";

/// One sentence in both languages.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

/// A permanent public code for why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReasonCode {
    /// The code, such as `R2`.
    pub code: String,
    /// The colour it gives.
    pub colour: Colour,
    /// What the person reads.
    pub text: Text,
}

/// A rule: a condition that gives a reason, and the ways out.
#[derive(Clone, PartialEq, Debug)]
pub struct Rule {
    /// Position among [`RuleSet::reasons`].
    pub reason: u16,
    /// The colour of that reason.
    pub colour: Colour,
    /// Any of these makes the rule fire.
    pub when: Vec<Condition>,
    /// Any of these ways leads out; the steps of a way are taken one after another.
    pub release: Vec<Vec<Step>>,
    /// Codes of what the person is asked to do meanwhile.
    pub obligations: Vec<String>,
}

/// Reasons of whom no rule colours, by position among [`RuleSet::reasons`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Floor {
    /// Pending: nothing declared yet.
    pub not_declared: u16,
    /// Pending: declared, not audited yet.
    pub under_review: u16,
    /// Pending: the audit refused the declaration.
    pub refused: u16,
    /// Green: declared and confirmed.
    pub clear: u16,
}

/// What a checker does about a colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Let pass.
    Pass,
    /// Look closer: ask, compare the document, measure.
    Ask,
    /// Stop, and say where to turn.
    Stop,
}

/// What a checker does, by colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Actions {
    green: Action,
    yellow: Action,
    red: Action,
    pending: Action,
}

impl Default for Actions {
    /// Green passes, yellow and red stop, pending asks.
    fn default() -> Self {
        Self { green: Action::Pass, yellow: Action::Stop, red: Action::Stop, pending: Action::Ask }
    }
}

impl Actions {
    /// What to do about a colour.
    pub fn of(&self, colour: Colour) -> Action {
        match colour {
            Colour::Green => self.green,
            Colour::Yellow => self.yellow,
            Colour::Red => self.red,
            Colour::Pending => self.pending,
        }
    }
}

/// For whom a rule set holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Population {
    /// Everyone who has a code here, resident or not.
    Everyone,
}

/// A rule set that has passed every check of its form.
#[derive(Clone, PartialEq, Debug)]
pub struct RuleSet {
    /// Name, such as `hangzhou-2020-02`.
    pub name: String,
    /// Version, from 1.
    pub version: u32,
    /// Disease or purpose.
    pub scheme: Scheme,
    /// Region whose authority answers for it.
    pub authority: Region,
    /// Where its days begin and end.
    pub zone: Zone,
    /// When it is in force: from the first instant, until the sunset.
    pub in_force: Interval,
    /// For whom it holds.
    pub population: Population,
    /// What it is, for people.
    pub title: Text,
    /// Where it was published.
    pub source: String,
    /// All reasons, by code.
    pub reasons: Vec<ReasonCode>,
    /// Reasons of whom no rule colours.
    pub floor: Floor,
    /// The rules.
    pub rules: Vec<Rule>,
    /// What a checker does.
    pub actions: Actions,
}

/// A mistake in a rules file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, thiserror::Error)]
#[error("line {line}: {problem}; {mend}")]
pub struct RuleFault {
    /// Line in the file, from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
    /// How it is usually mended.
    pub mend: String,
}

/// Ways out of one rule, at most.
pub const MAX_WAYS: usize = 4;
/// Bytes of a rules file, at most.
const MAX_BYTES: usize = 1 << 20;

impl RuleSet {
    /// Name and version, such as `hangzhou-2020-02@1`.
    pub fn id(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }

    /// The same rules, dated anew for an installation.
    pub fn adopted(mut self, authority: Region, in_force: Interval) -> Self {
        self.authority = authority;
        self.in_force = in_force;
        self
    }

    /// Reads a rules file. Every mistake that can be seen is reported, each with its line.
    pub fn parse(text: &str) -> Result<Self, Vec<RuleFault>> {
        if text.len() > MAX_BYTES {
            return Err(vec![RuleFault {
                line: 1,
                problem: format!("the file has {} bytes", text.len()),
                mend: format!("a rule set has at most {MAX_BYTES}"),
            }]);
        }
        file::parse(text)
    }
}
