//! Random small cities with kinds of places, seats, dates, a second ring and choices, against judging every tick.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

mod ticks;

use healthcode_core::ids::PointId;
use healthcode_trace::{
    CappedExposures, Choice, Choices, CloseContact, Grade, Level, Narrow, Visit, WantedExposure, Way,
    close_contacts, counts, run, second_ring, wanted_exposures,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use ticks::{City, KINDS, Row, SEATS, Stay, TICKS, Terms, Ticks, instant, person, place, second, span};

fn any_stay(grades: &'static [Grade]) -> impl Strategy<Value = Stay> {
    let who_where = (0..5_u8, 0..KINDS.len(), 0..TICKS - 1, 1..40_usize);
    let ways = vec![None, Some(Way::In), Some(Way::Out)];
    let said =
        (prop::sample::select(grades), 0..SEATS.len(), prop::option::of(0..2_u8), prop::sample::select(ways));
    (who_where, said).prop_map(|((person, place, from, length), (grade, seat, part, way))| Stay {
        person,
        place,
        from,
        until: (from + length).min(TICKS),
        grade,
        seat,
        part,
        way,
    })
}

/// Visits at few places, so that people meet.
fn any_stays(grades: &'static [Grade]) -> impl Strategy<Value = Vec<Stay>> {
    let places = prop::collection::vec(0..KINDS.len(), 1..4);
    (places, prop::collection::vec(any_stay(grades), 0..25)).prop_map(|(places, stays)| {
        stays.into_iter().map(|stay| Stay { place: places[stay.place % places.len()], ..stay }).collect()
    })
}

fn any_terms() -> impl Strategy<Value = Terms> {
    let levels = || prop::sample::select(vec![Level::Close, Level::General]);
    let minutes = (any::<bool>(), 1..1_500_u32, prop::sample::select(vec![0, 3, 30_usize]), 1..400_u32);
    let seats = (0..3_u16, any::<bool>(), prop::option::of(Just(Level::General)), levels());
    let more = (prop::option::of(1..900_u32), prop::option::of(1..3_u32));
    (minutes, seats, more).prop_map(
        |((sum, minimum, tail, home_minimum), (rows, crew, beyond, unknown), (ring_minimum, ask_above))| {
            Terms { sum, minimum, tail, home_minimum, rows, crew, beyond, unknown, ring_minimum, ask_above }
        },
    )
}

fn any_choice() -> impl Strategy<Value = Choice> {
    let between =
        prop::option::of((0..TICKS / 2, TICKS / 2..TICKS).prop_map(|(from, until)| span(from, until)));
    let narrow = (prop::option::of(0..20_u32), any::<bool>(), any::<bool>(), between).prop_map(
        |(at_least_minutes, same_part, same_way, between)| Narrow {
            at_least_minutes,
            same_part,
            same_way,
            between,
        },
    );
    prop_oneof![
        1 => Just(Choice::Everybody),
        1 => Just(Choice::Nobody),
        1 => Just(Choice::Message),
        4 => narrow.prop_map(Choice::Narrow),
    ]
}

fn any_choices() -> impl Strategy<Value = BTreeMap<usize, Choice>> {
    prop::collection::btree_map(0..KINDS.len(), any_choice(), 0..3)
}

fn named(choices: &BTreeMap<usize, Choice>) -> Choices {
    choices.iter().map(|(at, choice)| (place(*at), choice.clone())).collect()
}

fn window(from: usize, until: usize) -> Ticks {
    let mut window = [false; TICKS];
    window[from..until].fill(true);
    window
}

/// A row without its ticks, as an exposure.
fn exposure(row: &Row) -> String {
    let via = row.via.map_or(String::new(), |via| person(via).to_string());
    let (first, last) = (second(row.first), second(row.last));
    format!(
        "{},{},{via},{first},{last},{},{},{:?},{}",
        person(row.person),
        place(row.place),
        row.minutes,
        row.level,
        row.grade,
        row.basis
    )
}

fn found(exposures: &[WantedExposure]) -> Vec<String> {
    let short = |e: &WantedExposure| {
        let via = e.via.as_ref().map_or("", |via| via.as_str());
        let (first, last) = (e.first_at.seconds(), e.last_at.seconds());
        let (level, basis) = (e.level.as_str(), e.basis.word());
        format!("{},{},{via},{first},{last},{},{level},{:?},{basis}", e.person, e.place, e.minutes, e.grade)
    };
    exposures.iter().map(short).collect()
}

fn exposures(rows: &[Row]) -> Vec<String> {
    let mut rows = rows.to_vec();
    rows.sort();
    rows.iter().map(exposure).collect()
}

fn places(capped: &[CappedExposures]) -> Vec<(PointId, u32)> {
    capped.iter().map(|capped| (capped.place.clone(), capped.people)).collect()
}

/// What rows become: exposures, messages, places above the bound, and the same of poster scans.
#[derive(Default)]
struct Sorted {
    exposures: Vec<Row>,
    messages: Vec<Row>,
    capped: Vec<(PointId, u32)>,
    capped_poster: Vec<(PointId, u32)>,
}

fn sorted(
    rows: Vec<Row>,
    ask_above: Option<u32>,
    choices: &BTreeMap<usize, Choice>,
    after: impl Fn(&[Row], &Choice) -> Vec<Row>,
) -> Sorted {
    let mut sorted = Sorted::default();
    for at in 0..KINDS.len() {
        for proven in [true, false] {
            let here = |row: &&Row| row.place == at && (row.grade > Grade::Poster) == proven;
            let rows: Vec<Row> = rows.iter().filter(here).cloned().collect();
            let people = rows.iter().map(|row| row.person).collect::<BTreeSet<_>>().len() as u32;
            let choice = choices.get(&at);
            let left = choice.map_or(rows.clone(), |choice| after(&rows, choice));
            if choice.is_none() && ask_above.is_some_and(|most| people > most) {
                let list = if proven { &mut sorted.capped } else { &mut sorted.capped_poster };
                list.push((place(at), people));
            } else if proven && choice != Some(&Choice::Message) {
                sorted.exposures.extend(left);
            } else {
                sorted.messages.extend(left);
            }
        }
    }
    sorted
}

const GRADES: &[Grade] = &[Grade::Poster, Grade::Rotating, Grade::Witnessed];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn exposures_are_what_judging_every_tick_finds(
        stays in any_stays(GRADES),
        terms in any_terms(),
        choices in any_choices(),
        (from, until) in (0..TICKS / 2, TICKS / 2..TICKS),
    ) {
        let city = City { stays: &stays, terms: &terms, weakest: Grade::Poster };
        let visits: Vec<Visit> = stays.iter().map(Stay::visit).collect();
        let infectious = window(from, until);
        let policy = terms.policy();
        let wanted =
            wanted_exposures(&person(0), &[span(from, until)], &visits, &visits, &policy, &named(&choices));
        let rows = city.rows(0, &infectious, &BTreeSet::new(), false);
        let want = sorted(rows.clone(), terms.ask_above, &choices, |rows, choice| city.after(0, &infectious, rows, choice));
        prop_assert_eq!(found(&wanted.exposures), exposures(&want.exposures));
        prop_assert_eq!(found(&wanted.messages), exposures(&want.messages));
        prop_assert_eq!(places(&wanted.capped), want.capped);
        prop_assert_eq!(places(&wanted.capped_poster), want.capped_poster);
        for capped in wanted.capped.iter().chain(&wanted.decided) {
            let here: Vec<Row> = rows
                .iter()
                .filter(|row| place(row.place) == capped.place && row.grade > Grade::Poster)
                .cloned()
                .collect();
            prop_assert_eq!(found(&capped.exposures), exposures(&here));
            for offer in counts(capped) {
                let left = city.after(0, &infectious, &here, &offer.choice);
                prop_assert_eq!(offer.people as usize, left.len(), "{:?}", offer.choice);
            }
        }
    }

    #[test]
    fn the_second_ring_is_what_judging_every_tick_finds(
        stays in any_stays(GRADES),
        terms in any_terms(),
        choices in any_choices(),
        until in TICKS / 2..TICKS,
    ) {
        let city = City { stays: &stays, terms: &terms, weakest: Grade::Poster };
        let visits: Vec<Visit> = stays.iter().map(Stay::visit).collect();
        let policy = terms.policy();
        let infectious = window(0, TICKS / 2);
        let first = city.rows(0, &infectious, &BTreeSet::new(), false);
        let mut firsts: BTreeMap<u8, usize> = BTreeMap::new();
        for row in first.iter().filter(|row| row.level == "close" && row.grade > Grade::Poster) {
            let first = firsts.entry(row.person).or_insert(row.first);
            *first = row.first.min(*first);
        }
        let everybody = (0..KINDS.len()).map(|at| (place(at), Choice::Everybody)).collect();
        let wanted =
            wanted_exposures(&person(0), &[span(0, TICKS / 2)], &visits, &visits, &policy, &everybody);
        let close = close_contacts(&wanted.exposures, instant(until));
        let want: Vec<CloseContact> = firsts
            .iter()
            .map(|(who, first)| CloseContact { person: person(*who), first_at: instant(*first), until: instant(until) })
            .collect();
        prop_assert_eq!(&close, &want);

        let close: Vec<(u8, usize, usize)> =
            firsts.into_iter().map(|(who, first)| (who, first, until.max(first))).collect();
        let found_ring = second_ring(&person(0), &want, &visits, &visits, &policy, &named(&choices));
        let rows = city.second_ring(0, &close, false);
        let without: Vec<Stay> = stays.iter().filter(|stay| stay.person != 0).cloned().collect();
        let ring_city = City { stays: &without, ..city };
        let after = |rows: &[Row], choice: &Choice| {
            let each = rows.iter().flat_map(|row| {
                let (who, from, until) = close.iter().find(|(who, ..)| Some(*who) == row.via).unwrap();
                ring_city.after(*who, &window(*from, *until), std::slice::from_ref(row), choice)
            });
            each.collect()
        };
        let want = sorted(rows, terms.ask_above, &choices, after);
        prop_assert_eq!(found(&found_ring.exposures), exposures(&want.exposures));
        prop_assert_eq!(found(&found_ring.messages), exposures(&want.messages));
        prop_assert_eq!(places(&found_ring.capped), want.capped);
        prop_assert_eq!(places(&found_ring.capped_poster), want.capped_poster);
    }

    #[test]
    fn files_give_the_rows_that_judging_every_tick_finds(
        stays in any_stays(&[Grade::Poster]),
        terms in any_terms(),
        windows in prop::collection::vec((0..3_u8, 0..TICKS, 1..80_usize), 0..4),
    ) {
        let city = City { stays: &stays, terms: &terms, weakest: Grade::Poster };
        let mut visit_file = String::from("seat,person,place,entered_at,left_at,kind\n");
        for Stay { person, place, from, until, seat, .. } in &stays {
            let (from, until) = (second(*from), second(*until));
            visit_file += &format!("{},p{person},h{place},{from},{until},{}\n", SEATS[*seat], KINDS[*place]);
        }
        let mut case_file = String::from("person,infectious_from,infectious_until\n");
        let mut infectious: BTreeMap<u8, (Ticks, usize)> = BTreeMap::new();
        for (who, from, length) in &windows {
            let until = (from + length).min(TICKS);
            case_file += &format!("p{who},{},{}\n", second(*from), second(until));
            let (ticks, end) = infectious.entry(*who).or_insert(([false; TICKS], 0));
            ticks[*from..until].fill(true);
            *end = until.max(*end);
        }
        let mut want = String::from("case,person,place,first_at,last_at,minutes,level,via\n");
        for (case, (ticks, end)) in &infectious {
            let first = city.rows_of_all(*case, ticks, &BTreeSet::new(), false);
            let mut close: BTreeMap<u8, usize> = BTreeMap::new();
            for row in first.iter().filter(|row| row.level == "close") {
                let first = close.entry(row.person).or_insert(row.first);
                *first = row.first.min(*first);
            }
            let close: Vec<_> = close.into_iter().map(|(who, first)| (who, first, (*end).max(first))).collect();
            let mut rows = [first, city.second_ring(*case, &close, true)].concat();
            rows.sort();
            for row in rows {
                let via = row.via.map_or(String::new(), |via| format!("p{via}"));
                let (first, last) = (second(row.first), second(row.last));
                let (minutes, level) = (row.minutes, row.level);
                want += &format!("p{case},p{},h{},{first},{last},{minutes},{level},{via}\n", row.person, row.place);
            }
        }
        let mut out = Vec::new();
        run(visit_file.as_bytes(), case_file.as_bytes(), &terms.policy(), None, &mut out).unwrap();
        prop_assert_eq!(String::from_utf8(out).unwrap(), want);
    }
}
