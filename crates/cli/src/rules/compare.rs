//! `healthcode rules compare`: who would change colour, before anyone is touched.

use super::At;
use crate::fault::{Answer, Fault};
use crate::files::Output;
use crate::installation::{Place, installation};
use crate::key_access::KeyArguments;
use crate::people::Input;
use crate::progress::Progress;
use clap::Args;
use healthcode_core::comparison::{Comparison, Group, Move, Report};
use healthcode_core::decide::decide;
use healthcode_core::fact::Fact;
use healthcode_core::life::Life;
use healthcode_core::region::Region;
use healthcode_core::region_table::{Language, RegionTable};
use healthcode_core::rule_set::RuleSet;
use healthcode_core::time::{Instant, Interval};
use healthcode_server::clock::Clock;
use healthcode_server::rules_in_force::RulesInForce;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What the command takes.
#[derive(Args)]
#[command(
    group = clap::ArgGroup::new("whom").args(["evidence", "installation"]).required(true),
    after_help = "Example:\n  healthcode rules compare rules/hangzhou-2020-02 rules/hangzhou-2020-03 \\\n    --evidence evidence.jsonl --at 2020-03-01T09:00:00+08:00\n  healthcode rules compare rules/hangzhou-2020-02 rules/hangzhou-2020-03 \\\n    --installation healthcode-data --at 2020-03-01T09:00:00+08:00"
)]
pub struct Arguments {
    /// Folder of the rules in force
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// Folder of the rules to come
    #[arg(value_name = "NEW")]
    new: PathBuf,
    #[command(flatten)]
    input: Option<Input>,
    /// Everyone in the installation whose keys are in this folder
    #[arg(long, value_name = "DIR")]
    installation: Option<PathBuf>,
    /// Database of the installation: `sqlite:FILE` or `postgres://USER@HOST/NAME`; SQLite in its folder unless given
    #[arg(long, value_name = "URL", requires = "installation")]
    database: Option<String>,
    #[command(flatten)]
    keys: KeyArguments,
    /// The instant to decide for, RFC 3339 with an offset
    #[arg(long, value_name = "T")]
    at: At,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Shown {
    old: String,
    new: String,
    at: String,
    #[serde(flatten)]
    report: Report,
}

/// Compares.
pub fn run(arguments: &Arguments) -> Result<Answer, Fault> {
    let (old, new) = (super::load(&arguments.old)?, super::load(&arguments.new)?);
    let at = &arguments.at;
    // An edition that is to come is compared as if it held already; that is what a comparison is for.
    let always = Interval {
        from: old.in_force.from.min(new.in_force.from).min(at.instant),
        until: at.instant.plus_days_of_24h(3_650),
    };
    let dated = |rules: RuleSet| {
        let authority = rules.authority.clone();
        rules.adopted(authority, always)
    };
    let (old, new) = (dated(old), dated(new));
    let report = match (&arguments.input, &arguments.installation) {
        (_, Some(data)) => {
            let (database, keys) = (arguments.database.clone(), arguments.keys.clone());
            let place = Place { database, data: data.clone(), keys };
            of_installation(&place, &old, &new, at.instant)?
        }
        (Some(input), None) => of_file(input, &old, &new, at)?,
        (None, None) => return Err(Fault::Usage("name --evidence FILE or --installation DIR".to_owned())),
    };
    let shown = Shown { old: old.id(), new: new.id(), at: at.to_string(), report };
    let mut out = Output::standard();
    if arguments.json {
        // Cannot fail: strings and numbers only.
        out.line(&serde_json::to_string(&shown).unwrap_or_default())?;
    } else {
        write(&shown, &mut out)?;
    }
    out.finish()?;
    Ok(Answer::Done)
}

fn of_file(input: &Input, old: &RuleSet, new: &RuleSet, at: &At) -> Result<Report, Fault> {
    let mut comparison = Comparison::default();
    input.each_person(|person, life| {
        let from = decide(old, life, at.instant).map_err(|_| super::not_in_force(old, at))?.colour;
        let to = decide(new, life, at.instant).map_err(|_| super::not_in_force(new, at))?.colour;
        let residence = residence(life, at.instant);
        comparison.count(person, residence.as_ref().map(Region::as_str), from, to);
        Ok(())
    })?;
    Ok(comparison.report())
}

#[tokio::main]
async fn of_installation(place: &Place, old: &RuleSet, new: &RuleSet, at: Instant) -> Result<Report, Fault> {
    let (_, store) = place.open_existing(&Clock::system()).await?;
    let in_force = RulesInForce::new(vec![old.clone()]).map_err(installation)?;
    let done = AtomicU64::new(0);
    let mut progress = Progress::new("people compared");
    let mut comparing =
        std::pin::pin!(healthcode_server::comparison::compare(&store, &in_force, new, at, &done));
    loop {
        match tokio::time::timeout(Duration::from_millis(250), &mut comparing).await {
            Ok(report) => return report.map_err(installation),
            Err(_) => progress.reach(done.load(Ordering::Relaxed)),
        }
    }
}

fn write(shown: &Shown, out: &mut Output) -> Result<(), Fault> {
    let Shown { old, new, at, report } = shown;
    let Report { people, changed, .. } = report;
    out.line(&format!("{old} to {new} at {at}: {changed} of {people} people change colour"))?;
    write_moves(&report.overall, out)?;
    let table = RegionTable::built_in();
    for region in &report.by_region {
        let name = match region.name.as_deref().map(Region::new) {
            None | Some(Err(_)) => "no residence declared".to_owned(),
            Some(Ok(code)) => {
                let name = table.name(&code, Language::English).unwrap_or_default();
                format!("{code} {name}").trim_end().to_owned()
            }
        };
        write_group(&name, region, out)?;
    }
    for kind in &report.by_kind {
        write_group(&format!("lately at: {}", kind.name.as_deref().unwrap_or_default()), kind, out)?;
    }
    Ok(())
}

fn write_group(name: &str, group: &Group, out: &mut Output) -> Result<(), Fault> {
    out.line(&format!("{name}: {} of {}", group.changed, group.people))?;
    write_moves(&group.moves, out)
}

fn write_moves(moves: &[Move], out: &mut Output) -> Result<(), Fault> {
    for one in moves {
        let examples: Vec<_> = one.examples.iter().map(|person| person.as_str()).collect();
        let examples = match &examples[..] {
            [] => String::new(),
            some => format!(" (such as {})", some.join(", ")),
        };
        out.line(&format!("  {} to {}: {}{examples}", one.from, one.to, one.people))?;
    }
    Ok(())
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
