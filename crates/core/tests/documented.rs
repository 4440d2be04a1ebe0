//! Every construct of the language stands in docs/rules.md with an example; every example there loads.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use healthcode_core::rule_set::RuleSet;

const DOCS: &str = include_str!("../../../docs/rules.md");
const RULES: &str = include_str!("every_construct/rules.toml");

/// The last cell of every row of the table under a heading.
fn examples(heading: &str) -> Vec<&'static str> {
    let section = DOCS.split(heading).nth(1).unwrap().split("\n##").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| row.rsplit("| `").next().unwrap().trim_end_matches("` |")).collect()
}

fn loads(rule: &str) {
    let with = format!("{RULES}\n[[rules]]\nreason = \"Y3\"\n{rule}\n");
    // Some of them alone would keep everyone who reports: that is another test's business.
    let faults = RuleSet::parse(&with).err().unwrap_or_default();
    let faults: Vec<_> = faults.iter().filter(|fault| !fault.problem.starts_with("nobody leaves")).collect();
    assert!(faults.is_empty(), "{rule}\n{faults:?}");
}

#[test]
fn every_documented_condition_loads() {
    for (heading, rows) in [
        ("### Conditions on one piece of evidence", 15),
        ("### Conditions about time", 2),
        ("### Conditions put together", 7),
    ] {
        let examples = examples(heading);
        assert_eq!(examples.len(), rows, "{heading}");
        for example in examples {
            loads(&format!("when = [{example}]\nrelease = [[{{ days = 1 }}]]"));
        }
    }
}

#[test]
fn every_documented_step_loads() {
    let examples = examples("### Steps");
    assert_eq!(examples.len(), 8);
    for example in examples {
        let when = r#"{ order = { colour = "yellow", reason = ["headquarters"] } }"#;
        loads(&format!("when = [{when}]\nrelease = [[{example}]]"));
    }
}
