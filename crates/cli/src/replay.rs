//! `healthcode replay`: what each person's code showed over time, and when it changed.

use crate::fault::{Answer, Fault};
use crate::files::Output;
use crate::people::Input;
use crate::rules::{self, At};
use clap::Args;
use healthcode_core::decide::decide;
use healthcode_core::decision::{Decision, ShownDecision};
use healthcode_core::ids::PersonId;
use healthcode_core::life::Life;
use healthcode_core::rule_set::RuleSet;
use healthcode_core::time::{Instant, Interval, Shown};
use serde::Serialize;
use std::path::PathBuf;

/// What the command takes.
#[derive(Args)]
#[command(
    after_help = "Example:\n  healthcode replay --rules rules/hangzhou-2020-02 --evidence evidence.jsonl \\\n    --from 2020-02-11T00:00:00+08:00 --to 2020-03-11T00:00:00+08:00 --every 1d"
)]
pub struct Arguments {
    /// Folder of the rule set
    #[arg(long, value_name = "DIR")]
    rules: PathBuf,
    #[command(flatten)]
    input: Input,
    /// The first instant shown, RFC 3339 with an offset
    #[arg(long, value_name = "T")]
    from: At,
    /// The first instant shown no more
    #[arg(long, value_name = "T")]
    to: At,
    /// Also a line every so many days, counted from --from, such as 1d
    #[arg(long, value_name = "DAYS", value_parser = parse_days)]
    every: Option<i32>,
    /// Write JSON Lines, which is what is written anyway
    #[arg(long)]
    json: bool,
}

fn parse_days(text: &str) -> Result<i32, String> {
    let days = text.strip_suffix('d').and_then(|days| days.parse().ok());
    days.filter(|days| (1..=366).contains(days))
        .ok_or(format!("{text:?} is no number of days; write 1d to 366d"))
}

#[derive(Serialize)]
struct Row<'a> {
    at: Shown,
    #[serde(flatten)]
    decision: ShownDecision<'a>,
}

/// Replays everyone.
pub fn run(arguments: &Arguments) -> Result<Answer, Fault> {
    let rules = rules::load(&arguments.rules)?;
    let Some(span) = Interval::new(arguments.from.instant, arguments.to.instant) else {
        let (from, to) = (&arguments.from, &arguments.to);
        return Err(Fault::Usage(format!("--to {to} is not after --from {from}; give a later --to")));
    };
    if span.overlap(&rules.in_force).is_none() {
        return Err(rules::not_in_force(&rules, &arguments.from));
    }
    let mut out = Output::standard();
    arguments.input.each_person(|person, life| {
        for (at, decision) in rows(&rules, life, span, arguments.every) {
            out.line(&line(&rules, life, person, at, &decision))?;
        }
        Ok(())
    })?;
    out.finish()?;
    Ok(Answer::Done)
}

fn line(rules: &RuleSet, life: &Life, person: &PersonId, at: Instant, decision: &Decision) -> String {
    let row = Row { at: rules.zone.show(at), decision: decision.show(rules, life, person.as_str()) };
    // Cannot fail: no map with other keys than strings, no writer that could refuse.
    serde_json::to_string(&row).unwrap_or_default()
}

/// The changes, and between them one row for every so many days, from the first change on.
fn rows(rules: &RuleSet, life: &Life, span: Interval, every: Option<i32>) -> Vec<(Instant, Decision)> {
    let mut rows = healthcode_core::replay::replay(rules, life, span);
    let (Some(every), Some((first, _))) = (every, rows.first()) else { return rows };
    let first = *first;
    let day = rules.zone.day_of(span.from);
    // The time of day of --from, so that a change of offset moves nothing.
    let micros_of_day = span.from.micros() - rules.zone.start_of(day).micros();
    let changes: Vec<_> = rows.iter().map(|(at, _)| *at).collect();
    for step in (0..).step_by(every as usize) {
        let at = Instant::from_micros(rules.zone.start_of(day.plus(step)).micros() + micros_of_day);
        if at >= span.until {
            break;
        }
        if at > first
            && changes.binary_search(&at).is_err()
            && let Ok(decision) = decide(rules, life, at)
        {
            rows.push((at, decision));
        }
    }
    rows.sort_by_key(|(at, _)| *at);
    rows
}
