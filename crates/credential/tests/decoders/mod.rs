//! One function for each decoder, and what must hold of it for any bytes: it neither panics nor runs away; what it refuses
//! has a reason; what it accepts has one encoding, or comes from whoever signed it. `tests/fuzz.rs` calls them for a
//! moment in every run of the tests, `fuzz/` for as long as anybody likes; both know them by this list.
//!
//! Most documents are signed, and no chance makes a signature. So what is read behind one is fuzzed by itself, or signed
//! here before it is judged.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../foreign_forge/mod.rs"]
pub mod foreign_forge;

mod files;
mod foreign;
mod passes;
mod status;

/// Longer inputs are not tried.
pub const LONGEST_INPUT: usize = 64 * 1024;

/// A decoder: its name, which its corpus and its target have as well, and what must hold; it tells whether the input was
/// accepted.
pub type Decoder = (&'static str, fn(&[u8]) -> bool);

/// All of them.
pub const DECODERS: [Decoder; 18] = [
    ("base45", passes::base45),
    ("pass_text", passes::text),
    ("pass_envelope", passes::envelope),
    ("status_news", status::news),
    ("status_file", status::file),
    ("status_gaps", status::gaps),
    ("trust_file", files::trust_file),
    ("bundle_file", files::bundle_file),
    ("bundle_body", files::bundle_body),
    ("bundle_parts", files::bundle_parts),
    ("foreign_trust", foreign::trust),
    ("foreign_text", foreign::text),
    ("hcert_envelope", foreign::hcert_envelope),
    ("hcert_claims", foreign::hcert_claims),
    ("nzcp_envelope", foreign::nzcp_envelope),
    ("nzcp_claims", foreign::nzcp_claims),
    ("card_claims", foreign::card_claims),
    ("cert_logic", foreign::cert_logic),
];

/// Calls the decoder with a name, and tells whether it accepted the input.
///
/// # Panics
///
/// Where something does not hold that must; or there is no such decoder.
pub fn run(name: &str, input: &[u8]) -> bool {
    let (_, decoder) = DECODERS.iter().find(|(known, _)| *known == name).expect("a decoder of the list");
    input.len() <= LONGEST_INPUT && decoder(input)
}

/// A refusal, which says why; so: not accepted.
fn refused(code: &str, words: &str) -> bool {
    assert!(!code.is_empty() && !words.is_empty(), "a refusal without a reason");
    false
}
