//! `healthcode trace` as its users meet it.
#![allow(clippy::unwrap_used)]

mod common;
use common::Room;

fn room() -> Room {
    let room = Room::new();
    room.write("visits.csv", "person,place,entered_at,left_at\np1,a,0,1000\np2,a,50,960\np3,a,500,1000\n");
    room.write("cases.csv", "person,infectious_from,infectious_until\np1,0,100000\n");
    room
}

const ARGUMENTS: [&str; 9] = [
    "trace",
    "--visits",
    "visits.csv",
    "--cases",
    "cases.csv",
    "--out",
    "out.csv",
    "--policy",
    "place-15min-unbroken",
];

#[test]
fn contacts_come_out() {
    let room = room();
    let ran = room.run(&ARGUMENTS);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert_eq!(
        room.read("out.csv"),
        "case,person,place,first_at,last_at,minutes,level\np1,p2,a,50,960,15,close\n"
    );
    assert_eq!(ran.out, "3 visits, 1 cases: 1 contacts in 1 rows\n");
    let mut arguments = ARGUMENTS;
    arguments[6] = "-";
    let ran = room.run(&arguments);
    assert_eq!(ran.out, room.read("out.csv"), "the summary is not among the rows");
}

#[test]
fn a_bad_row_leaves_no_output() {
    let room = room();
    room.write("visits.csv", "person,place,entered_at,left_at\np1,a,0,1000\np2,a,never,960\n");
    let ran = room.run(&ARGUMENTS);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("visits.csv, line 3, column entered_at"), "{}", ran.err);
    assert_eq!(room.files(), ["cases.csv", "visits.csv"]);
}

#[test]
fn an_unknown_policy_names_those_that_are_known() {
    let mut arguments = ARGUMENTS;
    arguments[8] = "place-1h";
    let ran = room().run(&arguments);
    assert!(ran.status == 2 && ran.err.contains("place-15min-sum-24h"), "{}", ran.err);
}

#[test]
fn a_policy_may_be_a_file() {
    let room = room();
    let text =
        std::fs::read_to_string(common::root().join("policies/place-15min-unbroken/policy.toml")).unwrap();
    room.write("mine.toml", text.replace("900", "60"));
    let mut arguments = ARGUMENTS;
    arguments[8] = "mine.toml";
    let ran = room.run(&arguments);
    assert!(ran.status == 0 && ran.out.contains("2 contacts"), "{}{}", ran.out, ran.err);
    room.write("mine.toml", "name = 5");
    assert_eq!(room.run(&arguments).status, 2);
}

#[test]
fn a_policy_that_is_off_says_why_and_writes_nothing() {
    let room = room();
    let mut arguments = ARGUMENTS;
    arguments[8] = "grid-800m-companion";
    let ran = room.run(&arguments);
    assert!(ran.status == 2 && ran.err.contains("is off: ") && ran.err.contains("drift"), "{}", ran.err);
    assert_eq!(room.files(), ["cases.csv", "visits.csv"]);
}
