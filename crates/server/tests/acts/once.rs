//! A write may be repeated: the same key and body give the same answer and one row.

use healthcode_testkit::cast::alice;
use healthcode_testkit::on_both_engines;
use healthcode_testkit::world::{Caller, Setting, World, declaration};
use serde_json::{Value, json};

on_both_engines! {
    the_same_key_and_body_give_the_same_answer_and_one_row
    the_same_key_twice_at_the_same_time_stores_one_row
    a_key_belongs_to_its_caller
}

async fn reports(world: &World, device: &Caller) -> usize {
    let why = world.read(device, "/api/v1/me/why").await.done();
    why["facts"].as_array().unwrap().iter().filter(|fact| fact["kind"] == "health_report").count()
}

fn report(temperature: f64) -> Value {
    json!({ "temperature_c": temperature, "symptoms": [] })
}

async fn the_same_key_and_body_give_the_same_answer_and_one_row(world: &World) {
    let device = world.declared(&alice()).await;
    let first = world.post_once(&device, "/api/v1/me/reports", &report(36.5), "once-0001").await;
    world.forward(3600);
    let again = world.post_once(&device, "/api/v1/me/reports", &report(36.5), "once-0001").await;
    assert_eq!((first.status, &first.body), (again.status, &again.body));
    assert_eq!(reports(world, &device).await, 1);
    let other = world.post_once(&device, "/api/v1/me/reports", &report(36.6), "once-0001").await;
    assert_eq!((other.status, other.code()), (409, "idempotency_key_reused"));
    assert_eq!(reports(world, &device).await, 1);
    // Another act under the same key is another request.
    let other = world.post_once(&device, "/api/v1/declarations", &declaration(&alice()), "once-0001").await;
    assert_eq!(other.code(), "idempotency_key_reused");
}

async fn the_same_key_twice_at_the_same_time_stores_one_row(world: &World) {
    let device = world.declared(&alice()).await;
    let body = report(36.5);
    let send = || world.post_once(&device, "/api/v1/me/reports", &body, "once-0002");
    let (a, b, c) = tokio::join!(send(), send(), send());
    assert_eq!((a.status, b.status, c.status), (201, 201, 201), "{} {} {}", a.body, b.body, c.body);
    assert_eq!((&a.body, &a.body), (&b.body, &c.body));
    assert_eq!(reports(world, &device).await, 1);
}

async fn a_key_belongs_to_its_caller(world: &World) {
    let (one, other) = (world.resident().await, world.resident().await);
    let body = declaration(&alice());
    let first = world.post_once(&one, "/api/v1/declarations", &body, "once-0003").await.done();
    let second = world.post_once(&other, "/api/v1/declarations", &body, "once-0003").await.done();
    assert_ne!(first["evidence"], second["evidence"]);
}

#[tokio::test]
async fn a_write_without_a_key_or_with_an_odd_one_is_refused() {
    let world = World::new(Setting::default()).await;
    let device = world.declared(&alice()).await;
    let long = "k".repeat(65);
    for key in [None, Some("short"), Some("with a space"), Some(long.as_str())] {
        let body = report(36.5).to_string();
        let answer = world.send("POST", "/api/v1/me/reports", Some(&device.token), Some(&body), key).await;
        assert_eq!((answer.status, answer.code()), (400, "idempotency_key"), "{key:?}");
    }
    assert_eq!(reports(&world, &device).await, 0);
}

#[tokio::test]
async fn a_scan_repeated_after_its_code_has_expired_gets_the_first_answer() {
    let world = World::new(Setting::default()).await;
    let device = world.declared(&alice()).await;
    let point = world.point("Gate").await;
    let code = world.code(&device).await;
    let checker = world.checker(&point).await;
    let scan = json!({ "code": code, "direction": "in" });
    let first = world.post_once(&checker, "/api/v1/scans", &scan, "once-0004").await.done();
    assert_eq!(first["verdict"], "valid");
    world.forward(59);
    assert_eq!(world.scan(&checker, &code, "in").await["verdict"], "valid");
    world.forward(1);
    assert_eq!(world.scan(&checker, &code, "in").await["verdict"], "expired");
    let again = world.post_once(&checker, "/api/v1/scans", &scan, "once-0004").await.done();
    assert_eq!(first, again);
}
