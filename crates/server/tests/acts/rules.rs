//! Without rules in force nobody has a colour; with them everyone has, whenever they were adopted.

use healthcode_testkit::cast::alice;
use healthcode_testkit::on_both_engines;
use healthcode_testkit::world::{DAY, Setting, World};

on_both_engines! {
    Setting { rules: false, ..Setting::default() };
    without_rules_in_force_everyone_is_pending_with_a_reason
    everyone_is_pending_again_when_the_rules_end
}

async fn without_rules_in_force_everyone_is_pending_with_a_reason(world: &World) {
    let device = world.declared(&alice()).await;
    let decision = world.show(&device).await["decision"].clone();
    assert_eq!((&decision["colour"], &decision["rule_set"]), (&"pending".into(), &"none".into()));
    assert_eq!(decision["reasons"][0]["code"], "P0");
    for language in ["en", "zh"] {
        assert!(!decision["reasons"][0]["text"][language].as_str().unwrap().is_empty());
    }
    let checker = world.checker(&world.point("Gate").await).await;
    assert_eq!(world.scan(&checker, &world.code(&device).await, "in").await["action"], "ask");
    world.adopt(-1, 10).await;
    assert_eq!(world.colour(&device).await, "green");
}

async fn everyone_is_pending_again_when_the_rules_end(world: &World) {
    world.adopt(-1, 10).await;
    let device = world.declared(&alice()).await;
    assert_eq!(world.colour(&device).await, "green");
    world.forward(10 * DAY - 1);
    assert_eq!(world.colour(&device).await, "green");
    world.forward(1);
    assert_eq!(world.show(&device).await["decision"]["reasons"][0]["code"], "P0");
}

#[tokio::test]
async fn rules_adopted_before_they_begin_begin_at_their_instant() {
    let world = World::new(Setting { rules: false, ..Setting::default() }).await;
    world.adopt(2, 10).await;
    let device = world.declared(&alice()).await;
    let decision = world.show(&device).await["decision"].clone();
    assert_eq!(
        (&decision["colour"], &decision["next_change_at"]),
        (&"pending".into(), &"2026-03-04T09:00:00+08:00".into())
    );
    world.forward(2 * DAY);
    assert_eq!(world.colour(&device).await, "green");
}

#[tokio::test]
async fn rules_adopted_while_no_server_ran_reach_everyone_at_its_start() {
    let world = World::new(Setting { rules: false, ..Setting::default() }).await;
    let device = world.declared(&alice()).await;
    assert_eq!(world.colour(&device).await, "pending");
    let world = world.restarted_with_rules(-1, 10).await;
    assert_eq!(world.colour(&device).await, "green");
}
