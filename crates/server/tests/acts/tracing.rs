//! Tracing asks before it colours many: previews, crowded places, a second officer, definitions, the second ring, advice.

use healthcode_core::ids::{PersonId, VisitId};
use healthcode_core::time::Interval;
use healthcode_store::{Act, StoreFault, Tx, visits};
use healthcode_testkit::cast::{alice, bob, bystander, charlie};
use healthcode_testkit::on_both_engines;
use healthcode_testkit::world::{Caller, DAY, Setting, World};
use serde_json::{Value, json};

on_both_engines! {
    Setting { second_officer_above: 2, ..Setting::default() };
    a_preview_says_whom_it_concerns_and_stores_nothing
    a_run_for_too_many_waits_for_a_second_officer
    whoever_reported_the_case_cannot_approve_its_run
    a_refused_run_exposes_nobody_until_something_else_is_found
    an_excluded_case_lets_go_without_a_second_officer
    a_crowded_place_exposes_nobody_until_an_officer_chooses
    a_choice_of_a_message_tells_and_colours_nobody
    a_definition_holds_after_a_second_officer_approved_it
    a_definition_that_is_off_is_refused_with_its_reason
    contacts_of_contacts_are_exposed_in_order_of_time_and_let_go
    a_late_visit_of_a_close_contact_reaches_the_second_ring
    a_household_counts_when_a_member_becomes_a_case_and_not_before
    a_household_of_a_close_contact_does_not_count
    the_id_of_an_exposure_follows_from_what_made_it
    a_printed_code_makes_advice_and_no_colour
    on_an_aircraft_the_rows_near_the_case_are_close_and_the_rest_general
}

/// Everybody is at the library from nine to half past; it is half past nine then.
async fn at_library(world: &World, who: &[&Caller]) {
    let checker = world.checker(&world.point("Library").await).await;
    stay(world, &checker, who).await;
}

/// Everybody scans in, half an hour passes, everybody scans out.
async fn stay(world: &World, checker: &Caller, who: &[&Caller]) {
    for direction in ["in", "out"] {
        for who in who {
            world.scan(checker, &world.code(who).await, direction).await;
        }
        if direction == "in" {
            world.forward(30 * 60);
        }
    }
}

async fn declared(world: &World, many: u16) -> Vec<Caller> {
    let mut callers = Vec::new();
    for number in 1..=many {
        callers.push(world.declared(&bystander(number)).await);
    }
    callers
}

/// A case and so many who were with her.
async fn crowd(world: &World, others: u16) -> (String, Vec<Caller>) {
    let everybody = declared(world, others + 1).await;
    at_library(world, &everybody.iter().collect::<Vec<_>>()).await;
    let case = world.person(&everybody[0]).await;
    (case, everybody.into_iter().skip(1).collect())
}

async fn report(world: &World, officer: &Caller, case: &str, status: &str) {
    let report = json!({ "person": case, "status": status });
    world.post(officer, "/api/v1/cases", report).await.done();
    world.settle().await;
}

async fn tracing(world: &World, officer: &Caller, case: &str) -> Value {
    world.read(officer, &format!("/api/v1/cases/{case}/tracing")).await.done()
}

async fn reds(world: &World, who: &[Caller]) -> usize {
    let mut reds = 0;
    for who in who {
        reds += usize::from(world.colour(who).await == "red");
    }
    reds
}

/// Brings in a definition and lets another officer approve it.
async fn adopt(world: &World, text: &str) {
    let (first, second) = (world.officer().await, world.officer().await);
    let id = world.post(&first, "/api/v1/definitions", json!({ "text": text })).await.done()["id"].clone();
    let path = format!("/api/v1/definitions/{}", id.as_str().unwrap());
    world.post(&first, &format!("{path}/preview"), json!({})).await.done();
    world.post(&second, &format!("{path}/approval"), json!({})).await.done();
    world.settle().await;
}

fn definition(more: &str) -> String {
    format!(
        "name = \"of this test\"\nmode = \"sum\"\nminimum_seconds = 900\nsum_hours = 24\nlevel = \"close\"\n\
         days_before_onset = 2\ndays_before_sample = 2\ndays_after = 10\nsource = \"this test\"\n{more}"
    )
}

const RING: &str = "[second_ring]\nlevel = \"secondary\"\n";

async fn a_preview_says_whom_it_concerns_and_stores_nothing(world: &World) {
    let (case, contacts) = crowd(world, 2).await;
    let officer = world.officer().await;
    let asked = json!({ "person": case, "report": { "person": case, "status": "confirmed" } });
    let mut other = asked.clone();
    other["report"]["person"] = json!("somebody else");
    assert_eq!(world.post(&officer, "/api/v1/cases/preview", other).await.code(), "body");
    let seen = world.post(&officer, "/api/v1/cases/preview", asked).await.done();
    assert_eq!((&seen["preview"]["contacts"], &seen["preview"]["newly"]), (&json!(2), &json!(2)));
    assert_eq!(seen["preview"]["colours"], json!([{ "from": "green", "to": "red", "people": 2 }]));
    assert_eq!(seen["preview"]["places"][0]["name"]["en"], "Library");
    assert_eq!((&seen["second_officer"], &seen["crowded"]), (&json!(false), &json!([])));
    world.settle().await;
    assert_eq!(reds(world, &contacts).await, 0);
    report(world, &officer, &case, "confirmed").await;
    assert_eq!(reds(world, &contacts).await, 2);
    let run = tracing(world, &officer, &case).await["runs"][0].clone();
    assert_eq!((&run["state"], &run["preview"]), (&json!("applied"), &seen["preview"]));
    world.forward(60);
    let asked = json!({ "person": case, "report": { "person": case, "status": "excluded" } });
    let seen = world.post(&officer, "/api/v1/cases/preview", asked).await.done();
    assert_eq!((&seen["preview"]["no_longer"], &seen["window_from"]), (&json!(2), &Value::Null));
}

async fn a_run_for_too_many_waits_for_a_second_officer(world: &World) {
    let (case, contacts) = crowd(world, 3).await;
    let (first, second) = (world.officer().await, world.officer().await);
    report(world, &first, &case, "confirmed").await;
    assert_eq!(reds(world, &contacts).await, 0);
    let waiting = world.read(&second, "/api/v1/tracing/waiting").await.done();
    let run = &waiting["runs"][0];
    assert_eq!((&run["person"], &run["preview"]["newly"]), (&json!(case), &json!(3)));
    let path = format!("/api/v1/cases/{case}/tracing/approval");
    let approve = json!({ "run": run["id"], "approve": true, "reason": "I saw the list" });
    world.post(&second, &path, approve.clone()).await.done();
    world.settle().await;
    assert_eq!(reds(world, &contacts).await, 3);
    assert_eq!(world.post(&second, &path, approve).await.code(), "run_overtaken");
    let seen = tracing(world, &second, &case).await;
    assert_eq!(seen["runs"][0]["state"], "applied");
    assert_eq!((&seen["runs"][1]["state"], &seen["allowed"]), (&json!("approved"), &json!(3)));
}

async fn whoever_reported_the_case_cannot_approve_its_run(world: &World) {
    let (case, contacts) = crowd(world, 3).await;
    let first = world.officer().await;
    report(world, &first, &case, "confirmed").await;
    let run = tracing(world, &first, &case).await["runs"][0]["id"].clone();
    let path = format!("/api/v1/cases/{case}/tracing/approval");
    let approve = json!({ "run": run, "approve": true, "reason": "it is mine" });
    assert_eq!(world.post(&first, &path, approve).await.code(), "second_officer_run");
    world.settle().await;
    assert_eq!(reds(world, &contacts).await, 0);
}

async fn a_refused_run_exposes_nobody_until_something_else_is_found(world: &World) {
    let (case, contacts) = crowd(world, 3).await;
    let (first, second) = (world.officer().await, world.officer().await);
    report(world, &first, &case, "confirmed").await;
    let run = tracing(world, &first, &case).await["runs"][0]["id"].clone();
    let path = format!("/api/v1/cases/{case}/tracing/approval");
    let refuse = json!({ "run": run, "approve": false, "reason": "the window is wrong" });
    world.post(&second, &path, refuse).await.done();
    world.settle().await;
    let seen = tracing(world, &first, &case).await;
    assert_eq!((seen["runs"].as_array().unwrap().len(), &seen["runs"][0]["state"]), (1, &json!("refused")));
    assert_eq!(reds(world, &contacts).await, 0);
}

async fn an_excluded_case_lets_go_without_a_second_officer(world: &World) {
    let (case, contacts) = crowd(world, 3).await;
    let (first, second) = (world.officer().await, world.officer().await);
    report(world, &first, &case, "confirmed").await;
    let run = tracing(world, &first, &case).await["runs"][0]["id"].clone();
    let approve = json!({ "run": run, "approve": true, "reason": "seen" });
    world.post(&second, &format!("/api/v1/cases/{case}/tracing/approval"), approve).await.done();
    world.settle().await;
    assert_eq!(reds(world, &contacts).await, 3);
    world.forward(60);
    report(world, &first, &case, "excluded").await;
    assert_eq!(reds(world, &contacts).await, 0);
    assert_eq!(world.read(&first, "/api/v1/tracing/waiting").await.done()["runs"], json!([]));
}

async fn a_crowded_place_exposes_nobody_until_an_officer_chooses(world: &World) {
    adopt(world, &definition("ask_above = 1\n")).await;
    let everybody = declared(world, 3).await;
    let checker = world.checker(&world.point("Library").await).await;
    // The first two stay an hour, the third half an hour of it.
    world.scan(&checker, &world.code(&everybody[0]).await, "in").await;
    world.scan(&checker, &world.code(&everybody[1]).await, "in").await;
    world.forward(30 * 60);
    stay(world, &checker, &[&everybody[2]]).await;
    world.scan(&checker, &world.code(&everybody[0]).await, "out").await;
    world.scan(&checker, &world.code(&everybody[1]).await, "out").await;
    let (case, officer) = (world.person(&everybody[0]).await, world.officer().await);
    report(world, &officer, &case, "confirmed").await;
    let contacts = &everybody[1..];
    assert_eq!(reds(world, contacts).await, 0);
    let place = tracing(world, &officer, &case).await["crowded"][0].clone();
    assert_eq!((&place["people"], &place["choice"]), (&json!(2), &Value::Null));
    let left = |choice: Value| {
        let offers = place["offers"].as_array().unwrap();
        offers.iter().find(|offer| offer["choice"] == choice).map(|offer| offer["people"].clone())
    };
    let hour = json!({ "choice": "narrow", "at_least_minutes": 60, "same_part": false, "same_way": false });
    assert_eq!(
        (left(hour.clone()), left(json!({ "choice": "everybody" }))),
        (Some(json!(1)), Some(json!(2)))
    );
    let path = format!("/api/v1/cases/{case}/choices");
    let choice = json!({ "point": place["point"], "choice": hour, "reason": "they sat at one table" });
    world.post(&officer, &path, choice.clone()).await.done();
    world.settle().await;
    assert_eq!(
        (world.colour(&everybody[1]).await, world.colour(&everybody[2]).await),
        ("red".into(), "green".into())
    );
    let nonsense = [
        json!({ "at_least_minutes": 0 }),
        json!({ "at_least_minutes": 40_321 }),
        json!({ "between": { "from": "2026-03-02T10:00:00Z", "until": "2026-03-02T09:00:00Z" } }),
    ];
    for narrow in nonsense {
        let mut bad = choice.clone();
        bad["choice"] = narrow;
        bad["choice"]["choice"] = json!("narrow");
        assert_eq!(world.post(&officer, &path, bad).await.code(), "choice_range");
    }
    let mut elsewhere = choice;
    elsewhere["point"] = json!("nowhere");
    assert_eq!(world.post(&officer, &path, elsewhere).await.code(), "not_crowded");
}

async fn a_choice_of_a_message_tells_and_colours_nobody(world: &World) {
    adopt(world, &definition("ask_above = 1\n")).await;
    let (case, contacts) = crowd(world, 2).await;
    let officer = world.officer().await;
    report(world, &officer, &case, "confirmed").await;
    let point = tracing(world, &officer, &case).await["crowded"][0]["point"].clone();
    let choice = json!({ "point": point, "choice": { "choice": "message" }, "reason": "a hall" });
    world.post(&officer, &format!("/api/v1/cases/{case}/choices"), choice).await.done();
    world.settle().await;
    assert_eq!(reds(world, &contacts).await, 0);
    let told = world.read(&contacts[0], "/api/v1/me/advice").await.done()["items"].clone();
    assert_eq!((&told[0]["place"]["en"], &told[0]["why"]), (&json!("Library"), &json!("crowded")));
    world.forward(60);
    report(world, &officer, &case, "excluded").await;
    assert_eq!(world.read(&contacts[0], "/api/v1/me/advice").await.done()["items"], json!([]));
}

async fn a_definition_holds_after_a_second_officer_approved_it(world: &World) {
    let (case, contacts) = crowd(world, 2).await;
    let (first, second) = (world.officer().await, world.officer().await);
    report(world, &first, &case, "confirmed").await;
    assert_eq!(reds(world, &contacts).await, 2);
    let strict = definition("").replace("900", "3600");
    let id = world.post(&first, "/api/v1/definitions", json!({ "text": strict })).await.done()["id"].clone();
    let path = format!("/api/v1/definitions/{}", id.as_str().unwrap());
    let approval = format!("{path}/approval");
    assert_eq!(world.post(&second, &approval, json!({})).await.code(), "not_previewed");
    let seen = world.post(&first, &format!("{path}/preview"), json!({})).await.done();
    assert_eq!((&seen["no_longer"], &seen["contacts"]), (&json!(2), &json!(0)));
    assert_eq!(world.post(&first, &approval, json!({})).await.code(), "second_officer");
    assert_eq!(reds(world, &contacts).await, 2);
    world.post(&second, &approval, json!({})).await.done();
    world.settle().await;
    assert_eq!(reds(world, &contacts).await, 0);
    let all = world.read(&first, "/api/v1/definitions").await.done();
    assert_eq!((&all["in_force"], &all["definitions"][0]["id"]), (&json!("of this test"), &id));
}

async fn a_definition_that_is_off_is_refused_with_its_reason(world: &World) {
    let officer = world.officer().await;
    let off = world.post(&officer, "/api/v1/definitions", json!({ "preset": "grid-800m-companion" })).await;
    assert_eq!(off.code(), "definition_off");
    let nonsense =
        world.post(&officer, "/api/v1/definitions", json!({ "text": "name = 1\nmode = \"never\"" })).await;
    assert_eq!(nonsense.code(), "definition_form");
    let both = json!({ "preset": "place-15min-sum-24h", "text": "x" });
    assert_eq!(world.post(&officer, "/api/v1/definitions", both).await.code(), "definition_form");
    assert_eq!(world.read(&officer, "/api/v1/definitions").await.done()["definitions"], json!([]));
}

/// Alice meets Bob at the library, Bob meets Charlie at the market after that.
async fn chain(world: &World) -> (String, Caller, Caller) {
    adopt(world, &definition(RING)).await;
    let (alice, bob) = (world.declared(&alice()).await, world.declared(&bob()).await);
    let charlie = world.declared(&charlie()).await;
    at_library(world, &[&alice, &bob]).await;
    (world.person(&alice).await, bob, charlie)
}

async fn contacts_of_contacts_are_exposed_in_order_of_time_and_let_go(world: &World) {
    let (case, bob, charlie) = chain(world).await;
    let market = world.checker(&world.point("Market").await).await;
    stay(world, &market, &[&bob, &charlie]).await;
    let officer = world.officer().await;
    report(world, &officer, &case, "confirmed").await;
    let list = world.read(&officer, &format!("/api/v1/cases/{case}/contacts")).await.done()["items"].clone();
    let level = |who: &str| {
        let one = list.as_array().unwrap().iter().find(|one| one["person"] == who).cloned();
        one.map(|one| one["places"][0]["level"].clone())
    };
    let (bob_is, charlie_is) = (world.person(&bob).await, world.person(&charlie).await);
    assert_eq!((level(&bob_is), level(&charlie_is)), (Some(json!("close")), Some(json!("secondary"))));
    let preview = tracing(world, &officer, &case).await["runs"][0]["preview"].clone();
    assert_eq!((&preview["contacts"], &preview["second_ring"]), (&json!(1), &json!(1)));
    world.forward(60);
    report(world, &officer, &case, "excluded").await;
    let left = world.read(&officer, &format!("/api/v1/cases/{case}/contacts")).await.done();
    assert_eq!(left["items"], json!([]));
}

async fn a_late_visit_of_a_close_contact_reaches_the_second_ring(world: &World) {
    let (case, bob, charlie) = chain(world).await;
    let officer = world.officer().await;
    report(world, &officer, &case, "confirmed").await;
    let path = format!("/api/v1/cases/{case}/contacts");
    let contacts = async || world.read(&officer, &path).await.done()["items"].as_array().unwrap().len();
    assert_eq!(contacts().await, 1);
    let market = world.checker(&world.point("Market").await).await;
    stay(world, &market, &[&bob, &charlie]).await;
    world.settle().await;
    assert_eq!(contacts().await, 2);
    // Who is isolated meets nobody after that.
    let until = world.now().plus_seconds(9 * i64::from(DAY)).to_string();
    let order = json!({ "kind": "close_contact", "place": "home", "until": until });
    let bob_is = world.person(&bob).await;
    world.post(&officer, &format!("/api/v1/people/{bob_is}/quarantines"), order).await.done();
    let dora = world.declared(&bystander(1)).await;
    world.forward(60);
    stay(world, &market, &[&bob, &dora]).await;
    world.settle().await;
    assert_eq!(contacts().await, 2);
}

/// An officer records that two people spent the last two nights under one roof.
async fn under_one_roof(world: &World, one: &str, other: &str) {
    let night = json!({ "with": [other], "first_night": "2026-02-28", "reason": "said in an interview" });
    world.post(&world.officer().await, &format!("/api/v1/people/{one}/household"), night).await.done();
    world.settle().await;
}

async fn a_household_counts_when_a_member_becomes_a_case_and_not_before(world: &World) {
    let (alice, bob) = (world.declared(&alice()).await, world.declared(&bob()).await);
    let (case, contact) = (world.person(&alice).await, world.person(&bob).await);
    under_one_roof(world, &case, &contact).await;
    assert_eq!(world.colour(&bob).await, "green");
    let officer = world.officer().await;
    report(world, &officer, &case, "confirmed").await;
    let list = world.read(&officer, &format!("/api/v1/cases/{case}/contacts")).await.done()["items"].clone();
    assert_eq!((&list[0]["person"], &list[0]["colour"]), (&json!(contact), &json!("red")));
    let why = world.read(&bob, "/api/v1/me/why").await.done();
    assert!(why.to_string().contains("household"), "{why}");
    world.forward(60);
    report(world, &officer, &case, "excluded").await;
    assert_eq!(world.colour(&bob).await, "green");
}

async fn a_household_of_a_close_contact_does_not_count(world: &World) {
    let (case, bob, charlie) = chain(world).await;
    under_one_roof(world, &world.person(&bob).await, &world.person(&charlie).await).await;
    let officer = world.officer().await;
    report(world, &officer, &case, "confirmed").await;
    let list = world.read(&officer, &format!("/api/v1/cases/{case}/contacts")).await.done();
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "kinship colours nobody: {list}");
}

async fn the_id_of_an_exposure_follows_from_what_made_it(world: &World) {
    let (case, contacts) = crowd(world, 1).await;
    let officer = world.officer().await;
    let contact = world.person(&contacts[0]).await;
    let exposures = async || {
        let seen = world.read(&officer, &format!("/api/v1/people/{contact}?purpose=case")).await.done();
        let facts = seen["facts"].as_array().unwrap().clone();
        let traced = facts.into_iter().filter(|fact| fact["source"] == "trace");
        traced.map(|fact| fact["id"].clone()).collect::<Vec<_>>()
    };
    report(world, &officer, &case, "confirmed").await;
    let first = exposures().await;
    // Traced again and again, nothing new is said.
    let window = json!({ "reason": "as the definition says" });
    world.post(&officer, &format!("/api/v1/cases/{case}/window"), window).await.done();
    world.settle().await;
    assert_eq!((exposures().await, first.len()), (first.clone(), 1));
    // Gone and back, it is another one, and its id does not depend on chance.
    world.forward(60);
    report(world, &officer, &case, "excluded").await;
    world.forward(60);
    report(world, &officer, &case, "confirmed").await;
    let again = exposures().await;
    assert!(again.iter().all(|id| id.as_str().unwrap().len() == 32) && again.contains(&first[0]));
    assert!(again.len() > 1 && again[0] != again[1]);
}

/// Somebody scanned the printed code of the library, from nine to half past.
struct Poster(healthcode_store::visits::Visit);

impl Act for Poster {
    type Out = ();
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<(), StoreFault> {
        tx.later(visits::add(&self.0, self.0.stay.until, "a phone")).await
    }
}

async fn a_printed_code_makes_advice_and_no_colour(world: &World) {
    let (case, contacts) = crowd(world, 1).await;
    let charlie = world.declared(&charlie()).await;
    let witnessed = {
        let mut conn = world.app.store.reader().await.unwrap();
        let contact = PersonId::new(world.person(&contacts[0]).await).unwrap();
        let today = Interval { from: world.now().plus_seconds(-3_600), until: world.now() };
        visits::of_person(&mut conn, &contact, today).await.unwrap().remove(0)
    };
    let person = PersonId::new(world.person(&charlie).await).unwrap();
    let id = VisitId::new("a-poster").unwrap();
    let poster = healthcode_store::visits::Visit { id, person, grade: "poster".to_owned(), ..witnessed };
    world.app.store.write(Poster(poster)).await.unwrap();
    let officer = world.officer().await;
    report(world, &officer, &case, "confirmed").await;
    assert_eq!(
        (world.colour(&contacts[0]).await, world.colour(&charlie).await),
        ("red".into(), "green".into())
    );
    let told = world.read(&charlie, "/api/v1/me/advice").await.done()["items"].clone();
    assert_eq!((&told[0]["place"]["en"], &told[0]["why"]), (&json!("Library"), &json!("poster")));
    assert_eq!(world.read(&contacts[0], "/api/v1/me/advice").await.done()["items"], json!([]));
    let preview = tracing(world, &officer, &case).await["runs"][0]["preview"].clone();
    assert_eq!((&preview["contacts"], &preview["advised"]), (&json!(1), &json!(1)));
}

async fn on_an_aircraft_the_rows_near_the_case_are_close_and_the_rest_general(world: &World) {
    let (first, second) = (world.officer().await, world.officer().await);
    let preset = json!({ "preset": "china-protocol-8" });
    let id = world.post(&first, "/api/v1/definitions", preset).await.done()["id"].clone();
    let path = format!("/api/v1/definitions/{}", id.as_str().unwrap());
    world.post(&first, &format!("{path}/preview"), json!({})).await.done();
    world.post(&second, &format!("{path}/approval"), json!({})).await.done();
    let ride = json!({ "operator": "CA", "line": "CA1702", "kind": "aircraft", "region": "330100",
        "from": "2026-03-01T10:00:00+08:00", "until": "2026-03-01T12:00:00+08:00" });
    let ride = world.post(&first, "/api/v1/rides", ride).await.done()["ride"].clone();
    let path = format!("/api/v1/rides/{}/passengers", ride.as_str().unwrap());
    let mut people = Vec::new();
    // No row has the number 13, so that row 16 is three behind row 12.
    for (number, seat) in [(1, "r12/A"), (2, "r16/F"), (3, "r17/A"), (4, "r9-20/crew")] {
        let person = world.person(&world.declared(&bystander(number)).await).await;
        world.post(&first, &path, json!({ "person": person, "seat": seat })).await.done();
        people.push(person);
    }
    report(world, &first, &people[0], "confirmed").await;
    // The case and two contacts: one more than one officer may answer for here.
    let run = tracing(world, &first, &people[0]).await["runs"][0].clone();
    let approve = json!({ "run": run["id"], "approve": true, "reason": "seen" });
    world.post(&second, &format!("/api/v1/cases/{}/tracing/approval", people[0]), approve).await.done();
    world.settle().await;
    let list =
        world.read(&first, &format!("/api/v1/cases/{}/contacts", people[0])).await.done()["items"].clone();
    let place = |who: &String| {
        let one = list.as_array().unwrap().iter().find(|one| one["person"] == who.as_str());
        one.map(|one| (one["places"][0]["level"].clone(), one["places"][0]["name"]["en"].clone()))
    };
    let flight = json!("CA CA1702");
    assert_eq!(place(&people[1]), Some((json!("close"), flight.clone())), "{list}");
    assert_eq!(place(&people[2]), Some((json!("general"), flight.clone())));
    assert_eq!(place(&people[3]), Some((json!("close"), flight)));
}
