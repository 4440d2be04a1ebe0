//! One type per kind of identifier, so that a person is never mistaken for a place.

use serde::{Deserialize, Serialize, Serializer};
use std::fmt;
use std::sync::Arc;

mod evidence_id;

pub use evidence_id::EvidenceId;

const HEX_DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Why a text is no identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an id has 1 to 64 characters and no control characters; this one has {length}")]
pub struct IdFault {
    /// Number of characters found.
    pub length: usize,
}

fn check(text: &str) -> Result<(), IdFault> {
    let length = text.chars().count();
    if length == 0 || length > 64 || text.chars().any(char::is_control) {
        Err(IdFault { length })
    } else {
        Ok(())
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes any text of 1 to 64 characters without control characters.
            pub fn new(text: impl AsRef<str>) -> Result<Self, IdFault> {
                let text = text.as_ref();
                check(text)?;
                Ok(Self(text.into()))
            }

            /// Sixteen bytes as thirty-two lower-case hexadecimal digits.
            pub fn of_bytes(bytes: [u8; 16]) -> Self {
                let mut digits = [0; 32];
                for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
                    pair[0] = HEX_DIGITS[usize::from(byte >> 4)];
                    pair[1] = HEX_DIGITS[usize::from(byte & 15)];
                }
                // Cannot fail: ASCII.
                Self(std::str::from_utf8(&digits).unwrap_or_default().into())
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdFault;
            fn try_from(text: String) -> Result<Self, IdFault> {
                Self::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    };
}

id! {
    /// A person: random and global, never derived from an identity number.
    PersonId
}
id! {
    /// A collection point: the place of a visit.
    PointId
}
id! {
    /// One visit of a person to a collection point.
    VisitId
}
id! {
    /// An account: a device or a desk that signs in, apart from the people it acts for.
    AccountId
}
id! {
    /// A signing key; eight bytes written as sixteen hexadecimal digits.
    KeyId
}
id! {
    /// A disease or purpose with its own rule sets, such as `covid-19`.
    Scheme
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_to_sixty_four_characters() {
        assert!(PersonId::new("").is_err());
        assert!(PersonId::new("p".repeat(64)).is_ok());
        assert_eq!(PersonId::new("人".repeat(65)), Err(IdFault { length: 65 }));
        assert!(PersonId::new("a\nb").is_err());
    }
}
