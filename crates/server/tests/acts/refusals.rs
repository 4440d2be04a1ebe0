//! Each bad input has its own error, and nothing of it is stored.

use healthcode_store::people;
use healthcode_testkit::cast::{alice, bob};
use healthcode_testkit::world::{Setting, World, declaration};
use serde_json::{Value, json};

async fn refused(change: impl FnOnce(&mut Value)) -> (String, Option<String>) {
    let world = World::new(Setting::default()).await;
    let device = world.resident().await;
    let mut declared = declaration(&alice());
    change(&mut declared);
    let answer = world.declare(&device, declared).await;
    assert_eq!(answer.status, 422, "{}", answer.body);
    assert_eq!(world.show(&device).await, json!({ "declared": false }));
    assert_eq!(people::count(&mut world.app.store.reader().await.unwrap()).await.unwrap(), 0);
    (answer.code().to_owned(), answer.body["field"].as_str().map(str::to_owned))
}

/// The identity card number of a body, with the check character that belongs to it.
fn card(body: &str) -> String {
    format!("{body}{}", healthcode_core::personal::check_character(body) as char)
}

async fn number(text: &str) -> (String, Option<String>) {
    refused(|declared| declared["document_number"] = text.into()).await
}

fn expected(code: &str, field: &str) -> (String, Option<String>) {
    (code.to_owned(), Some(field.to_owned()))
}

#[tokio::test]
async fn a_mistyped_identity_number_is_told_from_a_malformed_one() {
    let right = alice().document.expose().to_owned();
    let last = if right.ends_with('1') { '2' } else { '1' };
    assert_eq!(
        number(&format!("{}{last}", &right[..17])).await,
        expected("identity_check", "document_number")
    );
    assert_eq!(number("12345").await, expected("identity_form", "document_number"));
}

#[tokio::test]
async fn a_birthday_that_does_not_exist_or_is_to_come_is_refused() {
    for born in ["19900231", "20300101", "18600101"] {
        assert_eq!(
            number(&card(&format!("330106{born}123"))).await,
            expected("identity_birthday", "document_number")
        );
    }
}

#[tokio::test]
async fn another_documents_number_has_its_own_form() {
    let answer = refused(|declared| {
        declared["document_kind"] = "passport".into();
        declared["document_number"] = "E-1".into();
    });
    assert_eq!(answer.await, expected("document_form", "document_number"));
}

#[tokio::test]
async fn phone_and_name_are_refused_by_their_field() {
    assert_eq!(refused(|d| d["phone"] = "1381234".into()).await, expected("phone_form", "phone"));
    assert_eq!(refused(|d| d["name"] = "".into()).await, expected("name_form", "name"));
    assert_eq!(refused(|d| d["name"] = "a\u{202E}b".into()).await, expected("name_form", "name"));
    assert_eq!(refused(|d| d["name"] = "n".repeat(61).into()).await, expected("name_form", "name"));
}

#[tokio::test]
async fn a_region_must_have_the_form_of_one_and_exist() {
    assert_eq!(refused(|d| d["residence"] = "hangzhou".into()).await, expected("region_form", "residence"));
    assert_eq!(refused(|d| d["residence"] = "999999".into()).await, expected("region_unknown", "residence"));
    assert_eq!(
        refused(|d| d["stayed_in"] = json!(["330106", "999999"])).await,
        expected("region_unknown", "stayed_in")
    );
}

#[tokio::test]
async fn a_temperature_must_be_one_of_a_living_body() {
    for degrees in [29.9, 45.1, -1.0, 366.0] {
        assert_eq!(
            refused(|d| d["temperature_c"] = degrees.into()).await,
            expected("temperature_range", "temperature_c")
        );
    }
}

#[tokio::test]
async fn an_unknown_field_a_missing_one_and_a_wrong_word_are_named() {
    assert_eq!(refused(|d| d["colour"] = "green".into()).await.0, "body");
    let world = World::new(Setting::default()).await;
    let device = world.resident().await;
    let mut declared = declaration(&alice());
    declared["colour"] = "green".into();
    let answer = world.declare(&device, declared).await;
    assert!(answer.body["detail"].as_str().unwrap().contains("`colour`"), "{}", answer.body);
    let mut declared = declaration(&alice());
    declared.as_object_mut().unwrap().remove("phone");
    let answer = world.declare(&device, declared).await;
    assert!(answer.body["detail"].as_str().unwrap().contains("missing field `phone`"), "{}", answer.body);
    let mut declared = declaration(&alice());
    declared["contact"] = "perhaps".into();
    let detail = world.declare(&device, declared).await.body["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("`unsure`") && !detail.contains("perhaps"), "{detail}");
}

#[tokio::test]
async fn a_duplicate_key_is_refused_by_name() {
    let world = World::new(Setting::default()).await;
    let device = world.resident().await;
    let twice = declaration(&alice()).to_string().replacen('{', r#"{"phone":"19900000009","#, 1);
    let answer = world
        .send("POST", "/api/v1/declarations", Some(&device.token), Some(&twice), Some("key-twice"))
        .await;
    assert_eq!((answer.status, answer.code()), (422, "body"));
    assert!(answer.body["detail"].as_str().unwrap().contains("duplicate field `phone`"), "{}", answer.body);
}

#[tokio::test]
async fn what_is_no_json_too_large_or_at_no_address_is_a_problem_document_too() {
    let world = World::new(Setting::default()).await;
    let device = world.resident().await;
    let send = async |method: &str, path: &str, body: &str| {
        let answer = world.send(method, path, Some(&device.token), Some(body), Some("key-00000")).await;
        (answer.status, answer.code().to_owned())
    };
    assert_eq!(send("POST", "/api/v1/declarations", "{").await, (422, "body".into()));
    assert_eq!(send("POST", "/api/v1/declarations", &"[".repeat(10_000)).await, (422, "body".into()));
    assert_eq!(send("POST", "/api/v1/declarations", &" ".repeat(70_000)).await, (413, "body_size".into()));
    assert_eq!(send("PUT", "/api/v1/declarations", "{}").await, (405, "method_not_allowed".into()));
    assert_eq!(send("GET", "/api/v1/nothing", "").await, (404, "not_found".into()));
}

#[tokio::test]
async fn a_device_that_carries_one_document_takes_no_other() {
    let world = World::new(Setting::default()).await;
    let device = world.declared(&alice()).await;
    assert_eq!(world.declare(&device, declaration(&bob())).await.code(), "other_document");
    assert_eq!(people::count(&mut world.app.store.reader().await.unwrap()).await.unwrap(), 1);
}

#[tokio::test]
async fn nothing_is_reported_before_it_is_declared() {
    let world = World::new(Setting::default()).await;
    let device = world.resident().await;
    assert_eq!(world.report(&device).await.code(), "not_declared");
    assert_eq!(world.read(&device, "/api/v1/me/why").await.code(), "not_declared");
}
