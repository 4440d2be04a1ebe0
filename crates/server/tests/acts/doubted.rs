//! Scans that cannot be as they say are kept, doubted, and used against nobody until an officer has cleared them.

use healthcode_core::time::Instant;
use healthcode_testkit::cast::{alice, bob};
use healthcode_testkit::on_both_engines;
use healthcode_testkit::world::{Caller, Phone, World};
use serde_json::{Value, json};

on_both_engines! {
    two_distant_points_within_a_minute_make_the_later_visit_doubtful
    near_points_and_slow_people_are_not_doubted
    without_positions_points_of_two_districts_are_distant
    an_earlier_scan_that_arrives_late_makes_the_one_after_it_doubtful
    a_doubtful_leaving_scan_ends_nobodys_stay
    a_leaving_scan_ends_the_latest_stay
    a_leaving_scan_that_arrives_late_lets_go_of_whom_she_met_after_it
    a_later_picture_of_a_code_does_not_doubt_a_leaving_scan_that_arrives_late
    the_two_hundred_and_first_within_an_hour_is_doubted
    the_same_passage_scanned_twice_is_doubted_once
    late_future_and_out_of_order_scans_are_doubted
    a_doubted_visit_makes_a_contact_only_when_it_was_cleared
    an_officer_rules_in_her_own_area_only_and_says_why
}

/// A checker at a point somewhere, in degrees.
async fn point_at(world: &World, name: &str, position: (f64, f64)) -> Caller {
    world.checker(&add_point(world, name, position).await).await
}

async fn add_point(world: &World, name: &str, (latitude, longitude): (f64, f64)) -> String {
    let officer = world.officer().await;
    let body = json!({
        "name": { "en": name, "zh": name }, "kind": "market", "region": "330106",
        "latitude": latitude, "longitude": longitude,
    });
    let point = world.post(&officer, "/api/v1/points", body).await.done();
    point["point"].as_str().unwrap().to_owned()
}

async fn seen(world: &World, person: &str) -> Vec<Value> {
    let officer = world.officer().await;
    let seen = world.read(&officer, &format!("/api/v1/people/{person}?purpose=case")).await.done();
    seen["visits"].as_array().unwrap().clone()
}

/// The flags of a person's visits, newest first.
async fn flags(world: &World, person: &str) -> Vec<Option<String>> {
    seen(world, person).await.iter().map(|visit| visit["flag"].as_str().map(str::to_owned)).collect()
}

fn some(flag: &str) -> Option<String> {
    Some(flag.to_owned())
}

async fn two_distant_points_within_a_minute_make_the_later_visit_doubtful(world: &World) {
    let device = world.declared(&alice()).await;
    let (here, there) =
        (point_at(world, "Here", (30.25, 120.16)).await, point_at(world, "There", (30.25, 120.19)).await);
    world.scan(&here, &world.code(&device).await, "in").await;
    world.forward(59);
    world.scan(&there, &world.code(&device).await, "in").await;
    let person = world.person(&device).await;
    assert_eq!(flags(world, &person).await, [some("impossible"), None]);
    let officer = world.officer().await;
    let listed = world.read(&officer, "/api/v1/visits/doubted").await.done();
    let items = listed["items"].as_array().unwrap();
    assert_eq!(
        (items.len(), &items[0]["flag"], &items[0]["place"]["en"]),
        (1, &json!("impossible"), &json!("There"))
    );
}

async fn near_points_and_slow_people_are_not_doubted(world: &World) {
    let device = world.declared(&alice()).await;
    let here = point_at(world, "Here", (30.25, 120.16)).await;
    let (near, far) =
        (point_at(world, "Near", (30.25, 120.165)).await, point_at(world, "Far", (31.25, 120.16)).await);
    for (gate, after) in [(&here, 30), (&near, 60), (&far, 0)] {
        world.scan(gate, &world.code(&device).await, "in").await;
        world.forward(after);
    }
    let person = world.person(&device).await;
    assert_eq!(flags(world, &person).await, [None, None, None], "half a kilometre, and a minute");
}

async fn without_positions_points_of_two_districts_are_distant(world: &World) {
    let device = world.declared(&alice()).await;
    let officer = world.officer().await;
    for region in ["330106", "330106", "330102"] {
        let body = json!({ "name": { "en": "Hall", "zh": "厅" }, "kind": "market", "region": region });
        let point = world.post(&officer, "/api/v1/points", body).await.done();
        let gate = world.checker(point["point"].as_str().unwrap()).await;
        world.scan(&gate, &world.code(&device).await, "in").await;
        world.forward(10);
    }
    let person = world.person(&device).await;
    assert_eq!(
        flags(world, &person).await,
        [some("impossible"), None, None],
        "the third is in another district"
    );
}

/// Delivers scans of a phone, made alone at a gate.
async fn deliver(world: &World, gate: &Caller, phone: &Phone, scans: &[(&str, Instant, &str)]) {
    let scan = |(id, at, direction): &(&str, Instant, &str)| {
        json!({
            "id": id, "code": phone.shows(*at), "direction": direction, "scanned_at": at.to_string(),
            "verdict": "valid", "colour": "green", "action": "pass",
        })
    };
    let scans: Vec<_> = scans.iter().map(scan).collect();
    let answer = world.post(gate, "/api/v1/gate/scans", json!({ "scans": scans })).await.done();
    assert_eq!(answer["unknown"], 0, "{answer}");
}

async fn phone(world: &World) -> (Phone, String) {
    let device = world.declared(&alice()).await;
    let person = world.person(&device).await;
    let mut phone = Phone::enrol(world, &device).await;
    phone.fetch(world, 1).await;
    (phone, person)
}

async fn an_earlier_scan_that_arrives_late_makes_the_one_after_it_doubtful(world: &World) {
    let (phone, person) = phone(world).await;
    let (here, there) =
        (point_at(world, "Here", (30.25, 120.16)).await, point_at(world, "There", (31.25, 120.16)).await);
    let came = world.now();
    world.forward(30);
    deliver(world, &there, &phone, &[("scan-there", world.now(), "in")]).await;
    assert_eq!(flags(world, &person).await, [None]);
    deliver(world, &here, &phone, &[("scan-here", came, "in")]).await;
    assert_eq!(
        flags(world, &person).await,
        [some("impossible"), None],
        "the later one, though it came first"
    );
}

async fn a_doubtful_leaving_scan_ends_nobodys_stay(world: &World) {
    let device = world.declared(&alice()).await;
    let (here, there) =
        (point_at(world, "Here", (30.25, 120.16)).await, point_at(world, "There", (31.25, 120.16)).await);
    for (gate, direction, after) in [(&here, "in", 1_800), (&there, "in", 10), (&here, "out", 0)] {
        world.scan(gate, &world.code(&device).await, direction).await;
        world.forward(after);
    }
    let visits = seen(world, &world.person(&device).await).await;
    let stay = visits.iter().find(|visit| visit["entered_at"] == "2026-03-02T09:00:00+08:00").unwrap();
    assert_eq!((&stay["assumed"], &stay["left_at"]), (&json!(true), &json!("2026-03-02T10:00:00+08:00")));
    assert_eq!(visits.iter().filter(|visit| visit["flag"] == "impossible").count(), 1);
}

async fn a_leaving_scan_ends_the_latest_stay(world: &World) {
    let device = world.declared(&alice()).await;
    let gate = point_at(world, "Here", (30.25, 120.16)).await;
    for (direction, after) in [("in", 9 * 3_600), ("in", 1_800), ("out", 0)] {
        world.scan(&gate, &world.code(&device).await, direction).await;
        world.forward(after);
    }
    let seen = seen(world, &world.person(&device).await).await;
    let ends: Vec<_> = seen.iter().map(|visit| visit["left_at"].as_str().unwrap()).collect();
    assert_eq!(ends, ["2026-03-02T18:30:00+08:00", "2026-03-02T10:00:00+08:00"]);
}

/// She comes at nine and is thought to stay until ten; the case comes at half past nine. That she left at a quarter past
/// nine arrives at eleven.
async fn a_leaving_scan_that_arrives_late_lets_go_of_whom_she_met_after_it(world: &World) {
    let (phone, person) = phone(world).await;
    let case = world.declared(&bob()).await;
    let gate = point_at(world, "Here", (30.25, 120.16)).await;
    deliver(world, &gate, &phone, &[("scan-came", world.now(), "in")]).await;
    world.forward(900);
    let left = world.now();
    world.forward(900);
    world.scan(&gate, &world.code(&case).await, "in").await;
    world.forward(5_400);
    world.confirm(&world.person(&case).await).await;
    let colour = async || {
        let officer = world.officer().await;
        let seen = world.read(&officer, &format!("/api/v1/people/{person}?purpose=case")).await.done();
        seen["decision"]["colour"].as_str().unwrap().to_owned()
    };
    assert_eq!(colour().await, "red", "half an hour together, as far as anybody knows");
    deliver(world, &gate, &phone, &[("scan-left", left, "out")]).await;
    world.settle().await;
    assert_eq!(colour().await, "green", "she had left before the case came");
}

async fn a_later_picture_of_a_code_does_not_doubt_a_leaving_scan_that_arrives_late(world: &World) {
    let device = world.declared(&alice()).await;
    let person = world.person(&device).await;
    let mut phone = Phone::enrol(world, &device).await;
    phone.fetch(world, 1).await;
    let point = add_point(world, "Here", (30.25, 120.16)).await;
    let gate = world.checker(&point).await;
    deliver(world, &gate, &phone, &[("scan-came", world.now(), "in")]).await;
    world.forward(600);
    let left = world.now();
    world.forward(300);
    let officer = world.officer().await;
    let poster = world.read(&officer, &format!("/api/v1/points/{point}/poster")).await.done();
    let picture = json!({ "code": poster["text"], "direction": "in" });
    world.post(&device, "/api/v1/me/visits", picture).await.done();
    deliver(world, &gate, &phone, &[("scan-left", left, "out")]).await;
    let seen = seen(world, &person).await;
    let stay = seen.iter().find(|visit| visit["grade"] == "witnessed").unwrap();
    assert_eq!(
        (&stay["left_at"], &stay["flag"]),
        (&json!("2026-03-02T09:10:00+08:00"), &Value::Null),
        "{seen:?}"
    );
}

async fn the_two_hundred_and_first_within_an_hour_is_doubted(world: &World) {
    let (phone, person) = phone(world).await;
    let gate = point_at(world, "Here", (30.25, 120.16)).await;
    for _ in 0..201 {
        assert_eq!(world.scan(&gate, &phone.shows(world.now()), "passing").await["verdict"], "valid");
        world.forward(11);
    }
    let flags = flags(world, &person).await;
    assert_eq!(flags[0], some("impossible"));
    assert!(flags[1..].iter().all(Option::is_none), "those before count");
}

async fn the_same_passage_scanned_twice_is_doubted_once(world: &World) {
    let device = world.declared(&alice()).await;
    let gate = point_at(world, "Here", (30.25, 120.16)).await;
    let code = world.code(&device).await;
    for (direction, after) in [("in", 5), ("in", 30), ("out", 5), ("out", 11), ("in", 0)] {
        world.scan(&gate, &code, direction).await;
        world.forward(after);
    }
    let person = world.person(&device).await;
    let visits = seen(world, &person).await;
    let of = |flag: Option<&str>| visits.iter().filter(|visit| visit["flag"].as_str() == flag).count();
    assert_eq!((of(Some("double")), of(None)), (2, 2), "{visits:?}");
    let stayed = visits.iter().find(|visit| visit["assumed"] == false).unwrap();
    assert_eq!(stayed["left_at"], "2026-03-02T09:00:35+08:00", "the first leaving ends the first entering");
}

async fn late_future_and_out_of_order_scans_are_doubted(world: &World) {
    let (phone, person) = phone(world).await;
    let point = add_point(world, "Here", (30.25, 120.16)).await;
    let gate = world.checker(&point).await;
    let came = world.now();
    world.forward(3_600);
    let then = world.now();
    deliver(world, &gate, &phone, &[("scan-in-one", then, "in")]).await;
    deliver(world, &gate, &phone, &[("scan-out-one", then.plus_seconds(-120), "out")]).await;
    let kinds = |visits: Vec<Value>| {
        let mut flags: Vec<_> = visits.iter().filter_map(|v| v["flag"].as_str().map(str::to_owned)).collect();
        flags.sort();
        flags
    };
    assert_eq!(kinds(seen(world, &person).await), ["out_of_order"]);
    deliver(world, &gate, &phone, &[("scan-ahead-1", then.plus_seconds(120), "passing")]).await;
    deliver(world, &gate, &phone, &[("scan-ahead-2", then.plus_seconds(200), "passing")]).await;
    assert_eq!(
        kinds(seen(world, &person).await),
        ["future", "out_of_order"],
        "two minutes are within clocks"
    );
    world.forward(47 * 3_600 + 1);
    let gate = world.checker(&point).await;
    deliver(world, &gate, &phone, &[("scan-late-one", came.plus_seconds(60), "passing")]).await;
    assert_eq!(kinds(seen(world, &person).await), ["future", "out_of_order"], "48 hours are not late");
    deliver(world, &gate, &phone, &[("scan-late-two", came, "passing")]).await;
    assert_eq!(kinds(seen(world, &person).await), ["future", "late", "out_of_order"]);
}

async fn exposed(world: &World, person: &str) -> bool {
    let officer = world.officer().await;
    let seen = world.read(&officer, &format!("/api/v1/people/{person}?purpose=case")).await.done();
    let is_exposure = |fact: &&Value| fact["kind"] == "exposure" && fact["withdrawn"] != json!(true);
    seen["facts"].as_array().unwrap().iter().any(|fact| is_exposure(&fact))
}

async fn a_doubted_visit_makes_a_contact_only_when_it_was_cleared(world: &World) {
    let (case, device) = (world.declared(&bob()).await, world.declared(&alice()).await);
    let (here, there) =
        (point_at(world, "Here", (30.25, 120.16)).await, point_at(world, "There", (31.25, 120.16)).await);
    world.scan(&here, &world.code(&case).await, "in").await;
    world.scan(&there, &world.code(&device).await, "in").await;
    world.forward(10);
    world.scan(&here, &world.code(&device).await, "in").await;
    world.forward(7_200);
    world.confirm(&world.person(&case).await).await;
    world.settle().await;
    let person = world.person(&device).await;
    assert!(!exposed(world, &person).await, "she cannot have been at both");
    let officer = world.officer().await;
    let listed = world.read(&officer, "/api/v1/visits/doubted").await.done();
    let visit = listed["items"][0]["visit"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/visits/{visit}/ruling");
    let rule = |ruling: &str| json!({ "ruling": ruling, "reason": "the camera shows her here" });
    world.post(&officer, &path, rule("cleared")).await.done();
    world.settle().await;
    assert!(exposed(world, &person).await, "an officer cleared it");
    assert_eq!(world.read(&officer, "/api/v1/visits/doubted").await.done()["items"], json!([]));
    world.post(&officer, &path, rule("rejected")).await.done();
    world.settle().await;
    assert!(!exposed(world, &person).await, "and was mistaken");
}

async fn an_officer_rules_in_her_own_area_only_and_says_why(world: &World) {
    let device = world.declared(&alice()).await;
    let gate = point_at(world, "Here", (30.25, 120.16)).await;
    let code = world.code(&device).await;
    world.scan(&gate, &code, "in").await;
    world.scan(&gate, &code, "in").await;
    let (own, other) = (world.officer_of("3301").await, world.officer_of("440100").await);
    let listed = world.read(&own, "/api/v1/visits/doubted").await.done();
    let visit = listed["items"][0]["visit"].as_str().unwrap().to_owned();
    assert_eq!(world.read(&other, "/api/v1/visits/doubted").await.done()["items"], json!([]));
    let path = format!("/api/v1/visits/{visit}/ruling");
    let body = json!({ "ruling": "rejected", "reason": "scanned twice" });
    assert_eq!(world.post(&other, &path, body.clone()).await.code(), "outside_area");
    for (ruling, reason, code) in [("maybe", "x", "body"), ("rejected", " ", "reason_missing")] {
        let body = json!({ "ruling": ruling, "reason": reason });
        assert_eq!(world.post(&own, &path, body).await.code(), code);
    }
    assert_eq!(world.post(&own, "/api/v1/visits/none/ruling", body.clone()).await.code(), "not_doubted");
    world.post(&own, &path, body).await.done();
    assert_eq!(world.read(&own, "/api/v1/visits/doubted").await.done()["items"], json!([]));
}
