//! Bytes that are checked page by page, each page once, when it is first looked at: so opening a file costs the same
//! however large it is, and no answer comes from bytes that changed.

use std::hint::black_box;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes under one checksum.
pub(super) const PAGE: usize = 4096;

/// A file is not what was written.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "{what} at byte {at} is damaged; an index may be deleted and is made again, a home must come from a backup"
)]
pub struct Damaged {
    /// Which part.
    pub what: &'static str,
    /// Where it begins.
    pub at: usize,
}

/// The CRC-32 of each page.
pub(super) fn sums(body: &[u8]) -> impl Iterator<Item = u32> {
    body.chunks(PAGE).map(crc32fast::hash)
}

/// A body of pages inside bytes, and behind it the sum of each page.
pub(super) struct Pages<B> {
    bytes: B,
    body: Range<usize>,
    /// One bit a page: checked and found right.
    right: Box<[AtomicU64]>,
}

impl<B: AsRef<[u8]>> Pages<B> {
    /// The sums follow the body; whoever calls has checked the sums themselves.
    pub fn new(bytes: B, body: Range<usize>) -> Self {
        let pages = body.len().div_ceil(PAGE);
        let right = (0..pages.div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        Self { bytes, body, right }
    }

    /// A part of the body; `range` counts from the body's beginning.
    pub fn get(&self, range: Range<usize>) -> Result<&[u8], Damaged> {
        let body = &self.bytes.as_ref()[self.body.clone()];
        let part = body.get(range.clone()).ok_or(Damaged { what: "an index", at: range.start })?;
        for page in range.start / PAGE..range.end.div_ceil(PAGE) {
            let bit = 1 << (page % 64);
            if self.right[page / 64].load(Ordering::Relaxed) & bit == 0 {
                self.check(body, page)?;
                // Two that check at once find the same.
                self.right[page / 64].fetch_or(bit, Ordering::Relaxed);
            }
        }
        Ok(part)
    }

    /// Reads a byte for nothing, so that what lies around it is near when it is asked for. Checks nothing.
    pub fn touch(&self, at: usize) {
        black_box(self.bytes.as_ref().get(self.body.start + at).copied());
    }

    #[cold]
    fn check(&self, body: &[u8], page: usize) -> Result<(), Damaged> {
        let found = crc32fast::hash(&body[page * PAGE..body.len().min((page + 1) * PAGE)]);
        let expected = word(&self.bytes.as_ref()[self.body.end..], page);
        let at = self.body.start + page * PAGE;
        if found == expected { Ok(()) } else { Err(Damaged { what: "a page of an index", at }) }
    }

    /// The same pages over other bytes that are the same.
    pub fn map_bytes<C: AsRef<[u8]>>(self, into: impl FnOnce(B) -> C) -> Pages<C> {
        Pages { bytes: into(self.bytes), body: self.body, right: self.right }
    }

    /// The bytes, of the body and around it.
    pub fn into_bytes(self) -> B {
        self.bytes
    }

    /// Checks every page.
    pub fn check_all(&self) -> Result<(), Damaged> {
        self.get(0..self.body.len()).map(drop)
    }
}

/// The little-endian number of four bytes at place `at` of a list of such.
pub(super) fn word(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at * 4..at * 4 + 4]);
    u32::from_le_bytes(word)
}
