//! `keys`, `store`, `rules adopt` and `doctor` as their users meet them.
#![allow(clippy::unwrap_used)]

mod common;
use common::Room;
use common::installation::{Installation, now};
use healthcode_core::region::Region;
use healthcode_core::time::Day;
use healthcode_credential::bearer::{Bearer, StatusReference};
use healthcode_credential::claims::Claims;
use healthcode_credential::issue;
use healthcode_credential::trust::Purpose;
use healthcode_server::keys::{KeyAccess, Keys};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

on_both! {
    doctor_says_that_no_rules_are_in_force_until_a_preset_is_adopted
    dates_that_overlap_an_adopted_rule_set_are_refused
    a_backup_restored_elsewhere_reads_back_the_same
    a_backup_goes_through_a_pipe_and_into_an_empty_database_only
}

fn findings(site: &Installation) -> (i32, Vec<Value>) {
    let ran = site.run(&["doctor", "--json"]);
    (ran.status, ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn about<'a>(findings: &'a [Value], what: &str) -> &'a Value {
    findings.iter().find(|finding| finding["what"] == what).unwrap()
}

async fn doctor_says_that_no_rules_are_in_force_until_a_preset_is_adopted(site: &Installation) {
    let (status, before) = findings(site);
    assert_eq!((status, &about(&before, "rules")["state"]), (1, &"wrong".into()), "{before:?}");
    assert!(about(&before, "rules")["do_this"].as_str().unwrap().contains("healthcode rules adopt"));
    site.adopt_rules();
    let (status, after) = findings(site);
    assert_eq!(about(&after, "rules")["state"], "well", "{after:?}");
    // A build for development may be without the pages, which doctor rightly finds wrong.
    let wrong: Vec<_> = after.iter().filter(|f| f["state"] == "wrong" && f["what"] != "pages").collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    assert_eq!(status, i32::from(about(&after, "pages")["state"] == "wrong"));
    let words = site.run(&["doctor"]);
    assert_eq!(words.status, status);
    assert!(words.out.contains("well   rules"), "{}", words.out);
}

async fn dates_that_overlap_an_adopted_rule_set_are_refused(site: &Installation) {
    site.adopt("2026-01-01T00:00:00+08:00", "2026-06-01T00:00:00+08:00");
    let adopt = |name: &str, authority: &str, from: &str, until: &str| {
        site.run(&["rules", "adopt", name, "--authority", authority, "--from", from, "--until", until])
    };
    let (may, june, july) =
        ("2026-05-31T23:59:59+08:00", "2026-06-01T00:00:00+08:00", "2026-07-01T00:00:00+08:00");
    let overlap = adopt("hangzhou-2020-02", "330100", may, july);
    assert_eq!((overlap.status, overlap.out.as_str()), (2, ""));
    assert!(
        overlap.err.contains("overlaps") && overlap.err.contains("2026-06-01T00:00:00"),
        "{}",
        overlap.err
    );
    let unknown = adopt("atlantis", "330100", june, july);
    assert!(unknown.status == 2 && unknown.err.contains("hangzhou-2020-02"), "{}", unknown.err);
    let nowhere = adopt("hangzhou-2020-02", "999999", june, july);
    assert!(nowhere.status == 2 && nowhere.err.contains("--authority"), "{}", nowhere.err);
    let backwards = adopt("hangzhou-2020-02", "330100", july, june);
    assert!(backwards.status == 2 && backwards.err.contains("--until"), "{}", backwards.err);
    let next = adopt("hangzhou-2020-02", "330100", june, july);
    assert_eq!(next.status, 0, "the end is not included: {}", next.err);
}

const PEOPLE: &str =
    "name,document,phone,residence\nAnn,AB100001,13800000001,330106\nBen,AB100002,13800000002,330106\n";

async fn a_backup_restored_elsewhere_reads_back_the_same(site: &Installation) {
    site.adopt_rules();
    site.import("people", PEOPLE, &[]);
    site.import("linelist", "case,document,confirmed_on\n1,AB100001,2026-03-02\n", &[]);
    site.done(&["store", "backup", "--out", "city.backup"], &[]);
    let backup = site.room.read("city.backup");
    for personal in ["Ann", "AB100001", "13800000001"] {
        assert!(!backup.contains(personal), "{personal} is sealed");
    }
    let elsewhere = ["--database", "sqlite:elsewhere.sqlite", "--data", "data"];
    site.done(&["store", "restore", "--from", "city.backup"], &elsewhere);
    let check = site.done(&["store", "check"], &elsewhere);
    assert!(check.contains("everything reads back"), "{check}");
    site.done(&["store", "backup", "--out", "again.backup"], &elsewhere);
    let sorted = |text: &str| {
        // The last line says how much there is, and of which bytes: the order of rows is each engine's own.
        let mut lines: Vec<_> =
            text.lines().filter(|line| !line.contains("sha256")).map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&site.room.read("again.backup")), sorted(&backup));
    let twice = site.room.run(&[&["store", "restore", "--from", "city.backup"], &elsewhere[..]].concat());
    assert!(twice.status == 2 && twice.err.contains("not empty"), "{}", twice.err);
}

async fn a_backup_goes_through_a_pipe_and_into_an_empty_database_only(site: &Installation) {
    site.import("people", PEOPLE, &[]);
    let backup = site.run(&["store", "backup", "--out", "-"]);
    assert_eq!(backup.status, 0, "{}", backup.err);
    assert!(backup.out.starts_with("{\"format\":\"healthcode-backup/2\"") && backup.err.contains("rows"));
    assert!(backup.out.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    let elsewhere = ["--database", "sqlite:elsewhere.sqlite", "--data", "data"];
    let restore = [&["store", "restore", "--from", "-"], &elsewhere[..]].concat();
    let cut: String =
        backup.out.lines().take(3).map(|line| format!("{line}\n")).collect::<String>() + "{\"table\"";
    let damaged = site.room.run_with(&restore, cut.as_bytes());
    assert!(damaged.status == 2 && damaged.err.contains("line 4"), "{}", damaged.err);
    let restored = site.room.run_with(&restore, backup.out.as_bytes());
    assert_eq!(restored.status, 0, "nothing of the damaged one was stored: {}", restored.err);
    let foreign = ["--database", "sqlite:elsewhere.sqlite", "--data", "other"];
    site.done(&["keys", "make"], &["--data", "other"]);
    let check = site.room.run(&[&["store", "check"], &foreign[..]].concat());
    assert_eq!(check.status, 1, "with another key nothing opens: {}", check.out);
    assert!(check.out.contains("does not open with this key") && !check.out.contains("Ann"), "{}", check.out);
}

#[test]
fn a_mistyped_folder_is_not_taken_for_an_empty_installation() {
    let room = Room::new();
    for arguments in
        [&["store", "backup", "--out", "b"][..], &["store", "check"], &["keys", "list"], &["keys", "rotate"]]
    {
        let ran = room.run(&[arguments, &["--data", "tpyo"]].concat());
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{arguments:?}");
        assert!(ran.err.contains("there is no key file tpyo/keys.json"), "{}", ran.err);
    }
    assert_eq!(room.run(&["doctor", "--data", "tpyo"]).status, 1);
    assert!(room.files().is_empty(), "{:?}", room.files());
}

#[test]
fn a_database_that_cannot_be_reached_is_wrong_and_a_url_of_nothing_is_named() {
    let room = Room::new();
    room.run(&["keys", "make"]);
    let ran = room.run(&["doctor", "--database", "mysql://root:secret@localhost/x"]);
    assert_eq!(ran.status, 1, "{}", ran.err);
    assert!(ran.out.contains("WRONG  database") && ran.out.contains("postgres://"), "{}", ran.out);
    assert!(!ran.out.contains("secret"));
}

/// Key ids with their purposes and states, as listed.
fn listed(text: &str) -> Vec<(String, String)> {
    let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    rows.map(|row| (word(&row["kid"]), format!("{} {}", word(&row["purpose"]), word(&row["state"]))))
        .collect()
}

fn states(listed: &[(String, String)]) -> Vec<&str> {
    listed.iter().map(|(_, state)| state.as_str()).collect()
}

#[test]
fn a_key_file_is_made_once_and_never_overwritten() {
    let room = Room::new();
    assert_eq!(room.run(&["keys", "make", "--data", "d"]).status, 0);
    let before = room.read("d/keys.json");
    let again = room.run(&["keys", "make", "--data", "d"]);
    assert_eq!((again.status, again.out.as_str()), (2, ""));
    assert!(again.err.contains("there is a key file already"), "{}", again.err);
    assert_eq!(room.read("d/keys.json"), before);
    let left: Vec<_> = std::fs::read_dir(room.path("d")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["keys.json"], "no second secret lies beside it");
}

#[test]
fn keys_rotate_at_once_in_an_emergency_and_a_withdrawn_one_is_replaced() {
    let room = Room::new();
    let first = listed(&room.run(&["keys", "make", "--json"]).out);
    assert_eq!(states(&first), ["pass active", "status active"]);
    let rotated = listed(&room.run(&["keys", "rotate", "--purpose", "pass", "--now", "--json"]).out);
    assert_eq!(states(&rotated), ["pass retiring", "status active", "pass active"]);
    assert_eq!(rotated[..2].iter().map(|key| &key.0).collect::<Vec<_>>(), [&first[0].0, &first[1].0]);
    let withdrawn = room.run(&["keys", "withdraw", &rotated[2].0, "--json"]);
    assert!(withdrawn.err.contains("new trust file"), "{}", withdrawn.err);
    let withdrawn = listed(&withdrawn.out);
    assert_eq!(states(&withdrawn), ["pass retiring", "status active", "pass withdrawn", "pass active"]);
    for (kid, word) in [(rotated[2].0.as_str(), "withdrawn"), ("0011223344556677", "healthcode keys list")] {
        let ran = room.run(&["keys", "withdraw", kid]);
        assert!(ran.status == 2 && ran.out.is_empty() && ran.err.contains(word), "{}", ran.err);
    }
    assert_eq!(listed(&room.run(&["keys", "list", "--json"]).out).len(), 4);
}

#[test]
fn a_new_key_is_published_two_days_before_it_signs() {
    let room = Room::new();
    room.run(&["keys", "make"]);
    let rotated = room.run(&["keys", "rotate", "--json"]);
    let keys = listed(&rotated.out);
    assert_eq!(states(&keys), ["pass active", "status active", "pass pending", "status pending"]);
    let row: Value = serde_json::from_str(rotated.out.lines().nth(2).unwrap()).unwrap();
    let from = healthcode_core::time::Instant::parse(row["from"].as_str().unwrap()).unwrap();
    let ahead = from.seconds() - now().seconds();
    assert!((47 * 3600..=48 * 3600).contains(&ahead), "{ahead}");
    let trust = room.run(&["keys", "trust", "--issuer", "330100"]).out;
    let trust: Value = serde_json::from_str(&trust).unwrap();
    let listed: Vec<_> =
        trust["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap()).collect();
    assert_eq!(
        listed,
        keys.iter().map(|(kid, _)| kid.as_str()).collect::<Vec<_>>(),
        "gates hear of all of them"
    );
    let past = room.run(&["keys", "rotate", "--at", "2020-01-01T00:00:00Z"]);
    assert!(past.status == 2 && past.err.contains("--now"), "{}", past.err);
    let again = room.run(&["keys", "rotate"]);
    assert!(again.status == 2 && again.err.contains("pending already"), "{}", again.err);
    let early = room.run(&["keys", "withdraw", &keys[2].0, "--json"]);
    let words = ["pass active", "status active", "pass withdrawn", "status pending"];
    assert_eq!(states(&self::listed(&early.out)), words, "the one that signs goes on");
}

#[test]
fn a_pass_is_valid_by_the_trust_file_until_its_key_is_withdrawn() {
    let room = Room::new();
    room.run(&["keys", "make"]);
    let keys = Keys::open(&Keys::path_in(&room.path("healthcode-data")), &KeyAccess::default()).unwrap();
    let (from, until) = (now(), now().plus_seconds(3600));
    let signer = keys.signer(Purpose::Pass, from, until).unwrap();
    let status = StatusReference { day: Day(from.seconds().div_euclid(86_400) as i32), index: 7 };
    let issuer = Region::new("330100").unwrap();
    let issued_at = healthcode_core::time::Instant::from_seconds(from.seconds());
    let expires_at = issued_at.plus_seconds(90);
    let claims = Claims { issuer, issued_at, expires_at, bearer: Bearer::Token { status } };
    let pass = issue::issue(&claims, signer).unwrap();
    let at = issued_at.plus_seconds(60).to_string();
    let verdict = || {
        let trust = room.run(&["keys", "trust", "--issuer", "330100"]);
        assert_eq!(trust.status, 0, "{}", trust.err);
        room.write("trust.json", trust.out);
        let verify = ["pass", "verify", "--trust", "trust.json", "--at", &at];
        serde_json::from_str::<Value>(&room.run_with(&verify, format!("{pass}\n").as_bytes()).out).unwrap()
    };
    assert_eq!(verdict()["verdict"], "valid");
    room.run(&["keys", "rotate", "--now"]);
    assert_eq!(verdict()["verdict"], "valid", "what a retiring key signed still counts");
    room.run(&["keys", "withdraw", signer.public().id().as_str()]);
    assert_eq!(verdict()["verdict"], "withdrawn_key");
}

#[test]
fn an_encrypted_key_file_holds_the_same_and_opens_with_its_identity_only() {
    let room = Room::new();
    let first = room.run(&["keys", "make", "--json"]).out;
    let plain = room.read("healthcode-data/keys.json");
    let identity = ["--key-identity", "identity.txt"];
    let with = |arguments: &[&str]| room.run(&[arguments, &identity].concat());
    assert_eq!(room.run(&["keys", "encrypt"]).status, 2, "to whom?");
    let encrypted = with(&["keys", "encrypt", "--json"]);
    assert_eq!((encrypted.status, &encrypted.out), (0, &first), "{}", encrypted.err);
    let content = std::fs::read(room.path("healthcode-data/keys.age")).unwrap();
    assert!(content.starts_with(b"age-encryption.org/v1\n"));
    assert!(!room.path("healthcode-data/keys.json").exists() && room.path("identity.txt").exists());
    for secret in ["healthcode-data/keys.age", "identity.txt"] {
        let mode = std::fs::metadata(room.path(secret)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{secret}");
    }
    let without = room.run(&["keys", "list"]);
    assert!(without.status == 2 && without.err.contains("--key-identity"), "{}", without.err);
    room.run(&["keys", "make", "--data", "other"]);
    room.run(&["keys", "encrypt", "--data", "other", "--key-identity", "another.txt"]);
    let wrong = room.run(&["keys", "list", "--key-identity", "another.txt"]);
    assert!(wrong.status == 2 && wrong.out.is_empty(), "{}", wrong.err);
    assert_eq!(with(&["keys", "rotate"]).status, 0);
    assert_eq!(with(&["keys", "list"]).out.lines().count(), 4);
    assert_eq!(with(&["doctor", "--json"]).out.matches("key is good until").count(), 2);
    assert_eq!(with(&["keys", "decrypt"]).status, 0);
    let back: Value = serde_json::from_str(&room.read("healthcode-data/keys.json")).unwrap();
    let before: Value = serde_json::from_str(&plain).unwrap();
    assert_eq!(back["seal_secret"], before["seal_secret"]);
    assert_eq!(back["signing"].as_array().unwrap()[..2], before["signing"].as_array().unwrap()[..]);
    assert!(!room.path("healthcode-data/keys.age").exists());
}

#[test]
fn age_itself_opens_an_encrypted_key_file() {
    if Command::new("age").arg("--version").output().is_err() {
        eprintln!(
            "SKIPPED: age is not installed, so that it opens our files is not tested (apt-get install age)"
        );
        return;
    }
    let room = Room::new();
    room.run(&["keys", "make"]);
    let plain = room.read("healthcode-data/keys.json");
    assert_eq!(room.run(&["keys", "encrypt", "--key-identity", "identity.txt"]).status, 0);
    let (identity, file) = (room.path("identity.txt"), room.path("healthcode-data/keys.age"));
    let opened = Command::new("age").arg("-d").arg("-i").arg(identity).arg(file).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&opened.stdout), plain, "{}", String::from_utf8_lossy(&opened.stderr));
}

#[test]
fn of_two_key_files_none_is_taken() {
    let room = Room::new();
    room.run(&["keys", "make"]);
    let plain = room.read("healthcode-data/keys.json");
    room.run(&["keys", "encrypt", "--key-identity", "identity.txt"]);
    room.write("healthcode-data/keys.json", plain);
    let ran = room.run(&["keys", "list", "--key-identity", "identity.txt"]);
    assert!(ran.status == 2 && ran.err.contains("keys.age") && ran.err.contains("keys.json"), "{}", ran.err);
}
