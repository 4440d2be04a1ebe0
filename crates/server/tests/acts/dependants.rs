//! One phone carries the codes of a household: those of its owner, and of whom she answers for.

use healthcode_credential::keys::SigningKey;
use healthcode_server::jobs::bundle;
use healthcode_store::passes;
use healthcode_testkit::cast::{alice, bob, charlie};
use healthcode_testkit::on_both_engines;
use healthcode_testkit::world::{Caller, Phone, World};
use serde_json::{Value, json};

on_both_engines! {
    a_guardian_lists_her_dependants_and_shows_their_codes
    one_key_of_the_phone_fetches_passes_for_all_and_a_gate_sees_each_ones_colour
    nobody_acts_for_whom_she_does_not_answer_for
    a_renewal_signed_for_one_person_fetches_nothing_for_another
    the_end_of_a_guardianship_withdraws_what_the_phone_holds_for_the_dependant_and_nothing_else
    a_phone_that_enrols_again_begins_anew_for_everyone_it_carries
    a_guardian_without_a_declaration_of_her_own_still_carries_codes
    the_pages_of_a_guardian_are_told_of_dependants_as_long_as_she_answers_for_them
    a_paper_is_printed_for_a_dependant
}

/// A mother, a child with a phone of its own, and somebody else.
struct Family {
    mother: Caller,
    child: Caller,
    ward: String,
    stranger: String,
}

async fn entrust(world: &World, guardian: &str, ward: &str, may_answer: bool) -> Value {
    let request = json!({ "guardian": guardian, "reason": "mother", "may_answer": may_answer });
    let path = format!("/api/v1/people/{ward}/guardians");
    world.post(&world.officer().await, &path, request).await.done()
}

async fn family(world: &World) -> Family {
    let (mother, child) = (world.declared(&alice()).await, world.declared(&bob()).await);
    let stranger = world.person(&world.declared(&charlie()).await).await;
    let ward = world.person(&child).await;
    let given = entrust(world, &world.person(&mother).await, &ward, true).await;
    assert_eq!(given["devices"], 1);
    Family { mother, child, ward, stranger }
}

fn code_of(person: &str) -> String {
    format!("/api/v1/me/code?for={person}")
}

async fn dependants(world: &World, caller: &Caller) -> Vec<Value> {
    let answer = world.read(caller, "/api/v1/me/dependants").await.done();
    answer["items"].as_array().unwrap().clone()
}

async fn a_guardian_lists_her_dependants_and_shows_their_codes(world: &World) {
    let Family { mother, child, ward, .. } = family(world).await;
    let listed = dependants(world, &mother).await;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["person"], ward.as_str());
    assert_eq!((&listed[0]["masked_name"], &listed[0]["until"]), (&json!("王*"), &Value::Null));
    assert_eq!(listed[0]["since"], "2026-03-02T09:00:00+08:00");
    assert_eq!(dependants(world, &child).await.len(), 0);
    let (own, theirs) = (world.show(&mother).await, world.show(&child).await);
    let shown = world.read(&mother, &code_of(&ward)).await.done();
    assert_eq!(shown["person"], theirs["person"]);
    assert_eq!(shown["decision"], theirs["decision"]);
    assert_eq!(shown["document_last_four"], listed[0]["document_last_four"]);
    assert_eq!(world.show(&mother).await["person"], own["person"], "hers is hers");
    world.confirm(&ward).await;
    let shown = world.read(&mother, &code_of(&ward)).await.done();
    assert_eq!((&shown["decision"]["colour"], &*world.colour(&mother).await), (&json!("red"), "green"));
    let looks = world.read(&child, "/api/v1/me/looks").await.done();
    let by_guardian = looks["items"].as_array().unwrap().iter().filter(|look| look["who"] == "resident");
    assert_eq!(by_guardian.count(), 1, "the child sees that the mother looks, once a day: {looks}");
}

async fn one_key_of_the_phone_fetches_passes_for_all_and_a_gate_sees_each_ones_colour(world: &World) {
    let Family { mother, child, ward, .. } = family(world).await;
    let mut own = Phone::enrol(world, &mother).await;
    let mut hers = own.carries(&ward);
    assert_eq!((own.fetch(world, 4).await, hers.fetch(world, 4).await), (2, 2));
    let mut the_childs = Phone::enrol(world, &child).await;
    assert_eq!(the_childs.fetch(world, 4).await, 2, "two phones hold passes of one person");
    world.confirm(&ward).await;
    bundle::publish(&world.app).await.unwrap();
    let gate = world.checker(&world.point("gate").await).await;
    for (phone, colour) in [(&own, "green"), (&hers, "red"), (&the_childs, "red")] {
        assert_eq!(world.scan(&gate, &phone.shows(world.now()), "passing").await["colour"], colour);
    }
}

async fn nobody_acts_for_whom_she_does_not_answer_for(world: &World) {
    let Family { mother, child, ward, stranger } = family(world).await;
    let phone = Phone::enrol(world, &mother).await;
    let keys = || vec![SigningKey::generate().unwrap()];
    let mothers = world.person(&mother).await;
    for (caller, person) in
        [(&mother, &*stranger), (&mother, "nobody"), (&child, &*mothers), (&child, &*stranger)]
    {
        let shown = world.read(caller, &code_of(person)).await;
        assert_eq!((shown.status, shown.code()), (403, "not_acting_for"), "{person}");
        let paper = json!({ "days": 7, "for": person });
        let printed = world.post(caller, "/api/v1/me/paper-passes", paper).await;
        assert_eq!((printed.status, printed.code()), (403, "not_acting_for"), "{person}");
    }
    let fetched = phone.carries(&stranger).ask(world, &keys()).await;
    assert_eq!((fetched.status, fetched.code()), (403, "not_acting_for"));
    let own = world.person(&mother).await;
    assert_eq!(world.read(&mother, &code_of(&own)).await.done()["person"], own.as_str(), "oneself is fine");
    assert_eq!(Phone::enrol(world, &child).await.carries(&ward).fetch(world, 1).await, 1);
}

async fn a_renewal_signed_for_one_person_fetches_nothing_for_another(world: &World) {
    let Family { mother, ward, .. } = family(world).await;
    let phone = Phone::enrol(world, &mother).await;
    let keys = vec![SigningKey::generate().unwrap()];
    let mut turned = phone.request(world, &keys);
    turned["for"] = ward.as_str().into();
    assert_eq!(world.post(&mother, "/api/v1/me/passes", turned).await.code(), "renewal_signature");
    let mut bare = phone.carries(&ward).request(world, &keys);
    bare.as_object_mut().unwrap().remove("for");
    assert_eq!(world.post(&mother, "/api/v1/me/passes", bare).await.code(), "renewal_signature");
}

/// How many places of a person in the status tables are withdrawn, of how many: two for each phone that fetched, one for
/// the tokens.
async fn withdrawn(world: &World, person: &str) -> (usize, usize) {
    let person = healthcode_core::ids::PersonId::new(person).unwrap();
    let conn = &mut *world.app.store.reader().await.unwrap();
    let places = passes::places_of(conn, &person, world.now()).await.unwrap();
    (places.iter().filter(|place| place.is_withdrawn).count(), places.len())
}

async fn the_end_of_a_guardianship_withdraws_what_the_phone_holds_for_the_dependant_and_nothing_else(
    world: &World,
) {
    let Family { mother, child, ward, .. } = family(world).await;
    let mut own = Phone::enrol(world, &mother).await;
    let mut hers = own.carries(&ward);
    let mut the_childs = Phone::enrol(world, &child).await;
    for phone in [&mut own, &mut hers, &mut the_childs] {
        assert_eq!(phone.fetch(world, 2).await, 2);
    }
    let gate = world.checker(&world.point("gate").await).await;
    assert_eq!(world.scan(&gate, &hers.shows(world.now()), "passing").await["action"], "pass");
    entrust(world, &world.person(&mother).await, &ward, false).await;
    let gate = world.checker(&world.point("other gate").await).await;
    let seen = world.scan(&gate, &hers.shows(world.now()), "passing").await;
    assert_eq!((&seen["action"], &seen["reason"]), (&json!("ask"), &json!("cannot_decide")));
    for phone in [&own, &the_childs] {
        let shown = phone.shows(world.now().plus_seconds(1));
        assert_eq!(world.scan(&gate, &shown, "passing").await["action"], "pass");
    }
    assert_eq!(withdrawn(world, &ward).await, (2, 5), "two of the mother's phone, no other");
    assert_eq!(world.read(&mother, &code_of(&ward)).await.code(), "not_acting_for");
    assert_eq!(hers.ask(world, &[SigningKey::generate().unwrap()]).await.code(), "not_acting_for");
    assert_eq!(dependants(world, &mother).await.len(), 0);
    entrust(world, &world.person(&mother).await, &ward, true).await;
    assert_eq!(hers.fetch(world, 2).await, 2, "given back, it begins anew");
}

async fn a_phone_that_enrols_again_begins_anew_for_everyone_it_carries(world: &World) {
    let Family { mother, child, ward, .. } = family(world).await;
    let mut own = Phone::enrol(world, &mother).await;
    let mut hers = own.carries(&ward);
    let mut the_childs = Phone::enrol(world, &child).await;
    for phone in [&mut own, &mut hers, &mut the_childs] {
        phone.fetch(world, 2).await;
    }
    let mut again = Phone::enrol(world, &mother).await;
    assert_eq!(withdrawn(world, &world.person(&mother).await).await.0, 2);
    assert_eq!(withdrawn(world, &ward).await, (2, 5));
    assert_eq!(hers.ask(world, &[SigningKey::generate().unwrap()]).await.code(), "renewal_signature");
    let mut hers = again.carries(&ward);
    assert_eq!((again.fetch(world, 2).await, hers.fetch(world, 2).await), (2, 2));
}

async fn a_guardian_without_a_declaration_of_her_own_still_carries_codes(world: &World) {
    let Family { mother, ward, .. } = family(world).await;
    let mothers = world.person(&mother).await;
    // Somebody else declared the mother's number and showed the document: her device has no code of its own any more.
    let other = world.declared(&alice()).await;
    let code = world.code(&other).await;
    world.post(&world.officer().await, "/api/v1/activations", json!({ "code": code })).await.done();
    assert_eq!(world.show(&mother).await, json!({ "declared": false }));
    let mut hers = Phone::enrol(world, &mother).await.carries(&ward);
    assert_eq!(hers.fetch(world, 2).await, 2);
    assert_eq!(world.read(&mother, &code_of(&ward)).await.done()["person"], ward.as_str());
    let gate = world.checker(&world.point("gate").await).await;
    assert_eq!(world.scan(&gate, &hers.shows(world.now()), "passing").await["colour"], "green");
    let mut notices = world.live(&mother).await;
    world.confirm(&ward).await;
    assert!(notices.next().await.contains(&ward));
    entrust(world, &mothers, &ward, false).await;
    assert_eq!(world.read(&mother, &code_of(&ward)).await.code(), "not_acting_for");
    let none = world.post(&mother, "/api/v1/me/enrolment", json!({ "key": "" })).await;
    assert_eq!(none.code(), "point_form");
}

async fn the_pages_of_a_guardian_are_told_of_dependants_as_long_as_she_answers_for_them(world: &World) {
    let (mother, child) = (world.declared(&alice()).await, world.declared(&bob()).await);
    let (own, ward) = (world.person(&mother).await, world.person(&child).await);
    let mut notices = world.live(&mother).await;
    let says = |notice: String, person: &str| {
        assert!(notice.contains(&format!(r#""person":"{person}""#)), "{notice}");
    };
    world.confirm(&ward).await;
    entrust(world, &own, &ward, true).await;
    says(notices.next().await, &own);
    world.exclude(&ward).await;
    says(notices.next().await, &ward);
    entrust(world, &own, &ward, false).await;
    says(notices.next().await, &ward);
    says(notices.next().await, &own);
    world.confirm(&ward).await;
    world.confirm(&own).await;
    says(notices.next().await, &own);
}

async fn a_paper_is_printed_for_a_dependant(world: &World) {
    let Family { mother, child, ward, .. } = family(world).await;
    let paper = json!({ "days": 14, "for": ward });
    let paper = world.post(&mother, "/api/v1/me/paper-passes", paper).await.done();
    let theirs = world.show(&child).await;
    assert_eq!(paper["document_last_four"], theirs["document_last_four"]);
    assert_eq!(paper["masked_name"], theirs["masked_name"]);
    world.confirm(&ward).await;
    let gate = world.checker(&world.point("gate").await).await;
    let seen = world.scan(&gate, paper["text"].as_str().unwrap(), "in").await;
    assert_eq!((&seen["colour"], &seen["action"]), (&json!("red"), &json!("stop")));
}
