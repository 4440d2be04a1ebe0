//! The trust bundle: everything that a gate of a region must know beforehand, in one signed file.
//!
//! ```json
//! {"format":"healthcode-bundle/1","body":"<the bytes that are signed, base64url>",
//!  "signatures":[{"kid":"0f1e2d3c4b5a6978","signature":"<64 bytes, base64url>"}]}
//! ```
//!
//! The body is JSON, too, and is signed as the bytes that it is: nothing is put into another form first, and nothing that is
//! not signed is read.
//!
//! ```json
//! {"version":7,"region":"330100","issued_at":"…","ends_at":"…",
//!  "roots":{"threshold":2,"keys":[{"kid":"…","x":"…","y":"…"}]},
//!  "keys":[{"kid":"…","purpose":"pass","issuer":"330100","x":"…","y":"…","from":"…","until":"…","state":"active"}],
//!  "recognises":[{"issuer":"310000","from":"…","until":"…"}],
//!  "actions":{"at":{"hospital":{"yellow":"ask"}}},
//!  "rule_set":"hangzhou-2020-02@1"}
//! ```
//!
//! Several root keys, on machines that have no network, sign it, each by itself ([`draft`], [`sign`], [`assemble`]); a root
//! signs nothing else. [`Bundle::begin`] and [`Bundle::follow`] are the only makers of a [`Bundle`]:
//!
//! - it is signed by as many of its own roots as it asks for, and, when it follows another, by as many of that one's;
//! - its version rises; the same version is the same bytes;
//! - a key that was once withdrawn stays so, whatever a later version says or leaves out.
//!
//! What is done here by hand is what [The Update Framework](https://theupdateframework.io) calls a root and a targets file,
//! with the roles that a code for gates needs and no others.

mod body;
mod fault;
mod roots;
mod writer;

pub use body::{Contents, MOST_KEYS, MOST_RECOGNISED, MOST_VERSION, Recognition};
pub use fault::BundleFault;
pub use roots::{Fingerprint, MOST_ROOTS, Roots};
pub use writer::{RootSignature, assemble, draft, sign};

use crate::key_life::KeyLife;
use crate::keys::KidBytes;
use crate::trust::{TrustBundle, TrustedKey};
use aws_lc_rs::digest::{SHA256, digest};
use healthcode_core::region::Region;
use healthcode_core::time::Instant;
use std::collections::BTreeSet;

/// The format that bundles name.
pub const FORMAT: &str = "healthcode-bundle/1";
/// A longer file is not read; this is room for more than ten thousand keys.
pub const LONGEST_FILE_BYTES: usize = 4 << 20;

/// A trust bundle whose signatures have been checked.
#[derive(Debug, Clone)]
pub struct Bundle {
    contents: Contents,
    /// SHA-256 of the bytes that are signed.
    digest: [u8; 32],
    /// Keys that this version or one before it calls withdrawn.
    withdrawn: BTreeSet<KidBytes>,
}

impl Bundle {
    /// The first bundle a gate takes: signed by enough of its own roots, and these are the ones with this fingerprint.
    pub fn begin(file: &[u8], roots: &Fingerprint) -> Result<Self, BundleFault> {
        let signed = body::Signed::read(file)?;
        let contents = Contents::read(&signed.body)?;
        let found = contents.roots.fingerprint();
        if found != *roots {
            return Err(BundleFault::OtherRoots { wanted: *roots, found });
        }
        signed.check(&contents.roots, "its own")?;
        let withdrawn = contents.withdrawn().collect();
        Ok(Self { contents, digest: signed.digest(), withdrawn })
    }

    /// Whether a text is meant to be a bundle: JSON with its format.
    pub fn is_meant(json: &str) -> bool {
        #[derive(serde::Deserialize)]
        struct Probe {
            format: String,
        }
        json.len() <= LONGEST_FILE_BYTES
            && serde_json::from_str::<Probe>(json).is_ok_and(|probe| probe.format == FORMAT)
    }

    /// What the roots of a file are known by, which it names itself and is signed by: for whoever publishes it, and for people who
    /// compare it with what they were told. It says nothing about whose file it is.
    pub fn fingerprint_of(file: &[u8]) -> Result<Fingerprint, BundleFault> {
        let signed = body::Signed::read(file)?;
        let contents = Contents::read(&signed.body)?;
        signed.check(&contents.roots, "its own")?;
        Ok(contents.roots.fingerprint())
    }

    /// The next bundle after this one. Nothing of a refused file counts.
    pub fn follow(&self, file: &[u8]) -> Result<Self, BundleFault> {
        let signed = body::Signed::read(file)?;
        signed.check(&self.contents.roots, "this gate's")?;
        if signed.digest() == self.digest {
            return Ok(self.clone());
        }
        let contents = Contents::read(&signed.body)?;
        signed.check(&contents.roots, "its own")?;
        self.may_be_followed_by(&contents)?;
        let mut withdrawn = self.withdrawn.clone();
        withdrawn.extend(contents.withdrawn());
        Ok(Self { contents, digest: signed.digest(), withdrawn })
    }

    fn may_be_followed_by(&self, next: &Contents) -> Result<(), BundleFault> {
        let last = &self.contents;
        if next.region != last.region {
            return Err(BundleFault::Region { wanted: last.region.clone(), found: next.region.clone() });
        }
        match next.version.cmp(&last.version) {
            std::cmp::Ordering::Less => {
                Err(BundleFault::Rollback { known: last.version, found: next.version })
            }
            std::cmp::Ordering::Equal => Err(BundleFault::Fork(next.version)),
            std::cmp::Ordering::Greater if next.issued_at < last.issued_at => Err(BundleFault::Time),
            std::cmp::Ordering::Greater => {
                let former_root = |key: &TrustedKey| last.roots.get(key.public.kid()).is_some();
                next.keys.iter().position(former_root).map_or(Ok(()), |at| Err(BundleFault::RootAsKey(at)))
            }
        }
    }

    /// What it says. Of keys see [`Bundle::trust`], which also knows what was withdrawn before.
    pub fn contents(&self) -> &Contents {
        &self.contents
    }

    /// Keys that this version or one before it calls withdrawn. Keep them beside the file, and give them to
    /// [`Bundle::remember_withdrawn`] after the file was read again.
    pub fn withdrawn(&self) -> impl Iterator<Item = &KidBytes> {
        self.withdrawn.iter()
    }

    /// Calls more keys withdrawn, for ever.
    pub fn remember_withdrawn<'a>(&mut self, kids: impl IntoIterator<Item = &'a KidBytes>) {
        self.withdrawn.extend(kids);
    }

    /// Whether its end has come.
    pub fn has_ended(&self, at: Instant) -> bool {
        at >= self.contents.ends_at
    }

    /// Whether passes of an issuer count in the bundle's region at an instant.
    pub fn recognises(&self, issuer: &Region, at: Instant) -> bool {
        let named = |rule: &Recognition| {
            rule.issuer == *issuer && at >= rule.from && rule.until.is_none_or(|until| at < until)
        };
        self.contents.region == *issuer || self.contents.recognises.iter().any(named)
    }

    /// The keys to verify with. Those that status files call withdrawn are, and so are those of any bundle before.
    pub fn trust<'a>(&self, withdrawn: impl IntoIterator<Item = &'a KidBytes>) -> TrustBundle {
        let withdrawn: BTreeSet<KidBytes> =
            withdrawn.into_iter().copied().chain(self.withdrawn.iter().copied()).collect();
        let mut trust = TrustBundle::default();
        for key in &self.contents.keys {
            let life = match key.life {
                Some(life) if withdrawn.contains(key.public.kid()) => Some(final_life(life)),
                life => life,
            };
            // No two keys of a bundle have one id: it would not have been read.
            let _ = trust.add(TrustedKey { life, ..key.clone() });
        }
        trust
    }
}

/// Withdrawn; since when is known only where the bundle itself says so.
fn final_life(life: KeyLife) -> KeyLife {
    let in_force = life.in_force();
    match life {
        KeyLife::Withdrawn { .. } => life,
        _ => KeyLife::Withdrawn { in_force, since: in_force.from },
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    out
}
