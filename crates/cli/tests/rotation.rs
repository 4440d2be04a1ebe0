//! Keys are rotated and withdrawn by the command while the real server serves.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;
mod served;

use common::Room;
use serde_json::Value;
use served::{Server, code_of};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A guard against what never comes; what is waited for comes within two seconds.
const PATIENCE: Duration = Duration::from_secs(30);

struct Site {
    room: Room,
    server: Server,
}

impl Site {
    fn run(&self, arguments: &[&str]) -> String {
        let ran = self.room.run(&[arguments, &["--data", "data"]].concat());
        assert_eq!(ran.status, 0, "{}", ran.err);
        ran.out
    }

    /// The verdict on the pass of somebody new, by a trust file.
    fn verdict(&self, number: u32, trust: &str) -> String {
        let (status, shown) = code_of(&self.server.address, number);
        assert_eq!(status, 200, "{shown}");
        let at = shown["pass"]["issued_at"].as_str().unwrap();
        let verify = ["pass", "verify", "--trust", trust, "--at", at];
        let pass = format!("{}\n", shown["pass"]["text"].as_str().unwrap());
        let verdict: Value = serde_json::from_str(&self.room.run_with(&verify, pass.as_bytes()).out).unwrap();
        verdict["verdict"].as_str().unwrap().to_owned()
    }
}

#[test]
fn a_running_server_signs_with_the_new_key_within_seconds_and_refuses_nobody() {
    let room = Room::new();
    let data = room.path("data").display().to_string();
    let server = Server::start(&["--data".to_owned(), data], &[]);
    let site = Site { room, server };
    site.room.write("before.json", site.run(&["keys", "trust", "--issuer", "330100"]));
    assert_ne!(site.verdict(1, "before.json"), "unknown_key");
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let served = scope.spawn(|| {
            let numbers = (1_000..).take_while(|_| !stop.load(Ordering::Relaxed));
            numbers.map(|number| code_of(&site.server.address, number).0).collect::<Vec<u16>>()
        });
        site.run(&["keys", "rotate", "--purpose", "pass", "--now"]);
        let begun = Instant::now();
        let new_key = |number| site.verdict(number, "before.json") == "unknown_key";
        assert!((10..).take_while(|_| begun.elapsed() < PATIENCE).any(new_key), "the new key signs");
        stop.store(true, Ordering::Relaxed);
        let served = served.join().unwrap();
        assert!(served.len() > 10 && served.iter().all(|status| *status == 200), "{served:?}");
    });
}
