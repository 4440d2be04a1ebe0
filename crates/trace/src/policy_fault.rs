//! What is wrong with a policy file.

use std::fmt;

/// One mistake in a policy file.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct PolicyFault {
    /// Permanent code: `policy_not_toml`, `policy_unknown_key`, `policy_missing_key` or `policy_bad_value`.
    pub code: &'static str,
    /// The line it stands on, counted from 1; of a missing key, the first.
    pub line: usize,
    /// What is wrong, and what to write instead.
    pub what: String,
}

/// Every mistake in a policy file, by line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyFaults(pub Vec<PolicyFault>);

impl fmt::Display for PolicyFaults {
    /// One line a mistake.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, fault) in self.0.iter().enumerate() {
            let end = if n == 0 { "" } else { "\n" };
            write!(f, "{end}{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for PolicyFaults {}
