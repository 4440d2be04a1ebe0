//! What a resident is told when she asks why, why not, and how long she was with someone.

use healthcode_core::time::Instant;
use healthcode_testkit::cast::{alice, bob, charlie};
use healthcode_testkit::on_both_engines;
use healthcode_testkit::world::{Setting, World, declaration};
use serde_json::{Value, json};

on_both_engines! {
    the_past_is_explained_under_the_rules_of_its_day
    what_came_close_is_said_once_it_has_ended
    time_together_is_told_and_nothing_of_the_others_health
    declaring_again_on_the_same_device_keeps_the_person
}

async fn the_past_is_explained_under_the_rules_of_its_day(world: &World) {
    let device = world.declared(&alice()).await;
    let person = world.person(&device).await;
    let green = world.now();
    world.forward(3_600);
    world.report_case(&person, "suspected").await;
    world.settle().await;
    world.forward(60);
    let now = world.read(&device, "/api/v1/me/why").await.done();
    assert_eq!(now["decision"]["colour"], "red");
    let then = green.to_string().replace('+', "%2B");
    let past = world.read(&device, &format!("/api/v1/me/why?at={then}")).await.done();
    assert_eq!(past["decision"]["colour"], "green");
    assert!(past["facts"].as_array().unwrap().len() < now["facts"].as_array().unwrap().len());
    let ahead = world.now().plus_seconds(60).to_string();
    assert_eq!(world.read(&device, &format!("/api/v1/me/why?at={ahead}")).await.code(), "date_future");
    assert_eq!(world.read(&device, "/api/v1/me/why?at=yesterday").await.code(), "date_form");
}

async fn what_came_close_is_said_once_it_has_ended(world: &World) {
    let device = world.declared(&alice()).await;
    let person = world.person(&device).await;
    let before = world.read(&device, "/api/v1/me/why").await.done();
    assert_eq!(before["close"], json!([]));
    world.report_case(&person, "suspected").await;
    world.forward(60);
    world.exclude(&person).await;
    world.forward(60);
    let after = world.read(&device, "/api/v1/me/why").await.done();
    assert_eq!((&after["decision"]["colour"], &after["close"][0]["code"]), (&json!("green"), &json!("R1")));
    let said = after["close"][0]["missing"][0]["text"]["en"].as_str().unwrap();
    assert!(said.starts_with("it held, and its way out was complete on"), "{said}");
}

async fn time_together_is_told_and_nothing_of_the_others_health(world: &World) {
    let point = world.point("Shop").await;
    let checker = world.checker(&point).await;
    let (one, other) = (world.declared(&alice()).await, world.declared(&bob()).await);
    for device in [&one, &other] {
        world.scan(&checker, &world.code(device).await, "in").await;
    }
    world.forward(40 * 60);
    world.scan(&checker, &world.code(&other).await, "out").await;
    let code = world.code(&other).await;
    world.confirm(&world.person(&other).await).await;
    let answer = world.post(&one, "/api/v1/me/together", json!({ "code": code })).await.done();
    assert_eq!((&answer["minutes"], &answer["places"][0]["grade"]), (&json!(40), &json!("witnessed")));
    let told = answer.to_string();
    for word in ["red", "confirmed", "case", "colour", &world.person(&other).await] {
        assert!(!told.contains(word), "{word} in {told}");
    }
    // The other sees who asked.
    let looks = world.read(&other, "/api/v1/me/looks").await.done();
    assert_eq!(looks["items"][0]["purpose"], "together");
    let stranger = world.code(&world.declared(&charlie()).await).await;
    let none = world.post(&one, "/api/v1/me/together", json!({ "code": stranger })).await.done();
    assert_eq!((&none["minutes"], &none["places"]), (&json!(0), &json!([])));
    let own = world.code(&one).await;
    for bad in [own.as_str(), "EPC1:NOTHING"] {
        let refused = world.post(&one, "/api/v1/me/together", json!({ "code": bad })).await;
        assert_eq!(refused.code(), "code_unreadable");
    }
}

async fn declaring_again_on_the_same_device_keeps_the_person(world: &World) {
    let device = world.declared(&alice()).await;
    let person = world.person(&device).await;
    world.forward(60);
    let again = world.declare(&device, declaration(&alice())).await;
    assert_eq!(again.status, 201);
    assert_eq!((world.person(&device).await, world.colour(&device).await), (person, "green".into()));
    let other = world.declare(&device, declaration(&bob())).await;
    assert_eq!(other.code(), "other_document");
    let why: Value = world.read(&device, "/api/v1/me/why").await.done();
    let declared = why["facts"].as_array().unwrap().iter().filter(|fact| fact["kind"] == "declaration");
    assert_eq!(declared.count(), 2);
}

#[tokio::test]
async fn what_was_known_in_the_past_is_not_said_to_reach_further() {
    let world = World::new(Setting::default()).await;
    let device = world.declared(&alice()).await;
    let officer = world.officer().await;
    let none = world.read(&device, "/api/v1/me/why").await.done();
    assert!(none["fresh"]["tests"].is_null(), "no test was recorded yet");
    let then = world.now();
    world.forward(3_600);
    let sampled = world.now().to_string();
    let test = json!({ "kind": "test_result", "happened_at": sampled, "data": { "assay": "pcr", "result": "negative", "sampled_at": sampled } });
    let bob = world.declared(&bob()).await;
    let person = world.person(&bob).await;
    world.post(&officer, &format!("/api/v1/people/{person}/evidence"), test).await.done();
    world.settle().await;
    let fresh = world.read(&device, "/api/v1/me/why").await.done()["fresh"].clone();
    assert!(fresh["tests"].is_string(), "somebody's test was recorded: {fresh}");
    let then = then.to_string();
    let past = world.read(&device, &format!("/api/v1/me/why?at={then}")).await.done();
    let person = world.person(&device).await;
    let seen = world.read(&officer, &format!("/api/v1/people/{person}?purpose=help&at={then}")).await.done();
    assert_eq!((&seen["fresh"], &seen["decision"]["colour"]), (&past["fresh"], &past["decision"]["colour"]));
    let ahead = world.now().plus_seconds(60).to_string();
    let refused = world.read(&officer, &format!("/api/v1/people/{person}?purpose=help&at={ahead}")).await;
    assert_eq!(refused.code(), "date_future");
    let past = &past["fresh"];
    for source in ["tests", "visits"] {
        let reaches = Instant::parse(past[source].as_str().unwrap()).unwrap();
        assert_eq!(reaches.to_string(), then, "{source}: {past}");
    }
}
