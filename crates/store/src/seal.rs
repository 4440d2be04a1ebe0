//! Personal fields at rest: sealed with AES-256-GCM, found by HMAC-SHA-256. Both keys come from one secret that is
//! kept outside the database, so that destroying it makes every copy of the database, backups too, forget.

use crate::StoreFault;
use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::hmac;

/// Bytes of the secret.
pub const SECRET_BYTES: usize = 32;
/// The first byte of everything sealed; another one will tell another key or method apart.
const METHOD: u8 = 1;
const NONCE_BYTES: usize = 12;

/// The two keys. Prints nothing of them.
pub struct SealKey {
    seal: RandomizedNonceKey,
    find: hmac::Key,
}

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealKey(***)")
    }
}

struct Bytes32;
impl KeyType for Bytes32 {
    fn len(&self) -> usize {
        32
    }
}

impl SealKey {
    /// Derives both keys from the secret.
    pub fn new(secret: &[u8; SECRET_BYTES]) -> Result<Self, StoreFault> {
        let fault =
            |_| StoreFault::Damaged { what: "seal key", why: "the key could not be derived".to_owned() };
        let salt = Salt::new(HKDF_SHA256, b"healthcode seal 1").extract(secret);
        let derive = |purpose: &'static [u8]| {
            let mut bytes = [0; 32];
            salt.expand(&[purpose], Bytes32).and_then(|okm| okm.fill(&mut bytes)).map(|()| bytes)
        };
        let seal = RandomizedNonceKey::new(&AES_256_GCM, &derive(b"seal").map_err(fault)?).map_err(fault)?;
        let find = hmac::Key::new(hmac::HMAC_SHA256, &derive(b"find").map_err(fault)?);
        Ok(Self { seal, find })
    }

    /// Encrypts; `about` (such as the person) must be named again to open it, so that a sealed field moved to another
    /// row does not open.
    pub fn seal(&self, about: &str, plain: &[u8]) -> Result<Vec<u8>, StoreFault> {
        let mut body = plain.to_vec();
        let nonce =
            self.seal.seal_in_place_append_tag(Aad::from(about.as_bytes()), &mut body).map_err(|_| {
                StoreFault::Damaged { what: "sealed field", why: "could not be sealed".to_owned() }
            })?;
        let mut sealed = Vec::with_capacity(1 + NONCE_BYTES + body.len());
        sealed.push(METHOD);
        sealed.extend_from_slice(nonce.as_ref());
        sealed.append(&mut body);
        Ok(sealed)
    }

    /// Decrypts what [`SealKey::seal`] made about the same.
    pub fn open(&self, about: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreFault> {
        let fault =
            || StoreFault::Damaged { what: "sealed field", why: "it does not open with this key".to_owned() };
        let (method, rest) = sealed.split_first().ok_or_else(fault)?;
        if *method != METHOD || rest.len() < NONCE_BYTES {
            return Err(fault());
        }
        let (nonce, body) = rest.split_at(NONCE_BYTES);
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| fault())?;
        let mut body = body.to_vec();
        let plain =
            self.seal.open_in_place(nonce, Aad::from(about.as_bytes()), &mut body).map_err(|_| fault())?;
        Ok(plain.to_vec())
    }

    /// The keyed hash by which a value is found; `what` keeps values of different kinds apart.
    pub fn find(&self, what: &str, value: &str) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.find);
        context.update(what.as_bytes());
        context.update(&[0]);
        context.update(value.as_bytes());
        context.sign().as_ref().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_field_opens_only_where_it_belongs() {
        let key = SealKey::new(&[7; 32]).unwrap();
        let sealed = key.seal("p1", b"secret").unwrap();
        assert_eq!(key.open("p1", &sealed).unwrap(), b"secret");
        assert!(key.open("p2", &sealed).is_err());
        assert!(SealKey::new(&[8; 32]).unwrap().open("p1", &sealed).is_err());
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
        for cut in 0..sealed.len() {
            assert!(key.open("p1", &sealed[..cut]).is_err());
        }
    }

    #[test]
    fn a_keyed_hash_tells_kinds_apart() {
        let key = SealKey::new(&[7; 32]).unwrap();
        assert_ne!(key.find("document", "138"), key.find("phone", "138"));
        assert_eq!(key.find("phone", "138"), key.find("phone", "138"));
    }
}
