//! `healthcode decide` as its users meet it.
#![allow(clippy::unwrap_used)]

mod common;
use common::{AT, Ran, Room, declared, rules};

fn decide(room: &Room, evidence: &str, more: &[&str]) -> Ran {
    room.write("evidence.jsonl", evidence);
    let rules = rules();
    let mut arguments = vec!["decide", "--rules", &rules, "--evidence", "evidence.jsonl"];
    if !more.contains(&"--at") {
        arguments.extend(["--at", AT]);
    }
    arguments.extend(more);
    room.run(&arguments)
}

fn refused(evidence: &str, more: &[&str], words: &[&str]) {
    let room = Room::new();
    let ran = decide(&room, evidence, more);
    assert_eq!(ran.status, 2, "{}", ran.err);
    assert_eq!(ran.out, "", "nothing is printed");
    for word in words {
        assert!(ran.err.contains(word), "{word:?} in {}", ran.err);
    }
    assert_eq!(
        room.files().iter().filter(|name| name.starts_with('.')).count(),
        0,
        "no temporary file is left"
    );
}

#[test]
fn one_decision_a_person_comes_out_ordered_by_person_whatever_the_order_of_the_lines() {
    let room = Room::new();
    let lines = declared("p2", "no", "330106")
        + "\n"
        + &declared("p10", "yes", "330106")
        + &declared("甲", "unsure", "330106");
    let ran = decide(&room, &lines, &[]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let rows: Vec<serde_json::Value> =
        ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let seen: Vec<_> = rows.iter().map(|row| format!("{} {}", row["person"], row["colour"])).collect();
    assert_eq!(seen, [r#""p10" "red""#, r#""p2" "green""#, r#""甲" "yellow""#]);
    let mut turned: Vec<_> = lines.lines().rev().collect();
    turned.push("   ");
    assert_eq!(decide(&room, &turned.join("\r\n"), &[]).out, ran.out);
    assert_eq!(
        room.run_with(&["decide", "--rules", &rules(), "--evidence", "-", "--at", AT], lines.as_bytes()).out,
        ran.out
    );
}

#[test]
fn the_same_id_with_the_same_content_is_one_record() {
    let room = Room::new();
    let once = declared("p1", "no", "330106");
    let spaced = once.replace("\"data\":", "\"data\" : ");
    assert_eq!(decide(&room, &(once.clone() + &spaced), &[]).out, decide(&room, &once, &[]).out);
}

#[test]
fn the_same_id_with_other_content_is_refused_also_for_another_person() {
    let once = declared("p1", "no", "330106");
    refused(&(once.clone() + &once.replace("\"no\"", "\"yes\"")), &[], &["line 3", "d-p1", "line 1"]);
    let other = once.replace("\"person\":\"p1\"", "\"person\":\"p2\"");
    refused(&(once + &other), &[], &["with other content"]);
}

#[test]
fn a_bad_line_names_file_line_and_place() {
    let good = declared("p1", "no", "330106");
    refused(&(good.clone() + "{\"id\":\"x\"\n"), &[], &["evidence.jsonl, line 3", "column"]);
    refused(&good.replace("\"contact\"", "\"contakt\""), &[], &["line 1", "field data", "contakt"]);
    refused(
        &good.replace("\"source\":\"self\"", "\"source\":\"self\",\"source\":\"self\""),
        &[],
        &["line 1", "source"],
    );
    refused(&good.replace("\"of\":\"d-p1\"", "\"of\":\"d-p9\""), &[], &["line 2", "d-p9"]);
    refused(&(good + "\u{FEFF}"), &[], &["line 3"]);
}

#[test]
fn outside_its_dates_a_rule_set_is_not_in_force() {
    let at = "2021-01-01T00:00:00+08:00";
    let dates = ["not in force at 2021-01-01T00:00:00+08:00", "2020-02-11", "2020-06-30"];
    refused(&declared("p1", "no", "330106"), &["--at", at], &dates);
}

#[test]
fn little_memory_gives_the_same_answer_and_leaves_no_file() {
    let room = Room::new();
    let lines: String = (0..2_000).map(|n| declared(&format!("p{n}"), "no", "330106")).collect();
    let all = decide(&room, &lines, &[]);
    let little = decide(&room, &lines, &["--memory", "64KiB"]);
    assert_eq!((little.status, little.out.lines().count()), (0, 2_000), "{}", little.err);
    assert!(little.out == all.out);
    assert_eq!(room.files(), ["evidence.jsonl"]);
    refused(&(lines + "x\n"), &["--memory", "64KiB"], &["line 4001"]);
    refused("", &["--memory", "lots"], &["64MiB"]);
}

#[test]
fn with_a_region_file_an_unknown_region_is_refused() {
    let room = Room::new();
    let lines = declared("p1", "no", "990101");
    assert_eq!(decide(&room, &lines, &[]).status, 0, "without the file codes are not looked up");
    room.write("regions.csv", "code,en,zh,parent,from,until\n990000,New,新,CN,,\n990101,Near,近,990000,,\n");
    let known = decide(&room, &lines, &["--regions", "regions.csv"]);
    assert_eq!(known.status, 0, "{}", known.err);
    let unknown = decide(&room, &declared("p1", "no", "990102"), &["--regions", "regions.csv"]);
    assert_eq!((unknown.status, unknown.out.as_str()), (2, ""));
    assert!(unknown.err.contains("data.residence") && unknown.err.contains("990102"), "{}", unknown.err);
    room.write("regions.csv", "code,en,zh,parent,from,until\n99,New,新,CN,,\n990101,,近,,,\n");
    let bad = decide(&room, &lines, &["--regions", "regions.csv"]);
    assert!(bad.status == 2 && bad.err.contains("line 2") && bad.err.contains("line 3"), "{}", bad.err);
}

#[test]
fn a_decision_is_explained_in_both_languages() {
    let room = Room::new();
    let lines = declared("p1", "yes", "330106");
    let english = decide(&room, &lines, &["--explain", "en"]).out;
    for word in [
        "p1: red",
        "R3",
        "since: 2020-02-11",
        "next change: ",
        "days in a row with a normal report 0 of 14",
        "isolate",
        "d-p1, said by the person",
    ] {
        assert!(english.contains(word), "{word:?} in {english}");
    }
    let chinese = decide(&room, &lines, &["--explain", "zh"]).out;
    assert!(chinese.contains("红码") && chinese.contains("本人申报"), "{chinese}");
    assert!(decide(&room, &lines, &["--explain", "zh", "--json"]).out.starts_with('{'));
}

#[test]
fn nobody_gives_no_decision() {
    let ran = decide(&Room::new(), "\n\n", &[]);
    assert_eq!((ran.status, ran.out.as_str()), (0, ""));
}

#[test]
fn a_missing_file_is_named() {
    let room = Room::new();
    let ran = room.run(&["decide", "--rules", &rules(), "--evidence", "nowhere.jsonl", "--at", AT]);
    assert!(ran.status == 2 && ran.err.contains("nowhere.jsonl"), "{}", ran.err);
    let ran = room.run(&["decide", "--rules", "nowhere", "--evidence", "-", "--at", AT]);
    assert!(ran.status == 2 && ran.err.contains("rules.toml"), "{}", ran.err);
}

#[test]
fn every_command_has_help_with_an_example() {
    let room = Room::new();
    let commands: [&[&str]; 8] = [
        &[],
        &["decide"],
        &["replay"],
        &["rules", "check"],
        &["rules", "compare"],
        &["import"],
        &["trace"],
        &["pass", "verify"],
    ];
    for command in commands {
        let ran = room.run(&[command, &["--help"]].concat());
        assert!(ran.status == 0 && ran.out.contains("Example:\n  healthcode"), "{command:?}: {}", ran.out);
    }
    assert_eq!(room.run(&["decide", "--nonsense"]).status, 2);
}
