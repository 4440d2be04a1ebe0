//! A file as bytes in memory: the one place where Rust's guarantees end.

use memmap2::Mmap;
use std::fs::File;
use std::io;
use std::path::Path;

/// The bytes of an index.
pub enum Bytes {
    /// In memory: a part of a day that has no file yet.
    Built(Vec<u8>),
    /// A file.
    Mapped(Mmap),
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Built(bytes) => bytes,
            Self::Mapped(map) => map,
        }
    }
}

impl Bytes {
    /// Maps a whole file.
    pub fn map(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        // SAFETY: the bytes must not change while they are mapped. Index files are written under another name, renamed
        // when whole, and never changed or shortened afterwards; an index that is made anew is another file, and a
        // removed one stays until it is unmapped. The folder belongs to one process (`lock`). Whoever changes files in
        // it by hand all the same changes what is read: pages are checked when they are first read, and a file that is
        // cut under a running process ends that process.
        #[allow(unsafe_code, reason = "see above")]
        let map = unsafe { Mmap::map(&file)? };
        Ok(Self::Mapped(map))
    }
}
