//! Keys are rotated and withdrawn beside a running server, which goes on without one refused request.

use healthcode_credential::trust::Purpose;
use healthcode_server::jobs::keys::{Seen, reread};
use healthcode_server::keys::{KeyAccess, Keys, Start};
use healthcode_testkit::cast::{alice, bob};
use healthcode_testkit::world::{Caller, DAY, Phone, Setting, World};

/// What a command beside the server does to its key file; then the server's job looks.
async fn beside(world: &World, seen: &mut Seen, act: impl FnOnce(&mut Keys)) {
    let mut keys = Keys::open(world.app.keys().path(), &KeyAccess::default()).unwrap();
    act(&mut keys);
    reread(&world.app, seen).await.unwrap();
}

fn signing(world: &World) -> String {
    let (from, keys) = (world.now(), world.app.keys());
    keys.signer(Purpose::Pass, from, from.plus_seconds(3600)).unwrap().public().id().to_string()
}

async fn verdict(world: &World, checker: &Caller, code: &str) -> String {
    world.scan(checker, code, "passing").await["verdict"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_rotation_leaves_no_moment_in_which_a_code_is_refused() {
    let world = World::new(Setting::default()).await;
    let (ann, gate) = (world.declared(&alice()).await, world.point("Gate").await);
    let (mut seen, at, before) = (Seen::default(), world.now(), signing(&world));
    let change = at.plus_seconds(48 * 3600);
    beside(&world, &mut seen, |keys| keys.rotate(&[Purpose::Pass], Start::At(change), at).unwrap()).await;
    let mut signed_by = Vec::new();
    let mut phone = Phone::enrol(&world, &ann).await;
    for hour in 0..72 {
        // Passes that were issued before, and a token of this minute.
        phone.fetch(&world, 1).await;
        // A staff session lasts a day.
        let checker = world.checker(&gate).await;
        for code in [phone.shows(world.now()), world.code(&ann).await] {
            assert_eq!(verdict(&world, &checker, &code).await, "valid", "hour {hour}");
        }
        signed_by.push(signing(&world));
        world.forward(3600);
    }
    assert!(signed_by[..48].iter().all(|kid| *kid == before), "the old key until the stated instant");
    assert!(signed_by[48..].iter().all(|kid| *kid == signed_by[48]), "the new one from then on");
    assert_ne!(signed_by[48], before);
}

#[tokio::test]
async fn a_withdrawn_key_counts_no_more_and_phones_get_another_code_at_once() {
    let world = World::new(Setting::default()).await;
    let (ann, checker) = (world.declared(&alice()).await, world.checker(&world.point("Gate").await).await);
    let (mut seen, code) = (Seen::default(), world.code(&ann).await);
    assert_eq!(verdict(&world, &checker, &code).await, "valid");
    let (stolen, at) = (signing(&world), world.now());
    beside(&world, &mut seen, |keys| keys.withdraw(&stolen, at).unwrap()).await;
    assert_eq!(verdict(&world, &checker, &code).await, "withdrawn_key");
    let fresh = world.code(&ann).await;
    assert_ne!(fresh, code, "what was remembered is not shown again");
    assert_eq!(verdict(&world, &checker, &fresh).await, "valid");
    let bob = world.declared(&bob()).await;
    assert_eq!(verdict(&world, &checker, &world.code(&bob).await).await, "valid");
}

#[tokio::test]
async fn a_key_file_that_does_not_read_or_is_another_installations_changes_nothing() {
    let world = World::new(Setting::default()).await;
    let (path, before) = (world.app.keys().path().to_owned(), signing(&world));
    let whole = std::fs::read(&path).unwrap();
    let mut seen = Seen::default();
    reread(&world.app, &mut seen).await.unwrap();
    let mut foreign = String::from_utf8(whole.clone()).unwrap();
    let secret = foreign.find("\"seal_secret\": \"").unwrap() + 16;
    foreign.replace_range(secret..secret + 4, "AAAA");
    for damaged in [&whole[..whole.len() / 2], b"", foreign.as_bytes()] {
        std::fs::write(&path, damaged).unwrap();
        assert!(reread(&world.app, &mut seen).await.is_err());
        assert_eq!(signing(&world), before);
    }
    std::fs::remove_file(&path).unwrap();
    assert!(reread(&world.app, &mut seen).await.is_err());
    std::fs::write(&path, whole).unwrap();
    reread(&world.app, &mut seen).await.unwrap();
    world.forward(DAY);
    assert_eq!(signing(&world), before);
}
