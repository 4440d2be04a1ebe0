//! The folder: opened, appended to, asked, forgotten day by day.

use crate::day::{self, Day, in_file, sync_folder};
use crate::fault::VisitsFault;
use crate::map::Bytes;
use healthcode_trace::Grade;
use healthcode_trace::city::{DayIndex, DayVisit, Presence, each_day};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Visits of a day that are indexed in memory before they become a file.
const MOST_LIVE: usize = 1 << 18;

/// A visit to be kept. Numbers of people and places are given by the caller and lie below 2^28.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CityVisit {
    /// Who.
    pub person: u32,
    /// Where.
    pub place: u32,
    /// The first second there, since 1970.
    pub from: i64,
    /// The first second after leaving.
    pub until: i64,
    /// How much its record proves.
    pub grade: Grade,
}

/// What a crash had left at the end of a home: nobody was told that it was kept, and it was cut off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Recovered {
    /// Days since 1970-01-01.
    pub day: i32,
    /// How many bytes.
    pub bytes: u64,
}

/// All visits that are kept. One process at a time.
pub struct Visits {
    folder: PathBuf,
    days: BTreeMap<i32, Day>,
    presence: Presence<Bytes>,
    most_live: usize,
    /// Holds the lock until it is dropped.
    _lock: File,
}

impl Visits {
    /// Opens a folder, or makes it. Reads what no index has, which is little, unless indexes were deleted.
    pub fn open(folder: &Path) -> Result<(Self, Vec<Recovered>), VisitsFault> {
        Self::open_with(folder, MOST_LIVE)
    }

    /// The same with another number of visits of a day before they become a file.
    pub fn open_with(folder: &Path, most_live: usize) -> Result<(Self, Vec<Recovered>), VisitsFault> {
        fs::create_dir_all(folder).map_err(in_file(folder))?;
        let path = folder.join("lock");
        let lock = File::create(&path).map_err(in_file(&path))?;
        lock.try_lock().map_err(|_| VisitsFault::Locked { path })?;
        let (days, presence) = (BTreeMap::new(), Presence::default());
        let mut visits = Self { folder: folder.to_owned(), days, presence, most_live, _lock: lock };
        let mut recovered = Vec::new();
        for entry in fs::read_dir(folder).map_err(in_file(folder))? {
            let name = entry.map_err(in_file(folder))?.file_name();
            let day = name.to_str().and_then(|name| name.strip_suffix(".home")?.parse().ok());
            if let Some(day) = day {
                let bytes = visits.open_day(day)?;
                recovered.extend((bytes > 0).then_some(Recovered { day, bytes }));
            }
        }
        recovered.sort_unstable_by_key(|recovered| recovered.day);
        Ok((visits, recovered))
    }

    /// Bytes that a crash had left.
    fn open_day(&mut self, day: i32) -> Result<u64, VisitsFault> {
        let (mut files, index) = Day::open(&self.folder, day)?;
        self.presence.of_day(day).extend(index);
        let (visits, torn) = files.unindexed(true)?;
        self.days.insert(day, files);
        self.index(day, visits)?;
        Ok(torn)
    }

    /// Keeps visits: all of them or, on a fault, none; on disk when it returns. The same visit twice counts once.
    /// They are found after the next [`Visits::refresh`]. When the process ends before this returns, any of them may be
    /// there; hand them in again.
    pub fn append(&mut self, visits: &[CityVisit]) -> Result<(), VisitsFault> {
        let mut parts = BTreeMap::<i32, Vec<DayVisit>>::new();
        for (at, visit) in visits.iter().enumerate() {
            let CityVisit { person, place, from, until, grade } = *visit;
            let each = each_day(person, place, from, until, grade)
                .map_err(|source| VisitsFault::Visit { number: at + 1, source })?;
            each.for_each(|(day, part)| parts.entry(day).or_default().push(part));
        }
        let mut new = false;
        for day in parts.keys() {
            if !self.days.contains_key(day) {
                self.days.insert(*day, Day::open(&self.folder, *day)?.0);
                new = true;
            }
        }
        if new {
            sync_folder(&self.folder).map_err(in_file(&self.folder))?;
        }
        let written = self.write(&parts);
        for (day, bytes) in parts.keys().zip(written.as_ref().unwrap_or(&Vec::new())) {
            if let Some(files) = self.days.get_mut(day) {
                files.acknowledge(*bytes);
            }
        }
        if written.is_err() {
            parts.keys().filter_map(|day| self.days.get(day)).for_each(Day::take_back);
        }
        written.map(drop)
    }

    /// Bytes written to each day, all of them on disk.
    fn write(&mut self, parts: &BTreeMap<i32, Vec<DayVisit>>) -> Result<Vec<u64>, VisitsFault> {
        let mut bytes = Vec::with_capacity(parts.len());
        for (day, visits) in parts {
            if let Some(files) = self.days.get_mut(day) {
                bytes.push(files.write(visits)?);
            }
        }
        parts.keys().filter_map(|day| self.days.get(day)).try_for_each(Day::sync)?;
        Ok(bytes)
    }

    /// Makes everything that was appended findable. A day with many new visits gets a new index file.
    pub fn refresh(&mut self) -> Result<(), VisitsFault> {
        let behind: Vec<i32> =
            self.days.values().filter(|files| !files.is_indexed()).map(|files| files.day).collect();
        for day in behind {
            if let Some(files) = self.days.get_mut(&day) {
                let (visits, _) = files.unindexed(false)?;
                self.index(day, visits)?;
            }
        }
        Ok(())
    }

    /// Adds an index of new visits of a day. Small ones of like size are put together, so that a day has few; when
    /// they are many, the day's file is made anew of all.
    fn index(&mut self, day: i32, mut visits: Vec<DayVisit>) -> Result<(), VisitsFault> {
        let indexes = self.presence.of_day(day);
        let live = |index: &DayIndex<Bytes>| index.covered() == 0;
        let all: usize = indexes.iter().filter(|index| live(index)).map(DayIndex::visits).sum();
        if let Some(files) = self.days.get_mut(&day)
            && all + visits.len() >= self.most_live
        {
            drop(visits);
            *indexes = vec![files.write_index()?];
            return Ok(());
        }
        while let Some(last) = indexes.pop_if(|last| live(last) && last.visits() <= 2 * visits.len()) {
            let path = || self.folder.join(format!("{day}.index"));
            last.each(&mut |visit| visits.push(visit))
                .map_err(|source| VisitsFault::Damaged { path: path(), source })?;
        }
        if !visits.is_empty() {
            indexes.push(DayIndex::build(day, 0, visits).map_bytes(Bytes::Built));
        }
        Ok(())
    }

    /// Who was with whom, as of the last [`Visits::refresh`].
    pub fn presence(&self) -> &Presence<Bytes> {
        &self.presence
    }

    /// Forgets all days before `day` (days since 1970-01-01) by removing their files; how many.
    pub fn forget_before(&mut self, day: i32) -> Result<usize, VisitsFault> {
        let old: Vec<i32> = self.days.range(..day).map(|(day, _)| *day).collect();
        for day in &old {
            self.presence.forget(*day);
            self.days.remove(day);
            day::remove(&self.folder, *day)?;
        }
        Ok(old.len())
    }
}
