//! A place with too many contacts, and what an officer decides about it; contacts of contacts.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use healthcode_core::fact::ExposureBasis;
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::time::{Instant, Interval};
use healthcode_trace::{
    Choice, Choices, CloseContact, Grade, Level, Narrow, Policy, Visit, Wanted, WantedExposure, Way,
    close_contacts, counts, second_ring, wanted_exposures,
};

use Grade::{Poster, Rotating, Witnessed};

const MINUTE: i64 = 60;

fn minutes(from: i64, until: i64) -> Interval {
    Interval { from: Instant::from_seconds(from * MINUTE), until: Instant::from_seconds(until * MINUTE) }
}

fn person(name: &str) -> PersonId {
    PersonId::new(name).unwrap()
}

fn place(name: &str) -> PointId {
    PointId::new(name).unwrap()
}

fn visit(who: &str, at: &str, from: i64, until: i64) -> Visit {
    Visit::new(person(who), place(at), minutes(from, until), Witnessed)
}

/// A case three hours in a station: p1 in her hall, p2 in another one, p3 going the other way, p4 of whom nobody knows;
/// and p5 by a poster.
fn station() -> Vec<Visit> {
    let scan = |who: &str, from: i64, until: i64, hall: &str, way: Way| {
        visit(who, "station", from, until).with_part(place(hall)).with_way(way)
    };
    vec![
        scan("case", 0, 90, "hall 1", Way::In),
        scan("case", 90, 180, "hall 2", Way::Passing),
        scan("p1", 0, 100, "hall 1", Way::In),
        scan("p2", 60, 200, "hall 2", Way::Passing),
        scan("p3", 0, 30, "hall 1", Way::Out),
        visit("p4", "station", 0, 180),
        visit("p4", "shop", 300, 320),
        visit("case", "shop", 300, 320),
        Visit { grade: Poster, ..visit("p5", "station", 0, 60) },
    ]
}

fn policy() -> Policy {
    Policy { ask_above: Some(3), ..Policy::built_in("place-15min-sum-24h").unwrap() }
}

fn decided(choice: Option<Choice>) -> Wanted {
    let choices: Choices = choice.into_iter().map(|choice| (place("station"), choice)).collect();
    wanted_exposures(&person("case"), &[minutes(0, 10_000)], &station(), &station(), &policy(), &choices)
}

/// Person, place and minutes.
fn short(exposures: &[WantedExposure]) -> Vec<String> {
    exposures.iter().map(|e| format!("{} {} {}", e.person, e.place, e.minutes)).collect()
}

#[test]
fn a_place_with_too_many_gives_nothing_and_says_what_everybody_would_get() {
    let wanted = decided(None);
    assert_eq!(short(&wanted.exposures), ["p4 shop 20"], "nobody loses what she got elsewhere");
    assert_eq!(short(&wanted.messages), ["p5 station 60"]);
    let [capped] = &wanted.capped[..] else { panic!("one place") };
    assert_eq!((capped.place.as_str(), capped.people), ("station", 4));
    assert_eq!(
        short(&capped.exposures),
        ["p1 station 100", "p2 station 120", "p3 station 30", "p4 station 180"]
    );
    assert!(wanted.capped_poster.is_empty() && wanted.decided.is_empty());
}

#[test]
fn an_officer_chooses_everybody_nobody_or_a_message() {
    let everybody = decided(Some(Choice::Everybody));
    assert_eq!(everybody.exposures.len(), 5);
    assert_eq!(short(&everybody.messages), ["p5 station 60"], "a poster scan makes a message all the same");
    let nobody = decided(Some(Choice::Nobody));
    assert_eq!((short(&nobody.exposures), nobody.messages.len()), (vec!["p4 shop 20".to_owned()], 0));
    let told = decided(Some(Choice::Message));
    assert_eq!((short(&told.exposures), told.messages.len()), (vec!["p4 shop 20".to_owned()], 5));
    for wanted in [everybody, nobody, told] {
        assert_eq!((wanted.capped.len(), wanted.decided[0].people), (0, 4), "the numbers stay to be seen");
    }
}

#[test]
fn narrowed_exposures_are_of_the_time_that_counts() {
    let narrow = |narrow| short(&decided(Some(Choice::Narrow(narrow))).exposures);
    let none = Narrow::default();
    assert_eq!(narrow(none.clone()).len(), 5);
    let long = Narrow { at_least_minutes: Some(101), ..none.clone() };
    assert_eq!(narrow(long), ["p2 station 120", "p4 shop 20", "p4 station 180"]);
    let part = Narrow { same_part: true, ..none.clone() };
    assert_eq!(narrow(part.clone()), ["p1 station 90", "p2 station 90", "p3 station 30", "p4 shop 20"]);
    let both = Narrow { at_least_minutes: Some(90), same_way: true, ..part };
    assert_eq!(narrow(both), ["p1 station 90", "p2 station 90", "p4 shop 20"]);
    let between = Narrow { between: Some(minutes(80, 110)), ..none };
    assert_eq!(narrow(between), ["p1 station 20", "p2 station 30", "p4 shop 20", "p4 station 30"]);
}

#[test]
fn a_choice_stands_when_fewer_are_there() {
    let choices: Choices = [(place("station"), Choice::Nobody)].into();
    let visits = [visit("case", "station", 0, 60), visit("p1", "station", 0, 60)];
    let case = person("case");
    let wanted = wanted_exposures(&case, &[minutes(0, 99)], &visits, &[], &policy(), &choices);
    assert_eq!((wanted.exposures.len(), wanted.decided[0].people), (0, 1));
}

#[test]
fn every_offer_says_how_many_it_would_leave() {
    let offers = counts(&decided(None).capped[0]);
    let left =
        |choice: &Choice| offers.iter().find(|offer| offer.choice == *choice).map(|offer| offer.people);
    assert_eq!(left(&Choice::Everybody), Some(4));
    assert_eq!(left(&Choice::Message), Some(4));
    assert_eq!(left(&Choice::Nobody), Some(0));
    let narrow = |minutes: Option<u32>, same_part, same_way| {
        left(&Choice::Narrow(Narrow { at_least_minutes: minutes, same_part, same_way, between: None }))
    };
    let by_minutes = [15, 30, 60, 120, 240].map(|minutes| narrow(Some(minutes), false, false));
    assert_eq!(by_minutes, [Some(4), Some(4), Some(3), Some(2), Some(0)]);
    assert_eq!([narrow(None, true, false), narrow(Some(60), true, false)], [Some(3), Some(2)]);
    assert_eq!([narrow(None, false, true), narrow(Some(60), true, true)], [Some(2), Some(2)]);
    let unknown = [visit("case", "a", 0, 60), visit("p1", "a", 0, 60)];
    let few = Policy { ask_above: Some(1), ..policy() };
    let mut others = unknown.to_vec();
    others.push(visit("p2", "a", 0, 60));
    let none = Choices::new();
    let wanted = wanted_exposures(&person("case"), &[minutes(0, 99)], &unknown, &others, &few, &none);
    assert_eq!(counts(&wanted.capped[0]).len(), 8, "parts and ways that nobody knows are not offered");
}

#[test]
fn choices_are_kept_as_json_and_unknown_fields_are_refused() {
    let between = Some(Interval {
        from: Instant::parse("2020-02-11T09:00:00Z").unwrap(),
        until: Instant::parse("2020-02-11T10:00:00Z").unwrap(),
    });
    let narrow = Narrow { at_least_minutes: Some(30), same_part: true, same_way: false, between };
    for (choice, json) in [
        (Choice::Everybody, r#"{"choice":"everybody"}"#),
        (Choice::Nobody, r#"{"choice":"nobody"}"#),
        (Choice::Message, r#"{"choice":"message"}"#),
        (
            Choice::Narrow(narrow),
            r#"{"choice":"narrow","at_least_minutes":30,"same_part":true,"same_way":false,"between":{"from":"2020-02-11T09:00:00Z","until":"2020-02-11T10:00:00Z"}}"#,
        ),
    ] {
        assert_eq!(serde_json::to_string(&choice).unwrap(), json);
        assert_eq!(serde_json::from_str::<Choice>(json).unwrap(), choice);
    }
    let least = r#"{"choice":"narrow","at_least_minutes":15}"#;
    let want = Narrow { at_least_minutes: Some(15), ..Narrow::default() };
    assert_eq!(serde_json::from_str::<Choice>(least).unwrap(), Choice::Narrow(want));
    for wrong in [r#"{"choice":"narrow","minutes":15}"#, r#"{"choice":"all"}"#, r#"{}"#] {
        assert!(serde_json::from_str::<Choice>(wrong).is_err(), "{wrong}");
    }
}

fn ring(close: &[CloseContact], visits: &[Visit], policy: &Policy) -> Wanted {
    second_ring(&person("case"), close, visits, visits, policy, &Choices::new())
}

fn close(who: &str, first: i64, until: i64) -> CloseContact {
    let span = minutes(first, until);
    CloseContact { person: person(who), first_at: span.from, until: span.until }
}

#[test]
fn the_second_ring_says_through_whom_and_is_in_order_of_time() {
    let policy = Policy::built_in("china-protocol-8").unwrap();
    let visits = [
        visit("p", "shop", 0, 100),
        visit("q", "shop", 0, 100),
        visit("r", "shop", 0, 100),
        visit("case", "shop", 0, 100),
        visit("before", "shop", 0, 35),
        visit("after", "shop", 60, 100),
        Visit { grade: Rotating, ..visit("r", "flat", 200, 201).with_kind("household") },
        visit("p", "flat", 200, 201),
    ];
    let found = ring(&[close("p", 30, 70), close("q", 50, 300)], &visits, &policy);
    let short: Vec<_> = found
        .exposures
        .iter()
        .map(|e| format!("{} {} {} {}", e.person, e.place, e.via.as_ref().unwrap(), e.minutes))
        .collect();
    assert_eq!(short, ["after shop q 40", "r shop p 40", "r shop q 50"], "p was kept apart before the flat");
    assert!(found.exposures.iter().all(|e| e.level == Level::Secondary && e.basis == ExposureBasis::Place));
    let later = ring(&[close("p", 30, 300)], &visits, &policy);
    let flat = later.exposures.iter().find(|e| e.place == place("flat")).unwrap();
    assert_eq!((flat.person.as_str(), flat.grade, flat.basis), ("r", Rotating, ExposureBasis::Household));
    let off = Policy { second_ring: None, ..policy };
    assert_eq!(ring(&[close("p", 30, 70)], &visits, &off), Wanted::default());
}

#[test]
fn people_of_the_second_ring_are_counted_over_all_contacts_and_once() {
    let policy = Policy::built_in("china-protocol-9").unwrap();
    let bound = |most| Policy {
        second_ring: policy
            .second_ring
            .clone()
            .map(|ring| healthcode_trace::SecondRing { ask_above: most, ..ring }),
        ..policy.clone()
    };
    let mut visits = vec![visit("p", "shop", 0, 60), visit("q", "shop", 0, 60)];
    visits.extend((0..3).map(|n| visit(&format!("r{n}"), "shop", 0, 60)));
    let both = [close("p", 0, 99), close("q", 0, 99)];
    assert_eq!(ring(&both, &visits, &bound(Some(3))).exposures.len(), 6);
    let found = ring(&both, &visits, &bound(Some(2)));
    assert_eq!((found.exposures.len(), found.capped[0].people, found.capped[0].exposures.len()), (0, 3, 6));
    assert_eq!(counts(&found.capped[0])[0].people, 3);
}

#[test]
fn close_contacts_count_from_their_first_exposure() {
    let visits = [
        visit("case", "a", 0, 60),
        visit("p", "a", 0, 1),
        visit("case", "b", 100, 160),
        visit("p", "b", 100, 160),
        visit("general", "metro", 0, 60).with_kind("metro"),
        visit("case", "metro", 0, 60),
    ];
    let policy = Policy::built_in("china-protocol-9").unwrap();
    let wanted =
        wanted_exposures(&person("case"), &[minutes(0, 999)], &visits, &visits, &policy, &Choices::new());
    assert_eq!(wanted.exposures.len(), 3);
    let until = minutes(0, 999).until;
    assert_eq!(close_contacts(&wanted.exposures, until), [close("p", 0, 999)]);
}
