//! A code is inactive until someone has compared the document.

use healthcode_server::config::Activation;
use healthcode_store::outbox;
use healthcode_testkit::cast::alice;
use healthcode_testkit::on_both_engines;
use healthcode_testkit::world::{Setting, World};
use serde_json::{Value, json};

on_both_engines! {
    Setting { activation: Activation::Document, ..Setting::default() };
    an_inactive_code_asks_until_it_is_activated
    an_inactive_code_never_eases_what_the_colour_says
}

async fn an_inactive_code_asks_until_it_is_activated(world: &World) {
    let device = world.declared(&alice()).await;
    let checker = world.checker(&world.point("Gate").await).await;
    assert_eq!(world.show(&device).await["activation"], "inactive");
    let code = world.code(&device).await;
    let seen = world.scan(&checker, &code, "in").await;
    assert_eq!(
        (&seen["colour"], &seen["activation"], &seen["action"]),
        (&"green".into(), &"inactive".into(), &"ask".into())
    );
    world.forward(1);
    let before = world.now();
    let activated = world.post(&checker, "/api/v1/activations", json!({ "code": code })).await.done();
    // The decision did not change, and other servers are told all the same.
    let told = outbox::since(&mut world.app.store.reader().await.unwrap(), before, 9).await.unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(activated["document_last_four"], alice().document.last_four());
    let seen = world.scan(&checker, &code, "in").await;
    assert_eq!((&seen["activation"], &seen["action"]), (&"active".into(), &"pass".into()));
    assert_eq!(world.show(&device).await["activation"], "active");
}

async fn an_inactive_code_never_eases_what_the_colour_says(world: &World) {
    let device = world.declared(&alice()).await;
    let checker = world.checker(&world.point("Gate").await).await;
    world.confirm(&world.person(&device).await).await;
    assert_eq!(world.scan(&checker, &world.code(&device).await, "in").await["action"], "stop");
}

#[tokio::test]
async fn a_code_that_is_not_valid_activates_nothing() {
    let world = World::new(Setting { activation: Activation::Document, ..Setting::default() }).await;
    let device = world.declared(&alice()).await;
    let checker = world.checker(&world.point("Gate").await).await;
    let code = world.code(&device).await;
    for wrong in ["", "EPC1:", "hello", &code[..code.len() - 2]] {
        let answer = world.post(&checker, "/api/v1/activations", json!({ "code": wrong })).await;
        assert_eq!(answer.code(), "code_unknown", "{wrong:?}");
    }
    assert_eq!(world.show(&device).await["activation"], "inactive");
    assert_eq!(world.read(&device, "/api/v1/me/looks").await.done()["items"], Value::Array(Vec::new()));
}
