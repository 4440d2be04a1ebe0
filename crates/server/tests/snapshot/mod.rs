//! A text that is reviewed as a diff: the file beside the tests must be equal; `UPDATE_SNAPSHOTS=1` writes it anew.

use std::path::Path;

/// Compares a text with its file.
#[track_caller]
pub fn compare(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(file);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some_and(|value| value == "1") {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let line = kept.lines().zip(text.lines()).position(|(a, b)| a != b);
    let line = line.unwrap_or_else(|| kept.lines().count().min(text.lines().count())) + 1;
    assert!(
        kept == text,
        "tests/{file} differs from line {line} on; look at the change, then run with UPDATE_SNAPSHOTS=1"
    );
}
