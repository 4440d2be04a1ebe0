//! What a status file says, and its CBOR.
//!
//! ```text
//! ["status", kind, region, number, previous, time, bundle, [withdrawn kid, …],
//!  [[day, size, [count, gaps], [count, gaps], [count, gaps], [count, gaps]], …]]
//! ```
//!
//! `kind` is 0 for a snapshot, 1 for a delta, 2 for an urgent one. The four lists of a day are the indexes that become
//! green, yellow, red and undecided; a snapshot is the change from tables that are all green, so that its first list is
//! empty. `previous` is the SHA-256 of the signed content of the delta with number `number` − 1; in a snapshot and in an
//! urgent delta, of the delta with that `number`, after which both stand.

use super::gaps;
use super::table::{DayTable, LARGEST_DAY, MOST_DAYS, Status, StatusTables};
use crate::cbor::{CborFault, Reader, Writer};
use crate::keys::KidBytes;
use healthcode_core::region::Region;
use healthcode_core::time::{Day, Instant};
use std::collections::BTreeMap;

/// Keys that a file may call withdrawn, at most.
pub const MOST_WITHDRAWN: usize = 1_000;
/// 2200-01-01T00:00:00Z.
const YEAR_2200_SECONDS: u64 = 7_258_118_400;
const YEAR_2200_DAY: u64 = 84_006;

/// The SHA-256 of a delta's signed content.
pub type Link = [u8; 32];

/// Where a file stands in the row of files of its region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// All tables as they are after delta `number`, whose link is `previous`.
    Snapshot,
    /// What changed after delta `number` − 1, whose link is `previous`.
    Delta,
    /// What changed after delta `number`, whose link is `previous`; the next delta says it again.
    Urgent,
}

/// The indexes of one day that take another status; each list ascends strictly.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DayNews {
    /// Indexes of the day's table from now on.
    pub size: u32,
    /// By [`Status::ALL`]: the indexes that become green, yellow, red, undecided.
    pub lists: [Vec<u32>; 4],
}

/// What a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// Snapshot, delta or urgent.
    pub kind: Kind,
    /// Whose tables.
    pub region: Region,
    /// The number of the delta after which the tables stand as this file leaves them; of an urgent one, which it follows.
    pub number: u64,
    /// See [`Kind`].
    pub previous: Link,
    /// When it was made; whole seconds. This is the time a gate may check its clock by.
    pub made_at: Instant,
    /// The newest version of the region's trust bundle.
    pub bundle: u64,
    /// Keys that are withdrawn, for ever; ascending.
    pub withdrawn: Vec<KidBytes>,
    /// What changes, by day.
    pub days: BTreeMap<Day, DayNews>,
}

/// Why the content of a file is not one. It was signed, so that its issuer is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NewsFault {
    /// Not the CBOR that is written here.
    #[error("the file's content is not in the one form it may have")]
    Form,
    /// A list of indexes that is none.
    #[error("a list of indexes is damaged: {0}")]
    Gaps(#[from] gaps::GapsFault),
}

impl From<CborFault> for NewsFault {
    fn from(_: CborFault) -> Self {
        Self::Form
    }
}

impl News {
    /// Makes the changes.
    pub fn apply(&self, tables: &mut StatusTables) {
        for (day, news) in &self.days {
            let table = tables.day_mut(*day, news.size);
            for (status, indexes) in Status::ALL.into_iter().zip(&news.lists) {
                indexes.iter().for_each(|index| table.set(*index, status));
            }
        }
    }

    /// The content, to be signed.
    pub fn write(&self) -> Vec<u8> {
        let mut out = Writer::with_capacity(1_024);
        out.array(9);
        out.text("status");
        out.int(match self.kind {
            Kind::Snapshot => 0,
            Kind::Delta => 1,
            Kind::Urgent => 2,
        });
        out.text(self.region.as_str());
        out.uint(self.number);
        out.bytes(&self.previous);
        out.int(self.made_at.seconds());
        out.uint(self.bundle);
        out.array(self.withdrawn.len() as u64);
        self.withdrawn.iter().for_each(|kid| out.bytes(kid));
        out.array(self.days.len() as u64);
        for (day, news) in &self.days {
            out.array(6);
            out.int(i64::from(day.0));
            out.uint(u64::from(news.size));
            for indexes in &news.lists {
                out.array(2);
                out.uint(indexes.len() as u64);
                out.bytes(&gaps::write(news.size, indexes));
            }
        }
        out.0
    }

    /// Reads what [`News::write`] writes, and nothing else.
    pub fn read(bytes: &[u8]) -> Result<Self, NewsFault> {
        let mut input = Reader(bytes);
        input.array(9)?;
        if input.text()? != b"status" {
            return Err(NewsFault::Form);
        }
        let kind = match input.uint()? {
            0 => Kind::Snapshot,
            1 => Kind::Delta,
            2 => Kind::Urgent,
            _ => return Err(NewsFault::Form),
        };
        let region = std::str::from_utf8(input.text()?).map_err(|_| NewsFault::Form)?;
        let region = Region::new(region).map_err(|_| NewsFault::Form)?;
        let number = input.uint()?;
        let previous = *input.bytes_of()?;
        let made_at = input.uint()?;
        if made_at >= YEAR_2200_SECONDS {
            return Err(NewsFault::Form);
        }
        let bundle = input.uint()?;
        let withdrawn = read_withdrawn(&mut input)?;
        let days = read_days(&mut input)?;
        input.end()?;
        if kind == Kind::Snapshot && days.values().any(|news| !news.lists[0].is_empty()) {
            return Err(NewsFault::Form);
        }
        let made_at = Instant::from_seconds(made_at as i64);
        Ok(Self { kind, region, number, previous, made_at, bundle, withdrawn, days })
    }

    /// What a snapshot says of a day's table.
    pub fn whole_day(table: &DayTable) -> DayNews {
        let [yellow, red, undecided] =
            [Status::Yellow, Status::Red, Status::Undecided].map(|status| table.indexes_of(status));
        DayNews { size: table.size(), lists: [Vec::new(), yellow, red, undecided] }
    }
}

fn read_withdrawn(input: &mut Reader<'_>) -> Result<Vec<KidBytes>, NewsFault> {
    let count = input.items()?;
    if count > MOST_WITHDRAWN as u64 {
        return Err(NewsFault::Form);
    }
    let kids = (0..count).map(|_| Ok(*input.bytes_of()?)).collect::<Result<Vec<KidBytes>, CborFault>>()?;
    if kids.is_sorted_by(|a, b| a < b) { Ok(kids) } else { Err(NewsFault::Form) }
}

fn read_days(input: &mut Reader<'_>) -> Result<BTreeMap<Day, DayNews>, NewsFault> {
    let count = input.items()?;
    if count > MOST_DAYS as u64 {
        return Err(NewsFault::Form);
    }
    let mut days = BTreeMap::new();
    for _ in 0..count {
        input.array(6)?;
        let day = input.uint()?;
        let size = u32::try_from(input.uint()?).ok().filter(|size| (1..=LARGEST_DAY).contains(size));
        let size = size.ok_or(NewsFault::Form)?;
        let day = Day(i32::try_from(day).ok().filter(|_| day < YEAR_2200_DAY).ok_or(NewsFault::Form)?);
        if days.last_key_value().is_some_and(|(last, _)| *last >= day) {
            return Err(NewsFault::Form);
        }
        let mut lists: [Vec<u32>; 4] = Default::default();
        for list in &mut lists {
            input.array(2)?;
            let count = u32::try_from(input.uint()?).map_err(|_| NewsFault::Form)?;
            let bytes = input.bytes()?;
            // A list takes at least a bit an index: no count makes it reserve more than eight times the bytes.
            list.reserve((count as usize).min(bytes.len() * 8));
            gaps::read(size, count, bytes, |index| list.push(index))?;
        }
        days.insert(day, DayNews { size, lists });
    }
    Ok(days)
}
