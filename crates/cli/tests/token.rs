//! Signing keys in a PKCS#11 token, with SoftHSM as the token: made there, signing there, never read out, and found
//! again when the token was away.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;
mod served;

use common::{Ran, Room};
use serde_json::Value;
use served::{Server, code_of};
use std::path::Path;
use std::process::Command;

/// Where Debian's packages put the module.
const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";

/// A token of its own, in a room of its own.
struct Token {
    room: Room,
    configuration: String,
}

impl Token {
    /// `None`, said loudly, where SoftHSM is not installed.
    fn new() -> Option<Self> {
        if !Path::new(MODULE).exists() {
            eprintln!("SKIPPED: no {MODULE}, so keys in a token are not tested (apt-get install softhsm2)");
            return None;
        }
        let room = Room::new();
        std::fs::create_dir(room.path("tokens")).unwrap();
        let tokens = format!("directories.tokendir = {}\n", room.path("tokens").display());
        let configuration = room.write("softhsm2.conf", tokens).display().to_string();
        room.write("pin", "1234\n");
        let token = Self { room, configuration };
        let made = Command::new("softhsm2-util")
            .args(["--init-token", "--free", "--label", "city", "--pin", "1234", "--so-pin", "5678"])
            .env("SOFTHSM2_CONF", &token.configuration)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Some(token)
    }

    fn place(&self) -> Vec<String> {
        let data = self.room.path("data").display().to_string();
        let pin = self.room.path("pin").display().to_string();
        ["--data", &data, "--token-module", MODULE, "--token-label", "city", "--token-pin-file", &pin]
            .map(str::to_owned)
            .to_vec()
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let place = self.place();
        let all: Vec<&str> = arguments.iter().copied().chain(place.iter().map(String::as_str)).collect();
        self.room.run_in(&all, &[("SOFTHSM2_CONF", &self.configuration)])
    }

    fn kids(&self) -> Vec<String> {
        let listed = self.run(&["keys", "list", "--json"]);
        assert_eq!(listed.status, 0, "{}", listed.err);
        let row = |line: &str| serde_json::from_str::<Value>(line).unwrap();
        listed.out.lines().map(|line| row(line)["kid"].as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn keys_are_made_in_the_token_and_the_key_file_holds_their_public_halves_only() {
    let Some(token) = Token::new() else { return };
    let made = token.run(&["keys", "make"]);
    assert_eq!(made.status, 0, "{}", made.err);
    assert!(made.out.lines().count() == 2 && made.out.lines().all(|line| line.contains("in token \"city\"")));
    let file: Value = serde_json::from_str(&token.room.read("data/keys.json")).unwrap();
    for key in file["signing"].as_array().unwrap() {
        assert_eq!((&key["pkcs8"], &key["token"]["label"]), (&Value::Null, &"city".into()), "{key}");
    }
    assert!(file["seal_secret"].is_string(), "the sealing secret stays in the file");
    let rotated = token.run(&["keys", "rotate", "--now"]);
    assert_eq!(rotated.status, 0, "{}", rotated.err);
    assert_eq!(token.kids().len(), 4);
    let doctor = token.run(&["doctor"]).out;
    assert!(doctor.contains("the pass key is good until") && !doctor.contains("cannot sign"), "{doctor}");
}

#[test]
fn a_key_file_moves_into_a_token_with_the_next_rotation() {
    let Some(token) = Token::new() else { return };
    assert_eq!(token.room.run(&["keys", "make", "--data", "data"]).status, 0);
    let rotated = token.run(&["keys", "rotate", "--now", "--json"]);
    assert_eq!(rotated.status, 0, "{}", rotated.err);
    let rows = rotated.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let rows: Vec<_> = rows.map(|row| (row["state"].clone(), row["token"].clone())).collect();
    let (retiring, active): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(state, _)| state == "retiring");
    assert!(retiring.iter().all(|(_, token)| token.is_null()) && retiring.len() == 2, "{retiring:?}");
    assert!(active.iter().all(|(_, token)| token == "city") && active.len() == 2, "{active:?}");
}

#[test]
fn passes_are_signed_by_the_token_also_after_it_was_away() {
    let Some(token) = Token::new() else { return };
    assert_eq!(token.run(&["keys", "make"]).status, 0);
    let server = Server::start(&token.place(), &[("SOFTHSM2_CONF", &token.configuration)]);
    let (status, shown) = code_of(&server.address, 1);
    assert_eq!(status, 200, "{shown}");
    let trust = token.run(&["keys", "trust", "--issuer", "330100"]).out;
    token.room.write("trust.json", trust);
    let pass = shown["pass"]["text"].as_str().unwrap();
    let verify =
        ["pass", "verify", "--trust", "trust.json", "--at", shown["pass"]["issued_at"].as_str().unwrap()];
    let verdict = token.room.run_with(&verify, format!("{pass}\n").as_bytes());
    // Without rules in force the authority is the fallback's; the signature is what matters here.
    assert!(!verdict.out.contains("signature") && !verdict.out.contains("unknown_key"), "{}", verdict.out);

    let (tokens, away) = (token.room.path("tokens"), token.room.path("away"));
    std::fs::rename(&tokens, &away).unwrap();
    let (status, refused) = code_of(&server.address, 2);
    assert_eq!(
        (status, &refused["code"]),
        (503, &"busy".into()),
        "declaring goes on, issuing waits: {refused}"
    );
    let doctor = token.run(&["doctor"]);
    assert!(doctor.status == 1 && doctor.out.contains("cannot sign"), "{}", doctor.out);
    std::fs::rename(&away, &tokens).unwrap();
    let (status, shown) = code_of(&server.address, 3);
    assert_eq!(status, 200, "the session is opened again: {shown}");
}

#[test]
fn a_wrong_pin_and_a_missing_label_are_named() {
    let Some(token) = Token::new() else { return };
    token.room.write("pin", "9999\n");
    let refused = token.run(&["keys", "make"]);
    assert!(
        refused.status == 2 && refused.err.contains("token \"city\"") && refused.err.contains("PIN"),
        "{}",
        refused.err
    );
    assert!(!token.room.path("data/keys.json").exists(), "nothing is half made");
    let half = token.room.run(&["keys", "list", "--token-label", "city"]);
    assert!(half.status == 2 && half.err.contains("belong together"), "{}", half.err);
}
