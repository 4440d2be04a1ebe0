//! `healthcode import visits --database`, and how what is imported reaches contacts through a running server.
#![allow(clippy::unwrap_used)]

mod common;
use common::installation::{Installation, PEOPLE, last_line, now, person};
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::region::Region;
use healthcode_core::rule_set::Text;
use healthcode_core::time::{Day, Instant, Interval};
use healthcode_server::app::ChangeNotice;
use healthcode_server::clock::Clock;
use healthcode_server::config::Config;
use healthcode_server::jobs::{reconcile, relay::Relay};
use healthcode_server::start;
use healthcode_store::points::{self, Point};
use healthcode_store::queue::{self, RECONCILE};
use healthcode_store::{Act, StoreFault, Tx, evidence, visits};

on_both! {
    visits_are_stored_once_between_known_people_and_points
    visits_of_several_commits_are_all_stored_and_once
    an_imported_case_reaches_contacts_and_live_pages
}

async fn visits_of_several_commits_are_all_stored_and_once(site: &Installation) {
    let (ann, ben, market) = ann_ben_and_market(site).await;
    let mut table = "person,place,entered_at,left_at\n".to_owned();
    for number in 0..2_500 {
        let (who, entered) = (if number % 2 == 0 { &ann } else { &ben }, hours_ago(6).plus_seconds(number));
        table += &format!("{who},market,{entered},{}\n", entered.plus_seconds(60));
    }
    let report = site.import("visits", &table, &["--at-once", "1000"]);
    assert_eq!(last_line(&report), "read 2500 = stored 2500 + refused 0 + skipped 0", "{report}");
    let again = site.import("visits", &table, &["--at-once", "2000"]);
    assert_eq!(last_line(&again), "read 2500 = stored 0 + refused 0 + skipped 2500", "{again}");
    let store = site.store().await;
    let mut conn = store.reader().await.unwrap();
    let span = Interval::new(hours_ago(7), now()).unwrap();
    assert_eq!(visits::at_point(&mut conn, &market, span).await.unwrap().len(), 2_500);
    drop(conn);
    store.close().await;
}

struct AddPoint(Point);

impl Act for AddPoint {
    type Out = ();
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<(), StoreFault> {
        points::add(tx.conn().await?, &self.0, now(), Day(30_000)).await
    }
}

/// The ids of Ann and Ben, and a market.
async fn ann_ben_and_market(site: &Installation) -> (PersonId, PersonId, PointId) {
    site.import("people", PEOPLE, &[]);
    let store = site.store().await;
    let point = Point {
        point: PointId::new("market").unwrap(),
        name: Text { en: "Market".to_owned(), zh: "市场".to_owned() },
        kind: "market".to_owned(),
        region: Region::new("330106").unwrap(),
        usual_stay_s: 1_800,
        position: None,
    };
    store.write(AddPoint(point.clone())).await.unwrap();
    let both = (person(&store, "AB100001").await, person(&store, "AB100002").await);
    store.close().await;
    (both.0, both.1, point.point)
}

fn hours_ago(hours: i64) -> Instant {
    Instant::from_seconds(now().seconds() - hours * 3600)
}

async fn visits_are_stored_once_between_known_people_and_points(site: &Installation) {
    let (ann, ben, market) = ann_ben_and_market(site).await;
    let [entered, left, old, older] = [5, 4, 29 * 24, 29 * 24 + 1].map(hours_ago);
    let table = format!(
        "person,place,entered_at,left_at,grade\n{ann},market,{entered},{left},\n{ben},market,{entered},{left},poster\n\
         stranger,market,{entered},{left},\n{ann},moon,{entered},{left},\n{ann},market,{older},{old},\n\
         {ann},market,{},{left},\n{ann},market,{entered},{},\n",
        hours_ago(40),
        now().plus_days_of_24h(1).plus_seconds(-6 * 3600),
    );
    let report = site.import("visits", &table, &[]);
    assert_eq!(last_line(&report), "read 7 = stored 2 + refused 5 + skipped 0", "{report}");
    for reason in [
        "line 4: person:",
        "line 5: place:",
        "line 6: entered_at lies more than 28",
        "line 7: longer than 24",
        "line 8: left_at lies in the future",
    ] {
        assert!(report.contains(reason), "{reason} in {report}");
    }
    let again = site.import("visits", &table, &[]);
    assert_eq!(last_line(&again), "read 7 = stored 0 + refused 5 + skipped 2", "{again}");
    let store = site.store().await;
    let mut conn = store.reader().await.unwrap();
    let span = Interval::new(hours_ago(6), now()).unwrap();
    let stored = visits::at_point(&mut conn, &market, span).await.unwrap();
    assert_eq!(stored.len(), 2);
    for visit in &stored {
        assert_eq!(
            (visit.stay.from, visit.stay.until, visit.open, visit.assumed),
            (entered, left, false, false)
        );
        assert_eq!(visit.grade, if visit.person == ann { "witnessed" } else { "poster" });
    }
    assert!(!queue::is_due(&mut conn, RECONCILE, now()).await.unwrap(), "no case was near");
    drop(conn);
    store.close().await;
}

async fn an_imported_case_reaches_contacts_and_live_pages(site: &Installation) {
    site.adopt_rules();
    let (ann, ben, _) = ann_ben_and_market(site).await;
    let config = Config {
        database: Some(site.url.clone()),
        data: site.room.path("data"),
        listen: ([127, 0, 0, 1], 0).into(),
        ..Config::default()
    };
    let app = start::open(config, Clock::system()).await.unwrap().app;
    let (mut live, mut relay) = (app.watch(), Relay::new(app.clock.now()));
    let [entered, left] = [5, 3].map(hours_ago);
    let case =
        format!("case,document,confirmed_on,onset_on\n1,AB100001,{},{}\n", hours_ago(1), hours_ago(24));
    site.import("linelist", &case, &[]);
    reconcile::reconcile(&app).await.unwrap();
    // The visits come late; they ask for the case once more.
    let late = format!(
        "person,place,entered_at,left_at\n{ann},market,{entered},{left}\n{ben},market,{entered},{left}\n"
    );
    let report = site.import("visits", &late, &[]);
    assert!(report.contains("stored 2"), "{report}");
    assert!(queue::is_due(&mut app.store.reader().await.unwrap(), RECONCILE, now()).await.unwrap());
    reconcile::reconcile(&app).await.unwrap();
    relay.relay(&app).await.unwrap();
    let mut told = Vec::new();
    while let Ok(notice) = live.try_recv() {
        told.push(notice);
    }
    for person in [&ann, &ben] {
        assert!(told.contains(&ChangeNotice::Of(person.clone())), "{told:?}");
    }
    let recorded = evidence::of_person(&mut app.store.reader().await.unwrap(), &ben).await.unwrap();
    assert_eq!(recorded.iter().map(|e| e.fact.kind()).collect::<Vec<_>>(), ["exposure"]);
    app.store.close().await;
}
