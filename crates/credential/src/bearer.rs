//! What carries a pass: a phone with a key of its own, a phone that can hold none, or paper. Each is good for as long
//! as it is hard to copy.

use crate::cbor::{CborFault, Reader, Writer};
use crate::keys::PublicKey;
use crate::outcome::Reason;
use healthcode_core::time::Day;
use std::fmt;

/// A pass on a phone lives at most this long: 24 hours.
pub const LONGEST_PHONE_SECONDS: i64 = 86_400;
/// A token lives at most this long. It is good for a minute; the rest is for a gate whose clock is behind.
pub const LONGEST_TOKEN_SECONDS: i64 = 90;
/// A paper pass lives at most this long: six weeks.
pub const LONGEST_PAPER_SECONDS: i64 = 42 * 86_400;
/// Bytes of a masked name, at most: one character of any script and three stars.
pub const LONGEST_NAME_BYTES: usize = 8;

/// The claim keys of our own. CWT leaves keys below -65536 to private use (RFC 8392, 9.1.1).
pub(crate) const STATUS_CLAIM: i64 = -65_537;
pub(crate) const PAPER_CLAIM: i64 = -65_538;

/// What carries a pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bearer {
    /// A phone that signs the time each time it shows the pass; a copy of the picture is worthless after 90 seconds.
    Phone {
        /// Where its colour is to be looked up.
        status: StatusReference,
        /// The key that signs.
        device: DeviceKey,
    },
    /// A phone that can hold no key: the server makes a token of a minute, again and again.
    Token {
        /// Where its colour is to be looked up.
        status: StatusReference,
    },
    /// Paper. It stands in no status table: online a gate looks it up, offline it asks. The document is compared in
    /// any case.
    Paper(Paper),
}

/// Where a pass stands in the issuer's status tables: the table of its issue day, and the place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatusReference {
    /// The civil day of `issued_at` in the issuer's zone, 1970-01-01 to 2199-12-31.
    pub day: Day,
    /// The place in that day's table, drawn at random by the issuer.
    pub index: u32,
}

/// A device's P-256 key, as its compressed point: x and the lowest bit of y.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DeviceKey {
    x: [u8; 32],
    y_is_odd: bool,
}

/// What a paper pass says beyond its issuer and its dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// What the issuer looks it up by; drawn at random.
    pub number: [u8; 8],
    /// First character and stars, to be compared with the document.
    pub name: MaskedName,
    /// Last characters of the document, to be compared with it.
    pub last_four: LastFour,
}

/// A name as a checker may see it, 1 to 8 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct MaskedName(Box<str>);

/// The last four characters of a document's number: digits and capital letters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LastFour([u8; 4]);

impl Bearer {
    /// The pass lives at most so long.
    pub const fn longest_life_seconds(&self) -> i64 {
        match self {
            Self::Phone { .. } => LONGEST_PHONE_SECONDS,
            Self::Token { .. } => LONGEST_TOKEN_SECONDS,
            Self::Paper(_) => LONGEST_PAPER_SECONDS,
        }
    }

    /// Where the colour is to be looked up; paper stands in no table.
    pub const fn status(&self) -> Option<StatusReference> {
        match self {
            Self::Phone { status, .. } | Self::Token { status } => Some(*status),
            Self::Paper(_) => None,
        }
    }

    /// The key that signs presentations.
    pub const fn device(&self) -> Option<&DeviceKey> {
        match self {
            Self::Phone { device, .. } => Some(device),
            Self::Token { .. } | Self::Paper(_) => None,
        }
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        if let Some(device) = self.device() {
            out.int(8);
            device.write(out);
        }
        match self {
            Self::Phone { status, .. } | Self::Token { status } => {
                out.int(STATUS_CLAIM);
                out.array(2);
                out.int(i64::from(status.day.0));
                out.int(i64::from(status.index));
            }
            Self::Paper(paper) => {
                out.int(PAPER_CLAIM);
                out.array(3);
                out.bytes(&paper.number);
                out.text(paper.name.as_str());
                out.text(paper.last_four.as_str());
            }
        }
    }
}

impl StatusReference {
    pub(crate) fn read(input: &mut Reader<'_>) -> Result<Self, Reason> {
        let inside = |fault: CborFault| fault.inside(Reason::StatusReference);
        input.array(2).map_err(inside)?;
        let day = i32::try_from(input.uint().map_err(inside)?).map_err(|_| Reason::StatusReference)?;
        let index = u32::try_from(input.uint().map_err(inside)?).map_err(|_| Reason::StatusReference)?;
        Ok(Self { day: Day(day), index })
    }
}

impl DeviceKey {
    /// The device key with this public point. That it lies on the curve is known from its type; a verifier of a bare
    /// pass relies on the issuer for it.
    pub fn new(key: &PublicKey) -> Self {
        Self { x: *key.x(), y_is_odd: key.y()[31] & 1 == 1 }
    }

    /// The compressed point as SEC 1 (2.3.3) writes it: 0x02 or 0x03, then x.
    pub fn compressed(&self) -> [u8; 33] {
        let mut point = [2 | u8::from(self.y_is_odd); 33];
        point[1..].copy_from_slice(&self.x);
        point
    }

    /// The confirmation (RFC 8747, 3.2): method 1, a COSE_Key of type EC2 (2) on curve P-256 (1) (RFC 9053, 7.1).
    fn write(&self, out: &mut Writer) {
        out.map(1);
        out.int(1);
        out.map(4);
        for value in [1, 2, -1, 1, -2] {
            out.int(value);
        }
        out.bytes(&self.x);
        out.int(-3);
        out.bool(self.y_is_odd);
    }

    pub(crate) fn read(input: &mut Reader<'_>) -> Result<Self, CborFault> {
        input.map_of(1)?;
        input.key(1)?;
        input.map_of(4)?;
        for value in [1, 2, -1, 1, -2] {
            input.key(value)?;
        }
        let x = *input.bytes_of::<32>()?;
        input.key(-3)?;
        Ok(Self { x, y_is_odd: input.bool()? })
    }
}

impl Paper {
    pub(crate) fn read(input: &mut Reader<'_>) -> Result<Self, Reason> {
        let inside = |fault: CborFault| fault.inside(Reason::Paper);
        input.array(3).map_err(inside)?;
        let number = *input.bytes_of::<8>().map_err(inside)?;
        let name = std::str::from_utf8(input.text().map_err(inside)?).map_err(|_| Reason::Paper)?;
        let last_four = std::str::from_utf8(input.text().map_err(inside)?).map_err(|_| Reason::Paper)?;
        let name = MaskedName::new(name).ok_or(Reason::Paper)?;
        let last_four = LastFour::new(last_four).ok_or(Reason::Paper)?;
        Ok(Self { number, name, last_four })
    }
}

impl MaskedName {
    /// Reads a masked name; `None` when it is empty, longer than 8 bytes, or has a control character.
    pub fn new(text: &str) -> Option<Self> {
        let fits = (1..=LONGEST_NAME_BYTES).contains(&text.len()) && !text.chars().any(char::is_control);
        fits.then(|| Self(text.into()))
    }

    /// The name, to be shown to a checker.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl LastFour {
    /// Reads four digits or capital letters.
    pub fn new(text: &str) -> Option<Self> {
        let bytes: [u8; 4] = text.as_bytes().try_into().ok()?;
        bytes.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()).then_some(Self(bytes))
    }

    /// The characters, to be shown to a checker.
    pub fn as_str(&self) -> &str {
        // Only ASCII is ever let in.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for MaskedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Debug for LastFour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
