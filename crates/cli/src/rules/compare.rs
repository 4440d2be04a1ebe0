//! `healthcode rules compare`: who would change colour, before anyone is touched.

use super::At;
use crate::fault::{Answer, Fault};
use crate::files::Output;
use crate::people::Input;
use clap::Args;
use healthcode_core::decide::decide;
use healthcode_core::decision::Colour;
use healthcode_core::fact::Fact;
use healthcode_core::life::Life;
use healthcode_core::region::Region;
use healthcode_core::region_table::{Language, RegionTable};
use healthcode_core::time::Instant;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What the command takes.
#[derive(Args)]
#[command(
    after_help = "Example:\n  healthcode rules compare rules/hangzhou-2020-02 rules/hangzhou-2020-03 \\\n    --evidence evidence.jsonl --at 2020-03-01T09:00:00+08:00"
)]
pub struct Arguments {
    /// Folder of the rules in force
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// Folder of the rules to come
    #[arg(value_name = "NEW")]
    new: PathBuf,
    #[command(flatten)]
    input: Input,
    /// The instant to decide for, RFC 3339 with an offset
    #[arg(long, value_name = "T")]
    at: At,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
}

/// How many people go from a colour to a colour.
type Counts = BTreeMap<(Colour, Colour), u64>;

#[derive(Serialize)]
struct Report {
    old: String,
    new: String,
    at: String,
    people: u64,
    changed: u64,
    overall: Vec<Move>,
    by_region: Vec<OfRegion>,
}

#[derive(Serialize)]
struct Move {
    from: Colour,
    to: Colour,
    people: u64,
}

#[derive(Serialize)]
struct OfRegion {
    /// The residence that was declared; null where none was.
    region: Option<Region>,
    moves: Vec<Move>,
}

/// Compares.
pub fn run(arguments: &Arguments) -> Result<Answer, Fault> {
    let (old, new) = (super::load(&arguments.old)?, super::load(&arguments.new)?);
    let at = &arguments.at;
    super::check_in_force(&old, at)?;
    super::check_in_force(&new, at)?;
    let (mut overall, mut by_region) = (Counts::new(), BTreeMap::<Option<Region>, Counts>::new());
    arguments.input.each_person(|_, life| {
        let from = decide(&old, life, at.instant).map_err(|_| super::not_in_force(&old, at))?.colour;
        let to = decide(&new, life, at.instant).map_err(|_| super::not_in_force(&new, at))?.colour;
        *overall.entry((from, to)).or_default() += 1;
        *by_region.entry(residence(life, at.instant)).or_default().entry((from, to)).or_default() += 1;
        Ok(())
    })?;
    let report = Report {
        old: old.id(),
        new: new.id(),
        at: at.to_string(),
        people: overall.values().sum(),
        changed: overall.iter().filter(|((from, to), _)| from != to).map(|(_, people)| people).sum(),
        overall: moves(overall),
        by_region: by_region
            .into_iter()
            .map(|(region, counts)| OfRegion { region, moves: moves(counts) })
            .collect(),
    };
    let mut out = Output::standard();
    if arguments.json {
        // Cannot fail: strings and numbers only.
        out.line(&serde_json::to_string(&report).unwrap_or_default())?;
    } else {
        write(&report, &mut out)?;
    }
    out.finish()?;
    Ok(Answer::Done)
}

fn moves(counts: Counts) -> Vec<Move> {
    counts.into_iter().map(|((from, to), people)| Move { from, to, people }).collect()
}

fn write(report: &Report, out: &mut Output) -> Result<(), Fault> {
    let Report { old, new, at, people, changed, .. } = report;
    out.line(&format!("{old} to {new} at {at}: {changed} of {people} people change colour"))?;
    write_moves(&report.overall, out)?;
    let table = RegionTable::built_in();
    for of_region in &report.by_region {
        let name = match &of_region.region {
            None => "no residence declared".to_owned(),
            Some(code) => {
                let name = table.name(code, Language::English).unwrap_or_default();
                format!("{code} {name}").trim_end().to_owned()
            }
        };
        out.line(&name)?;
        write_moves(&of_region.moves, out)?;
    }
    Ok(())
}

fn write_moves(moves: &[Move], out: &mut Output) -> Result<(), Fault> {
    moves.iter().try_for_each(|m| out.line(&format!("  {} to {}: {}", m.from, m.to, m.people)))
}

/// The residence of the latest declaration known then that names one, with its corrections and withdrawals.
fn residence(life: &Life, at: Instant) -> Option<Region> {
    let declarations = life.originals().iter().filter(|evidence| evidence.recorded_at <= at);
    let mut named = declarations.filter_map(|evidence| {
        let mut fact = match &evidence.fact {
            Fact::Declaration(_) => evidence.fact.clone(),
            _ => return None,
        };
        let amendments = life.amendments().iter().map(|amendment| &amendment.evidence);
        for amendment in amendments.filter(|amendment| amendment.recorded_at <= at) {
            match &amendment.fact {
                Fact::Withdrawal(withdrawal) if withdrawal.of == evidence.id => return None,
                Fact::Correction(correction) if correction.of == evidence.id => {
                    fact = Fact::from_json(evidence.fact.kind(), correction.data.0.get()).ok()?;
                }
                _ => {}
            }
        }
        match fact {
            Fact::Declaration(declaration) => declaration.residence,
            _ => None,
        }
    });
    named.next_back()
}
