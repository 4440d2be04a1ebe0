//! Passes whose issuer's signature is known to be right, because it was made or checked here before. Whoever remembers
//! them spares a check that has one answer for ever; everything else about a pass is judged anew each time.

use crate::base45;
use crate::issue::PREFIX;
use crate::keys::PublicKey;
use aws_lc_rs::digest::{Context, SHA256};

/// A pass and the key that signed it: SHA-256 of the key's coordinates and every byte of the pass. Another text of the
/// same claims, an altered one, and the same bytes under another key of the same id have another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct KnownPass([u8; 32]);

impl KnownPass {
    /// Of a pass as it was issued with [`crate::issue::issue`] just now. Anything else that is kept as known is believed
    /// to be signed.
    pub fn issued(text: &str, key: &PublicKey) -> Option<Self> {
        let bytes = base45::decode(text.strip_prefix(PREFIX)?).ok()?;
        Some(Self::of(&bytes, key))
    }

    pub(crate) fn of(pass: &[u8], key: &PublicKey) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(key.x());
        context.update(key.y());
        context.update(pass);
        let mut hash = [0; 32];
        hash.copy_from_slice(context.finish().as_ref());
        Self(hash)
    }
}

/// Who remembers them. May forget any of them at any time.
pub trait KnownPasses {
    /// Whether it was kept.
    fn holds(&self, pass: &KnownPass) -> bool;
    /// Keeps one whose signature is right.
    fn keep(&self, pass: KnownPass);
}

/// Remembers nothing.
pub struct NoneKnown;

impl KnownPasses for NoneKnown {
    fn holds(&self, _: &KnownPass) -> bool {
        false
    }
    fn keep(&self, _: KnownPass) {}
}
