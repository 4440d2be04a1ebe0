//! The two files of one day.

use crate::fault::VisitsFault;
use crate::map::Bytes;
use healthcode_trace::city::{DayIndex, DayVisit, MOST_IN_BATCH, read_batches, write_batch};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// One day, open for appending.
pub(crate) struct Day {
    pub day: i32,
    folder: PathBuf,
    home: File,
    /// Bytes of the home that are acknowledged; what lies behind them is overwritten.
    length: u64,
    /// Bytes of the home whose visits are in some index.
    indexed: u64,
}

impl Day {
    /// Opens the home of a day, or makes it. `None` for the index when there is none, or none that can be used.
    pub fn open(folder: &Path, day: i32) -> Result<(Self, Option<DayIndex<Bytes>>), VisitsFault> {
        let path = home(folder, day);
        let home = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(in_file(&path))?;
        let length = home.metadata().map_err(in_file(&path))?.len();
        let index = Bytes::map(&index(folder, day)).ok().and_then(|bytes| DayIndex::open(bytes).ok());
        let index = index.filter(|index| index.day() == day);
        let indexed = index.as_ref().map_or(0, DayIndex::covered);
        if indexed > length {
            return Err(VisitsFault::Shortened { path });
        }
        Ok((Self { day, folder: folder.to_owned(), home, length, indexed }, index))
    }

    /// Reads what no index has, and takes it for indexed. When `recovering`, what a crash left behind the last whole
    /// batch is cut off; its length comes back with the visits.
    pub fn unindexed(&mut self, recovering: bool) -> Result<(Vec<DayVisit>, u64), VisitsFault> {
        let path = home(&self.folder, self.day);
        let mut bytes = vec![0; usize::try_from(self.length - self.indexed).unwrap_or(usize::MAX)];
        self.home.read_exact_at(&mut bytes, self.indexed).map_err(in_file(&path))?;
        let mut visits = Vec::new();
        let whole = read_batches(&bytes, &mut |visit| visits.push(visit))
            .map_err(|source| VisitsFault::Damaged { path: path.clone(), source })?;
        let torn = (bytes.len() - whole) as u64;
        if torn > 0 {
            if !recovering {
                let source =
                    healthcode_trace::city::Damaged { what: "the home", at: self.indexed as usize + whole };
                return Err(VisitsFault::Damaged { path, source });
            }
            self.length -= torn;
            self.home.set_len(self.length).and_then(|()| self.home.sync_data()).map_err(in_file(&path))?;
        }
        self.indexed = self.length;
        Ok((visits, torn))
    }

    /// Writes visits behind those that are there; they are on disk after [`Day::sync`].
    pub fn write(&mut self, visits: &[DayVisit]) -> Result<u64, VisitsFault> {
        let mut bytes = Vec::with_capacity((visits.len() + 1) * 16);
        visits.chunks(MOST_IN_BATCH).for_each(|batch| write_batch(batch, &mut bytes));
        self.home.write_all_at(&bytes, self.length).map_err(in_file(&home(&self.folder, self.day)))?;
        Ok(bytes.len() as u64)
    }

    /// Waits until what was written is on disk.
    pub fn sync(&self) -> Result<(), VisitsFault> {
        self.home.sync_data().map_err(in_file(&home(&self.folder, self.day)))
    }

    /// Takes `bytes` more for acknowledged.
    pub fn acknowledge(&mut self, bytes: u64) {
        self.length += bytes;
    }

    /// Takes back what was written and not acknowledged; if that fails, it is overwritten or found torn later.
    pub fn take_back(&self) {
        let _ = self.home.set_len(self.length);
    }

    pub fn is_indexed(&self) -> bool {
        self.indexed == self.length
    }

    /// Makes the index of the whole home, as a file that appears whole or not at all.
    pub fn write_index(&mut self) -> Result<DayIndex<Bytes>, VisitsFault> {
        self.indexed = 0;
        let (visits, _) = self.unindexed(false)?;
        let path = index(&self.folder, self.day);
        let built = DayIndex::build(self.day, self.length, visits).into_bytes();
        let written = || -> io::Result<()> {
            let mut file = tempfile::Builder::new().prefix(".index-").tempfile_in(&self.folder)?;
            file.write_all(&built)?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|failed| failed.error)?;
            sync_folder(&self.folder)
        };
        written().map_err(in_file(&path))?;
        drop(built);
        let bytes = Bytes::map(&path).map_err(in_file(&path))?;
        DayIndex::open(bytes).map_err(|source| VisitsFault::Damaged { path, source })
    }
}

/// Removes the files of a day, the index first: an index without a home would be a day without truth.
pub(crate) fn remove(folder: &Path, day: i32) -> Result<(), VisitsFault> {
    for path in [index(folder, day), home(folder, day)] {
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(VisitsFault::Files { path, source });
            }
            _ => {}
        }
    }
    sync_folder(folder).map_err(in_file(folder))
}

/// New and removed names are on disk when this returns.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

pub(crate) fn in_file(path: &Path) -> impl Fn(io::Error) -> VisitsFault + use<> {
    let path = path.to_owned();
    move |source| VisitsFault::Files { path: path.clone(), source }
}

fn home(folder: &Path, day: i32) -> PathBuf {
    folder.join(format!("{day}.home"))
}

fn index(folder: &Path, day: i32) -> PathBuf {
    folder.join(format!("{day}.index"))
}
