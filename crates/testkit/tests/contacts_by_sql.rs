//! A small city whose contacts are asked for by SQL, as the server does it, on both databases, and of the index.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use healthcode_core::ids::{PersonId, PointId, VisitId};
use healthcode_core::time::{Day, Instant, Interval};
use healthcode_store::seal::SealKey;
use healthcode_store::{Act, Conn, Store, StoreFault, Tx, visit_days, visits};
use healthcode_testkit::crowd::{Crowd, CrowdVisit};
use healthcode_testkit::world::Database;
use healthcode_trace::city::{Asked, CityContact, DayIndex, DayVisit, Presence, each_day};
use healthcode_trace::{Choices, Grade, Policy, Visit, wanted_exposures};
use std::collections::BTreeMap;

const CITY: Crowd = Crowd { seed: 9, people: 80, places: 15, visits: 1_600, days: 4, first_day: 18_303 };
const KEPT: Day = Day(99_999);
const MIDNIGHT: i64 = 18_303 * 86_400;

fn person(number: u32) -> PersonId {
    PersonId::new(format!("person-{number:03}")).unwrap()
}

fn point(number: u32) -> PointId {
    PointId::new(format!("point-{number:03}")).unwrap()
}

fn number(id: &str) -> u32 {
    id.rsplit('-').next().unwrap().parse().unwrap()
}

fn at(second: i64) -> Instant {
    Instant::from_seconds(second)
}

/// All visits, in one act.
struct Keep(Vec<CrowdVisit>);

impl Act for Keep {
    type Out = ();
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<(), StoreFault> {
        for day in 0..=CITY.days {
            let day = Day(18_303 + day as i32);
            assert!(visit_days::open(tx, day, KEPT, day).await?);
        }
        for (number, visit) in self.0.iter().enumerate() {
            let kept = visits::Visit {
                id: VisitId::new(format!("visit-{number:05}")).unwrap(),
                point: point(visit.place),
                person: person(visit.person),
                stay: Interval { from: at(visit.from), until: at(visit.until) },
                assumed: false,
                open: false,
                grade: "witnessed".to_owned(),
                kind: "market".to_owned(),
                seat: None,
                part: None,
                way: None,
                flag: None,
                cleared_at: None,
            };
            tx.later(visits::add(&kept, at(visit.until), "checker")).await?;
        }
        Ok(())
    }
}

fn traced(visit: &visits::Visit) -> Visit {
    Visit::new(visit.person.clone(), visit.point.clone(), visit.stay, Grade::Witnessed)
}

/// By statements that name the person or the point: where the case was, and who was there.
async fn by_sql(conn: &mut Conn, case: u32, window: Interval, policy: &Policy) -> Vec<CityContact> {
    let own = visits::of_person(conn, &person(case), window).await.unwrap();
    let mut spans = BTreeMap::<PointId, Interval>::new();
    for visit in &own {
        let span = spans.entry(visit.point.clone()).or_insert(visit.stay);
        *span = Interval { from: span.from.min(visit.stay.from), until: span.until.max(visit.stay.until) };
    }
    let mut others = Vec::new();
    for (point, span) in &spans {
        others.extend(visits::at_point(conn, point, *span).await.unwrap().iter().map(traced));
    }
    let own: Vec<_> = own.iter().map(traced).collect();
    let wanted = wanted_exposures(&person(case), &[window], &own, &others, policy, &Choices::new());
    let row = |found: &healthcode_trace::WantedExposure| CityContact {
        person: number(found.person.as_str()),
        place: number(found.place.as_str()),
        first: found.first_at.seconds(),
        last: found.last_at.seconds(),
        seconds: i64::from(found.minutes),
    };
    wanted.exposures.iter().map(row).collect()
}

fn index(visits: &[CrowdVisit]) -> Presence<Vec<u8>> {
    let mut days = BTreeMap::<i32, Vec<DayVisit>>::new();
    for visit in visits {
        let parts = each_day(visit.person, visit.place, visit.from, visit.until, Grade::Witnessed).unwrap();
        parts.for_each(|(day, part)| days.entry(day).or_default().push(part));
    }
    let mut presence = Presence::default();
    days.into_iter().for_each(|(day, visits)| presence.of_day(day).push(DayIndex::build(day, 0, visits)));
    presence
}

async fn sql_and_the_index_find_the_same(database: Database) {
    let store = Store::open(&database.url(), SealKey::new(&[7; 32]).unwrap()).await.unwrap();
    let visits: Vec<_> = (0..CITY.days).flat_map(|day| CITY.visits_of_day(day)).collect();
    let presence = index(&visits);
    store.write(Keep(visits)).await.unwrap();
    let mut conn = store.reader().await.unwrap();
    let whole = Interval { from: at(MIDNIGHT), until: at(MIDNIGHT + 5 * 86_400) };
    let part = Interval { from: at(MIDNIGHT + 100_000), until: at(MIDNIGHT + 200_001) };
    let mut rows = 0;
    for name in ["place-15min-sum-24h", "place-15min-unbroken"] {
        for cap in [None, Some(12)] {
            // The same bound for both: the server asks an officer above it.
            let policy = Policy { cap, ask_above: cap, ..Policy::built_in(name).unwrap() };
            for (case, window) in
                (0..CITY.people).map(|case| (case, if case % 2 == 0 { whole } else { part }))
            {
                let asked = Asked { windows: &[window], weakest: Grade::Rotating, policy: &policy };
                let mut found = presence.contacts(case, asked).unwrap().found;
                // The server tells whole minutes.
                found.iter_mut().for_each(|row| row.seconds /= 60);
                assert_eq!(by_sql(&mut conn, case, window, &policy).await, found, "{name}, {cap:?}, {case}");
                rows += found.len();
            }
        }
    }
    assert!(rows > 2_000, "{rows} rows are too few to compare");
    drop(conn);
    store.close().await;
}

#[tokio::test]
async fn sql_on_sqlite_finds_the_contacts_of_the_index() {
    sql_and_the_index_find_the_same(Database::sqlite()).await;
}

#[tokio::test]
async fn sql_on_postgresql_finds_the_contacts_of_the_index() {
    if let Some(database) = Database::postgres().await {
        sql_and_the_index_find_the_same(database).await;
    }
}
