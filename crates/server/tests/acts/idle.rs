//! Jobs may be run at any time, by several servers: where nothing is to be done, nothing is written.

use healthcode_server::jobs::{notify, pack, publish, reconcile, reload};
use healthcode_store::backup;
use healthcode_testkit::cast::{alice, bob, charlie};
use healthcode_testkit::on_both_engines;
use healthcode_testkit::world::World;

on_both_engines! {
    a_second_evaluation_writes_nothing
}

async fn everything(world: &World) -> String {
    backup::read_all(world.engine(), &mut world.app.store.reader().await.unwrap()).await.unwrap()
}

async fn a_second_evaluation_writes_nothing(world: &World) {
    let checker = world.checker(&world.point("Shop").await).await;
    let mut devices = Vec::new();
    for who in [alice(), bob(), charlie()] {
        let device = world.declared(&who).await;
        world.scan(&checker, &world.code(&device).await, "in").await;
        devices.push(device);
    }
    world.forward(40 * 60);
    world.confirm(&world.person(&devices[0]).await).await;
    world.report(&devices[1]).await.done();
    world.settle().await;
    for device in &devices {
        assert_eq!(world.colour(device).await, "red");
    }
    let before = everything(world).await;
    for _ in 0..2 {
        publish::publish(&world.app).await.unwrap();
        reload::reload(&world.app).await.unwrap();
        reload::redecide_all(&world.app).await.unwrap();
        reconcile::reconcile(&world.app).await.unwrap();
        notify::notify(&world.app).await.unwrap();
        pack::pack(&world.app).await.unwrap();
        for device in &devices {
            world.show(device).await;
        }
    }
    assert!(before == everything(world).await, "an idle evaluation wrote something");
}
