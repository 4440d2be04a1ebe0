//! An officer audits what a machine may not confirm.

use healthcode_testkit::cast::alice;
use healthcode_testkit::world::{Caller, Setting, World, declaration};
use serde_json::{Value, json};

/// A world with one declaration that names no region of the last 14 days.
async fn waiting() -> (World, Caller, Value) {
    let world = World::new(Setting::default()).await;
    let device = world.resident().await;
    let mut declared = declaration(&alice());
    declared["stayed_in"] = json!([]);
    world.declare(&device, declared).await.done();
    let officer = world.officer().await;
    let items = world.read(&officer, "/api/v1/audits").await.done()["items"].clone();
    assert_eq!(items.as_array().unwrap().len(), 1, "{items}");
    (world, device, items[0].clone())
}

async fn audit(world: &World, item: &Value, result: &str) {
    let officer = world.officer().await;
    let body =
        json!({ "person": item["person"], "of": item["evidence"], "result": result, "note": "by phone" });
    world.post(&officer, "/api/v1/audits", body).await.done();
}

async fn left(world: &World) -> usize {
    let officer = world.officer().await;
    world.read(&officer, "/api/v1/audits").await.done()["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_confirmed_declaration_makes_green() {
    let (world, device, item) = waiting().await;
    assert_eq!(item["why"], "no_region");
    assert_eq!(world.colour(&device).await, "pending");
    world.forward(60);
    audit(&world, &item, "confirmed").await;
    assert_eq!(world.colour(&device).await, "green");
    assert_eq!(left(&world).await, 0);
}

#[tokio::test]
async fn a_refused_declaration_asks_to_declare_again() {
    let (world, device, item) = waiting().await;
    world.forward(60);
    audit(&world, &item, "refused").await;
    let decision = world.show(&device).await["decision"].clone();
    assert_eq!((&decision["colour"], &decision["reasons"][0]["code"]), (&"pending".into(), &"P3".into()));
    assert_eq!(left(&world).await, 0);
    world.forward(60);
    world.declare(&device, declaration(&alice())).await.done();
    assert_eq!(world.colour(&device).await, "green");
}

#[tokio::test]
async fn only_a_declaration_of_that_person_is_audited() {
    let (world, device, item) = waiting().await;
    let report = world.report(&device).await.done();
    let officer = world.officer().await;
    let audit = async |person: &Value, of: &Value| {
        let body = json!({ "person": person, "of": of, "result": "confirmed" });
        world.post(&officer, "/api/v1/audits", body).await.code().to_owned()
    };
    assert_eq!(audit(&item["person"], &report["evidence"]).await, "not_auditable");
    assert_eq!(audit(&item["person"], &"unknown".into()).await, "no_original");
    assert_eq!(audit(&"nobody".into(), &item["evidence"]).await, "not_found");
    assert_eq!(left(&world).await, 1);
}

#[tokio::test]
async fn a_declaration_against_the_record_waits_for_an_officer() {
    let world = World::new(Setting::default()).await;
    let device = world.declared(&alice()).await;
    world.confirm(&world.person(&device).await).await;
    world.forward(60);
    world.declare(&device, declaration(&alice())).await.done();
    let officer = world.officer().await;
    let items = world.read(&officer, "/api/v1/audits").await.done()["items"].clone();
    assert_eq!(items[0]["why"], "recorded_case");
    assert_eq!(world.colour(&device).await, "red");
}
