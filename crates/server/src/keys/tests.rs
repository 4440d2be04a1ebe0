//! Keys over time, on files of their own.

use super::*;

const MONDAY: &str = "2026-03-02T09:00:00+08:00";

fn hours(hours: i64) -> Instant {
    Instant::parse(MONDAY).unwrap().plus_seconds(hours * 3600)
}

fn new_keys(folder: &Path) -> Keys {
    Keys::open_or_make(folder, &KeyAccess::default(), &Clock::seeded(hours(0), 1)).unwrap()
}

fn signer(keys: &Keys, purpose: Purpose, at: Instant) -> String {
    keys.signer(purpose, at, at.plus_seconds(86_400)).unwrap().public().id().to_string()
}

#[test]
fn a_file_of_before_there_were_purposes_holds_pass_keys_and_gets_a_status_key() {
    let folder = tempfile::tempdir().unwrap();
    let keys = new_keys(folder.path());
    let (secret, first) = (*keys.secret(), signer(&keys, Purpose::Pass, hours(0)));
    let mut json: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(keys.path()).unwrap()).unwrap();
    json["signing"].as_array_mut().unwrap().truncate(1);
    json["signing"][0].as_object_mut().unwrap().remove("purpose").unwrap();
    std::fs::write(keys.path(), json.to_string()).unwrap();
    assert_eq!(
        Keys::open(keys.path(), &KeyAccess::default()).unwrap().signing.len(),
        1,
        "reading alone changes nothing"
    );
    let keys = new_keys(folder.path());
    assert_eq!((keys.secret(), signer(&keys, Purpose::Pass, hours(0))), (&secret, first));
    let status = signer(&keys, Purpose::Status, hours(0));
    assert_eq!(
        signer(&Keys::open(keys.path(), &KeyAccess::default()).unwrap(), Purpose::Status, hours(0)),
        status,
        "it is kept"
    );
}

#[test]
fn at_every_instant_of_a_rotation_exactly_one_key_of_a_purpose_signs() {
    let folder = tempfile::tempdir().unwrap();
    let mut keys = new_keys(folder.path());
    let old = signer(&keys, Purpose::Pass, hours(0));
    keys.rotate(&[Purpose::Pass], Start::At(hours(48)), hours(0)).unwrap();
    let next = keys.signing.last().unwrap().key.public().id().to_string();
    for keys in [&keys, &Keys::open(keys.path(), &KeyAccess::default()).unwrap()] {
        for hour in 0..96 {
            let signs = if hour < 48 { &old } else { &next };
            assert_eq!(&signer(keys, Purpose::Pass, hours(hour)), signs, "hour {hour}");
        }
        assert_eq!(signer(keys, Purpose::Pass, Instant::from_micros(hours(48).micros() - 1)), old);
    }
}

#[test]
fn a_key_that_was_replaced_does_not_come_back_when_its_successor_is_withdrawn() {
    let folder = tempfile::tempdir().unwrap();
    let mut keys = new_keys(folder.path());
    let old = signer(&keys, Purpose::Pass, hours(0));
    keys.rotate(&[Purpose::Pass], Start::At(hours(48)), hours(0)).unwrap();
    let next = signer(&keys, Purpose::Pass, hours(50));
    keys.withdraw(&next, hours(50)).unwrap();
    let third = signer(&Keys::open(keys.path(), &KeyAccess::default()).unwrap(), Purpose::Pass, hours(50));
    assert!(third != old && third != next, "{third}");
}

#[test]
fn a_key_made_in_an_emergency_signs_until_the_pending_one_starts() {
    let folder = tempfile::tempdir().unwrap();
    let mut keys = new_keys(folder.path());
    keys.rotate(&[Purpose::Pass], Start::At(hours(48)), hours(0)).unwrap();
    let pending = signer(&keys, Purpose::Pass, hours(48));
    keys.rotate(&[Purpose::Pass], Start::Now, hours(1)).unwrap();
    let emergency = signer(&keys, Purpose::Pass, hours(1));
    assert_eq!(signer(&keys, Purpose::Pass, hours(47)), emergency);
    assert_eq!(signer(&keys, Purpose::Pass, hours(48)), pending);
    let refused = keys.rotate(&[Purpose::Pass], Start::At(hours(60)), hours(2)).unwrap_err();
    assert!(refused.to_string().contains(&pending), "{refused}");
}
