//! Kill -9 in the middle of concurrent writes: every acknowledged one is there exactly once, and a repetition of any,
//! acknowledged or not, is safe.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;
mod served;

use common::Room;
use healthcode_server::keys::{KeyAccess, Keys};
use healthcode_store::seal::SealKey;
use healthcode_store::{Store, people};
use healthcode_testkit::world::Database;
use serde_json::{Value, json};
use served::{Server, send};
use std::path::Path;
use std::sync::mpsc;

/// Acknowledged writes after which the server is killed.
const ACKNOWLEDGED: usize = 400;
/// Threads that scan, and as many that declare.
const THREADS: usize = 4;

/// A write that was tried, with the answer if it came.
#[derive(Clone)]
struct Tried {
    path: &'static str,
    token: String,
    key: String,
    body: Value,
    answer: Option<(u16, Value)>,
}

impl Tried {
    /// Sends it, once more or for the first time; `false` when no answer came.
    fn send(&mut self, address: &str) -> bool {
        self.answer = send(address, "POST", self.path, &self.token, &self.key, &self.body).ok();
        self.answer.is_some()
    }
}

/// The staff of the test.
struct Staff {
    officer: String,
    checker: String,
    /// Whose code is scanned all the time.
    scanned: String,
    code: String,
}

fn must(address: &str, method: &str, path: &str, token: &str, key: &str, body: Value) -> Value {
    let (status, answer) = send(address, method, path, token, key, &body).unwrap();
    assert!(status < 300, "{method} {path}: {status} {answer}");
    answer
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn sign_in(address: &str, link: &str) -> String {
    let link = link.split_once('#').unwrap().1;
    text(&must(address, "POST", "/api/v1/sessions", "", "", json!({ "link": link }))["token"])
}

fn open_device(address: &str) -> std::io::Result<String> {
    let (_, opened) = send(address, "POST", "/api/v1/device-sessions", "", "", &json!({}))?;
    Ok(text(&opened["token"]))
}

fn declaration(thread: usize, number: usize) -> Value {
    json!({
        "document_kind": "passport", "document_number": format!("K{thread}N{number:06}"), "name": "Kim",
        "phone": format!("199{thread:02}{number:06}"), "symptoms": [], "contact": "no",
        "stayed_in": ["330106"], "residence": "330106", "health_state": "normal",
    })
}

fn staff(server: &mut Server) -> Staff {
    let link = server.told("officer, sign in once: ");
    let address = &server.address;
    let officer = sign_in(address, &link);
    let point = json!({ "name": { "en": "Gate", "zh": "大门" }, "kind": "market", "region": "330106" });
    let point = text(&must(address, "POST", "/api/v1/points", &officer, "point-0001", point)["point"]);
    let invite = json!({ "role": "checker", "point": point });
    let invited = must(address, "POST", "/api/v1/sign-in-links", &officer, "invite-0001", invite);
    let checker = sign_in(address, invited["link"].as_str().unwrap());
    let device = open_device(address).unwrap();
    must(address, "POST", "/api/v1/declarations", &device, "declare-0001", declaration(99, 0));
    let shown = must(address, "GET", "/api/v1/me/code", &device, "", Value::Null);
    assert_eq!(shown["decision"]["colour"], "green", "{shown}");
    Staff { officer, checker, scanned: text(&shown["person"]), code: text(&shown["pass"]["text"]) }
}

/// Scans until the server is gone.
fn scan(address: &str, staff: &Staff, thread: usize, tell: &mpsc::Sender<()>) -> Vec<Tried> {
    let mut all = Vec::new();
    for number in 0.. {
        let body = json!({ "code": staff.code, "direction": "passing" });
        let (token, key) = (staff.checker.clone(), format!("scan-{thread}-{number:06}"));
        let mut tried = Tried { path: "/api/v1/scans", token, key, body, answer: None };
        let came = tried.send(address);
        all.push(tried);
        // Nobody listens any more once the server is to be killed.
        let _ = tell.send(());
        if !came {
            break;
        }
    }
    all
}

/// Declares, each time on a device of its own, until the server is gone.
fn declare(address: &str, thread: usize, tell: &mpsc::Sender<()>) -> Vec<Tried> {
    let mut all = Vec::new();
    for number in 0.. {
        let Ok(token) = open_device(address) else { break };
        let (key, body) = (format!("declare-{thread}-{number:06}"), declaration(thread, number));
        let mut tried = Tried { path: "/api/v1/declarations", token, key, body, answer: None };
        let came = tried.send(address);
        all.push(tried);
        let _ = tell.send(());
        if !came {
            break;
        }
    }
    all
}

/// Loads the server from many sides and kills it in the middle.
fn load_and_kill(server: Server, staff: &Staff) -> (Vec<Tried>, Vec<Tried>) {
    let address = server.address.clone();
    let (tell, told) = mpsc::channel();
    std::thread::scope(|scope| {
        let (mut scanning, mut declaring) = (Vec::new(), Vec::new());
        for thread in 0..THREADS {
            let (address, other, tell) = (&address, tell.clone(), tell.clone());
            scanning.push(scope.spawn(move || scan(address, staff, thread, &other)));
            declaring.push(scope.spawn(move || declare(address, thread, &tell)));
        }
        assert_eq!(told.iter().take(ACKNOWLEDGED).count(), ACKNOWLEDGED);
        server.kill();
        let join = |threads: Vec<std::thread::ScopedJoinHandle<'_, Vec<Tried>>>| {
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        };
        (join(scanning), join(declaring))
    })
}

/// Repeats every write: what was acknowledged is answered as before, what was not is done now.
fn repeat(address: &str, tried: &mut [Tried]) {
    for tried in tried {
        let first = tried.answer.clone();
        assert!(tried.send(address), "the server that started anew answers");
        let again = tried.answer.clone().unwrap();
        assert!(again.0 < 300, "{} {}", again.0, again.1);
        assert!(first.is_none_or(|first| first == again), "{} is answered otherwise", tried.key);
    }
}

fn people_in_store(place: &Database, url: &str) -> i64 {
    let keys = Keys::open(&Keys::path_in(&place.folder().join("data")), &KeyAccess::default()).unwrap();
    runtime().block_on(async {
        let store = Store::open(url, SealKey::new(keys.secret()).unwrap()).await.unwrap();
        let count = people::count(&mut store.reader().await.unwrap()).await.unwrap();
        store.close().await;
        count
    })
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn count_facts(why: &Value, kind: &str) -> usize {
    why["facts"].as_array().unwrap().iter().filter(|fact| fact["kind"] == kind).count()
}

fn survives(database: &Database, url: &str) {
    let data: &Path = &database.folder().join("data");
    let place = ["--data".to_owned(), data.display().to_string(), "--database".to_owned(), url.to_owned()];
    let adopt = ["rules", "adopt", "hangzhou-2020-02", "--authority", "330100"];
    let dates = ["--from", "2020-02-11T00:00:00+08:00", "--until", "2199-01-01T00:00:00+08:00"];
    let place_words = place.iter().map(String::as_str);
    let adopted = Room::new().run(&adopt.into_iter().chain(dates).chain(place_words).collect::<Vec<_>>());
    assert_eq!(adopted.status, 0, "{}", adopted.err);

    let mut server = Server::start(&place, &[]);
    let staff = staff(&mut server);
    let (mut scans, mut declarations) = load_and_kill(server, &staff);
    let acknowledged = scans.iter().chain(&declarations).filter(|tried| tried.answer.is_some()).count();
    assert!(acknowledged + 2 * THREADS >= ACKNOWLEDGED, "{acknowledged}");
    assert!(scans.len() > THREADS && declarations.len() > THREADS, "both were under way");

    let server = Server::start(&place, &[]);
    let address = &server.address;
    repeat(address, &mut scans);
    repeat(address, &mut declarations);
    let path = format!("/api/v1/people/{}?purpose=case", staff.scanned);
    let seen = must(address, "GET", &path, &staff.officer, "", Value::Null);
    assert_eq!(seen["visits"].as_array().unwrap().len(), scans.len(), "every scan is there exactly once");
    for declared in &declarations {
        let why = must(address, "GET", "/api/v1/me/why", &declared.token, "", Value::Null);
        assert_eq!(
            (count_facts(&why, "declaration"), count_facts(&why, "audit")),
            (1, 1),
            "{}",
            declared.key
        );
        assert_eq!(why["decision"]["colour"], "green");
    }
    drop(server);
    assert_eq!(people_in_store(database, url), declarations.len() as i64 + 1);
}

#[test]
fn a_kill_under_load_neither_loses_nor_doubles_an_acknowledged_write_on_sqlite() {
    let database = Database::sqlite();
    survives(&database, &database.url());
}

#[test]
fn a_kill_under_load_neither_loses_nor_doubles_an_acknowledged_write_on_postgres() {
    let Some(database) = runtime().block_on(Database::postgres()) else { return };
    survives(&database, &database.url());
}
