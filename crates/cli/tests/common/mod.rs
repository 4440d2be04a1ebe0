//! Runs the real binary in a folder of its own.
#![allow(dead_code, clippy::unwrap_used, missing_docs)]

pub mod installation;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A folder that is removed at the end.
pub struct Room(TempDir);

/// What a run left behind.
pub struct Ran {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Room {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Names of the files in the room, hidden ones too.
    pub fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, b"")
    }

    pub fn run_with(&self, arguments: &[&str], input: &[u8]) -> Ran {
        self.ran(arguments, input, &[])
    }

    /// The same with something in the environment.
    pub fn run_in(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
        self.ran(arguments, b"", environment)
    }

    fn ran(&self, arguments: &[&str], input: &[u8], environment: &[(&str, &str)]) -> Ran {
        let mut child = Command::new(env!("CARGO_BIN_EXE_healthcode"))
            .args(arguments)
            .current_dir(self.0.path())
            .env("TMPDIR", self.0.path())
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that refuses its arguments closes its input at once.
        let _ = child.stdin.take().unwrap().write_all(input);
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        Ran {
            status: status.code().unwrap(),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        }
    }
}

/// The project's root.
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The rule set that the tests decide with.
pub fn rules() -> String {
    root().join("rules/hangzhou-2020-02").display().to_string()
}

pub const AT: &str = "2020-02-12T09:00:00+08:00";

/// A declaration of 11 February, audited an hour later.
pub fn declared(person: &str, contact: &str, residence: &str) -> String {
    format!(
        r#"{{"id":"d-{person}","person":"{person}","kind":"declaration","happened_at":"2020-02-11T09:00:00+08:00","recorded_at":"2020-02-11T09:00:03+08:00","source":"self","data":{{"symptoms":[],"contact":"{contact}","stayed_in":["330100"],"residence":"{residence}","health_state":"normal"}}}}
{{"id":"a-{person}","person":"{person}","kind":"audit","happened_at":"2020-02-11T10:00:00+08:00","recorded_at":"2020-02-11T10:00:00+08:00","source":"officer","data":{{"of":"d-{person}","result":"confirmed"}}}}
"#
    )
}
