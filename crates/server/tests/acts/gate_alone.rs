//! Phones with keys of their own, and gates that stand alone.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use healthcode_core::ids::PersonId;
use healthcode_core::rule_set::Action;
use healthcode_core::time::{Day, Instant, Interval};
use healthcode_credential::base45;
use healthcode_credential::bundle::{Bundle, Fingerprint};
use healthcode_credential::gate::{GateState, judge};
use healthcode_credential::keys::SigningKey;
use healthcode_credential::status::seal::DayKey;
use healthcode_credential::status::table::Status;
use healthcode_credential::trust::Purpose;
use healthcode_credential::verify::verify;
use healthcode_server::jobs::keys::{Seen, reread};
use healthcode_server::jobs::status::Publisher;
use healthcode_server::jobs::{bundle, forget};
use healthcode_server::keys::{KeyAccess, Keys};
use healthcode_store::visits;
use healthcode_testkit::cast::{self, CastMember};
use healthcode_testkit::on_both_engines;
use healthcode_testkit::world::{Caller, Phone, World};
use serde_json::{Value, json};

on_both_engines! {
    an_enrolled_phone_holds_passes_for_two_days_and_no_more
    a_phone_that_lost_its_keys_enrols_again_and_its_old_passes_count_no_more
    passes_are_issued_only_to_the_key_that_was_enrolled
    a_gate_lets_a_presentation_pass_and_asks_about_a_bare_pass_and_a_screenshot
    one_presentation_at_two_points_is_noticed
    a_paper_pass_is_looked_up_and_its_document_compared
    a_gate_alone_knows_todays_colours
    a_gate_alone_knows_a_dependants_colour_and_that_a_guardianship_ended
    whoever_turns_red_is_told_of_at_once_and_again_in_the_next_minute
    a_withdrawn_key_is_known_to_gates_by_the_next_file
    a_scan_made_alone_arrives_once_and_makes_a_visit_as_of_then
    a_late_scan_counts_though_the_phone_has_enrolled_again_since
    an_idle_minute_is_published_too_and_two_servers_publish_it_once
}

async fn phone(world: &World, who: &CastMember) -> Phone {
    let caller = world.declared(who).await;
    let mut phone = Phone::enrol(world, &caller).await;
    phone.fetch(world, 4).await;
    phone
}

/// A gate: its session, and what it knows without asking.
struct Gate {
    caller: Caller,
    taken: Value,
    state: GateState,
}

impl Gate {
    async fn at(world: &World, point: &str) -> Self {
        bundle::publish(&world.app).await.unwrap();
        let caller = world.checker(point).await;
        let taken = world.read(&caller, "/api/v1/gate").await.done();
        let roots = Fingerprint::parse(taken["roots"].as_str().unwrap()).unwrap();
        let bundle = Bundle::begin(taken["bundle"].to_string().as_bytes(), &roots).unwrap();
        Self { caller, taken, state: GateState::new(bundle, world.now()) }
    }

    fn take(&mut self, file: &[u8]) {
        let keys: Vec<_> = self.taken["day_keys"].as_array().unwrap().iter().map(day_key).collect();
        self.state.take_status(file, &keys).unwrap();
    }

    /// Fetches what was published and takes it.
    async fn follow(&mut self, world: &World) {
        let url = self.taken["status"]["url"].as_str().unwrap().to_owned();
        let latest = world.get(&format!("{url}/latest")).await.done();
        let file = async |kind: &str, number: u64| world.get(&format!("{url}/{kind}/{number}")).await.bytes();
        if self.state.colours().is_none() {
            self.take(&file("snapshot", latest["snapshot"].as_u64().unwrap()).await);
        }
        for number in self.number() + 1..=latest["number"].as_u64().unwrap() {
            self.take(&file("delta", number).await);
        }
    }

    fn number(&self) -> u64 {
        self.state.colours().unwrap().number()
    }

    /// What the gate says of a code, without asking anybody: the colour, or why it has none.
    fn says(&self, code: &str, at: Instant) -> &'static str {
        let judgement = judge(code, &self.state, self.taken["point"]["kind"].as_str().unwrap(), at);
        let (colour, reason) = (judgement.colour().map(Status::word), judgement.reason());
        let passes = judgement.action() == Action::Pass;
        assert_eq!(passes, colour == Some("green"), "only green lets pass: {judgement:?}");
        colour.or(reason).unwrap()
    }
}

fn day_key(key: &Value) -> DayKey {
    let secret = BASE64_URL_SAFE_NO_PAD.decode(key["secret"].as_str().unwrap()).unwrap();
    DayKey { day: Day::parse(key["day"].as_str().unwrap()).unwrap(), secret: secret.try_into().unwrap() }
}

async fn an_enrolled_phone_holds_passes_for_two_days_and_no_more(world: &World) {
    let caller = world.declared(&cast::alice()).await;
    let mut phone = Phone::enrol(world, &caller).await;
    assert_eq!(phone.fetch(world, 4).await, 2, "a day each, overlapping by an hour, within 48 hours");
    assert_eq!(phone.fetch(world, 4).await, 0);
    let times: Vec<_> = phone.passes().map(|pass| pass["issued_at"].as_str().unwrap().to_owned()).collect();
    assert_eq!(times, ["2026-03-02T09:00:00+08:00", "2026-03-03T08:00:00+08:00"]);
    let gate = Gate::at(world, &world.point("gate").await).await;
    let status = |phone: &Phone, after: u32| {
        let at = world.now().plus_seconds(i64::from(after));
        let verdict = verify(&phone.shows(at), gate.state.trust(), at);
        (verdict.claims().unwrap().status().unwrap(), *verdict.claims().unwrap().device().unwrap())
    };
    let (today, tomorrow) = (status(&phone, 60), status(&phone, 86_400));
    assert!(today.0.index != tomorrow.0.index && today.1 != tomorrow.1, "nothing links two passes");
    world.forward(24 * 3_600);
    assert_eq!(phone.fetch(world, 4).await, 1);
    status(&phone, 23 * 3_600);
}

async fn a_phone_that_lost_its_keys_enrols_again_and_its_old_passes_count_no_more(world: &World) {
    let old = phone(world, &cast::alice()).await;
    let gate = Gate::at(world, &world.point("gate").await).await;
    assert_eq!(world.scan(&gate.caller, &old.shows(world.now()), "in").await["action"], "pass");
    let mut new = Phone::enrol(world, &old.caller).await;
    new.fetch(world, 2).await;
    let (before, after) = (old.shows(world.now()), new.shows(world.now()));
    let seen = world.scan(&gate.caller, &before, "in").await;
    assert_eq!((&seen["action"], &seen["reason"]), (&"ask".into(), &"cannot_decide".into()));
    assert_eq!(world.scan(&gate.caller, &after, "in").await["action"], "pass");
}

async fn passes_are_issued_only_to_the_key_that_was_enrolled(world: &World) {
    let caller = world.declared(&cast::alice()).await;
    let keys = || vec![SigningKey::generate().unwrap()];
    let enrolled = Phone::enrol(world, &caller).await;
    let mut stolen = enrolled.request(world, &keys());
    stolen["device_keys"] = enrolled.request(world, &keys())["device_keys"].clone();
    let refused = world.post(&caller, "/api/v1/me/passes", stolen).await;
    assert_eq!((refused.status, refused.code()), (422, "renewal_signature"));
    let late = enrolled.request(world, &keys());
    world.forward(301);
    assert_eq!(world.post(&caller, "/api/v1/me/passes", late).await.code(), "renewal_time");
    Phone::enrol(world, &caller).await;
    assert_eq!(enrolled.ask(world, &keys()).await.code(), "renewal_signature", "the key before it");
    let bob = world.declared(&cast::bob()).await;
    let elsewhere = world.post(&bob, "/api/v1/me/passes", enrolled.request(world, &keys())).await;
    assert_eq!(elsewhere.code(), "not_enrolled");
    for key in ["", "AAAA", &BASE64_URL_SAFE_NO_PAD.encode([4; 65])] {
        let refused = world.post(&caller, "/api/v1/me/enrolment", json!({ "key": key })).await;
        assert_eq!(refused.code(), "point_form", "{key}");
    }
}

async fn a_gate_lets_a_presentation_pass_and_asks_about_a_bare_pass_and_a_screenshot(world: &World) {
    let phone = phone(world, &cast::alice()).await;
    let gate = Gate::at(world, &world.point("gate").await).await;
    let screenshot = phone.shows(world.now());
    let bare = phone.passes().next().unwrap()["text"].as_str().unwrap().to_owned();
    let seen = world.scan(&gate.caller, &screenshot, "in").await;
    assert_eq!((&seen["action"], &seen["colour"]), (&"pass".into(), &"green".into()));
    let seen = world.scan(&gate.caller, &bare, "in").await;
    assert_eq!((&seen["action"], &seen["reason"]), (&"ask".into(), &"presentation_missing".into()));
    assert_eq!((&seen["colour"], &seen["masked_name"]), (&Value::Null, &Value::Null), "it tells nothing");
    world.forward(91);
    let seen = world.scan(&gate.caller, &screenshot, "in").await;
    assert_eq!((&seen["verdict"], &seen["reason"]), (&"expired".into(), &"presented_earlier".into()));
    assert_eq!(seen["action"], "ask");
    let mut forged = base45::decode(&phone.shows(world.now())[5..]).unwrap();
    *forged.last_mut().unwrap() ^= 1;
    let seen = world.scan(&gate.caller, &format!("EPC1:{}", base45::encode(&forged)), "in").await;
    assert_eq!((&seen["action"], &seen["reason"]), (&"stop".into(), &"device_signature".into()));
}

async fn one_presentation_at_two_points_is_noticed(world: &World) {
    let phone = phone(world, &cast::alice()).await;
    let first = Gate::at(world, &world.point("station").await).await;
    let second = Gate::at(world, &world.point("market").await).await;
    let shown = phone.shows(world.now());
    for _ in 0..2 {
        assert_eq!(world.scan(&first.caller, &shown, "passing").await["action"], "pass");
    }
    world.forward(20);
    let seen = world.scan(&second.caller, &shown, "in").await;
    assert_eq!((&seen["action"], &seen["reason"]), (&"ask".into(), &"shown_twice".into()));
    assert_eq!(world.scan(&second.caller, &phone.shows(world.now()), "in").await["action"], "pass");
    let officer = world.officer().await;
    let noticed = world.read(&officer, "/api/v1/presentations/shown-twice").await.done();
    let person = world.person(&phone.caller).await;
    assert_eq!(noticed["items"].as_array().unwrap().len(), 1, "{noticed}");
    assert_eq!(noticed["items"][0]["person"], person.as_str());
}

async fn a_paper_pass_is_looked_up_and_its_document_compared(world: &World) {
    let alice = world.declared(&cast::alice()).await;
    let print =
        async |days: i64| world.post(&alice, "/api/v1/me/paper-passes", json!({ "days": days })).await;
    let paper = print(42).await.done();
    assert_eq!(print(43).await.code(), "body");
    let gate = &world.point("gate").await;
    let code = paper["text"].as_str().unwrap();
    assert!(code.len() <= 230, "{}", code.len());
    world.forward(41 * 86_400 + 80_000);
    let gate = world.checker(gate).await;
    let seen = world.scan(&gate, code, "in").await;
    assert_eq!((&seen["action"], &seen["reason"]), (&"ask".into(), &"compare_document".into()));
    assert_eq!(seen["colour"], "green");
    assert_eq!(seen["document_last_four"], paper["document_last_four"]);
    world.confirm(&world.person(&alice).await).await;
    assert_eq!(world.scan(&gate, code, "in").await["action"], "stop");
    world.forward(6_400);
    assert_eq!(world.scan(&gate, code, "in").await["verdict"], "expired");
}

async fn a_gate_alone_knows_todays_colours(world: &World) {
    let mut publisher = Publisher::new(world.now());
    let (alice, bob) = (phone(world, &cast::alice()).await, phone(world, &cast::bob()).await);
    world.confirm(&world.person(&bob.caller).await).await;
    publisher.round(&world.app).await.unwrap();
    world.forward(60);
    publisher.round(&world.app).await.unwrap();
    let mut gate = Gate::at(world, &world.point("gate").await).await;
    gate.follow(world).await;
    // From here on nobody is asked.
    for hours in [0, 12, 23] {
        let at = world.now().plus_seconds(hours * 3_600);
        assert_eq!(gate.says(&alice.shows(at), at), "green");
        assert_eq!(gate.says(&bob.shows(at), at), "red", "every pass he holds");
    }
    let at = world.now().plus_seconds(25 * 3_600);
    assert_eq!(gate.says(&alice.shows(at), at), "keys_old", "a day without anybody");
    world.exclude(&world.person(&bob.caller).await).await;
    world.forward(60);
    publisher.round(&world.app).await.unwrap();
    gate.follow(world).await;
    assert_eq!(gate.says(&bob.shows(world.now()), world.now()), "green");
    let token = world.code(&alice.caller).await;
    assert_eq!(gate.says(&token, world.now()), "green", "a token has its place, too");
    Phone::enrol(world, &alice.caller).await;
    publisher.round(&world.app).await.unwrap();
    world.forward(60);
    publisher.round(&world.app).await.unwrap();
    gate.follow(world).await;
    assert_eq!(gate.says(&alice.shows(world.now()), world.now()), "undecided", "withdrawn");
}

async fn a_gate_alone_knows_a_dependants_colour_and_that_a_guardianship_ended(world: &World) {
    let mut publisher = Publisher::new(world.now());
    let alice = phone(world, &cast::alice()).await;
    let ward = world.person(&world.declared(&cast::bob()).await).await;
    let mut request = json!({ "guardian": world.person(&alice.caller).await, "reason": "mother" });
    let guardians = format!("/api/v1/people/{ward}/guardians");
    world.post(&world.officer().await, &guardians, request.clone()).await.done();
    let mut hers = alice.carries(&ward);
    hers.fetch(world, 2).await;
    publisher.round(&world.app).await.unwrap();
    let mut gate = Gate::at(world, &world.point("gate").await).await;
    let mut says = async |phone: &Phone| {
        world.forward(60);
        publisher.round(&world.app).await.unwrap();
        gate.follow(world).await;
        gate.says(&phone.shows(world.now()), world.now())
    };
    assert_eq!((says(&alice).await, says(&hers).await), ("green", "green"));
    world.confirm(&ward).await;
    assert_eq!((says(&alice).await, says(&hers).await), ("green", "red"));
    world.exclude(&ward).await;
    assert_eq!(says(&hers).await, "green");
    request["may_answer"] = false.into();
    world.post(&world.officer().await, &guardians, request).await.done();
    assert_eq!((says(&alice).await, says(&hers).await), ("green", "undecided"));
}

async fn whoever_turns_red_is_told_of_at_once_and_again_in_the_next_minute(world: &World) {
    let mut publisher = Publisher::new(world.now());
    let bob = phone(world, &cast::bob()).await;
    publisher.round(&world.app).await.unwrap();
    world.forward(60);
    publisher.round(&world.app).await.unwrap();
    let mut gate = Gate::at(world, &world.point("gate").await).await;
    gate.follow(world).await;
    let before = gate.number();
    let mut notices = world.live_at(&gate.caller, "/api/v1/gate/events").await;
    world.confirm(&world.person(&bob.caller).await).await;
    world.forward(2);
    publisher.round(&world.app).await.unwrap();
    let notice = notices.next().await;
    assert!(notice.contains("event: urgent"), "{notice}");
    let file = notice.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
    gate.take(&BASE64_URL_SAFE_NO_PAD.decode(file).unwrap());
    assert_eq!(gate.says(&bob.shows(world.now()), world.now()), "red");
    assert_eq!(gate.number(), before, "it stands on the last delta");
    world.forward(60);
    publisher.round(&world.app).await.unwrap();
    assert!(notices.next().await.contains("event: status"));
    let mut late = Gate::at(world, &world.point("late").await).await;
    late.follow(world).await;
    gate.follow(world).await;
    for gate in [&gate, &late] {
        assert_eq!(gate.number(), before + 1);
        assert_eq!(gate.says(&bob.shows(world.now()), world.now()), "red");
    }
}

async fn a_withdrawn_key_is_known_to_gates_by_the_next_file(world: &World) {
    let mut publisher = Publisher::new(world.now());
    let alice = phone(world, &cast::alice()).await;
    publisher.round(&world.app).await.unwrap();
    let mut gate = Gate::at(world, &world.point("gate").await).await;
    gate.follow(world).await;
    assert_eq!(gate.says(&alice.shows(world.now()), world.now()), "green");
    let before = gate.state.bundle().contents().version;
    let mut keys = Keys::open(world.app.keys().path(), &KeyAccess::default()).unwrap();
    let stolen = keys.signer(Purpose::Pass, world.now(), world.now().plus_seconds(60)).unwrap().public().id();
    keys.withdraw(stolen.as_str(), world.now()).unwrap();
    reread(&world.app, &mut Seen::default()).await.unwrap();
    bundle::publish(&world.app).await.unwrap();
    world.forward(60);
    publisher.round(&world.app).await.unwrap();
    gate.follow(world).await;
    assert_eq!(gate.says(&alice.shows(world.now()), world.now()), "key_withdrawn");
    assert_eq!(gate.state.colours().unwrap().bundle(), before + 1, "and that there is a newer bundle");
    let fetched = world.read(&gate.caller, "/api/v1/gate").await.done()["bundle"].to_string();
    let followed = gate.state.bundle().follow(fetched.as_bytes()).unwrap();
    assert_eq!(followed.contents().version, before + 1);
}

async fn a_scan_made_alone_arrives_once_and_makes_a_visit_as_of_then(world: &World) {
    let alice = phone(world, &cast::alice()).await;
    let gate = Gate::at(world, &world.point("gate").await).await;
    let scan = |id: &str, at: Instant, direction: &str| {
        json!({
            "id": id, "code": alice.shows(at), "direction": direction, "scanned_at": at.to_string(),
            "verdict": "valid", "colour": "green", "action": "pass",
        })
    };
    let (came, left) = (world.now(), world.now().plus_seconds(1_800));
    world.forward(6 * 3_600);
    let forged = json!({
        "id": "forged-one", "code": "EPC1:ABC", "direction": "in", "scanned_at": came.to_string(),
        "verdict": "malformed", "reason": "cbor_short", "action": "ask",
    });
    let scans = [scan("scan-one", came, "in"), scan("scan-two", left, "out"), forged];
    for round in 0..2 {
        let answer = world.post(&gate.caller, "/api/v1/gate/scans", json!({ "scans": scans })).await.done();
        assert_eq!(answer["taken"], json!(["scan-one", "scan-two", "forged-one"]), "round {round}");
        assert_eq!(answer["unknown"], 1);
    }
    let officer = world.officer().await;
    let person = world.person(&alice.caller).await;
    let seen = world.read(&officer, &format!("/api/v1/people/{person}?purpose=case")).await.done();
    let visits = seen["visits"].as_array().unwrap();
    assert_eq!(visits.len(), 1, "{visits:?}");
    assert_eq!(visits[0]["entered_at"], "2026-03-02T09:00:00+08:00");
    assert_eq!(visits[0]["left_at"], "2026-03-02T09:30:00+08:00");
    let mut seated = scan("scan-four", came.plus_seconds(7_200), "passing");
    (seated["seat"], seated["part"]) = ("r12/A".into(), "hall-2".into());
    world.post(&gate.caller, "/api/v1/gate/scans", json!({ "scans": [seated] })).await.done();
    let conn = &mut *world.app.store.reader().await.unwrap();
    let day = Interval { from: came, until: world.now() };
    let kept = visits::of_person(conn, &PersonId::new(&person).unwrap(), day).await.unwrap();
    let places: Vec<_> = kept.iter().map(|visit| (visit.seat.as_deref(), visit.part.as_deref())).collect();
    assert_eq!(places, [(None, None), (Some("r12/A"), Some("hall-2"))], "where the gate knew");
    for (field, text, why) in
        [("seat", "12A", "scan 1: seat: \"12A\" is no seat"), ("part", "a b", "scan 1: part")]
    {
        let mut scan = scan("scan-five", came, "in");
        scan[field] = text.into();
        let refused = world.post(&gate.caller, "/api/v1/gate/scans", json!({ "scans": [scan] })).await;
        assert!(refused.body["detail"].as_str().unwrap().starts_with(why), "{}", refused.body);
    }
    for at in [world.now().plus_seconds(86_401), world.now().plus_days_of_24h(-8)] {
        let mut scan = scan("scan-three", came, "in");
        scan["scanned_at"] = at.to_string().into();
        let refused = world.post(&gate.caller, "/api/v1/gate/scans", json!({ "scans": [scan] })).await;
        assert_eq!(refused.code(), "body");
    }
}

async fn a_late_scan_counts_though_the_phone_has_enrolled_again_since(world: &World) {
    let alice = phone(world, &cast::alice()).await;
    let point = world.point("gate").await;
    let (came, shown) = (world.now(), alice.shows(world.now()));
    world.forward(60);
    Phone::enrol(world, &alice.caller).await;
    let withdrawn = alice.shows(world.now());
    world.forward(3 * 86_400);
    forget::forget(&world.app).await.unwrap();
    let scan = |id: &str, code: &str, at: Instant| {
        json!({
            "id": id, "code": code, "direction": "in", "scanned_at": at.to_string(), "verdict": "valid",
            "colour": "green", "action": "pass",
        })
    };
    let after = came.plus_seconds(60);
    let scans =
        json!({ "scans": [scan("scan-before", &shown, came), scan("scan-after", &withdrawn, after)] });
    let gate = world.checker(&point).await;
    let answer = world.post(&gate, "/api/v1/gate/scans", scans).await.done();
    assert_eq!((&answer["taken"], &answer["unknown"]), (&json!(["scan-before", "scan-after"]), &1.into()));
    let (officer, person) = (world.officer().await, world.person(&alice.caller).await);
    let seen = world.read(&officer, &format!("/api/v1/people/{person}?purpose=case")).await.done();
    let visits: Vec<_> =
        seen["visits"].as_array().unwrap().iter().map(|visit| &visit["entered_at"]).collect();
    assert_eq!(visits, [&json!("2026-03-02T09:00:00+08:00")], "the one before its pass was withdrawn");
}

async fn an_idle_minute_is_published_too_and_two_servers_publish_it_once(world: &World) {
    let (mut one, mut other) = (Publisher::new(world.now()), Publisher::new(world.now()));
    let alice = phone(world, &cast::alice()).await;
    for _ in 0..3 {
        for publisher in [&mut one, &mut other] {
            publisher.round(&world.app).await.unwrap();
        }
        world.forward(60);
    }
    let mut gate = Gate::at(world, &world.point("gate").await).await;
    gate.follow(world).await;
    assert_eq!(gate.number(), 2, "one in each minute after the first");
    let made_at = gate.state.colours().unwrap().made_at();
    assert_eq!(made_at, world.now().plus_seconds(-60), "it says that the colours are fresh");
    assert_eq!(gate.says(&alice.shows(world.now()), world.now()), "green");
    // An hour later there is a new snapshot, and whoever begins with it knows the same.
    for _ in 0..60 {
        world.forward(60);
        one.round(&world.app).await.unwrap();
    }
    let latest = world.get("/status/330100/latest").await.done();
    assert!(latest["snapshot"].as_u64().unwrap() > 0, "{latest}");
    let mut late = Gate::at(world, &world.point("late").await).await;
    late.follow(world).await;
    gate.follow(world).await;
    assert_eq!(
        (late.number(), late.state.colours().unwrap().link()),
        (gate.number(), gate.state.colours().unwrap().link())
    );
}
