//! The keys that sign bundles, and how a gate knows them.

use super::fault::BundleFault;
use super::sha256;
use crate::keys::{KidBytes, PublicKey};
use crate::trust_file::{TrustFault, named_point};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;

/// Roots of a bundle, at most.
pub const MOST_ROOTS: usize = 16;

/// The root keys of a region, and how many of them must sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roots {
    threshold: usize,
    keys: BTreeMap<KidBytes, PublicKey>,
}

/// What a gate knows its roots by before it has a bundle: the SHA-256 of `healthcode-roots/1`, a line feed, the threshold as
/// one byte, and each key's uncompressed point (0x04, x, y) in the order of their ids. Written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

/// How roots are written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileRoots {
    threshold: usize,
    keys: Vec<FileRoot>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRoot {
    kid: String,
    x: String,
    y: String,
}

impl Roots {
    /// So many of these keys must sign: at least one, and no more than there are; each key counts once.
    pub fn new(threshold: usize, keys: impl IntoIterator<Item = PublicKey>) -> Result<Self, BundleFault> {
        let keys: BTreeMap<_, _> = keys.into_iter().map(|key| (*key.kid(), key)).collect();
        if !(1..=MOST_ROOTS).contains(&keys.len()) {
            return Err(BundleFault::range(
                "roots.keys",
                format!("1 to {MOST_ROOTS} different keys are needed"),
            ));
        }
        if !(1..=keys.len()).contains(&threshold) {
            let problem = format!("of {} roots 1 to {} can be asked to sign", keys.len(), keys.len());
            return Err(BundleFault::range("roots.threshold", problem));
        }
        Ok(Self { threshold, keys })
    }

    /// Reads roots as a bundle writes them: `{"threshold":2,"keys":[{"kid":…,"x":…,"y":…}]}`.
    pub fn read(json: &[u8]) -> Result<Self, BundleFault> {
        let file = serde_json::from_slice::<FileRoots>(json);
        file.map_err(|source| BundleFault::Json { part: "the list of roots", source })?.read()
    }

    /// How many must sign.
    pub fn threshold(&self) -> usize {
        self.threshold
    }

    /// The keys, in the order of their ids.
    pub fn keys(&self) -> impl Iterator<Item = &PublicKey> {
        self.keys.values()
    }

    /// The root with this id.
    pub(super) fn get(&self, kid: &KidBytes) -> Option<&PublicKey> {
        self.keys.get(kid)
    }

    /// What a gate may know them by.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut bytes = b"healthcode-roots/1\n".to_vec();
        bytes.push(self.threshold as u8);
        for key in self.keys.values() {
            bytes.push(4);
            bytes.extend(key.x());
            bytes.extend(key.y());
        }
        Fingerprint(sha256(&bytes))
    }

    pub(super) fn file(&self) -> FileRoots {
        let root = |key: &PublicKey| FileRoot {
            kid: key.id().to_string(),
            x: URL_SAFE_NO_PAD.encode(key.x()),
            y: URL_SAFE_NO_PAD.encode(key.y()),
        };
        FileRoots { threshold: self.threshold, keys: self.keys.values().map(root).collect() }
    }
}

impl Serialize for Roots {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.file().serialize(serializer)
    }
}

impl FileRoots {
    pub(super) fn read(self) -> Result<Roots, BundleFault> {
        if self.keys.len() > MOST_ROOTS {
            return Err(BundleFault::range("roots.keys", format!("more than {MOST_ROOTS} keys")));
        }
        let count = self.keys.len();
        let read = |(index, key): (usize, FileRoot)| named_point(&key.kid, &key.x, &key.y, index);
        let keys: Result<Vec<_>, TrustFault> = self.keys.into_iter().enumerate().map(read).collect();
        let keys = keys.map_err(|source| BundleFault::Key { field: "roots", source })?;
        let roots = Roots::new(self.threshold, keys)?;
        if roots.keys.len() < count {
            return Err(BundleFault::range(
                "roots.keys",
                "a key is listed twice; it counts once: list it once",
            ));
        }
        Ok(roots)
    }
}

impl Fingerprint {
    /// Reads 64 hexadecimal digits; blanks between them are passed over.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|digit| !digit.is_whitespace()).collect();
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}
