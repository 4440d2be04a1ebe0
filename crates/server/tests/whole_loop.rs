//! Alice falls ill, Bob sat beside her, Charlie must learn nothing.
#![allow(clippy::unwrap_used, missing_docs)]

use healthcode_testkit::cast::{alice, bob, charlie};
use healthcode_testkit::on_both_engines;
use healthcode_testkit::world::{Caller, DAY, World};
use serde_json::Value;

on_both_engines! {
    alice_falls_ill_bob_sat_beside_her_charlie_learns_nothing
    a_missed_report_restarts_the_count
    an_abnormal_report_restarts_the_count
    an_exclusion_leaves_no_exposure_behind
    a_scan_recorded_after_the_confirmation_still_finds_its_contact
    a_live_page_hears_of_its_new_colour
    ten_minutes_together_colour_nobody
}

struct Cast {
    alice: Caller,
    bob: Caller,
    case: String,
    checker: Caller,
}

/// Alice and Bob are scanned in at one point, stay together for some minutes and are scanned out.
async fn together(world: &World, minutes: u32) -> Cast {
    let (alice, bob) = (world.declared(&alice()).await, world.declared(&bob()).await);
    let checker = world.checker(&world.point("Library").await).await;
    for direction in ["in", "out"] {
        for who in [&alice, &bob] {
            let seen = world.scan(&checker, &world.code(who).await, direction).await;
            assert_eq!((&seen["verdict"], &seen["action"]), (&"valid".into(), &"pass".into()), "{seen}");
            assert_eq!(seen["colour"], "green");
        }
        if direction == "in" {
            world.forward(minutes * 60);
        }
    }
    let case = world.person(&alice).await;
    Cast { alice, bob, case, checker }
}

async fn why(world: &World, who: &Caller) -> Value {
    world.read(who, "/api/v1/me/why").await.done()
}

fn exposures(why: &Value) -> Vec<&Value> {
    why["facts"].as_array().unwrap().iter().filter(|fact| fact["kind"] == "exposure").collect()
}

fn codes(decision: &Value) -> Vec<&str> {
    decision["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect()
}

/// The decision in force, noted with its time to be compared with the replay.
async fn note(world: &World, who: &Caller, noted: &mut Vec<(i64, Value)>) -> Value {
    let decision = world.show(who).await["decision"].clone();
    noted.push((world.now().seconds(), decision.clone()));
    decision
}

async fn alice_falls_ill_bob_sat_beside_her_charlie_learns_nothing(world: &World) {
    let Cast { alice, bob, case, checker } = together(world, 30).await;
    let charlie = world.declared(&charlie()).await;
    world.forward(60);
    assert_eq!(world.scan(&checker, &world.code(&charlie).await, "in").await["action"], "pass");
    let before = why(world, &charlie).await;
    let mut noted = Vec::new();
    assert_eq!(note(world, &bob, &mut noted).await["colour"], "green");
    world.forward(60);

    world.confirm(&case).await;
    assert_eq!(world.colour(&alice).await, "red");
    assert_red_with_why(world, &bob, &case, &mut noted).await;
    let seen = world.scan(&checker, &world.code(&bob).await, "in").await;
    assert_eq!((&seen["colour"], &seen["action"]), (&"red".into(), &"stop".into()));

    world.forward(3600);
    world.exclude(&case).await;
    assert_eq!(world.colour(&alice).await, "green");
    let decision = note(world, &bob, &mut noted).await;
    assert_eq!((&decision["colour"], codes(&decision)), (&"green".into(), vec!["G1"]));

    world.forward(3600);
    world.confirm(&case).await;
    assert_eq!(note(world, &bob, &mut noted).await["colour"], "red");
    for day in 1..=14 {
        assert_eq!(world.colour(&bob).await, "red", "before the report of day {day}");
        world.forward(DAY);
        world.settle().await;
        world.report(&bob).await.done();
        let decision = note(world, &bob, &mut noted).await;
        assert_eq!(
            decision["colour"],
            if day < 14 { "red" } else { "green" },
            "after the report of day {day}"
        );
    }
    assert_history_equals(world, &bob, &noted).await;

    let after = why(world, &charlie).await;
    assert_eq!((&before["facts"], &before["decision"]), (&after["facts"], &after["decision"]));
}

async fn assert_red_with_why(world: &World, bob: &Caller, case: &str, noted: &mut Vec<(i64, Value)>) {
    let decision = note(world, bob, noted).await;
    assert_eq!((&decision["colour"], codes(&decision)), (&"red".into(), vec!["R2"]), "{decision}");
    assert_eq!(decision["since"], "2026-03-02T09:32:00+08:00");
    assert_eq!(decision["release"][0]["need"], "daily_reports");
    assert_eq!((&decision["release"][0]["done"], &decision["release"][0]["of"]), (&0.into(), &14.into()));
    assert!(decision["earliest_release_at"].is_string(), "{decision}");
    assert!(!decision["reasons"][0]["text"]["zh"].as_str().unwrap().is_empty());
    let why = why(world, bob).await;
    let exposure = exposures(&why)[0];
    assert_eq!((&exposure["data"]["minutes"], &exposure["source"]), (&30.into(), &"trace".into()));
    assert_eq!(exposure["id"], why["decision"]["reasons"][0]["evidence"][0]["id"]);
    assert!(why["fresh"]["cases"].is_string(), "{why}");
    // Whoever was beside him stays unknown to him.
    let text = why.to_string();
    assert!(!text.contains(case) && !text.contains(alice().name.expose()), "{text}");
}

async fn assert_history_equals(world: &World, who: &Caller, noted: &[(i64, Value)]) {
    let (person, officer) = (world.person(who).await, world.officer().await);
    let replayed = world.read(&officer, &format!("/api/v1/people/{person}/history")).await.done();
    let items = replayed["items"].as_array().unwrap();
    let at =
        |item: &Value| healthcode_core::time::Instant::parse(item["at"].as_str().unwrap()).unwrap().seconds();
    for (seen_at, decided) in noted {
        let item = items.iter().rfind(|item| at(item) <= *seen_at).unwrap();
        for part in ["colour", "reasons", "release", "rule_set", "authority"] {
            assert_eq!(item["decision"][part], decided[part], "{part} at {seen_at}");
        }
    }
    let mut colours: Vec<_> = items.iter().map(|item| item["decision"]["colour"].as_str().unwrap()).collect();
    colours.dedup();
    assert_eq!(colours, ["green", "red", "green", "red", "green"], "{replayed}");
}

async fn a_missed_report_restarts_the_count(world: &World) {
    let Cast { bob, case, .. } = together(world, 30).await;
    world.confirm(&case).await;
    for _ in 0..13 {
        world.forward(DAY);
        world.report(&bob).await.done();
    }
    assert_eq!(world.show(&bob).await["decision"]["release"][0]["done"], 13);
    world.forward(2 * DAY);
    world.settle().await;
    assert_eq!(world.show(&bob).await["decision"]["release"][0]["done"], 0);
    for day in 1..=14 {
        world.report(&bob).await.done();
        assert_eq!(
            world.colour(&bob).await,
            if day < 14 { "red" } else { "green" },
            "day {day} of the new count"
        );
        world.forward(DAY);
    }
}

async fn an_abnormal_report_restarts_the_count(world: &World) {
    let Cast { bob, case, .. } = together(world, 30).await;
    world.confirm(&case).await;
    world.forward(DAY);
    world.report(&bob).await.done();
    world.forward(DAY);
    let fever = serde_json::json!({ "temperature_c": 37.3, "symptoms": [] });
    world.post(&bob, "/api/v1/me/reports", fever).await.done();
    let decision = world.show(&bob).await["decision"].clone();
    assert_eq!(decision["colour"], "red");
    assert_eq!(decision["release"][0]["done"], 0, "{decision}");
}

async fn an_exclusion_leaves_no_exposure_behind(world: &World) {
    let Cast { bob, case, .. } = together(world, 30).await;
    for round in 1..=3 {
        world.confirm(&case).await;
        let known = why(world, &bob).await;
        assert_eq!(
            exposures(&known).iter().filter(|fact| fact["withdrawn"] == false).count(),
            1,
            "round {round}"
        );
        world.forward(60);
        world.exclude(&case).await;
        let known = why(world, &bob).await;
        assert_eq!(exposures(&known).len(), round, "each withdrawn one stays on record");
        assert!(exposures(&known).iter().all(|fact| fact["withdrawn"] == true), "{known}");
        assert_eq!(world.colour(&bob).await, "green");
        world.forward(60);
    }
    let officer = world.officer().await;
    assert_eq!(world.read(&officer, "/api/v1/cases").await.done()["items"], serde_json::json!([]));
}

async fn a_scan_recorded_after_the_confirmation_still_finds_its_contact(world: &World) {
    let Cast { case, checker, .. } = together(world, 30).await;
    let charlie = world.declared(&charlie()).await;
    world.forward(60);
    world.confirm(&case).await;
    assert_eq!(world.colour(&charlie).await, "green");
    // Nobody scanned him in: he is taken to have been there for the usual hour.
    world.forward(60);
    world.scan(&checker, &world.code(&charlie).await, "out").await;
    world.settle().await;
    assert_eq!(world.colour(&charlie).await, "red");
    let officer = world.officer().await;
    let cases = world.read(&officer, "/api/v1/cases").await.done();
    assert_eq!(cases["items"][0]["contacts"], 2, "{cases}");
}

async fn a_live_page_hears_of_its_new_colour(world: &World) {
    let Cast { bob, case, .. } = together(world, 30).await;
    let mut live = world.live(&bob).await;
    world.confirm(&case).await;
    let event = live.next().await;
    assert!(event.contains("event: changed"), "{event}");
    assert_eq!(world.colour(&bob).await, "red");
}

async fn ten_minutes_together_colour_nobody(world: &World) {
    let Cast { bob, case, .. } = together(world, 10).await;
    world.confirm(&case).await;
    assert_eq!(world.colour(&bob).await, "green");
    assert!(exposures(&why(world, &bob).await).is_empty());
}
