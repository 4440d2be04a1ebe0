use super::*;
use crate::cast::cast;
use healthcode_core::personal::{DocumentKind, DocumentNumber};
use healthcode_core::region_table::RegionTable;
use proptest::prelude::*;
use std::collections::{HashMap, HashSet};

fn today() -> Day {
    Day::parse("2020-02-11").unwrap()
}

fn streets() -> Vec<Region> {
    ["330106901", "330106902", "330106903", "330108901"].map(|code| Region::new(code).unwrap()).to_vec()
}

fn city(seed: u64, residents: u32) -> City {
    City::generate(seed, residents, today(), &Zone::new("Asia/Shanghai").unwrap(), &streets()).unwrap()
}

fn visits(city: &City) -> Vec<CityVisit> {
    city.days().flat_map(|day| city.visits_on(day)).collect()
}

#[test]
fn the_same_seed_gives_the_same_city() {
    let (one, same, other) = (city(7, 500), city(7, 500), city(8, 500));
    assert!(one.residents().eq(same.residents()));
    assert_eq!(one.points(), same.points());
    assert_eq!(visits(&one), visits(&same));
    assert!(one.residents().zip(other.residents()).all(|(a, b)| a.person != b.person));
    assert_ne!(visits(&one), visits(&other));
}

#[test]
fn every_document_phone_and_person_is_valid_and_nobody_elses() {
    let city = city(1, 20_000);
    let (mut documents, mut phones, mut people) = (HashSet::new(), HashSet::new(), HashSet::new());
    for member in cast() {
        documents.insert(member.document);
        phones.insert(member.phone);
        people.insert(member.person);
    }
    for resident in city.residents() {
        let text = resident.document.expose();
        let read = DocumentNumber::new(DocumentKind::IdentityCard, text, today());
        assert_eq!(read.as_ref(), Ok(&resident.document));
        assert_eq!((text.len(), resident.person.as_str().len()), (18, 32));
        assert!(resident.phone.expose().starts_with("+861900"));
        assert!(phones.insert(resident.phone) && people.insert(resident.person));
        assert!(documents.insert(resident.document));
    }
}

#[test]
fn no_division_bears_the_prefix_of_the_documents() {
    let district = city(1, 1).resident(0).unwrap().document.expose()[..6].to_owned();
    assert!(!RegionTable::built_in().contains(&Region::new(&district).unwrap()));
}

#[test]
fn households_hold_everyone_once_and_share_a_street() {
    let city = city(3, 5_000);
    let mut next = 0;
    for (number, members) in city.households().enumerate() {
        assert_eq!(members.start, next);
        next = members.end;
        let street = city.resident(members.start).unwrap().residence;
        for resident in members.filter_map(|member| city.resident(member)) {
            assert_eq!((resident.household, &resident.residence), (number as u32, &street));
        }
    }
    assert_eq!(next, 5_000);
    let mean = 5_000.0 / city.households().count() as f64;
    assert!((2.3..2.9).contains(&mean), "{mean} people a household");
    let minors = city.residents().filter(|resident| resident.age < 18).count();
    let old = city.residents().filter(|resident| resident.age >= 65).count();
    assert!((500..1_500).contains(&minors) && (500..1_500).contains(&old), "{minors} minors, {old} old");
}

#[test]
fn residents_make_about_three_visits_a_day_and_four_in_five_scan_out() {
    let city = city(5, 2_000);
    let visits = visits(&city);
    let each = visits.len() as f64 / f64::from(2_000 * DAYS_OF_VISITS);
    assert!((2.5..3.5).contains(&each), "{each} visits");
    let left = visits.iter().filter(|visit| visit.left_at.is_some()).count() as f64 / visits.len() as f64;
    assert!((0.78..0.82).contains(&left), "{left} left");
}

#[test]
fn at_the_weekend_schools_and_works_are_empty() {
    let city = city(5, 2_000);
    let count = |day: &str, kinds: &[PointKind]| {
        let visits = city.visits_on(Day::parse(day).unwrap());
        visits.filter(|visit| kinds.contains(&city.points()[visit.point as usize].kind)).count()
    };
    let (friday, saturday, sunday) = ("2020-02-07", "2020-02-08", "2020-02-09");
    let busy = [PointKind::School, PointKind::Workplace, PointKind::Office];
    assert!(count(friday, &busy) > 1_000);
    assert_eq!((count(saturday, &busy), count(sunday, &busy)), (0, 0));
    let market = [PointKind::Market, PointKind::Pharmacy];
    assert!(count(saturday, &market) > count(friday, &market));
}

#[test]
fn every_point_lies_in_a_street_and_every_kind_exists() {
    for residents in [0, 1, 200, 30_000] {
        let city = city(2, residents);
        let kinds: HashSet<_> = city.points().iter().map(|point| point.kind).collect();
        assert_eq!(kinds.len(), PointKind::ALL.len());
        let ids: HashSet<_> = city.points().iter().map(|point| &point.point).collect();
        assert_eq!(ids.len(), city.points().len());
        assert!(city.points().iter().all(|point| streets().contains(&point.region)));
        for (at, point) in city.points().iter().enumerate() {
            assert_eq!(point.region, city.streets[city.map.street_of(at as u32) as usize]);
        }
    }
}

#[test]
fn an_impossible_city_is_refused_in_words() {
    let zone = Zone::new("Asia/Shanghai").unwrap();
    let old = Day::parse("1999-12-31").unwrap();
    assert_eq!(City::generate(1, 9, today(), &zone, &[]).err(), Some(CityFault::Streets));
    assert_eq!(City::generate(1, 9, old, &zone, &streets()).err(), Some(CityFault::Today(old)));
    let many = City::generate(1, MOST_RESIDENTS + 1, today(), &zone, &streets());
    assert_eq!(many.err(), Some(CityFault::Residents(MOST_RESIDENTS + 1)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn nobody_is_in_two_places_at_once(seed: u64, residents in 1_u32..80, day in 11_000_i32..80_000) {
        let zone = Zone::new("America/New_York").unwrap();
        let city = City::generate(seed, residents, Day(day), &zone, &streets()).unwrap();
        let mut free_from: HashMap<u32, healthcode_core::time::Instant> = HashMap::new();
        for day in city.days() {
            for visit in city.visits_on(day) {
                let left = visit.left_at.unwrap_or(visit.entered_at.plus_seconds(1));
                prop_assert!(visit.entered_at < left);
                prop_assert!(free_from.get(&visit.person).is_none_or(|free| *free <= visit.entered_at));
                prop_assert_eq!(zone.day_of(visit.entered_at), day);
                prop_assert_eq!(zone.day_of(left), day);
                prop_assert!((visit.point as usize) < city.points().len());
                free_from.insert(visit.person, left);
            }
        }
    }
}
