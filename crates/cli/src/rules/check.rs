//! `healthcode rules check`: the form of a rule set and every case beside it.

use super::MOST_BYTES;
use crate::fault::{Answer, Fault};
use crate::files;
use crate::people::region_table;
use clap::Args;
use healthcode_core::case::Case;
use healthcode_core::rule_set::{RuleFault, RuleSet, examine};
use healthcode_core::trial::try_out;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What the command takes.
#[derive(Args)]
#[command(after_help = "Example:\n  healthcode rules check rules/hangzhou-2020-02")]
pub struct Arguments {
    /// Folder of the rule set: rules.toml, and cases/ beside it
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// More regions (CSV: code,en,zh,parent,from,until)
    #[arg(long, value_name = "FILE")]
    regions: Option<PathBuf>,
    /// Folder of the version before: its reason codes must all be kept, each with its colour and meaning; its number must be
    /// lower, and its time over
    #[arg(long, value_name = "DIR")]
    before: Option<PathBuf>,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    rule_set: Option<String>,
    cases: usize,
    mistakes: Vec<Mistake>,
}

#[derive(Serialize)]
struct Mistake {
    file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    problem: String,
}

/// Checks; the answer is no when there is any mistake.
pub fn run(arguments: &Arguments) -> Result<Answer, Fault> {
    let report = check(arguments)?;
    let mut out = files::Output::standard();
    if arguments.json {
        // Cannot fail: strings and numbers only.
        out.line(&serde_json::to_string(&report).unwrap_or_default())?;
    } else {
        for mistake in &report.mistakes {
            let line = mistake.line.map(|line| format!(", line {line}")).unwrap_or_default();
            out.line(&format!("{}{line}: {}", mistake.file, mistake.problem))?;
        }
        let name = report.rule_set.as_deref().unwrap_or("no rule set");
        let (cases, mistakes) = (report.cases, report.mistakes.len());
        out.line(&format!("{name}: {cases} cases, {mistakes} mistakes"))?;
    }
    out.finish()?;
    Ok(Answer::of(report.mistakes.is_empty()))
}

fn check(arguments: &Arguments) -> Result<Report, Fault> {
    let folder = &arguments.folder;
    let path = folder.join("rules.toml");
    let mut report = Report { rule_set: None, cases: 0, mistakes: Vec::new() };
    let text = files::read_text(&path, MOST_BYTES)?;
    let (rules, mut faults) = examine(&text);
    if let Some(rules) = &rules {
        faults.extend(rules.unknown_regions(&text, &region_table(arguments.regions.as_deref())?));
        if let Some(before) = &arguments.before {
            let before = super::load(before)?;
            faults.extend(rules.breaks_with(&before));
            faults.extend(rules.overlaps(&before));
        }
        faults.extend(try_out(rules));
    }
    faults.sort_by_key(|fault| fault.line);
    let file = path.display().to_string();
    let loads = faults.is_empty();
    report.mistakes.extend(faults.into_iter().map(|fault| mistake(&file, fault)));
    report.rule_set = rules.as_ref().map(RuleSet::id);
    for path in cases(&folder.join("cases"))? {
        report.cases += 1;
        let file = path.display().to_string();
        let faults = match Case::parse(&files::read_text(&path, MOST_BYTES)?) {
            // What a set with mistakes says of a life is worth nothing.
            Ok(case) => rules.as_ref().filter(|_| loads).map(|rules| case.check(rules)).unwrap_or_default(),
            Err(fault) => vec![fault],
        };
        let mistake = |fault: healthcode_core::case::CaseFault| Mistake {
            file: file.clone(),
            line: None,
            problem: fault.to_string(),
        };
        report.mistakes.extend(faults.into_iter().map(mistake));
    }
    if report.cases == 0 {
        let problem =
            "there are no cases; write at least one file that says what the rules must say".to_owned();
        let file = folder.join("cases").display().to_string();
        report.mistakes.push(Mistake { file, line: None, problem });
    }
    Ok(report)
}

fn mistake(file: &str, fault: RuleFault) -> Mistake {
    let problem = format!("{}; {}", fault.problem, fault.mend);
    Mistake { file: file.to_owned(), line: Some(fault.line), problem }
}

/// The case files, by name; none when there is no folder.
fn cases(folder: &Path) -> Result<Vec<PathBuf>, Fault> {
    let fault = |source| Fault::Read { file: folder.display().to_string(), source };
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let entries =
        std::fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(fault)?;
    let mut paths: Vec<_> = entries.into_iter().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    Ok(paths)
}
