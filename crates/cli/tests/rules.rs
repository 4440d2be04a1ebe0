//! `healthcode rules` as its users meet it.
#![allow(clippy::unwrap_used)]

mod common;
use common::{AT, Room, declared, root, rules};

#[test]
fn the_rules_that_come_with_the_platform_have_no_mistake() {
    let ran = Room::new().run(&["rules", "check", &rules()]);
    assert_eq!(ran.status, 0, "{}", ran.out);
    assert!(ran.out.contains("0 mistakes"));
}

#[test]
fn every_mistake_is_told_at_once() {
    let room = Room::new();
    let text = std::fs::read_to_string(root().join("rules/hangzhou-2020-02/rules.toml")).unwrap();
    room.write(
        "bad/rules.toml",
        text.replace("Asia/Shanghai", "Asia/Atlantis").replace("reason = \"Y2\"", "reason = \"Y9\""),
    );
    room.write("bad/cases/broken.toml", "nonsense");
    let ran = room.run(&["rules", "check", "bad"]);
    assert_eq!((ran.status, ran.err.as_str()), (1, ""));
    for word in ["Atlantis", "Y9", "broken.toml", "line 6"] {
        assert!(ran.out.contains(word), "{word:?} in {}", ran.out);
    }
    let json: serde_json::Value =
        serde_json::from_str(&room.run(&["rules", "check", "bad", "--json"]).out).unwrap();
    assert_eq!(json["mistakes"].as_array().unwrap().len(), 3);
}

#[test]
fn a_case_that_the_rules_contradict_is_a_mistake_and_so_is_having_none() {
    let room = Room::new();
    let text = std::fs::read_to_string(root().join("rules/hangzhou-2020-02/rules.toml")).unwrap();
    room.write("set/rules.toml", text);
    let none = room.run(&["rules", "check", "set"]);
    assert!(none.status == 1 && none.out.contains("no cases"), "{}", none.out);
    room.write("set/cases/a.toml", format!("[[expect]]\nat = \"{AT}\"\ncolour = \"green\"\n"));
    let ran = room.run(&["rules", "check", "set"]);
    assert!(ran.status == 1 && ran.out.contains("expected colour green"), "{}", ran.out);
    assert_eq!(room.run(&["rules", "check", "nowhere"]).status, 2);
}

#[test]
fn a_comparison_counts_from_to_overall_and_by_residence() {
    let room = Room::new();
    let text = std::fs::read_to_string(root().join("rules/hangzhou-2020-02/rules.toml")).unwrap();
    // Under the new rules, being unsure is red.
    let start = text.find("[reasons.Y2]").unwrap();
    let stricter = text[..start].to_owned()
        + &text[start..].replacen("yellow", "red", 1).replace("version = 1", "version = 2");
    room.write("new/rules.toml", stricter);
    room.write(
        "e.jsonl",
        declared("p1", "unsure", "330106")
            + &declared("p2", "no", "330106")
            + &declared("p3", "unsure", "330102"),
    );
    let rules = rules();
    let arguments = ["rules", "compare", &rules, "new", "--evidence", "e.jsonl", "--at", AT];
    let ran = room.run(&arguments);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(
        ran.out.contains("2 of 3 people change colour") && ran.out.contains("330106 Xihu"),
        "{}",
        ran.out
    );
    let json = room.run(&[&arguments[..], &["--json"]].concat());
    let report: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(report["changed"], 2);
    assert_eq!(
        report["overall"][1],
        serde_json::json!({"from": "yellow", "to": "red", "people": 2, "examples": ["p1", "p3"]})
    );
    assert_eq!(report["by_region"][0]["name"], "330102");
    assert_eq!(report["by_region"][1]["moves"].as_array().unwrap().len(), 2);
}

#[test]
fn a_code_that_is_dropped_or_means_another_colour_is_a_mistake() {
    let room = Room::new();
    let text = std::fs::read_to_string(root().join("rules/hangzhou-2020-02/rules.toml")).unwrap();
    let (head, of_y2) = text.split_at(text.find("[reasons.Y2]").unwrap());
    let recoloured = head.to_owned() + &of_y2.replacen("yellow", "red", 1);
    room.write(
        "new/rules.toml",
        recoloured.replace("\"R4\"", "\"R5\"").replace("[reasons.R4]", "[reasons.R5]"),
    );
    room.write("new/cases/a.toml", format!("[[expect]]\nat = \"{AT}\"\ncolour = \"pending\"\n"));
    let ran = room.run(&["rules", "check", "new", "--before", &rules()]);
    assert_eq!(ran.status, 1, "{}", ran.err);
    for word in ["R4 of hangzhou-2020-02@1 is dropped", "Y2 was yellow in hangzhou-2020-02@1 and is red here"]
    {
        assert!(ran.out.contains(word), "{word:?} in {}", ran.out);
    }
    assert_eq!(room.run(&["rules", "check", "new"]).status, 0);
}

#[test]
fn a_region_that_is_in_no_table_is_a_mistake_until_a_table_has_it() {
    let room = Room::new();
    let text = std::fs::read_to_string(root().join("rules/hangzhou-2020-02/rules.toml")).unwrap();
    room.write("new/rules.toml", text.replace("\"411500\"", "\"999900\""));
    room.write("new/cases/a.toml", format!("[[expect]]\nat = \"{AT}\"\ncolour = \"pending\"\n"));
    room.write("regions.csv", "code,en,zh,parent,from,until\n999900,Somewhere,某地,,,\n");
    let ran = room.run(&["rules", "check", "new"]);
    assert!(ran.status == 1 && ran.out.contains("region 999900 is in no table"), "{}", ran.out);
    let ran = room.run(&["rules", "check", "new", "--regions", "regions.csv"]);
    assert_eq!(ran.status, 0, "{}{}", ran.out, ran.err);
}

#[test]
fn a_colour_that_nobody_can_leave_is_refused_by_every_command() {
    let room = Room::new();
    let text = std::fs::read_to_string(root().join("rules/hangzhou-2020-02/rules.toml")).unwrap();
    room.write(
        "new/rules.toml",
        text.replace("release = [[{ daily_reports = 14 }]]", "release = [[{ days = 300 }]]"),
    );
    room.write("e.jsonl", declared("p1", "no", "330106"));
    let decided = room.run(&["decide", "--rules", "new", "--evidence", "e.jsonl", "--at", AT]);
    assert!(decided.status == 2 && decided.err.contains("nobody leaves R2"), "{}", decided.err);
    assert_eq!(decided.out, "");
    assert_eq!(room.run(&["rules", "check", "new"]).status, 1);
}
