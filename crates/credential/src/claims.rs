//! The little a pass says, and its CBOR: CWT claims (RFC 8392) in deterministic order.

use crate::cbor::{CborFault, Reader, Writer};
use crate::keys::PublicKey;
use crate::outcome::Reason;
use healthcode_core::region::Region;
use healthcode_core::time::{Day, Instant};

/// A pass lives at most this many seconds: 24 hours.
pub const LONGEST_LIFE_SECONDS: i64 = 86_400;

/// The claim key of the status reference. CWT leaves keys below -65536 to private use (RFC 8392, 9.1.1); this is
/// the first of them, five bytes.
const STATUS_CLAIM: i64 = -65_537;

/// 2200-01-01T00:00:00Z and its day: times and days from 1970 until then can be carried.
const YEAR_2200_SECONDS: i64 = 7_258_118_400;
const YEAR_2200_DAY: i32 = 84_006;

/// Where a pass stands in the issuer's status tables: the table of its issue day, and the place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatusReference {
    /// The civil day of issue in the issuer's zone, 1970-01-01 to 2199-12-31.
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

impl DeviceKey {
    /// The device key with this public point. That it lies on the curve is known from its type; a verifier
    /// relies on the issuer for it, because checking would cost as much again as half a signature check.
    pub fn new(key: &PublicKey) -> Self {
        Self { x: *key.x(), y_is_odd: key.y()[31] & 1 == 1 }
    }

    /// The compressed point as SEC 1 (2.3.3) writes it: 0x02 or 0x03, then x.
    pub fn compressed(&self) -> [u8; 33] {
        let mut point = [2 | u8::from(self.y_is_odd); 33];
        point[1..].copy_from_slice(&self.x);
        point
    }
}

/// Everything a pass says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The region whose authority issued it.
    pub issuer: Region,
    /// The first instant at which it is valid; whole seconds.
    pub issued_at: Instant,
    /// The first instant at which it is valid no more; whole seconds, at most 24 hours after `issued_at`.
    pub expires_at: Instant,
    /// Where its colour is to be looked up.
    pub status: StatusReference,
    /// The device that may present it; none on a paper pass.
    pub device: Option<DeviceKey>,
}

impl Claims {
    /// The first rule these claims break, if any; `issue` and `verify` hold both ends to the same rules.
    pub(crate) fn broken_rule(&self) -> Option<Reason> {
        let carried = |at: Instant| {
            (0..YEAR_2200_SECONDS).contains(&at.seconds()) && Instant::from_seconds(at.seconds()) == at
        };
        if !carried(self.issued_at) || !carried(self.expires_at) {
            return Some(Reason::TimeRange);
        }
        let life = self.expires_at.seconds() - self.issued_at.seconds();
        if !(1..=LONGEST_LIFE_SECONDS).contains(&life) {
            return Some(Reason::Lifetime);
        }
        (!(0..YEAR_2200_DAY).contains(&self.status.day.0)).then_some(Reason::StatusReference)
    }

    /// The claims as CBOR; only for claims that break no rule.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut out = Writer::with_capacity(96);
        out.map(4 + u64::from(self.device.is_some()));
        out.int(1);
        out.text(self.issuer.as_str());
        out.int(4);
        out.int(self.expires_at.seconds());
        out.int(6);
        out.int(self.issued_at.seconds());
        if let Some(device) = &self.device {
            out.int(8);
            device.write(&mut out);
        }
        out.int(STATUS_CLAIM);
        out.array(2);
        out.int(i64::from(self.status.day.0));
        out.int(i64::from(self.status.index));
        out.0
    }

    /// Reads what [`Claims::write`] writes, and nothing else.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Reason> {
        let mut input = Reader(bytes);
        let inside = |fault: CborFault| fault.inside(Reason::Claims);
        let pairs = input.map().map_err(inside)?;
        if !(4..=5).contains(&pairs) {
            return Err(Reason::Claims);
        }
        input.key(1).map_err(inside)?;
        let issuer = input.text().map_err(inside)?;
        let issuer = std::str::from_utf8(issuer).map_err(|_| Reason::Issuer)?;
        let issuer = Region::new(issuer).map_err(|_| Reason::Issuer)?;
        input.key(4).map_err(inside)?;
        let expires_at = read_time(&mut input)?;
        input.key(6).map_err(inside)?;
        let issued_at = read_time(&mut input)?;
        let mut device = None;
        if pairs == 5 {
            input.key(8).map_err(inside)?;
            device = Some(DeviceKey::read(&mut input).map_err(|fault| fault.inside(Reason::DeviceKey))?);
        }
        input.key(STATUS_CLAIM).map_err(inside)?;
        let status = read_status(&mut input)?;
        input.end().map_err(inside)?;
        let claims = Self { issuer, issued_at, expires_at, status, device };
        match claims.broken_rule() {
            Some(reason) => Err(reason),
            None => Ok(claims),
        }
    }
}

fn read_time(input: &mut Reader<'_>) -> Result<Instant, Reason> {
    let seconds = input.uint().map_err(|fault| fault.inside(Reason::Claims))?;
    match i64::try_from(seconds) {
        Ok(seconds) if seconds < YEAR_2200_SECONDS => Ok(Instant::from_seconds(seconds)),
        _ => Err(Reason::TimeRange),
    }
}

fn read_status(input: &mut Reader<'_>) -> Result<StatusReference, Reason> {
    let inside = |fault: CborFault| fault.inside(Reason::StatusReference);
    input.array(2).map_err(inside)?;
    let day = i32::try_from(input.uint().map_err(inside)?).map_err(|_| Reason::StatusReference)?;
    let index = u32::try_from(input.uint().map_err(inside)?).map_err(|_| Reason::StatusReference)?;
    Ok(StatusReference { day: Day(day), index })
}

impl DeviceKey {
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

    fn read(input: &mut Reader<'_>) -> Result<Self, CborFault> {
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

impl CborFault {
    /// What the fault means to the reader of a text, in the part that was being read.
    pub(crate) fn inside(self, part: Reason) -> Reason {
        match self {
            Self::Short => Reason::CborShort,
            Self::NotDeterministic => Reason::CborNotDeterministic,
            Self::Trailing => Reason::CborTrailing,
            Self::Unexpected => part,
        }
    }
}
