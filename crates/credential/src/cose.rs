//! The signed envelope: COSE_Sign1 (RFC 9052, 4.2), tagged, and nothing else.

use crate::cbor::{CborFault, Reader, Writer};
use crate::keys::{KidBytes, SignatureBytes};
use crate::outcome::Reason;

/// COSE_Sign1's tag.
const SIGN1: u64 = 18;
/// ESP256: ECDSA on P-256 with SHA-256 (RFC 9864, 2.1).
const ESP256: i64 = -9;

/// An envelope taken apart; its signature is not yet checked.
pub(crate) struct Envelope<'a> {
    pub(crate) kid: &'a KidBytes,
    pub(crate) payload: &'a [u8],
    pub(crate) signature: &'a SignatureBytes,
    protected: &'a [u8],
}

impl<'a> Envelope<'a> {
    /// Reads what [`write`] writes, and nothing else.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, Reason> {
        let inside = |part: Reason| move |fault: CborFault| fault.inside(part);
        let mut input = Reader(bytes);
        input.tag(SIGN1).map_err(inside(Reason::Tag))?;
        input.array(4).map_err(inside(Reason::Envelope))?;
        let protected = input.bytes().map_err(inside(Reason::ProtectedHeader))?;
        let kid = read_protected(protected)?;
        input.map_of(0).map_err(inside(Reason::UnprotectedHeader))?;
        let payload = input.bytes().map_err(inside(Reason::Envelope))?;
        let signature = input.bytes_of().map_err(inside(Reason::SignatureLength))?;
        input.end().map_err(inside(Reason::Envelope))?;
        Ok(Self { kid, payload, signature, protected })
    }

    /// The bytes the signature is over.
    pub(crate) fn signed_bytes(&self) -> Vec<u8> {
        signed_bytes(self.protected, self.payload)
    }
}

fn read_protected(bytes: &[u8]) -> Result<&KidBytes, Reason> {
    let inside = |fault: CborFault| fault.inside(Reason::ProtectedHeader);
    let mut input = Reader(bytes);
    input.map_of(2).map_err(inside)?;
    input.key(1).map_err(inside)?;
    if input.int().map_err(inside)? != ESP256 {
        return Err(Reason::Algorithm);
    }
    input.key(4).map_err(inside)?;
    let kid = input.bytes_of().map_err(inside)?;
    input.end().map_err(inside)?;
    Ok(kid)
}

/// The protected header for a key.
pub(crate) fn protected(kid: &KidBytes) -> Vec<u8> {
    let mut out = Writer::with_capacity(16);
    out.map(2);
    out.int(1);
    out.int(ESP256);
    out.int(4);
    out.bytes(kid);
    out.0
}

/// The Sig_structure (RFC 9052, 4.4), without external data.
pub(crate) fn signed_bytes(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut out = Writer::with_capacity(32 + protected.len() + payload.len());
    out.array(4);
    out.text("Signature1");
    out.bytes(protected);
    out.bytes(b"");
    out.bytes(payload);
    out.0
}

/// The whole envelope.
pub(crate) fn write(protected: &[u8], payload: &[u8], signature: &SignatureBytes) -> Vec<u8> {
    let mut out = Writer::with_capacity(80 + protected.len() + payload.len());
    out.tag(SIGN1);
    out.array(4);
    out.bytes(protected);
    out.map(0);
    out.bytes(payload);
    out.bytes(signature);
    out.0
}
