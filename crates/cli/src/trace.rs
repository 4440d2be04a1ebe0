//! `healthcode trace`: visits and cases in, contacts out.

use crate::fault::{Answer, Fault};
use crate::files::{self, Output};
use clap::Args;
use healthcode_trace::{Policy, Summary, Table, TraceFault};
use std::path::{Path, PathBuf};

/// Bytes of a policy file, at most.
const MOST_POLICY_BYTES: u64 = 1 << 20;

/// What the command takes.
#[derive(Args)]
#[command(
    after_help = "Example:\n  healthcode trace --visits visits.csv --cases cases.csv --policy place-15min-sum-24h --out contacts.csv"
)]
pub struct Arguments {
    /// CSV person,place,entered_at,left_at and optional grade, kind (of the place) and seat (r12/A, c5/b3, crew); times
    /// in RFC 3339 or whole unix seconds
    #[arg(long, value_name = "FILE")]
    visits: PathBuf,
    /// CSV person,infectious_from,infectious_until
    #[arg(long, value_name = "FILE")]
    cases: PathBuf,
    /// A built-in policy (place-15min-sum-24h, place-15min-unbroken, place-10min-tail-30min, household,
    /// us-cdc-continuous, ecdc-aircraft-2-seats, new-zealand, uk-same-date-venue, china-protocol-8, china-protocol-9,
    /// china-20-measures) or a policy file
    #[arg(long, value_name = "NAME|FILE")]
    policy: String,
    /// Where the contacts go: CSV case,person,place,first_at,last_at,minutes,level, and via where the policy has a second
    /// ring
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Take out places at which a case met more than so many people, in either ring
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    cap: Option<u32>,
    /// Look for no contacts of contacts, also where the policy does
    #[arg(long)]
    first_ring: bool,
    /// Write the summary as JSON
    #[arg(long)]
    json: bool,
}

/// Traces.
pub fn run(arguments: &Arguments) -> Result<Answer, Fault> {
    if files::is_dash(&arguments.visits) && files::is_dash(&arguments.cases) {
        let problem = "--visits and --cases cannot both be standard input; give one of them a file name";
        return Err(Fault::Usage(problem.to_owned()));
    }
    let mut policy = policy(&arguments.policy)?;
    if let Some(why) = &policy.off {
        return Err(Fault::file(&arguments.policy, format!("this policy is off: {why}")));
    }
    if arguments.first_ring {
        policy.second_ring = None;
    }
    let (visits, cases) = (files::open(&arguments.visits)?, files::open(&arguments.cases)?);
    let mut out = Output::to(&arguments.out)?;
    let summary = healthcode_trace::run(visits, cases, &policy, arguments.cap, &mut out)
        .map_err(|fault| in_file(fault, arguments))?;
    out.finish()?;
    let text = if arguments.json { json(&summary) } else { words(&summary) };
    if files::is_dash(&arguments.out) {
        eprint!("{text}");
    } else {
        let mut out = Output::standard();
        out.line(text.trim_end())?;
        out.finish()?;
    }
    Ok(Answer::Done)
}

/// A name that is built in, else a file.
fn policy(name: &str) -> Result<Policy, Fault> {
    if let Some(policy) = Policy::built_in(name) {
        return Ok(policy);
    }
    let path = Path::new(name);
    if !path.exists() {
        let known: Vec<_> = Policy::built_in_names().collect();
        let problem = format!("is no policy and no file; built in are {}", known.join(", "));
        return Err(Fault::file(name, problem));
    }
    Policy::parse(&files::read_text(path, MOST_POLICY_BYTES)?).map_err(|faults| Fault::file(name, faults))
}

/// Names the file instead of the table.
fn in_file(fault: TraceFault, arguments: &Arguments) -> Fault {
    let name = |table| {
        files::shown(match table {
            Table::Visits => &arguments.visits,
            Table::Cases => &arguments.cases,
        })
    };
    match fault {
        TraceFault::Read { table, source, .. } => Fault::Read { file: name(table), source },
        TraceFault::Write(source) => Fault::Write { file: arguments.out.display().to_string(), source },
        TraceFault::Line { table, line, fault } => {
            Fault::Line { file: name(table), line, place: None, problem: fault.to_string() }
        }
        TraceFault::Field { table, line, column, fault } => {
            let place = Some(format!("column {column}"));
            Fault::Line { file: name(table), line, place, problem: fault.to_string() }
        }
    }
}

fn words(summary: &Summary) -> String {
    let Summary { visits, cases, contacts, rows, capped } = summary;
    let mut text = format!("{visits} visits, {cases} cases: {contacts} contacts in {rows} rows\n");
    for place in capped {
        let ring = if place.second_ring { ", second ring" } else { "" };
        text += &format!(
            "taken out by the cap: case {}, place {}, {} people{ring}\n",
            place.case, place.place, place.people
        );
    }
    text
}

fn json(summary: &Summary) -> String {
    let capped = summary.capped.iter().map(|capped| {
        serde_json::json!({ "case": capped.case, "place": capped.place, "people": capped.people,
            "second_ring": capped.second_ring })
    });
    let summary = serde_json::json!({ "visits": summary.visits, "cases": summary.cases,
        "contacts": summary.contacts, "rows": summary.rows, "capped": capped.collect::<Vec<_>>() });
    format!("{summary}\n")
}
