//! `healthcode gate` as a turnstile meets it: with the server, without it, and after the power failed.
#![allow(clippy::unwrap_used)]

mod common;
mod stand_in;

use common::{Ran, Room};
use serde_json::Value;
use stand_in::StandIn;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

fn run(room: &Room, words: &[&str], codes: &[String]) -> Ran {
    let words = [&["gate", "--data", "gate", "--once"], words].concat();
    let ran = room.run_with(&words, (codes.join("\n") + "\n").as_bytes());
    assert_eq!(ran.status, 0, "{}{}", ran.out, ran.err);
    ran
}

fn lines(ran: &Ran) -> Vec<Value> {
    ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn said(ran: &Ran) -> Vec<(String, String)> {
    let word = |line: &Value, field: &str| line[field].as_str().unwrap_or_default().to_owned();
    lines(ran).iter().map(|line| (word(line, "verdict"), word(line, "action"))).collect()
}

fn pairs(words: &[(&str, &str)]) -> Vec<(String, String)> {
    words.iter().map(|(verdict, action)| ((*verdict).to_owned(), (*action).to_owned())).collect()
}

#[test]
fn a_gate_enrols_follows_and_tells_the_lamp() {
    let (room, server) = (Room::new(), StandIn::new());
    server.turn_red(7);
    let codes =
        [server.shown(0, 5), server.token(2), server.token(7), server.forged(), "nonsense".to_owned()];
    let ran = run(&room, &["--sign-in", &server.link(), "--relay", "lamp", "--explain", "en"], &codes);
    assert!(ran.err.contains(&server.fingerprint()), "{}", ran.err);
    let forged = said(&ran)[3].clone();
    assert!(["bad_signature", "malformed"].contains(&forged.0.as_str()) && forged.1 != "pass", "{forged:?}");
    let mut others = said(&ran);
    others.remove(3);
    assert_eq!(
        others,
        pairs(&[("valid", "pass"), ("valid", "stop"), ("valid", "stop"), ("malformed", "ask")])
    );
    let first = &lines(&ran)[0];
    assert_eq!(
        (&first["line"], &first["profile"], &first["issuer"]),
        (&1.into(), &"healthcode".into(), &"330100".into())
    );
    assert_eq!((&first["colour"], &first["text"]), (&"green".into(), &"Green: let pass.".into()));
    assert!(first["ages"]["colours"].as_i64().unwrap() < 60 && first["claims"]["kid"].is_string());
    let lamp = room.read("lamp");
    assert!(lamp.starts_with("pass\nstop\nstop\n") && lamp.ends_with("ask\n"), "{lamp}");
    assert_eq!(server.codes(), codes[..3], "refused codes are nobody's and are not kept");
}

#[test]
fn the_plug_is_pulled_and_every_scan_arrives_once_when_it_is_back() {
    let (room, server) = (Room::new(), StandIn::new());
    run(&room, &["--sign-in", &server.link()], &[]);
    server.turn_red(9);
    run(&room, &[], &[]);
    server.unplug();
    let codes =
        [server.shown(1, 0), server.shown(9, 0), server.shown(1, 95), server.shown(2, 5), server.paper()];
    let ran = run(&room, &[], &codes);
    let alone = [
        ("valid", "pass"),
        ("valid", "stop"),
        ("expired", "ask"),
        ("valid", "stop"),
        ("cannot_decide", "ask"),
    ];
    assert_eq!(said(&ran), pairs(&alone), "{}", ran.err);
    assert_eq!(lines(&ran)[4]["compare"]["masked_name"], "张**");
    assert!(ran.err.contains("decides by what it holds"), "{}", ran.err);
    let wanted = [0, 1, 3, 4].map(|place: usize| codes[place].clone());
    let server = server.plugged_in();
    server.said.lock().unwrap().loses_answers = true;
    assert!(run(&room, &[], &[]).err.contains("4 scans wait"));
    server.said.lock().unwrap().loses_answers = false;
    run(&room, &[], &[]);
    assert_eq!(server.codes(), wanted, "in order, and with the ids of the first delivery");
    let told = server.said.lock().unwrap().delivered.len();
    run(&room, &[], &[]);
    assert_eq!(server.said.lock().unwrap().delivered.len(), told, "what is delivered is not delivered again");
}

#[test]
fn paper_is_asked_about_while_the_server_answers() {
    let (room, server) = (Room::new(), StandIn::new());
    let ran = run(&room, &["--sign-in", &server.link()], &[server.paper()]);
    assert_eq!(said(&ran), pairs(&[("valid", "stop")]));
    let line = &lines(&ran)[0];
    assert_eq!((&line["colour"], &line["asked"]), (&"yellow".into(), &true.into()));
    assert!(line.get("reason").is_none());
    assert!(server.codes().is_empty(), "the server has recorded it");
}

#[test]
fn a_gate_that_misses_a_file_goes_on_with_what_it_has_and_takes_the_next_snapshot() {
    let (room, server) = (Room::new(), StandIn::new());
    run(&room, &["--sign-in", &server.link()], &[]);
    (10..14).for_each(|index| server.turn_red(index));
    server.said.lock().unwrap().files.remove("delta/3");
    let ran = run(&room, &[], &[server.token(10), server.token(13)]);
    assert!(ran.err.contains("decides by what it holds"), "{}", ran.err);
    assert_eq!(said(&ran), pairs(&[("valid", "stop"), ("valid", "pass")]), "as far as it came");
    server.publish(vec![2, 10, 11, 12, 13]);
    server.turn_red(14);
    let ran = run(&room, &[], &[server.token(13), server.token(14), server.token(15)]);
    assert_eq!(said(&ran), pairs(&[("valid", "stop"), ("valid", "stop"), ("valid", "pass")]), "{}", ran.err);
    server.unplug();
    let ran = run(&room, &[], &[server.token(13), server.token(14), server.token(15)]);
    assert_eq!(said(&ran), pairs(&[("valid", "stop"), ("valid", "stop"), ("valid", "pass")]), "{}", ran.err);
}

#[test]
fn many_deltas_are_kept_as_one_snapshot() {
    let (room, server) = (Room::new(), StandIn::new());
    run(&room, &["--sign-in", &server.link()], &[]);
    let files = || std::fs::read_dir(room.path("gate/status")).unwrap().count();
    for round in 0..2 {
        (0..70).for_each(|index| server.turn_red(100 + round * 70 + index));
        run(&room, &[], &[]);
    }
    assert_eq!(files(), 141);
    server.publish([2].into_iter().chain(100..240).collect());
    server.turn_red(300);
    run(&room, &[], &[]);
    assert_eq!(files(), 2, "a snapshot and the delta after it");
    server.unplug();
    let codes = [100, 239, 300, 240].map(|index| server.token(index));
    let said = said(&run(&room, &[], &codes));
    assert_eq!(said, pairs(&[("valid", "stop"), ("valid", "stop"), ("valid", "stop"), ("valid", "pass")]));
}

#[test]
fn an_older_bundle_and_an_ended_session_change_nothing_but_what_is_told() {
    let (room, server) = (Room::new(), StandIn::new());
    server.said.lock().unwrap().version = 2;
    run(&room, &["--sign-in", &server.link()], &[]);
    server.said.lock().unwrap().version = 1;
    let ran = run(&room, &[], &[server.token(0)]);
    assert!(ran.err.contains("bundle_rollback"), "{}", ran.err);
    assert_eq!(said(&ran), pairs(&[("valid", "pass")]));
    let mut told = server.said.lock().unwrap();
    (told.version, told.session_ended) = (3, true);
    drop(told);
    let ran = run(&room, &[], &[server.token(0)]);
    assert!(ran.err.contains("--sign-in") && said(&ran) == pairs(&[("valid", "pass")]), "{}", ran.err);
    run(&room, &["--sign-in", &server.link()], &[]);
    assert_eq!(server.codes().len(), 2, "scans wait until somebody signs in again");
}

#[test]
fn one_scan_that_is_refused_does_not_hold_up_the_others() {
    let (room, server) = (Room::new(), StandIn::new());
    run(&room, &["--sign-in", &server.link()], &[]);
    let codes: Vec<_> = (20..25).map(|index| server.token(index)).collect();
    server.said.lock().unwrap().refuses.push(codes[2].clone());
    assert!(run(&room, &[], &codes).err.contains("put aside"));
    let others = [0, 1, 3, 4].map(|place: usize| codes[place].clone());
    assert_eq!(server.codes(), others);
    let aside = std::fs::read_dir(room.path("gate")).unwrap().filter_map(Result::ok);
    assert_eq!(aside.filter(|entry| entry.file_name().to_string_lossy().starts_with("refused-")).count(), 1);
}

#[test]
fn what_is_not_enrolled_or_of_other_roots_does_not_begin() {
    let (room, server) = (Room::new(), StandIn::new());
    let ran = room.run(&["gate", "--data", "gate", "--once"]);
    assert!(ran.status == 2 && ran.err.contains("--sign-in"), "{}", ran.err);
    let roots = "0".repeat(64);
    let ran = room.run(&["gate", "--data", "gate", "--once", "--sign-in", &server.link(), "--roots", &roots]);
    assert!(ran.status == 2 && ran.err.contains("fingerprint"), "{}", ran.err);
    let link = format!("{}/sign-in#other", server.url());
    let ran = room.run(&["gate", "--data", "gate", "--once", "--sign-in", &link]);
    assert!(ran.status == 2 && ran.err.contains("link_used"), "{}", ran.err);
    let enrol = ["--sign-in", "secret", "--url", &server.url(), "--roots"];
    run(&room, &[&enrol[..], &[&server.fingerprint()]].concat(), &[]);
    let ran = room.run(&[&["gate", "--data", "gate", "--once"], &enrol[..], &[&roots]].concat());
    assert!(
        ran.status == 2 && ran.err.contains("fingerprint"),
        "also when it is enrolled again: {}",
        ran.err
    );
}

#[test]
fn the_folder_is_only_for_its_owner_and_holds_no_code_in_the_clear() {
    use std::os::unix::fs::PermissionsExt;
    let (room, server) = (Room::new(), StandIn::new());
    run(&room, &["--sign-in", &server.link()], &[]);
    server.unplug();
    let code = server.token(1);
    run(&room, &[], std::slice::from_ref(&code));
    for name in ["gate.json", "key", "scans"] {
        let path = room.path("gate").join(name);
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(40).any(|window| window == &code.as_bytes()[..40]), "{name}");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
    assert_eq!(std::fs::metadata(room.path("gate")).unwrap().permissions().mode() & 0o777, 0o700);
}

fn start(room: &Room) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_healthcode"))
        .args(["gate", "--data", "gate"])
        .current_dir(room.path(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    (child, out)
}

#[test]
fn two_gates_do_not_share_a_folder() {
    let (room, server) = (Room::new(), StandIn::new());
    run(&room, &["--sign-in", &server.link()], &[]);
    let (mut child, mut out) = start(&room);
    let mut input = child.stdin.take().unwrap();
    writeln!(input, "nonsense").unwrap();
    out.read_line(&mut String::new()).unwrap();
    let second = room.run(&["gate", "--data", "gate", "--once"]);
    assert!(second.status == 2 && second.err.contains("another gate runs"), "{}", second.err);
    drop(input);
    assert!(child.wait().unwrap().success(), "it ends when the scanner does");
    run(&room, &[], &[]);
}

#[test]
fn a_gate_that_is_killed_loses_nothing_that_it_has_told() {
    let (room, server) = (Room::new(), StandIn::new());
    run(&room, &["--sign-in", &server.link()], &[]);
    server.unplug();
    let mut told = Vec::new();
    for round in 0..4 {
        let (mut child, mut out) = start(&room);
        let mut input = child.stdin.take().unwrap();
        for index in 0..5 + round {
            let code = server.token(100 + round * 10 + index);
            writeln!(input, "{code}").unwrap();
            let mut line = String::new();
            out.read_line(&mut line).unwrap();
            let line: Value = serde_json::from_str(&line).unwrap();
            assert_eq!((&line["verdict"], &line["action"]), (&"valid".into(), &"pass".into()));
            told.push(code);
        }
        // More are on their way: whether they are kept or not, nothing was told of them.
        let unheard: Vec<_> = (0..20).map(|index| server.token(500 + index)).collect();
        let _ = input.write_all((unheard.join("\n") + "\n").as_bytes());
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let server = server.plugged_in();
    run(&room, &[], &[]);
    let came = server.codes();
    let heard: Vec<_> = came.iter().filter(|code| told.contains(code)).cloned().collect();
    assert_eq!(heard, told, "every scan that was told, once and in order");
}
