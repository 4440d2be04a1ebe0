//! The contacts of 92 office workers over two weeks, with known answers.
//!
//! Each record `t i j` counts 20 seconds. Whether those begin or end at `t` moves all times alike and changes no
//! answer; here a record is a visit of both people to a place of their own in `[t, t + 20)`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use healthcode_trace::{Policy, Summary, run};
use std::collections::BTreeSet;
use std::path::Path;

struct Workplace {
    visits: String,
    cases: String,
}

/// `None`, loudly, where the data is not there.
fn workplace() -> Option<Workplace> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/workplace-2013/contacts.txt");
    let Ok(text) = std::fs::read_to_string(&file) else {
        eprintln!("SKIPPED: {} is not there, so the known answers were not checked", file.display());
        return None;
    };
    let mut visits = String::from("person,place,entered_at,left_at\n");
    let mut people = BTreeSet::new();
    for line in text.lines() {
        let fields: Vec<i64> = line.split_whitespace().map(|field| field.parse().unwrap()).collect();
        let (t, i, j) = (fields[0], fields[1].min(fields[2]), fields[1].max(fields[2]));
        for person in [i, j] {
            visits += &format!("{person},{i}-{j},{t},{}\n", t + 20);
            people.insert(person);
        }
    }
    let mut cases = String::from("person,infectious_from,infectious_until\n");
    for person in people {
        cases += &format!("{person},0,2000000\n");
    }
    Some(Workplace { visits, cases })
}

impl Workplace {
    fn trace(&self, policy: &Policy) -> Summary {
        run(self.visits.as_bytes(), self.cases.as_bytes(), policy, None, std::io::sink()).unwrap()
    }
}

#[test]
fn the_known_answers_of_the_workplace_come_out_exactly() {
    let Some(workplace) = workplace() else { return };
    let sum = Policy::built_in("place-15min-sum-24h").unwrap();
    let unbroken = Policy::built_in("place-15min-unbroken").unwrap();
    let any = Policy { minimum_seconds: 1, ..sum.clone() };
    // Everybody is a case, so every pair is found from both sides.
    for (policy, pairs) in [(any, 755), (sum, 28), (unbroken, 3)] {
        let summary = workplace.trace(&policy);
        assert_eq!((summary.visits, summary.cases), (2 * 9_827, 92));
        assert_eq!((summary.contacts, summary.rows), (2 * pairs, 2 * pairs), "{}", policy.name);
    }
}
