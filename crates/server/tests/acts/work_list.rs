//! Whom to call first, also where the rules ask and nobody ordered: reports and tests that are missed, and why each stands
//! where she does.

use healthcode_core::region::Region;
use healthcode_core::rule_set::RuleSet;
use healthcode_core::time::Interval;
use healthcode_server::jobs::reload;
use healthcode_server::retention::{INSTALLATION, forget_on};
use healthcode_store::{Act, StoreFault, Tx, rule_sets};
use healthcode_testkit::cast::{alice, bob, charlie};
use healthcode_testkit::on_both_engines;
use healthcode_testkit::world::{Caller, DAY, Setting, World};
use serde_json::{Value, json};

on_both_engines! {
    Setting { rules: false, ..Setting::default() };
    whoever_is_asked_to_report_is_on_the_list_without_an_order
    a_missed_test_stands_between_an_abnormal_and_a_missed_report
    what_was_followed_up_without_an_order_leaves_the_list_until_something_new_happens
    the_list_is_read_page_by_page_across_orders_and_duties
}

const CAMPUS: &str = include_str!("../../../../rules/campus/rules.toml");

struct Adopt(RuleSet);

impl Act for Adopt {
    type Out = ();
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<(), StoreFault> {
        let Self(rules) = self;
        let forget = forget_on(rules.in_force.until, INSTALLATION);
        rule_sets::adopt(tx.conn().await?, rules, CAMPUS, rules.in_force.from, forget).await
    }
}

/// The rules of a campus: a close contact reports daily and is tested on days 1, 5 and 7.
async fn campus(world: &World) {
    let at = world.now();
    let in_force = Interval { from: at.plus_days_of_24h(-30), until: at.plus_days_of_24h(200) };
    let rules = RuleSet::parse(CAMPUS).unwrap().adopted(Region::new("330100").unwrap(), in_force);
    world.app.store.write(Adopt(rules)).await.unwrap();
    reload::reload(&world.app).await.unwrap();
}

/// Someone with a negative test of today who was with a case this morning.
async fn exposed(world: &World, who: &healthcode_testkit::cast::CastMember) -> (Caller, String) {
    let caller = world.declared(who).await;
    let person = world.person(&caller).await;
    sampled(world, &person).await;
    let now = world.now();
    let at = |seconds: i64| now.plus_seconds(seconds);
    let data = json!({ "level": "close", "basis": "investigation", "grade": "declared",
        "first_at": at(-3_600), "last_at": at(-1_800), "minutes": 30 });
    add(world, &person, "exposure", at(-1_800), data).await;
    (caller, person)
}

async fn add(world: &World, person: &str, kind: &str, at: healthcode_core::time::Instant, data: Value) {
    let body = json!({ "kind": kind, "happened_at": at, "data": data });
    let officer = world.officer().await;
    world.post(&officer, &format!("/api/v1/people/{person}/evidence"), body).await.done();
}

async fn sampled(world: &World, person: &str) {
    let at = world.now().plus_seconds(-60);
    let data = json!({ "assay": "pcr", "result": "negative", "sampled_at": at });
    add(world, person, "test_result", at, data).await;
}

async fn report(world: &World, who: &Caller, degrees: f64) {
    let body = json!({ "temperature_c": degrees, "symptoms": [] });
    world.post(who, "/api/v1/me/reports", body).await.done();
}

async fn list(world: &World, query: &str) -> Vec<Value> {
    let officer = world.officer().await;
    let list = world.read(&officer, &format!("/api/v1/quarantines{query}")).await.done();
    list["items"].as_array().unwrap().clone()
}

fn risks(list: &[Value]) -> Vec<(String, String)> {
    let pair =
        |one: &Value| (one["risk"].as_str().unwrap().to_owned(), one["person"].as_str().unwrap().to_owned());
    list.iter().map(pair).collect()
}

async fn whoever_is_asked_to_report_is_on_the_list_without_an_order(world: &World) {
    campus(world).await;
    let (who, person) = exposed(world, &alice()).await;
    let quiet = list(world, "?all=true").await;
    assert_eq!(risks(&quiet), [("quiet".to_owned(), person.clone())]);
    assert_eq!((&quiet[0]["order"], &quiet[0]["until"]), (&Value::Null, &Value::Null));
    assert!(list(world, "").await.is_empty(), "nothing is to be done on the first day");
    world.forward(DAY);
    sampled(world, &person).await;
    world.forward(DAY);
    let missed = list(world, "").await;
    assert_eq!(risks(&missed), [("missed".to_owned(), person.clone())]);
    assert_eq!((&missed[0]["missed_days"], &missed[0]["why"][0]["risk"]), (&json!(1), &json!("missed")));
    assert_eq!(missed[0]["why"][0]["since"], missed[0]["last_report_at"]);
    report(world, &who, 36.5).await;
    assert!(list(world, "").await.is_empty());
    let elsewhere = world.officer_of("330106902").await;
    let theirs = world.read(&elsewhere, "/api/v1/quarantines?all=true").await.done();
    assert_eq!(theirs["items"], json!([]), "each area has its own list");
    // An order takes her place on the list, and does not double it.
    let order = json!({ "kind": "close_contact", "place": "home", "until": "2026-03-09T00:00:00+08:00" });
    let path = format!("/api/v1/people/{person}/quarantines");
    world.post(&world.officer().await, &path, order).await.done();
    let all = list(world, "?all=true").await;
    assert_eq!((all.len(), all[0]["kind"].as_str()), (1, Some("close_contact")));
    let looks = world.read(&who, "/api/v1/me/looks").await.done();
    assert!(looks["items"].as_array().unwrap().iter().any(|look| look["purpose"] == "quarantine"));
}

async fn a_missed_test_stands_between_an_abnormal_and_a_missed_report(world: &World) {
    campus(world).await;
    let mut people = Vec::new();
    for who in [alice(), bob(), charlie()] {
        people.push(exposed(world, &who).await);
    }
    world.forward(DAY);
    // The first test is due today: not missed before the day is over.
    report(world, &people[0].0, 36.5).await;
    report(world, &people[1].0, 38.5).await;
    sampled(world, &people[1].1).await;
    sampled(world, &people[2].1).await;
    assert_eq!(risks(&list(world, "").await), [("abnormal".to_owned(), people[1].1.clone())]);
    world.forward(DAY);
    let now = list(world, "").await;
    let expected = [("abnormal", 1), ("test_missed", 0), ("missed", 2)];
    assert_eq!(risks(&now), expected.map(|(risk, who)| (risk.to_owned(), people[who].1.clone())));
    assert_eq!(now[1]["why"][0]["since"], "2026-03-04T00:00:00+08:00", "the end of the day of the test");
    // A test that is late is a test.
    sampled(world, &people[0].1).await;
    assert_eq!(risks(&list(world, "").await).len(), 2);
    // The same for someone under an order.
    world.forward(3 * DAY);
    let order = json!({ "kind": "close_contact", "place": "home", "until": "2026-03-20T00:00:00+08:00" });
    let path = format!("/api/v1/people/{}/quarantines", people[0].1);
    world.post(&world.officer().await, &path, order).await.done();
    world.forward(DAY);
    let all = list(world, "").await;
    let hers = all.iter().find(|one| one["person"] == people[0].1.as_str()).unwrap();
    assert_eq!(hers["risk"], "test_missed", "{hers}");
    assert!(hers["order"].is_string());
}

async fn what_was_followed_up_without_an_order_leaves_the_list_until_something_new_happens(world: &World) {
    campus(world).await;
    let (who, person) = exposed(world, &alice()).await;
    world.forward(DAY);
    sampled(world, &person).await;
    report(world, &who, 38.5).await;
    assert_eq!(risks(&list(world, "").await).len(), 1);
    world.forward(60);
    let path = format!("/api/v1/people/{person}/follow-ups");
    world.post(&world.officer().await, &path, json!({})).await.done();
    assert!(list(world, "").await.is_empty());
    world.forward(DAY);
    report(world, &who, 36.5).await;
    assert!(list(world, "").await.is_empty(), "that it was followed up stays");
    world.forward(1_800);
    report(world, &who, 38.5).await;
    assert_eq!(risks(&list(world, "").await)[0].0, "abnormal");
}

async fn the_list_is_read_page_by_page_across_orders_and_duties(world: &World) {
    campus(world).await;
    let officer = world.officer().await;
    let mut people = Vec::new();
    for number in 1..=52 {
        let (_, person) = exposed(world, &healthcode_testkit::cast::bystander(number)).await;
        if number % 2 == 0 {
            let order = json!({ "kind": "other", "place": "home", "until": "2026-03-20T00:00:00+08:00" });
            world.post(&officer, &format!("/api/v1/people/{person}/quarantines"), order).await.done();
        }
        people.push(person);
    }
    let first = world.read(&officer, "/api/v1/quarantines?all=true").await.done();
    let after = first["next"].as_str().unwrap().replace(' ', "%20");
    let second = world.read(&officer, &format!("/api/v1/quarantines?all=true&after={after}")).await.done();
    let mut seen: Vec<_> = [&first, &second]
        .iter()
        .flat_map(|page| page["items"].as_array().unwrap().clone())
        .map(|one| one["person"].as_str().unwrap().to_owned())
        .collect();
    seen.sort();
    people.sort();
    assert_eq!(seen, people, "each once");
}
