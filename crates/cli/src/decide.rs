//! `healthcode decide`: one decision a person, out of rules and evidence.

use crate::explain::{Explanation, Speech};
use crate::fault::{Answer, Fault};
use crate::files::Output;
use crate::people::Input;
use crate::rules::{self, At};
use clap::Args;
use std::path::PathBuf;

/// What the command takes.
#[derive(Args)]
#[command(
    after_help = "Example:\n  healthcode decide --rules rules/hangzhou-2020-02 --evidence evidence.jsonl \\\n    --at 2020-02-12T09:00:00+08:00\n  healthcode decide --rules rules/hangzhou-2020-02 --evidence - --at 2020-02-12T09:00:00+08:00 --explain en < evidence.jsonl"
)]
pub struct Arguments {
    /// Folder of the rule set
    #[arg(long, value_name = "DIR")]
    rules: PathBuf,
    #[command(flatten)]
    input: Input,
    /// The instant to decide for, RFC 3339 with an offset; only what was recorded by then counts
    #[arg(long, value_name = "T")]
    at: At,
    /// Say it for people, in English (en) or Chinese (zh)
    #[arg(long, value_name = "LANGUAGE")]
    explain: Option<Speech>,
    /// Write JSON Lines, also with --explain
    #[arg(long)]
    json: bool,
}

/// Decides on everyone.
pub fn run(arguments: &Arguments) -> Result<Answer, Fault> {
    let rules = rules::load(&arguments.rules)?;
    let at = &arguments.at;
    rules::check_in_force(&rules, at)?;
    let mut out = Output::standard();
    arguments.input.each_person(|person, life| {
        let decision = healthcode_core::decide::decide(&rules, life, at.instant)
            .map_err(|_| rules::not_in_force(&rules, at))?;
        match arguments.explain {
            Some(speech) if !arguments.json => {
                let explanation =
                    Explanation { rules: &rules, life, decision: &decision, at: at.instant, speech };
                out.line(&explanation.of(person))
            }
            _ => out.line(&decision.to_json(&rules, life, person.as_str())),
        }
    })?;
    out.finish()?;
    Ok(Answer::Done)
}
