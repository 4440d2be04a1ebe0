//! Phones that enrolled and fetched a pass each, and present it when they are scanned.

use crate::Answer;
use crate::http_load::{self, request};
use crate::installation::key;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use healthcode_core::time::{Instant, Zone};
use healthcode_credential::keys::SigningKey;
use healthcode_credential::presentation::present;
use healthcode_server::clock::Clock;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::net::SocketAddr;

/// Connections that enrol and fetch.
const CONNECTIONS: usize = 128;

/// The passes, by phone; all phones have one key, which costs a server as much as a key each.
pub struct Phones {
    key: SigningKey,
    passes: Vec<String>,
}

impl Phones {
    /// Enrols the phones with these sessions and fetches a pass for each, from the server, as the pages do.
    pub async fn fetch(server: SocketAddr, sessions: &[String]) -> Answer<Self> {
        let signer = SigningKey::generate()?;
        let public = signer.public();
        let point = BASE64_URL_SAFE_NO_PAD.encode([&[4][..], public.x(), public.y()].concat());
        let enrolment = json!({ "key": point }).to_string();
        let enrol = |(number, session): (usize, &String)| {
            request("POST", "/api/v1/me/enrolment", session, &key("enrol", number), &enrolment)
        };
        let enrolling: Vec<_> = sessions.iter().enumerate().map(enrol).collect();
        http_load::run(server, CONNECTIONS, &enrolling, enrolling.len(), |_, _| ()).await?;
        let renewal = renewal(&signer, &point, Clock::system().now())?;
        let fetch = |(number, session): (usize, &String)| {
            request("POST", "/api/v1/me/passes", session, &key("fetch", number), &renewal)
        };
        let fetching: Vec<_> = sessions.iter().enumerate().map(fetch).collect();
        let passes = RefCell::new(vec![String::new(); sessions.len()]);
        let keep = |number: usize, body: &[u8]| {
            let body: Value = serde_json::from_slice(body).unwrap_or_default();
            let text = body["passes"][0]["text"].as_str().unwrap_or_default();
            text.clone_into(&mut passes.borrow_mut()[number]);
        };
        http_load::run(server, CONNECTIONS, &fetching, fetching.len(), keep).await?;
        let passes = passes.into_inner();
        if passes.iter().any(String::is_empty) {
            return Err("a phone was given no pass".into());
        }
        Ok(Self { key: signer, passes })
    }

    /// What some of them show at `at`.
    pub fn present(&self, some: std::ops::Range<usize>, at: Instant) -> Answer<Vec<String>> {
        let one = |pass: &String| -> Answer<String> {
            Ok(present(pass, at, |bytes| self.key.sign(bytes)).ok_or("no pass")??)
        };
        self.passes[some].iter().map(one).collect()
    }
}

/// The body that asks for a pass for the key `point`, signed by the key that was enrolled, which is the same here.
fn renewal(signer: &SigningKey, point: &str, at: Instant) -> Answer<String> {
    let made_at = Zone::new("UTC")?.show(at).to_string();
    let signature = signer.sign(["EPC1 renewal", &made_at, point].join("\n").as_bytes())?;
    let signature = BASE64_URL_SAFE_NO_PAD.encode(signature);
    Ok(json!({ "made_at": made_at, "device_keys": [point], "signature": signature }).to_string())
}
