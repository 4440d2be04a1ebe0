//! Editions change safely: what is brought in has no mistake, is compared on everyone, approved by a second officer, takes
//! a start, and can be taken back.

use healthcode_testkit::cast::{alice, bob, charlie};
use healthcode_testkit::on_both_engines;
use healthcode_testkit::world::{Caller, DAY, World};
use serde_json::{Value, json};

on_both_engines! {
    an_edition_takes_its_start_after_a_second_officer_approved_it
    whoever_is_held_stays_under_the_edition_before_until_it_lets_go
    whoever_is_held_is_moved_where_the_edition_says_so
    a_withdrawn_edition_gives_way_to_the_one_before
    an_edition_with_mistakes_is_not_taken_in
}

const RULES: &str = include_str!("../../../../rules/hangzhou-2020-02/rules.toml");

/// The next version of the rules in force: contact is yellow for three days and no longer red for fourteen.
fn milder(transition: &str) -> String {
    let rules = RULES.replace("version = 1", &format!("version = 2\ntransition = \"{transition}\""));
    let start = rules.find("[[rules]]\nreason = \"R2\"").unwrap();
    let (head, of_r2) = rules.split_at(start);
    let new = "[reasons.Y9]\ncolour = \"yellow\"\nen = \"Contact.\"\nzh = \"接触。\"\n\n";
    let of_y9 = of_r2.replacen("reason = \"R2\"", "reason = \"Y9\"", 1).replacen(
        "release = [[{ daily_reports = 14 }]]",
        "release = [[{ daily_reports = 3 }]]",
        1,
    );
    format!("{head}{new}{of_y9}")
}

fn case() -> Value {
    let text = "[[expect]]\nat = \"2020-02-12T09:00:00+08:00\"\ncolour = \"pending\"\n";
    json!({ "name": "nobody_is_coloured_without_evidence", "text": text })
}

async fn draft(world: &World, officer: &Caller, rules: &str) -> healthcode_testkit::world::Answer {
    world.post(officer, "/api/v1/rules/drafts", json!({ "rules": rules, "cases": [case()] })).await
}

const DRAFT: &str = "/api/v1/rules/drafts/hangzhou-2020-02/2";

/// Brings in an edition, has it compared, and approves it from tomorrow on.
async fn edition(world: &World, transition: &str) -> (Caller, Value) {
    let (first, second) = (world.officer().await, world.officer().await);
    draft(world, &first, &milder(transition)).await.done();
    healthcode_server::api::rules::compare::compare_and_keep(&world.app, "hangzhou-2020-02", 2, &0.into())
        .await
        .unwrap();
    let list = world.read(&second, "/api/v1/rules").await.done();
    let (from, until) = (world.now().plus_seconds(DAY.into()), world.now().plus_seconds(90 * i64::from(DAY)));
    let dates = json!({ "from": from.to_string(), "until": until.to_string() });
    world.post(&second, &format!("{DRAFT}/approval"), dates).await.done();
    (second, list["drafts"][0]["comparison"].clone())
}

async fn contact(world: &World) -> Caller {
    let (one, other) = (world.declared(&alice()).await, world.declared(&bob()).await);
    let checker = world.checker(&world.point("Shop").await).await;
    for device in [&one, &other] {
        world.scan(&checker, &world.code(device).await, "in").await;
    }
    world.forward(40 * 60);
    world.confirm(&world.person(&other).await).await;
    world.settle().await;
    assert_eq!(world.colour(&one).await, "red");
    one
}

async fn an_edition_takes_its_start_after_a_second_officer_approved_it(world: &World) {
    let one = contact(world).await;
    let (first, second) = (world.officer().await, world.officer().await);
    let answer = draft(world, &first, &milder("move")).await.done();
    assert_eq!((&answer["version"], &answer["cases"]), (&json!(2), &json!(1)));
    assert_eq!(draft(world, &second, &milder("move")).await.code(), "edition_known");
    let dates = json!({ "from": world.now().plus_seconds(60).to_string(), "until": "2030-01-01T00:00:00Z" });
    let approval = format!("{DRAFT}/approval");
    assert_eq!(world.post(&second, &approval, dates.clone()).await.code(), "not_compared");
    healthcode_server::api::rules::compare::compare_and_keep(&world.app, "hangzhou-2020-02", 2, &0.into())
        .await
        .unwrap();
    assert_eq!(world.post(&first, &approval, dates.clone()).await.code(), "second_officer");
    let past = json!({ "from": "2020-01-01T00:00:00Z", "until": "2030-01-01T00:00:00Z" });
    assert_eq!(world.post(&second, &approval, past).await.code(), "date_past");
    world.post_once(&second, &approval, &dates, "approve-1").await.done();
    world.post_once(&second, &approval, &dates, "approve-1").await.done();
    assert_eq!(world.post(&second, &approval, dates).await.code(), "edition_approved");
    assert_eq!(world.colour(&one).await, "red");
    world.forward(60);
    let now = world.show(&one).await["decision"].clone();
    assert_eq!((&now["colour"], &now["rule_set"]), (&json!("yellow"), &json!("hangzhou-2020-02@2")));
}

async fn whoever_is_held_stays_under_the_edition_before_until_it_lets_go(world: &World) {
    let one = contact(world).await;
    let (_, comparison) = edition(world, "stay").await;
    assert_eq!((&comparison["people"], &comparison["changed"]), (&json!(2), &json!(1)));
    assert_eq!(comparison["overall"].as_array().unwrap().len(), 2);
    world.forward(DAY + 60);
    let held = world.show(&one).await["decision"].clone();
    assert_eq!((&held["colour"], &held["rule_set"]), (&json!("red"), &json!("hangzhou-2020-02@1")));
    let fresh = world.declared(&charlie()).await;
    assert_eq!(world.show(&fresh).await["decision"]["rule_set"], "hangzhou-2020-02@2");
    for _ in 0..14 {
        world.report(&one).await.done();
        world.forward(DAY);
    }
    let free = world.show(&one).await["decision"].clone();
    assert_eq!((&free["colour"], &free["rule_set"]), (&json!("green"), &json!("hangzhou-2020-02@2")));
}

async fn whoever_is_held_is_moved_where_the_edition_says_so(world: &World) {
    let one = contact(world).await;
    edition(world, "move").await;
    world.forward(DAY + 60);
    let moved = world.show(&one).await["decision"].clone();
    assert_eq!((&moved["colour"], &moved["reasons"][0]["code"]), (&json!("yellow"), &json!("Y9")));
    // The past is explained under the rules of its day.
    let then = world.now().plus_seconds(-7_200).to_string();
    let past = world.read(&one, &format!("/api/v1/me/why?at={then}")).await.done();
    assert_eq!(past["decision"]["reasons"][0]["code"], "R2");
}

async fn a_withdrawn_edition_gives_way_to_the_one_before(world: &World) {
    let one = contact(world).await;
    edition(world, "move").await;
    world.forward(DAY + 60);
    assert_eq!(world.colour(&one).await, "yellow");
    let officer = world.officer().await;
    let withdrawal = "/api/v1/rules/hangzhou-2020-02/2/withdrawal";
    world.post(&officer, withdrawal, json!({})).await.done();
    let back = world.show(&one).await["decision"].clone();
    assert_eq!((&back["colour"], &back["rule_set"]), (&json!("red"), &json!("hangzhou-2020-02@1")));
    assert_eq!(world.post(&officer, withdrawal, json!({})).await.code(), "not_found");
}

async fn an_edition_with_mistakes_is_not_taken_in(world: &World) {
    let officer = world.officer().await;
    let silent = milder("move").replace("transition = \"move\"\n", "");
    let for_ever = milder("move").replace("daily_reports = 3", "days = 300");
    let dropped = milder("move").replace("[reasons.R3]", "[reasons.R8]").replace("\"R3\"", "\"R8\"");
    for (rules, word) in [
        ("nonsense".to_owned(), "line 1"),
        (silent, "transition"),
        (for_ever, "nobody leaves Y9"),
        (dropped, "reason R3 of hangzhou-2020-02@1 is dropped"),
    ] {
        let refused = draft(world, &officer, &rules).await;
        let detail = refused.body["detail"].as_str().unwrap_or_default();
        assert!(refused.code() == "edition_mistakes" && detail.contains(word), "{word}: {detail}");
    }
    let none = json!({ "rules": milder("move"), "cases": [] });
    assert_eq!(world.post(&officer, "/api/v1/rules/drafts", none).await.code(), "edition_mistakes");
    assert_eq!(world.read(&officer, "/api/v1/rules").await.done()["drafts"], json!([]));
}
