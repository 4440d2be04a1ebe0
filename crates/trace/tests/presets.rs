//! Every built-in policy against the cases that stand beside it in `policies/NAME/cases`, one sentence a file.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use healthcode_core::time::{Instant, Zone};
use healthcode_trace::{Anchor, Policy, run};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A case: either files and the contacts in them (rows without header) or the code of the fault, or what is known of a
/// case and her window.
#[derive(Deserialize)]
#[serde(untagged)]
enum Case {
    Contacts(Contacts),
    Window(Window),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Contacts {
    #[serde(default = "columns")]
    columns: String,
    visits: String,
    cases: String,
    #[serde(default)]
    contacts: String,
    refused: Option<String>,
}

fn columns() -> String {
    "person,place,entered_at,left_at".to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Window {
    zone: String,
    onset: Option<Instant>,
    sample: Option<Instant>,
    last_negative: Option<Instant>,
    isolated_at: Option<Instant>,
    /// Absent where there is none.
    window: Option<[Instant; 2]>,
}

impl Contacts {
    fn check(&self, policy: &Policy) -> Result<(), String> {
        let visits = format!("{}\n{}", self.columns, self.visits);
        let cases = format!("person,infectious_from,infectious_until\n{}", self.cases);
        let mut out = Vec::new();
        let (code, words) = match run(visits.as_bytes(), cases.as_bytes(), policy, None, &mut out) {
            Ok(_) => (None, String::new()),
            Err(fault) => (Some(fault.code()), fault.to_string()),
        };
        if code != self.refused.as_deref() {
            return Err(format!("refused with {code:?} {words}"));
        }
        let out = String::from_utf8(out).unwrap();
        let found = out.split_once('\n').map_or("", |(_, rows)| rows);
        if found == self.contacts { Ok(()) } else { Err(format!("found\n{found}wanted\n{}", self.contacts)) }
    }
}

impl Window {
    fn check(&self, policy: &Policy) -> Result<(), String> {
        let anchor = match (self.onset, self.sample, self.last_negative) {
            (Some(onset), None, None) => Anchor::Onset(onset),
            (None, Some(sample), None) => Anchor::Sample(sample),
            (None, Some(sample), Some(last_negative)) => Anchor::Screened { sample, last_negative },
            _ => return Err("give onset, or sample, or sample and last_negative".to_owned()),
        };
        let zone = Zone::new(&self.zone).map_err(|fault| fault.to_string())?;
        let found = policy.infectious_window(anchor, self.isolated_at, &zone).map(|w| [w.from, w.until]);
        if found == self.window { Ok(()) } else { Err(format!("found {found:?}, wanted {:?}", self.window)) }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn every_case_beside_a_built_in_policy_holds() {
    let mut wrong = Vec::new();
    for name in Policy::built_in_names() {
        let policy = Policy::built_in(name).unwrap();
        assert_eq!((policy.name.as_str(), policy.source.is_empty()), (name, false));
        let folder = root().join(name).join("cases");
        let cases = names(&folder);
        assert!(policy.off.is_some() || cases.len() >= 7, "{name} has too few cases");
        for case in cases {
            let text = std::fs::read_to_string(folder.join(&case)).unwrap();
            let checked = match toml::from_str(&text) {
                Ok(Case::Contacts(contacts)) => contacts.check(&policy),
                Ok(Case::Window(window)) => window.check(&policy),
                Err(fault) => Err(fault.to_string()),
            };
            wrong.extend(checked.err().map(|what| format!("{name}, {case}: {what}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_folder_of_policies_is_built_in_and_the_grid_is_off() {
    let built_in: BTreeSet<String> = Policy::built_in_names().map(str::to_owned).collect();
    assert_eq!(names(&root()), built_in);
    let off: Vec<_> = built_in.iter().filter(|name| Policy::built_in(name).unwrap().off.is_some()).collect();
    assert_eq!(off, ["grid-800m-companion"]);
}
