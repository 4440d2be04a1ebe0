//! Problems speak to people, in both languages, and neither they nor the log ever repeat a personal datum.

use healthcode_server::problem::{Code, Problem};
use healthcode_testkit::cast::{alice, bob};
use healthcode_testkit::world::{Answer, Setting, World, declaration};
use serde_json::json;
use std::collections::HashSet;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;

#[tokio::test]
async fn every_problem_has_a_code_a_sentence_and_a_next_step_in_both_languages() {
    use axum::response::IntoResponse;
    let mut words = HashSet::new();
    for code in Code::ALL {
        let response = Problem::new(*code).into_response();
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let bytes = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert!(words.insert(body["code"].as_str().unwrap().to_owned()), "{code:?} is used twice");
        assert_eq!(body["status"], code.status().as_u16());
        for part in ["text", "next"] {
            let chinese = body[part]["zh"].as_str().unwrap();
            assert!(!body[part]["en"].as_str().unwrap().is_empty() && !chinese.is_ascii(), "{code:?} {part}");
        }
        assert_eq!(body["title"], body["text"]["en"]);
    }
}

/// Everything that is logged, whatever the level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// What must never be repeated.
fn personal() -> Vec<String> {
    let of = |who: healthcode_testkit::cast::CastMember| {
        let phone = who.phone.expose().trim_start_matches("+86").to_owned();
        [who.document.expose().to_owned(), phone, who.name.expose().to_owned()]
    };
    of(alice()).into_iter().chain(of(bob())).collect()
}

fn assert_silent(text: &str, what: &str) {
    for datum in personal() {
        assert!(!text.contains(&datum), "{what} repeats a personal datum: {text}");
    }
}

/// Every field of a declaration with personal data of the wrong kind in it.
async fn provoke(world: &World) -> Vec<Answer> {
    let device = world.resident().await;
    let mut answers = Vec::new();
    for datum in personal() {
        for field in
            ["document_kind", "document_number", "name", "phone", "contact", "residence", "health_state"]
        {
            let mut declared = declaration(&alice());
            declared[field] = datum.clone().into();
            answers.push(world.declare(&device, declared).await);
        }
        for (field, value) in
            [("symptoms", json!([datum])), ("stayed_in", json!(datum)), ("temperature_c", json!(datum))]
        {
            let mut declared = declaration(&alice());
            declared[field] = value;
            answers.push(world.declare(&device, declared).await);
        }
    }
    answers
}

async fn provoke_as_officer(world: &World) -> Vec<Answer> {
    let device = world.declared(&bob()).await;
    let (officer, person) = (world.officer().await, world.person(&device).await);
    let mut answers = Vec::new();
    for datum in personal() {
        let purpose = json!({ "document_number": datum, "purpose": datum });
        answers.push(world.post(&officer, "/api/v1/people/search", purpose).await);
        let stay =
            json!({ "kind": "stay", "happened_at": "2026-03-01T00:00:00Z", "data": { "region": datum } });
        answers.push(world.post(&officer, &format!("/api/v1/people/{person}/evidence"), stay).await);
        let test = json!({ "assay": datum, "result": "negative", "sampled_at": datum });
        let test = json!({ "kind": "test_result", "happened_at": datum, "data": test });
        answers.push(world.post(&officer, &format!("/api/v1/people/{person}/evidence"), test.clone()).await);
        let test =
            json!({ "kind": "test_result", "happened_at": "2026-03-01T00:00:00Z", "data": test["data"] });
        answers.push(world.post(&officer, &format!("/api/v1/people/{person}/evidence"), test).await);
        answers
            .push(world.post(&officer, "/api/v1/cases", json!({ "person": datum, "status": datum })).await);
        answers.push(world.post(&officer, "/api/v1/activations", json!({ "code": datum })).await);
    }
    world.confirm(&person).await;
    answers
}

#[tokio::test]
async fn neither_a_problem_nor_the_log_repeats_a_personal_datum() {
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    // For the whole process: the database is spoken to on threads of its own.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let world = World::new(Setting::default()).await;
    let mut answers = provoke(&world).await;
    answers.extend(provoke_as_officer(&world).await);
    let problems: Vec<_> = answers.iter().filter(|answer| answer.status >= 400).collect();
    assert!(problems.len() > 50, "{}", problems.len());
    for problem in problems {
        assert!(problem.status < 500, "{}", problem.body);
        assert_silent(&problem.body.to_string(), "a problem");
    }
    world.app.store.close().await;
    let logged = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(logged.contains("INSERT INTO person"), "the log of statements was not caught");
    assert_silent(&logged, "the log");
}
