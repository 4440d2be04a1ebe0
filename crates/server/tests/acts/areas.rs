//! An officer of one street: whom her grant reaches, what she sees of others, and how she gets further with a reason.

use healthcode_testkit::cast::{alice, bob};
use healthcode_testkit::on_both_engines;
use healthcode_testkit::world::{Caller, World};
use serde_json::{Value, json};

on_both_engines! {
    outside_ones_area_people_have_pseudonyms_and_acts_are_refused
    the_glass_is_broken_with_a_reason_and_the_owner_is_told
    whoever_of_the_area_has_seen_an_entry_is_named
    a_case_that_is_handed_over_is_reached_by_the_other_area
    an_officer_gives_no_more_than_her_own_area
    pictures_and_lists_keep_to_the_area
}

/// Bob lives in street 902; the officer's grant holds in street 901, where Alice lives.
async fn stranger(world: &World) -> (Caller, String, Caller) {
    let bob = world.declared(&bob()).await;
    let person = world.person(&bob).await;
    (bob, person, world.officer_of("330106901").await)
}

async fn see(world: &World, officer: &Caller, person: &str) -> Value {
    world.read(officer, &format!("/api/v1/people/{person}?purpose=case")).await.done()
}

async fn outside_ones_area_people_have_pseudonyms_and_acts_are_refused(world: &World) {
    let (_, person, officer) = stranger(world).await;
    let seen = see(world, &officer, &person).await;
    assert!(seen["masked_name"].as_str().unwrap().starts_with("P-"), "{seen}");
    assert_eq!((&seen["document_last_four"], &seen["facts"]), (&json!("····"), &json!([])));
    let found = json!({ "document_number": bob().document.expose(), "purpose": "case" });
    let search = "/api/v1/people/search";
    let found = world.send("POST", search, Some(&officer.token), Some(&found.to_string()), None).await.done();
    assert_eq!(found["items"][0]["masked_name"], seen["masked_name"], "one person, one pseudonym");
    for text in [found.to_string(), seen.to_string()] {
        assert!(!text.contains(bob().document.last_four()) && !text.contains("王"), "{text}");
    }
    let report = json!({ "person": person, "status": "confirmed" });
    assert_eq!(world.post(&officer, "/api/v1/cases", report).await.code(), "outside_area");
    let order = json!({ "kind": "other", "place": "home", "until": "2026-03-09T00:00:00+08:00" });
    let path = format!("/api/v1/people/{person}/quarantines");
    assert_eq!(world.post(&officer, &path, order).await.code(), "outside_area");
    assert_eq!(
        world.read(&officer, &format!("/api/v1/people/{person}/history")).await.code(),
        "outside_area"
    );
    let own = world.person(&world.declared(&alice()).await).await;
    assert_eq!(see(world, &officer, &own).await["within"], true);
}

async fn the_glass_is_broken_with_a_reason_and_the_owner_is_told(world: &World) {
    let (bob, person, officer) = stranger(world).await;
    let path = format!("/api/v1/people/{person}/break-glass");
    assert_eq!(world.post(&officer, &path, json!({ "reason": "" })).await.code(), "reason_missing");
    world.post(&officer, &path, json!({ "reason": "he named a case of ours" })).await.done();
    let seen = see(world, &officer, &person).await;
    assert_eq!((&seen["within"], seen["facts"].as_array().unwrap().is_empty()), (&json!(true), false));
    let looks = world.read(&bob, "/api/v1/me/looks").await.done();
    let purposes: Vec<_> = looks["items"].as_array().unwrap().iter().map(|look| &look["purpose"]).collect();
    assert!(purposes.contains(&&json!("break_glass")), "{looks}");
    let told = async |area: &str| {
        let officer = world.officer_of(area).await;
        world.read(&officer, "/api/v1/break-glass").await.done()["items"].clone()
    };
    assert_eq!(told("330106902").await[0]["reason"], "he named a case of ours");
    assert_eq!(told("330106903").await, json!([]));
    world.forward(8 * 3600);
    assert_eq!(see(world, &officer, &person).await["within"], false, "it lasts a shift");
}

async fn whoever_of_the_area_has_seen_an_entry_is_named(world: &World) {
    let (_, person, officer) = stranger(world).await;
    let owner = world.officer_of("330106902").await;
    let unseen = async |officer: &Caller| {
        world.read(officer, "/api/v1/break-glass/unseen").await.done()["unseen"].clone()
    };
    let seen = format!("/api/v1/people/{person}/break-glass/seen");
    assert_eq!(world.post(&owner, &seen, json!({})).await.code(), "not_found");
    for reason in ["he named a case of ours", "once more"] {
        let path = format!("/api/v1/people/{person}/break-glass");
        world.post(&officer, &path, json!({ "reason": reason })).await.done();
        world.forward(60);
    }
    assert_eq!((unseen(&owner).await, unseen(&officer).await), (json!(2), json!(0)));
    assert_eq!(world.post(&officer, &seen, json!({})).await.code(), "not_found", "not by who entered");
    assert_eq!(world.post(&owner, &seen, json!({})).await.done()["seen"], 2);
    assert_eq!(unseen(&owner).await, 0);
    let list = world.read(&owner, "/api/v1/break-glass").await.done();
    let first = &list["items"][0];
    assert_eq!((&first["seen_by"], &first["own"]), (&json!("officer"), &json!(false)));
    assert!(first["seen_at"].is_string());
    // What she entered herself is for another officer of the area to see.
    let path = format!("/api/v1/people/{person}/break-glass");
    world.post(&owner, &path, json!({ "reason": "for the record" })).await.done();
    assert_eq!(world.post(&owner, &seen, json!({})).await.code(), "not_found");
    let colleague = world.officer_of("330106902").await;
    assert_eq!((unseen(&owner).await, unseen(&colleague).await), (json!(0), json!(1)));
}

async fn a_case_that_is_handed_over_is_reached_by_the_other_area(world: &World) {
    let (_, person, officer) = stranger(world).await;
    world.confirm(&person).await;
    let transfer = json!({ "region": "330106901", "reason": "works there" });
    let path = format!("/api/v1/cases/{person}/transfer");
    assert_eq!(world.post(&officer, &path, transfer.clone()).await.code(), "outside_area");
    world.post(&world.officer_of("330106902").await, &path, transfer).await.done();
    let file = world.read(&officer, &format!("/api/v1/cases/{person}?purpose=case")).await.done();
    assert_eq!((&file["within"], &file["region"]), (&json!(true), &json!("330106901")));
    assert_eq!(
        (&file["changes"][0]["before"], &file["changes"][0]["reason"]),
        (&json!("330106902"), &json!("works there"))
    );
}

async fn an_officer_gives_no_more_than_her_own_area(world: &World) {
    let officer = world.officer_of("330106").await;
    let invite = async |region: &str| {
        world.post(&officer, "/api/v1/sign-in-links", json!({ "role": "officer", "region": region })).await
    };
    assert_eq!(invite("330100").await.code(), "outside_area");
    let link = invite("330106901").await.done()["link"].as_str().unwrap().to_owned();
    let body = json!({ "link": link.split('#').nth(1).unwrap() }).to_string();
    let opened = world.send("POST", "/api/v1/sessions", None, Some(&body), None).await.done();
    let new = Caller { token: opened["token"].as_str().unwrap().to_owned() };
    let person = world.person(&world.declared(&bob()).await).await;
    assert_eq!(see(world, &new, &person).await["within"], false);
    assert_eq!(see(world, &officer, &person).await["within"], true);
}

async fn pictures_and_lists_keep_to_the_area(world: &World) {
    let (_, person, officer) = stranger(world).await;
    world.confirm(&person).await;
    let chain = world.read(&officer, "/api/v1/outbreak/chain").await.done();
    assert_eq!(chain["cases"][0]["within"], false);
    assert!(chain["cases"][0]["masked_name"].as_str().unwrap().starts_with("P-"));
    let list = world.read(&officer, "/api/v1/cases").await.done();
    assert!(list["items"][0]["masked_name"].as_str().unwrap().starts_with("P-"), "{list}");
    let curve = world.read(&officer, "/api/v1/outbreak/curve").await.done();
    assert_eq!(curve["cases"], 0);
    let order = json!({ "kind": "case", "place": "home", "until": "2026-03-09T00:00:00+08:00" });
    let path = format!("/api/v1/people/{person}/quarantines");
    world.post(&world.officer().await, &path, order).await.done();
    let work = world.read(&officer, "/api/v1/quarantines?all=true").await.done();
    assert_eq!(work["items"], json!([]));
}
