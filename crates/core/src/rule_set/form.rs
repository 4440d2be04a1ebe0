//! Every fault of form in a rules file, not only the first: what is at fault is taken out, and the rest is read again.

use super::RuleFault;
use super::file::line_of;
use toml::de::Error;

/// Faults of form that are looked for, at most.
const MOST: usize = 50;

/// What stands in for a value of the head that cannot be read, so that the rest can be.
const HEAD: [(&str, &str); 15] = [
    ("format", "\"healthcode-rules/1\""),
    ("name", "\"x\""),
    ("version", "1"),
    ("scheme", "\"x\""),
    ("authority", "\"CN\""),
    ("zone", "\"UTC\""),
    ("effective", "\"2020-01-01T00:00:00Z\""),
    ("sunset", "\"2020-01-02T00:00:00Z\""),
    ("population", "\"everyone\""),
    ("source", "\"x\""),
    ("transition", "\"move\""),
    ("leave_within_days", "60"),
    ("title", "{ en = \"x\", zh = \"x\" }"),
    ("floor", "{ not_declared = \"x\", under_review = \"x\", refused = \"x\", clear = \"x\" }"),
    ("reasons", "{}"),
];

/// All faults, beginning with the one that was found; `read` tries a text.
pub(super) fn all_faults(text: &str, first: Error, read: impl Fn(&str) -> Option<Error>) -> Vec<RuleFault> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    // Keys of the head that are missing are put before the first line; they are not counted.
    let mut added = Vec::new();
    let mut faults: Vec<RuleFault> = Vec::new();
    let mut fault = Some(first);
    while let Some(found) = fault.filter(|_| faults.len() < MOST) {
        let tried = joined(&added, &lines);
        let line = found.span().map_or(1, |span| line_of(&tried, span.start));
        let line = line.saturating_sub(added.len()).max(1);
        faults.push(told(&found, line));
        if !take_out(&found, line, &mut lines, &mut added) {
            break;
        }
        fault = read(&joined(&added, &lines));
    }
    faults.sort_by_key(|fault| fault.line);
    faults.dedup();
    faults
}

fn joined(added: &[String], lines: &[String]) -> String {
    added.iter().chain(lines).map(|line| format!("{line}\n")).collect()
}

/// Takes out what is at fault; `false` where nothing can be.
fn take_out(fault: &Error, line: usize, lines: &mut [String], added: &mut Vec<String>) -> bool {
    let missing = fault.message().split('`').nth(1).filter(|_| fault.message().contains("missing field"));
    if let Some(stand_in) = missing.and_then(stand_in) {
        added.push(stand_in);
        return true;
    }
    let is_section = |line: &String| line.starts_with('[');
    let at = line - 1;
    if let Some(begin) = (0..lines.len().min(line)).rev().find(|at| is_section(&lines[*at])) {
        if lines[begin].trim_end() == "[reasons]" && begin < at {
            // A reason on a line of its own.
            let any = !lines[at].trim().is_empty();
            lines[at].clear();
            return any;
        }
        // From its header to the next: a reason, a rule, the floor.
        let end = (begin + 1..lines.len()).find(|at| is_section(&lines[*at])).unwrap_or(lines.len());
        added.extend(stand_in(lines[begin].trim_matches(['[', ']', ' '])));
        lines[begin..end].iter_mut().for_each(String::clear);
        return true;
    }
    let Some(text) = lines.get_mut(at) else { return false };
    let key = text.split('=').next().unwrap_or_default().trim().to_owned();
    let stand_in = stand_in(&key).unwrap_or_default();
    let changes = *text != stand_in;
    *text = stand_in;
    changes
}

/// A line that stands in for a key of the head.
fn stand_in(key: &str) -> Option<String> {
    HEAD.iter().find(|(known, _)| *known == key).map(|(key, value)| format!("{key} = {value}"))
}

fn told(fault: &Error, line: usize) -> RuleFault {
    let (problem, mend) = words(fault.message().trim());
    RuleFault { line, problem, mend }
}

/// The reader's words, for people.
fn words(message: &str) -> (String, String) {
    let see = "see docs/rules.md for what may stand here";
    let quoted: Vec<&str> = message.split('`').collect();
    if message.contains("missing field") {
        let field = quoted.get(1).copied().unwrap_or_default();
        return (format!("`{field}` is missing here"), format!("write {field} = …"));
    }
    if let Some(found) =
        message.strip_prefix("invalid type: ").and_then(|rest| rest.split_once(", expected "))
    {
        let (found, expected) = found;
        let expected = match expected {
            "u8" | "u16" | "u32" | "u64" | "i64" => "a whole number from 0 on",
            "f32" | "f64" => "a number",
            other => other,
        };
        let quotes =
            if found.starts_with("string") { "; a number stands without quotation marks" } else { "" };
        return (format!("{found} stands where {expected} is expected"), format!("write {expected}{quotes}"));
    }
    if message.starts_with("invalid value: integer") {
        let found = quoted.get(1).copied().unwrap_or("this number");
        return (
            format!("{found} is out of range"),
            "write a whole number from 0 to 65535, without a sign".to_owned(),
        );
    }
    if message.contains("recurse") {
        return (
            "it is nested too deeply".to_owned(),
            "write the conditions side by side, or as several rules".to_owned(),
        );
    }
    (message.replace('\n', ", "), see.to_owned())
}
