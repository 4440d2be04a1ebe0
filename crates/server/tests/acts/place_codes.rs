//! People scan the codes of places: each visit proves what its code proves, and nothing that proves less undoes it.

use healthcode_testkit::cast::{alice, bob, charlie};
use healthcode_testkit::on_both_engines;
use healthcode_testkit::world::{Answer, Caller, Setting, World};
use serde_json::{Value, json};

on_both_engines! {
    a_screen_makes_a_rotating_visit_and_a_poster_a_poster_one
    a_leaving_scan_ends_the_stay_that_its_code_began
    a_code_of_the_screen_goes_a_minute_after_it_went
    a_repeated_scan_of_a_code_that_has_gone_gets_the_first_answer
    a_place_whose_code_was_issued_anew_refuses_what_hung_there
    a_code_that_was_not_made_here_is_refused_and_nothing_stored
    a_picture_of_a_code_ends_no_stay_that_a_guard_saw
    a_picture_of_a_distant_code_doubts_itself_and_never_a_guard
    a_guard_who_lets_out_makes_a_witnessed_stay_whatever_was_scanned_before
    of_two_screens_far_apart_neither_counts
    sixty_scans_of_ones_own_an_hour_are_recorded_and_leave_a_guard_undoubted
    the_same_code_within_moments_is_recorded_once
    leaving_by_a_code_without_entering_and_passing_prove_a_minute
    a_screen_makes_a_contact_and_a_poster_advice_alone
    nobody_is_ordered_with_many_for_a_poster_alone
    a_guardian_scans_for_whom_she_answers_for
    staff_see_the_screen_of_their_own_point_alone
    a_poster_is_issued_by_an_officer_of_its_area_once
}

async fn poster(world: &World, point: &str) -> String {
    let officer = world.officer().await;
    let poster = world.read(&officer, &format!("/api/v1/points/{point}/poster")).await.done();
    poster["text"].as_str().unwrap().to_owned()
}

/// What the screen of a place shows now.
async fn screen(world: &World, point: &str) -> String {
    let staff = world.checker(point).await;
    let screen = world.read(&staff, &format!("/api/v1/points/{point}/screen")).await.done();
    screen["codes"][0]["text"].as_str().unwrap().to_owned()
}

async fn visit(world: &World, who: &Caller, code: &str, direction: &str) -> Answer {
    world.post(who, "/api/v1/me/visits", json!({ "code": code, "direction": direction })).await
}

/// A person's visits as an officer sees them, newest first: grade, end, flag.
async fn visits(world: &World, who: &Caller) -> Vec<(String, String, Option<String>)> {
    let (officer, person) = (world.officer().await, world.person(who).await);
    let seen = world.read(&officer, &format!("/api/v1/people/{person}?purpose=case")).await.done();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let visits = seen["visits"].as_array().unwrap().iter();
    visits
        .map(|visit| (text(&visit["grade"]).unwrap(), text(&visit["left_at"]).unwrap(), text(&visit["flag"])))
        .collect()
}

async fn distant(world: &World, name: &str) -> String {
    let officer = world.officer().await;
    let body = json!({
        "name": { "en": name, "zh": name }, "kind": "market", "region": "330110",
    });
    world.post(&officer, "/api/v1/points", body).await.done()["point"].as_str().unwrap().to_owned()
}

async fn a_screen_makes_a_rotating_visit_and_a_poster_a_poster_one(world: &World) {
    let (device, point) = (world.declared(&alice()).await, world.point("Library").await);
    let seen = visit(world, &device, &screen(world, &point).await, "in").await.done();
    assert_eq!((&seen["grade"], &seen["place"]["en"]), (&json!("rotating"), &json!("Library")));
    assert_eq!(
        (&seen["from"], &seen["until"], &seen["assumed"]),
        (&json!("2026-03-02T09:00:00+08:00"), &json!("2026-03-02T10:00:00+08:00"), &json!(true))
    );
    world.forward(60);
    let seen = visit(world, &device, &poster(world, &point).await, "passing").await.done();
    assert_eq!(seen["grade"], "poster");
    let kept = visits(world, &device).await;
    let grades: Vec<_> = kept.iter().map(|(grade, ..)| grade.as_str()).collect();
    assert_eq!(grades, ["poster", "rotating"]);
}

async fn a_leaving_scan_ends_the_stay_that_its_code_began(world: &World) {
    let (device, point) = (world.declared(&alice()).await, world.point("Library").await);
    visit(world, &device, &screen(world, &point).await, "in").await.done();
    world.forward(600);
    let left = visit(world, &device, &screen(world, &point).await, "out").await.done();
    assert_eq!((&left["until"], &left["assumed"]), (&json!("2026-03-02T09:10:00+08:00"), &json!(false)));
    assert_eq!(
        visits(world, &device).await,
        [("rotating".to_owned(), "2026-03-02T09:10:00+08:00".to_owned(), None)]
    );
}

async fn a_code_of_the_screen_goes_a_minute_after_it_went(world: &World) {
    let (device, point) = (world.declared(&alice()).await, world.point("Library").await);
    let code = screen(world, &point).await;
    world.forward(89);
    assert_eq!(visit(world, &device, &code, "in").await.done()["grade"], "rotating");
    world.forward(1);
    let late = visit(world, &device, &code, "out").await;
    assert_eq!((late.status, late.code()), (410, "place_code_old"));
    let staff = world.checker(&point).await;
    let shown = world.read(&staff, &format!("/api/v1/points/{point}/screen")).await.done();
    let ahead = shown["codes"][1]["text"].as_str().unwrap();
    assert_eq!(visit(world, &device, ahead, "out").await.code(), "place_code_old", "not shown yet");
    world.forward(30);
    visit(world, &device, ahead, "out").await.done();
    assert_eq!(shown["codes"].as_array().unwrap().len(), 20, "ten minutes");
}

async fn a_repeated_scan_of_a_code_that_has_gone_gets_the_first_answer(world: &World) {
    let (device, point) = (world.declared(&alice()).await, world.point("Library").await);
    let body = json!({ "code": screen(world, &point).await, "direction": "in" });
    let first = world.post_once(&device, "/api/v1/me/visits", &body, "visit-0001").await.done();
    world.forward(600);
    assert_eq!(world.post_once(&device, "/api/v1/me/visits", &body, "visit-0001").await.done(), first);
    assert_eq!(visits(world, &device).await.len(), 1);
}

async fn a_place_whose_code_was_issued_anew_refuses_what_hung_there(world: &World) {
    let (device, point) = (world.declared(&alice()).await, world.point("Library").await);
    let (old, old_screen) = (poster(world, &point).await, screen(world, &point).await);
    let officer = world.officer().await;
    let anew = world.post(&officer, &format!("/api/v1/points/{point}/poster"), json!({})).await.done();
    assert_eq!(anew["issue"], 2);
    for code in [&old, &old_screen] {
        let refused = visit(world, &device, code, "in").await;
        assert_eq!((refused.status, refused.code()), (410, "place_code_replaced"));
    }
    assert!(visits(world, &device).await.is_empty());
    assert_eq!(poster(world, &point).await, anew["text"].as_str().unwrap());
    visit(world, &device, anew["text"].as_str().unwrap(), "in").await.done();
    let again = world.post(&officer, &format!("/api/v1/points/{point}/poster"), json!({})).await.done();
    assert_eq!(again["issue"], 3);
}

async fn a_code_that_was_not_made_here_is_refused_and_nothing_stored(world: &World) {
    let device = world.declared(&alice()).await;
    let (point, other) = (world.point("Library").await, world.point("Other").await);
    let code = poster(world, &point).await;
    let (address, code) = code.rsplit_once('#').unwrap();
    assert!(address.ends_with("/here"), "{address}");
    let mut wrong: Vec<String> =
        ["", "#", "p", "p..1.", "EPC1:ABC", "r.1.2.3.4.5", "p.é.1.AAAA"].map(str::to_owned).into();
    // Every place of the code changed, one at a time.
    for at in 0..code.len() {
        let mut bytes = code.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'2' { b'3' } else { b'2' };
        wrong.push(String::from_utf8(bytes).unwrap());
    }
    wrong.push(code.replace(&point, &other));
    wrong.push(code[..code.len() - 1].to_owned());
    wrong.push(format!("{code}A"));
    wrong.push(code.replacen("p.", "r.", 1));
    wrong.push("x".repeat(5_000));
    let foreign = World::new(Setting::default()).await;
    let foreign_point = foreign.point("Library").await;
    wrong.push(poster(&foreign, &foreign_point).await);
    for text in &wrong {
        let refused = visit(world, &device, text, "in").await;
        assert_eq!((refused.status, refused.code()), (422, "place_code"), "{text}");
    }
    assert!(visits(world, &device).await.is_empty());
    visit(world, &device, &format!(" {code}\n"), "in").await.done();
}

async fn a_picture_of_a_code_ends_no_stay_that_a_guard_saw(world: &World) {
    let (device, point) = (world.declared(&alice()).await, world.point("Library").await);
    let guard = world.checker(&point).await;
    let picture = poster(world, &point).await;
    // Entered before the guard, so that both stays are open.
    visit(world, &device, &picture, "in").await.done();
    world.forward(5);
    world.scan(&guard, &world.code(&device).await, "in").await;
    world.forward(60);
    visit(world, &device, &picture, "out").await.done();
    let code = screen(world, &point).await;
    world.forward(60);
    visit(world, &device, &code, "out").await.done();
    let kept = visits(world, &device).await;
    let seen = kept.iter().find(|(grade, ..)| grade == "witnessed").unwrap();
    assert_eq!(seen, &("witnessed".to_owned(), "2026-03-02T10:00:05+08:00".to_owned(), None), "{kept:?}");
    world.forward(600);
    world.scan(&guard, &world.code(&device).await, "out").await;
    let kept = visits(world, &device).await;
    let seen = kept.iter().find(|(grade, ..)| grade == "witnessed").unwrap();
    assert_eq!(seen.1, "2026-03-02T09:12:05+08:00", "{kept:?}");
}

async fn a_picture_of_a_distant_code_doubts_itself_and_never_a_guard(world: &World) {
    let device = world.declared(&alice()).await;
    let (here, far) = (world.point("Library").await, distant(world, "Far").await);
    let (guard, picture) = (world.checker(&here).await, poster(world, &far).await);
    // Before the guard, and after.
    visit(world, &device, &picture, "in").await.done();
    world.forward(20);
    world.scan(&guard, &world.code(&device).await, "in").await;
    world.forward(20);
    visit(world, &device, &picture, "passing").await.done();
    let flags: Vec<_> =
        visits(world, &device).await.into_iter().map(|(grade, _, flag)| (grade, flag)).collect();
    let impossible = || Some("impossible".to_owned());
    let expected = [("poster", impossible()), ("witnessed", None), ("poster", impossible())]
        .map(|(g, f)| (g.to_owned(), f));
    assert_eq!(flags, expected);
}

async fn a_guard_who_lets_out_makes_a_witnessed_stay_whatever_was_scanned_before(world: &World) {
    let (device, point) = (world.declared(&alice()).await, world.point("Library").await);
    let guard = world.checker(&point).await;
    world.forward(3_600);
    visit(world, &device, &poster(world, &point).await, "in").await.done();
    visit(world, &device, &screen(world, &point).await, "in").await.done();
    world.forward(5);
    world.scan(&guard, &world.code(&device).await, "out").await;
    let kept = visits(world, &device).await;
    let of = |grade: &str| kept.iter().find(|visit| visit.0 == grade).unwrap().clone();
    assert_eq!(of("witnessed").1, "2026-03-02T10:00:05+08:00", "an hour up to the scan: {kept:?}");
    assert_eq!(
        (of("poster").1, of("rotating").1),
        (of("rotating").1, "2026-03-02T11:00:00+08:00".to_owned())
    );
    assert!(kept.iter().all(|visit| visit.2.is_none()), "{kept:?}");
}

async fn of_two_screens_far_apart_neither_counts(world: &World) {
    let device = world.declared(&alice()).await;
    let (here, far) = (world.point("Library").await, distant(world, "Far").await);
    visit(world, &device, &screen(world, &far).await, "in").await.done();
    world.forward(30);
    let seen = visit(world, &device, &screen(world, &here).await, "in").await.done();
    assert_eq!(seen["doubted"], true);
    let flags: Vec<_> = visits(world, &device).await.into_iter().map(|visit| visit.2).collect();
    assert_eq!(flags, [Some("impossible".to_owned()), Some("impossible".to_owned())]);
}

async fn sixty_scans_of_ones_own_an_hour_are_recorded_and_leave_a_guard_undoubted(world: &World) {
    let device = world.declared(&alice()).await;
    let (point, other) = (world.point("Library").await, world.point("Next door").await);
    let picture = poster(world, &other).await;
    for _ in 0..60 {
        assert_eq!(visit(world, &device, &picture, "passing").await.done()["doubted"], false);
        world.forward(11);
    }
    let refused = visit(world, &device, &picture, "passing").await;
    assert_eq!((refused.status, refused.code()), (429, "place_scans"));
    assert_eq!(visits(world, &device).await.len(), 60);
    world.scan(&world.checker(&point).await, &world.code(&device).await, "in").await;
    let newest = visits(world, &device).await.remove(0);
    assert_eq!((newest.0.as_str(), newest.2), ("witnessed", None));
    world.forward(3_000);
    visit(world, &device, &picture, "passing").await.done();
}

async fn the_same_code_within_moments_is_recorded_once(world: &World) {
    let (device, point) = (world.declared(&alice()).await, world.point("Library").await);
    let (picture, code) = (poster(world, &point).await, screen(world, &point).await);
    visit(world, &device, &picture, "in").await.done();
    world.forward(10);
    assert_eq!(visit(world, &device, &picture, "in").await.code(), "place_scans");
    visit(world, &device, &code, "in").await.done();
    world.forward(1);
    visit(world, &device, &picture, "in").await.done();
    assert_eq!(visits(world, &device).await.len(), 3);
}

async fn leaving_by_a_code_without_entering_and_passing_prove_a_minute(world: &World) {
    let (device, point) = (world.declared(&alice()).await, world.point("Library").await);
    let left = visit(world, &device, &screen(world, &point).await, "out").await.done();
    assert_eq!(
        (&left["from"], &left["until"], &left["assumed"]),
        (&json!("2026-03-02T08:59:00+08:00"), &json!("2026-03-02T09:00:00+08:00"), &json!(true))
    );
    let passed = visit(world, &device, &screen(world, &point).await, "passing").await.done();
    assert_eq!(
        (&passed["from"], &passed["until"]),
        (&json!("2026-03-02T09:00:00+08:00"), &json!("2026-03-02T09:01:00+08:00"))
    );
}

async fn a_screen_makes_a_contact_and_a_poster_advice_alone(world: &World) {
    let [case, on_screen, by_poster] =
        [world.declared(&alice()).await, world.declared(&bob()).await, world.declared(&charlie()).await];
    let point = world.point("Library").await;
    world.scan(&world.checker(&point).await, &world.code(&case).await, "in").await;
    visit(world, &on_screen, &screen(world, &point).await, "in").await.done();
    visit(world, &by_poster, &poster(world, &point).await, "in").await.done();
    world.forward(3_600);
    world.confirm(&world.person(&case).await).await;
    assert_ne!(world.colour(&on_screen).await, "green");
    assert_eq!(world.colour(&by_poster).await, "green");
    let told = world.read(&by_poster, "/api/v1/me/advice").await.done()["items"].clone();
    assert_eq!((told.as_array().unwrap().len(), &told[0]["place"]["en"]), (1, &json!("Library")), "{told}");
    assert_eq!(world.read(&on_screen, "/api/v1/me/advice").await.done()["items"], json!([]));
}

async fn nobody_is_ordered_with_many_for_a_poster_alone(world: &World) {
    let [case, on_screen, by_poster] =
        [world.declared(&alice()).await, world.declared(&bob()).await, world.declared(&charlie()).await];
    let point = world.point("Library").await;
    world.scan(&world.checker(&point).await, &world.code(&case).await, "in").await;
    visit(world, &on_screen, &screen(world, &point).await, "in").await.done();
    visit(world, &by_poster, &poster(world, &point).await, "in").await.done();
    world.forward(3_600);
    let case = world.person(&case).await;
    world.confirm(&case).await;
    let people = [world.person(&on_screen).await, world.person(&by_poster).await];
    let officer = world.officer().await;
    let order = json!({
        "kind": "close_contact", "place": "home", "until": "2026-03-09T00:00:00+08:00", "reason": "contacts",
    });
    let body = json!({ "people": people, "order": order });
    let made = world.post(&officer, &format!("/api/v1/cases/{case}/orders"), body).await.done();
    let outcome = |person: &String| {
        let items = made["items"].as_array().unwrap();
        items.iter().find(|item| item["person"] == **person).unwrap()["outcome"].clone()
    };
    assert_eq!((outcome(&people[0]), outcome(&people[1])), (json!("ordered"), json!("poster_only")));
    assert_eq!(world.colour(&by_poster).await, "green");
}

async fn a_guardian_scans_for_whom_she_answers_for(world: &World) {
    let (guardian, child) = (world.declared(&alice()).await, world.declared(&bob()).await);
    let (mother, ward) = (world.person(&guardian).await, world.person(&child).await);
    let code = screen(world, &world.point("Library").await).await;
    let body = json!({ "code": code, "direction": "in", "for": ward });
    let refused = world.post(&guardian, "/api/v1/me/visits", body.clone()).await;
    assert_eq!((refused.status, refused.code()), (403, "not_acting_for"));
    let officer = world.officer().await;
    let request = json!({ "guardian": mother, "reason": "mother", "may_answer": true });
    world.post(&officer, &format!("/api/v1/people/{ward}/guardians"), request).await.done();
    world.post(&guardian, "/api/v1/me/visits", body).await.done();
    assert_eq!((visits(world, &child).await.len(), visits(world, &guardian).await.len()), (1, 0));
    let nobody = visit(world, &world.resident().await, &code, "in").await;
    assert_eq!(nobody.code(), "not_declared");
}

async fn staff_see_the_screen_of_their_own_point_alone(world: &World) {
    let (point, other) = (world.point("Library").await, world.point("Other").await);
    let staff = world.checker(&point).await;
    world.read(&staff, &format!("/api/v1/points/{point}/screen")).await.done();
    let elsewhere = world.officer_of("330110").await;
    assert_eq!(
        world.read(&elsewhere, &format!("/api/v1/points/{point}/screen")).await.code(),
        "outside_area"
    );
    for (path, code) in [
        (format!("/api/v1/points/{other}/screen"), "not_allowed"),
        (format!("/api/v1/points/{point}/poster"), "not_allowed"),
    ] {
        assert_eq!(world.read(&staff, &path).await.code(), code, "{path}");
    }
    let officer = world.officer().await;
    world.read(&officer, &format!("/api/v1/points/{other}/screen")).await.done();
    assert_eq!(world.read(&officer, "/api/v1/points/nowhere/poster").await.code(), "point_unknown");
    let resident = world.declared(&alice()).await;
    assert_eq!(world.read(&resident, &format!("/api/v1/points/{point}/screen")).await.code(), "not_allowed");
}

async fn a_poster_is_issued_by_an_officer_of_its_area_once(world: &World) {
    let (point, other) = (world.point("Library").await, world.point("Other").await);
    let path = format!("/api/v1/points/{point}/poster");
    let elsewhere = world.officer_of("330110").await;
    assert_eq!(world.post(&elsewhere, &path, json!({})).await.code(), "outside_area");
    let officer = world.officer_of("330106").await;
    let first = world.post_once(&officer, &path, &json!({}), "poster-0001").await.done();
    assert_eq!(world.post_once(&officer, &path, &json!({}), "poster-0001").await.done(), first);
    let for_other = format!("/api/v1/points/{other}/poster");
    let reused = world.post_once(&officer, &for_other, &json!({}), "poster-0001").await;
    assert_eq!(reused.code(), "idempotency_key_reused");
    assert_eq!(first["issue"], 2);
    let kept = world.read(&officer, &path).await.done();
    assert_eq!(kept, first);
}
