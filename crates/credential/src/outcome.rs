//! What may come of looking at a text: nine outcomes, and under each the stable reasons that lead to it.

use serde::{Serialize, Serializer};
use std::fmt;

/// The answer to "does this text count?". Everything but a forged code (`bad_signature`) makes a checker ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Signed by a trusted key, and in time.
    Valid,
    /// Was valid; its end has come.
    Expired,
    /// Will be valid; its time has not come.
    NotYetValid,
    /// Not signed by the key it names: forged or altered.
    BadSignature,
    /// The key it names is not trusted, or not at that instant.
    UnknownKey,
    /// The key it names is trusted no more.
    WithdrawnKey,
    /// The key it names is trusted, but not for this.
    WrongUsage,
    /// No pass, or one that breaks the profile.
    Malformed,
    /// A code of another kind, version or algorithm.
    Unsupported,
}

impl Outcome {
    /// The word used in verdicts.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::BadSignature => "bad_signature",
            Self::UnknownKey => "unknown_key",
            Self::WithdrawnKey => "withdrawn_key",
            Self::WrongUsage => "wrong_usage",
            Self::Malformed => "malformed",
            Self::Unsupported => "unsupported",
        }
    }
}

/// The kind of code, told by its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// Our own: `EPC1:`.
    Healthcode,
    /// EU Digital COVID Certificate: `HC1:`.
    Hcert,
    /// New Zealand COVID Pass: `NZCP:`.
    Nzcp,
    /// SMART Health Card: `shc:/`.
    Shc,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident => $outcome:ident, $code:literal;)*) => {
        /// Which step failed. Codes are permanent: never reused, never removed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason {
            $($(#[$doc])* #[doc = concat!("Code `", $code, "`.")] $name,)*
        }

        impl Reason {
            /// Every reason, in the order in which the steps are taken.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The outcome this reason leads to; never `valid`.
            pub const fn outcome(self) -> Outcome {
                match self {
                    $(Self::$name => Outcome::$outcome,)*
                }
            }

            /// The stable code.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

reasons! {
    /// Longer than any code we know.
    TextTooLong => Malformed, "text_too_long";
    /// An EU certificate, which a gate for our passes does not read.
    ProfileHcert => Unsupported, "profile_hcert";
    /// A New Zealand pass, which a gate for our passes does not read.
    ProfileNzcp => Unsupported, "profile_nzcp";
    /// A SMART Health Card, which a gate for our passes does not read.
    ProfileShc => Unsupported, "profile_shc";
    /// A SMART Health Card in several parts.
    CardInParts => Unsupported, "card_in_parts";
    /// A pass of another version than 1.
    PassVersion => Unsupported, "pass_version";
    /// Begins like no code we know.
    Prefix => Malformed, "prefix";
    /// What follows the prefix is no Base45.
    Base45 => Malformed, "base45";
    /// What follows the prefix is no Base32.
    Base32 => Malformed, "base32";
    /// What follows the prefix is no row of pairs of digits.
    Digits => Malformed, "digits";
    /// What is to be compressed is not.
    Compression => Malformed, "compression";
    /// More comes out of the compression than any code can say.
    CompressionBomb => Malformed, "compression_bomb";
    /// Bytes after the end of what is compressed.
    CompressionTrailing => Malformed, "compression_trailing";
    /// No CBOR.
    Cbor => Malformed, "cbor";
    /// Deeper than any code is.
    CborDepth => Malformed, "cbor_depth";
    /// A key that a map has twice.
    CborDoubledKey => Malformed, "cbor_doubled_key";
    /// The CBOR ends too early.
    CborShort => Malformed, "cbor_short";
    /// Indefinite lengths or longer integers than needed.
    CborNotDeterministic => Malformed, "cbor_not_deterministic";
    /// Bytes after the end.
    CborTrailing => Malformed, "cbor_trailing";
    /// Not tagged 18 (COSE_Sign1), or tagged otherwise.
    Tag => Malformed, "tag";
    /// Not the four parts of COSE_Sign1.
    Envelope => Malformed, "envelope";
    /// Not exactly algorithm and an 8-byte key id.
    ProtectedHeader => Malformed, "protected_header";
    /// Another algorithm than ESP256.
    Algorithm => Unsupported, "algorithm";
    /// The headers name two algorithms.
    AlgorithmConflict => Malformed, "algorithm_conflict";
    /// The unprotected header is not empty.
    UnprotectedHeader => Malformed, "unprotected_header";
    /// The signature has not 64 bytes.
    SignatureLength => Malformed, "signature_length";
    /// Claims missing, unknown, doubled, out of order or of another type.
    Claims => Malformed, "claims";
    /// The issuer is no region code.
    Issuer => Malformed, "issuer";
    /// The device key is no P-256 COSE_Key with compressed point.
    DeviceKey => Malformed, "device_key";
    /// What a paper pass says is no number, masked name and last four characters.
    Paper => Malformed, "paper";
    /// Not the three parts of a presentation.
    Presentation => Malformed, "presentation";
    /// A phone's signature around a pass that has no device key.
    PresentationWithoutDevice => Malformed, "presentation_without_device";
    /// The status reference is no day and index.
    StatusReference => Malformed, "status_reference";
    /// A time outside 1970 to 2199, or not in whole seconds.
    TimeRange => Malformed, "time_range";
    /// Ends before it begins, or lives longer than its kind may: 24 hours on a phone, 90 seconds as a token, six weeks
    /// on paper.
    Lifetime => Malformed, "lifetime";
    /// No trusted key has this id.
    KeyUnknown => UnknownKey, "key_unknown";
    /// Some trust file says that this key is withdrawn.
    KeyWithdrawn => WithdrawnKey, "key_withdrawn";
    /// The signature is not this key's over these bytes.
    Signature => BadSignature, "signature";
    /// The phone's signature is not that of the pass's device key: shown by another phone, or altered.
    DeviceSignature => BadSignature, "device_signature";
    /// The key it names cannot have made such a signature.
    KeyKind => BadSignature, "key_kind";
    /// The key's certificate is for other kinds of documents.
    KeyUsage => WrongUsage, "key_usage";
    /// The key is trusted, but not to sign passes.
    KeyPurpose => WrongUsage, "key_purpose";
    /// The key signs passes, but of another issuer.
    KeyIssuer => WrongUsage, "key_issuer";
    /// The key is accepted only later.
    KeyNotYetInForce => UnknownKey, "key_not_yet_in_force";
    /// The key was accepted until an earlier instant.
    KeyNoLongerInForce => UnknownKey, "key_no_longer_in_force";
    /// Issued after the instant asked about.
    IssuedLater => NotYetValid, "issued_later";
    /// Ended at or before the instant asked about.
    Ended => Expired, "ended";
    /// Signed by the phone more than 15 seconds after the instant asked about.
    PresentedLater => NotYetValid, "presented_later";
    /// Signed by the phone more than 90 seconds before the instant asked about: a screenshot.
    PresentedEarlier => Expired, "presented_earlier";
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_code_of_its_own_and_none_leads_to_valid() {
        let codes: std::collections::BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        assert_eq!(codes.len(), Reason::ALL.len());
        assert!(Reason::ALL.iter().all(|reason| reason.outcome() != Outcome::Valid));
    }
}
