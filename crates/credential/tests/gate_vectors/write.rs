//! Writes the vectors anew with new keys; every byte of them changes. Run by hand when a case is added:
//! `cargo test -p healthcode-credential --test gate_vectors -- --ignored`

use crate::forge::{at, kid};
use crate::hex;
use crate::station::{NOW, SIZE, Station, TODAY, region};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use healthcode_core::time::Day;
use healthcode_credential::bundle::{Contents, Roots, assemble, draft, sign};
use healthcode_credential::issue::issue;
use healthcode_credential::keys::SigningKey;
use healthcode_credential::status::news::{DayNews, Kind, News};
use healthcode_credential::status::seal::link;
use healthcode_credential::status::table::Status;
use healthcode_credential::trust::TrustedKey;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/");
const DAY: i64 = 86_400;

#[test]
#[ignore = "writes tests/vectors/bundle.json, status.json and gate.json anew"]
fn write_the_vectors() {
    let station = Station::new();
    for (name, file) in
        [("bundle", bundles(&station)), ("status", status_files(&station)), ("gate", judgements(&station))]
    {
        let text = serde_json::to_string_pretty(&file).unwrap() + "\n";
        std::fs::write(format!("{FOLDER}{name}.json"), text).unwrap();
    }
}

fn text(bytes: impl AsRef<[u8]>) -> Value {
    json!(URL_SAFE_NO_PAD.encode(bytes))
}

fn bundles(station: &Station) -> Value {
    let version = |version: u64| Contents { version, issued_at: at(version as i64), ..station.contents() };
    let whole = |contents: &Contents| station.bundle_file(contents);
    let by = |contents: &Contents, roots: &[&SigningKey]| {
        let body = draft(contents).unwrap();
        assemble(&body, &roots.iter().map(|root| sign(&body, root).unwrap()).collect::<Vec<_>>())
    };
    let [a, b, c] = [&station.roots[0], &station.roots[1], &station.roots[2]];
    let new = SigningKey::generate().unwrap();
    let mut moved = version(3);
    moved.roots = Roots::new(2, [c, &new].map(|root| root.public().clone())).unwrap();
    let mut reinstated = version(3);
    let life = reinstated.keys[0].life;
    reinstated.keys[2] = TrustedKey { life, ..reinstated.keys[2].clone() };
    // Signed rightly, whatever it is.
    let body = |json: String| {
        let signature = |root: &SigningKey| {
            let signature = root.sign(format!("healthcode-bundle/1\n{json}").as_bytes()).unwrap();
            json!({"kid": root.public().id(), "signature": text(signature)})
        };
        let file = json!({
            "format": "healthcode-bundle/1", "body": text(&json), "signatures": [signature(a), signature(b)],
        });
        file.to_string().into_bytes()
    };
    let first = String::from_utf8(draft(&version(1)).unwrap()).unwrap();
    let withdrawn = hex(&kid(&station.withdrawn));
    let sequence = |name: &str, files: Vec<(Vec<u8>, &str)>, version: Option<u64>| {
        let files: Vec<_> =
            files.iter().map(|(file, answer)| json!({"file": text(file), "answer": answer})).collect();
        let withdrawn: Vec<_> = version.map(|_| &withdrawn).into_iter().collect();
        json!({"name": name, "files": files, "version": version, "withdrawn": withdrawn})
    };
    let one = || (whole(&version(1)), "taken");
    let refused =
        |name: &str, file: Vec<u8>, answer: &'static str| sequence(name, vec![(file, answer)], None);
    json!({
        "format": "healthcode-bundle-vectors/1",
        "about": "the first file of a sequence is begun with the fingerprint of the roots, every other follows what was \
                  taken last; version and withdrawn are as they stand in the end",
        "fingerprint": station.contents().roots.fingerprint().to_string(),
        "sequences": [
            sequence("a new version, and the same again", vec![one(), (whole(&version(7)), "taken"), (whole(&version(7)), "taken")], Some(7)),
            sequence("an older version", vec![(whole(&version(2)), "taken"), (whole(&version(1)), "bundle_rollback")], Some(2)),
            sequence("another bundle of the same version", vec![one(), (whole(&Contents { ends_at: at(999), ..version(1) }), "bundle_fork")], Some(1)),
            sequence("issued before the last", vec![one(), (whole(&Contents { issued_at: at(0), ..version(2) }), "bundle_time")], Some(1)),
            sequence("another region's", vec![one(), (whole(&Contents { region: region("310000"), ..version(2) }), "bundle_region")], Some(1)),
            sequence("roots change with consent", vec![one(), (by(&moved, &[a, c, &new]), "taken"), (whole(&version(4)), "bundle_threshold")], Some(3)),
            sequence("new roots without the old ones", vec![one(), (by(&moved, &[c, &new]), "bundle_threshold")], Some(1)),
            sequence("new roots that did not sign", vec![one(), (by(&moved, &[a, b]), "bundle_threshold")], Some(1)),
            sequence("a withdrawn key listed as active", vec![one(), (whole(&reinstated), "taken")], Some(3)),
            sequence("a withdrawn key left out", vec![one(), (whole(&Contents { keys: vec![], ..version(2) }), "taken")], Some(2)),
            refused("one root of two", by(&version(1), &[a]), "bundle_threshold"),
            refused("one root twice", by(&version(1), &[a, a]), "bundle_threshold"),
            refused("a root and a stranger", by(&version(1), &[a, &new]), "bundle_threshold"),
            refused("other roots than expected", by(&moved, &[a, c, &new]), "bundle_roots"),
            refused("a byte after the body", body(first.clone() + "x"), "bundle_json"),
            refused("an unknown field", body(first.replacen("{\"version\"", "{\"colour\":1,\"version\"", 1)), "bundle_json"),
            refused("a doubled field", body(first.replacen("{\"version\"", "{\"version\":1,\"version\"", 1)), "bundle_json"),
            refused("a kind of point twice", body(first.replacen("\"hospital\":", "\"hospital\":{},\"hospital\":", 1)), "bundle_json"),
            refused("a key that does not fit its id", body(first.replacen(&withdrawn, "0011223344556677", 1)), "bundle_key"),
            refused("version 0", body(first.replacen("\"version\":1", "\"version\":0", 1)), "bundle_range"),
        ],
    })
}

fn status_files(station: &Station) -> Value {
    let yesterday = Day(TODAY.0 - 1);
    let first = News { number: 7, ..station.snapshot(at(0)) };
    let one = station.delta(8, first.previous, at(60), 10, Status::Red);
    let mut two = station.delta(9, link(&one), at(120), 10, Status::Green);
    two.days.insert(yesterday, DayNews { size: 50, lists: [vec![], vec![], vec![], (0..50).collect()] });
    two.days.get_mut(&TODAY).unwrap().size = 2_000;
    two.bundle = 3;
    two.withdrawn = vec![kid(&station.withdrawn)];
    let urgent = News { kind: Kind::Urgent, ..station.delta(8, link(&one), at(90), 11, Status::Red) };
    let later = News { number: 9, previous: link(&two), made_at: at(120), ..station.snapshot(at(120)) };
    let fork = station.delta(9, [9; 32], at(120), 12, Status::Red);
    let next = station.delta(10, link(&two), at(180), 13, Status::Yellow);
    let of_others = News { region: region("310000"), ..one.clone() };
    let earlier = News { made_at: at(59), ..two.clone() };
    let early = station.delta(8, first.previous, at(-1), 10, Status::Red);
    let seal = |news: &News| station.sealed(news);
    let altered = || {
        let mut file = seal(&one);
        file[40] ^= 1;
        file
    };
    let other_day = || {
        let mut file = seal(&one);
        file[7] ^= 1;
        file
    };
    type Files<'a> = Vec<(Vec<u8>, &'a str)>;
    let sequence =
        |name: &str, files: Files<'_>, last: Option<&News>, looks: &[(Day, u32, Option<Status>)]| {
            let files: Vec<_> =
                files.iter().map(|(file, answer)| json!({"file": text(file), "answer": answer})).collect();
            let looks: Vec<_> = looks
                .iter()
                .map(|(day, index, status)| json!({"day": day, "index": index, "status": status}))
                .collect();
            json!({
                "name": name, "files": files, "number": last.map(|news| news.number),
                "made_at": last.map(|news| news.made_at), "bundle": last.map(|news| news.bundle),
                "withdrawn": last.map_or(vec![], |news| news.withdrawn.iter().map(hex).collect::<Vec<_>>()),
                "look_ups": looks,
            })
        };
    let begun = || (seal(&first), "taken");
    let untouched = [(TODAY, 10, Some(Status::Green)), (TODAY, 2, Some(Status::Red)), (TODAY, SIZE, None)];
    let after_one = |name: &str, news: &News, answer| {
        let files = vec![begun(), (seal(&one), "taken"), (seal(news), answer)];
        sequence(name, files, Some(&one), &[(TODAY, 10, Some(Status::Red)), (TODAY, 12, Some(Status::Green))])
    };
    let refused = |name: &str, file: Vec<u8>, answer: &str| {
        sequence(name, vec![begun(), (file, answer)], Some(&first), &untouched)
    };
    json!({
        "format": "healthcode-status-vectors/1",
        "about": "the bundle is begun with the fingerprint; then the files of each sequence are taken one after another; in \
                  the end number, made_at, bundle and withdrawn stand so, and each look-up says that",
        "fingerprint": station.contents().roots.fingerprint().to_string(),
        "bundle": text(station.bundle_file(&station.contents())),
        "confirmed_at": at(0),
        "day_keys": [{"day": station.day_key().day, "secret": text(station.day_key().secret)}],
        "sequences": [
            sequence("a snapshot", vec![begun()], Some(&first), &[
                (TODAY, 0, Some(Status::Green)), (TODAY, 1, Some(Status::Yellow)), (TODAY, 2, Some(Status::Red)),
                (TODAY, 3, Some(Status::Undecided)), (TODAY, SIZE - 1, Some(Status::Green)), (TODAY, SIZE, None),
                (yesterday, 1, None),
            ]),
            sequence("two deltas, a table that grows, a new day, a withdrawn key",
                vec![begun(), (seal(&one), "taken"), (seal(&two), "taken")], Some(&two), &[
                (TODAY, 10, Some(Status::Green)), (TODAY, 1, Some(Status::Yellow)), (TODAY, 1_999, Some(Status::Green)),
                (yesterday, 0, Some(Status::Undecided)), (yesterday, 49, Some(Status::Undecided)), (yesterday, 50, None),
            ]),
            sequence("an urgent one between two deltas",
                vec![begun(), (seal(&one), "taken"), (seal(&urgent), "taken"), (seal(&two), "taken")], Some(&two),
                &[(TODAY, 10, Some(Status::Green)), (TODAY, 11, Some(Status::Red))]),
            sequence("a newer snapshot instead of deltas",
                vec![begun(), (seal(&later), "taken"), (seal(&next), "taken")], Some(&next),
                &[(TODAY, 13, Some(Status::Yellow)), (TODAY, 2, Some(Status::Red))]),
            sequence("a delta before any snapshot", vec![(seal(&one), "status_no_snapshot")], None, &[(TODAY, 1, None)]),
            after_one("a delta twice", &one, "status_past"),
            after_one("an older snapshot", &first, "status_past"),
            after_one("a delta that follows another", &fork, "status_fork"),
            after_one("a delta made before the last", &earlier, "status_time"),
            after_one("a gap", &next, "status_gap"),
            refused("an urgent one that follows what was not taken", seal(&urgent), "status_gap"),
            refused("a delta made before the snapshot", seal(&early), "status_time"),
            refused("another region's, and its key is for ours", seal(&of_others), "status_signature"),
            refused("signed by a key for passes", station.sealed_by(&one, &station.pass), "status_signature"),
            refused("signed by an unknown key", station.sealed_by(&one, &station.device), "status_signature"),
            refused("altered on its way", altered(), "status_altered"),
            refused("of a day whose key is not at hand", other_day(), "status_day_key"),
            refused("no status file", b"EPS2".to_vec(), "status_form"),
        ],
    })
}

fn judgements(station: &Station) -> Value {
    let ended = Contents { ends_at: at(NOW), ..station.contents() };
    let first = station.snapshot(at(NOW - 20));
    let red = station.delta(2, first.previous, at(NOW - 10), 4, Status::Red);
    let newer = News { bundle: 2, ..station.snapshot(at(NOW - 10)) };
    let withdraws = News { withdrawn: vec![kid(&station.pass)], ..red.clone() };
    let ahead = station.delta(2, first.previous, at(NOW + 16), 4, Status::Red);
    let old = station.snapshot(at(NOW - DAY - 1));
    let status = [
        ("snapshot", &first),
        ("red", &red),
        ("newer", &newer),
        ("withdraws", &withdraws),
        ("ahead", &ahead),
        ("old", &old),
    ];
    let status: BTreeMap<_, _> =
        status.iter().map(|(name, news)| (*name, text(station.sealed(news)))).collect();
    let gate = |bundle: &str, confirmed: i64, status: &[&str], clock_went_back: bool| json!({"bundle": bundle, "confirmed_at": at(confirmed), "status": status, "clock_went_back": clock_went_back});
    json!({
        "format": "healthcode-gate-vectors/1",
        "about": "a gate begins its bundle with the fingerprint, was told at confirmed_at that it is the newest, takes the \
                  status files in order, and may have a clock that went back; then judge(code, gate, kind, at) must give what \
                  is expected, null meaning that there is none",
        "fingerprint": station.contents().roots.fingerprint().to_string(),
        "day_keys": [{"day": station.day_key().day, "secret": text(station.day_key().secret)}],
        "bundles": {"first": text(station.bundle_file(&station.contents())), "ended": text(station.bundle_file(&ended))},
        "status": status,
        "gates": {
            "fresh": gate("first", NOW - 30, &["snapshot", "red"], false),
            "empty": gate("first", NOW, &[], false),
            "never told again": gate("first", NOW - DAY - 1, &[], false),
            "a day without network": gate("first", NOW - DAY, &["old"], false),
            "a newer bundle exists": gate("first", NOW - 2 * DAY, &["newer"], false),
            "an hour behind the bundle": gate("first", NOW - 3_600, &["newer"], false),
            "ended": gate("ended", NOW, &["snapshot"], false),
            "key withdrawn": gate("first", NOW, &["snapshot", "withdraws"], false),
            "behind": gate("first", NOW, &["snapshot", "ahead"], false),
            "went back": gate("first", NOW - 30, &["snapshot", "red"], true),
        },
        "cases": cases(station),
    })
}

/// `ages` are those of keys, rules and colours.
struct Case<'a> {
    gate: &'a str,
    kind: &'a str,
    code: String,
    later: i64,
    ages: (i64, i64, Option<i64>),
}

impl Case<'_> {
    fn expects(
        self,
        name: &str,
        verdict: &str,
        reason: Option<&str>,
        colour: Option<Status>,
        action: &str,
    ) -> Value {
        self.shows(name, verdict, reason, colour, action, Some("330100"))
    }

    fn shows(
        self,
        name: &str,
        verdict: &str,
        reason: Option<&str>,
        colour: Option<Status>,
        action: &str,
        issuer: Option<&str>,
    ) -> Value {
        let (keys, rules, colours) = self.ages;
        let paper = json!({"masked_name": "张**", "document_last_four": "001X"});
        json!({
            "name": name, "gate": self.gate, "kind": self.kind, "code": self.code, "at": at(NOW + self.later),
            "expected": {
                "verdict": verdict, "reason": reason, "colour": colour, "action": action, "issuer": issuer,
                "compare": if name.starts_with("paper") { paper } else { Value::Null },
                "ages": {"keys": keys, "rules": rules, "colours": colours},
            },
        })
    }
}

fn cases(station: &Station) -> Vec<Value> {
    let at_gate = |gate, code: String, ages| Case { gate, kind: "market", code, later: 0, ages };
    let fresh = |code: String| at_gate("fresh", code, (10, 10, Some(10)));
    let at_kind = |kind, code: String| Case { kind, ..fresh(code) };
    let later = |later: i64, code: String| Case {
        later,
        ages: (10 + later, 10 + later, Some(10 + later)),
        ..fresh(code)
    };
    let valid = |case: Case<'_>, name: &str, status, action: &str| {
        case.expects(name, "valid", None, Some(status), action)
    };
    let asks =
        |case: Case<'_>, name: &str, reason| case.expects(name, "cannot_decide", Some(reason), None, "ask");
    let blind = |case: Case<'_>, name: &str, reason| {
        case.shows(name, "cannot_decide", Some(reason), None, "ask", None)
    };
    let refused = |case: Case<'_>, name: &str, verdict: &str, reason| {
        let action = if verdict == "bad_signature" { "stop" } else { "ask" };
        case.shows(name, verdict, Some(reason), None, action, None)
    };
    let (token, shown) = (|index| station.token(index), |index| station.presented(index, NOW));
    let withdrawn = issue(&station.token_of(0), &station.withdrawn).unwrap();
    let unknown = issue(&station.token_of(0), &station.device).unwrap();
    let for_status = issue(&station.token_of(0), &station.status).unwrap();
    let neighbour = || station.of_region("310000", &station.neighbour);
    let stranger = || station.of_region("420100", &station.stranger);
    vec![
        valid(fresh(shown(0)), "green, presented by a phone", Status::Green, "pass"),
        valid(fresh(token(0)), "green, by a token", Status::Green, "pass"),
        valid(fresh(token(SIZE - 1)), "an index that was never issued", Status::Green, "pass"),
        valid(fresh(shown(1)), "yellow", Status::Yellow, "stop"),
        valid(fresh(shown(2)), "red", Status::Red, "stop"),
        valid(fresh(shown(3)), "undecided", Status::Undecided, "ask"),
        valid(fresh(shown(4)), "red by the last delta", Status::Red, "stop"),
        valid(at_kind("hospital", shown(1)), "yellow at a hospital", Status::Yellow, "ask"),
        valid(at_kind("hospital", shown(2)), "red at a hospital", Status::Red, "stop"),
        valid(at_kind("hospital", shown(3)), "undecided where pending passes", Status::Undecided, "ask"),
        valid(at_kind("school", shown(3)), "undecided where pending stops", Status::Undecided, "stop"),
        valid(later(90, shown(0)), "presented ninety seconds ago", Status::Green, "pass"),
        refused(later(91, shown(0)), "a screenshot", "expired", "presented_earlier"),
        valid(fresh(station.presented(0, NOW + 15)), "a phone's clock ahead", Status::Green, "pass"),
        refused(
            fresh(station.presented(0, NOW + 16)),
            "a phone's clock too far ahead",
            "not_yet_valid",
            "presented_later",
        ),
        refused(later(60, token(0)), "a token after its end", "expired", "ended"),
        refused(fresh(station.forged()), "forged", "bad_signature", "signature"),
        refused(
            fresh(station.presented_by_another()),
            "shown by another phone",
            "bad_signature",
            "device_signature",
        ),
        refused(fresh(withdrawn), "a withdrawn key", "withdrawn_key", "key_withdrawn"),
        refused(fresh(unknown), "an unknown key", "unknown_key", "key_unknown"),
        refused(fresh(for_status), "a key for status files", "wrong_usage", "key_purpose"),
        refused(fresh("HC1:6BFOXN".to_owned()), "an EU certificate", "unsupported", "profile_hcert"),
        refused(fresh("EPC1:AB:".to_owned()), "no pass", "malformed", "base45"),
        asks(fresh(station.phones_pass(0)), "a picture of a phone's pass", "presentation_missing"),
        fresh(stranger()).shows(
            "a region that is not recognised",
            "cannot_decide",
            Some("not_recognised"),
            None,
            "ask",
            Some("420100"),
        ),
        fresh(neighbour()).shows(
            "a recognised region without its tables",
            "cannot_decide",
            Some("no_table"),
            None,
            "ask",
            Some("310000"),
        ),
        asks(fresh(station.paper()), "paper", "paper_offline"),
        asks(fresh(token(SIZE)), "an index beyond the table", "no_table"),
        refused(
            at_gate("key withdrawn", token(0), (0, 0, Some(10))),
            "a key that a status file withdraws",
            "withdrawn_key",
            "key_withdrawn",
        ),
        asks(at_gate("empty", token(0), (0, 0, None)), "no colours yet", "colours_old"),
        asks(
            at_gate("never told again", token(0), (DAY + 1, DAY + 1, None)),
            "keys older than a day",
            "keys_old",
        ),
        asks(
            at_gate("never told again", station.paper(), (DAY + 1, DAY + 1, None)),
            "paper, and keys older than a day",
            "keys_old",
        ),
        asks(
            at_gate("a day without network", token(0), (DAY, DAY, Some(DAY + 1))),
            "colours older than a day",
            "colours_old",
        ),
        asks(
            at_gate("a newer bundle exists", token(0), (10, 2 * DAY, Some(10))),
            "rules older than a day",
            "keys_old",
        ),
        valid(
            at_gate("an hour behind the bundle", token(0), (10, 3_600, Some(10))),
            "rules of an hour ago",
            Status::Green,
            "pass",
        ),
        asks(at_gate("ended", token(0), (0, 0, Some(20))), "a bundle that has ended", "bundle_ended"),
        at_gate("ended", stranger(), (0, 0, Some(20))).shows(
            "not recognised, and a bundle that has ended",
            "cannot_decide",
            Some("not_recognised"),
            None,
            "ask",
            Some("420100"),
        ),
        blind(at_gate("behind", token(0), (0, 0, Some(0))), "a clock before signed time", "clock"),
        valid(
            Case { later: 1, ages: (0, 0, Some(0)), ..at_gate("behind", token(0), (0, 0, None)) },
            "a clock fifteen seconds before signed time",
            Status::Green,
            "pass",
        ),
        blind(at_gate("went back", token(0), (10, 10, Some(10))), "a clock that went back", "clock"),
        blind(
            at_gate("went back", "nonsense".to_owned(), (10, 10, Some(10))),
            "no pass, on a clock that went back",
            "clock",
        ),
        refused(
            at_gate("went back", station.forged(), (10, 10, Some(10))),
            "forged, on a clock that went back",
            "bad_signature",
            "signature",
        ),
        blind(
            at_gate("went back", station.presented(0, NOW - 91), (10, 10, Some(10))),
            "a screenshot, on a clock that went back",
            "clock",
        ),
    ]
}
