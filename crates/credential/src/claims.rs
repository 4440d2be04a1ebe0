//! The little a pass says, and its CBOR: CWT claims (RFC 8392) in deterministic order.

use crate::bearer::{Bearer, DeviceKey, PAPER_CLAIM, Paper, STATUS_CLAIM, StatusReference};
use crate::cbor::{CborFault, Reader, Writer};
use crate::outcome::Reason;
use healthcode_core::region::Region;
use healthcode_core::time::Instant;

/// 2200-01-01T00:00:00Z and its day: times and days from 1970 until then can be carried.
const YEAR_2200_SECONDS: i64 = 7_258_118_400;
const YEAR_2200_DAY: i32 = 84_006;

/// Everything a pass says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The region whose authority issued it.
    pub issuer: Region,
    /// The first instant at which it is valid; whole seconds.
    pub issued_at: Instant,
    /// The first instant at which it is valid no more; whole seconds, at most [`Bearer::longest_life_seconds`] after
    /// `issued_at`.
    pub expires_at: Instant,
    /// What carries it, and where its colour is to be looked up.
    pub bearer: Bearer,
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
        if !(1..=self.bearer.longest_life_seconds()).contains(&life) {
            return Some(Reason::Lifetime);
        }
        let day = self.bearer.status()?.day.0;
        (!(0..YEAR_2200_DAY).contains(&day)).then_some(Reason::StatusReference)
    }

    /// The claims as CBOR; only for claims that break no rule.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut out = Writer::with_capacity(96);
        out.map(4 + u64::from(self.bearer.device().is_some()));
        out.int(1);
        out.text(self.issuer.as_str());
        out.int(4);
        out.int(self.expires_at.seconds());
        out.int(6);
        out.int(self.issued_at.seconds());
        self.bearer.write(&mut out);
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
        let bearer = read_bearer(&mut input, pairs == 5)?;
        input.end().map_err(inside)?;
        let claims = Self { issuer, issued_at, expires_at, bearer };
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

fn read_bearer(input: &mut Reader<'_>, with_device: bool) -> Result<Bearer, Reason> {
    let inside = |fault: CborFault| fault.inside(Reason::Claims);
    if with_device {
        input.key(8).map_err(inside)?;
        let device = DeviceKey::read(input).map_err(|fault| fault.inside(Reason::DeviceKey))?;
        input.key(STATUS_CLAIM).map_err(inside)?;
        return Ok(Bearer::Phone { status: StatusReference::read(input)?, device });
    }
    match input.int().map_err(inside)? {
        STATUS_CLAIM => Ok(Bearer::Token { status: StatusReference::read(input)? }),
        PAPER_CLAIM => Ok(Bearer::Paper(Paper::read(input)?)),
        _ => Err(Reason::Claims),
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
