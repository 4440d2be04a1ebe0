//! How trust is written: our own trust file, or a JWK set. Strict: unknown and doubled fields are refused by name,
//! a key id must fit its key, and every point must lie on the curve.
//!
//! ```json
//! {"format":"healthcode-trust/1","issuer":"330100","keys":[
//!   {"kid":"0f1e2d3c4b5a6978","purpose":"pass","x":"…","y":"…",
//!    "from":"2020-02-11T00:00:00+08:00","until":"2020-05-11T00:00:00+08:00","state":"active"}]}
//! ```
//!
//! `x` and `y` are base64url without padding, 32 bytes each. `state` is `pending`, `active`, `retiring` or
//! `withdrawn`; the latter two may say `since` when (else it is taken to be `from`).

use crate::key_life::KeyLife;
use crate::keys::{KeyFault, PublicKey};
use crate::trust::{KeyClash, Purpose, TrustBundle, TrustedKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use healthcode_core::region::{Region, RegionFault};
use healthcode_core::time::{Instant, Interval};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

/// The format our trust files name.
pub const FORMAT: &str = "healthcode-trust/1";

/// A longer file is not read; this is room for more than ten thousand keys.
pub const LONGEST_FILE_BYTES: usize = 4 << 20;

/// Why a trust file is refused. Nothing of a refused file is trusted.
#[derive(Debug, thiserror::Error)]
pub enum TrustFault {
    /// Too large.
    #[error("the trust file has {bytes} bytes, more than {LONGEST_FILE_BYTES}; this is hardly a trust file")]
    TooLong {
        /// Its size.
        bytes: usize,
    },
    /// No JSON, or with unknown, doubled or missing fields.
    #[error("this is neither a healthcode trust file nor a JWK set: {0}")]
    Json(#[from] serde_json::Error),
    /// A format of another name or version.
    #[error(
        "the format is {0:?}, and {FORMAT:?} is read; get the file in that format, or a newer healthcode"
    )]
    Format(String),
    /// The issuer is none.
    #[error("field issuer: {0}")]
    Issuer(#[from] RegionFault),
    /// A coordinate is not 32 bytes in base64url.
    #[error("keys[{index}], field {field}: not 32 bytes in base64url without padding (43 characters)")]
    Coordinate {
        /// Which key, from 0.
        index: usize,
        /// `x` or `y`.
        field: &'static str,
    },
    /// The coordinates are no point.
    #[error("keys[{index}]: {source}")]
    Point {
        /// Which key, from 0.
        index: usize,
        /// What is wrong.
        source: KeyFault,
    },
    /// The id is another key's.
    #[error(
        "keys[{index}], field kid: {found:?} is written, but this key's id is {right}; one of both is wrong"
    )]
    Kid {
        /// Which key, from 0.
        index: usize,
        /// What is written.
        found: String,
        /// What the key's id is.
        right: String,
    },
    /// `until` is not after `from`.
    #[error("keys[{index}]: until must be after from")]
    Dates {
        /// Which key, from 0.
        index: usize,
    },
    /// `since` on a key that is pending or active.
    #[error("keys[{index}], field since: only a retiring or withdrawn key has it")]
    Since {
        /// Which key, from 0.
        index: usize,
    },
    /// The same key twice.
    #[error("keys[{index}]: this key is listed before; list it once")]
    Twice {
        /// Which key, from 0.
        index: usize,
    },
    /// A private key among public ones.
    #[error(
        "keys[{index}], field d: this is a PRIVATE key; whoever has seen the file can sign, so make a new key"
    )]
    Secret {
        /// Which key, from 0.
        index: usize,
    },
    /// A JWK set without a usable key.
    #[error("the JWK set has no key of kty EC, crv P-256; our passes are signed with nothing else")]
    NoKey,
    /// Two different keys with one id.
    #[error(transparent)]
    Clash(#[from] KeyClash),
}

impl TrustFault {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "trust_too_long",
            Self::Json(_) => "trust_json",
            Self::Format(_) => "trust_format",
            Self::Issuer(_) => "trust_issuer",
            Self::Coordinate { .. } => "trust_coordinate",
            Self::Point { .. } => "trust_point",
            Self::Kid { .. } => "trust_kid",
            Self::Dates { .. } => "trust_dates",
            Self::Since { .. } => "trust_since",
            Self::Twice { .. } => "trust_twice",
            Self::Secret { .. } => "trust_secret",
            Self::NoKey => "trust_no_key",
            Self::Clash(_) => "trust_clash",
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    issuer: String,
    keys: Vec<FileKey>,
}

/// One key as it is written; a trust bundle writes its issuer beside it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileKey {
    pub(crate) kid: String,
    pub(crate) purpose: Purpose,
    pub(crate) x: String,
    pub(crate) y: String,
    pub(crate) from: Instant,
    pub(crate) until: Instant,
    pub(crate) state: State,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<Instant>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Pending,
    Active,
    Retiring,
    Withdrawn,
}

/// A JWK set (RFC 7517, 5).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JwkSet {
    keys: Vec<Jwk>,
}

/// A JWK with the parameters that are registered for public EC keys (RFC 7517, 4; RFC 7518, 6.2) and RSA keys. Of
/// those not needed here only the presence is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Jwk {
    kty: String,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    d: Option<IgnoredAny>,
    #[serde(rename = "kid")]
    _kid: Option<String>,
    #[serde(rename = "use")]
    _use: Option<IgnoredAny>,
    #[serde(rename = "alg")]
    _alg: Option<IgnoredAny>,
    #[serde(rename = "key_ops")]
    _key_ops: Option<IgnoredAny>,
    #[serde(rename = "x5c")]
    _x5c: Option<IgnoredAny>,
    #[serde(rename = "x5u")]
    _x5u: Option<IgnoredAny>,
    #[serde(rename = "x5t")]
    _x5t: Option<IgnoredAny>,
    #[serde(rename = "x5t#S256")]
    _x5t_s256: Option<IgnoredAny>,
    #[serde(rename = "n")]
    _n: Option<IgnoredAny>,
    #[serde(rename = "e")]
    _e: Option<IgnoredAny>,
}

impl TrustBundle {
    /// Reads our trust file or a JWK set; which of both, the field `format` tells.
    ///
    /// A JWK set is trusted for passes of any issuer at any time. Keys of other kinds in it are passed over
    /// (RFC 7517, 5), and so is its `kid`: our key id is made from the key.
    pub fn read(json: &str) -> Result<Self, TrustFault> {
        #[derive(Deserialize)]
        struct Probe {
            format: Option<IgnoredAny>,
        }
        if json.len() > LONGEST_FILE_BYTES {
            return Err(TrustFault::TooLong { bytes: json.len() });
        }
        let probe: Probe = serde_json::from_str(json)?;
        if probe.format.is_some() { read_file(json) } else { read_jwk_set(json) }
    }
}

fn read_file(json: &str) -> Result<TrustBundle, TrustFault> {
    let file: File = serde_json::from_str(json)?;
    if file.format != FORMAT {
        return Err(TrustFault::Format(file.format.chars().take(40).collect()));
    }
    let issuer = Region::new(&file.issuer)?;
    let mut bundle = TrustBundle::default();
    for (index, key) in file.keys.into_iter().enumerate() {
        add_once(&mut bundle, key.read(issuer.clone(), index)?, index)?;
    }
    Ok(bundle)
}

impl FileKey {
    /// The key that stands at `index`, if it holds together.
    pub(crate) fn read(&self, issuer: Region, index: usize) -> Result<TrustedKey, TrustFault> {
        let public = named_point(&self.kid, &self.x, &self.y, index)?;
        let life = Some(self.life(index)?);
        Ok(TrustedKey { public, purpose: self.purpose, issuer: Some(issuer), life })
    }

    pub(crate) fn of(public: &PublicKey, purpose: Purpose, life: &KeyLife) -> Self {
        Self {
            kid: public.id().to_string(),
            purpose,
            x: URL_SAFE_NO_PAD.encode(public.x()),
            y: URL_SAFE_NO_PAD.encode(public.y()),
            from: life.in_force().from,
            until: life.in_force().until,
            state: match life {
                KeyLife::Pending { .. } => State::Pending,
                KeyLife::Active { .. } => State::Active,
                KeyLife::Retiring { .. } => State::Retiring,
                KeyLife::Withdrawn { .. } => State::Withdrawn,
            },
            since: match life {
                KeyLife::Retiring { since, .. } | KeyLife::Withdrawn { since, .. } => Some(*since),
                KeyLife::Pending { .. } | KeyLife::Active { .. } => None,
            },
        }
    }

    fn life(&self, index: usize) -> Result<KeyLife, TrustFault> {
        let in_force = Interval::new(self.from, self.until).ok_or(TrustFault::Dates { index })?;
        let since = self.since.unwrap_or(self.from);
        match self.state {
            State::Retiring => Ok(KeyLife::Retiring { in_force, since }),
            State::Withdrawn => Ok(KeyLife::Withdrawn { in_force, since }),
            _ if self.since.is_some() => Err(TrustFault::Since { index }),
            State::Pending => Ok(KeyLife::Pending { in_force }),
            State::Active => Ok(KeyLife::Active { in_force }),
        }
    }
}

fn read_jwk_set(json: &str) -> Result<TrustBundle, TrustFault> {
    let set: JwkSet = serde_json::from_str(json)?;
    let mut bundle = TrustBundle::default();
    for (index, key) in set.keys.into_iter().enumerate() {
        if key.d.is_some() {
            return Err(TrustFault::Secret { index });
        }
        if key.kty != "EC" || key.crv.as_deref() != Some("P-256") {
            continue;
        }
        let public = point(key.x.as_deref().unwrap_or(""), key.y.as_deref().unwrap_or(""), index)?;
        let listed = TrustedKey { public, purpose: Purpose::Pass, issuer: None, life: None };
        add_once(&mut bundle, listed, index)?;
    }
    if bundle.is_empty() { Err(TrustFault::NoKey) } else { Ok(bundle) }
}

pub(crate) fn add_once(bundle: &mut TrustBundle, key: TrustedKey, index: usize) -> Result<(), TrustFault> {
    let before = bundle.len();
    bundle.add(key)?;
    if bundle.len() == before { Err(TrustFault::Twice { index }) } else { Ok(()) }
}

fn point(x: &str, y: &str, index: usize) -> Result<PublicKey, TrustFault> {
    let coordinate = |text: &str, field| {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let bytes = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        bytes.ok_or(TrustFault::Coordinate { index, field })
    };
    PublicKey::from_xy(&coordinate(x, "x")?, &coordinate(y, "y")?)
        .map_err(|source| TrustFault::Point { index, source })
}

/// A point beside which its key id is written.
pub(crate) fn named_point(kid: &str, x: &str, y: &str, index: usize) -> Result<PublicKey, TrustFault> {
    let public = point(x, y, index)?;
    let right = public.id();
    if kid == right.as_str() {
        return Ok(public);
    }
    Err(TrustFault::Kid { index, found: kid.chars().take(40).collect(), right: right.to_string() })
}

/// Writes our trust file: the keys of one issuer, each with purpose and life, in the order given.
pub fn write(issuer: &Region, keys: &[(PublicKey, Purpose, KeyLife)]) -> String {
    let keys = keys.iter().map(|(public, purpose, life)| FileKey::of(public, *purpose, life));
    let file = File { format: FORMAT.into(), issuer: issuer.to_string(), keys: keys.collect() };
    // Texts, lists and times always have a form in JSON.
    serde_json::to_string(&file).expect("a trust file of texts and times is JSON")
}
