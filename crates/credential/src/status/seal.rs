//! Status files as they travel: signed, then encrypted.
//!
//! ```text
//! "EPS1" · day, 4 bytes · nonce, 12 bytes · AES-256-GCM of the signed content · tag, 16 bytes
//! ```
//!
//! `day` names the key: that of the civil day in the issuer's zone on which the file was made, a big-endian number of
//! days since 1970. The first eight bytes are authenticated with the rest. What is encrypted is a COSE_Sign1 like that of
//! a pass (`cose.rs`) by a key whose purpose is `status`, with the content of [`super::news`] as its payload.
//!
//! Encryption is for privacy alone: whoever once scanned somebody's pass cannot follow the colour of its index, unless
//! enrolled as a gate. That a table is the issuer's is known by the signature, which a gate checks in any case; the key
//! of a day is known to every gate.

use super::news::{Link, News, NewsFault};
use crate::cose::{self, Envelope};
use crate::keys::{KeyFault, SigningKey};
use crate::outcome::Reason;
use crate::trust::TrustBundle;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::digest::{SHA256, digest};
use healthcode_core::time::Day;
use std::fmt;

const MAGIC: &[u8; 4] = b"EPS1";
const HEAD_BYTES: usize = 8;
/// A larger file is not even decrypted: an opening day of 2^28 indexes with half of them pending takes some 110 MiB.
pub const LONGEST_FILE_BYTES: usize = 128 << 20;

/// The key of one day, known to every enrolled gate. Printing it shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct DayKey {
    /// The civil day in the issuer's zone.
    pub day: Day,
    /// The AES-256 key.
    pub secret: [u8; 32],
}

impl fmt::Debug for DayKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DayKey({}, ***)", self.day)
    }
}

/// A file whose content is signed by a status key of its region. Only [`open`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNews {
    news: News,
    link: Link,
}

impl SignedNews {
    /// What it says.
    pub fn news(&self) -> &News {
        &self.news
    }

    /// The SHA-256 of its signed content.
    pub fn link(&self) -> Link {
        self.link
    }
}

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealFault {
    /// Not a status file.
    #[error("this is no status file")]
    Form,
    /// Of a day whose key is not at hand.
    #[error("the file is of {0}, and that day's key is not at hand; fetch the keys of gates again")]
    NoDayKey(Day),
    /// Altered, or encrypted under another key.
    #[error("the file was altered on its way")]
    Altered,
    /// What is inside is not signed by a key that may sign status tables of that region then.
    #[error("the file is not signed by a key for this region's status tables ({0})")]
    Signature(Reason),
    /// Signed, and yet no news.
    #[error(transparent)]
    News(#[from] NewsFault),
}

impl SealFault {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Form => "status_form",
            Self::NoDayKey(_) => "status_day_key",
            Self::Altered => "status_altered",
            Self::Signature(_) => "status_signature",
            Self::News(_) => "status_content",
        }
    }
}

/// Signs the content; what comes out is what links are made of and what is encrypted.
pub fn sign(news: &News, key: &SigningKey) -> Result<Vec<u8>, KeyFault> {
    let protected = cose::protected(key.public().kid());
    let payload = news.write();
    let signature = key.sign(&cose::signed_bytes(&protected, &payload))?;
    Ok(cose::write(&protected, &payload, &signature))
}

/// The link of a signed file: the SHA-256 of its content, which leaves out the signature, that anybody could turn into
/// another one.
pub fn link(news: &News) -> Link {
    link_of(&news.write())
}

fn link_of(content: &[u8]) -> Link {
    let mut link = [0; 32];
    link.copy_from_slice(digest(&SHA256, content).as_ref());
    link
}

/// Encrypts signed content under a day's key. The nonce must never be used twice with one key: draw it at random.
pub fn seal(signed: &[u8], key: &DayKey, nonce: [u8; NONCE_LEN]) -> Result<Vec<u8>, KeyFault> {
    let head = head(key.day);
    let cipher = UnboundKey::new(&AES_256_GCM, &key.secret).map_err(|_| KeyFault::Library)?;
    let mut content = signed.to_vec();
    LessSafeKey::new(cipher)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(head), &mut content)
        .map_err(|_| KeyFault::Library)?;
    Ok([&head[..], &nonce, &content].concat())
}

/// Under which day's key a file is encrypted; `None` where it is no status file.
pub fn day_of(file: &[u8]) -> Option<Day> {
    let day = file.strip_prefix(MAGIC)?.first_chunk()?;
    Some(Day(i32::from_be_bytes(*day)))
}

fn head(day: Day) -> [u8; HEAD_BYTES] {
    let mut head = [0; HEAD_BYTES];
    head[..4].copy_from_slice(MAGIC);
    head[4..].copy_from_slice(&day.0.to_be_bytes());
    head
}

/// Decrypts a file and checks its signature: by a key of `trust` with the purpose `status`, for the file's region, in force
/// when it was made, and not withdrawn.
pub fn open(file: &[u8], keys: &[DayKey], trust: &TrustBundle) -> Result<SignedNews, SealFault> {
    let signed = decrypt(file, keys)?;
    let envelope = Envelope::read(&signed).map_err(SealFault::Signature)?;
    let refused = SealFault::Signature;
    let known = trust.known(envelope.kid).ok_or(refused(Reason::KeyUnknown))?;
    if known.is_withdrawn() {
        return Err(refused(Reason::KeyWithdrawn));
    }
    if !known.public().signed(&envelope.signed_bytes(), envelope.signature) {
        return Err(refused(Reason::Signature));
    }
    let news = News::read(envelope.payload)?;
    known.may_have_signed_status(&news.region, news.made_at).map_err(refused)?;
    Ok(SignedNews { link: link_of(envelope.payload), news })
}

fn decrypt(file: &[u8], keys: &[DayKey]) -> Result<Vec<u8>, SealFault> {
    let (head, rest) = file.split_first_chunk::<HEAD_BYTES>().ok_or(SealFault::Form)?;
    let (nonce, content) = rest.split_first_chunk::<NONCE_LEN>().ok_or(SealFault::Form)?;
    if !head.starts_with(MAGIC) || file.len() > LONGEST_FILE_BYTES {
        return Err(SealFault::Form);
    }
    let day = Day(i32::from_be_bytes([head[4], head[5], head[6], head[7]]));
    let key = keys.iter().find(|key| key.day == day).ok_or(SealFault::NoDayKey(day))?;
    let cipher = UnboundKey::new(&AES_256_GCM, &key.secret).map_err(|_| SealFault::Altered)?;
    let mut content = content.to_vec();
    let plain = LessSafeKey::new(cipher)
        .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(*head), &mut content)
        .map_err(|_| SealFault::Altered)?
        .len();
    content.truncate(plain);
    Ok(content)
}
