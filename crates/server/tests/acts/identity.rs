//! One number declared on two devices: nobody learns of the other, and who shows the document keeps the number.

use healthcode_core::ids::PersonId;
use healthcode_testkit::cast::{alice, bob};
use healthcode_testkit::on_both_engines;
use healthcode_testkit::world::{Caller, Setting, World, declaration};
use serde_json::{Value, json};

on_both_engines! {
    a_number_declared_twice_is_answered_alike_and_both_wait
    the_second_who_shows_the_document_keeps_the_number
    the_first_who_shows_the_document_keeps_the_number
    a_red_number_stays_red_whoever_declares_it_anew
    an_exposure_moves_with_the_number_and_still_ends_with_its_case
    a_case_moves_with_the_number_with_everything_that_officers_wrote
}

struct Two {
    first: Caller,
    second: Caller,
}

async fn two(world: &World) -> Two {
    let first = world.declared(&alice()).await;
    world.forward(60);
    let second = world.declared(&alice()).await;
    world.forward(60);
    Two { first, second }
}

async fn queue(world: &World) -> Vec<Value> {
    let officer = world.officer().await;
    let queue = world.read(&officer, "/api/v1/identity-queue").await.done();
    queue["items"].as_array().unwrap().clone()
}

async fn activate(world: &World, code: &str) -> Value {
    let officer = world.officer().await;
    let body = json!({ "code": code });
    let first = world.post_once(&officer, "/api/v1/activations", &body, "activate-1").await.done();
    let again = world.post_once(&officer, "/api/v1/activations", &body, "activate-1").await.done();
    assert_eq!(first, again);
    first
}

async fn a_number_declared_twice_is_answered_alike_and_both_wait(world: &World) {
    let (one, other) = (world.resident().await, world.resident().await);
    let first = world.declare(&one, declaration(&alice())).await;
    assert_eq!(world.colour(&one).await, "green");
    let second = world.declare(&other, declaration(&alice())).await;
    assert_eq!(first.status, second.status);
    let keys = |answer: &Value| answer.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&first.body), keys(&second.body));
    assert_eq!((world.colour(&one).await, world.colour(&other).await), ("green".into(), "pending".into()));
    let queue = queue(world).await;
    assert_eq!(queue.len(), 1);
    assert_eq!(queue[0]["holder"]["person"], world.person(&one).await);
    assert_eq!(queue[0]["claimant"]["person"], world.person(&other).await);
}

async fn the_second_who_shows_the_document_keeps_the_number(world: &World) {
    let Two { first, second } = two(world).await;
    let (number_of, old_code) = (world.person(&first).await, world.code(&first).await);
    let shown_code = world.code(&second).await;
    activate(world, &shown_code).await;
    assert_eq!(world.person(&second).await, number_of);
    assert_eq!(world.colour(&second).await, "green");
    assert_eq!(world.show(&second).await["activation"], "active");
    // The device that had the number shows nothing of it any more, and its pass no longer counts.
    assert_eq!(world.show(&first).await, json!({ "declared": false }));
    assert_eq!(world.read(&first, "/api/v1/me/why").await.code(), "not_declared");
    let checker = world.checker(&world.point("Gate").await).await;
    for withdrawn in [&old_code, &shown_code] {
        let seen = world.scan(&checker, withdrawn, "in").await;
        assert_eq!(
            (&seen["colour"], &seen["action"], &seen["visit"]),
            (&Value::Null, &"ask".into(), &Value::Null)
        );
    }
    assert_eq!(world.scan(&checker, &world.code(&second).await, "in").await["action"], "pass");
    assert_eq!(queue(world).await.len(), 0);
}

async fn the_first_who_shows_the_document_keeps_the_number(world: &World) {
    let Two { first, second } = two(world).await;
    let number_of = world.person(&first).await;
    let code = world.code(&first).await;
    activate(world, &code).await;
    assert_eq!(world.person(&first).await, number_of);
    assert_eq!((world.colour(&first).await, world.colour(&second).await), ("green".into(), "pending".into()));
    let checker = world.checker(&world.point("Gate").await).await;
    assert_eq!(world.scan(&checker, &code, "in").await["action"], "pass");
    assert_eq!(world.scan(&checker, &world.code(&second).await, "in").await["action"], "ask");
    assert_eq!(queue(world).await.len(), 0);
}

async fn a_red_number_stays_red_whoever_declares_it_anew(world: &World) {
    let first = world.declared(&alice()).await;
    world.confirm(&world.person(&first).await).await;
    let second = world.declared(&alice()).await;
    activate(world, &world.code(&second).await).await;
    assert_eq!(world.colour(&second).await, "red");
}

#[tokio::test]
async fn no_audit_gives_a_colour_to_a_number_that_someone_else_holds() {
    let world = World::new(Setting::default()).await;
    let Two { first, second } = two(&world).await;
    let officer = world.officer().await;
    assert_eq!(world.read(&officer, "/api/v1/audits").await.done()["items"], json!([]));
    let person = world.person(&second).await;
    let seen = world.read(&officer, &format!("/api/v1/people/{person}?purpose=audit")).await.done();
    let audit = json!({ "person": person, "of": seen["facts"][0]["id"], "result": "confirmed" });
    assert_eq!(world.post(&officer, "/api/v1/audits", audit.clone()).await.code(), "identity_disputed");
    // Nor once the other has shown the document.
    activate(&world, &world.code(&first).await).await;
    assert_eq!(world.post(&officer, "/api/v1/audits", audit).await.code(), "identity_disputed");
    assert_eq!(world.colour(&second).await, "pending");
}

#[tokio::test]
async fn numbers_declared_twice_in_one_instant_are_listed_page_by_page() {
    let world = World::new(Setting::default()).await;
    for _ in 0..53 {
        world.declared(&alice()).await;
    }
    let officer = world.officer().await;
    let first = world.read(&officer, "/api/v1/identity-queue").await.done();
    let after = first["next"].as_str().unwrap().replace(' ', "%20");
    let second = world.read(&officer, &format!("/api/v1/identity-queue?after={after}")).await.done();
    assert_eq!(first["items"].as_array().unwrap().len(), 50);
    assert_eq!((second["items"].as_array().unwrap().len(), &second["next"]), (2, &Value::Null));
}

#[tokio::test]
async fn looks_of_one_instant_are_listed_page_by_page() {
    let world = World::new(Setting::default()).await;
    let device = world.declared(&alice()).await;
    let officer = world.officer().await;
    let person = PersonId::new(world.person(&device).await).unwrap();
    for _ in 0..51 {
        world.read(&officer, &format!("/api/v1/people/{person}?purpose=case")).await.done();
    }
    let first = world.read(&device, "/api/v1/me/looks").await.done();
    let after = first["next"].as_str().unwrap().replace(' ', "%20");
    let second = world.read(&device, &format!("/api/v1/me/looks?after={after}")).await.done();
    assert_eq!(second["items"].as_array().unwrap().len(), 1);
}

async fn an_exposure_moves_with_the_number_and_still_ends_with_its_case(world: &World) {
    let Two { second, .. } = two(world).await;
    let bob = world.declared(&bob()).await;
    let checker = world.checker(&world.point("Library").await).await;
    for direction in ["in", "out"] {
        for who in [&second, &bob] {
            world.scan(&checker, &world.code(who).await, direction).await;
        }
        world.forward(1_800);
    }
    let case = world.person(&bob).await;
    world.confirm(&case).await;
    assert_eq!(world.colour(&second).await, "red");
    activate(world, &world.code(&second).await).await;
    world.settle().await;
    assert_eq!(world.colour(&second).await, "red");
    let standing = |why: &Value| {
        let facts = why["facts"].as_array().unwrap().clone();
        facts.iter().filter(|fact| fact["kind"] == "exposure" && fact["withdrawn"] == false).count()
    };
    assert_eq!(standing(&world.read(&second, "/api/v1/me/why").await.done()), 1);
    world.forward(60);
    world.exclude(&case).await;
    assert_eq!(standing(&world.read(&second, "/api/v1/me/why").await.done()), 0);
    assert_eq!(world.colour(&second).await, "green");
}

async fn a_case_moves_with_the_number_with_everything_that_officers_wrote(world: &World) {
    let Two { first, second } = two(world).await;
    let bob = world.declared(&bob()).await;
    let checker = world.checker(&world.point("Library").await).await;
    for direction in ["in", "out"] {
        for who in [&second, &bob] {
            world.scan(&checker, &world.code(who).await, direction).await;
        }
        world.forward(1_800);
    }
    let (gone, number_of) = (world.person(&second).await, world.person(&first).await);
    world.confirm(&gone).await;
    let officer = world.officer().await;
    let post = async |path: String, body: Value| world.post(&officer, &path, body).await.done();
    post(format!("/api/v1/cases/{gone}/transfer"), json!({ "region": "330106902", "reason": "works there" }))
        .await;
    post(format!("/api/v1/cases/{gone}/interview"), json!({ "kind": "ride", "said": "bus 7, on Sunday" }))
        .await;
    let cluster = post("/api/v1/clusters".to_owned(), json!({ "name": "the wedding" })).await["id"].clone();
    post(format!("/api/v1/cases/{gone}/clusters"), json!({ "cluster": cluster })).await;
    let order =
        json!({ "kind": "case", "place": "home", "address": "1 Lane", "until": "2026-03-09T00:00:00+08:00" });
    post(format!("/api/v1/people/{gone}/quarantines"), order).await;
    assert_eq!(world.colour(&bob).await, "red");
    world.forward(60);
    activate(world, &world.code(&second).await).await;
    world.settle().await;
    assert_eq!(world.person(&second).await, number_of);
    let officer = world.officer().await;
    let file = world.read(&officer, &format!("/api/v1/cases/{number_of}?purpose=case")).await.done();
    assert_eq!((&file["status"], &file["region"]), (&json!("confirmed"), &json!("330106902")));
    assert_eq!(file["changes"][0]["reason"], "works there");
    assert_eq!(file["said"][0]["said"], "bus 7, on Sunday", "sealed anew for who goes on");
    assert_eq!(file["clusters"][0]["name"], "the wedding");
    assert_eq!(file["contacts"], 1, "contacts are found anew");
    assert_eq!(world.colour(&bob).await, "red");
    let orders = format!("/api/v1/people/{number_of}/quarantines?purpose=case");
    assert_eq!(world.read(&officer, &orders).await.done()["orders"][0]["address"], "1 Lane");
    let cases = world.read(&officer, "/api/v1/cases").await.done();
    assert_eq!(cases["items"].as_array().unwrap().len(), 1, "one case, not two: {cases}");
    let runs = world.read(&officer, &format!("/api/v1/cases/{number_of}/tracing")).await.done();
    assert!(runs["runs"].as_array().unwrap().len() >= 2, "what was traced before is its history: {runs}");
}
