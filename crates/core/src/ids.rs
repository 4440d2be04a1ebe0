//! One type per kind of identifier, so that a person is never mistaken for a place.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a text is no identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an id has 1 to 64 characters and no control characters; this one has {length}")]
pub struct IdFault {
    /// Number of characters found.
    pub length: usize,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(Box<str>);

        impl $name {
            /// Takes any text of 1 to 64 characters without control characters.
            pub fn new(text: impl Into<Box<str>>) -> Result<Self, IdFault> {
                let text = text.into();
                let length = text.chars().count();
                if length == 0 || length > 64 || text.chars().any(char::is_control) {
                    return Err(IdFault { length });
                }
                Ok(Self(text))
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
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
    /// One piece of evidence.
    EvidenceId
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
