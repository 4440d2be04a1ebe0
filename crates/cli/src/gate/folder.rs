//! `status/`: the last snapshot and the deltas since, for the next start.

use super::home::Home;
use super::saved::Saved;
use healthcode_credential::gate::GateState;
use std::path::PathBuf;

/// Where a status file is kept.
pub fn name(kind: &str, number: u64) -> String {
    format!("status/{kind}-{number:020}")
}

/// The status files that are kept: whether a snapshot, number, path; in the order in which they are taken.
pub fn files(home: &Home) -> Vec<(bool, u64, PathBuf)> {
    let read = |entry: std::fs::DirEntry| {
        let name = entry.file_name().into_string().ok()?;
        let (kind, number) = name.split_once('-')?;
        Some((kind == "snapshot", number.parse().ok()?, entry.path()))
    };
    let entries = std::fs::read_dir(home.path("status")).into_iter().flatten();
    let mut files: Vec<_> = entries.filter_map(Result::ok).filter_map(read).collect();
    files.sort_by_key(|(is_snapshot, number, _)| (*number, !is_snapshot));
    files
}

/// Takes up the files of the last run: the newest snapshot and what follows it. Where one does not fit, the rest is fetched
/// again.
pub fn take_up(home: &Home, saved: &Saved, gate: &mut GateState) {
    let (files, keys) = (files(home), saved.day_keys());
    let Some(newest) = files.iter().rposition(|(is_snapshot, ..)| *is_snapshot) else { return };
    for (_, _, path) in &files[newest..] {
        let Ok(file) = std::fs::read(path) else { return };
        if gate.take_status(&file, &keys).is_err() {
            return;
        }
    }
}

/// Forgets what a snapshot stands for.
pub fn forget_before(home: &Home, snapshot: u64) {
    for (is_snapshot, number, path) in files(home) {
        if number < snapshot || (number == snapshot && !is_snapshot) {
            // A file that stays is passed over at the next start.
            let _ = std::fs::remove_file(path);
        }
    }
}
