//! COSE_Sign1 (RFC 9052) as EU certificates and New Zealand passes use it.

use super::trust::Algorithm;
use super::value::{self, Value};
use crate::outcome::Reason;

const SIGN1: u64 = 18;
const CWT: u64 = 61;
const ALG: i128 = 1;
const KID: i128 = 4;

/// An envelope taken apart; its signature is not yet checked.
pub(super) struct Envelope {
    protected: Vec<u8>,
    pub(super) payload: Vec<u8>,
    pub(super) signature: Vec<u8>,
    pub(super) algorithm: Algorithm,
    pub(super) kid: Option<Value>,
}

/// Which tags an envelope may have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tags {
    /// 18, 61 around 18, or none.
    Any,
    /// 18 alone.
    Sign1,
}

/// Reads an envelope. Algorithm and key id come from the protected header, else the unprotected one; two algorithms that
/// differ are refused, since one verifier believes the one and another the other.
pub(super) fn read(bytes: &[u8], tags: Tags) -> Result<Envelope, Reason> {
    let value = match value::read(bytes)? {
        Value::Tag(SIGN1, inner) => *inner,
        Value::Tag(CWT, inner) if tags == Tags::Any => match *inner {
            Value::Tag(SIGN1, inner) => *inner,
            _ => return Err(Reason::Tag),
        },
        Value::Tag(..) => return Err(Reason::Tag),
        value if tags == Tags::Any => value,
        _ => return Err(Reason::Tag),
    };
    let Value::Array(parts) = value else { return Err(Reason::Envelope) };
    let parts: [Value; 4] = parts.try_into().map_err(|_| Reason::Envelope)?;
    let [
        Value::Bytes(protected),
        unprotected @ Value::Map(_),
        Value::Bytes(payload),
        Value::Bytes(signature),
    ] = parts
    else {
        return Err(Reason::Envelope);
    };
    let header = match &protected[..] {
        [] => Value::Map(Vec::new()),
        bytes => value::read(bytes).map_err(|_| Reason::ProtectedHeader)?,
    };
    let algorithm = algorithm(&header, &unprotected)?;
    let kid = header.at(KID).or(unprotected.at(KID)).cloned();
    Ok(Envelope { protected, payload, signature, algorithm, kid })
}

fn algorithm(header: &Value, unprotected: &Value) -> Result<Algorithm, Reason> {
    let [protected, unprotected] = [header, unprotected].map(|header| header.at(ALG));
    if protected.is_some() && unprotected.is_some_and(|alg| Some(alg) != protected) {
        return Err(Reason::AlgorithmConflict);
    }
    match protected.or(unprotected).and_then(Value::int) {
        Some(-7) => Ok(Algorithm::Es256),
        Some(-37) => Ok(Algorithm::Ps256),
        _ => Err(Reason::Algorithm),
    }
}

impl Envelope {
    /// The bytes that the signature is over (RFC 9052, 4.4).
    pub(super) fn signed_bytes(&self) -> Vec<u8> {
        crate::cose::signed_bytes(&self.protected, &self.payload)
    }
}
