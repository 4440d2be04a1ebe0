//! A case from its report to its picture: file, window, interview, clusters, records that were one, curve and chain.

use healthcode_core::ids::PersonId;
use healthcode_store::households::{self, Member};
use healthcode_testkit::cast::{alice, bob, charlie};
use healthcode_testkit::on_both_engines;
use healthcode_testkit::world::{Caller, DAY, World};
use serde_json::{Value, json};

on_both_engines! {
    a_case_has_a_file_with_its_history
    an_edited_window_is_traced_again_and_its_former_value_stays
    contacts_are_listed_with_minutes_place_and_what_is_asked_of_each
    what_a_case_said_stands_in_the_file_and_colours_nobody
    cases_belong_to_clusters
    two_records_become_one_case_and_two_again
    households_go_with_the_case_and_come_back_as_they_were
    two_records_of_one_household_sleep_there_once
    whoever_shared_a_roof_with_a_case_is_found_under_the_record_that_stays
    the_curve_counts_by_onset_sample_and_report
    the_chain_runs_from_who_fell_ill_first
}

struct Pair {
    alice: Caller,
    bob: Caller,
    case: String,
    contact: String,
}

/// Alice and Bob were together for half an hour; it is half past nine.
async fn together(world: &World) -> Pair {
    let (alice, bob) = (world.declared(&alice()).await, world.declared(&bob()).await);
    let checker = world.checker(&world.point("Library").await).await;
    for direction in ["in", "out"] {
        for who in [&alice, &bob] {
            world.scan(&checker, &world.code(who).await, direction).await;
        }
        if direction == "in" {
            world.forward(30 * 60);
        }
    }
    let (case, contact) = (world.person(&alice).await, world.person(&bob).await);
    Pair { alice, bob, case, contact }
}

async fn file(world: &World, person: &str) -> Value {
    let officer = world.officer().await;
    world.read(&officer, &format!("/api/v1/cases/{person}?purpose=case")).await.done()
}

async fn post(world: &World, path: &str, body: Value) -> Value {
    let officer = world.officer().await;
    let done = world.post(&officer, path, body).await.done();
    world.settle().await;
    done
}

async fn a_case_has_a_file_with_its_history(world: &World) {
    let person = world.person(&world.declared(&alice()).await).await;
    let onset = "2026-03-01T08:00:00+08:00";
    let test = json!({ "kind": "test_result", "happened_at": "2026-03-02T08:00:00+08:00",
        "data": { "assay": "pcr", "result": "positive", "sampled_at": "2026-03-02T08:00:00+08:00" } });
    post(world, &format!("/api/v1/people/{person}/evidence"), test).await;
    post(world, "/api/v1/cases", json!({ "person": person, "status": "suspected" })).await;
    world.forward(60);
    post(world, "/api/v1/cases", json!({ "person": person, "status": "confirmed", "onset_at": onset })).await;
    let file = file(world, &person).await;
    assert_eq!((&file["status"], &file["onset_at"]), (&json!("confirmed"), &json!(onset)));
    assert_eq!(file["sampled_at"], "2026-03-02T08:00:00+08:00");
    let statuses: Vec<_> = file["history"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
    assert_eq!(statuses, ["suspected", "confirmed"]);
    assert_eq!((&file["region"], &file["window"]["by_officer"]), (&json!("330106901"), &json!(false)));
}

async fn an_edited_window_is_traced_again_and_its_former_value_stays(world: &World) {
    let Pair { bob, case, .. } = together(world).await;
    world.confirm(&case).await;
    assert_eq!(world.colour(&bob).await, "red");
    let path = format!("/api/v1/cases/{case}/window");
    let before = json!({ "from": "2026-02-20T00:00:00+08:00", "until": "2026-03-02T08:00:00+08:00", "reason": "isolated since" });
    post(world, &path, before).await;
    assert_eq!(world.colour(&bob).await, "green", "the stay lies outside the window now");
    let edited = file(world, &case).await;
    assert_eq!((&edited["window"]["by_officer"], &edited["contacts"]), (&json!(true), &json!(0)));
    assert_eq!(edited["changes"][0]["reason"], "isolated since");
    world.forward(60);
    post(world, &path, json!({ "reason": "the isolation was not kept" })).await;
    assert_eq!(world.colour(&bob).await, "red");
    let back = file(world, &case).await;
    assert_eq!(back["changes"][1]["before"], edited["changes"][0]["after"], "the former window is kept");
    let officer = world.officer().await;
    let long = json!({ "from": "2026-01-01T00:00:00+08:00", "until": "2026-03-01T00:00:00+08:00", "reason": "long" });
    assert_eq!(world.post(&officer, &path, long).await.code(), "window_range");
    let nobody = world.person(&world.declared(&charlie()).await).await;
    let path = format!("/api/v1/cases/{nobody}/window");
    assert_eq!(world.post(&officer, &path, json!({ "reason": "none" })).await.code(), "no_case");
}

async fn contacts_are_listed_with_minutes_place_and_what_is_asked_of_each(world: &World) {
    let Pair { bob, case, contact, .. } = together(world).await;
    world.confirm(&case).await;
    let officer = world.officer().await;
    let path = format!("/api/v1/cases/{case}/contacts");
    let list = async || world.read(&officer, &path).await.done()["items"].clone();
    let one = list().await[0].clone();
    assert_eq!(
        (&one["person"], &one["colour"], &one["order"]),
        (&json!(contact), &json!("red"), &Value::Null)
    );
    assert_eq!(one["obligations"], json!(["isolate", "report_daily"]));
    let place = &one["places"][0];
    assert_eq!(
        (&place["minutes"], &place["grade"], &place["level"]),
        (&json!(30), &json!("witnessed"), &json!("close"))
    );
    assert_eq!(place["name"]["en"], "Library");
    let order = json!({ "kind": "close_contact", "place": "home", "until": "2026-03-09T00:00:00+08:00" });
    world.post(&officer, &format!("/api/v1/people/{contact}/quarantines"), order).await.done();
    assert_eq!(list().await[0]["order"], "running");
    let looks = world.read(&bob, "/api/v1/me/looks").await.done();
    assert!(looks["items"].as_array().unwrap().iter().any(|look| look["purpose"] == "case"));
    world.forward(60);
    world.exclude(&case).await;
    assert_eq!(list().await, json!([]));
}

async fn what_a_case_said_stands_in_the_file_and_colours_nobody(world: &World) {
    let Pair { bob, case, contact, .. } = together(world).await;
    let said = json!({ "kind": "person", "said": "my neighbour, on Friday", "named": contact });
    let path = format!("/api/v1/cases/{case}/interview");
    let officer = world.officer().await;
    assert_eq!(world.post(&officer, &path, said.clone()).await.code(), "no_case");
    world.forward(60);
    let suspected = json!({ "person": case, "status": "suspected", "onset_at": "2026-03-02T09:30:00+08:00" });
    let window = json!({ "from": "2026-02-01T00:00:00+08:00", "until": "2026-02-02T00:00:00+08:00", "reason": "away" });
    post(world, "/api/v1/cases", suspected).await;
    post(world, &format!("/api/v1/cases/{case}/window"), window).await;
    post(world, &path, said).await;
    assert_eq!(world.colour(&bob).await, "green");
    let file = file(world, &case).await;
    assert_eq!(
        (&file["said"][0]["said"], &file["said"][0]["named"]),
        (&json!("my neighbour, on Friday"), &json!(contact))
    );
    let looks = world.read(&bob, "/api/v1/me/looks").await.done();
    assert_eq!(looks["items"][0]["purpose"], "case", "whoever was named sees it");
}

async fn cases_belong_to_clusters(world: &World) {
    let Pair { case, .. } = together(world).await;
    world.confirm(&case).await;
    let id = post(world, "/api/v1/clusters", json!({ "name": "the wedding" })).await["id"].clone();
    let path = format!("/api/v1/cases/{case}/clusters");
    post(world, &path, json!({ "cluster": id })).await;
    assert_eq!(file(world, &case).await["clusters"][0]["name"], "the wedding");
    let officer = world.officer().await;
    let list = world.read(&officer, "/api/v1/clusters").await.done();
    assert_eq!(list["items"][0]["cases"], 1);
    post(world, &path, json!({ "cluster": id, "belongs": false })).await;
    assert!(file(world, &case).await["clusters"].as_array().unwrap().is_empty());
}

async fn two_records_become_one_case_and_two_again(world: &World) {
    let Pair { alice, bob, case: duplicate, .. } = together(world).await;
    let passport = world.declared(&charlie()).await;
    let lead = world.person(&passport).await;
    world.confirm(&duplicate).await;
    let colours =
        async || [world.colour(&alice).await, world.colour(&passport).await, world.colour(&bob).await];
    assert_eq!(colours().await, ["red", "green", "red"]);
    world.forward(60);
    let merged = post(
        world,
        &format!("/api/v1/cases/{lead}/merges"),
        json!({ "duplicate": duplicate, "reason": "her passport" }),
    )
    .await;
    assert_eq!(colours().await, ["green", "red", "red"], "the visits went with the case");
    let whole = file(world, &lead).await;
    assert_eq!((&whole["contacts"], &whole["stays"][0]["name"]["en"]), (&json!(1), &json!("Library")));
    assert_eq!(whole["merges"][0]["duplicate"], duplicate);
    world.forward(60);
    let part = json!({ "id": merged["id"], "reason": "two sisters" });
    post(world, &format!("/api/v1/cases/{lead}/partings"), part.clone()).await;
    assert_eq!(colours().await, ["red", "green", "red"]);
    let again = file(world, &lead).await;
    assert_eq!((&again["status"], again["merges"][0]["undone_at"].is_string()), (&Value::Null, true));
    let officer = world.officer().await;
    let path = format!("/api/v1/cases/{lead}/partings");
    assert_eq!(world.post(&officer, &path, part).await.code(), "not_found", "a merge is undone once");
}

/// Merges a duplicate into a lead, or parts them again.
async fn merge(world: &World, lead: &str, duplicate: &str) -> Value {
    let body = json!({ "duplicate": duplicate, "reason": "her passport" });
    post(world, &format!("/api/v1/cases/{lead}/merges"), body).await["id"].clone()
}

async fn part(world: &World, lead: &str, merge: Value) {
    let body = json!({ "id": merge, "reason": "two sisters" });
    post(world, &format!("/api/v1/cases/{lead}/partings"), body).await;
}

async fn under_one_roof(world: &World, one: &str, other: &str) {
    let body = json!({ "with": [other], "first_night": "2026-03-01", "reason": "met at the door" });
    post(world, &format!("/api/v1/people/{one}/household"), body).await;
}

/// Everyone of the first household of somebody.
async fn roof(world: &World, person: &str) -> Option<(String, Vec<Member>)> {
    let person = PersonId::new(person).unwrap();
    let mut conn = world.app.store.reader().await.unwrap();
    let household = households::of_person(&mut conn, &person).await.unwrap().into_iter().next()?;
    let members = households::members(&mut conn, &household.household).await.unwrap();
    Some((household.household.to_string(), members))
}

fn people(roof: &Option<(String, Vec<Member>)>) -> Vec<&str> {
    roof.iter().flat_map(|(_, members)| members).map(|member| member.person.as_str()).collect()
}

async fn households_go_with_the_case_and_come_back_as_they_were(world: &World) {
    let Pair { case: duplicate, contact, .. } = together(world).await;
    let lead = world.person(&world.declared(&charlie()).await).await;
    under_one_roof(world, &duplicate, &contact).await;
    let before = roof(world, &contact).await;
    world.confirm(&duplicate).await;
    let merged = merge(world, &lead, &duplicate).await;
    assert_eq!(roof(world, &duplicate).await, None);
    let moved = roof(world, &lead).await;
    let mut expected = vec![lead.as_str(), contact.as_str()];
    expected.sort_unstable();
    assert_eq!(people(&moved), expected);
    // What came after the merge is the lead's own.
    world.forward(60);
    under_one_roof(world, &lead, &contact).await;
    part(world, &lead, merged).await;
    assert_eq!(roof(world, &duplicate).await, before, "as it was");
    assert_ne!(roof(world, &lead).await.unwrap().0, before.unwrap().0, "her own stayed");
}

async fn two_records_of_one_household_sleep_there_once(world: &World) {
    let Pair { alice, case: duplicate, .. } = together(world).await;
    let passport = world.declared(&charlie()).await;
    let lead = world.person(&passport).await;
    let body = json!({ "code": world.code(&passport).await, "first_night": "2026-03-01" });
    let asked = world.post(&alice, "/api/v1/me/household", body).await.done();
    world.forward(60);
    let agreement = format!("/api/v1/me/household/{}/agreement", asked["household"].as_str().unwrap());
    world.post(&passport, &agreement, json!({})).await.done();
    let before = roof(world, &lead).await;
    assert_eq!(people(&before), [duplicate.as_str(), lead.as_str()]);
    world.confirm(&duplicate).await;
    let merged = merge(world, &lead, &duplicate).await;
    assert_eq!(people(&roof(world, &lead).await), [lead.as_str()], "nobody is her own contact");
    part(world, &lead, merged).await;
    assert_eq!(roof(world, &lead).await, before);
}

/// Whether somebody was exposed under one roof.
async fn exposed_at_home(world: &World, person: &str) -> bool {
    let officer = world.officer().await;
    let seen = world.read(&officer, &format!("/api/v1/people/{person}?purpose=case")).await.done();
    let is_it = |fact: &Value| {
        fact["kind"] == "exposure" && fact["withdrawn"] != true && fact["data"]["basis"] == "household"
    };
    seen["facts"].as_array().unwrap().iter().any(is_it)
}

async fn whoever_shared_a_roof_with_a_case_is_found_under_the_record_that_stays(world: &World) {
    let duplicate = world.person(&world.declared(&alice()).await).await;
    let case = world.person(&world.declared(&bob()).await).await;
    let lead = world.person(&world.declared(&charlie()).await).await;
    under_one_roof(world, &duplicate, &case).await;
    world.confirm(&duplicate).await;
    world.confirm(&case).await;
    world.settle().await;
    assert!(!exposed_at_home(world, &lead).await);
    let merged = merge(world, &lead, &duplicate).await;
    assert!(exposed_at_home(world, &lead).await, "of the other case, whose contacts are found again");
    assert!(!exposed_at_home(world, &duplicate).await);
    part(world, &lead, merged).await;
    assert!(!exposed_at_home(world, &lead).await);
    assert!(exposed_at_home(world, &duplicate).await);
}

async fn the_curve_counts_by_onset_sample_and_report(world: &World) {
    let Pair { case, contact, .. } = together(world).await;
    let onset = "2026-02-27T08:00:00+08:00";
    post(world, "/api/v1/cases", json!({ "person": case, "status": "confirmed", "onset_at": onset })).await;
    world.forward(DAY);
    world.confirm(&contact).await;
    let officer = world.officer().await;
    let curve = world.read(&officer, "/api/v1/outbreak/curve?days=7").await.done();
    let days = curve["days"].as_array().unwrap();
    assert_eq!((days.len(), &curve["cases"], &curve["without_onset"]), (7, &json!(2), &json!(1)));
    let count = |day: &str, by: &str| days.iter().find(|one| one["day"] == day).unwrap()[by].clone();
    assert_eq!(count("2026-02-27", "onset"), 1);
    assert_eq!((count("2026-03-02", "report"), count("2026-03-03", "report")), (json!(1), json!(1)));
    assert_eq!(world.read(&officer, "/api/v1/outbreak/curve?days=0").await.code(), "body");
}

async fn the_chain_runs_from_who_fell_ill_first(world: &World) {
    let Pair { case, contact, .. } = together(world).await;
    // Bob is reported first, but Alice fell ill before him.
    let ill =
        |person: &str, onset: &str| json!({ "person": person, "status": "confirmed", "onset_at": onset });
    post(world, "/api/v1/cases", ill(&contact, "2026-03-02T09:10:00+08:00")).await;
    post(world, "/api/v1/cases", ill(&case, "2026-03-01T08:00:00+08:00")).await;
    let officer = world.officer().await;
    let chain = world.read(&officer, "/api/v1/outbreak/chain").await.done();
    assert_eq!(chain["links"], json!([{ "from": case, "to": contact }]), "{chain}");
    let order: Vec<_> = chain["cases"].as_array().unwrap().iter().map(|one| &one["person"]).collect();
    assert_eq!(order, [&json!(case), &json!(contact)]);
    world.forward(60);
    world.exclude(&contact).await;
    let chain = world.read(&world.officer().await, "/api/v1/outbreak/chain").await.done();
    assert!(chain["links"].as_array().unwrap().is_empty());
}
