//! What a phone draws: its pass, the time, and its own signature over both, made anew every 15 to 30 seconds.
//!
//! `EPC1:` and then Base45 of exactly this, in deterministic CBOR:
//!
//! ```text
//! [ << the pass, as COSE_Sign1 >>, 1581382815, r || s ]
//! ```
//!
//! The signature is ECDSA P-256 over SHA-256 of the CBOR array `["EPC1 presentation", << the pass >>, time]`. The first
//! byte, 0x83 and not 0xD2, tells a presentation from a bare pass.

use crate::base45;
use crate::cbor::{CborFault, Reader, Writer};
use crate::issue::PREFIX;
use crate::keys::SignatureBytes;
use crate::outcome::Reason;
use healthcode_core::time::Instant;

/// A presentation is accepted until the gate's clock is this far after its time. Phones redraw every 15 to 30
/// seconds; the rest is for clocks that differ (decision 0011).
pub const LATEST_SECONDS: i64 = 90;
/// A presentation is accepted from when the gate's clock is this far before its time.
pub const EARLIEST_SECONDS: i64 = 15;

const CONTEXT: &str = "EPC1 presentation";
/// 2200-01-01T00:00:00Z.
const YEAR_2200_SECONDS: u64 = 7_258_118_400;

/// A presentation taken apart; neither of its signatures is checked yet.
pub(crate) struct Presentation<'a> {
    pub(crate) pass: &'a [u8],
    /// Unix seconds.
    pub(crate) time: i64,
    pub(crate) signature: &'a SignatureBytes,
}

impl<'a> Presentation<'a> {
    /// Whether bytes are meant to be one.
    pub(crate) fn is_meant(bytes: &[u8]) -> bool {
        bytes.first() == Some(&0x83)
    }

    /// Reads what [`present`] writes, and nothing else.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, Reason> {
        let inside = |fault: CborFault| fault.inside(Reason::Presentation);
        let mut input = Reader(bytes);
        input.array(3).map_err(inside)?;
        let pass = input.bytes().map_err(inside)?;
        let time = input.uint().map_err(inside)?;
        let signature = input.bytes_of().map_err(|fault| fault.inside(Reason::SignatureLength))?;
        input.end().map_err(inside)?;
        if time >= YEAR_2200_SECONDS {
            return Err(Reason::TimeRange);
        }
        Ok(Self { pass, time: time as i64, signature })
    }
}

/// The bytes a phone signs when it presents a pass.
pub(crate) fn signed_bytes(pass: &[u8], time: i64) -> Vec<u8> {
    let mut out = Writer::with_capacity(40 + pass.len());
    out.array(3);
    out.text(CONTEXT);
    out.bytes(pass);
    out.int(time);
    out.0
}

/// Draws a presentation: the text of a pass with a device key, signed by that device at `at`. `None` when the text is
/// no pass or the instant lies outside 1970 to 2199.
pub fn present<E>(
    pass: &str,
    at: Instant,
    sign: impl FnOnce(&[u8]) -> Result<SignatureBytes, E>,
) -> Option<Result<String, E>> {
    let pass = base45::decode(pass.strip_prefix(PREFIX)?).ok()?;
    let time = u64::try_from(at.seconds()).ok().filter(|seconds| *seconds < YEAR_2200_SECONDS)? as i64;
    let written = |signature: SignatureBytes| {
        let mut out = Writer::with_capacity(80 + pass.len());
        out.array(3);
        out.bytes(&pass);
        out.int(time);
        out.bytes(&signature);
        format!("{PREFIX}{}", base45::encode(&out.0))
    };
    Some(sign(&signed_bytes(&pass, time)).map(written))
}
