//! A rule set: versioned, dated data that says who is coloured, why, and what leads out. Read from `rules.toml`.

use crate::condition::{Condition, Kinds};
use crate::decision::Colour;
use crate::ids::Scheme;
use crate::region::Region;
use crate::step::Step;
use crate::time::{Interval, Zone};
use crate::trial;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::fmt;

mod beside;
mod file;
mod form;
mod rule;

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
    /// Line of the file on which it stands.
    pub(crate) line: usize,
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
    /// What the person is asked to do meanwhile.
    pub obligations: Vec<Obligation>,
    /// Line of the file on which it begins.
    pub(crate) line: usize,
    /// Kinds of evidence that its conditions speak of.
    pub(crate) kinds: Kinds,
    /// Every condition looks at one piece of evidence alone.
    pub(crate) is_simple: bool,
    /// It fires when something has grown too old.
    pub(crate) lapses: bool,
    /// It fires when reports are missed under another rule.
    pub(crate) watches_reports: bool,
}

impl Rule {
    /// Whether it fires when nothing happens for long enough.
    pub(crate) fn is_awaited(&self) -> bool {
        self.lapses || self.watches_reports
    }
}

/// What a person is asked to do while a rule holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Obligation {
    /// The code, such as `report_daily` or `test`.
    pub code: String,
    /// Days on which it is due, counted from day 0 of the rule; empty where it holds all the time.
    pub on_days: Vec<u16>,
}

/// A region had a level of risk for some time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Risk {
    /// The region, with all below it.
    pub region: Region,
    /// The level, such as `high`.
    pub level: String,
    /// From when until when.
    pub holds: Interval,
}

/// What the rules make use of, so that the rest costs nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Features {
    /// Time alone completes steps or fires rules.
    pub timers: bool,
    /// Something lapses.
    pub lapses: bool,
    /// Report days are counted though not in a row.
    pub all_reports: bool,
    /// A report may fire a rule though it is no abnormal one.
    pub reports_fire: bool,
    /// Kinds other than reports that complete steps.
    pub releasing: Kinds,
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

impl Action {
    /// The word used in files and interfaces.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Ask => "ask",
            Self::Stop => "stop",
        }
    }
}

/// Kinds of collection points, at which a checker may do otherwise.
pub const POINT_KINDS: [&str; 9] =
    ["community", "enterprise", "school", "pharmacy", "market", "transport", "office", "hospital", "other"];

/// What a checker does, by colour and by kind of collection point.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Actions {
    #[serde(skip_serializing_if = "Option::is_none")]
    green: Option<Action>,
    #[serde(skip_serializing_if = "Option::is_none")]
    yellow: Option<Action>,
    #[serde(skip_serializing_if = "Option::is_none")]
    red: Option<Action>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pending: Option<Action>,
    /// Kinds of point at which it is otherwise, such as a hospital.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "each_kind_once")]
    at: BTreeMap<String, ActionsAt>,
}

/// What a checker does at one kind of point, where it differs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ActionsAt {
    #[serde(skip_serializing_if = "Option::is_none")]
    green: Option<Action>,
    #[serde(skip_serializing_if = "Option::is_none")]
    yellow: Option<Action>,
    #[serde(skip_serializing_if = "Option::is_none")]
    red: Option<Action>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pending: Option<Action>,
}

/// A map of which no key comes twice; JSON would let the last one win.
fn each_kind_once<'de, D: Deserializer<'de>>(input: D) -> Result<BTreeMap<String, ActionsAt>, D::Error> {
    struct Kinds;
    impl<'de> Visitor<'de> for Kinds {
        type Value = BTreeMap<String, ActionsAt>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("kinds of collection points, each with its actions")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut kinds = BTreeMap::new();
            while let Some(kind) = map.next_key::<String>()? {
                if kinds.contains_key(&kind) {
                    return Err(A::Error::custom(format_args!("duplicate field `{kind}`")));
                }
                kinds.insert(kind, map.next_value()?);
            }
            Ok(kinds)
        }
    }
    input.deserialize_map(Kinds)
}

impl ActionsAt {
    fn of(&self, colour: Colour) -> Option<Action> {
        match colour {
            Colour::Green => self.green,
            Colour::Yellow => self.yellow,
            Colour::Red => self.red,
            Colour::Pending => self.pending,
        }
    }
}

impl Actions {
    /// What to do about a colour at a kind of point: as said for the kind, else as said in general, else green passes,
    /// yellow and red stop, pending asks.
    pub fn of(&self, colour: Colour, kind: &str) -> Action {
        let Self { green, yellow, red, pending, ref at } = *self;
        let anywhere = ActionsAt { green, yellow, red, pending };
        let here = at.get(kind).and_then(|at| at.of(colour)).or(anywhere.of(colour));
        here.unwrap_or(match colour {
            Colour::Green => Action::Pass,
            Colour::Yellow | Colour::Red => Action::Stop,
            Colour::Pending => Action::Ask,
        })
    }

    /// Kinds of points that are named and are none.
    pub fn unknown_kinds(&self) -> impl Iterator<Item = &str> {
        self.at.keys().map(String::as_str).filter(|kind| !POINT_KINDS.contains(kind))
    }
}

/// For whom a rule set holds; on anyone else its rules do not fire.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Population {
    /// Everyone who has a code here, resident or not.
    Everyone,
    /// Who declared a residence in one of these regions or below.
    LivesIn(Vec<Region>),
}

/// What becomes of people whom the edition before holds when this one takes effect.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transition {
    /// They are decided under this edition at once.
    Move,
    /// Whoever was yellow or red stays under the edition before until it lets go.
    Stay,
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
    /// What becomes of people whom the edition before holds; one that replaces another must say so.
    pub transition: Option<Transition>,
    /// Which regions were at risk, and when.
    pub risk: Vec<Risk>,
    /// Days within which whoever does everything asked is green again; a rule set that keeps anyone longer does not load.
    pub leave_within_days: u16,
    pub(crate) features: Features,
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

    /// Reads the text of a rule set that was adopted: it was tried then, and is not tried again.
    pub fn parse_adopted(text: &str) -> Result<Self, Vec<RuleFault>> {
        match file::parse(text) {
            (Some(rules), faults) if faults.is_empty() => Ok(rules),
            (_, faults) => Err(faults),
        }
    }

    /// Reads a rules file. A set that has a mistake, or that keeps someone for ever, does not load.
    pub fn parse(text: &str) -> Result<Self, Vec<RuleFault>> {
        match examine(text) {
            (Some(rules), faults) if faults.is_empty() => Ok(rules),
            (_, faults) => Err(faults),
        }
    }
}

/// Every mistake for which a rules file does not load, and the rules where the form of the file allows it: of those with
/// mistakes the rest may still be tried, so that all is told at once.
pub fn examine(text: &str) -> (Option<RuleSet>, Vec<RuleFault>) {
    if text.len() > MAX_BYTES {
        let problem = format!("the file has {} bytes", text.len());
        let mend = format!("a rule set has at most {MAX_BYTES}");
        return (None, vec![RuleFault { line: 1, problem, mend }]);
    }
    let (rules, mut faults) = file::parse(text);
    faults.extend(rules.as_ref().map(trial::without_way_out).unwrap_or_default());
    faults.sort_by_key(|fault| fault.line);
    (rules, faults)
}
