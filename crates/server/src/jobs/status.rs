//! Publishes the status tables: a delta a minute, an urgent file as soon as somebody turns stricter, a snapshot an hour.
//!
//! Every server follows the published files as a gate does, and hears what changed since. Whoever writes the next number
//! first has published it; the others follow. Nothing is kept in memory that the files and the records do not give
//! again: after a start, and every few hours, all passes are looked over.

use super::hear::Hearing;
use crate::app::{App, StatusNotice};
use crate::gate_keys::key_of;
use crate::issuing::{SMALLEST_TABLE, day_of};
use crate::problem::{Answer, Code, Problem};
use crate::retention::{self, forget_on};
use crate::rules_in_force::scheme;
use crate::status_of::{status_of, statuses_not_green};
use healthcode_core::ids::PersonId;
use healthcode_core::region::Region;
use healthcode_core::time::{Day, Instant};
use healthcode_credential::bearer::StatusReference;
use healthcode_credential::status::follower::Follower;
use healthcode_credential::status::news::{DayNews, Kind, News};
use healthcode_credential::status::seal::{self, SignedNews};
use healthcode_credential::status::table::Status;
use healthcode_credential::trust::Purpose;
use healthcode_store::status::{self, FileKind, Newest};
use healthcode_store::{Act, StoreFault, Tx, at_gate, bundles, passes, people};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// Seconds between deltas. They are published also when nothing changed: they carry the time.
const DELTA_SECONDS: i64 = 60;
/// Deltas between snapshots.
const SNAPSHOT_EVERY: u64 = 60;
/// Seconds after which all passes are looked over again.
const LOOK_OVER_SECONDS: i64 = 6 * 3_600;
/// Changes of an urgent file, at most; more of them make a delta early.
const MOST_URGENT: usize = 5_000;
/// Seconds after a delta before which none is published early.
const EARLY_SECONDS: i64 = 5;
/// Days of passes that may still be good, from today.
const DAYS: std::ops::RangeInclusive<i32> = -2..=2;

/// What this server knows of the published tables, and what it has to publish.
pub struct Publisher {
    hearing: Hearing,
    following: Option<Follower>,
    newest: Newest,
    /// The newest version of the trust bundle.
    bundle: u64,
    looked_over_at: Option<Instant>,
    /// What differs from the published tables.
    pending: BTreeMap<StatusReference, Status>,
    /// What the last urgent file told.
    told: BTreeMap<StatusReference, Status>,
}

impl Publisher {
    /// Knows nothing yet; hears from `at` on.
    pub fn new(at: Instant) -> Self {
        Self {
            hearing: Hearing::new(at),
            following: None,
            newest: Newest::default(),
            bundle: 0,
            looked_over_at: None,
            pending: BTreeMap::new(),
            told: BTreeMap::new(),
        }
    }

    /// One round: follows, hears, and publishes what is due.
    pub async fn round(&mut self, app: &App) -> Answer<()> {
        let at = app.clock.now();
        let region = app.published().rules.authority(at);
        let bundle = bundles::newest(&mut *app.store.reader().await?, &region).await?;
        self.bundle = bundle.map_or(0, |(version, _)| version);
        if self.following.as_ref().is_none_or(|following| *following.region() != region) {
            self.begin(app, &region, at).await?;
        }
        self.follow(app, &region, at).await?;
        for person in self.hearing.next(app).await? {
            self.note(app, &person, at).await?;
        }
        if self.looked_over_at.is_none_or(|then| then.plus_seconds(LOOK_OVER_SECONDS) <= at) {
            self.look_over(app, at).await?;
            self.looked_over_at = Some(at);
        }
        let Some(following) = &self.following else { return Ok(()) };
        let many = self.pending.len() > MOST_URGENT;
        let wait = if many { EARLY_SECONDS } else { DELTA_SECONDS };
        if following.made_at().plus_seconds(wait) <= at {
            self.publish_delta(app, at).await?;
        } else if !many {
            self.tell_urgent(app, at).await?;
        }
        if self.newest.number >= self.newest.snapshot + SNAPSHOT_EVERY {
            self.publish_snapshot(app, at).await?;
        }
        Ok(())
    }

    /// Takes up the published files, or publishes the first.
    async fn begin(&mut self, app: &App, region: &Region, at: Instant) -> Answer<()> {
        (self.looked_over_at, self.following) = (None, None);
        self.pending.clear();
        let newest = status::newest(&mut *app.store.reader().await?, region).await?;
        if let Some(newest) = newest
            && let Some(file) = self.read(app, region, newest.snapshot, FileKind::Snapshot, at).await?
        {
            let following = Follower::begin(region, &file);
            self.following = Some(following.map_err(|fault| unread(&fault.to_string()))?);
            self.newest = newest;
            return Ok(());
        }
        // There is none, or none that a key in force signed: gates take a snapshot with a higher number.
        let number = newest.map_or(0, |newest| newest.number + 1);
        self.open_days(app, at).await?;
        let mut news = self.news(app, region, (Kind::Snapshot, number, [0; 32]), at);
        news.days = self.days_of(app, &BTreeMap::new(), at).await?;
        let Some(file) = self.publish(app, &news, FileKind::Snapshot, at).await? else { return Ok(()) };
        let following = Follower::begin(region, &file);
        self.following = Some(following.map_err(|fault| unread(&fault.to_string()))?);
        self.newest = Newest { number, snapshot: number };
        Ok(())
    }

    /// Takes the deltas that other servers published.
    async fn follow(&mut self, app: &App, region: &Region, at: Instant) -> Answer<()> {
        let Some(newest) = status::newest(&mut *app.store.reader().await?, region).await? else {
            return Ok(());
        };
        while let Some(number) =
            self.following.as_ref().map(|f| f.number() + 1).filter(|n| *n <= newest.number)
        {
            let file = self.read(app, region, number, FileKind::Delta, at).await?;
            let taken = file.zip(self.following.as_mut()).map(|(file, following)| following.take(&file));
            if !matches!(taken, Some(Ok(()))) {
                // What lies between is gone or unreadable: begin again with the newest snapshot.
                self.following = None;
                return Ok(());
            }
        }
        if newest.number != self.newest.number {
            // Another server's delta says again what was told here.
            self.told.clear();
        }
        self.newest = newest;
        self.drop_known();
        Ok(())
    }

    async fn read(
        &self,
        app: &App,
        region: &Region,
        number: u64,
        kind: FileKind,
        at: Instant,
    ) -> Answer<Option<SignedNews>> {
        let content = status::file(&mut *app.store.reader().await?, region, number, kind).await?;
        let Some(content) = content else { return Ok(None) };
        let Some(day) = seal::day_of(&content) else { return Ok(None) };
        let key = key_of(app, day, at).await?;
        let opened = seal::open(&content, &[key], app.keys().trust());
        if let Err(fault) = &opened {
            tracing::warn!(number, kind = kind.word(), %fault, "a status file does not read back");
        }
        Ok(opened.ok())
    }

    /// Notes what the tables should say of a person's passes.
    async fn note(&mut self, app: &App, person: &PersonId, at: Instant) -> Answer<()> {
        let mut conn = app.store.reader().await?;
        let places = passes::places_of(&mut conn, person, at).await?;
        if places.is_empty() {
            return Ok(());
        }
        let known = at_gate::read(&mut conn, app.store.seal(), person, &scheme()).await?;
        drop(conn);
        for place in places {
            let status = status_of(place.is_withdrawn, known.as_ref());
            self.wanted(StatusReference { day: place.issue_day, index: place.status_index }, status);
        }
        Ok(())
    }

    fn published(&self, place: StatusReference) -> Status {
        self.following.as_ref().and_then(|following| following.status(place)).unwrap_or(Status::Green)
    }

    fn wanted(&mut self, place: StatusReference, status: Status) {
        if self.published(place) == status {
            self.pending.remove(&place);
        } else {
            self.pending.insert(place, status);
        }
    }

    /// Forgets what was to be published and is.
    fn drop_known(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        pending.into_iter().for_each(|(place, status)| self.wanted(place, status));
    }

    /// Compares every pass that may still be good with the tables.
    async fn look_over(&mut self, app: &App, at: Instant) -> Answer<()> {
        self.open_days(app, at).await?;
        let mut seen = HashSet::new();
        for (place, status) in statuses_not_green(app, at).await? {
            seen.insert(place);
            self.wanted(place, status);
        }
        let Some(following) = &self.following else { return Ok(()) };
        let mut green = Vec::new();
        // Passes last a day: of those issued before yesterday none is good, and nothing is told of them any more.
        let yesterday = Day(day_of(app, at).0 - 1);
        for (day, table) in following.tables().days().filter(|(day, _)| *day >= yesterday) {
            for status in [Status::Yellow, Status::Red, Status::Undecided] {
                let places = table.indexes_of(status).into_iter().map(|index| StatusReference { day, index });
                green.extend(places.filter(|place| !seen.contains(place)));
            }
        }
        green.into_iter().for_each(|place| self.wanted(place, Status::Green));
        Ok(())
    }

    /// Makes the tables of the next days large enough: three indexes for everyone, and a power of two, so that the size
    /// tells little.
    async fn open_days(&self, app: &App, at: Instant) -> Answer<()> {
        let people = people::count(&mut *app.store.reader().await?).await?;
        let size = u32::try_from(people.saturating_mul(3)).unwrap_or(u32::MAX / 4);
        let size = size.next_power_of_two().clamp(SMALLEST_TABLE, 1 << 28);
        let today = day_of(app, at);
        app.store.write(OpenDays { days: (0..=2).map(|n| Day(today.0 + n)).collect(), size, at }).await
    }

    fn news(
        &self,
        app: &App,
        region: &Region,
        (kind, number, previous): (Kind, u64, [u8; 32]),
        at: Instant,
    ) -> News {
        let made_at = Instant::from_seconds(at.seconds());
        let known = self.following.as_ref().map_or(made_at, Follower::made_at);
        News {
            kind,
            region: region.clone(),
            number,
            previous,
            made_at: made_at.max(known),
            bundle: self.bundle,
            withdrawn: app.keys().withdrawn_kids(),
            days: BTreeMap::new(),
        }
    }

    async fn publish_delta(&mut self, app: &App, at: Instant) -> Answer<()> {
        let Some(following) = &self.following else { return Ok(()) };
        let head = (Kind::Delta, following.number() + 1, following.link());
        let mut news = self.news(app, following.region(), head, at);
        news.days = self.days_of(app, &self.pending, at).await?;
        let number = news.number;
        let Some(file) = self.publish(app, &news, FileKind::Delta, at).await? else { return Ok(()) };
        if let Some(following) = &mut self.following {
            following.take(&file).map_err(|fault| unread(&fault.to_string()))?;
        }
        self.newest.number = number;
        self.told.clear();
        self.drop_known();
        // Nobody listening is no fault.
        let _ = app.urgent.send(StatusNotice::Number(number));
        Ok(())
    }

    /// The changes by day, with the days whose tables were opened or grew.
    async fn days_of(
        &self,
        app: &App,
        changes: &BTreeMap<StatusReference, Status>,
        at: Instant,
    ) -> Answer<BTreeMap<Day, DayNews>> {
        let mut days: BTreeMap<Day, DayNews> = BTreeMap::new();
        let today = day_of(app, at);
        let mut conn = app.store.reader().await?;
        for day in DAYS.map(|offset| Day(today.0 + offset)) {
            let Some(size) = status::day_size(&mut conn, day).await? else { continue };
            let known = self.following.as_ref().and_then(|following| following.tables().size_of(day));
            let changed =
                changes.range(place(day, 0)..=place(day, u32::MAX)).filter(|(place, _)| place.index < size);
            let mut news = DayNews { size, ..DayNews::default() };
            changed.for_each(|(place, status)| news.lists[*status as usize].push(place.index));
            if known != Some(size) || news.lists.iter().any(|list| !list.is_empty()) {
                days.insert(day, news);
            }
        }
        Ok(days)
    }

    /// Tells connected gates at once of everyone who turned stricter since the last delta.
    async fn tell_urgent(&mut self, app: &App, at: Instant) -> Answer<()> {
        let stricter: BTreeMap<_, _> =
            self.pending.iter().filter(|(_, s)| **s != Status::Green).map(|(p, s)| (*p, *s)).collect();
        let Some(following) = &self.following else { return Ok(()) };
        if stricter.is_empty() || stricter == self.told {
            return Ok(());
        }
        let mut news =
            self.news(app, following.region(), (Kind::Urgent, following.number(), following.link()), at);
        news.days = self.days_of(app, &stricter, at).await?;
        let file = self.sealed(app, &news, at).await?;
        let _ = app.urgent.send(StatusNotice::Urgent(Arc::new(file)));
        self.told = stricter;
        Ok(())
    }

    async fn publish_snapshot(&mut self, app: &App, at: Instant) -> Answer<()> {
        let Some(following) = &self.following else { return Ok(()) };
        let head = (Kind::Snapshot, following.number(), following.link());
        let mut news = self.news(app, following.region(), head, at);
        news.days = following.tables().days().map(|(day, table)| (day, News::whole_day(table))).collect();
        let number = news.number;
        if self.publish(app, &news, FileKind::Snapshot, at).await?.is_some() {
            self.newest.snapshot = number;
        }
        Ok(())
    }

    async fn sealed(&self, app: &App, news: &News, at: Instant) -> Answer<Vec<u8>> {
        let key = key_of(app, day_of(app, at), at).await?;
        let published = app.published();
        let signer = published.keys.signer(Purpose::Status, at, at.plus_seconds(DELTA_SECONDS));
        let signer = signer.ok_or_else(|| unread("no key may sign status tables now"))?;
        let signed = seal::sign(news, signer).map_err(|fault| unread(&fault.to_string()))?;
        seal::seal(&signed, &key, app.clock.bytes()).map_err(|fault| unread(&fault.to_string()))
    }

    /// Publishes a file and reads it back; `None` when another server published that number first.
    async fn publish(
        &self,
        app: &App,
        news: &News,
        kind: FileKind,
        at: Instant,
    ) -> Answer<Option<SignedNews>> {
        let content = self.sealed(app, news, at).await?;
        let key = key_of(app, day_of(app, at), at).await?;
        let file =
            seal::open(&content, &[key], app.keys().trust()).map_err(|fault| unread(&fault.to_string()))?;
        let forget = forget_on(at, retention::STATUS_FILE);
        let publish =
            PublishFile { region: news.region.clone(), number: news.number, kind, at, content, forget };
        match app.store.write(publish).await {
            Ok(()) => Ok(Some(file)),
            Err(fault) if fault.is_taken() => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }
}

fn place(day: Day, index: u32) -> StatusReference {
    StatusReference { day, index }
}

fn unread(what: &str) -> Problem {
    tracing::error!(what, "the status tables cannot be published");
    Problem::new(Code::Internal)
}

struct OpenDays {
    days: Vec<Day>,
    size: u32,
    at: Instant,
}

impl Act for OpenDays {
    type Out = ();
    type Fault = Problem;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<()> {
        for day in &self.days {
            let forget = forget_on(self.at, retention::STATUS_FILE + 2);
            if status::day_size(tx.conn().await?, *day).await?.is_none_or(|size| size < self.size) {
                tx.later(status::open_day(*day, self.size, forget)).await?;
            }
        }
        Ok(())
    }
}

struct PublishFile {
    region: Region,
    number: u64,
    kind: FileKind,
    at: Instant,
    content: Vec<u8>,
    forget: Day,
}

impl Act for PublishFile {
    type Out = ();
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<(), StoreFault> {
        let content = self.content.clone();
        let file = status::publish(&self.region, self.number, self.kind, self.at, content, self.forget);
        file.run(tx.conn().await?).await.map(|_| ())
    }
}
