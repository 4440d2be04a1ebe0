//! A person who wishes is told that her code changed: once, by what she chose, without a word about her health.

use healthcode_server::jobs::notify;
use healthcode_testkit::cast::{CastMember, alice, bob};
use healthcode_testkit::gateways::Gateways;
use healthcode_testkit::world::{Caller, Database, Setting, World};
use serde_json::json;

const WISHES: &str = "/api/v1/me/notices";

/// A world with both gateways, on each engine.
async fn worlds() -> Vec<(Gateways, World)> {
    let mut worlds = Vec::new();
    for database in [Some(Database::sqlite()), Database::postgres().await].into_iter().flatten() {
        let gateways = Gateways::listen().await;
        let setting = Setting { gateways: Some(gateways.ports), ..Setting::default() };
        worlds.push((gateways, World::on(database, setting).await));
    }
    worlds
}

async fn wishing(world: &World, who: &CastMember) -> Caller {
    let caller = world.declared(who).await;
    let wish = json!({ "mail": "alice@example.org", "sms": true });
    let answer = world.put(&caller, WISHES, wish).await.done();
    assert_eq!(answer, json!({ "offered": ["mail", "sms"], "mail": "a***@example.org", "sms": true }));
    assert_eq!(world.read(&caller, WISHES).await.done(), answer);
    caller
}

async fn turn_red(world: &World, caller: &Caller) {
    world.confirm(&world.person(caller).await).await;
    assert_eq!(world.colour(caller).await, "red");
}

#[tokio::test]
async fn whoever_wishes_is_told_once_and_nothing_of_her_health() {
    for (gateways, world) in worlds().await {
        let (caller, other) = (wishing(&world, &alice()).await, world.declared(&bob()).await);
        notify::notify(&world.app).await.unwrap();
        assert!(gateways.mails().is_empty() && gateways.texts().is_empty(), "nothing changed yet");
        turn_red(&world, &caller).await;
        turn_red(&world, &other).await;
        // As two servers would, at the same time.
        let (one, two) = tokio::join!(notify::notify(&world.app), notify::notify(&world.app));
        one.unwrap();
        two.unwrap();
        let (mails, texts) = (gateways.mails(), gateways.texts());
        assert_eq!((mails.len(), texts.len()), (1, 1), "{mails:?} {texts:?}");
        assert!(
            mails[0].contains("To: alice@example.org") && mails[0].contains("Message-ID: <"),
            "{}",
            mails[0]
        );
        let (text, token) = &texts[0];
        assert_eq!(text["to"], "+8619900000001");
        assert_eq!(token.as_deref(), Some("Bearer gateway token"));
        let said = text["text"].as_str().unwrap();
        assert!(said.contains("/me") && said.contains("news about your health code"), "{said}");
        for word in ["red", "红", "confirmed", "确诊", alice().name.expose()] {
            assert!(!said.contains(word), "{word} in {said}");
        }
        notify::notify(&world.app).await.unwrap();
        assert_eq!((gateways.mails().len(), gateways.texts().len()), (1, 1), "told once");
    }
}

#[tokio::test]
async fn a_gateway_that_fails_is_tried_again_ever_later_under_the_same_id() {
    for (gateways, world) in worlds().await {
        let caller = wishing(&world, &alice()).await;
        gateways.refuse(503);
        turn_red(&world, &caller).await;
        notify::notify(&world.app).await.unwrap();
        world.forward(59);
        gateways.refuse(0);
        notify::notify(&world.app).await.unwrap();
        assert!(gateways.mails().is_empty(), "a minute has not passed");
        gateways.refuse(503);
        world.forward(1);
        notify::notify(&world.app).await.unwrap();
        gateways.refuse(0);
        world.forward(299);
        notify::notify(&world.app).await.unwrap();
        assert!(gateways.texts().is_empty(), "five minutes have not passed");
        world.forward(1);
        notify::notify(&world.app).await.unwrap();
        assert_eq!((gateways.mails().len(), gateways.texts().len()), (1, 1));
    }
}

#[tokio::test]
async fn what_is_refused_for_good_is_given_up() {
    for (gateways, world) in worlds().await {
        let caller = wishing(&world, &alice()).await;
        world.put(&caller, WISHES, json!({ "mail": null, "sms": true })).await.done();
        gateways.refuse(422);
        turn_red(&world, &caller).await;
        notify::notify(&world.app).await.unwrap();
        gateways.refuse(0);
        world.forward(86_400);
        notify::notify(&world.app).await.unwrap();
        assert!(gateways.texts().is_empty() && gateways.mails().is_empty());
    }
}

#[tokio::test]
async fn whoever_wishes_no_more_is_told_no_more() {
    for (gateways, world) in worlds().await {
        let caller = wishing(&world, &alice()).await;
        gateways.refuse(503);
        turn_red(&world, &caller).await;
        notify::notify(&world.app).await.unwrap();
        gateways.refuse(0);
        let answer = world.put(&caller, WISHES, json!({ "sms": false })).await.done();
        assert_eq!(answer["mail"], "a***@example.org", "what is left out stays");
        let answer = world.put(&caller, WISHES, json!({ "mail": null, "sms": false })).await.done();
        assert_eq!((&answer["mail"], &answer["sms"]), (&json!(null), &json!(false)));
        world.forward(3_600);
        notify::notify(&world.app).await.unwrap();
        assert!(gateways.mails().is_empty() && gateways.texts().is_empty());
    }
}

#[tokio::test]
async fn what_is_no_address_or_not_offered_is_refused_and_stores_nothing() {
    let world = World::new(Setting::default()).await;
    let caller = world.declared(&alice()).await;
    for (wish, code, field) in [
        (json!({ "mail": "alice", "sms": false }), "mail_form", "mail"),
        (json!({ "mail": "alice@example.org", "sms": false }), "not_offered", "mail"),
        (json!({ "mail": null, "sms": true }), "not_offered", "sms"),
    ] {
        let answer = world.put(&caller, WISHES, wish).await;
        assert_eq!((answer.code(), &answer.body["field"]), (code, &json!(field)));
    }
    let none = json!({ "offered": [], "mail": null, "sms": false });
    assert_eq!(world.read(&caller, WISHES).await.done(), none);
}
