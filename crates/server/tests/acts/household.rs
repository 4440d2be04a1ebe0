//! Who sleeps under one roof: said by both, or recorded by an officer; and what it is used for, which is little.

use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::time::{Instant, Interval, Zone};
use healthcode_store::queue::{self, RECONCILE};
use healthcode_store::{households, visits};
use healthcode_testkit::cast::{alice, bob, charlie};
use healthcode_testkit::on_both_engines;
use healthcode_testkit::world::{Caller, World};
use serde_json::{Value, json};

on_both_engines! {
    nothing_comes_of_it_before_the_other_agrees
    both_agree_and_the_nights_become_stays
    either_ends_it_and_the_nights_before_stay
    dependants_come_along_only_when_their_guardian_says_so
    an_officer_records_it_with_a_reason_that_is_read
    an_officer_names_the_others_by_their_codes
    an_officer_ends_what_an_officer_recorded_and_says_why
    an_officer_sees_who_slept_there_and_each_reads_it
    nights_are_stated_within_bounds
    a_household_colours_nobody_and_tells_nobody
    a_case_in_a_household_is_reconciled_when_it_changes
}

struct Pair {
    one: Caller,
    other: Caller,
    one_id: String,
    other_id: String,
}

async fn pair(world: &World) -> Pair {
    let (one, other) = (world.declared(&alice()).await, world.declared(&bob()).await);
    let (one_id, other_id) = (world.person(&one).await, world.person(&other).await);
    Pair { one, other, one_id, other_id }
}

/// The first asks the other for the nights of 1 to 3 March.
async fn ask(world: &World, pair: &Pair, dependants: &[&str]) -> String {
    let code = world.code(&pair.other).await;
    let body = json!({
        "code": code, "first_night": "2026-03-01", "last_night": "2026-03-03", "dependants": dependants,
    });
    let asked = world.post(&pair.one, "/api/v1/me/household", body).await.done();
    asked["household"].as_str().unwrap().to_owned()
}

async fn agree(world: &World, caller: &Caller, household: &str) -> healthcode_testkit::world::Answer {
    world.post(caller, &format!("/api/v1/me/household/{household}/agreement"), json!({})).await
}

async fn end(world: &World, caller: &Caller, household: &str) -> healthcode_testkit::world::Answer {
    world.post(caller, &format!("/api/v1/me/household/{household}/end"), json!({})).await
}

async fn mine(world: &World, caller: &Caller) -> Value {
    world.read(caller, "/api/v1/me/household").await.done()
}

fn time(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn march() -> Interval {
    Interval { from: time("2026-02-20T00:00:00+08:00"), until: time("2026-03-20T00:00:00+08:00") }
}

/// The nights of a person, as local times.
async fn nights(world: &World, person: &str) -> Vec<(String, String, String)> {
    let (zone, person) = (Zone::new("Asia/Shanghai").unwrap(), PersonId::new(person).unwrap());
    let mut conn = world.app.store.reader().await.unwrap();
    let stays = households::stays_of(&mut conn, &person, march(), &zone).await.unwrap();
    let time = |at| zone.show(at).to_string()[5..16].to_owned();
    stays.iter().map(|stay| (time(stay.stay.from), time(stay.stay.until), stay.grade.clone())).collect()
}

async fn nothing_comes_of_it_before_the_other_agrees(world: &World) {
    let pair = pair(world).await;
    let household = ask(world, &pair, &[]).await;
    assert_eq!(nights(world, &pair.one_id).await, []);
    let (asked, asks) = (mine(world, &pair.one).await, mine(world, &pair.other).await);
    assert_eq!(asked["households"][0]["state"], "asked");
    assert_eq!(asked["households"][0]["others"], json!([]), "of the other nothing is said");
    assert_eq!(asks["households"][0]["state"], "asks_you");
    assert_eq!(asks["households"][0]["others"][0]["masked_name"], "李**", "who asks is said");
    let charlie = world.declared(&charlie()).await;
    for caller in [&charlie, &pair.one] {
        assert_eq!(agree(world, caller, &household).await.code(), "no_household", "only the other agrees");
    }
    assert_eq!(end(world, &charlie, &household).await.code(), "no_household");
    end(world, &pair.other, &household).await.done();
    assert_eq!(agree(world, &pair.other, &household).await.code(), "no_household", "it was declined");
    assert_eq!(nights(world, &pair.other_id).await, []);
    assert_eq!(mine(world, &pair.one).await["households"][0]["state"], "ended");
    let own = json!({ "code": world.code(&pair.one).await, "first_night": "2026-03-01" });
    assert_eq!(world.post(&pair.one, "/api/v1/me/household", own).await.code(), "code_unreadable");
}

async fn both_agree_and_the_nights_become_stays(world: &World) {
    let pair = pair(world).await;
    let household = ask(world, &pair, &[]).await;
    agree(world, &pair.other, &household).await.done();
    let expected =
        [("03-01T20:00", "03-02T08:00"), ("03-02T20:00", "03-03T08:00"), ("03-03T20:00", "03-04T08:00")];
    let expected = expected.map(|(from, until)| (from.to_owned(), until.to_owned(), "rotating".to_owned()));
    for person in [&pair.one_id, &pair.other_id] {
        assert_eq!(nights(world, person).await, expected);
    }
    let seen = mine(world, &pair.one).await;
    assert_eq!(seen["households"][0]["state"], "agreed");
    assert_eq!(seen["households"][0]["others"][0]["masked_name"], "王*");
    let zone = Zone::new("Asia/Shanghai").unwrap();
    let mut conn = world.app.store.reader().await.unwrap();
    let place = PointId::new(&household).unwrap();
    let span = Interval { from: time("2026-03-03T07:00:00+08:00"), until: time("2026-03-03T21:00:00+08:00") };
    let stays = households::stays_at(&mut conn, &place, span, &zone).await.unwrap();
    assert_eq!(stays.len(), 4, "two of the night before, two of the next");
    assert!(stays.iter().all(|stay| stay.kind == "household" && stay.point == place));
    let mut ids: Vec<_> = stays.iter().map(|stay| stay.id.to_string()).collect();
    ids.dedup();
    assert_eq!(ids.len(), 4, "each has an id of its own");
}

async fn either_ends_it_and_the_nights_before_stay(world: &World) {
    let pair = pair(world).await;
    let household = ask(world, &pair, &[]).await;
    agree(world, &pair.other, &household).await.done();
    world.forward(13 * 3_600);
    end(world, &pair.other, &household).await.done();
    assert_eq!(end(world, &pair.one, &household).await.code(), "no_household", "it has ended");
    let ends: Vec<_> = nights(world, &pair.one_id).await.into_iter().map(|(_, until, _)| until).collect();
    assert_eq!(ends, ["03-02T08:00", "03-02T22:00"], "what was stays, also for who left");
}

async fn dependants_come_along_only_when_their_guardian_says_so(world: &World) {
    let pair = pair(world).await;
    let child = world.person(&world.declared(&charlie()).await).await;
    let code = world.code(&pair.other).await;
    let body = json!({ "code": code, "first_night": "2026-03-01", "dependants": [child] });
    assert_eq!(world.post(&pair.one, "/api/v1/me/household", body).await.code(), "not_acting_for");
    let request = json!({ "guardian": pair.one_id, "reason": "mother" });
    world.post(&world.officer().await, &format!("/api/v1/people/{child}/guardians"), request).await.done();
    assert_eq!(mine(world, &pair.one).await["dependants"][0]["person"], child.as_str());
    let without = ask(world, &pair, &[]).await;
    agree(world, &pair.other, &without).await.done();
    assert_eq!(nights(world, &child).await, [], "nobody said so");
    let with = ask(world, &pair, &[&child]).await;
    assert_eq!(nights(world, &child).await, [], "a proposal");
    agree(world, &pair.other, &with).await.done();
    assert_eq!(nights(world, &child).await.len(), 3);
}

async fn an_officer_records_it_with_a_reason_that_is_read(world: &World) {
    let pair = pair(world).await;
    let path = format!("/api/v1/people/{}/household", pair.one_id);
    let body = |reason: &str| json!({ "with": [pair.other_id], "first_night": "2026-03-01", "last_night": "2026-03-01", "reason": reason });
    let officer = world.officer().await;
    assert_eq!(world.post(&officer, &path, body("")).await.code(), "reason_missing");
    let street = world.officer_of("330106901").await;
    assert_eq!(world.post(&street, &path, body("seen")).await.code(), "outside_area", "Bob lives elsewhere");
    assert_eq!(world.post(&pair.one, &path, body("x")).await.code(), "not_allowed");
    world.post(&officer, &path, body("met at the door")).await.done();
    assert_eq!(nights(world, &pair.other_id).await[0].2, "witnessed");
    let seen = mine(world, &pair.other).await;
    assert_eq!(
        (&seen["households"][0]["basis"], &seen["households"][0]["reason"]),
        (&json!("officer"), &json!("met at the door"))
    );
    let household = seen["households"][0]["household"].as_str().unwrap();
    assert_eq!(
        end(world, &pair.other, household).await.code(),
        "no_household",
        "an officer's record is an officer's"
    );
}

async fn record(world: &World, officer: &Caller, person: &str, with: &str) -> String {
    let body = json!({ "with": [with], "first_night": "2026-03-01", "last_night": "2026-03-03", "reason": "met there" });
    let recorded = world.post(officer, &format!("/api/v1/people/{person}/household"), body).await.done();
    recorded["household"].as_str().unwrap().to_owned()
}

async fn an_officer_names_the_others_by_their_codes(world: &World) {
    let (pair, officer) = (pair(world).await, world.officer().await);
    record(world, &officer, &pair.one_id, &world.code(&pair.other).await).await;
    assert_eq!(nights(world, &pair.other_id).await.len(), 3);
    let body = json!({ "with": ["nobody"], "first_night": "2026-03-01", "reason": "met there" });
    let path = format!("/api/v1/people/{}/household", pair.one_id);
    assert_eq!(world.post(&officer, &path, body).await.code(), "not_found");
}

async fn an_officer_ends_what_an_officer_recorded_and_says_why(world: &World) {
    let (pair, officer) = (pair(world).await, world.officer().await);
    let agreed = ask(world, &pair, &[]).await;
    agree(world, &pair.other, &agreed).await.done();
    let stranger = world.person(&world.declared(&charlie()).await).await;
    let recorded = record(world, &officer, &pair.one_id, &stranger).await;
    let path = |person: &str, household: &str| format!("/api/v1/people/{person}/household/{household}/end");
    let reason = json!({ "reason": "moved out" });
    let own = path(&pair.one_id, &recorded);
    assert_eq!(world.post(&officer, &own, json!({ "reason": " " })).await.code(), "reason_missing");
    assert_eq!(world.post(&pair.one, &own, reason.clone()).await.code(), "not_allowed");
    let elsewhere = world.officer_of("440100").await;
    assert_eq!(world.post(&elsewhere, &own, reason.clone()).await.code(), "outside_area");
    let street = world.officer_of("330106901").await;
    let with_bob = record(world, &officer, &pair.one_id, &pair.other_id).await;
    let with_bob = path(&pair.one_id, &with_bob);
    assert_eq!(
        world.post(&street, &with_bob, reason.clone()).await.code(),
        "outside_area",
        "Bob lives elsewhere"
    );
    for other in [path(&pair.one_id, &agreed), path(&pair.other_id, &recorded), path(&pair.one_id, "none")] {
        assert_eq!(world.post(&officer, &other, reason.clone()).await.code(), "no_record", "{other}");
    }
    world.forward(13 * 3_600);
    let officer = world.officer().await;
    world.post(&officer, &own, reason.clone()).await.done();
    let ends: Vec<_> = nights(world, &stranger).await.into_iter().map(|(_, until, _)| until).collect();
    assert_eq!(ends, ["03-02T08:00", "03-02T22:00"], "from then on only");
    let seen = mine(world, &pair.one).await;
    let ended = seen["households"].as_array().unwrap().iter().find(|one| one["state"] == "ended").unwrap();
    assert_eq!((&ended["household"], &ended["end_reason"]), (&json!(recorded), &json!("moved out")));
    assert_eq!(world.post(&officer, &own, reason).await.code(), "no_record", "it has ended");
}

async fn an_officer_sees_who_slept_there_and_each_reads_it(world: &World) {
    let pair = pair(world).await;
    let path = format!("/api/v1/people/{}/household?purpose=case", pair.one_id);
    let household = ask(world, &pair, &[]).await;
    let officer = world.officer().await;
    assert_eq!(world.read(&officer, &path).await.done()["households"], json!([]), "nobody agreed yet");
    agree(world, &pair.other, &household).await.done();
    let looks =
        async || world.read(&pair.other, "/api/v1/me/looks").await.done()["items"].as_array().unwrap().len();
    let before = looks().await;
    let seen = world.read(&officer, &path).await.done();
    let one = &seen["households"][0];
    assert_eq!((&one["basis"], &one["others"][0]["masked_name"]), (&json!("agreed"), &json!("王*")));
    assert_eq!((&one["first_night"], &one["ended_at"]), (&json!("2026-03-01"), &Value::Null));
    assert_eq!(looks().await, before + 1, "she slept there, too, and reads that somebody looked");
    let street = world.officer_of("330106901").await;
    let seen = world.read(&street, &path).await.done();
    let name = seen["households"][0]["others"][0]["masked_name"].as_str().unwrap();
    assert!(name.starts_with("P-"), "Bob lives elsewhere: {name}");
    let elsewhere = world.officer_of("440100").await;
    assert_eq!(world.read(&elsewhere, &path).await.code(), "outside_area");
    let unsaid = format!("/api/v1/people/{}/household", pair.one_id);
    assert_eq!(world.read(&officer, &unsaid).await.code(), "purpose");
}

async fn nights_are_stated_within_bounds(world: &World) {
    let pair = pair(world).await;
    for (first, last) in [
        ("2026-02-15", "2026-02-16"),
        ("2026-04-02", "2026-04-03"),
        ("2026-03-02", "2026-03-01"),
        ("2026-03-01", "2026-03-29"),
        ("yesterday", "2026-03-01"),
    ] {
        let code = world.code(&pair.other).await;
        let body = json!({ "code": code, "first_night": first, "last_night": last });
        assert_eq!(world.post(&pair.one, "/api/v1/me/household", body).await.code(), "nights", "{first}");
    }
    let body = json!({ "code": world.code(&pair.other).await, "first_night": "2026-02-16" });
    world.post(&pair.one, "/api/v1/me/household", body).await.done();
    assert_eq!(mine(world, &pair.one).await["households"][0]["last_night"], "2026-03-15", "28 nights");
}

async fn a_household_colours_nobody_and_tells_nobody(world: &World) {
    let pair = pair(world).await;
    let household = ask(world, &pair, &[]).await;
    agree(world, &pair.other, &household).await.done();
    let before = world.read(&pair.one, "/api/v1/me/looks").await.done()["items"].as_array().unwrap().len();
    world.settle().await;
    assert_eq!(
        (world.colour(&pair.one).await, world.colour(&pair.other).await),
        ("green".into(), "green".into())
    );
    let after = world.read(&pair.one, "/api/v1/me/looks").await.done()["items"].as_array().unwrap().len();
    assert_eq!(before, after);
    let mut conn = world.app.store.reader().await.unwrap();
    let person = PersonId::new(&pair.one_id).unwrap();
    assert!(visits::of_person(&mut conn, &person, march()).await.unwrap().is_empty(), "no visit is stored");
    assert!(!queue::is_due(&mut conn, RECONCILE, world.now()).await.unwrap());
}

async fn a_case_in_a_household_is_reconciled_when_it_changes(world: &World) {
    let pair = pair(world).await;
    let household = ask(world, &pair, &[]).await;
    world.confirm(&pair.one_id).await;
    world.settle().await;
    let due = async || {
        let mut conn = world.app.store.reader().await.unwrap();
        queue::is_due(&mut conn, RECONCILE, world.now()).await.unwrap()
    };
    assert!(!due().await);
    agree(world, &pair.other, &household).await.done();
    assert!(due().await, "the other agreed");
    world.settle().await;
    end(world, &pair.other, &household).await.done();
    assert!(due().await, "it ended");
}
