//! Why visits cannot be kept or found, in words for people.

use healthcode_trace::city::{Damaged, StayFault};
use std::io;
use std::path::PathBuf;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum VisitsFault {
    /// The system refused.
    #[error("{path}: {source}; check the folder, the permissions and the space left")]
    Files {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process writes here.
    #[error("{path}: another process keeps its visits here; stop it, or give another folder")]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// A file is not what was written.
    #[error("{path}: {source}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: Damaged,
    },
    /// A home is shorter than what was indexed of it.
    #[error(
        "{path}: visits are missing at its end; restore it from a backup, or delete the index to go on without them"
    )]
    Shortened {
        /// The home.
        path: PathBuf,
    },
    /// A visit cannot be kept; none of those handed in with it was.
    #[error("visit {number} of those handed in: {source}")]
    Visit {
        /// Counted from 1.
        number: usize,
        /// Why not.
        source: StayFault,
    },
}

impl VisitsFault {
    /// The permanent code of this kind of fault.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Files { .. } => "visits_files",
            Self::Locked { .. } => "visits_locked",
            Self::Damaged { .. } => "visits_damaged",
            Self::Shortened { .. } => "visits_shortened",
            Self::Visit { .. } => "visits_bad_stay",
        }
    }
}
