//! Follows a region's status files, one after another.

use super::news::{Kind, Link};
use super::seal::SignedNews;
use super::table::{Status, StatusTables};
use crate::bearer::StatusReference;
use crate::keys::KidBytes;
use healthcode_core::region::Region;
use healthcode_core::time::{Day, Instant};
use std::collections::BTreeSet;

/// The tables of a region as the files taken so far leave them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follower {
    region: Region,
    tables: StatusTables,
    number: u64,
    link: Link,
    made_at: Instant,
    bundle: u64,
    withdrawn: BTreeSet<KidBytes>,
}

/// Why a file is not taken; the tables stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FollowFault {
    /// Another region's.
    #[error("the file is of region {found}, and this gate follows {wanted}")]
    Region {
        /// Whose tables are followed.
        wanted: Region,
        /// Whose file it is.
        found: Region,
    },
    /// Older than what is known, or known already.
    #[error("the file has number {found}, and {known} was taken already")]
    Past {
        /// The number taken last.
        known: u64,
        /// The file's number.
        found: u64,
    },
    /// Something lies between.
    #[error("the file has number {found}, and {known} was taken last; take what lies between, or a snapshot")]
    Gap {
        /// The number taken last.
        known: u64,
        /// The file's number.
        found: u64,
    },
    /// It follows another file than the one taken last.
    #[error(
        "the file follows another one than this gate took; take a snapshot, and tell the health authority"
    )]
    Fork,
    /// Made before the file that was taken last.
    #[error("the file was made before the one taken last")]
    Time,
    /// A delta, and there is no snapshot yet.
    #[error("begin with a snapshot")]
    NoSnapshot,
}

impl FollowFault {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Region { .. } => "status_region",
            Self::Past { .. } => "status_past",
            Self::Gap { .. } => "status_gap",
            Self::Fork => "status_fork",
            Self::Time => "status_time",
            Self::NoSnapshot => "status_no_snapshot",
        }
    }
}

/// Days whose passes may still be good at an instant, the first of them in any zone: the day three before that of UTC.
fn first_day(at: Instant) -> Day {
    Day((at.seconds().div_euclid(86_400) - 3) as i32)
}

impl Follower {
    /// Begins with a snapshot of `region`.
    pub fn begin(region: &Region, file: &SignedNews) -> Result<Self, FollowFault> {
        let news = file.news();
        if news.region != *region {
            return Err(FollowFault::Region { wanted: region.clone(), found: news.region.clone() });
        }
        if news.kind != Kind::Snapshot {
            return Err(FollowFault::NoSnapshot);
        }
        let mut tables = StatusTables::default();
        news.apply(&mut tables);
        Ok(Self {
            region: region.clone(),
            tables,
            number: news.number,
            link: news.previous,
            made_at: news.made_at,
            bundle: news.bundle,
            withdrawn: news.withdrawn.iter().copied().collect(),
        })
    }

    /// Takes the next file: the delta that follows, an urgent one that stands on what was taken, or a snapshot that is
    /// newer.
    pub fn take(&mut self, file: &SignedNews) -> Result<(), FollowFault> {
        let news = file.news();
        if news.region != self.region {
            return Err(FollowFault::Region { wanted: self.region.clone(), found: news.region.clone() });
        }
        let (known, found) = (self.number, news.number);
        let (next, link) = match news.kind {
            Kind::Delta => (known + 1, file.link()),
            Kind::Urgent => (known, self.link),
            Kind::Snapshot if found > known => (found, news.previous),
            Kind::Snapshot => return Err(FollowFault::Past { known, found }),
        };
        match found.cmp(&next) {
            std::cmp::Ordering::Less => return Err(FollowFault::Past { known, found }),
            std::cmp::Ordering::Greater => return Err(FollowFault::Gap { known, found }),
            std::cmp::Ordering::Equal => {}
        }
        if news.kind != Kind::Snapshot && news.previous != self.link {
            return Err(FollowFault::Fork);
        }
        if news.made_at < self.made_at {
            return Err(FollowFault::Time);
        }
        if news.kind == Kind::Snapshot {
            self.tables = StatusTables::default();
        }
        news.apply(&mut self.tables);
        self.tables.forget_before(first_day(news.made_at));
        (self.number, self.link, self.made_at) = (found, link, news.made_at);
        self.bundle = self.bundle.max(news.bundle);
        // What was once withdrawn stays so, whatever a later file leaves out.
        self.withdrawn.extend(&news.withdrawn);
        Ok(())
    }

    /// What the tables say of a pass.
    pub fn status(&self, reference: StatusReference) -> Option<Status> {
        self.tables.get(reference)
    }

    /// The tables.
    pub fn tables(&self) -> &StatusTables {
        &self.tables
    }

    /// Whose tables they are.
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// The number of the delta after which the tables stand.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The link that the next delta must name.
    pub fn link(&self) -> Link {
        self.link
    }

    /// When the file taken last was made: the colours are as of then.
    pub fn made_at(&self) -> Instant {
        self.made_at
    }

    /// The newest version of the trust bundle that any file named.
    pub fn bundle(&self) -> u64 {
        self.bundle
    }

    /// Keys that some file called withdrawn.
    pub fn withdrawn(&self) -> impl Iterator<Item = &KidBytes> {
        self.withdrawn.iter()
    }
}
