//! Rides with seats: entered by officers of the area, corrected with a reason, never out of sight of the passengers.

use healthcode_testkit::cast::{alice, bob};
use healthcode_testkit::on_both_engines;
use healthcode_testkit::world::{Caller, World};
use serde_json::{Value, json};

on_both_engines! {
    passengers_are_visits_of_a_ride_with_seats
    a_corrected_seat_keeps_what_was_there_before
    another_areas_ride_is_refused
    whoever_is_taken_off_the_list_is_no_contact_any_more
    what_is_no_ride_is_refused
    a_scan_takes_a_seat
}

fn train(region: &str) -> Value {
    json!({
        "operator": "CR", "line": "G7301", "kind": "train_open", "region": region,
        "from": "2026-03-01T10:00:00+08:00", "until": "2026-03-01T12:00:00+08:00", "layout": "c1 to c8",
    })
}

async fn add(world: &World, officer: &Caller) -> String {
    let added = world.post(officer, "/api/v1/rides", train("330100")).await.done();
    format!("/api/v1/rides/{}/passengers", added["ride"].as_str().unwrap())
}

async fn passengers_are_visits_of_a_ride_with_seats(world: &World) {
    let (officer, device) = (world.officer().await, world.declared(&alice()).await);
    let path = add(world, &officer).await;
    let code = world.code(&device).await;
    world.post(&officer, &path, json!({ "code": code, "seat": "c5/b3" })).await.done();
    let other = world.person(&world.declared(&bob()).await).await;
    world.post(&officer, &path, json!({ "person": other, "seat": "crew" })).await.done();
    let seen = world.read(&officer, &path).await.done();
    let mut seats: Vec<_> =
        seen["passengers"].as_array().unwrap().iter().map(|one| one["seat"].to_string()).collect();
    seats.sort();
    assert_eq!(seats, ["\"c5/b3\"", "\"crew\""]);
    let person = world.person(&device).await;
    let seen = world.read(&officer, &format!("/api/v1/people/{person}?purpose=case")).await.done();
    let visit = &seen["visits"][0];
    assert_eq!((&visit["kind"], &visit["seat"]), (&json!("train_open"), &json!("c5/b3")));
    assert_eq!(
        (&visit["point"]["name"]["en"], &visit["entered_at"]),
        (&json!("CR G7301"), &json!("2026-03-01T10:00:00+08:00"))
    );
    let looks = world.read(&device, "/api/v1/me/looks").await.done();
    assert!(looks["items"].as_array().unwrap().iter().any(|look| look["purpose"] == "case"), "{looks}");
    let listed = world.read(&officer, "/api/v1/rides").await.done();
    assert_eq!(
        (&listed["items"][0]["line"], &listed["items"][0]["layout"]),
        (&json!("G7301"), &json!("c1 to c8"))
    );
}

async fn a_corrected_seat_keeps_what_was_there_before(world: &World) {
    let officer = world.officer().await;
    let person = world.person(&world.declared(&alice()).await).await;
    let path = add(world, &officer).await;
    world.post(&officer, &path, json!({ "person": person })).await.done();
    let again = world.post(&officer, &path, json!({ "person": person })).await.done();
    assert_eq!(again["corrected"], false, "the same once more is nothing new");
    world.forward(1);
    let seat = json!({ "person": person, "seat": "c5/r3" });
    assert_eq!(world.post(&officer, &path, seat).await.code(), "reason_missing");
    let seat = json!({ "person": person, "seat": "c5/r3", "reason": "the ticket says so" });
    assert_eq!(world.post(&officer, &path, seat).await.done()["corrected"], true);
    let seen = world.read(&officer, &path).await.done();
    assert_eq!(
        (seen["passengers"].as_array().unwrap().len(), &seen["passengers"][0]["seat"]),
        (1, &json!("c5/r3"))
    );
    let changes: Vec<_> =
        seen["changes"].as_array().unwrap().iter().map(|one| (&one["before"], &one["after"])).collect();
    assert_eq!(changes, [(&json!(""), &json!("-")), (&json!("-"), &json!("c5/r3"))]);
}

async fn another_areas_ride_is_refused(world: &World) {
    let (officer, other) = (world.officer().await, world.officer_of("440100").await);
    let person = world.person(&world.declared(&alice()).await).await;
    let path = add(world, &officer).await;
    assert_eq!(world.post(&other, &path, json!({ "person": person })).await.code(), "outside_area");
    assert_eq!(world.read(&other, &path).await.code(), "outside_area");
    assert_eq!(world.post(&other, "/api/v1/rides", train("330100")).await.code(), "outside_area");
    assert_eq!(world.read(&other, "/api/v1/rides").await.done()["items"], json!([]));
}

async fn exposed(world: &World, officer: &Caller, person: &str) -> bool {
    let seen = world.read(officer, &format!("/api/v1/people/{person}?purpose=case")).await.done();
    let is_exposure = |fact: &Value| fact["kind"] == "exposure" && fact["withdrawn"] != json!(true);
    seen["facts"].as_array().unwrap().iter().any(is_exposure)
}

async fn whoever_is_taken_off_the_list_is_no_contact_any_more(world: &World) {
    let officer = world.officer().await;
    let case = world.person(&world.declared(&bob()).await).await;
    let person = world.person(&world.declared(&alice()).await).await;
    let path = add(world, &officer).await;
    for who in [&case, &person] {
        world.post(&officer, &path, json!({ "person": who, "seat": "c5/b3" })).await.done();
    }
    world.confirm(&case).await;
    world.settle().await;
    assert!(exposed(world, &officer, &person).await, "two hours in one bay");
    world.forward(1);
    let off = json!({ "person": person, "on_board": false, "reason": "missed the train" });
    world.post(&officer, &path, off).await.done();
    world.settle().await;
    assert!(!exposed(world, &officer, &person).await);
    let seen = world.read(&officer, &path).await.done();
    assert_eq!(seen["passengers"].as_array().unwrap().len(), 1);
    let last = seen["changes"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&last["before"], &last["after"], &last["reason"]),
        (&json!("c5/b3"), &json!(""), &json!("missed the train"))
    );
}

async fn what_is_no_ride_is_refused(world: &World) {
    let officer = world.officer().await;
    for (field, value, code) in [
        ("kind", json!("rocket"), "body"),
        ("operator", json!(" "), "body"),
        ("region", json!("999999"), "region_unknown"),
        ("until", json!("2026-03-02T10:00:01+08:00"), "ride_time"),
        ("until", json!("2026-03-01T10:00:00+08:00"), "ride_time"),
        ("from", json!("2026-02-01T10:00:00+08:00"), "ride_time"),
        ("from", json!("noon"), "date_form"),
    ] {
        let mut ride = train("330100");
        ride[field] = value;
        assert_eq!(world.post(&officer, "/api/v1/rides", ride.clone()).await.code(), code, "{ride}");
    }
    let path = add(world, &officer).await;
    for body in [json!({}), json!({ "person": "x", "code": "y" })] {
        assert_eq!(world.post(&officer, &path, body.clone()).await.code(), "body", "{body}");
    }
    let seat = json!({ "person": "x", "seat": "c5b3" });
    assert_eq!(world.post(&officer, &path, seat).await.code(), "seat_form");
    assert_eq!(world.post(&officer, &path, json!({ "person": "nobody" })).await.code(), "not_found");
}

async fn a_scan_takes_a_seat(world: &World) {
    let device = world.declared(&alice()).await;
    let gate = world.checker(&world.point("Bus").await).await;
    let body =
        |seat: &str, code: String| json!({ "code": code, "direction": "in", "seat": seat, "part": "deck-1" });
    let code = world.code(&device).await;
    for seat in ["12 A", "12A", "r12A"] {
        let refused = world.post(&gate, "/api/v1/scans", body(seat, code.clone())).await;
        assert_eq!(refused.code(), "seat_form");
        assert!(refused.body["detail"].as_str().unwrap().contains("row and letter (r12/A)"), "{seat}");
    }
    world.post(&gate, "/api/v1/scans", body("r12/A", code)).await.done();
    let (officer, person) = (world.officer().await, world.person(&device).await);
    let seen = world.read(&officer, &format!("/api/v1/people/{person}?purpose=case")).await.done();
    assert_eq!(seen["visits"][0]["seat"], "r12/A");
}
