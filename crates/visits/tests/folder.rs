//! A folder of visits through its life: appended, opened again, damaged, forgotten.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use healthcode_trace::city::{Asked, CityContact, DAY_SECONDS};
use healthcode_trace::{Grade, Policy};
use healthcode_visits::{CityVisit, Recovered, Visits, VisitsFault};
use proptest::prelude::*;
use std::path::Path;

const DAY: i64 = DAY_SECONDS as i64;
const FIRST: i32 = 18_304;

/// Seconds since the midnight before `FIRST`.
fn visit(person: u32, place: u32, from: i64, until: i64) -> CityVisit {
    let midnight = i64::from(FIRST) * DAY;
    CityVisit { person, place, from: midnight + from, until: midnight + until, grade: Grade::Witnessed }
}

fn contacts(visits: &Visits, person: u32) -> Result<Vec<CityContact>, healthcode_trace::city::Damaged> {
    let policy = Policy::built_in("place-15min-sum-24h").unwrap();
    let at = |second| healthcode_core::time::Instant::from_seconds(i64::from(FIRST) * DAY + second);
    let windows = [healthcode_core::time::Interval { from: at(-DAY), until: at(90 * DAY) }];
    let asked = Asked { windows: &windows, weakest: Grade::Poster, policy: &policy };
    visits.presence().contacts(person, asked).map(|contacts| contacts.found)
}

fn people(visits: &Visits) -> Vec<u32> {
    contacts(visits, 0).unwrap().iter().map(|contact| contact.person).collect()
}

/// Alice (0) over the first midnight, Bob (1) around it, Charlie (2) on the second day.
fn cast() -> [CityVisit; 3] {
    [
        visit(0, 7, DAY - 600, DAY + 9_000),
        visit(1, 7, DAY - 450, DAY + 450),
        visit(2, 7, DAY + 1_000, DAY + 2_000),
    ]
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn what_was_appended_is_found_now_and_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    for most_live in [1, 100] {
        let path = folder.path().join(most_live.to_string());
        let (mut visits, _) = Visits::open_with(&path, most_live).unwrap();
        visits.append(&cast()[..2]).unwrap();
        assert!(people(&visits).is_empty(), "not before it is asked to");
        visits.refresh().unwrap();
        visits.append(&cast()[2..]).unwrap();
        visits.refresh().unwrap();
        assert_eq!(people(&visits), [1, 2]);
        let bob = contacts(&visits, 0).unwrap()[0];
        assert_eq!((bob.seconds, bob.last - bob.first), (900, 900), "midnight cuts nothing");
        drop(visits);
        let (visits, recovered) = Visits::open_with(&path, most_live).unwrap();
        assert_eq!((people(&visits), recovered), (vec![1, 2], vec![]));
        let index = names(&path).iter().filter(|name| name.ends_with(".index")).count();
        assert_eq!(index, if most_live == 1 { 2 } else { 0 });
    }
}

#[test]
fn a_deleted_or_damaged_index_is_made_again_from_the_home() {
    let folder = tempfile::tempdir().unwrap();
    let (mut visits, _) = Visits::open_with(folder.path(), 1).unwrap();
    visits.append(&cast()).unwrap();
    visits.refresh().unwrap();
    drop(visits);
    let index = |day: i32| folder.path().join(format!("{day}.index"));
    let right = std::fs::read(index(FIRST)).unwrap();
    std::fs::remove_file(index(FIRST)).unwrap();
    std::fs::write(index(FIRST + 1), "no index").unwrap();
    let (visits, _) = Visits::open_with(folder.path(), 1).unwrap();
    assert_eq!(people(&visits), [1, 2]);
    drop(visits);
    assert_eq!(std::fs::read(index(FIRST)).unwrap(), right);
    let mut wrong = right;
    let at = wrong.len() - 2;
    wrong[at] ^= 4;
    std::fs::write(index(FIRST), wrong).unwrap();
    let (visits, _) = Visits::open_with(folder.path(), 1).unwrap();
    assert!(contacts(&visits, 0).is_ok(), "a head or sums that are wrong are seen at once");
}

#[test]
fn a_changed_page_is_a_fault_and_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let (mut visits, _) = Visits::open_with(folder.path(), 1).unwrap();
    visits.append(&cast()).unwrap();
    visits.refresh().unwrap();
    drop(visits);
    let path = folder.path().join(format!("{FIRST}.index"));
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[70] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let (visits, _) = Visits::open_with(folder.path(), 1).unwrap();
    assert!(contacts(&visits, 0).unwrap_err().to_string().contains("may be deleted"));
}

#[test]
fn what_a_crash_left_is_cut_off_and_told_and_what_was_acknowledged_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (mut visits, _) = Visits::open(folder.path()).unwrap();
    visits.append(&cast()).unwrap();
    drop(visits);
    let home = folder.path().join(format!("{}.home", FIRST + 1));
    let whole = std::fs::read(&home).unwrap();
    for torn in [1, 16, 40] {
        let mut bytes = whole.clone();
        bytes.extend_from_slice(&whole[..torn]);
        std::fs::write(&home, bytes).unwrap();
        let (mut visits, recovered) = Visits::open(folder.path()).unwrap();
        assert_eq!(recovered, [Recovered { day: FIRST + 1, bytes: torn as u64 }]);
        assert_eq!(people(&visits), [1, 2]);
        visits.append(&[visit(3, 7, DAY, DAY + 5_000)]).unwrap();
        visits.refresh().unwrap();
        assert_eq!(people(&visits), [1, 2, 3]);
        drop(visits);
        std::fs::write(&home, &whole).unwrap();
    }
}

#[test]
fn a_home_that_changed_or_lost_its_end_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (mut visits, _) = Visits::open_with(folder.path(), 1).unwrap();
    visits.append(&cast()).unwrap();
    visits.append(&[visit(3, 7, DAY, DAY + 5_000)]).unwrap();
    visits.refresh().unwrap();
    drop(visits);
    let home = folder.path().join(format!("{}.home", FIRST + 1));
    let bytes = std::fs::read(&home).unwrap();
    std::fs::write(&home, &bytes[..32]).unwrap();
    assert!(matches!(Visits::open(folder.path()), Err(VisitsFault::Shortened { .. })));
    std::fs::remove_file(folder.path().join(format!("{}.index", FIRST + 1))).unwrap();
    let mut changed = bytes;
    changed[20] ^= 1;
    std::fs::write(&home, changed).unwrap();
    let fault = Visits::open(folder.path()).err().unwrap();
    assert_eq!(fault.code(), "visits_damaged", "{fault}");
}

#[test]
fn forgetting_a_day_removes_its_files_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (mut visits, _) = Visits::open_with(folder.path(), 1).unwrap();
    visits.append(&cast()).unwrap();
    visits.refresh().unwrap();
    assert_eq!(visits.forget_before(FIRST + 1).unwrap(), 1);
    assert_eq!(people(&visits), [2]);
    let left = [format!("{}.home", FIRST + 1), format!("{}.index", FIRST + 1), "lock".to_owned()];
    assert_eq!(names(folder.path()), left);
    assert_eq!(visits.forget_before(FIRST + 1).unwrap(), 0);
}

#[test]
fn one_process_writes_and_a_bad_visit_keeps_the_whole_batch_out() {
    let folder = tempfile::tempdir().unwrap();
    let (mut visits, _) = Visits::open(folder.path()).unwrap();
    assert!(matches!(Visits::open(folder.path()), Err(VisitsFault::Locked { .. })));
    let fault = visits.append(&[visit(1, 1, 0, 9), visit(1, 1, 9, 9)]).unwrap_err();
    assert_eq!(fault.code(), "visits_bad_stay");
    assert!(fault.to_string().starts_with("visit 2 of those handed in"), "{fault}");
    assert_eq!(names(folder.path()), ["lock"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn batches_live_parts_and_files_give_the_answers_of_one_batch(
        all in prop::collection::vec((0..6_u32, 0..3_u32, 0..3_000_i64, 1..40_i64), 1..60),
        cuts in prop::collection::vec(1..9_usize, 1..30),
        most_live in 1..40_usize,
    ) {
        let all: Vec<_> = all
            .into_iter()
            .map(|(who, at, from, length)| visit(who, at, from * 60, (from + length) * 60))
            .collect();
        let folder = tempfile::tempdir().unwrap();
        let (mut once, _) = Visits::open(&folder.path().join("once")).unwrap();
        once.append(&all).unwrap();
        once.refresh().unwrap();
        let path = folder.path().join("many");
        let (mut many, _) = Visits::open_with(&path, most_live).unwrap();
        let mut rest = &all[..];
        for cut in cuts.iter().cycle() {
            let (now, later) = rest.split_at((*cut).min(rest.len()));
            many.append(now).unwrap();
            if cut % 2 == 0 { many.refresh().unwrap(); }
            rest = later;
            if rest.is_empty() { break; }
        }
        many.refresh().unwrap();
        for person in 0..6 {
            prop_assert_eq!(contacts(&many, person).unwrap(), contacts(&once, person).unwrap());
        }
        drop(many);
        let (again, recovered) = Visits::open_with(&path, most_live).unwrap();
        prop_assert_eq!(recovered, vec![]);
        for person in 0..6 {
            prop_assert_eq!(contacts(&again, person).unwrap(), contacts(&once, person).unwrap());
        }
    }
}
