//! Sessions, one-time links, and what exists in the demo only.

use healthcode_server::start::first_officer_link;
use healthcode_testkit::cast::alice;
use healthcode_testkit::on_both_engines;
use healthcode_testkit::world::{Answer, Caller, DAY, Setting, World};
use serde_json::json;

on_both_engines! { a_one_time_link_works_once }

async fn open(world: &World, address: &str) -> Answer {
    let link = address.split_once('#').unwrap().1;
    world.send("POST", "/api/v1/sessions", None, Some(&json!({ "link": link }).to_string()), None).await
}

async fn a_one_time_link_works_once(world: &World) {
    let address = first_officer_link(&world.app, false).await.unwrap().unwrap();
    let (one, other) = tokio::join!(open(world, &address), open(world, &address));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 410]);
    let opened = if one.status == 201 { one } else { other };
    let officer = Caller { token: opened.body["token"].as_str().unwrap().to_owned() };
    assert_eq!(world.read(&officer, "/api/v1/session").await.done()["role"], "officer");
    assert_eq!(first_officer_link(&world.app, false).await.unwrap(), None);
    assert_eq!(open(world, &address).await.code(), "link_used");
}

#[tokio::test]
async fn a_link_that_is_too_old_or_was_never_made_is_refused() {
    let world = World::new(Setting::default()).await;
    let officer = world.officer().await;
    let invited = world.post(&officer, "/api/v1/sign-in-links", json!({ "role": "officer" })).await.done();
    assert_eq!(open(&world, "x#0123456789").await.code(), "link_used");
    world.forward(7 * DAY + 1);
    assert_eq!(open(&world, invited["link"].as_str().unwrap()).await.code(), "link_used");
}

#[tokio::test]
async fn an_officer_invites_a_checker_who_stands_at_that_point() {
    let world = World::new(Setting::default()).await;
    let (officer, point) = (world.officer().await, world.point("Gate").await);
    let body = json!({ "role": "checker", "point": point });
    let invited = world.post(&officer, "/api/v1/sign-in-links", body).await.done();
    let opened = open(&world, invited["link"].as_str().unwrap()).await;
    assert!(
        opened.header("set-cookie").contains("HttpOnly; SameSite=Strict"),
        "{}",
        opened.header("set-cookie")
    );
    let checker = Caller { token: opened.done()["token"].as_str().unwrap().to_owned() };
    let session = world.read(&checker, "/api/v1/session").await.done();
    assert_eq!((&session["role"], &session["point"]["point"]), (&"checker".into(), &point.as_str().into()));
    for wrong in [json!({ "role": "checker" }), json!({ "role": "checker", "point": "none" })] {
        assert_eq!(world.post(&officer, "/api/v1/sign-in-links", wrong).await.code(), "point_unknown");
    }
    assert_eq!(
        world.post(&officer, "/api/v1/sign-in-links", json!({ "role": "resident" })).await.code(),
        "body"
    );
}

#[tokio::test]
async fn a_session_ends_by_itself_and_by_signing_out() {
    let world = World::new(Setting::default()).await;
    let (officer, device) = (world.officer().await, world.declared(&alice()).await);
    world.forward(DAY);
    assert_eq!(world.read(&officer, "/api/v1/session").await.code(), "sign_in");
    assert_eq!(world.colour(&device).await, "green");
    let out = world.send("DELETE", "/api/v1/session", Some(&device.token), None, None).await;
    assert_eq!(out.status, 204);
    assert_eq!(world.read(&device, "/api/v1/me/code").await.code(), "sign_in");
    assert_eq!(world.get("/api/v1/me/code").await.code(), "sign_in");
}

#[tokio::test]
async fn a_cookie_is_as_good_as_a_token() {
    let world = World::new(Setting::default()).await;
    let device = world.declared(&alice()).await;
    let cookie = format!("other=1; healthcode_session={}", device.token);
    assert_eq!(world.with_cookie("/api/v1/me/code", &cookie).await.done()["declared"], true);
    assert_eq!(world.with_cookie("/api/v1/me/code", "healthcode_session=wrong").await.code(), "sign_in");
}

#[tokio::test]
async fn the_demos_own_acts_do_not_exist_elsewhere() {
    let world = World::new(Setting::default()).await;
    let before = world.now();
    assert_eq!(world.get("/api/v1/demo").await.code(), "demo_only");
    let body = Some(r#"{"forward_seconds":60}"#);
    let answer = world.send("POST", "/api/v1/demo/clock", None, body, Some("forward-1")).await;
    assert_eq!((answer.status, answer.code()), (404, "demo_only"));
    assert_eq!(world.now(), before);
    let demo = World::new(Setting { demo: true, ..Setting::default() }).await;
    demo.send("POST", "/api/v1/demo/clock", None, body, Some("forward-1")).await.done();
    assert_eq!(demo.now(), before.plus_seconds(60));
}

#[tokio::test]
async fn a_sign_in_whose_answer_was_lost_is_repeated_with_its_key() {
    let world = World::new(Setting::default()).await;
    let address = first_officer_link(&world.app, false).await.unwrap().unwrap();
    let body = json!({ "link": address.split_once('#').unwrap().1 }).to_string();
    let send = async |key| world.send("POST", "/api/v1/sessions", None, Some(&body), Some(key)).await;
    let (first, again) = (send("sign-in-0001").await, send("sign-in-0001").await);
    assert_eq!((first.status, &first.body), (again.status, &again.body));
    assert_eq!(send("sign-in-0002").await.code(), "link_used");
}
