//! What a gate sees of codes that do not count, and what a person sees of the gate.

use healthcode_testkit::cast::{alice, bob};
use healthcode_testkit::world::{Caller, DAY, Setting, World};
use serde_json::Value;

async fn gate(world: &World) -> Caller {
    world.checker(&world.point("Gate").await).await
}

fn assert_unknown(seen: &Value) {
    for part in ["colour", "activation", "masked_name", "document_last_four", "visit"] {
        assert_eq!(seen[part], Value::Null, "{part} in {seen}");
    }
}

#[tokio::test]
async fn an_expired_code_asks() {
    let world = World::new(Setting::default()).await;
    let code = world.code(&world.declared(&alice()).await).await;
    let point = world.point("Gate").await;
    world.forward(DAY + 1);
    let seen = world.scan(&world.checker(&point).await, &code, "in").await;
    assert_eq!((&seen["verdict"], &seen["action"]), (&"expired".into(), &"ask".into()));
    assert_unknown(&seen);
}

#[tokio::test]
async fn a_forged_code_stops() {
    let world = World::new(Setting::default()).await;
    let checker = gate(&world).await;
    let code = world.code(&world.declared(&alice()).await).await;
    // The last characters belong to the signature.
    let at = code.len() - 6;
    let other = if &code[at..=at] == "0" { "1" } else { "0" };
    let forged = format!("{}{other}{}", &code[..at], &code[at + 1..]);
    let seen = world.scan(&checker, &forged, "in").await;
    assert_eq!((&seen["verdict"], &seen["action"]), (&"bad_signature".into(), &"stop".into()), "{seen}");
    assert_unknown(&seen);
}

#[tokio::test]
async fn a_code_of_another_installation_asks() {
    let world = World::new(Setting::default()).await;
    let other = World::new(Setting::default()).await;
    let foreign = other.code(&other.declared(&alice()).await).await;
    let checker = gate(&world).await;
    world.declared(&alice()).await;
    let seen = world.scan(&checker, &foreign, "in").await;
    assert_eq!((&seen["verdict"], &seen["action"]), (&"unknown_key".into(), &"ask".into()));
    assert_unknown(&seen);
    for text in ["", "hello", "HC1:NCFOXN", "EPC1:%%%", "EPC9:ABC"] {
        let seen = world.scan(&checker, text, "in").await;
        assert_eq!(seen["action"], "ask", "{text:?}: {seen}");
        assert_ne!(seen["verdict"], "valid");
        assert_unknown(&seen);
    }
}

#[tokio::test]
async fn every_look_is_recorded_and_seen_by_whom_it_concerns() {
    let world = World::new(Setting::default()).await;
    let (device, other) = (world.declared(&alice()).await, world.declared(&bob()).await);
    let person = world.person(&device).await;
    let (checker, officer) = (gate(&world).await, world.officer().await);
    world.scan(&checker, &world.code(&device).await, "passing").await;
    world.forward(1);
    world.read(&officer, &format!("/api/v1/people/{person}?purpose=help")).await.done();
    world.forward(1);
    let search = serde_json::json!({ "phone": alice().phone.expose(), "purpose": "case" });
    world.post(&officer, "/api/v1/people/search", search).await.done();
    world.forward(1);
    world.read(&officer, &format!("/api/v1/people/{person}/history")).await.done();
    let looks = world.read(&device, "/api/v1/me/looks").await.done();
    let seen: Vec<_> =
        looks["items"].as_array().unwrap().iter().map(|l| (&l["who"], &l["purpose"])).collect();
    let expected = [("officer", "case"), ("officer", "case"), ("officer", "help"), ("checker", "scan")];
    let expected = expected.map(|(who, purpose)| (Value::from(who), Value::from(purpose)));
    assert_eq!(seen, expected.each_ref().map(|(who, purpose)| (who, purpose)));
    assert_eq!(looks["items"][3]["place"]["en"], "Gate");
    assert_eq!(world.read(&other, "/api/v1/me/looks").await.done()["items"], Value::Array(Vec::new()));
}

#[tokio::test]
async fn an_officer_sees_visits_with_their_ends() {
    let world = World::new(Setting::default()).await;
    let device = world.declared(&alice()).await;
    let checker = gate(&world).await;
    world.scan(&checker, &world.code(&device).await, "in").await;
    world.forward(600);
    world.scan(&checker, &world.code(&device).await, "out").await;
    world.forward(60);
    world.scan(&checker, &world.code(&device).await, "passing").await;
    let (officer, person) = (world.officer().await, world.person(&device).await);
    let seen = world.read(&officer, &format!("/api/v1/people/{person}?purpose=case")).await.done();
    let visits: Vec<_> =
        seen["visits"].as_array().unwrap().iter().map(|v| (&v["left_at"], &v["assumed"])).collect();
    let (passing, stayed) = ("2026-03-02T10:11:00+08:00".into(), "2026-03-02T09:10:00+08:00".into());
    assert_eq!(visits, [(&passing, &true.into()), (&stayed, &false.into())]);
    let today = world.read(&checker, "/api/v1/me/point/today").await.done();
    assert_eq!((&today["scans"], &today["pass"]), (&3.into(), &3.into()));
}
