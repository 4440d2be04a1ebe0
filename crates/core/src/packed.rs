//! The evidence of one person in few bytes: some forty a piece instead of some two hundred as JSON, and read in a
//! tenth of the time. Pieces stand one after another, so that adding one is appending its bytes.
//!
//! The form is private to one installation and is derived from its evidence: it may be thrown away and made again,
//! and may therefore change. Bytes that were damaged give `None`, never a panic and never more memory than a few times
//! their length.

use crate::evidence::{Evidence, Source};
use crate::fact::{Fact, RawData, Temperature};
use crate::ids::{EvidenceId, PersonId};
use crate::region::Region;
use crate::time::{Day, Instant};
use serde_json::value::RawValue;

/// Appends one piece of evidence; whom it is about is not written.
pub fn append(evidence: &Evidence, out: &mut Vec<u8>) {
    evidence.id.pack(out);
    evidence.source.pack(out);
    evidence.happened_at.pack(out);
    let delay = evidence.recorded_at.micros().wrapping_sub(evidence.happened_at.micros());
    pack_number((delay.wrapping_shl(1) ^ (delay >> 63)) as u64, out);
    evidence.fact.pack(out);
}

/// Reads every piece back, in the order in which they were appended.
///
/// ```
/// use healthcode_core::{evidence::Evidence, packed};
/// let line = r#"{"id":"e1","person":"p1","kind":"case_status","happened_at":"2020-02-12T08:00:00+08:00",
///   "recorded_at":"2020-02-12T08:00:00+08:00","source":"officer","data":{"status":"confirmed"}}"#;
/// let evidence = Evidence::from_json(line).unwrap();
/// let mut bytes = Vec::new();
/// packed::append(&evidence, &mut bytes);
/// assert_eq!(packed::read(&evidence.person, &bytes), Some(vec![evidence.clone()]));
/// assert_eq!(packed::read(&evidence.person, &bytes[1..]), None);
/// ```
pub fn read(person: &PersonId, mut bytes: &[u8]) -> Option<Vec<Evidence>> {
    let from = &mut bytes;
    // A little less than a piece takes, so that there is room for nearly all without growing.
    let mut all = Vec::with_capacity(from.len() / 32);
    while !from.is_empty() {
        let id = EvidenceId::unpack(from)?;
        let source = Source::unpack(from)?;
        let happened_at = Instant::unpack(from)?;
        let delay = unpack_number(from)?;
        let delay = (delay >> 1) as i64 ^ -((delay & 1) as i64);
        let recorded_at = Instant::from_micros(happened_at.micros().wrapping_add(delay));
        let fact = Fact::unpack(from)?;
        all.push(Evidence { id, person: person.clone(), happened_at, recorded_at, source, fact });
    }
    Some(all)
}

/// What can be written in few bytes and read back.
pub(crate) trait Packed: Sized {
    /// Appends it.
    fn pack(&self, out: &mut Vec<u8>);
    /// Takes it off the front.
    fn unpack(from: &mut &[u8]) -> Option<Self>;
}

/// Seven bits a byte, the lowest first.
fn pack_number(mut number: u64, out: &mut Vec<u8>) {
    while number > 0x7f {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn unpack_number(from: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let byte = u8::unpack(from)?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn pack_text(text: &str, out: &mut Vec<u8>) {
    pack_number(text.len() as u64, out);
    out.extend_from_slice(text.as_bytes());
}

fn unpack_text<'a>(from: &mut &'a [u8]) -> Option<&'a str> {
    let length = usize::try_from(unpack_number(from)?).ok()?;
    std::str::from_utf8(from.split_off(..length)?).ok()
}

impl Packed for u8 {
    fn pack(&self, out: &mut Vec<u8>) {
        out.push(*self);
    }
    fn unpack(from: &mut &[u8]) -> Option<Self> {
        from.split_off_first().copied()
    }
}

impl Packed for u32 {
    fn pack(&self, out: &mut Vec<u8>) {
        pack_number(u64::from(*self), out);
    }
    fn unpack(from: &mut &[u8]) -> Option<Self> {
        unpack_number(from)?.try_into().ok()
    }
}

impl Packed for bool {
    fn pack(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
    fn unpack(from: &mut &[u8]) -> Option<Self> {
        u8::unpack(from).map(|byte| byte == 1)
    }
}

/// Numbers of a fixed width, the lowest byte first.
macro_rules! fixed {
    ($($type:ty: $width:literal, $bytes:expr, $from:expr;)+) => {$(
        impl Packed for $type {
            fn pack(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&$bytes(*self));
            }
            fn unpack(from: &mut &[u8]) -> Option<Self> {
                let (bytes, rest) = from.split_first_chunk::<$width>()?;
                *from = rest;
                $from(*bytes)
            }
        }
    )+};
}

fixed! {
    f32: 4, f32::to_le_bytes, |bytes| Some(f32::from_le_bytes(bytes));
    Day: 4, |day: Day| day.0.to_le_bytes(), |bytes| Some(Day(i32::from_le_bytes(bytes)));
    Instant: 8, |at: Instant| at.micros().to_le_bytes(), |bytes| Some(Instant::from_micros(i64::from_le_bytes(bytes)));
    Temperature: 4, |t: Temperature| t.millionths().to_le_bytes(), |bytes| Temperature::from_millionths(i32::from_le_bytes(bytes));
}

impl Packed for String {
    fn pack(&self, out: &mut Vec<u8>) {
        pack_text(self, out);
    }
    fn unpack(from: &mut &[u8]) -> Option<Self> {
        unpack_text(from).map(str::to_owned)
    }
}

impl Packed for Region {
    fn pack(&self, out: &mut Vec<u8>) {
        pack_text(self.as_str(), out);
    }
    fn unpack(from: &mut &[u8]) -> Option<Self> {
        Self::new(unpack_text(from)?).ok()
    }
}

impl Packed for RawData {
    fn pack(&self, out: &mut Vec<u8>) {
        pack_text(self.0.get(), out);
    }
    fn unpack(from: &mut &[u8]) -> Option<Self> {
        RawValue::from_string(unpack_text(from)?.to_owned()).ok().map(Self)
    }
}

/// Marks an id of sixteen bytes, such as the platform makes, by a length that no text has. Any other is a text.
const HEX: u8 = 0;

impl Packed for EvidenceId {
    fn pack(&self, out: &mut Vec<u8>) {
        match self.bytes() {
            Ok(bytes) => {
                out.push(HEX);
                out.extend_from_slice(bytes);
            }
            Err(text) => pack_text(text, out),
        }
    }
    fn unpack(from: &mut &[u8]) -> Option<Self> {
        if let [HEX, rest @ ..] = *from {
            let (bytes, rest) = rest.split_first_chunk::<16>()?;
            *from = rest;
            return Some(Self::of_bytes(*bytes));
        }
        Self::new(unpack_text(from)?).ok()
    }
}

impl<T: Packed> Packed for Option<T> {
    fn pack(&self, out: &mut Vec<u8>) {
        self.is_some().pack(out);
        if let Some(value) = self {
            value.pack(out);
        }
    }
    fn unpack(from: &mut &[u8]) -> Option<Self> {
        if bool::unpack(from)? { T::unpack(from).map(Some) } else { Some(None) }
    }
}

impl<T: Packed> Packed for Vec<T> {
    fn pack(&self, out: &mut Vec<u8>) {
        pack_number(self.len() as u64, out);
        self.iter().for_each(|value| value.pack(out));
    }
    fn unpack(from: &mut &[u8]) -> Option<Self> {
        let length = usize::try_from(unpack_number(from)?).ok()?;
        // Every value takes a byte at least: a false length cannot ask for more memory than there are bytes.
        (length <= from.len()).then_some(())?;
        (0..length).map(|_| T::unpack(from)).collect()
    }
}
