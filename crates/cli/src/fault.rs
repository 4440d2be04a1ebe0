//! Why a command did not do what it was asked, in words for people: what, where and what to do.

use std::io;
use std::process::ExitCode;

/// What a command that ran to its end says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// Done.
    Done,
    /// The answer is no: a check failed, a code is not valid.
    No,
}

impl Answer {
    /// `No` unless everything is well.
    pub fn of(well: bool) -> Self {
        if well { Self::Done } else { Self::No }
    }

    /// Exit status 0 or 1.
    pub fn exit_code(self) -> ExitCode {
        ExitCode::from(u8::from(self == Self::No))
    }
}

/// Why a command stopped; exit status 2.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A file cannot be read.
    #[error("{file}: cannot be read: {source}; check the name and the permissions")]
    Read {
        /// Its name.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("{file}: cannot be written: {source}; check the folder, the permissions and the space left")]
    Write {
        /// Its name.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// A line of a file is wrong.
    #[error("{file}, line {line}{}: {problem}", place.as_ref().map(|p| format!(", {p}")).unwrap_or_default())]
    Line {
        /// The file.
        file: String,
        /// Counted from 1.
        line: u64,
        /// The column or field, where known.
        place: Option<String>,
        /// What is wrong and what to do.
        problem: String,
    },
    /// A whole file is wrong.
    #[error("{file}: {problem}")]
    File {
        /// The file.
        file: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// The rule set does not hold then.
    #[error("{problem}; choose an instant between these, or another rule set")]
    NotInForce {
        /// `not in force at T`, with the dates.
        problem: String,
    },
    /// The options do not go together.
    #[error("{0}")]
    Usage(String),
    /// The installation: its keys, its database, its address.
    #[error("{0}")]
    Installation(String),
    /// A temporary file failed.
    #[error("a temporary file failed: {0}; make space, or point TMPDIR at a folder that has some")]
    Temporary(#[source] io::Error),
}

impl Fault {
    /// The permanent code of this kind of fault.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } => "unreadable",
            Self::Write { .. } => "unwritable",
            Self::Line { .. } => "bad_line",
            Self::File { .. } => "bad_file",
            Self::NotInForce { .. } => "not_in_force",
            Self::Usage(_) => "usage",
            Self::Installation(_) => "installation",
            Self::Temporary(_) => "temporary_file",
        }
    }

    /// Whether the reader of standard output has closed it.
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Write { source, .. } if source.kind() == io::ErrorKind::BrokenPipe)
    }

    /// A fault of a whole file.
    pub fn file(file: impl Into<String>, problem: impl ToString) -> Self {
        Self::File { file: file.into(), problem: problem.to_string() }
    }
}
