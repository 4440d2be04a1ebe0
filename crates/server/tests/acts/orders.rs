//! Orders for many contacts at once, and orders that are handed to another area.

use healthcode_testkit::cast::{alice, bob, bystander, charlie};
use healthcode_testkit::on_both_engines;
use healthcode_testkit::world::{Caller, World};
use serde_json::{Value, json};

on_both_engines! {
    isolation_is_ordered_for_the_chosen_contacts_at_once
    who_cannot_be_ordered_is_named_before_and_left_out
    an_order_is_handed_over_with_a_reason_and_stands_on_the_other_list
}

/// Alice is a case; the others were with her for half an hour.
async fn met(world: &World) -> (String, Vec<(Caller, String)>) {
    let case = world.declared(&alice()).await;
    let mut contacts = Vec::new();
    for who in [bob(), charlie(), bystander(1)] {
        let caller = world.declared(&who).await;
        let person = world.person(&caller).await;
        contacts.push((caller, person));
    }
    let checker = world.checker(&world.point("Library").await).await;
    for direction in ["in", "out"] {
        for who in contacts.iter().map(|(caller, _)| caller).chain([&case]) {
            world.scan(&checker, &world.code(who).await, direction).await;
        }
        world.forward(1_800);
    }
    let person = world.person(&case).await;
    world.confirm(&person).await;
    (person, contacts)
}

fn terms() -> Value {
    json!({ "kind": "close_contact", "place": "central", "until": "2026-03-16T00:00:00+08:00",
        "reason": "shared a table with a case" })
}

fn outcomes(answer: &Value) -> Vec<(String, String)> {
    let text = |one: &Value, field: &str| one[field].as_str().unwrap().to_owned();
    answer["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (text(one, "person"), text(one, "outcome")))
        .collect()
}

async fn isolation_is_ordered_for_the_chosen_contacts_at_once(world: &World) {
    let (case, contacts) = met(world).await;
    let officer = world.officer().await;
    let path = format!("/api/v1/cases/{case}/orders");
    let people: Vec<_> = contacts[..2].iter().map(|(_, person)| person).collect();
    let request = json!({ "people": people, "order": terms() });
    let made = world.post_once(&officer, &path, &request, "order-many-1").await.done();
    let again = world.post_once(&officer, &path, &request, "order-many-1").await.done();
    assert_eq!(made, again, "repeated, it does nothing twice");
    assert!(outcomes(&made).iter().all(|(_, outcome)| outcome == "ordered"), "{made}");
    for (caller, person) in &contacts[..2] {
        let mine = world.read(caller, "/api/v1/me/quarantine").await.done();
        let order = &mine["items"][0]["order"];
        assert_eq!(
            (&order["place"], &order["reason"]),
            (&json!("central"), &json!("shared a table with a case"))
        );
        let looks = world.read(caller, "/api/v1/me/looks").await.done();
        assert_eq!(looks["items"][0]["purpose"], "quarantine");
        let orders = format!("/api/v1/people/{person}/quarantines?purpose=case");
        assert_eq!(world.read(&officer, &orders).await.done()["orders"].as_array().unwrap().len(), 1);
    }
    let third = world.read(&contacts[2].0, "/api/v1/me/quarantine").await.done();
    assert_eq!(third["items"][0]["order"], Value::Null, "who was not chosen is left alone");
    let mut without = request.clone();
    without["order"].as_object_mut().unwrap().remove("reason");
    assert_eq!(world.post(&officer, &path, without).await.code(), "reason_missing");
    let many: Vec<_> = (0..201).map(|number| format!("p{number}")).collect();
    let many = json!({ "people": many, "order": terms() });
    assert_eq!(world.post(&officer, &path, many).await.code(), "body");
}

async fn who_cannot_be_ordered_is_named_before_and_left_out(world: &World) {
    let (case, contacts) = met(world).await;
    let everywhere = world.officer().await;
    let held = format!("/api/v1/people/{}/quarantines", contacts[2].1);
    world.post(&everywhere, &held, terms()).await.done();
    // The officer of the first street, where Alice and the bystander live; Bob and Charlie live elsewhere.
    let officer = world.officer_of("330106901").await;
    let break_glass = format!("/api/v1/people/{}/break-glass", contacts[1].1);
    world.post(&officer, &break_glass, json!({ "reason": "he is a contact of ours" })).await.done();
    let stranger = world.person(&world.declared(&bystander(2)).await).await;
    let mut people: Vec<_> = contacts.iter().map(|(_, person)| person.clone()).collect();
    people.push(stranger.clone());
    let expected = |free: &str| {
        let mut all = vec![
            (contacts[0].1.clone(), "outside_area".to_owned()),
            (contacts[1].1.clone(), free.to_owned()),
            (contacts[2].1.clone(), "has_order".to_owned()),
            (stranger.clone(), "no_contact".to_owned()),
        ];
        all.sort();
        all
    };
    let path = format!("/api/v1/cases/{case}/orders");
    let preview = json!({ "people": people });
    let seen = world.post(&officer, &format!("{path}/preview"), preview).await.done();
    assert_eq!(outcomes(&seen), expected("free"));
    let of_bob = seen["items"].as_array().unwrap().iter().find(|one| one["person"] == contacts[0].1.as_str());
    assert!(of_bob.unwrap()["masked_name"].as_str().unwrap().starts_with("P-"));
    let made = world.post(&officer, &path, json!({ "people": people, "order": terms() })).await.done();
    assert_eq!(outcomes(&made), expected("ordered"));
    let elsewhere = world.officer_of("330106903").await;
    let refused = json!({ "people": people, "order": terms() });
    assert_eq!(world.post(&elsewhere, &path, refused).await.code(), "outside_area");
}

async fn an_order_is_handed_over_with_a_reason_and_stands_on_the_other_list(world: &World) {
    let who = world.declared(&alice()).await;
    let person = world.person(&who).await;
    let (here, there) = (world.officer_of("330106901").await, world.officer_of("330106902").await);
    let made = world.post(&here, &format!("/api/v1/people/{person}/quarantines"), terms()).await.done();
    let order = made["order"].as_str().unwrap();
    let path = format!("/api/v1/people/{person}/quarantines/{order}/transfer");
    let transfer = |reason: &str| json!({ "region": "330106902", "reason": reason });
    let list = async |officer: &Caller| {
        let list = world.read(officer, "/api/v1/quarantines?all=true").await.done();
        list["items"].as_array().unwrap().iter().map(|one| one["person"].clone()).collect::<Vec<_>>()
    };
    assert_eq!((list(&here).await.len(), list(&there).await.len()), (1, 0));
    assert_eq!(world.post(&there, &path, transfer("ours")).await.code(), "outside_area");
    assert_eq!(world.post(&here, &path, transfer(" ")).await.code(), "reason_missing");
    world.post(&here, &path, transfer("she stays with her mother")).await.done();
    assert_eq!((list(&here).await.len(), list(&there).await), (0, vec![json!(person)]));
    let seen = format!("/api/v1/people/{person}/quarantines?purpose=case");
    let orders = world.read(&there, &seen).await.done();
    let change = &orders["orders"][0]["changes"][0];
    assert_eq!(
        (&change["action"], &change["region_before"], &change["region_after"]),
        (&json!("transferred"), &json!("330106901"), &json!("330106902"))
    );
    assert_eq!(change["reason"], "she stays with her mother");
    assert_eq!(orders["orders"][0]["officer"], Value::Null, "the other area says who looks after it");
    let assign = path.replace("/transfer", "/assignment");
    world.post(&there, &assign, json!({})).await.done();
    let mine = world.read(&there, "/api/v1/quarantines?all=true&mine=true").await.done();
    assert_eq!(mine["items"].as_array().unwrap().len(), 1);
}
