//! What an EU certificate must look like inside (DCC JSON schema 1.3.0). Issuers differ from it, so that a fault is a
//! warning and never a verdict.

use super::value::Value;
use serde_json::Value as Json;

/// The kinds of entries.
const KINDS: [&str; 3] = ["v", "t", "r"];

/// The kinds of entries that a certificate has.
pub(super) fn kinds(certificate: &Value) -> impl Iterator<Item = &'static str> + '_ {
    let entries = |kind: &str| match certificate.named(kind) {
        Some(Value::Array(entries)) => !entries.is_empty(),
        _ => false,
    };
    KINDS.into_iter().filter(move |kind| entries(kind))
}

/// What is asked of a field.
#[derive(Clone, Copy)]
enum Form {
    /// A text of at most so many characters.
    Text(usize),
    /// A whole number from 1 to 9... as doses are counted.
    Dose,
    /// `YYYY-MM-DD`.
    Date,
    /// A date with time and offset.
    Time,
}
use Form::{Date, Dose, Text, Time};

const VACCINATION: &[(&str, Form, bool)] = &[
    ("tg", Text(80), true),
    ("vp", Text(80), true),
    ("mp", Text(80), true),
    ("ma", Text(80), true),
    ("dn", Dose, true),
    ("sd", Dose, true),
    ("dt", Date, true),
    ("co", Text(10), true),
    ("is", Text(80), true),
    ("ci", Text(80), true),
];
const TEST: &[(&str, Form, bool)] = &[
    ("tg", Text(80), true),
    ("tt", Text(80), true),
    ("nm", Text(80), false),
    ("ma", Text(80), false),
    ("sc", Time, true),
    ("tr", Text(80), true),
    ("tc", Text(80), false),
    ("co", Text(10), true),
    ("is", Text(80), true),
    ("ci", Text(80), true),
];
const RECOVERY: &[(&str, Form, bool)] = &[
    ("tg", Text(80), true),
    ("fr", Date, true),
    ("co", Text(10), true),
    ("is", Text(80), true),
    ("df", Date, true),
    ("du", Date, true),
    ("ci", Text(80), true),
];

/// Every fault, each by the path of its field.
pub(super) fn faults(certificate: &Json) -> Vec<String> {
    let mut faults = Vec::new();
    let mut say = |path: &str, what: &str| faults.push(format!("{path}: {what}"));
    let is_version = |text: &str| {
        let parts: Vec<_> = text.split('.').collect();
        parts.len() == 3
            && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
    };
    if !certificate["ver"].as_str().is_some_and(is_version) {
        say("ver", "is no version such as 1.3.0");
    }
    let fnt = certificate["nam"]["fnt"].as_str();
    if !fnt.is_some_and(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'<'))
    {
        say("nam.fnt", "is no name in capital letters and <");
    }
    for name in ["fn", "gn", "fnt", "gnt"] {
        if certificate["nam"][name].as_str().is_some_and(|text| text.chars().count() > 80) {
            say(&format!("nam.{name}"), "is longer than 80 characters");
        }
    }
    if !certificate["dob"].as_str().is_some_and(is_birthday) {
        say("dob", "is no date of birth: YYYY-MM-DD, YYYY-MM, YYYY or empty");
    }
    let present: Vec<_> = KINDS.into_iter().filter(|kind| !certificate[*kind].is_null()).collect();
    if present.len() != 1 {
        say("v, t, r", "exactly one of them is expected");
    }
    for kind in present {
        match certificate[kind].as_array().map(Vec::as_slice) {
            Some([entry]) => check_entry(kind, entry, &mut say),
            _ => say(kind, "is no list of one entry"),
        }
    }
    faults
}

fn check_entry(kind: &str, entry: &Json, say: &mut impl FnMut(&str, &str)) {
    let fields = match kind {
        "v" => VACCINATION,
        "t" => TEST,
        _ => RECOVERY,
    };
    for (name, form, required) in fields {
        let path = format!("{kind}[0].{name}");
        match (&entry[*name], form) {
            (Json::Null, _) if !required => {}
            (Json::Null, _) => say(&path, "is missing"),
            (Json::String(text), Text(most)) if text.chars().count() <= *most => {}
            (Json::String(text), Date) if is_date(text) => {}
            (Json::String(text), Time) if Instant::parse(text).is_ok() => {}
            (Json::Number(number), Dose) if number.as_u64().is_some_and(|n| (1..=99).contains(&n)) => {}
            _ => say(&path, "is not of the form that the schema asks for"),
        }
    }
}

use healthcode_core::time::{Day, Instant};

fn is_date(text: &str) -> bool {
    text.len() == 10 && Day::parse(text).is_some()
}

/// From 1900 to 2099, as exactly as it is known.
fn is_birthday(text: &str) -> bool {
    let century = text.starts_with("19") || text.starts_with("20");
    match text.len() {
        0 => true,
        4 => century && text.bytes().all(|b| b.is_ascii_digit()),
        7 => century && is_date(&format!("{text}-01")),
        _ => century && is_date(text),
    }
}
