//! The file and the body in it: read strictly, checked whole before anything of it is used.

use super::fault::BundleFault;
use super::roots::{FileRoots, Roots};
use super::{FORMAT, LONGEST_FILE_BYTES, sha256};
use crate::key_life::KeyLife;
use crate::keys::{KidBytes, SignatureBytes};
use crate::trust::{Purpose, TrustBundle, TrustedKey};
use crate::trust_file::{FileKey, State, TrustFault, add_once};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use healthcode_core::region::Region;
use healthcode_core::rule_set::Actions;
use healthcode_core::time::Instant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Keys of a bundle, at most.
pub const MOST_KEYS: usize = 10_000;
/// Rules of recognition, at most.
pub const MOST_RECOGNISED: usize = 1_000;
/// Signatures that are looked at, at most: those of the roots before and after a change.
const MOST_SIGNATURES: usize = 64;
/// The highest version: 2^53 − 1, up to which every language's numbers are whole.
pub const MOST_VERSION: u64 = (1 << 53) - 1;
/// Characters of a rule set's name and version, at most.
const LONGEST_RULE_SET: usize = 100;

/// What a bundle says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// Counted from 1; each next bundle has a higher one.
    pub version: u64,
    /// Whose gates it is for.
    pub region: Region,
    /// When it was made.
    pub issued_at: Instant,
    /// From when on a gate decides nothing by it.
    pub ends_at: Instant,
    /// Who signs bundles.
    pub roots: Roots,
    /// Keys of this region and of those it recognises. Each names its issuer and has a life.
    pub keys: Vec<TrustedKey>,
    /// Other regions whose passes count here.
    pub recognises: Vec<Recognition>,
    /// What a checker does.
    pub actions: Actions,
    /// The rule set in force, as `name@version`.
    pub rule_set: String,
}

/// Passes of another region count here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recognition {
    /// Whose passes.
    pub issuer: Region,
    /// From when on.
    pub from: Instant,
    /// Until when; none: until a later bundle says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Instant>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) format: String,
    pub(super) body: String,
    pub(super) signatures: Vec<FileSignature>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileSignature {
    pub(super) kid: String,
    pub(super) signature: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    version: u64,
    region: Region,
    issued_at: Instant,
    ends_at: Instant,
    roots: FileRoots,
    keys: Vec<BodyKey>,
    recognises: Vec<Recognition>,
    actions: Actions,
    rule_set: String,
}

/// A key of a trust file, with its issuer.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BodyKey {
    kid: String,
    purpose: Purpose,
    issuer: Region,
    x: String,
    y: String,
    from: Instant,
    until: Instant,
    state: State,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<Instant>,
}

/// The bytes that are signed, and who says to have signed them; nothing is checked yet.
pub(super) struct Signed {
    pub(super) body: Vec<u8>,
    signatures: Vec<(KidBytes, SignatureBytes)>,
}

impl Signed {
    pub(super) fn read(file: &[u8]) -> Result<Self, BundleFault> {
        if file.len() > LONGEST_FILE_BYTES {
            return Err(BundleFault::TooLong { bytes: file.len() });
        }
        let file: File =
            serde_json::from_slice(file).map_err(|source| BundleFault::Json { part: "the file", source })?;
        if file.format != FORMAT {
            return Err(BundleFault::Format(file.format.chars().take(40).collect()));
        }
        if file.signatures.len() > MOST_SIGNATURES {
            return Err(BundleFault::range("signatures", format!("more than {MOST_SIGNATURES}")));
        }
        let body =
            URL_SAFE_NO_PAD.decode(&file.body).map_err(|_| BundleFault::Encoding("body".to_owned()))?;
        let signatures = file.signatures.iter().enumerate().map(|(index, one)| one.read(index));
        Ok(Self { body, signatures: signatures.collect::<Result<_, _>>()? })
    }

    pub(super) fn digest(&self) -> [u8; 32] {
        sha256(&self.body)
    }

    /// Whether enough of these roots have signed; whatever else signed it does not matter. A root counts once, however many
    /// of its signatures there are.
    pub(super) fn check(&self, roots: &Roots, whose: &'static str) -> Result<(), BundleFault> {
        let message = signed_bytes(&self.body);
        let mut good = BTreeSet::new();
        for (kid, signature) in &self.signatures {
            if !good.contains(kid) && roots.get(kid).is_some_and(|root| root.signed(&message, signature)) {
                good.insert(kid);
            }
        }
        let (good, needed) = (good.len(), roots.threshold());
        if good >= needed { Ok(()) } else { Err(BundleFault::Threshold { whose, good, needed }) }
    }
}

/// What a root signs: the format, a line feed, and the body.
pub(super) fn signed_bytes(body: &[u8]) -> Vec<u8> {
    [FORMAT.as_bytes(), b"\n", body].concat()
}

impl FileSignature {
    pub(super) fn read(&self, index: usize) -> Result<(KidBytes, SignatureBytes), BundleFault> {
        let fault = |field: &str| BundleFault::Encoding(format!("signatures[{index}].{field}"));
        let kid = data_encoding::HEXLOWER.decode(self.kid.as_bytes()).ok();
        let kid = kid.and_then(|kid| kid.try_into().ok()).ok_or_else(|| fault("kid"))?;
        let signature = URL_SAFE_NO_PAD.decode(&self.signature).ok();
        let signature =
            signature.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| fault("signature"))?;
        Ok((kid, signature))
    }
}

impl Contents {
    /// Reads a body.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, BundleFault> {
        let body: Body =
            serde_json::from_slice(bytes).map_err(|source| BundleFault::Json { part: "the body", source })?;
        body.check()?;
        let roots = body.roots.read()?;
        let mut once = TrustBundle::default();
        let mut keys = Vec::with_capacity(body.keys.len());
        let wrong = |source: TrustFault| BundleFault::Key { field: "keys", source };
        for (index, key) in body.keys.into_iter().enumerate() {
            let (issuer, key) = key.split();
            let key = key.read(issuer, index).map_err(wrong)?;
            if roots.get(key.public.kid()).is_some() {
                return Err(BundleFault::RootAsKey(index));
            }
            add_once(&mut once, key.clone(), index).map_err(wrong)?;
            keys.push(key);
        }
        Ok(Self {
            version: body.version,
            region: body.region,
            issued_at: body.issued_at,
            ends_at: body.ends_at,
            roots,
            keys,
            recognises: body.recognises,
            actions: body.actions,
            rule_set: body.rule_set,
        })
    }

    /// Writes the body; whether it can be read again is for [`Contents::read`] to say.
    pub(super) fn write(&self) -> Vec<u8> {
        let body = Body {
            version: self.version,
            region: self.region.clone(),
            issued_at: self.issued_at,
            ends_at: self.ends_at,
            roots: self.roots.file(),
            keys: self.keys.iter().filter_map(BodyKey::of).collect(),
            recognises: self.recognises.clone(),
            actions: self.actions.clone(),
            rule_set: self.rule_set.clone(),
        };
        // Texts, numbers, lists and times always have a form in JSON.
        serde_json::to_vec(&body).expect("a bundle of texts, numbers and times is JSON")
    }

    /// The keys that it calls withdrawn.
    pub(super) fn withdrawn(&self) -> impl Iterator<Item = KidBytes> {
        let is_withdrawn = |key: &&TrustedKey| matches!(key.life, Some(KeyLife::Withdrawn { .. }));
        self.keys.iter().filter(is_withdrawn).map(|key| *key.public.kid())
    }
}

impl Body {
    /// What can be said of it without its keys.
    fn check(&self) -> Result<(), BundleFault> {
        let range = |field: &str, problem: String| Err(BundleFault::range(field, problem));
        if !(1..=MOST_VERSION).contains(&self.version) {
            return range("version", format!("1 to {MOST_VERSION} can be written"));
        }
        if self.ends_at <= self.issued_at {
            return range("ends_at", "must be after issued_at".to_owned());
        }
        if self.keys.len() > MOST_KEYS {
            return range("keys", format!("more than {MOST_KEYS}"));
        }
        if self.recognises.len() > MOST_RECOGNISED {
            return range("recognises", format!("more than {MOST_RECOGNISED}"));
        }
        for (index, rule) in self.recognises.iter().enumerate() {
            if rule.until.is_some_and(|until| until <= rule.from) {
                return range(&format!("recognises[{index}].until"), "must be after from".to_owned());
            }
        }
        if let Some(kind) = self.actions.unknown_kinds().next() {
            let kind: String = kind.chars().take(40).collect();
            return range("actions.at", format!("{kind:?} is no kind of collection point"));
        }
        let rule_set = &self.rule_set;
        if !(1..=LONGEST_RULE_SET).contains(&rule_set.chars().count())
            || rule_set.chars().any(char::is_control)
        {
            return range(
                "rule_set",
                format!("1 to {LONGEST_RULE_SET} characters, such as hangzhou-2020-02@1"),
            );
        }
        Ok(())
    }
}

impl BodyKey {
    fn split(self) -> (Region, FileKey) {
        let Self { kid, purpose, issuer, x, y, from, until, state, since } = self;
        (issuer, FileKey { kid, purpose, x, y, from, until, state, since })
    }

    /// `None` for a key without issuer or life, which a bundle cannot name.
    fn of(key: &TrustedKey) -> Option<Self> {
        let (issuer, life) = (key.issuer.clone()?, key.life?);
        let FileKey { kid, purpose, x, y, from, until, state, since } =
            FileKey::of(&key.public, key.purpose, &life);
        Some(Self { kid, purpose, issuer, x, y, from, until, state, since })
    }
}
