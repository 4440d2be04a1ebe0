//! A day of visits in the database: stored in bulk, each commit on disk before the next begins, and forgotten.

use crate::table::{Aim, Rounds, Row};
use crate::{Answer, ROUNDS};
use healthcode_core::ids::{PersonId, PointId, VisitId};
use healthcode_core::time::{Day, Instant, Interval};
use healthcode_server::visiting::open_day;
use healthcode_store::seal::SealKey;
use healthcode_store::visits::Visit;
use healthcode_store::{Act, Engine, Store, StoreFault, Tx, forget, visit_days, visit_load};
use healthcode_testkit::crowd::{Crowd, CrowdVisit};
use healthcode_testkit::world::Database;
use std::time::Instant as Watch;

/// Visits in one commit, as in an import that holds nobody up, and in one that has the database to itself.
const GENTLY: usize = 200_000;
const AT_ONCE: usize = 1_000_000;
/// Rows that were deleted in one act before days were emptied.
const BATCH: i64 = 5_000;
/// Visits a second, stored.
const AIM: f64 = 200_000.0;
/// The day of the visits.
const DAY: Day = Day(20_500);

struct Load(Vec<Visit>);

impl Act for Load {
    type Out = u64;
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<u64, StoreFault> {
        open_day(tx, DAY, DAY).await?;
        visit_load::load(tx, &self.0, Instant::from_seconds(0), "bench").await
    }
}

/// Empties the day.
struct Empty;

impl Act for Empty {
    type Out = bool;
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<bool, StoreFault> {
        visit_days::forget(tx, DAY, Day(DAY.0 + 29)).await
    }
}

/// Deletes some rows of it by their day.
struct DeleteSome;

impl Act for DeleteSome {
    type Out = u64;
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<u64, StoreFault> {
        let table = visit_days::TABLES[visit_days::slot_of(DAY)];
        forget::batch(tx.conn().await?, (table, "point, entered_at, id"), Day(DAY.0 + 29), BATCH).await
    }
}

/// Sixteen bytes that look random, as ids do.
fn bytes(kind: u64, number: u64) -> [u8; 16] {
    let mix = |value: u64| {
        let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB)
    };
    let (high, low) = (mix(number.wrapping_mul(31) + kind), mix(number ^ (kind << 40)));
    (u128::from(high) << 64 | u128::from(low)).to_be_bytes()
}

fn visit(number: u64, visit: &CrowdVisit) -> Visit {
    Visit {
        id: VisitId::of_bytes(bytes(0, number)),
        point: PointId::of_bytes(bytes(1, visit.place.into())),
        person: PersonId::of_bytes(bytes(2, visit.person.into())),
        stay: Interval { from: Instant::from_seconds(visit.from), until: Instant::from_seconds(visit.until) },
        assumed: false,
        open: false,
        grade: "witnessed".to_owned(),
        kind: "market".to_owned(),
        seat: None,
        part: None,
        way: None,
        flag: None,
        cleared_at: None,
    }
}

async fn load(store: &Store, visits: &[Visit], at_once: usize) -> Answer<f64> {
    let mut visits = visits.to_vec();
    let watch = Watch::now();
    visits.sort_by_cached_key(|visit| {
        (visit_days::day_of(visit.stay.from), visit.point.clone(), visit.stay.from)
    });
    let acts = visits.chunks(at_once).map(|some| Load(some.to_vec()));
    for act in acts {
        let count = act.0.len() as u64;
        if store.write(act).await? != count {
            return Err("every visit is stored once".into());
        }
    }
    Ok(visits.len() as f64 / watch.elapsed().as_secs_f64())
}

/// Stores a day of visits and forgets it, as a whole and row by row.
pub async fn measure(count: u64, database: Database, engine: &str) -> Answer<[Row; 2]> {
    let store = Store::open(&database.url(), SealKey::new(&[7; 32])?).await?;
    let crowd = Crowd { seed: 7, people: 500_000, places: 20_000, visits: count, days: 1, first_day: DAY.0 };
    let visits = crowd.visits_of_day(0).enumerate().map(|(number, visited)| visit(number as u64, &visited));
    // A few begin after midnight.
    let visits: Vec<_> = visits.filter(|visit| visit_days::day_of(visit.stay.from) == DAY).collect();
    let (mut rates, mut gently) = (Vec::new(), Vec::new());
    let (mut whole, mut single) = (Vec::new(), Vec::new());
    for round in 0..2 * ROUNDS {
        match round % 2 {
            0 => rates.push(load(&store, &visits, AT_ONCE).await?),
            _ => gently.push(load(&store, &visits, GENTLY).await?),
        }
        let watch = Watch::now();
        if !store.write(Empty).await? {
            return Err("the day is past".into());
        }
        whole.push(watch.elapsed().as_secs_f64() * 1e3);
    }
    load(&store, &visits, AT_ONCE).await?;
    let watch = Watch::now();
    while store.write(DeleteSome).await? > 0 {}
    single.push(watch.elapsed().as_secs_f64() * 1e3);
    let floor = if store.engine() == Engine::Sqlite { Aim::Figure(AIM) } else { Aim::None };
    store.close().await;
    Ok([
        Row {
            name: format!("visits in bulk, {engine}"),
            done: format!("{count} visits of one day by 500,000 people at 20,000 points, {AT_ONCE} a commit"),
            figure: Rounds::rates(&rates, "visits/s"),
            yardstick: "200,000 a commit",
            yard: Rounds::rates(&gently, "visits/s"),
            aim: floor,
        },
        Row {
            name: format!("a day forgotten, {engine}"),
            done: format!("{count} visits, the day as a whole"),
            figure: Rounds::times(&whole, "ms"),
            yardstick: "the same rows deleted by their day, 5,000 an act",
            yard: Rounds::times(&single, "ms"),
            aim: Aim::RatioAtMost(0.1),
        },
    ])
}
