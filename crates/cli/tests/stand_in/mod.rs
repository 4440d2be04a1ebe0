//! As much of a server as a gate needs: it answers what `GET /gate`, the status files and the deliveries answer, can be
//! unplugged, and can lose its answers.
#![allow(clippy::unwrap_used, missing_docs)]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use healthcode_core::region::Region;
use healthcode_core::rule_set::Actions;
use healthcode_core::time::{Day, Instant, Interval};
use healthcode_credential::bearer::{Bearer, DeviceKey, LastFour, MaskedName, Paper, StatusReference};
use healthcode_credential::bundle::{Contents, Roots, assemble, draft, sign as sign_bundle};
use healthcode_credential::claims::Claims;
use healthcode_credential::issue::issue;
use healthcode_credential::key_life::KeyLife;
use healthcode_credential::keys::SigningKey;
use healthcode_credential::presentation::present;
use healthcode_credential::status::news::{DayNews, Kind, News};
use healthcode_credential::status::seal::{DayKey, link, seal, sign};
use healthcode_credential::trust::{Purpose, TrustedKey};
use healthcode_server::clock::Clock;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

pub fn now() -> Instant {
    Instant::from_seconds(Clock::system().now().seconds())
}

/// What it would say, and what it was told.
#[derive(Default)]
pub struct Said {
    pub version: u64,
    pub latest: (u64, u64),
    pub files: HashMap<String, Vec<u8>>,
    /// Every scan of every delivery, in the order in which they came.
    pub delivered: Vec<Value>,
    /// Takes deliveries, and tells nobody.
    pub loses_answers: bool,
    /// Ids of scans that it refuses.
    pub refuses: Vec<String>,
    /// Nobody is signed in any more.
    pub session_ended: bool,
    pub asked: Vec<String>,
    link: [u8; 32],
}

pub struct StandIn {
    pub said: Arc<Mutex<Said>>,
    pub address: String,
    keys: Keys,
}

struct Keys {
    roots: Vec<SigningKey>,
    pass: SigningKey,
    status: SigningKey,
    device: SigningKey,
}

impl StandIn {
    /// Plugged in, with a snapshot in which index 2 is red.
    pub fn new() -> Self {
        let key = || SigningKey::generate().unwrap();
        let keys = Keys { roots: vec![key(), key(), key()], pass: key(), status: key(), device: key() };
        let stand_in = Self { said: Arc::default(), address: String::new(), keys };
        {
            let mut said = stand_in.said.lock().unwrap();
            (said.version, said.latest, said.link) = (1, (1, 1), [1; 32]);
            let snapshot = stand_in.news(Kind::Snapshot, 1, [1; 32], vec![2], 1);
            said.files.insert("snapshot/1".to_owned(), stand_in.sealed(&snapshot));
        }
        stand_in.plugged_in()
    }

    /// Answers on a port of its own from now on.
    pub fn plugged_in(mut self) -> Self {
        let listener = match self.address.as_str() {
            "" => TcpListener::bind("127.0.0.1:0").unwrap(),
            address => TcpListener::bind(address).unwrap(),
        };
        self.address = listener.local_addr().unwrap().to_string();
        let (said, gate) = (self.said.clone(), self.gate());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let stop = answer(stream.unwrap(), &said, &gate).unwrap_or(false);
                if stop {
                    return;
                }
            }
        });
        self
    }

    /// Pulls the plug.
    pub fn unplug(&self) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(b"STOP / HTTP/1.1\r\n\r\n").unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn link(&self) -> String {
        format!("{}/sign-in#secret", self.url())
    }

    pub fn fingerprint(&self) -> String {
        self.contents(1).roots.fingerprint().to_string()
    }

    /// A delta in which an index becomes red.
    pub fn turn_red(&self, index: u32) {
        let (number, previous) = {
            let said = self.said.lock().unwrap();
            (said.latest.0 + 1, said.link)
        };
        let news = self.news(Kind::Delta, number, previous, vec![index], 1);
        let file = self.sealed(&news);
        let mut said = self.said.lock().unwrap();
        said.files.insert(format!("delta/{number}"), file);
        (said.latest.0, said.link) = (number, link(&news));
    }

    /// A snapshot of now, in which these indexes are red.
    pub fn publish(&self, red: Vec<u32>) {
        let (number, link) = {
            let said = self.said.lock().unwrap();
            (said.latest.0, said.link)
        };
        let file = self.sealed(&self.news(Kind::Snapshot, number, link, red, 1));
        let mut said = self.said.lock().unwrap();
        said.files.insert(format!("snapshot/{number}"), file);
        said.latest.1 = number;
    }

    fn today() -> Day {
        Day(now().seconds().div_euclid(86_400) as i32)
    }

    fn news(&self, kind: Kind, number: u64, previous: [u8; 32], red: Vec<u32>, bundle: u64) -> News {
        let day = DayNews { size: 1_000, lists: [vec![], vec![], red, vec![]] };
        let days = BTreeMap::from([(Self::today(), day)]);
        let region = Region::new("330100").unwrap();
        News { kind, region, number, previous, made_at: now(), bundle, withdrawn: vec![], days }
    }

    fn sealed(&self, news: &News) -> Vec<u8> {
        let key = DayKey { day: Self::today(), secret: [7; 32] };
        seal(&sign(news, &self.keys.status).unwrap(), &key, Clock::system().bytes()).unwrap()
    }

    fn contents(&self, version: u64) -> Contents {
        let in_force = Interval::new(now().plus_days_of_24h(-9), now().plus_days_of_24h(9)).unwrap();
        let region = Region::new("330100").unwrap();
        let key = |key: &SigningKey, purpose| TrustedKey {
            public: key.public().clone(),
            purpose,
            issuer: Some(region.clone()),
            life: Some(KeyLife::Active { in_force }),
        };
        Contents {
            version,
            region: region.clone(),
            issued_at: now().plus_seconds(-60),
            ends_at: now().plus_days_of_24h(5),
            roots: Roots::new(2, self.keys.roots.iter().map(|root| root.public().clone())).unwrap(),
            keys: vec![key(&self.keys.pass, Purpose::Pass), key(&self.keys.status, Purpose::Status)],
            recognises: vec![],
            actions: Actions::default(),
            rule_set: "hangzhou-2020-02@1".to_owned(),
        }
    }

    /// What `GET /gate` says of each version of the bundle.
    fn gate(&self) -> Vec<Value> {
        let of = |version: u64| {
            let contents = self.contents(version);
            let body = draft(&contents).unwrap();
            let signatures: Vec<_> =
                self.keys.roots[..2].iter().map(|root| sign_bundle(&body, root).unwrap()).collect();
            let bundle: Value = serde_json::from_slice(&assemble(&body, &signatures)).unwrap();
            json!({
                "region": "330100", "point": {"id": "p1", "name": {"en": "Gate", "zh": "门"}, "kind": "market"},
                "bundle": bundle, "roots": contents.roots.fingerprint().to_string(),
                "day_keys": [{"day": Self::today(), "secret": URL_SAFE_NO_PAD.encode([7; 32])}],
                "status": {"number": 1, "snapshot": 1, "url": "/status/330100"},
            })
        };
        (1..4).map(of).collect()
    }

    fn pass(&self, bearer: Bearer, seconds: i64) -> String {
        let issuer = Region::new("330100").unwrap();
        let issued_at = now().plus_seconds(-10);
        issue(
            &Claims { issuer, issued_at, expires_at: issued_at.plus_seconds(seconds), bearer },
            &self.keys.pass,
        )
        .unwrap()
    }

    pub fn token(&self, index: u32) -> String {
        self.pass(Bearer::Token { status: StatusReference { day: Self::today(), index } }, 90)
    }

    /// A phone's code, signed so many seconds ago.
    pub fn shown(&self, index: u32, ago: i64) -> String {
        let device = DeviceKey::new(self.keys.device.public());
        let bearer = Bearer::Phone { status: StatusReference { day: Self::today(), index }, device };
        let issued_at = now().plus_seconds(-3_600);
        let issuer = Region::new("330100").unwrap();
        let claims = Claims { issuer, issued_at, expires_at: issued_at.plus_seconds(86_400), bearer };
        let pass = issue(&claims, &self.keys.pass).unwrap();
        present(&pass, now().plus_seconds(-ago), |bytes| self.keys.device.sign(bytes)).unwrap().unwrap()
    }

    pub fn paper(&self) -> String {
        let (name, last_four) = (MaskedName::new("张**").unwrap(), LastFour::new("001X").unwrap());
        self.pass(Bearer::Paper(Paper { number: [1; 8], name, last_four }), 86_400)
    }

    pub fn forged(&self) -> String {
        let text = self.token(0);
        let last = if text.ends_with('0') { "1" } else { "0" };
        // The last character of a signature; another one is another signature, or none.
        format!("{}{last}", &text[..text.len() - 1])
    }

    /// The codes of the scans that came, each once, in order.
    pub fn codes(&self) -> Vec<String> {
        let said = self.said.lock().unwrap();
        let mut seen = std::collections::BTreeSet::new();
        let new = said.delivered.iter().filter(|scan| seen.insert(scan["id"].to_string()));
        new.map(|scan| scan["code"].as_str().unwrap().to_owned()).collect()
    }
}

/// Answers one request; tells whether it was the last.
fn answer(stream: TcpStream, said: &Mutex<Said>, gate: &[Value]) -> std::io::Result<bool> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let words: Vec<_> = first.split(' ').collect();
    if words[0] == "STOP" {
        return Ok(true);
    }
    let mut said = said.lock().unwrap();
    said.asked.push(format!("{} {}", words[0], words[1]));
    let (status, answer) = answer_to(words[1], &body, &mut said, gate);
    if words[1] == "/api/v1/gate/scans" && said.loses_answers {
        return Ok(false);
    }
    let head =
        format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", answer.len());
    let mut stream = reader.into_inner();
    stream.write_all(head.as_bytes())?;
    stream.write_all(&answer)?;
    Ok(false)
}

fn answer_to(path: &str, body: &[u8], said: &mut Said, gate: &[Value]) -> (u16, Vec<u8>) {
    let json = |value: Value| (200, value.to_string().into_bytes());
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    if said.session_ended && path.starts_with("/api/v1/gate") {
        return (401, b"{}".to_vec());
    }
    match path {
        "/api/v1/sessions" if body["link"] == "secret" => {
            said.session_ended = false;
            json(json!({"token": "t", "role": "checker"}))
        }
        "/api/v1/sessions" => (410, br#"{"code":"link_used"}"#.to_vec()),
        "/api/v1/gate" => {
            let mut answer = gate[said.version as usize - 1].clone();
            answer["server_time"] = json!(now());
            json(answer)
        }
        "/api/v1/scans" => json(json!({
            "verdict": "valid", "reason": null, "colour": "yellow", "action": "stop", "masked_name": "张**",
            "document_last_four": "001X", "direction": "in", "scanned_at": now(),
        })),
        "/api/v1/gate/scans" => {
            let scans = body["scans"].as_array().unwrap().clone();
            if scans.iter().any(|scan| said.refuses.iter().any(|code| scan["code"] == code.as_str())) {
                return (422, br#"{"code":"body","detail":"scan 1"}"#.to_vec());
            }
            let taken: Vec<_> = scans.iter().map(|scan| scan["id"].clone()).collect();
            said.delivered.extend(scans);
            json(json!({"taken": taken, "unknown": 0}))
        }
        "/status/330100/latest" => json(json!({"number": said.latest.0, "snapshot": said.latest.1})),
        path => match path.strip_prefix("/status/330100/").and_then(|name| said.files.get(name)) {
            Some(file) => (200, file.clone()),
            None => (404, b"{}".to_vec()),
        },
    }
}
