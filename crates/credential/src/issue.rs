//! Claims → signed text.

use crate::claims::Claims;
use crate::keys::{KeyFault, SigningKey};
use crate::outcome::Reason;
use crate::{base45, cose};

/// How every pass begins; the `1` is the version of the format.
pub const PREFIX: &str = "EPC1:";

/// Why no pass was issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IssueFault {
    /// It would live for nothing, or too long.
    #[error(
        "such a pass lives 1 to {most} seconds, this one {seconds}; bring expires_at closer to issued_at"
    )]
    Lifetime {
        /// The life asked for.
        seconds: i64,
        /// The longest life of its kind.
        most: i64,
    },
    /// A time that cannot be carried.
    #[error(
        "issued_at and expires_at must be whole seconds from 1970 to 2199; round them down to the second"
    )]
    Time,
    /// A day that cannot be carried.
    #[error("the issue day must lie from 1970-01-01 to 2199-12-31")]
    Day,
    /// The key did not sign.
    #[error(transparent)]
    Key(#[from] KeyFault),
}

impl IssueFault {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Lifetime { .. } => "issue_lifetime",
            Self::Time => "issue_time",
            Self::Day => "issue_day",
            Self::Key(_) => "issue_key",
        }
    }
}

/// Issues a pass: at most 230 characters on paper or as a token, 300 with a device key, all of them of the alphanumeric mode
/// of a QR code. Whether the key may sign these times is for [`crate::key_life::KeyLife::may_sign`] to say.
pub fn issue(claims: &Claims, key: &SigningKey) -> Result<String, IssueFault> {
    match claims.broken_rule() {
        None => {}
        Some(Reason::Lifetime) => {
            let seconds = claims.expires_at.seconds() - claims.issued_at.seconds();
            return Err(IssueFault::Lifetime { seconds, most: claims.bearer.longest_life_seconds() });
        }
        Some(Reason::StatusReference) => return Err(IssueFault::Day),
        Some(_) => return Err(IssueFault::Time),
    }
    let protected = cose::protected(key.public().kid());
    let payload = claims.write();
    let signature = key.sign(&cose::signed_bytes(&protected, &payload))?;
    let mut text = String::from(PREFIX);
    text.push_str(&base45::encode(&cose::write(&protected, &payload, &signature)));
    Ok(text)
}
