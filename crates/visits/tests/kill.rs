//! A process that appends visits is killed in the middle: what it had been told was kept is there.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use healthcode_trace::Grade;
use healthcode_visits::{CityVisit, Visits};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

/// Names the folder to the process that is killed.
const FOLDER: &str = "HEALTHCODE_TEST_VISITS_FOLDER";
/// Visits of a batch.
const BATCH: u32 = 500;

/// The process that is killed: appends batch after batch and says so after each.
#[test]
#[ignore = "the other test starts it"]
fn append_until_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let (mut visits, _) = Visits::open(folder.as_ref()).unwrap();
    for batch in 0..1_000_000 {
        let of_batch = |number| CityVisit {
            person: batch * BATCH + number,
            place: 1,
            from: 86_400 - 30 + i64::from(number % 60),
            until: 86_400 + 60,
            grade: Grade::Rotating,
        };
        visits.append(&(0..BATCH).map(of_batch).collect::<Vec<_>>()).unwrap();
        writeln!(std::io::stderr(), "kept {batch}").unwrap();
    }
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    for heard in [1, 20, 90] {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "append_until_killed", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let mut last = lines.by_ref().filter_map(|line| line.strip_prefix("kept ")?.parse().ok()).nth(heard);
        child.kill().unwrap();
        child.wait().unwrap();
        last = lines.filter_map(|line| line.strip_prefix("kept ")?.parse().ok()).last().or(last);
        let kept: u32 = last.unwrap();
        let (visits, _) = Visits::open(folder.path()).unwrap();
        let mut people = vec![];
        for index in visits.presence().indexes() {
            index.each(&mut |visit| people.push(visit.person)).unwrap();
        }
        people.sort_unstable();
        people.dedup();
        let wanted = (kept + 1) * BATCH;
        assert!(people.iter().copied().take(wanted as usize).eq(0..wanted), "{} of {wanted}", people.len());
    }
}
