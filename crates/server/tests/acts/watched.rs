//! Nobody looks unseen: searches, exports, unusual look-ups, and who looks after what.

use healthcode_testkit::cast::{alice, bob};
use healthcode_testkit::on_both_engines;
use healthcode_testkit::world::World;
use serde_json::{Value, json};

on_both_engines! {
    a_search_is_recorded_also_when_it_finds_nobody
    an_export_is_recorded_seen_by_everyone_in_it_and_holds_pseudonyms_beyond_the_area
    unusual_look_ups_raise_an_alarm_and_meet_a_limit
    each_officer_has_a_load_and_work_is_given
}

async fn inquiries(world: &World) -> Vec<Value> {
    let officer = world.officer().await;
    world.read(&officer, "/api/v1/inquiries").await.done()["items"].as_array().unwrap().clone()
}

async fn a_search_is_recorded_also_when_it_finds_nobody(world: &World) {
    world.declared(&alice()).await;
    let officer = world.officer().await;
    for who in [alice(), bob()] {
        let search = json!({ "document_number": who.document.expose(), "purpose": "help" }).to_string();
        world.send("POST", "/api/v1/people/search", Some(&officer.token), Some(&search), None).await.done();
        world.forward(1);
    }
    let seen = inquiries(world).await;
    assert_eq!((&seen[0]["found"], &seen[1]["found"]), (&json!(0), &json!(1)));
    assert_eq!((&seen[0]["subject"], &seen[0]["purpose"]), (&json!("document"), &json!("help")));
    assert!(!json!(seen).to_string().contains(bob().document.expose()));
}

async fn an_export_is_recorded_seen_by_everyone_in_it_and_holds_pseudonyms_beyond_the_area(world: &World) {
    let who = world.declared(&alice()).await;
    world.confirm(&world.person(&who).await).await;
    let officer = world.officer().await;
    let export = "/api/v1/cases/exports";
    assert_eq!(world.post(&officer, export, json!({})).await.code(), "purpose");
    let answer = world.post(&officer, export, json!({ "purpose": "case" })).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/csv; charset=utf-8"));
    assert_eq!(
        (&inquiries(world).await[0]["what"], &inquiries(world).await[0]["found"]),
        (&json!("export"), &json!(1))
    );
    let looks = world.read(&who, "/api/v1/me/looks").await.done();
    assert_eq!(
        (&looks["items"][0]["who"], &looks["items"][0]["purpose"]),
        (&json!("officer"), &json!("case"))
    );
}

async fn unusual_look_ups_raise_an_alarm_and_meet_a_limit(world: &World) {
    let officer = world.officer().await;
    let search = json!({ "document_number": bob().document.expose(), "purpose": "case" }).to_string();
    let look =
        async || world.send("POST", "/api/v1/people/search", Some(&officer.token), Some(&search), None).await;
    let alarms = async || {
        let other = world.officer().await;
        world.read(&other, "/api/v1/look-alarms").await.done()["items"].clone()
    };
    for _ in 0..59 {
        look().await.done();
    }
    assert_eq!(alarms().await, json!([]));
    look().await.done();
    assert_eq!((&alarms().await[0]["looks"], &alarms().await[0]["refused"]), (&json!(60), &json!(0)));
    for _ in 60..200 {
        look().await.done();
    }
    let refused = look().await;
    assert_eq!((refused.status, refused.code()), (429, "look_limit"));
    assert_eq!(alarms().await[0]["refused"], 1);
    world.forward(3600);
    look().await.done();
    let person = world.person(&world.declared(&alice()).await).await;
    for _ in 0..70 {
        world.read(&officer, &format!("/api/v1/people/{person}?purpose=case")).await.done();
    }
    assert_eq!(alarms().await.as_array().unwrap().len(), 1, "one person again and again is one");
}

async fn each_officer_has_a_load_and_work_is_given(world: &World) {
    let person = world.person(&world.declared(&alice()).await).await;
    let (giver, taker) = (world.officer().await, world.officer().await);
    let officers = async |of: &healthcode_testkit::world::Caller| {
        world.read(of, "/api/v1/officers").await.done()["items"].as_array().unwrap().clone()
    };
    let myself = |all: &[Value]| all.iter().find(|one| one["myself"] == true).unwrap().clone();
    let order = json!({ "kind": "other", "place": "home", "until": "2026-03-09T00:00:00+08:00" });
    let path = format!("/api/v1/people/{person}/quarantines");
    let made = world.post(&giver, &path, order).await.done();
    let report = json!({ "person": person, "status": "confirmed" });
    world.post(&giver, "/api/v1/cases", report).await.done();
    world.settle().await;
    let load = myself(&officers(&giver).await);
    assert_eq!((&load["orders"], &load["cases"]), (&json!(1), &json!(1)));
    let account = myself(&officers(&taker).await)["account"].clone();
    let order = made["order"].as_str().unwrap();
    let give = json!({ "officer": account });
    world.post(&giver, &format!("{path}/{order}/assignment"), give).await.done();
    let give = json!({ "officer": account, "reason": "holidays" });
    world.post(&giver, &format!("/api/v1/cases/{person}/assignment"), give).await.done();
    let (of_giver, of_taker) = (myself(&officers(&giver).await), myself(&officers(&taker).await));
    assert_eq!((&of_giver["orders"], &of_taker["orders"]), (&json!(0), &json!(1)));
    assert_eq!((&of_giver["cases"], &of_taker["cases"]), (&json!(0), &json!(1)));
    let mine = world.read(&taker, "/api/v1/quarantines?mine=true&all=true").await.done();
    assert_eq!(mine["items"][0]["person"], person.as_str());
    let nobody = json!({ "officer": "nobody" });
    assert_eq!(world.post(&giver, &format!("{path}/{order}/assignment"), nobody).await.code(), "not_found");
}
