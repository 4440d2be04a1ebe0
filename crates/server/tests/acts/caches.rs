//! Nothing about a person is kept on the way.

use healthcode_testkit::cast::{alice, bob};
use healthcode_testkit::world::{Setting, World, declaration};
use serde_json::json;

#[tokio::test]
async fn every_answer_about_a_person_forbids_to_keep_it() {
    let world = World::new(Setting::default()).await;
    let device = world.declared(&alice()).await;
    let (officer, checker) = (world.officer().await, world.checker(&world.point("Gate").await).await);
    let (code, person) = (world.code(&device).await, world.person(&device).await);
    let mut answers = Vec::new();
    for path in ["/api/v1/me/code", "/api/v1/me/why", "/api/v1/me/looks", "/api/v1/session"] {
        answers.push((path.to_owned(), world.read(&device, path).await));
    }
    let of_person =
        [format!("/api/v1/people/{person}?purpose=help"), format!("/api/v1/people/{person}/history")];
    let lists = ["/api/v1/audits", "/api/v1/identity-queue", "/api/v1/cases"].map(str::to_owned);
    for path in of_person.into_iter().chain(lists) {
        answers.push((path.clone(), world.read(&officer, &path).await));
    }
    let writes = [
        (&world.resident().await, "/api/v1/declarations", declaration(&bob())),
        (&device, "/api/v1/me/reports", json!({ "temperature_c": 36.5, "symptoms": [] })),
        (&checker, "/api/v1/scans", json!({ "code": code, "direction": "in" })),
        (&checker, "/api/v1/activations", json!({ "code": code })),
        (&officer, "/api/v1/people/search", json!({ "code": code, "purpose": "help" })),
        (&officer, "/api/v1/cases", json!({ "person": person, "status": "suspected" })),
    ];
    for (caller, path, body) in writes {
        answers.push((path.to_owned(), world.post(caller, path, body).await));
    }
    for (path, answer) in answers {
        assert!(answer.status < 300, "{path}: {} {}", answer.status, answer.body);
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
    assert_eq!(world.get("/api/v1/me/code").await.header("cache-control"), "no-store");
    assert!(world.get("/api/v1/regions").await.header("cache-control").starts_with("public"));
}
