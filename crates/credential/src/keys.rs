//! Signing keys and public keys. Everything is ECDSA on P-256 with SHA-256.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::pkcs8::Document;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, ParsedPublicKey,
};
use healthcode_core::ids::KeyId;
use std::fmt;

/// A key id as it travels in a pass.
pub type KidBytes = [u8; 8];
/// r and s, 32 bytes each, big-endian.
pub type SignatureBytes = [u8; 64];

/// Why a key cannot be made, read or used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// The bytes are no P-256 private key in PKCS#8.
    #[error("this is no P-256 private key in PKCS#8 (DER); make one with `healthcode keys`")]
    Private,
    /// The coordinates are no point of the curve.
    #[error("x and y are no point on P-256; copy the public key again from its issuer")]
    Point,
    /// The key cannot be read out of where it is.
    #[error("this key cannot leave the token that holds it")]
    Held,
    /// The token that holds the key does not sign now.
    #[error("the token that holds the signing key cannot be reached; `healthcode doctor` says why")]
    Away,
    /// The cryptographic library failed to draw chance or to sign.
    #[error("the cryptographic library failed; try again, and look at the machine's source of randomness")]
    Library,
}

impl KeyFault {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Private => "key_private",
            Self::Point => "key_point",
            Self::Held => "key_held",
            Self::Away => "key_away",
            Self::Library => "key_library",
        }
    }
}

/// A private key that signs, wherever it is: every signature of ours is made by [`SigningKey::sign`]. Printing it
/// shows nothing.
pub struct SigningKey {
    private: Private,
    public: PublicKey,
}

enum Private {
    /// In the memory of this process.
    Here(EcdsaKeyPair),
    /// Where it cannot be read out.
    Held(Box<dyn Signer>),
}

/// Signs with a private key that it does not give away, such as a token.
pub trait Signer: Send + Sync {
    /// ECDSA on P-256 over the SHA-256 of the message.
    fn sign(&self, message: &[u8]) -> Result<SignatureBytes, KeyFault>;
}

/// A private key in PKCS#8 (DER), wiped from memory when dropped. Printing it shows nothing.
pub struct PrivateKeyDer(Document);

impl SigningKey {
    /// Makes a new key; chance comes from the cryptographic library.
    pub fn generate() -> Result<Self, KeyFault> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| KeyFault::Library)?;
        Self::of(pair)
    }

    /// Reads a key from PKCS#8 (DER).
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyFault> {
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).map_err(|_| KeyFault::Private)?;
        Self::of(pair)
    }

    fn of(pair: EcdsaKeyPair) -> Result<Self, KeyFault> {
        let public = PublicKey::from_uncompressed(pair.public_key().as_ref())?;
        Ok(Self { private: Private::Here(pair), public })
    }

    /// A key that somebody else holds, whose public half is known.
    pub fn held(public: PublicKey, holder: Box<dyn Signer>) -> Self {
        Self { private: Private::Held(holder), public }
    }

    /// The key in PKCS#8 (DER), to be kept secret; not of one that somebody else holds.
    pub fn to_pkcs8(&self) -> Result<PrivateKeyDer, KeyFault> {
        match &self.private {
            Private::Here(pair) => pair.to_pkcs8v1().map(PrivateKeyDer).map_err(|_| KeyFault::Library),
            Private::Held(_) => Err(KeyFault::Held),
        }
    }

    /// Whether somebody else holds the private half.
    pub fn is_held(&self) -> bool {
        matches!(self.private, Private::Held(_))
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs a message of any length.
    pub fn sign(&self, message: &[u8]) -> Result<SignatureBytes, KeyFault> {
        match &self.private {
            Private::Here(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message).map_err(|_| KeyFault::Library)?;
                signature.as_ref().try_into().map_err(|_| KeyFault::Library)
            }
            Private::Held(holder) => {
                let signature = holder.sign(message)?;
                // What others made is looked at once: a wrong key or a broken token must not fill phones.
                if self.public.signed(message, &signature) { Ok(signature) } else { Err(KeyFault::Library) }
            }
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, ***)", self.public.id())
    }
}

impl PrivateKeyDer {
    /// The bytes themselves.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_ref()
    }
}

impl fmt::Debug for PrivateKeyDer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKeyDer(***)")
    }
}

/// A point on P-256, ready to verify with.
#[derive(Clone)]
pub struct PublicKey {
    x: [u8; 32],
    y: [u8; 32],
    kid: KidBytes,
    /// Parsed once, so that no check has to.
    parsed: ParsedPublicKey,
}

impl PublicKey {
    /// The key with these coordinates, if they are a point on the curve.
    pub fn from_xy(x: &[u8; 32], y: &[u8; 32]) -> Result<Self, KeyFault> {
        let mut point = [4; 65];
        point[1..33].copy_from_slice(x);
        point[33..].copy_from_slice(y);
        let parsed = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).map_err(|_| KeyFault::Point)?;
        let mut kid = [0; 8];
        kid.copy_from_slice(&digest(&SHA256, &point).as_ref()[..8]);
        Ok(Self { x: *x, y: *y, kid, parsed })
    }

    /// The key at an uncompressed point (0x04, x, y; SEC 1, 2.3.3).
    pub fn from_uncompressed(point: &[u8]) -> Result<Self, KeyFault> {
        match point.split_first() {
            Some((4, xy)) if xy.len() == 64 => {
                let (mut x, mut y) = ([0; 32], [0; 32]);
                x.copy_from_slice(&xy[..32]);
                y.copy_from_slice(&xy[32..]);
                Self::from_xy(&x, &y)
            }
            _ => Err(KeyFault::Point),
        }
    }

    /// The x coordinate, big-endian.
    pub fn x(&self) -> &[u8; 32] {
        &self.x
    }

    /// The y coordinate, big-endian.
    pub fn y(&self) -> &[u8; 32] {
        &self.y
    }

    /// The first 8 bytes of SHA-256 of the uncompressed point (0x04, x, y), in hexadecimal digits.
    pub fn id(&self) -> KeyId {
        let digits = format!("{:016x}", u64::from_be_bytes(self.kid));
        // Sixteen digits are always an id.
        KeyId::new(digits).expect("sixteen hexadecimal digits are an id")
    }

    /// The same as it travels in a pass.
    pub fn kid(&self) -> &KidBytes {
        &self.kid
    }

    /// Whether this key signed the message.
    pub fn signed(&self, message: &[u8], signature: &SignatureBytes) -> bool {
        self.parsed.verify_sig(message, signature).is_ok()
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.x == other.x && self.y == other.y
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Signer for SigningKey {
        fn sign(&self, message: &[u8]) -> Result<SignatureBytes, KeyFault> {
            SigningKey::sign(self, message)
        }
    }

    #[test]
    fn a_key_that_is_held_elsewhere_signs_alike_and_is_never_read_out() {
        let key = SigningKey::generate().unwrap();
        let public = key.public().clone();
        let held = SigningKey::held(public.clone(), Box::new(key));
        assert!(public.signed(b"message", &held.sign(b"message").unwrap()));
        assert_eq!(held.to_pkcs8().unwrap_err(), KeyFault::Held);
        assert_eq!((held.public(), held.is_held()), (&public, true));
    }

    #[test]
    fn a_signature_of_another_key_is_not_passed_on() {
        let (one, other) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
        let confused = SigningKey::held(one.public().clone(), Box::new(other));
        assert_eq!(confused.sign(b"message").unwrap_err(), KeyFault::Library);
    }
}
