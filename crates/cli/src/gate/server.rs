//! What the gate asks of the server. Whatever fails here leaves the gate to decide by what it holds.

use healthcode_core::region::Region;
use healthcode_core::time::{Day, Instant};
use healthcode_credential::bundle::Fingerprint;
use healthcode_server::clock::Clock;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::sync::Arc;
use std::time::Duration;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, http};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long people wait at the gate for what only the server knows.
const PATIENCE_AT_GATE: Duration = Duration::from_secs(2);
/// How long one line of events lasts; then the gate connects again.
const LONGEST_LINE: Duration = Duration::from_secs(600);
/// Bytes of an answer in JSON, at most.
const MOST_JSON_BYTES: u64 = 16 << 20;
/// Bytes of a status file, at most.
const MOST_STATUS_BYTES: u64 = healthcode_credential::status::seal::LONGEST_FILE_BYTES as u64;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The server cannot be reached.
    #[error("the server cannot be reached ({0})")]
    Away(String),
    /// The session has ended.
    #[error("the session has ended; enrol the gate with --sign-in and a new link of its collection point")]
    SignIn,
    /// There is no such thing.
    #[error("the server does not have it")]
    NotFound,
    /// What was sent is wrong, and will be wrong again.
    #[error("the server refuses: {0}")]
    Refused(String),
    /// The gate may not do this, or not now.
    #[error("the server says no: {0}")]
    Denied(String),
    /// What came is not what was expected.
    #[error("the server's answer cannot be read: {0}")]
    Answer(String),
}

/// A server with a session.
pub struct Server {
    agent: Agent,
    url: String,
    token: String,
}

/// What a gate takes along.
#[derive(Deserialize)]
pub struct GateAnswer {
    /// Whose tables.
    pub region: Region,
    /// Where the gate stands.
    pub point: Point,
    /// The trust bundle's file; null until one is published.
    pub bundle: Value,
    /// What its roots are known by, for a gate that takes it for the first time.
    pub roots: Option<String>,
    /// Keys of the status files.
    pub day_keys: Vec<GateDayKey>,
    /// Where these lie.
    pub status: StatusPlace,
    /// What the gate's clock is compared with.
    pub server_time: Instant,
}

/// A collection point.
#[derive(Deserialize)]
pub struct Point {
    /// Its kind.
    pub kind: String,
}

/// The key of one day.
#[derive(Deserialize)]
pub struct GateDayKey {
    /// The day.
    pub day: Day,
    /// 32 bytes in base64url.
    pub secret: String,
}

/// Where status files lie.
#[derive(Deserialize)]
pub struct StatusPlace {
    /// Path or address.
    pub url: String,
}

/// The newest status files.
#[derive(Deserialize, Clone, Copy)]
pub struct Latest {
    /// Number of the newest delta.
    pub number: u64,
    /// Number of the newest snapshot.
    pub snapshot: u64,
}

impl GateAnswer {
    /// The bundle as it is signed and read.
    pub fn bundle_file(&self) -> Vec<u8> {
        self.bundle.to_string().into_bytes()
    }

    /// The fingerprint of the roots; of none where the server names none.
    pub fn roots(&self) -> Fingerprint {
        self.roots.as_deref().and_then(Fingerprint::parse).unwrap_or(Fingerprint([0; 32]))
    }
}

impl Server {
    /// A server; nothing is asked yet.
    pub fn new(url: &str, authority: Option<&[u8]>) -> Result<Self, Trouble> {
        let uri: http::Uri = url.parse().map_err(|_| Trouble::Answer(format!("{url:?} is no address")))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none() {
            return Err(Trouble::Answer(format!("{url:?} is no address; write https://HOST")));
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut tls = TlsConfig::builder().unversioned_rustls_crypto_provider(provider);
        if let Some(pem) = authority {
            let certificates: Vec<Certificate<'static>> = parse_pem(pem)
                .filter_map(|item| match item {
                    Ok(PemItem::Certificate(certificate)) => Some(certificate),
                    _ => None,
                })
                .collect();
            tls = tls.root_certs(RootCerts::new_with_certs(&certificates));
        }
        let config = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .max_redirects(0)
            .tls_config(tls.build());
        Ok(Self { agent: config.build().new_agent(), url: url.to_owned(), token: String::new() })
    }

    /// With the token of a session.
    pub fn with_token(self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self }
    }

    /// The session's token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Opens a session with what stands behind `/sign-in#`.
    pub fn sign_in(&mut self, secret: &str, clock: &Clock) -> Result<(), Trouble> {
        #[derive(Deserialize)]
        struct Opened {
            token: String,
        }
        let opened: Opened =
            self.post("/api/v1/sessions", &json!({ "link": secret }), &clock.random_name(), PATIENCE)?;
        self.token = opened.token;
        Ok(())
    }

    /// What a gate takes along.
    pub fn gate(&self) -> Result<GateAnswer, Trouble> {
        let answer: GateAnswer = read(&self.get("/api/v1/gate", MOST_JSON_BYTES)?)?;
        if answer.bundle.is_null() {
            return Err(Trouble::Answer(
                "no trust bundle is published yet; ask the officers to publish one".to_owned(),
            ));
        }
        Ok(answer)
    }

    /// The newest status files.
    pub fn latest(&self, place: &str) -> Result<Latest, Trouble> {
        read(&self.get(&format!("{place}/latest"), MOST_JSON_BYTES)?)
    }

    /// A status file: `snapshot` or `delta`.
    pub fn status(&self, place: &str, kind: &str, number: u64) -> Result<Vec<u8>, Trouble> {
        self.get(&format!("{place}/{kind}/{number}"), MOST_STATUS_BYTES)
    }

    /// What the server tells connected gates, line by line, for ten minutes at most: a line that broke unnoticed is replaced then.
    pub fn events(&self) -> Result<impl BufRead + use<>, Trouble> {
        let request = self.agent.get(format!("{}/api/v1/gate/events", self.url));
        let request = request.header("Authorization", format!("Bearer {}", self.token));
        let request = request.config().timeout_global(None).timeout_recv_response(Some(PATIENCE));
        let answer = request.timeout_recv_body(Some(LONGEST_LINE)).build().call();
        let answer = answer.map_err(|fault| Trouble::Away(fault.to_string()))?;
        match answer.status().as_u16() {
            200 => Ok(BufReader::new(answer.into_body().into_with_config().limit(u64::MAX).reader())),
            401 => Err(Trouble::SignIn),
            status => Err(Trouble::Denied(format!("status {status}"))),
        }
    }

    /// Asks about one code, as a gate does that is never alone.
    pub fn scan(&self, code: &str, direction: &str, clock: &Clock) -> Result<Value, Trouble> {
        let body = json!({ "code": code, "direction": direction });
        self.post("/api/v1/scans", &body, &clock.random_name(), PATIENCE_AT_GATE)
    }

    /// Delivers scans; tells the ids of those that the server keeps now.
    pub fn deliver(&self, scans: &[Value], clock: &Clock) -> Result<Vec<String>, Trouble> {
        #[derive(Deserialize)]
        struct Delivered {
            taken: Vec<String>,
        }
        let body = json!({ "scans": scans });
        let delivered: Delivered = self.post("/api/v1/gate/scans", &body, &clock.random_name(), PATIENCE)?;
        Ok(delivered.taken)
    }

    /// A path of the server, or an address anywhere, as of files that a cache carries: there the session is not shown.
    fn address(&self, place: &str) -> (String, bool) {
        if place.starts_with('/') {
            (format!("{}{place}", self.url), true)
        } else {
            (place.to_owned(), false)
        }
    }

    fn get(&self, place: &str, most: u64) -> Result<Vec<u8>, Trouble> {
        let (address, ours) = self.address(place);
        let mut request = self.agent.get(&address);
        if ours && !self.token.is_empty() {
            request = request.header("Authorization", format!("Bearer {}", self.token));
        }
        bytes(request.call(), most)
    }

    fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &Value,
        key: &str,
        patience: Duration,
    ) -> Result<T, Trouble> {
        let mut request =
            self.agent.post(format!("{}{path}", self.url)).header("Content-Type", "application/json");
        request = request.header("Idempotency-Key", key);
        if !self.token.is_empty() {
            request = request.header("Authorization", format!("Bearer {}", self.token));
        }
        let request = request.config().timeout_global(Some(patience)).build();
        read(&bytes(request.send(body.to_string()), MOST_JSON_BYTES)?)
    }
}

fn bytes(answer: Result<http::Response<ureq::Body>, ureq::Error>, most: u64) -> Result<Vec<u8>, Trouble> {
    let answer = answer.map_err(|fault| Trouble::Away(fault.to_string()))?;
    let status = answer.status().as_u16();
    let body = answer.into_body().into_with_config().limit(most).read_to_vec();
    let body = body.map_err(|fault| Trouble::Away(fault.to_string()))?;
    match status {
        200..300 => Ok(body),
        401 => Err(Trouble::SignIn),
        404 => Err(Trouble::NotFound),
        400 | 413 | 422 => Err(Trouble::Refused(problem(&body, status))),
        402..500 if status != 429 => Err(Trouble::Denied(problem(&body, status))),
        _ => Err(Trouble::Away(problem(&body, status))),
    }
}

/// The words of a problem, where there are some.
fn problem(body: &[u8], status: u16) -> String {
    let problem: Option<Value> = serde_json::from_slice(body).ok();
    let word = |name: &str| problem.as_ref().and_then(|problem| problem[name].as_str());
    let words: Vec<_> = [word("code"), word("detail").or(word("title"))].into_iter().flatten().collect();
    if words.is_empty() { format!("status {status}") } else { words.join(": ") }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Trouble> {
    serde_json::from_slice(body).map_err(|fault| Trouble::Answer(fault.to_string()))
}
