//! Status files: what is published is what a gate knows, however it came to know it; what was altered, left out, repeated
//! or belongs elsewhere is refused; and the sizes that a city needs.

#![allow(clippy::unwrap_used)]

mod forge;

use forge::*;
use healthcode_core::region::Region;
use healthcode_core::time::Day;
use healthcode_credential::bearer::StatusReference;
use healthcode_credential::keys::SigningKey;
use healthcode_credential::status::follower::{FollowFault, Follower};
use healthcode_credential::status::news::{DayNews, Kind, News};
use healthcode_credential::status::seal::{DayKey, SealFault, SignedNews, link, open, seal, sign};
use healthcode_credential::status::table::{Status, StatusTables};
use healthcode_credential::trust::{Purpose, TrustBundle, TrustedKey};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::LazyLock;

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate().unwrap());
static TRUST: LazyLock<TrustBundle> =
    LazyLock::new(|| trusting([TrustedKey { purpose: Purpose::Status, ..listing(&KEY) }]));
const TODAY: Day = Day(18_303);

fn day_key() -> DayKey {
    DayKey { day: TODAY, secret: [7; 32] }
}

fn region() -> Region {
    Region::new("330100").unwrap()
}

/// One publisher and what it has published.
struct Publisher {
    tables: StatusTables,
    number: u64,
    link: [u8; 32],
}

impl Publisher {
    fn new() -> Self {
        Self { tables: StatusTables::default(), number: 0, link: [0; 32] }
    }

    fn news(&self, kind: Kind, days: BTreeMap<Day, DayNews>) -> News {
        News {
            kind,
            region: region(),
            number: self.number,
            previous: self.link,
            made_at: at(self.number as i64 * 60),
            bundle: 1,
            withdrawn: Vec::new(),
            days,
        }
    }

    fn snapshot(&self) -> News {
        self.news(
            Kind::Snapshot,
            self.tables.days().map(|(day, table)| (day, News::whole_day(table))).collect(),
        )
    }

    fn delta(&mut self, days: BTreeMap<Day, DayNews>) -> News {
        let mut news = self.news(Kind::Delta, days);
        news.number += 1;
        news.made_at = at(news.number as i64 * 60);
        news.apply(&mut self.tables);
        (self.number, self.link) = (news.number, link(&news));
        news
    }
}

fn sealed(news: &News) -> Vec<u8> {
    seal(&sign(news, &KEY).unwrap(), &day_key(), [3; 12]).unwrap()
}

fn opened(news: &News) -> SignedNews {
    open(&sealed(news), &[day_key()], &TRUST).unwrap()
}

fn one_change(index: u32, status: Status) -> BTreeMap<Day, DayNews> {
    let mut news = DayNews { size: 1_000, ..DayNews::default() };
    news.lists[status as usize].push(index);
    BTreeMap::from([(TODAY, news)])
}

fn any_change() -> impl Strategy<Value = BTreeMap<Day, DayNews>> {
    let day =
        (prop::collection::btree_map(0u32..500, 0usize..4, 0..40), 500u32..600).prop_map(|(sets, size)| {
            let mut news = DayNews { size, ..DayNews::default() };
            sets.into_iter().for_each(|(index, status)| news.lists[status].push(index));
            news
        });
    prop::collection::btree_map((18_302i32..18_305).prop_map(Day), day, 0..3)
}

proptest! {
    /// Whoever followed from the beginning, and whoever begins with a snapshot anywhere, knows the same in the end.
    #[test]
    fn a_gate_knows_the_same_by_deltas_and_by_any_snapshot(
        changes in prop::collection::vec(any_change(), 1..8), begin in 0usize..8,
    ) {
        let mut publisher = Publisher::new();
        let mut always = Follower::begin(&region(), &opened(&publisher.snapshot())).unwrap();
        let mut late = None;
        for (round, change) in changes.into_iter().enumerate() {
            if round == begin {
                late = Some(Follower::begin(&region(), &opened(&publisher.snapshot())).unwrap());
            }
            let file = opened(&publisher.delta(change));
            always.take(&file).unwrap();
            if let Some(late) = &mut late {
                late.take(&file).unwrap();
            }
        }
        prop_assert_eq!(always.tables(), &publisher.tables);
        let newest = Follower::begin(&region(), &opened(&publisher.snapshot())).unwrap();
        for other in late.iter().chain([&newest]) {
            prop_assert_eq!(other.number(), always.number());
            prop_assert_eq!(other.link(), always.link());
            for (day, table) in publisher.tables.days() {
                for index in 0..table.size() {
                    let reference = StatusReference { day, index };
                    prop_assert_eq!(other.status(reference), always.status(reference));
                }
            }
        }
    }

    #[test]
    fn content_is_read_as_it_was_written_and_only_so(days in any_change(), place in 0usize..400, byte: u8) {
        let news = Publisher::new().news(Kind::Delta, days);
        let bytes = news.write();
        prop_assert_eq!(News::read(&bytes).unwrap(), news);
        let mut changed = bytes;
        let place = place % changed.len();
        changed[place] = byte;
        if let Ok(news) = News::read(&changed) {
            prop_assert_eq!(news.write(), changed);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = News::read(&bytes);
        prop_assert!(open(&bytes, &[day_key()], &TRUST).is_err());
        prop_assert!(open(&[b"EPS1\0\0\x47\x7f", &bytes[..]].concat(), &[day_key()], &TRUST).is_err());
    }

    #[test]
    fn no_altered_file_is_taken(place in 0usize..300, change in 1u8..) {
        let mut file = sealed(&Publisher::new().snapshot());
        let place = place % file.len();
        file[place] ^= change;
        prop_assert!(open(&file, &[day_key()], &TRUST).is_err());
    }
}

#[test]
fn a_gate_refuses_what_goes_back_leaves_out_or_repeats() {
    let mut publisher = Publisher::new();
    let first = opened(&publisher.snapshot());
    let one = opened(&publisher.delta(one_change(1, Status::Red)));
    let between = opened(&publisher.snapshot());
    let two = opened(&publisher.delta(one_change(2, Status::Red)));
    let mut gate = Follower::begin(&region(), &first).unwrap();
    assert_eq!(gate.take(&two), Err(FollowFault::Gap { known: 0, found: 2 }));
    gate.take(&one).unwrap();
    assert_eq!(gate.take(&one), Err(FollowFault::Past { known: 1, found: 1 }), "replayed");
    gate.take(&two).unwrap();
    assert_eq!(gate.take(&between), Err(FollowFault::Past { known: 2, found: 1 }), "rolled back");
    assert_eq!(gate.take(&first), Err(FollowFault::Past { known: 2, found: 0 }), "rolled back");
    assert_eq!(gate.status(StatusReference { day: TODAY, index: 2 }), Some(Status::Red));
    let mut late = Follower::begin(&region(), &first).unwrap();
    late.take(&between).unwrap();
    late.take(&two).unwrap();
    assert_eq!(late, gate);
    assert_eq!(Follower::begin(&region(), &one), Err(FollowFault::NoSnapshot));
}

#[test]
fn a_gate_refuses_a_second_story_and_another_region() {
    let (mut publisher, mut other) = (Publisher::new(), Publisher::new());
    let mut gate = Follower::begin(&region(), &opened(&publisher.snapshot())).unwrap();
    gate.take(&opened(&publisher.delta(one_change(1, Status::Red)))).unwrap();
    other.delta(one_change(1, Status::Yellow));
    assert_eq!(gate.take(&opened(&other.delta(one_change(2, Status::Red)))), Err(FollowFault::Fork));
    let mut before = publisher.delta(one_change(3, Status::Red));
    before.made_at = at(0);
    assert_eq!(gate.take(&opened(&before)), Err(FollowFault::Time));
    let abroad = News { region: Region::new("110000").unwrap(), ..publisher.snapshot() };
    assert_eq!(
        open(&sealed(&abroad), &[day_key()], &TRUST).unwrap_err().code(),
        "status_signature",
        "a key of one region signs no other's"
    );
    let wanted = Region::new("110000").unwrap();
    let begun = Follower::begin(&wanted, &opened(&publisher.snapshot()));
    assert_eq!(begun, Err(FollowFault::Region { wanted, found: region() }));
}

#[test]
fn an_urgent_file_stands_on_the_last_delta_and_the_next_delta_says_it_again() {
    let mut publisher = Publisher::new();
    let mut gate = Follower::begin(&region(), &opened(&publisher.snapshot())).unwrap();
    let urgent = opened(&publisher.news(Kind::Urgent, one_change(5, Status::Red)));
    gate.take(&urgent).unwrap();
    let five = StatusReference { day: TODAY, index: 5 };
    assert_eq!((gate.number(), gate.status(five)), (0, Some(Status::Red)));
    gate.take(&urgent).unwrap();
    gate.take(&opened(&publisher.delta(one_change(5, Status::Red)))).unwrap();
    assert_eq!((gate.number(), gate.status(five)), (1, Some(Status::Red)));
    assert_eq!(gate.take(&urgent), Err(FollowFault::Past { known: 1, found: 0 }));
}

#[test]
fn a_withdrawn_key_stays_withdrawn_though_later_files_leave_it_out() {
    let mut publisher = Publisher::new();
    let mut first = publisher.snapshot();
    first.withdrawn = vec![[1; 8], [2; 8]];
    let mut gate = Follower::begin(&region(), &opened(&first)).unwrap();
    gate.take(&opened(&publisher.delta(BTreeMap::new()))).unwrap();
    assert_eq!(gate.withdrawn().count(), 2);
    first.withdrawn.reverse();
    assert!(News::read(&first.write()).is_err(), "in one order only");
}

#[test]
fn a_file_is_taken_only_with_its_days_key_and_a_key_for_status_tables() {
    let news = Publisher::new().snapshot();
    let file = sealed(&news);
    let other_day = DayKey { day: Day(18_304), ..day_key() };
    assert_eq!(open(&file, &[other_day], &TRUST), Err(SealFault::NoDayKey(TODAY)));
    let other_key = DayKey { secret: [8; 32], ..day_key() };
    assert_eq!(open(&file, &[other_key], &TRUST), Err(SealFault::Altered));
    let for_passes = trusting([listing(&KEY)]);
    assert!(open(&file, &[day_key()], &for_passes).unwrap_err().to_string().contains("key_purpose"));
    assert!(open(&file, &[day_key()], &TrustBundle::default()).is_err());
    let withdrawn = TrustedKey { purpose: Purpose::Status, ..listing(&KEY) };
    let life = withdrawn.life.unwrap().withdraw(at(0)).unwrap();
    let withdrawn = trusting([TrustedKey { life: Some(life), ..withdrawn }]);
    assert!(open(&file, &[day_key()], &withdrawn).unwrap_err().to_string().contains("key_withdrawn"));
    assert_eq!(open(b"EPS2", &[day_key()], &TRUST), Err(SealFault::Form));
}

/// So many indexes of a table, evenly at random: each is drawn with the same chance.
fn drawn(size: u32, of: u32, seed: u64) -> Vec<u32> {
    let mut state = seed;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32
    };
    (0..size).filter(|_| (u64::from(next()) * u64::from(size)) >> 31 < u64::from(of)).collect()
}

#[test]
fn a_city_of_25_million_fits_460_kilobytes_and_a_thousand_changes_four() {
    let (size, yellow, red) = (25_000_000, 250_000, 50_000);
    let red: Vec<_> = drawn(size, red, 1);
    let yellow: Vec<_> =
        drawn(size, yellow, 2).into_iter().filter(|index| red.binary_search(index).is_err()).collect();
    assert!((295_000..305_000).contains(&(red.len() + yellow.len())), "{} and {}", red.len(), yellow.len());
    let day = DayNews { size, lists: [Vec::new(), yellow, red, Vec::new()] };
    let snapshot = Publisher::new().news(Kind::Snapshot, BTreeMap::from([(TODAY, day)]));
    let bytes = sealed(&snapshot).len();
    assert!(bytes <= 460_000, "{bytes} bytes");
    let mut lists: [Vec<u32>; 4] = Default::default();
    for (place, index) in drawn(size, 1_000, 3).into_iter().enumerate() {
        lists[place % 4].push(index);
    }
    let delta = Publisher::new().news(Kind::Delta, BTreeMap::from([(TODAY, DayNews { size, lists })]));
    let bytes = sealed(&delta).len();
    assert!(bytes <= 4_000, "{bytes} bytes");
}
