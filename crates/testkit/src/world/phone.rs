//! A resident's phone: keys of its own, and passes for each of them.

use super::{Answer, Caller, World};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use healthcode_core::time::Instant;
use healthcode_credential::keys::{PublicKey, SigningKey};
use healthcode_credential::presentation::present;
use serde_json::{Value, json};
use std::sync::Arc;

/// A phone that is enrolled.
pub struct Phone {
    /// Its session.
    pub caller: Caller,
    enrolment: Arc<SigningKey>,
    /// Somebody whom its owner answers for, where these passes are hers.
    whom: Option<String>,
    passes: Vec<(SigningKey, Value)>,
}

fn point(key: &PublicKey) -> String {
    BASE64_URL_SAFE_NO_PAD.encode([&[4][..], key.x(), key.y()].concat())
}

fn new_key() -> SigningKey {
    SigningKey::generate().expect("a key")
}

impl Phone {
    /// Enrols the phone of a session.
    pub async fn enrol(world: &World, caller: &Caller) -> Self {
        let enrolment = Arc::new(new_key());
        let body = json!({ "key": point(enrolment.public()) });
        world.post(caller, "/api/v1/me/enrolment", body).await.done();
        Self { caller: caller.clone(), enrolment, whom: None, passes: Vec::new() }
    }

    /// The same phone, with passes for somebody whom its owner answers for.
    pub fn carries(&self, person: &str) -> Self {
        let (caller, enrolment) = (self.caller.clone(), self.enrolment.clone());
        Self { caller, enrolment, whom: Some(person.to_owned()), passes: Vec::new() }
    }

    /// What asks for passes for `keys`.
    pub fn request(&self, world: &World, keys: &[SigningKey]) -> Value {
        let made_at = world.now().to_string();
        let keys: Vec<_> = keys.iter().map(|key| point(key.public())).collect();
        let whom = self.whom.as_ref().map_or(String::new(), |person| format!("{person}\n"));
        let text = format!("EPC1 renewal\n{made_at}\n{whom}{}", keys.join("\n"));
        let signature = self.enrolment.sign(text.as_bytes()).expect("a signature");
        let signature = BASE64_URL_SAFE_NO_PAD.encode(signature);
        let mut body = json!({ "made_at": made_at, "device_keys": keys, "signature": signature });
        if let Some(person) = &self.whom {
            body["for"] = person.as_str().into();
        }
        body
    }

    /// Fetches passes for as many new keys; how many were issued.
    pub async fn fetch(&mut self, world: &World, keys: usize) -> usize {
        let keys: Vec<_> = (0..keys).map(|_| new_key()).collect();
        let answer = self.ask(world, &keys).await.done();
        let passes = answer["passes"].as_array().expect("passes");
        self.passes.extend(keys.into_iter().zip(passes.iter().cloned()));
        passes.len()
    }

    /// Asks for passes; the answer as it is.
    pub async fn ask(&self, world: &World, keys: &[SigningKey]) -> Answer {
        let body = self.request(world, keys);
        world.post(&self.caller, "/api/v1/me/passes", body).await
    }

    /// The passes it holds, as they were issued.
    pub fn passes(&self) -> impl Iterator<Item = &Value> {
        self.passes.iter().map(|(_, pass)| pass)
    }

    /// What it shows at `at`: the first pass that is good then, with the time signed beside it.
    pub fn shows(&self, at: Instant) -> String {
        let is_good = |pass: &Value| {
            let time =
                |field: &str| Instant::parse(pass[field].as_str().unwrap_or_default()).expect("a time");
            time("issued_at") <= at && at < time("expires_at")
        };
        let (key, pass) =
            self.passes.iter().find(|(_, pass)| is_good(pass)).expect("a pass that is good now");
        let text = pass["text"].as_str().expect("a text");
        present(text, at, |bytes| key.sign(bytes)).expect("a pass").expect("a signature")
    }
}
