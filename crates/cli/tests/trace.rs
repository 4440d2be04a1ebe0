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

#[test]
fn seats_and_contacts_of_contacts_come_out_and_the_second_ring_can_be_left_out() {
    let room = room();
    let visits = "person,place,entered_at,left_at,kind,seat\n\
        p1,CA1,0,1000,aircraft,r20/A\np2,CA1,0,1000,aircraft,r17/B\np3,CA1,0,1000,aircraft,r16/B\n\
        p2,b,2000,2900,,\np4,b,2000,2900,,\n";
    room.write("visits.csv", visits);
    let mut arguments = ARGUMENTS.to_vec();
    arguments[8] = "china-protocol-9";
    let ran = room.run(&arguments);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let first = ["p1,p2,CA1,0,1000,16,close", "p1,p3,CA1,0,1000,16,general"];
    let (ring, header) = (
        ["p1,p3,CA1,0,1000,16,secondary,p2", "p1,p4,b,2000,2900,15,secondary,p2"],
        "case,person,place,first_at,last_at,minutes,level",
    );
    assert_eq!(
        room.read("out.csv"),
        format!("{header},via\n{},\n{},\n{}\n{}\n", first[0], first[1], ring[0], ring[1])
    );
    arguments.push("--first-ring");
    assert_eq!(room.run(&arguments).status, 0);
    assert_eq!(room.read("out.csv"), format!("{header}\n{}\n{}\n", first[0], first[1]));
}

#[test]
fn a_faulty_seat_is_told_by_line_and_column() {
    let room = room();
    room.write("visits.csv", "person,place,entered_at,left_at,seat\np1,a,0,1000,r1/A\np2,a,50,960,12A\n");
    let ran = room.run(&ARGUMENTS);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("visits.csv, line 3, column seat: \"12A\" is no seat; write"), "{}", ran.err);
}

#[test]
fn what_presets_leave_to_an_officer_caps_nothing_here_and_a_cap_names_the_ring() {
    let room = room();
    let mut visits = String::from("person,place,entered_at,left_at\np1,a,0,1000\n");
    (0..300).for_each(|n| visits += &format!("q{n},a,0,1000\n"));
    visits += "q0,b,2000,3000\n";
    (0..3).for_each(|n| visits += &format!("r{n},b,2000,3000\n"));
    room.write("visits.csv", visits);
    let mut arguments = ARGUMENTS.to_vec();
    arguments[8] = "place-15min-sum-24h";
    let ran = room.run(&arguments);
    assert_eq!((ran.status, ran.out.as_str()), (0, "305 visits, 1 cases: 300 contacts in 300 rows\n"));
    arguments[8] = "china-protocol-9";
    arguments.extend(["--cap", "2"]);
    assert!(room.run(&arguments).out.contains("case p1, place a, 300 people\n"));
    arguments[10] = "300";
    arguments.push("--json");
    let ran = room.run(&arguments);
    assert!(ran.out.contains("\"capped\":[]"), "{}", ran.out);
    room.write("visits.csv", "person,place,entered_at,left_at\np1,a,0,1000\nq0,a,0,1000\nq0,b,2000,3000\nr0,b,2000,3000\nr1,b,2000,3000\n");
    arguments[10] = "1";
    let ran = room.run(&arguments);
    assert!(ran.out.contains(r#"{"case":"p1","people":2,"place":"b","second_ring":true}"#), "{}", ran.out);
}
