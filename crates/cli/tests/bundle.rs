//! A ceremony: from the one root that signs by itself to two of three people, with another region recognised.
#![allow(clippy::unwrap_used)]

mod common;
mod served;

use common::{Ran, Room};
use serde_json::Value;
use served::Server;

fn done(ran: Ran) -> String {
    assert_eq!(ran.status, 0, "{}{}", ran.out, ran.err);
    ran.out
}

/// Serves until the newest bundle is of a version, at least.
#[allow(
    clippy::disallowed_methods,
    reason = "the server is a process of its own, and says of no job that it ran"
)]
fn serve_until(room: &Room, version: u64) {
    let place = ["--data".to_owned(), room.path("healthcode-data").to_string_lossy().into_owned()];
    let server = Server::start(&place, &[]);
    let began = std::time::Instant::now();
    // A guard, not a wait: the first bundle is published when the server starts.
    while shown(room)["version"].as_u64().unwrap_or(0) < version {
        assert!(began.elapsed().as_secs() < 60, "no bundle {version} within a minute");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    server.kill();
}

fn shown(room: &Room) -> Value {
    let exported = room.run(&["bundle", "export"]);
    let shown = room.run_with(&["bundle", "show", "-", "--json"], exported.out.as_bytes());
    serde_json::from_str(&shown.out).unwrap_or_default()
}

fn room() -> Room {
    let room = Room::new();
    let (from, until) = ("2020-02-11T00:00:00+08:00", "2120-02-11T00:00:00+08:00");
    let adopt =
        ["rules", "adopt", "hangzhou-2020-02", "--authority", "330100", "--from", from, "--until", until];
    done(room.run(&adopt));
    let partner = ["--data", "shanghai"];
    done(room.run(&[&["keys", "make"], &partner[..]].concat()));
    let trust = done(room.run(&[&["keys", "trust", "--issuer", "310000"], &partner[..]].concat()));
    room.write("shanghai.json", trust);
    room
}

#[test]
fn two_of_three_people_take_over_from_the_one_root_and_recognise_a_region() {
    let room = room();
    serve_until(&room, 1);
    assert_eq!(shown(&room)["threshold"], 1);
    let mut draft = vec!["bundle", "draft", "now.json", "--threshold", "2", "--recognise", "310000"];
    draft.extend(["--partner", "shanghai.json", "--days", "60"]);
    for (key, public) in [("a.json", "a.pub"), ("b.json", "b.pub"), ("c.json", "c.pub")] {
        let printed = done(room.run(&["bundle", "root", "--out", key]));
        room.write(public, printed);
        draft.extend(["--roots", public]);
    }
    room.write("now.json", done(room.run(&["bundle", "export"])));
    room.write("body", done(room.run(&draft)));
    for (root, signature) in
        [("healthcode-data/root.json", "old.sig"), ("a.json", "a.sig"), ("c.json", "c.sig")]
    {
        room.write(signature, done(room.run(&["bundle", "sign", "body", "--root", root])));
    }
    for too_few in [&["a.sig", "c.sig"][..], &["old.sig", "a.sig"], &["old.sig", "a.sig", "a.sig"]] {
        let refused = room.run(&[&["bundle", "publish", "body"], too_few].concat());
        assert_eq!(refused.status, 2, "{too_few:?}: {}", refused.out);
        assert!(refused.err.contains("must"), "{}", refused.err);
    }
    done(room.run(&["bundle", "publish", "body", "old.sig", "a.sig", "c.sig"]));
    let again = room.run(&["bundle", "publish", "body", "old.sig", "a.sig", "c.sig"]);
    assert!(again.status == 2, "{}{}", again.out, again.err);
    let now = shown(&room);
    assert_eq!((&now["version"], &now["threshold"]), (&2.into(), &2.into()));
    assert_eq!(now["recognises"][0]["issuer"], "310000");
    let of_shanghai = now["keys"].as_array().unwrap().iter().filter(|key| key["issuer"] == "310000").count();
    assert!(of_shanghai > 0, "{now}");
    // The root that signed alone signs no more, whatever it is told.
    serve_until(&room, 2);
    assert_eq!(shown(&room)["version"], 2);
    let alone = ["bundle", "draft", "now.json", "--days", "1"];
    room.write("now.json", done(room.run(&["bundle", "export"])));
    room.write("body", done(room.run(&alone)));
    room.write("old.sig", done(room.run(&["bundle", "sign", "body", "--root", "healthcode-data/root.json"])));
    assert_eq!(room.run(&["bundle", "publish", "body", "old.sig"]).status, 2);
}

#[test]
fn the_one_root_goes_on_with_what_people_signed_with_it() {
    let room = room();
    serve_until(&room, 1);
    room.write("now.json", done(room.run(&["bundle", "export"])));
    let draft = ["bundle", "draft", "now.json", "--recognise", "310000", "--partner", "shanghai.json"];
    room.write("body", done(room.run(&draft)));
    let sign = ["bundle", "sign", "body", "--root", "healthcode-data/root.json"];
    room.write("old.sig", done(room.run(&sign)));
    done(room.run(&["bundle", "publish", "body", "old.sig"]));
    done(room.run(&["keys", "rotate", "--now"]));
    serve_until(&room, 3);
    let now = shown(&room);
    assert_eq!(now["recognises"][0]["issuer"], "310000", "{now}");
    let issuers = now["keys"].as_array().unwrap().iter().map(|key| key["issuer"].as_str().unwrap());
    assert!(
        issuers.clone().any(|issuer| issuer == "310000") && issuers.clone().any(|issuer| issuer == "330100")
    );
}

#[test]
fn a_root_key_is_never_overwritten_and_a_wrong_body_never_signed() {
    let room = room();
    done(room.run(&["bundle", "root", "--out", "a.json"]));
    let before = room.read("a.json");
    let again = room.run(&["bundle", "root", "--out", "a.json"]);
    assert!(again.status == 2 && again.out.is_empty(), "{}", again.err);
    assert_eq!(room.read("a.json"), before);
    room.write("body", "{}");
    let refused = room.run(&["bundle", "sign", "body", "--root", "a.json"]);
    assert!(refused.status == 2 && refused.err.contains("body"), "{}", refused.err);
    let missing = room.run(&["bundle", "sign", "body", "--root", "b.json"]);
    assert!(missing.status == 2 && missing.err.contains("b.json"), "{}", missing.err);
}
