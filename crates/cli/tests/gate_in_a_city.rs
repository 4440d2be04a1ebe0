//! A turnstile in a small real city: phones with keys of their own, the server with its tables, and the plug pulled.
#![allow(clippy::unwrap_used)]

mod common;

use common::Room;
use healthcode_core::time::Instant;
use healthcode_server::clock::Clock;
use healthcode_server::jobs::bundle;
use healthcode_server::jobs::status::Publisher;
use healthcode_testkit::cast::{self, CastMember};
use healthcode_testkit::world::{Phone, Setting, World};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};

/// A city whose clock reads a little less than the machine's, which the gate reads: so there is a minute to go on.
async fn city() -> World {
    let world = World::new(Setting { rules: false, ..Setting::default() }).await;
    let behind = now().seconds() - world.now().seconds() - 65;
    world.forward(u32::try_from(behind).expect("the machine's clock is set to 2026-03 or later"));
    world.adopt(-30, 200).await;
    bundle::publish(&world.app).await.unwrap();
    world
}

async fn phone(world: &World, who: &CastMember) -> Phone {
    let caller = world.declared(who).await;
    let mut phone = Phone::enrol(world, &caller).await;
    phone.fetch(world, 4).await;
    phone
}

/// Runs the gate once over these codes; what it says of each.
fn gate(room: &Room, words: &[&str], codes: &[String]) -> Vec<(Value, Value, Value)> {
    let words = [&["gate", "--data", "gate", "--once"], words].concat();
    let ran = room.run_with(&words, (codes.join("\n") + "\n").as_bytes());
    assert_eq!(ran.status, 0, "{}{}", ran.out, ran.err);
    let of = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        (line["verdict"].clone(), line["colour"].clone(), line["action"].clone())
    };
    ran.out.lines().map(of).collect()
}

fn now() -> Instant {
    Clock::system().now()
}

async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_server_the_gate_lets_green_pass_stops_red_and_every_scan_arrives_once() {
    let world = city().await;
    let mut publisher = Publisher::new(world.now());
    let (alice, bob) = (phone(&world, &cast::alice()).await, phone(&world, &cast::bob()).await);
    publisher.round(&world.app).await.unwrap();
    let (address, server) = world.plugged_in(SocketAddr::from(([127, 0, 0, 1], 0))).await;
    let link =
        format!("http://{address}/sign-in#{}", world.checker_link(&world.point("turnstile").await).await);
    let room = std::sync::Arc::new(Room::new());
    let run = async |words: &[&str], codes: Vec<String>| {
        let room = room.clone();
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        on_a_thread(move || gate(&room, &words.iter().map(String::as_str).collect::<Vec<_>>(), &codes)).await
    };
    let green = ("valid".into(), "green".into(), "pass".into());
    let red = ("valid".into(), "red".into(), "stop".into());
    let said = run(&["--sign-in", &link], vec![alice.shows(now()), bob.shows(now())]).await;
    assert_eq!(said, [green.clone(), green.clone()]);
    // Bob turns red, the next file says so, and then the plug is pulled.
    world.confirm(&world.person(&bob.caller).await).await;
    world.forward(61);
    publisher.round(&world.app).await.unwrap();
    run(&[], vec![]).await;
    server.abort();
    let _ = server.await;
    let screenshot = alice.shows(now().plus_seconds(-120));
    let said = run(&[], vec![alice.shows(now()), bob.shows(now()), screenshot]).await;
    assert_eq!(said[..2], [green, red]);
    assert_eq!((&said[2].0, &said[2].2), (&"expired".into(), &"ask".into()));
    // And plugged in again.
    let (_, server) = world.plugged_in(address).await;
    run(&[], vec![]).await;
    run(&[], vec![]).await;
    server.abort();
    let officer = world.officer().await;
    let visits = async |phone: &Phone| {
        let person = world.person(&phone.caller).await;
        let seen = world.read(&officer, &format!("/api/v1/people/{person}?purpose=case")).await.done();
        seen["visits"].as_array().unwrap().len()
    };
    assert_eq!((visits(&alice).await, visits(&bob).await), (2, 2), "two scans of each, each once");
}

/// A gate that runs; ended when dropped.
struct Running(Child, BufReader<ChildStdout>);

impl Running {
    fn start(room: &Room) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_healthcode"));
        command.args(["gate", "--data", "gate"]).current_dir(room.path("")).stderr(Stdio::null());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self(child, out)
    }

    /// What it does about a code.
    fn action(&mut self, code: &str) -> String {
        writeln!(self.0.stdin.as_mut().unwrap(), "{code}").unwrap();
        let mut line = String::new();
        self.1.read_line(&mut line).unwrap();
        serde_json::from_str::<Value>(&line).unwrap()["action"].as_str().unwrap().to_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connected_gate_hears_at_once_of_whoever_turns_red() {
    let world = city().await;
    let mut publisher = Publisher::new(world.now());
    let bob = phone(&world, &cast::bob()).await;
    publisher.round(&world.app).await.unwrap();
    let (address, server) = world.plugged_in(SocketAddr::from(([127, 0, 0, 1], 0))).await;
    let link = world.checker_link(&world.point("turnstile").await).await;
    let link = format!("http://{address}/sign-in#{link}");
    let room = std::sync::Arc::new(Room::new());
    let entered = room.clone();
    on_a_thread(move || gate(&entered, &["--sign-in", &link], &[])).await;
    let mut running = Running::start(&room);
    assert_eq!(running.action(&bob.shows(now())), "pass");
    while world.app.gates_connected() == 0 {
        tokio::task::yield_now().await;
    }
    world.confirm(&world.person(&bob.caller).await).await;
    publisher.round(&world.app).await.unwrap();
    // A guard against a gate that hears nothing: no delta is published, so that only the urgent file can tell it.
    let guard = std::time::Instant::now();
    while running.action(&bob.shows(now())) != "stop" {
        assert!(guard.elapsed().as_secs() < 20, "the gate heard nothing");
    }
    server.abort();
}
