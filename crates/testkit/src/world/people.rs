//! Who lives in a world and what they do, each through the server's own interface.

use super::{Answer, World};
use crate::cast::CastMember;
use healthcode_core::ids::PointId;
use healthcode_core::time::Instant;
use healthcode_server::caller::hash_token;
use healthcode_server::permission::Role;
use healthcode_store::sessions::{self, SignInLink};
use healthcode_store::{Act, StoreFault, Tx};
use serde_json::{Value, json};

/// Someone with a session.
#[derive(Clone, Debug)]
pub struct Caller {
    /// What the session is known by.
    pub token: String,
}

/// What someone of the cast declares when all is well.
pub fn declaration(who: &CastMember) -> Value {
    json!({
        "document_kind": "identity_card", "document_number": who.document.expose(), "name": who.name.expose(),
        "phone": who.phone.expose(), "symptoms": [], "temperature_c": 36.6, "contact": "no",
        "stayed_in": ["330106"], "residence": who.residence, "health_state": "normal",
    })
}

struct AddLink {
    secret: String,
    link: SignInLink,
    at: Instant,
}

impl Act for AddLink {
    type Out = ();
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<(), StoreFault> {
        let forget = healthcode_server::retention::forget_on(self.at, 8);
        sessions::add_link(tx.conn().await?, &hash_token(&self.secret), &self.link, self.at, forget).await
    }
}

impl World {
    /// A device of a resident's own.
    pub async fn resident(&self) -> Caller {
        let opened = self.send("POST", "/api/v1/device-sessions", None, Some("{}"), None).await.done();
        Caller { token: opened["token"].as_str().expect("a token").to_owned() }
    }

    /// A checker at a point.
    pub async fn checker(&self, point: &str) -> Caller {
        self.sign_in(Role::Checker, Some(point), "").await
    }

    /// An officer, signed in today.
    pub async fn officer(&self) -> Caller {
        self.sign_in(Role::Officer, None, "").await
    }

    /// An officer of a region, signed in today.
    pub async fn officer_of(&self, region: &str) -> Caller {
        self.sign_in(Role::Officer, None, region).await
    }

    async fn sign_in(&self, role: Role, point: Option<&str>, region: &str) -> Caller {
        let secret = self.app.clock.random_name();
        let link = SignInLink {
            role: role.word().to_owned(),
            point: point.map(|point| PointId::new(point).expect("a point")),
            account: None,
            region: region.to_owned(),
            label: role.word().to_owned(),
            given_by: "installation".to_owned(),
            expires_at: self.now().plus_days_of_24h(7),
        };
        let add = AddLink { secret: secret.clone(), link, at: self.now() };
        self.app.store.write(add).await.expect("a link");
        let body = json!({ "link": secret }).to_string();
        let opened = self.send("POST", "/api/v1/sessions", None, Some(&body), None).await.done();
        Caller { token: opened["token"].as_str().expect("a token").to_owned() }
    }

    /// A collection point where people stay as long as is usual.
    pub async fn point(&self, name: &str) -> String {
        let officer = self.officer().await;
        let request = json!({ "name": { "en": name, "zh": name }, "kind": "market", "region": "330106" });
        let added = self.post(&officer, "/api/v1/points", request).await.done();
        added["point"].as_str().expect("a point").to_owned()
    }

    /// Reads as a caller.
    pub async fn read(&self, caller: &Caller, path: &str) -> Answer {
        self.send("GET", path, Some(&caller.token), None, None).await
    }

    /// Writes as a caller, under a key that was not used before.
    pub async fn post(&self, caller: &Caller, path: &str, body: Value) -> Answer {
        self.post_once(caller, path, &body, &self.new_key()).await
    }

    /// Writes as a caller under a key.
    pub async fn post_once(&self, caller: &Caller, path: &str, body: &Value, key: &str) -> Answer {
        self.send("POST", path, Some(&caller.token), Some(&body.to_string()), Some(key)).await
    }

    /// Sets something as a caller.
    pub async fn put(&self, caller: &Caller, path: &str, body: Value) -> Answer {
        let (body, key) = (body.to_string(), self.new_key());
        self.send("PUT", path, Some(&caller.token), Some(&body), Some(&key)).await
    }

    /// A device on which someone of the cast has declared that all is well.
    pub async fn declared(&self, who: &CastMember) -> Caller {
        let caller = self.resident().await;
        self.declare(&caller, declaration(who)).await.done();
        caller
    }

    /// Declares.
    pub async fn declare(&self, caller: &Caller, declaration: Value) -> Answer {
        self.post(caller, "/api/v1/declarations", declaration).await
    }

    /// Shows the code: pass and decision.
    pub async fn show(&self, caller: &Caller) -> Value {
        self.read(caller, "/api/v1/me/code").await.done()
    }

    /// The colour in force.
    pub async fn colour(&self, caller: &Caller) -> String {
        self.show(caller).await["decision"]["colour"].as_str().expect("a colour").to_owned()
    }

    /// The text of the QR code.
    pub async fn code(&self, caller: &Caller) -> String {
        self.show(caller).await["pass"]["text"].as_str().expect("a pass").to_owned()
    }

    /// The id of the person a device acts for.
    pub async fn person(&self, caller: &Caller) -> String {
        self.show(caller).await["person"].as_str().expect("a person").to_owned()
    }

    /// Reports today: 36.5 and no symptoms.
    pub async fn report(&self, caller: &Caller) -> Answer {
        self.post(caller, "/api/v1/me/reports", json!({ "temperature_c": 36.5, "symptoms": [] })).await
    }

    /// Scans a code.
    pub async fn scan(&self, checker: &Caller, code: &str, direction: &str) -> Value {
        self.post(checker, "/api/v1/scans", json!({ "code": code, "direction": direction })).await.done()
    }

    /// Reports a case, as an officer who signs in for it, and lets the jobs follow.
    pub async fn report_case(&self, person: &str, status: &str) -> Answer {
        let officer = self.officer().await;
        let answer =
            self.post(&officer, "/api/v1/cases", json!({ "person": person, "status": status })).await;
        self.settle().await;
        answer
    }

    /// Confirms a case.
    pub async fn confirm(&self, person: &str) {
        self.report_case(person, "confirmed").await.done();
    }

    /// Excludes a case.
    pub async fn exclude(&self, person: &str) {
        self.report_case(person, "excluded").await.done();
    }
}
