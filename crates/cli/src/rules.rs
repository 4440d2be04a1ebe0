//! `healthcode rules`: rule sets are checked and compared before they touch anyone.

mod adopt;
mod check;
mod compare;

use crate::fault::{Answer, Fault};
use crate::files;
use clap::{Args, Subcommand};
use healthcode_core::rule_set::RuleSet;
use healthcode_core::time::Instant;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// Bytes of a rule file or a case, at most.
const MOST_BYTES: u64 = 1 << 20;

/// What the command takes.
#[derive(Args)]
#[command(after_help = "Example:\n  healthcode rules check rules/hangzhou-2020-02")]
pub struct Arguments {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Run the cases of a rule set and check its form; every mistake at once.
    Check(check::Arguments),
    /// Count who would change colour under other rules.
    Compare(compare::Arguments),
    /// Make a preset a dated rule set of this installation.
    Adopt(adopt::Arguments),
}

/// Does what was asked about rules.
pub fn run(arguments: &Arguments) -> Result<Answer, Fault> {
    match &arguments.act {
        Act::Check(arguments) => check::run(arguments),
        Act::Compare(arguments) => compare::run(arguments),
        Act::Adopt(arguments) => adopt::run(arguments),
    }
}

/// An instant as it was typed, so that messages can repeat it.
#[derive(Clone, Debug)]
pub struct At {
    text: String,
    /// The instant.
    pub instant: Instant,
}

impl FromStr for At {
    type Err = healthcode_core::time::TimeFault;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self { text: text.to_owned(), instant: Instant::parse(text)? })
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Reads `rules.toml` of a folder.
pub fn load(folder: &Path) -> Result<RuleSet, Fault> {
    let path = folder.join("rules.toml");
    RuleSet::parse(&files::read_text(&path, MOST_BYTES)?).map_err(|faults| {
        let all: Vec<_> = faults.iter().map(ToString::to_string).collect();
        Fault::file(files::shown(&path), all.join("\n  "))
    })
}

/// Whether the rule set holds then.
pub fn check_in_force(rules: &RuleSet, at: &At) -> Result<(), Fault> {
    if rules.in_force.contains(at.instant) { Ok(()) } else { Err(not_in_force(rules, at)) }
}

/// The fault of an instant outside the rule set's dates.
pub fn not_in_force(rules: &RuleSet, at: &At) -> Fault {
    let (from, until) = (rules.zone.show(rules.in_force.from), rules.zone.show(rules.in_force.until));
    Fault::NotInForce {
        problem: format!("not in force at {at}: {} holds from {from} until {until}", rules.id()),
    }
}
