//! An officer adds, corrects and withdraws evidence.

use healthcode_testkit::cast::{alice, bob};
use healthcode_testkit::world::{Caller, Setting, World};
use serde_json::{Value, json};

struct Desk {
    world: World,
    device: Caller,
    officer: Caller,
    person: String,
}

async fn desk() -> Desk {
    let world = World::new(Setting::default()).await;
    let device = world.declared(&alice()).await;
    let (officer, person) = (world.officer().await, world.person(&device).await);
    world.forward(60);
    Desk { world, device, officer, person }
}

impl Desk {
    async fn add(&self, act: &str, body: Value) -> healthcode_testkit::world::Answer {
        let answer =
            self.world.post(&self.officer, &format!("/api/v1/people/{}/{act}", self.person), body).await;
        self.world.forward(60);
        answer
    }

    /// A stay in Wuhan, which makes red.
    async fn stay(&self) -> String {
        let body =
            json!({ "kind": "stay", "happened_at": "2026-03-01T10:00:00+08:00", "data": stay("420100") });
        self.add("evidence", body).await.done()["evidence"].as_str().unwrap().to_owned()
    }
}

fn stay(region: &str) -> Value {
    json!({ "region": region, "from": "2026-02-20T10:00:00+08:00", "to": "2026-03-01T10:00:00+08:00" })
}

#[tokio::test]
async fn a_correction_replaces_what_was_said() {
    let desk = desk().await;
    let of = desk.stay().await;
    assert_eq!(desk.world.colour(&desk.device).await, "red");
    desk.add("corrections", json!({ "of": of, "data": stay("330100") })).await.done();
    assert_eq!(desk.world.colour(&desk.device).await, "green");
}

#[tokio::test]
async fn a_withdrawal_is_final() {
    let desk = desk().await;
    let of = desk.stay().await;
    desk.add("withdrawals", json!({ "of": of, "reason": "another person of that name" })).await.done();
    assert_eq!(desk.world.colour(&desk.device).await, "green");
    desk.add("corrections", json!({ "of": of, "data": stay("420100") })).await;
    assert_eq!(desk.world.colour(&desk.device).await, "green");
}

#[tokio::test]
async fn evidence_with_a_fault_is_refused_by_its_own_code() {
    let desk = desk().await;
    let add = async |kind: &str, at: &str, data: Value| {
        let body = json!({ "kind": kind, "happened_at": at, "data": data });
        desk.add("evidence", body).await.code().to_owned()
    };
    assert_eq!(add("stay", "2026-03-01", stay("420100")).await, "date_form");
    assert_eq!(add("stay", "2026-04-01T00:00:00Z", stay("420100")).await, "date_future");
    assert_eq!(add("stay", "2025-04-01T00:00:00Z", stay("420100")).await, "date_past");
    assert_eq!(
        add("case_status", "2026-03-01T00:00:00Z", json!({ "status": "confirmed" })).await,
        "evidence_kind"
    );
    assert_eq!(add("order", "2026-03-01T00:00:00Z", json!({})).await, "evidence_kind");
    assert_eq!(add("stay", "2026-03-01T00:00:00Z", json!({ "region": "420100" })).await, "evidence_form");
    assert_eq!(desk.add("corrections", json!({ "of": "unknown", "data": {} })).await.code(), "no_original");
    assert_eq!(
        desk.add("withdrawals", json!({ "of": "unknown", "reason": "?" })).await.code(),
        "no_original"
    );
    assert_eq!(desk.world.colour(&desk.device).await, "green");
}

#[tokio::test]
async fn a_duplicate_key_within_the_data_is_refused_by_name() {
    let desk = desk().await;
    let body = r#"{"kind":"stay","happened_at":"2026-03-01T00:00:00Z","data":{"region":"420100","region":"330100"}}"#;
    let path = format!("/api/v1/people/{}/evidence", desk.person);
    let answer =
        desk.world.send("POST", &path, Some(&desk.officer.token), Some(body), Some("key-twice")).await;
    assert_eq!(answer.code(), "evidence_form");
    assert!(answer.body["detail"].as_str().unwrap().contains("duplicate field `region`"), "{}", answer.body);
}

#[tokio::test]
async fn evidence_of_another_person_cannot_be_withdrawn() {
    let desk = desk().await;
    let of = desk.stay().await;
    let other = desk.world.declared(&bob()).await;
    let path = format!("/api/v1/people/{}/withdrawals", desk.world.person(&other).await);
    let answer = desk.world.post(&desk.officer, &path, json!({ "of": of, "reason": "mistaken" })).await;
    assert_eq!(answer.code(), "no_original");
    assert_eq!(desk.world.colour(&desk.device).await, "red");
}

#[tokio::test]
async fn who_is_no_case_is_neither_excluded_nor_recovered() {
    let desk = desk().await;
    for status in ["excluded", "recovered"] {
        assert_eq!(desk.world.report_case(&desk.person, status).await.code(), "no_case");
    }
    assert_eq!(desk.world.report_case("nobody", "confirmed").await.code(), "not_found");
    let future =
        json!({ "person": desk.person, "status": "confirmed", "onset_at": "2026-03-20T00:00:00+08:00" });
    assert_eq!(desk.world.post(&desk.officer, "/api/v1/cases", future).await.code(), "date_future");
    assert_eq!(desk.world.colour(&desk.device).await, "green");
}

#[tokio::test]
async fn looking_at_a_person_needs_a_purpose_and_searching_one_key() {
    let desk = desk().await;
    let path = format!("/api/v1/people/{}", desk.person);
    assert_eq!(desk.world.read(&desk.officer, &path).await.code(), "purpose");
    let search = async |body: Value| desk.world.post(&desk.officer, "/api/v1/people/search", body).await;
    assert_eq!(search(json!({ "phone": "19900000001" })).await.code(), "purpose");
    assert_eq!(search(json!({ "purpose": "case" })).await.code(), "search_form");
    let number = alice().document.expose().to_owned();
    for key in [
        json!({ "document_number": number, "purpose": "case" }),
        json!({ "phone": alice().phone.expose(), "purpose": "case" }),
    ] {
        let found = search(key).await.done();
        assert_eq!(found["items"][0]["person"], desk.person.as_str(), "{found}");
        assert_eq!(found["items"][0]["colour"], "green");
    }
}

#[tokio::test]
async fn evidence_of_an_unknown_region_or_of_a_time_to_come_is_refused() {
    let desk = desk().await;
    let path = format!("/api/v1/people/{}/evidence", desk.person);
    let at = desk.world.now().plus_seconds(-60).to_string();
    let ahead = desk.world.now().plus_seconds(3_600).to_string();
    let stay =
        |region: &str, to: &str| json!({ "region": region, "from": "2026-03-01T00:00:00+08:00", "to": to });
    let contact = json!({ "level": "close", "basis": "investigation", "grade": "witnessed", "minutes": 60,
        "first_at": at, "last_at": ahead });
    for (kind, data, code) in [
        ("stay", stay("999999", &at), "region_unknown"),
        ("arrival", json!({ "from_country": "XX", "entered_at": at }), "region_unknown"),
        ("stay", stay("330106", &ahead), "date_future"),
        ("exposure", contact, "date_future"),
    ] {
        let body = json!({ "kind": kind, "happened_at": at, "data": data });
        assert_eq!(desk.world.post(&desk.officer, &path, body).await.code(), code, "{kind}");
    }
    assert_eq!(desk.world.colour(&desk.device).await, "green");
}
