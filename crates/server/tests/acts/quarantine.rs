//! An order of isolation from its beginning to its end: reports, doors, work lists, and what was made up.

use healthcode_core::time::Instant;
use healthcode_testkit::cast::{alice, bob, charlie};
use healthcode_testkit::on_both_engines;
use healthcode_testkit::world::{Caller, DAY, World};
use serde_json::{Value, json};

on_both_engines! {
    an_order_has_a_day_for_each_report_and_says_what_became_of_it
    an_end_is_moved_with_a_reason_and_the_former_end_stays
    no_act_ends_a_colour_the_rules_release
    a_missed_a_late_and_an_abnormal_report_come_to_the_work_list_in_order_of_risk
    what_was_followed_up_leaves_the_list_until_something_new_happens
    one_person_answers_for_the_household
    at_the_door_a_code_is_scanned_and_nobody_home_is_work
    fifty_reports_in_a_minute_are_one_and_a_flag
    a_report_from_another_account_is_refused_and_flagged
    a_report_by_a_moved_clock_is_refused_and_flagged
    an_order_that_was_a_mistake_is_withdrawn_with_its_changes
    an_order_follows_its_evidence_wherever_that_is_changed
}

struct Ordered {
    who: Caller,
    person: String,
    order: String,
    officer: Caller,
}

fn day(text: &str) -> String {
    format!("2026-03-{text}T00:00:00+08:00")
}

async fn order(world: &World, officer: &Caller, person: &str, until: &str) -> String {
    let request =
        json!({ "kind": "close_contact", "place": "home", "address": "1 Lane", "until": day(until) });
    let made = world.post(officer, &format!("/api/v1/people/{person}/quarantines"), request).await.done();
    made["order"].as_str().unwrap().to_owned()
}

/// Alice is ordered to stay at home until the 9th; it is Monday the 2nd, nine o'clock.
async fn ordered(world: &World) -> Ordered {
    let who = world.declared(&alice()).await;
    let (person, officer) = (world.person(&who).await, world.officer().await);
    let order = order(world, &officer, &person, "09").await;
    Ordered { who, person, order, officer }
}

async fn seen(world: &World, person: &str) -> Value {
    let officer = world.officer().await;
    world.read(&officer, &format!("/api/v1/people/{person}/quarantines?purpose=case")).await.done()
}

async fn work(world: &World, query: &str) -> Vec<Value> {
    let officer = world.officer().await;
    let list = world.read(&officer, &format!("/api/v1/quarantines{query}")).await.done();
    list["items"].as_array().unwrap().clone()
}

async fn risks(world: &World) -> Vec<(String, String)> {
    let pair =
        |one: &Value| (one["risk"].as_str().unwrap().to_owned(), one["person"].as_str().unwrap().to_owned());
    work(world, "").await.iter().map(pair).collect()
}

async fn reports(world: &World, who: &Caller) -> Vec<String> {
    let mine = world.read(who, "/api/v1/me/quarantine").await.done();
    let days = mine["items"][0]["order"]["days"].as_array().unwrap().clone();
    days.iter().map(|day| day["report"].as_str().unwrap().to_owned()).collect()
}

async fn report(world: &World, who: &Caller, degrees: f64) -> healthcode_testkit::world::Answer {
    let body = json!({ "temperature_c": degrees, "symptoms": [] });
    world.post(who, "/api/v1/me/reports", body).await
}

async fn an_order_has_a_day_for_each_report_and_says_what_became_of_it(world: &World) {
    let Ordered { who, person, .. } = ordered(world).await;
    world.forward(DAY);
    report(world, &who, 36.5).await.done();
    world.forward(2 * DAY);
    report(world, &who, 38.0).await.done();
    world.forward(DAY);
    assert_eq!(
        reports(world, &who).await,
        ["not_asked", "normal", "missed", "abnormal", "due", "ahead", "ahead"]
    );
    world.forward(4 * 3600);
    assert_eq!(reports(world, &who).await[4], "late");
    let all = seen(world, &person).await;
    let order = &all["orders"][0];
    assert_eq!((&order["state"], &order["address"]), (&json!("running"), &json!("1 Lane")));
    assert_eq!(order["edition"], "hangzhou-2020-02@1");
    let again = json!({ "kind": "case", "place": "central", "until": day("20") });
    let path = format!("/api/v1/people/{person}/quarantines");
    assert_eq!(world.post(&world.officer().await, &path, again).await.code(), "order_runs");
}

async fn an_end_is_moved_with_a_reason_and_the_former_end_stays(world: &World) {
    let Ordered { who, person, order, officer } = ordered(world).await;
    let path = format!("/api/v1/people/{person}/quarantines/{order}/changes");
    let change = async |until: &str, reason: &str| {
        world.post(&officer, &path, json!({ "until": until, "reason": reason })).await
    };
    assert_eq!(change(&day("12"), " ").await.code(), "reason_missing");
    assert_eq!(
        change("2026-03-02T20:00:00+08:00", "today").await.code(),
        "order_end",
        "no act lets go today"
    );
    assert_eq!(change("2026-06-30T00:00:00+08:00", "for ever").await.code(), "order_end");
    change(&day("12"), "fell ill beside others").await.done();
    world.forward(60);
    change(&day("05"), "the case was excluded").await.done();
    let all = seen(world, &person).await;
    let changes = all["orders"][0]["changes"].as_array().unwrap();
    let told = |at: usize, field: &str| changes[at][field].as_str().unwrap().to_owned();
    assert_eq!(
        (told(0, "action"), told(0, "until_before"), told(0, "until_after")),
        ("extended".into(), day("09"), day("12"))
    );
    assert_eq!(
        (told(1, "action"), told(1, "until_before"), told(1, "until_after")),
        ("shortened".into(), day("12"), day("05"))
    );
    assert_eq!(told(1, "reason"), "the case was excluded");
    assert_eq!(all["orders"][0]["until"], day("05"));
    assert_eq!(changes[1]["by"], "officer");
    let mine = world.read(&who, "/api/v1/me/quarantine").await.done();
    let read = &mine["items"][0]["order"]["changes"][1];
    assert_eq!((&read["reason"], &read["by"]), (&json!("the case was excluded"), &Value::Null));
}

async fn no_act_ends_a_colour_the_rules_release(world: &World) {
    let Ordered { who, person, order, officer } = ordered(world).await;
    world.confirm(&person).await;
    let path = format!("/api/v1/people/{person}/quarantines/{order}/changes");
    world.post(&officer, &path, json!({ "until": day("03"), "reason": "in error" })).await.done();
    world.forward(2 * DAY);
    world.settle().await;
    assert_eq!(world.colour(&who).await, "red");
    let state = async || seen(world, &person).await["orders"][0]["state"].clone();
    assert_eq!(state().await, "past_end", "the rules hold on");
    assert_eq!(reports(world, &who).await.last().unwrap(), "due", "and so does the report of today");
    world.exclude(&person).await;
    assert_eq!((world.colour(&who).await.as_str(), state().await), ("green", json!("released")));
    assert!(work(world, "?all=true").await.is_empty());
}

async fn a_missed_a_late_and_an_abnormal_report_come_to_the_work_list_in_order_of_risk(world: &World) {
    let cast = [alice(), bob(), charlie()];
    let officer = world.officer().await;
    let mut people = Vec::new();
    for who in &cast {
        let caller = world.declared(who).await;
        let person = world.person(&caller).await;
        order(world, &officer, &person, "09").await;
        people.push((caller, person));
    }
    assert!(risks(world).await.is_empty(), "nothing is to be done on the first day");
    let mine = world.read(&officer, "/api/v1/quarantines?all=true&mine=true").await.done();
    assert_eq!(mine["items"].as_array().unwrap().len(), 3, "whoever ordered looks after it");
    world.forward(DAY);
    report(world, &people[0].0, 36.5).await.done();
    report(world, &people[2].0, 36.5).await.done();
    world.forward(DAY + 4 * 3600);
    report(world, &people[2].0, 37.3).await.done();
    let list = risks(world).await;
    let expected = [("abnormal", 2), ("missed", 1), ("late", 0)];
    let expected = expected.map(|(risk, who)| (risk.to_owned(), people[who].1.clone()));
    assert_eq!(list, expected);
    assert_eq!(work(world, "").await[1]["missed_days"], 1);
    report(world, &people[1].0, 36.5).await.done();
    report(world, &people[0].0, 36.5).await.done();
    assert_eq!(risks(world).await, [("abnormal".to_owned(), people[2].1.clone())]);
    assert_eq!(work(world, "?all=true").await.len(), 3);
}

async fn what_was_followed_up_leaves_the_list_until_something_new_happens(world: &World) {
    let Ordered { who, person, .. } = ordered(world).await;
    world.forward(DAY);
    report(world, &who, 38.5).await.done();
    assert_eq!(risks(world).await, [("abnormal".to_owned(), person.clone())]);
    world.forward(60);
    let officer = world.officer().await;
    let path = format!("/api/v1/people/{person}/follow-ups");
    world.post(&officer, &path, json!({})).await.done();
    assert!(risks(world).await.is_empty());
    world.forward(DAY);
    report(world, &who, 38.5).await.done();
    assert_eq!(risks(world).await.len(), 1);
}

async fn one_person_answers_for_the_household(world: &World) {
    let Ordered { who: child, person, officer, .. } = ordered(world).await;
    let mother = world.declared(&bob()).await;
    let path = format!("/api/v1/me/household/{person}/reports");
    let body = || json!({ "temperature_c": 36.4, "symptoms": [] });
    assert_eq!(world.post(&mother, &path, body()).await.code(), "not_guardian");
    let request = json!({ "guardian": world.person(&mother).await, "reason": "mother, seen at the door" });
    let guardians = format!("/api/v1/people/{person}/guardians");
    assert_eq!(world.post(&officer, &guardians, request.clone()).await.done()["devices"], 1);
    world.forward(DAY);
    world.post(&mother, &path, body()).await.done();
    let household = world.read(&mother, "/api/v1/me/quarantine").await.done();
    assert_eq!(household["items"][1]["person"], person.as_str());
    assert_eq!(household["items"][1]["order"]["days"][1]["report"], "normal");
    let why = world.read(&child, "/api/v1/me/why").await.done();
    assert_eq!(why["facts"][0]["source"], "guardian", "{why}");
    let looks = world.read(&child, "/api/v1/me/looks").await.done();
    assert!(looks["items"].as_array().unwrap().iter().any(|look| look["purpose"] == "household"));
    let mut end = request;
    end["may_answer"] = json!(false);
    world.post(&world.officer().await, &guardians, end).await.done();
    world.forward(DAY);
    assert_eq!(world.post(&mother, &path, body()).await.code(), "not_guardian");
}

async fn at_the_door_a_code_is_scanned_and_nobody_home_is_work(world: &World) {
    let Ordered { who, person, officer, .. } = ordered(world).await;
    let checker = world.checker(&world.point("Gate").await).await;
    let code = world.code(&who).await;
    let met = world.post(&checker, "/api/v1/door-checks", json!({ "code": code })).await.done();
    assert_eq!(met["outcome"], "met");
    let nobody = json!({ "person": person, "met": false });
    assert_eq!(world.post(&checker, "/api/v1/door-checks", nobody.clone()).await.code(), "not_allowed");
    world.forward(60);
    world.post(&officer, "/api/v1/door-checks", nobody).await.done();
    assert_eq!(risks(world).await, [("not_met".to_owned(), person.clone())]);
    let all = seen(world, &person).await;
    let checks = all["orders"][0]["door_checks"].as_array().unwrap();
    assert_eq!((&checks[0]["outcome"], &checks[1]["proof"]), (&json!("not_met"), &json!("code")));
    let free = world.declared(&bob()).await;
    let code = world.code(&free).await;
    assert_eq!(world.post(&checker, "/api/v1/door-checks", json!({ "code": code })).await.code(), "no_order");
}

async fn fifty_reports_in_a_minute_are_one_and_a_flag(world: &World) {
    let Ordered { who, person, .. } = ordered(world).await;
    world.forward(DAY);
    let mut counted = 0;
    for _ in 0..50 {
        let answer = report(world, &who, 36.5).await;
        if answer.status == 201 {
            counted += 1;
        } else {
            assert_eq!((answer.status, answer.code()), (429, "report_too_soon"));
        }
        world.forward(1);
    }
    assert_eq!(counted, 1);
    let all = seen(world, &person).await;
    assert_eq!((&all["flags"][0]["why"], &all["flags"][0]["times"]), (&json!("too_many"), &json!(49)));
    assert_eq!(risks(world).await, [("flagged".to_owned(), person)]);
    report(world, &who, 39.0).await.done();
    assert_eq!(risks(world).await[0].0, "abnormal", "whoever feels worse is heard at once");
}

async fn a_report_from_another_account_is_refused_and_flagged(world: &World) {
    let Ordered { who, person, .. } = ordered(world).await;
    let stranger = world.declared(&bob()).await;
    world.forward(DAY);
    let body = json!({ "temperature_c": 36.4, "symptoms": [] });
    let path = format!("/api/v1/me/household/{person}/reports");
    assert_eq!(world.post(&stranger, &path, body.clone()).await.code(), "not_guardian");
    assert_eq!(reports(world, &who).await[1], "due", "nothing was counted");
    assert_eq!(seen(world, &person).await["flags"][0]["why"], "other_account");
    assert_eq!(
        world.post(&stranger, "/api/v1/me/household/nobody/reports", body).await.code(),
        "not_guardian"
    );
}

async fn a_report_by_a_moved_clock_is_refused_and_flagged(world: &World) {
    let Ordered { who, person, .. } = ordered(world).await;
    world.forward(2 * DAY);
    let at = async |seconds: i64| {
        let measured_at = world.now().plus_seconds(seconds);
        let body = json!({ "temperature_c": 36.4, "symptoms": [], "measured_at": measured_at });
        world.post(&who, "/api/v1/me/reports", body).await
    };
    for wrong in [-86_400, -901, 121, 86_400] {
        assert_eq!(at(wrong).await.code(), "report_clock", "{wrong}");
    }
    assert_eq!(reports(world, &who).await[1..3], ["missed", "due"]);
    let flag = seen(world, &person).await["flags"][0].clone();
    assert_eq!((&flag["why"], &flag["times"]), (&json!("clock"), &json!(4)));
    at(-900).await.done();
    assert_eq!(reports(world, &who).await[2], "normal");
    assert!(Instant::parse(flag["first_at"].as_str().unwrap()).is_ok());
}

async fn an_order_that_was_a_mistake_is_withdrawn_with_its_changes(world: &World) {
    let Ordered { who, person, order, officer } = ordered(world).await;
    let path = format!("/api/v1/people/{person}/quarantines/{order}");
    let change = json!({ "until": day("12"), "reason": "longer" });
    world.post(&officer, &format!("{path}/changes"), change.clone()).await.done();
    let reason = json!({ "reason": "another person was meant" });
    world.post(&officer, &format!("{path}/withdrawal"), reason).await.done();
    let all = seen(world, &person).await;
    assert_eq!(all["orders"][0]["state"], "closed");
    let why = world.read(&who, "/api/v1/me/why").await.done();
    let isolation: Vec<_> =
        why["facts"].as_array().unwrap().iter().filter(|fact| fact["kind"] == "isolation").collect();
    assert_eq!(isolation.len(), 2);
    assert!(isolation.iter().all(|fact| fact["withdrawn"] == true), "{why}");
    assert_eq!(world.post(&officer, &format!("{path}/changes"), change).await.code(), "no_order");
}

async fn an_order_follows_its_evidence_wherever_that_is_changed(world: &World) {
    let Ordered { person, order, officer, .. } = ordered(world).await;
    let until = async || {
        let first = seen(world, &person).await["orders"][0].clone();
        (first["until"].as_str().unwrap().to_owned(), first["state"].as_str().unwrap().to_owned())
    };
    let data = json!({ "action": "ordered", "place": "home", "from": day("02"), "until": day("11") });
    let path = format!("/api/v1/people/{person}");
    let correction = json!({ "of": order, "data": data });
    world.post(&officer, &format!("{path}/corrections"), correction).await.done();
    assert_eq!(until().await, (day("11"), "running".to_owned()));
    world.forward(60);
    let withdrawal = json!({ "of": order, "reason": "mistaken" });
    world.post(&officer, &format!("{path}/withdrawals"), withdrawal).await.done();
    assert_eq!(until().await.1, "closed");
}
