//! Passes: what a person carries in a QR code, made by the authority and read at a gate. Pure: no network, no
//! storage, no clock; the only chance is the nonce that the cryptographic library draws for a signature.
//!
//! The path of a pass, and the reading order:
//!
//! 1. [`claims`], [`bearer`]: the little a pass says: issuer, times, and of what carries it a status reference and a
//!    device key, or, on paper, masked name and last four characters. No colour, no medical fact: there is no field to
//!    put one in.
//! 2. [`issue`]: claims → CBOR → COSE_Sign1 → Base45 → text; [`presentation`]: a phone signs the time beside it.
//! 3. [`verify`]: text, trust and an instant → [`verify::Verdict`]; the only maker of verified claims.
//!    [`known_pass`]: whose signature need not be checked again.
//! 4. [`trust`]: whose signatures count, for what, from when and until when; [`trust_file`]: how that is written.
//! 5. [`keys`]: signing and public keys; [`key_life`]: from pending to withdrawn.
//! 6. [`outcome`]: the nine outcomes and the stable reasons; [`verdict`]: the verdict as a line of JSON.
//!
//! What a gate holds when it stands alone:
//!
//! 7. [`bundle`]: the trust bundle: a region's and its partners' keys, who is recognised, and what is done about a colour;
//!    signed by several roots, and never taken back to an older version.
//! 8. [`status`]: the colours of passes for gates that cannot ask: tables, their changes, and how these are signed,
//!    encrypted and followed.
//! 9. [`mod@gate`]: what it decides about a code, in a fixed order of checks.
//!
//! Beside all that:
//!
//! 10. [`foreign`]: travellers' documents, judged by their own profiles: EU certificates, New Zealand passes, SMART
//!     Health Cards.
//!
//! Under them lie [`base45`] and the private modules `cbor` and `cose`.
//!
//! ## The text of a pass
//!
//! `EPC1:` and then Base45 (RFC 9285) of exactly this, in deterministic CBOR (RFC 8949, 4.2.1):
//!
//! ```text
//! 18([                                    COSE_Sign1 (RFC 9052), tagged
//!   << {1: -9, 4: kid} >>,                alg ESP256 (RFC 9864); kid = 8 bytes
//!   {},
//!   << {1: "330100",                      iss: the issuer's region code
//!       4: 1581469200,                    exp: unix seconds, not included
//!       6: 1581382800,                    iat: unix seconds, included
//!       8: {1: {1: 2, -1: 1, -2: x, -3: odd}},   cnf (RFC 8747): device key, optional; y as its sign bit
//!       -65537: [18303, 4711]} >>,        status reference: [issue day, index]
//!   r || s                                64 bytes: ECDSA P-256 over SHA-256
//! ])
//! ```
//!
//! For given claims and signature one text is accepted and no other. CBOR is read by 100 lines of our own, not by
//! `coset`: that lets duplicate keys, indefinite lengths and longer integers pass and builds a tree on the heap,
//! while these shapes are fixed, so that a reader which expects each byte where it must stand is both the
//! shorter and the stricter one. `coset` judges in the tests whether what we write is COSE.
//!
//! A known weakness of ECDSA: whoever holds a valid pass can negate `s` and get a second valid text with the same
//! claims. So a text is never the name of a pass; its status reference is.
//!
//! ## Fuzzing
//!
//! Every decoder has a function in `tests/decoders/` that says what must hold of it for any bytes, and small inputs of our
//! own making in `fuzz/corpus/`. `tests/fuzz.rs` tries these and some thousands of seeded changes of them in every run of
//! the tests. For longer, with libFuzzer, a nightly compiler and `cargo install cargo-fuzz`, in this folder:
//!
//! ```text
//! cargo +nightly fuzz list
//! cargo +nightly fuzz run status_news -- -max_total_time=600 -rss_limit_mb=512
//! ```
//!
//! An input that broke something belongs into the corpus under a name that says what it is.

pub mod base45;
pub mod bearer;
pub mod bundle;
mod cbor;
pub mod cert_logic;
pub mod claims;
mod cose;
pub mod foreign;
pub mod gate;
pub mod issue;
pub mod key_life;
pub mod keys;
pub mod known_pass;
pub mod outcome;
pub mod presentation;
pub mod status;
pub mod trust;
pub mod trust_file;
pub mod verdict;
pub mod verify;
