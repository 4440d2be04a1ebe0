//! `healthcode import`: tables that others keep, read into evidence. Every row is stored, refused with a reason, or
//! skipped as blank or repeated; the three always add up to what was read.

mod columns;
mod database;
mod dates;
mod kinds;
mod linelist;
mod matching;
mod people;
mod reading;
mod regions;
mod report;
mod table;
mod tests;
mod text;
mod visits;

use crate::fault::{Answer, Fault};
use crate::files::{self, Output};
use crate::key_access::KeyArguments;
use clap::{ArgGroup, Args};
use dates::Order;
use healthcode_core::fact::Assay;
use healthcode_core::region_table::RegionTable;
use healthcode_core::time::Zone;
use kinds::Kind;
use reading::Reading;
use std::path::PathBuf;
use table::{Dress, Table};
pub use tests::digest;

/// Bytes of a table, at most.
const MOST_BYTES: u64 = 512 << 20;

/// What the command takes.
#[derive(Args)]
#[command(
    group(ArgGroup::new("target").args(["dry_run", "out", "database"]).required(true)),
    after_help = "Example:\n  healthcode import linelist cases.csv --dry-run --refused refused.csv\n  healthcode import linelist cases.csv --out evidence.jsonl --map onset_on='first day ill' --dates dmy\n  healthcode import people residents.xlsx --database sqlite:healthcode-data/healthcode.sqlite"
)]
pub struct Arguments {
    /// What the table holds
    #[arg(value_enum)]
    kind: Kind,
    /// CSV in any common encoding and delimiter, or XLSX
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Read and report, write nothing
    #[arg(long)]
    dry_run: bool,
    /// Where the result goes: evidence (JSON Lines), visits or regions (CSV)
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Store into the database of an installation: `sqlite:FILE` or `postgres://USER@HOST/NAME`
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Folder of the installation's key file, without which nothing personal can be read or written
    #[arg(long, value_name = "DIR", default_value = "healthcode-data")]
    data: PathBuf,
    #[command(flatten)]
    keys: KeyArguments,
    /// Where refused rows go, each with its line and the reason (CSV)
    #[arg(long, value_name = "FILE")]
    refused: Option<PathBuf>,
    /// Which column holds a field; may be repeated
    #[arg(long, value_name = "FIELD=COLUMN")]
    map: Vec<String>,
    /// What comes first in dates such as 01/02/2020
    #[arg(long, value_name = "ORDER")]
    dates: Option<Order>,
    /// Time zone of times that name none
    #[arg(long, value_name = "ZONE", default_value = "Asia/Shanghai", value_parser = zone)]
    zone: Zone,
    /// Encoding of a CSV file, where it is not recognised
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// Sheet of an XLSX file; the first unless given
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// Put before every case or person id, so that lists that all count from 1 can be told apart
    #[arg(long, value_name = "TEXT", default_value = "")]
    prefix: String,
    /// Kind of test of a file of tests that does not say: pcr, antigen or antibody
    #[arg(long, value_name = "ASSAY", value_parser = assay)]
    assay: Option<Assay>,
    /// Visits in one commit: more are stored quicker, and keep others who write to SQLite waiting longer; a million some six seconds
    #[arg(long, value_name = "ROWS", default_value_t = 200_000, value_parser = clap::value_parser!(u32).range(1_000..=1_000_000))]
    at_once: u32,
    /// Report as one JSON object
    #[arg(long)]
    json: bool,
}

fn zone(name: &str) -> Result<Zone, String> {
    Zone::new(name).map_err(|fault| fault.to_string())
}

fn assay(word: &str) -> Result<Assay, String> {
    let found = Assay::ALL.iter().find(|assay| assay.word() == word);
    found.copied().ok_or("write pcr, antigen or antibody".to_owned())
}

/// Imports.
pub fn run(arguments: &Arguments) -> Result<Answer, Fault> {
    let shown = files::shown(&arguments.file);
    if arguments.kind == Kind::People && arguments.out.is_some() {
        let problem = "people go into a database only, where their names and numbers are kept encrypted; \
                       check the file with --dry-run";
        return Err(Fault::Usage(problem.to_owned()));
    }
    if arguments.out.as_deref().is_some_and(files::is_dash)
        && arguments.refused.as_deref().is_some_and(files::is_dash)
    {
        return Err(Fault::Usage(
            "--out and --refused cannot both be standard output; name a file".to_owned(),
        ));
    }
    let bytes = files::read(&arguments.file, MOST_BYTES)?;
    let dress = Dress { encoding: arguments.encoding.as_deref(), sheet: arguments.sheet.as_deref() };
    let table = Table::read(&bytes, dress).map_err(|problem| Fault::file(&shown, problem))?;
    drop(bytes);
    let refused = arguments.refused.as_deref().map(Output::to).transpose()?;
    let reading = match &arguments.database {
        Some(_) => database::store(&table, arguments)?,
        None => read(&table, arguments, &RegionTable::built_in())?,
    };
    let result = arguments.out.as_ref().map(|path| written(&reading, path, arguments)).transpose()?;
    let refused = refused.map(|out| report::refused_rows(&reading, &table, out)).transpose()?;
    result.into_iter().chain(refused).try_for_each(Output::finish)?;
    let text = if arguments.json { report::json(&reading, &table) } else { report::words(&reading, &table) };
    let taken = arguments.out.iter().chain(&arguments.refused).any(|path| files::is_dash(path));
    if taken {
        eprint!("{text}");
    } else {
        let mut out = Output::standard();
        out.line(text.trim_end())?;
        out.finish()?;
    }
    Ok(Answer::Done)
}

/// Every row, checked against the regions that are known.
fn read(table: &Table, arguments: &Arguments, regions: &RegionTable) -> Result<Reading, Fault> {
    Reading::of(table, arguments, regions)
        .map_err(|problem| Fault::file(files::shown(&arguments.file), problem))
}

/// The result, written but not yet in place.
fn written(reading: &Reading, path: &std::path::Path, arguments: &Arguments) -> Result<Output, Fault> {
    let mut out = Output::to(path)?;
    if let Some(header) = arguments.kind.header() {
        out.line(header)?;
    }
    for (_, stored) in &reading.stored {
        for line in stored.lines(&arguments.zone) {
            out.line(&line)?;
        }
    }
    Ok(out)
}
