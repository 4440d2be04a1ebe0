//! What every request shares: store, clock, keys, rules, regions, and what is remembered to answer quickly. All that
//! is remembered can be lost at any moment: it is read again from the store.

use crate::clock::Clock;
use crate::config::Config;
use crate::keys::Keys;
use crate::notify::{ChannelFault, Channels};
use crate::problem::Answer;
use crate::rules_in_force::RulesInForce;
use axum::body::Bytes;
use healthcode_core::decision::Colour;
use healthcode_core::ids::{AccountId, PersonId, PointId};
use healthcode_core::region_table::RegionTable;
use healthcode_core::time::{Day, Instant};
use healthcode_credential::bearer::StatusReference;
use healthcode_credential::known_pass::{KnownPass, KnownPasses};
use healthcode_store::Store;
use healthcode_store::points::Point;
use quick_cache::sync::Cache;
use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::future::Future;
use std::hash::{Hash, Hasher};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, RwLock};
use tokio::sync::{Notify, broadcast};

/// Sessions remembered, at most.
const SESSIONS: usize = 200_000;
/// People remembered, at most.
const PEOPLE: usize = 200_000;
/// Passes remembered, at most; 32 bytes each.
const PASSES: usize = 500_000;
/// Notices that a slow live page may fall behind before it simply reads anew.
const NOTICES: usize = 1_024;

/// Status notices that a slow gate may fall behind; it fetches what it missed.
const STATUS_NOTICES: usize = 64;
/// Collection points remembered, at most.
const POINTS: usize = 100_000;
/// Stripes of people that are told apart when answers are remembered.
const STRIPES: usize = 65_536;

/// The shared state; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// What [`App`] shares.
pub struct Inner {
    /// Settings.
    pub config: Config,
    /// Records.
    pub store: Store,
    /// Time and chance.
    pub clock: Clock,
    /// Known regions.
    pub regions: RegionTable,
    published: RwLock<Published>,
    /// The rules changed, and not everyone was decided anew since.
    rules_changed: AtomicBool,
    /// Sessions by token hash.
    pub(crate) sessions: Cache<[u8; 32], Arc<crate::caller::Caller>>,
    /// The person that a resident's account acts for, good while the person's generation is the one beside it.
    own_people: Cache<AccountId, (PersonId, u64)>,
    /// Ready answers of "show my code", by person.
    pub(crate) codes: Cache<PersonId, Arc<ReadyCode>>,
    /// Whose status index a pass carries, by (issue day, index), good while the person's generation is the one beside it:
    /// a pass that is withdrawn is withdrawn by a change of the person.
    holders: Cache<(i32, u32), (PersonId, u64)>,
    /// Passes that were signed or verified here.
    pub(crate) passes: Passes,
    /// What a scan needs to know of a person.
    pub(crate) scanned: Cache<PersonId, Arc<ScannedPerson>>,
    /// Collection points; they are added and never changed.
    pub(crate) points: Cache<PointId, Arc<Point>>,
    /// Days of which visits can be stored without asking whether there is room; none before the job has opened any.
    open_days: Mutex<Option<RangeInclusive<Day>>>,
    /// Counts changes by stripe of people, so that an answer read before a change is not remembered after it.
    generations: Vec<AtomicU64>,
    /// Counts changes of anyone.
    changed: AtomicU64,
    changes: broadcast::Sender<ChangeNotice>,
    /// Comparisons of drafts by this server, by name and version.
    pub(crate) comparisons: Mutex<BTreeMap<(String, u32), Progress>>,
    /// Where presentations were seen, by issue day, index and time: the same one at another point is relayed, or a picture of it.
    pub(crate) presented: Cache<(i32, u32, i64), PointId>,
    /// Urgent status files, as they are made.
    pub(crate) urgent: broadcast::Sender<StatusNotice>,
    /// Who can be signed in as, in the demo.
    pub cast: OnceLock<Vec<crate::api::demo::CastMember>>,
    /// How people can be told of changes.
    pub channels: Channels,
    /// Wakes the jobs.
    pub wake: Notify,
    /// Where people open the pages, for links.
    pub public_url: String,
    /// What has been served.
    pub counters: crate::telemetry::Counters,
}

/// Passes whose signature need not be checked again: most people are scanned several times a day with one pass.
pub(crate) struct Passes(Cache<KnownPass, ()>);

impl KnownPasses for Passes {
    fn holds(&self, pass: &KnownPass) -> bool {
        self.0.get(pass).is_some()
    }

    fn keep(&self, pass: KnownPass) {
        self.0.insert(pass, ());
    }
}

/// What live pages are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeNotice {
    /// Something about a person changed.
    Of(PersonId),
    /// Something changed for everyone.
    All,
}

/// What connected gates are told.
#[derive(Clone, Debug)]
pub(crate) enum StatusNotice {
    /// A delta was published.
    Number(u64),
    /// What turned stricter since the last delta: a file of the status tables.
    Urgent(Arc<Vec<u8>>),
}

/// How far a comparison of a draft has come.
#[derive(Clone)]
pub(crate) enum Progress {
    /// So many people were compared.
    UnderWay(Arc<AtomicU64>),
    /// It ended early; the log says why.
    Failed,
}

/// What may be replaced while the server runs.
#[derive(Clone)]
pub struct Published {
    /// Rule sets.
    pub rules: Arc<RulesInForce>,
    /// Secrets and signing keys, with those that passes are verified with.
    pub keys: Arc<Keys>,
}

/// An answer to "show my code", good until something changes or an instant.
pub(crate) struct ReadyCode {
    pub body: Bytes,
    pub good_until: Instant,
}

/// What a scan needs to know of a person, good until something changes or an instant.
pub(crate) struct ScannedPerson {
    pub colour: Colour,
    pub active: bool,
    pub masked_name: String,
    pub last_four: String,
    pub good_until: Instant,
}

impl std::ops::Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    /// Puts the parts together.
    pub fn new(
        config: Config,
        store: Store,
        clock: Clock,
        regions: RegionTable,
        published: Published,
        public_url: String,
    ) -> Result<Self, ChannelFault> {
        let channels = Channels::new(&config.notices)?;
        Ok(Self(Arc::new(Inner {
            config,
            store,
            clock,
            regions,
            published: RwLock::new(published),
            rules_changed: AtomicBool::new(false),
            sessions: Cache::new(SESSIONS),
            own_people: Cache::new(SESSIONS),
            codes: Cache::new(PEOPLE),
            holders: Cache::new(PEOPLE),
            passes: Passes(Cache::new(PASSES)),
            scanned: Cache::new(PEOPLE),
            points: Cache::new(POINTS),
            generations: (0..STRIPES).map(|_| AtomicU64::new(0)).collect(),
            changed: AtomicU64::new(0),
            changes: broadcast::channel(NOTICES).0,
            comparisons: Mutex::default(),
            presented: Cache::new(PEOPLE),
            open_days: Mutex::new(None),
            urgent: broadcast::channel(STATUS_NOTICES).0,
            cast: OnceLock::new(),
            channels,
            wake: Notify::new(),
            public_url,
            counters: crate::telemetry::Counters::default(),
        })))
    }

    /// Rules and keys now.
    pub fn published(&self) -> Published {
        self.published.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// The keys now.
    pub fn keys(&self) -> Arc<Keys> {
        self.published().keys
    }

    /// Puts other rules in force; every remembered answer is dropped.
    pub fn publish_rules(&self, rules: RulesInForce) {
        self.published.write().unwrap_or_else(std::sync::PoisonError::into_inner).rules = Arc::new(rules);
        self.forget_answers();
    }

    /// Puts other keys in force; every remembered answer is dropped, since its pass may be withdrawn.
    pub fn publish_keys(&self, keys: Keys) {
        self.published.write().unwrap_or_else(std::sync::PoisonError::into_inner).keys = Arc::new(keys);
        self.forget_answers();
    }

    /// Notes that visits of these days can be stored without asking whether there is room.
    pub(crate) fn days_are_open(&self, days: RangeInclusive<Day>) {
        *self.open_days.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(days);
    }

    /// Whether visits of a day can be stored without asking whether there is room.
    pub(crate) fn is_open(&self, day: Day) -> bool {
        let open = self.open_days.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        open.as_ref().is_some_and(|days| days.contains(&day))
    }

    /// Notes that everyone has to be decided anew.
    pub(crate) fn rules_changed(&self) {
        self.rules_changed.store(true, Ordering::SeqCst);
    }

    /// Whether everyone has to be decided anew; whoever asks does it.
    pub(crate) fn take_rules_changed(&self) -> bool {
        self.rules_changed.swap(false, Ordering::SeqCst)
    }

    /// Drops every remembered answer about people.
    pub fn forget_answers(&self) {
        for generation in &self.generations {
            generation.fetch_add(1, Ordering::SeqCst);
        }
        self.changed.fetch_add(1, Ordering::SeqCst);
        self.own_people.clear();
        self.codes.clear();
        self.scanned.clear();
    }

    /// Something about a person changed: drops what is remembered and tells the live pages.
    pub fn changed(&self, person: &PersonId) {
        self.generation(person).fetch_add(1, Ordering::SeqCst);
        self.changed.fetch_add(1, Ordering::SeqCst);
        self.codes.remove(person);
        self.scanned.remove(person);
        // Nobody watching is no fault.
        let _ = self.changes.send(ChangeNotice::Of(person.clone()));
    }

    /// Whom an account acts for is read again the next time.
    pub(crate) fn forget_person_of(&self, account: &AccountId) {
        self.own_people.remove(account);
    }

    /// The person that an account acts for, where that is remembered and nothing about the person changed since.
    pub(crate) fn remembered_person(&self, account: &AccountId) -> Option<PersonId> {
        let (person, generation) = self.own_people.get(account)?;
        (self.generation(&person).load(Ordering::SeqCst) == generation).then_some(person)
    }

    /// Reads whom an account acts for with `read` and remembers it. It is read again after the generation, so that a
    /// device that ceases to act for someone meanwhile is not remembered as acting.
    pub(crate) async fn remember_person<F>(
        &self,
        account: &AccountId,
        read: impl Fn() -> F,
    ) -> Answer<Option<PersonId>>
    where
        F: Future<Output = Answer<Option<PersonId>>>,
    {
        let Some(found) = read().await? else { return Ok(None) };
        let generation = self.generation(&found).load(Ordering::SeqCst);
        let person = read().await?;
        if let Some(person) = person.clone()
            && person == found
        {
            self.own_people.insert(account.clone(), (person, generation));
        }
        Ok(person)
    }

    /// Whose pass carries a status index, where that is remembered and nothing about the person changed since.
    pub(crate) fn remembered_holder(&self, index: (i32, u32)) -> Option<PersonId> {
        let (person, generation) = self.holders.get(&index)?;
        (self.generation(&person).load(Ordering::SeqCst) == generation).then_some(person)
    }

    /// Reads or takes the place of a person's tokens with `read`, and remembers whose it is.
    pub(crate) async fn remember_place(
        &self,
        person: &PersonId,
        read: impl Future<Output = Answer<StatusReference>>,
    ) -> Answer<StatusReference> {
        // Read before the place: a change in between leaves a generation that no longer counts.
        let generation = self.generation(person).load(Ordering::SeqCst);
        let place = read.await?;
        self.holders.insert((place.day.0, place.index), (person.clone(), generation));
        Ok(place)
    }

    /// Reads whose pass carries a status index with `read`, and remembers it unless anything changed meanwhile.
    pub(crate) async fn remember_holder(
        &self,
        index: (i32, u32),
        read: impl Future<Output = Answer<Option<PersonId>>>,
    ) -> Answer<Option<PersonId>> {
        let before = self.changed.load(Ordering::SeqCst);
        let holder = read.await?;
        if let Some(person) = &holder {
            let generation = self.generation(person).load(Ordering::SeqCst);
            if self.changed.load(Ordering::SeqCst) == before {
                self.holders.insert(index, (person.clone(), generation));
            }
        }
        Ok(holder)
    }

    fn generation(&self, person: &PersonId) -> &AtomicU64 {
        let mut hasher = DefaultHasher::new();
        person.hash(&mut hasher);
        &self.generations[hasher.finish() as usize % STRIPES]
    }

    /// Reads something about a person with `read` and remembers it in `cache`, unless it changed meanwhile.
    pub(crate) async fn remember<T, F: Future<Output = Answer<Arc<T>>>>(
        &self,
        person: &PersonId,
        cache: &Cache<PersonId, Arc<T>>,
        read: F,
    ) -> Answer<Arc<T>> {
        let before = self.generation(person).load(Ordering::SeqCst);
        let value = read.await?;
        cache.insert(person.clone(), value.clone());
        if self.generation(person).load(Ordering::SeqCst) != before {
            cache.remove(person);
        }
        Ok(value)
    }

    /// How many gates listen for status files at this server now.
    pub fn gates_connected(&self) -> usize {
        self.urgent.receiver_count()
    }

    /// The time jumped, as only a demo's does: every live page looks again.
    pub fn everyone_changed(&self) {
        let _ = self.changes.send(ChangeNotice::All);
    }

    /// Notices of changes from now on.
    pub fn watch(&self) -> broadcast::Receiver<ChangeNotice> {
        self.changes.subscribe()
    }
}
