//! `healthcode pass verify` as its users meet it.
#![allow(clippy::unwrap_used)]

mod common;
use common::{AT, Room};
use healthcode_core::region::Region;
use healthcode_core::time::{Day, Instant, Interval};
use healthcode_credential::bearer::{Bearer, StatusReference};
use healthcode_credential::claims::Claims;
use healthcode_credential::key_life::KeyLife;
use healthcode_credential::keys::SigningKey;
use healthcode_credential::status::news::{DayNews, Kind, News};
use healthcode_credential::status::seal::{DayKey, link, seal, sign};
use healthcode_credential::trust::Purpose;
use healthcode_credential::{issue, trust_file};
use std::collections::BTreeMap;

const TODAY: Day = Day(18_304);

fn instant(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

/// A room with a trust file, and a token of the 12th at nine in the morning.
fn room() -> (Room, String) {
    let (room, pass, _) = room_with_status_key();
    (room, pass)
}

fn room_with_status_key() -> (Room, String, SigningKey) {
    let room = Room::new();
    let (key, status) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    let issuer = Region::new("330100").unwrap();
    let in_force = Interval::new(instant("2020-02-01T00:00:00Z"), instant("2020-04-01T00:00:00Z")).unwrap();
    let life = KeyLife::Active { in_force };
    let keys = [(&key, Purpose::Pass), (&status, Purpose::Status)];
    let keys = keys.map(|(key, purpose)| (key.public().clone(), purpose, life));
    room.write("trust.json", trust_file::write(&issuer, &keys));
    (room, pass(&key, 7), status)
}

fn pass(key: &SigningKey, index: u32) -> String {
    let claims = Claims {
        issuer: Region::new("330100").unwrap(),
        issued_at: instant(AT),
        expires_at: instant(AT).plus_seconds(75),
        bearer: Bearer::Token { status: StatusReference { day: TODAY, index } },
    };
    issue::issue(&claims, key).unwrap()
}

fn news(kind: Kind, number: u64, previous: [u8; 32], red: Vec<u32>) -> News {
    let day = DayNews { size: 100, lists: [vec![], vec![], red, vec![]] };
    let days = BTreeMap::from([(TODAY, day)]);
    let region = Region::new("330100").unwrap();
    News { kind, region, number, previous, made_at: instant(AT), bundle: 1, withdrawn: vec![], days }
}

fn sealed(news: &News, key: &SigningKey) -> Vec<u8> {
    let day_key = DayKey { day: TODAY, secret: [7; 32] };
    seal(&sign(news, key).unwrap(), &day_key, [news.number as u8; 12]).unwrap()
}

#[test]
fn status_files_add_the_colour_of_the_last_of_them() {
    let (room, pass, key) = room_with_status_key();
    let snapshot = news(Kind::Snapshot, 1, [1; 32], vec![3]);
    let delta = news(Kind::Delta, 2, [1; 32], vec![7]);
    room.write("snapshot", sealed(&snapshot, &key));
    room.write("delta", sealed(&delta, &key));
    room.write("later", sealed(&news(Kind::Delta, 4, link(&delta), vec![]), &key));
    let secret = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
    room.write("keys.json", format!(r#"[{{"day":"2020-02-12","secret":"{secret}"}}]"#));
    let verify = |status: &[&str]| {
        let mut words = vec!["pass", "verify", "--trust", "trust.json", "--at", AT, "--status"];
        words.extend(status);
        words.extend(["--status-key", "keys.json"]);
        room.run_with(&words, format!("{pass}\nnonsense\n").as_bytes())
    };
    let ran = verify(&["snapshot"]);
    assert!(ran.out.contains(r#""colour":"green""#), "{}{}", ran.out, ran.err);
    assert_eq!(ran.out.matches("colour").count(), 1, "a code that is not valid has none");
    assert!(verify(&["snapshot", "delta"]).out.contains(r#""colour":"red""#));
    for (status, code) in [
        (&["delta"][..], "status_no_snapshot"),
        (&["snapshot", "later"], "status_gap"),
        (&["snapshot", "trust.json"], "status_form"),
    ] {
        let ran = verify(status);
        assert!(
            ran.status == 2 && ran.out.is_empty() && ran.err.contains(code),
            "{code}: {}{}",
            ran.out,
            ran.err
        );
    }
    room.write("keys.json", "[]");
    assert!(verify(&["snapshot"]).err.contains("status_day_key"));
    let without = room.run(&["pass", "verify", "--trust", "trust.json", "--at", AT, "--status", "snapshot"]);
    assert!(without.status == 2 && without.err.contains("--status-key"), "{}", without.err);
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
