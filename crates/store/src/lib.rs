//! The only SQL. One contract on two engines: SQLite, embedded, and PostgreSQL; both pass the same story.
//!
//! Reading order: [`engine`] opens a database and brings its schema up to date; [`writer`] groups concurrent acts into
//! one durable commit, and each is done whole or not at all; [`seal`] keeps personal fields unreadable at rest. The other
//! modules are what may be asked of each table, as plain functions over a connection, so that an act is a list of them.

pub mod acts_for;
pub mod advice;
pub mod at_gate;
pub mod audit_wait;
pub mod backup;
mod batch;
pub mod break_glass;
pub mod bulk;
pub mod bundles;
pub mod case_files;
pub mod case_merges;
pub mod cases;
pub mod clusters;
pub mod contact_definitions;
pub mod crowded_places;
pub mod decisions;
pub mod door_checks;
pub mod doubts;
pub mod duties;
pub mod engine;
pub mod enrolments;
pub mod evidence;
pub mod exposures;
pub mod forget;
pub mod gate_scans;
pub mod household_moves;
pub mod households;
pub mod idempotency;
pub mod identity;
pub mod inquiries;
pub mod interviews;
pub mod lives;
pub mod look_meter;
pub mod looks;
pub mod notices;
pub mod officers;
pub mod outbox;
pub mod outbreak;
pub mod passes;
pub mod people;
pub mod place_codes;
pub mod points;
pub mod quarantines;
pub mod queue;
pub mod regions;
pub mod report_flags;
pub mod rides;
pub mod rule_drafts;
pub mod rule_sets;
pub mod schema;
pub mod seal;
pub mod sessions;
pub mod settings;
pub mod statement;
pub mod status;
pub mod supervision;
pub mod traced_places;
pub mod tracing_runs;
mod tx;
pub mod visit_days;
pub mod visit_load;
pub mod visits;
pub mod visits_around;
pub mod writer;

pub use engine::{Conn, Engine, Store};
pub use statement::Statement;
pub use tx::Tx;
pub use writer::Act;

/// What went wrong with the database. Never holds a personal datum: statements carry them as parameters.
#[derive(Debug, thiserror::Error)]
pub enum StoreFault {
    /// The database refused, or cannot be reached.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The database was written by a newer program.
    #[error(
        "the database has schema version {found}, this program knows versions up to {known}; use the newer program"
    )]
    NewerSchema {
        /// Version of the database.
        found: i64,
        /// Newest version known here.
        known: i64,
    },
    /// A URL that names neither engine.
    #[error("{0:?} names no database; write sqlite:FILE or postgres://USER@HOST/NAME")]
    Url(String),
    /// A stored value does not read back; the database was written by something else or is damaged.
    #[error("stored {what} does not read back: {why}; run `healthcode store check`")]
    Damaged {
        /// Table and column.
        what: &'static str,
        /// What the reader said.
        why: String,
    },
    /// The writer has stopped; the process is shutting down.
    #[error("the database writer has stopped; the server is shutting down")]
    Stopped,
    /// Another transaction was in the way, again and again.
    #[error("other writes were in the way; try again")]
    Overtaken,
    /// The commit that would have held this act failed; nothing of it was stored.
    #[error("nothing was stored: {0}")]
    NotCommitted(std::sync::Arc<sqlx::Error>),
}

impl StoreFault {
    /// What was to be added is there already: another act was first.
    pub fn is_taken(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(fault)) if fault.is_unique_violation())
    }

    /// Another connection was in the way; the same act may succeed when tried again.
    pub(crate) fn may_succeed_again(&self) -> bool {
        let code = match self {
            Self::Database(sqlx::Error::Database(fault)) => fault.code(),
            Self::Overtaken => return true,
            _ => None,
        };
        // PostgreSQL: serialization failure, deadlock. SQLite: busy, busy snapshot.
        matches!(code.as_deref(), Some("40001" | "40P01" | "5" | "517"))
    }
}

/// A value that must read back.
pub(crate) fn read_back<T, E: std::fmt::Display>(
    what: &'static str,
    read: Result<T, E>,
) -> Result<T, StoreFault> {
    read.map_err(|fault| StoreFault::Damaged { what, why: fault.to_string() })
}

/// Parameters `$1, $2, …`, so many, after the first `before`.
pub(crate) fn numbered(count: usize, before: usize) -> String {
    (1..=count).map(|number| format!("${}", number + before)).collect::<Vec<_>>().join(", ")
}
