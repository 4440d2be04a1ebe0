//! Why a gate that stands alone cannot decide about a code that is not refused.

use serde::{Serialize, Serializer};
use std::fmt;

macro_rules! gate_reasons {
    ($($(#[$doc:meta])* $name:ident => $code:literal;)*) => {
        /// Why a gate cannot decide. Codes are permanent, and none is a [`crate::outcome::Reason`]'s.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum GateReason {
            $($(#[$doc])* #[doc = concat!("Code `", $code, "`.")] $name,)*
        }

        impl GateReason {
            /// Every reason, in the order in which the steps are taken.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable code.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

gate_reasons! {
    /// The gate's clock is before signed time it has seen, went back, or differs from the server's.
    Clock => "clock";
    /// A phone's pass without the phone's signature: a picture of one.
    PresentationMissing => "presentation_missing";
    /// Its issuer is another region, which is not recognised here now.
    NotRecognised => "not_recognised";
    /// The trust bundle's end has come.
    BundleEnded => "bundle_ended";
    /// Keys or rules were not confirmed for a day.
    KeysOld => "keys_old";
    /// A paper pass, of which only the server knows the colour.
    PaperOffline => "paper_offline";
    /// There are no colours, or none of the last day.
    ColoursOld => "colours_old";
    /// No table has the index: its day is not kept, or its region's tables are not followed.
    NoTable => "no_table";
}

impl fmt::Display for GateReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for GateReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Reason;

    #[test]
    fn every_reason_has_a_code_that_no_other_has() {
        let own = GateReason::ALL.iter().map(|reason| reason.code());
        let codes: std::collections::BTreeSet<_> =
            own.chain(Reason::ALL.iter().map(|reason| reason.code())).collect();
        assert_eq!(codes.len(), GateReason::ALL.len() + Reason::ALL.len());
    }
}
