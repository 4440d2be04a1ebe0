//! `healthcode pass verify` as its users meet it.
#![allow(clippy::unwrap_used)]

mod common;
use common::{AT, Room};
use healthcode_core::region::Region;
use healthcode_core::time::{Day, Instant, Interval};
use healthcode_credential::bearer::{Bearer, DeviceKey, StatusReference};
use healthcode_credential::claims::Claims;
use healthcode_credential::key_life::KeyLife;
use healthcode_credential::keys::SigningKey;
use healthcode_credential::trust::Purpose;
use healthcode_credential::{issue, trust_file};

/// A room with a trust file, and a pass of the morning of the 12th.
fn room() -> (Room, String) {
    let room = Room::new();
    let key = SigningKey::generate().unwrap();
    let issuer = Region::new("330100").unwrap();
    let instant = |text| Instant::parse(text).unwrap();
    let in_force = Interval::new(instant("2020-02-01T00:00:00Z"), instant("2020-04-01T00:00:00Z")).unwrap();
    let life = KeyLife::Active { in_force };
    room.write("trust.json", trust_file::write(&issuer, &[(key.public().clone(), Purpose::Pass, life)]));
    let status = StatusReference { day: Day::from_ymd(2020, 2, 12).unwrap(), index: 7 };
    let claims = Claims {
        issuer,
        issued_at: instant("2020-02-12T00:00:00Z"),
        expires_at: instant("2020-02-12T12:00:00Z"),
        bearer: Bearer::Phone { status, device: DeviceKey::new(SigningKey::generate().unwrap().public()) },
    };
    (room, issue::issue(&claims, &key).unwrap())
}

#[test]
fn each_line_gets_a_verdict_with_its_number() {
    let (room, pass) = room();
    let arguments = ["pass", "verify", "--trust", "trust.json", "--at", AT];
    let ran = room.run_with(&arguments, format!("{pass}\n").as_bytes());
    assert_eq!(ran.status, 0, "{}{}", ran.out, ran.err);
    assert!(
        ran.out.starts_with(
            r#"{"line":1,"verdict":"valid","profile":"healthcode","issuer":"330100","claims":{"#
        ),
        "{}",
        ran.out
    );
    let mut input = format!("{pass}\r\n\nnonsense\n").into_bytes();
    input.extend(vec![b'x'; 100_000]);
    input.extend(b"\n\xFF\n");
    input.extend(pass.as_bytes());
    let ran = room.run_with(&arguments, &input);
    assert_eq!(ran.status, 1);
    let rows: Vec<serde_json::Value> =
        ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let seen: Vec<_> =
        rows.iter().map(|row| (row["line"].as_u64().unwrap(), row["verdict"] == "valid")).collect();
    assert_eq!(seen, [(1, true), (2, false), (3, false), (4, false), (5, false), (6, true)]);
    assert!(rows[2]["reason"].is_string() && rows[2].get("claims").is_none());
}

#[test]
fn an_expired_pass_is_not_valid() {
    let (room, pass) = room();
    let ran = room.run_with(
        &["pass", "verify", "--trust", "trust.json", "--at", "2020-02-13T00:00:00Z"],
        pass.as_bytes(),
    );
    assert!(ran.status == 1 && ran.out.contains("\"verdict\":\"expired\""), "{}", ran.out);
}

#[test]
fn a_bad_trust_file_is_refused_before_anything_is_judged() {
    let (room, pass) = room();
    room.write("bad.json", "{}");
    let arguments = ["pass", "verify", "--trust", "trust.json", "--trust", "bad.json", "--at", AT];
    let ran = room.run_with(&arguments, pass.as_bytes());
    assert!(ran.status == 2 && ran.out.is_empty() && ran.err.contains("bad.json"), "{}{}", ran.out, ran.err);
}
