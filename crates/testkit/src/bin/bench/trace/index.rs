//! The index: bytes, bulk, restart, one case, second ring, a thousand cases.

use super::{CASES, Case, Found, Measured, cases, policy};
use crate::city::on_all_cores;
use crate::table::{Aim, Rounds, Row, Rows};
use crate::{Answer, ROUNDS, machine};
use healthcode_testkit::crowd::Crowd;
use healthcode_trace::city::{Asked, CityContact};
use healthcode_trace::{Grade, Policy};
use healthcode_visits::{Bytes, CityVisit, Presence, Visits};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant as Watch;

/// Visits handed in at once in bulk.
const BATCH: usize = 1 << 16;
/// Cases asked one by one, and of those asked for their second ring.
const ONE: u32 = 5_000;
const RING: usize = 500;
/// Contacts at one place above which an officer looks before any colour changes, and the second ring stops.
const CAP: u32 = 200;

/// Loads a crowd, and asks about it.
pub fn measure(crowd: &Crowd, rows: &mut Rows) -> Answer<Measured> {
    let folder = tempfile::tempdir()?;
    rows.add(load(crowd, folder.path())?);
    machine::reset_peak()?;
    let before = machine::peak_mib()?;
    let watch = Watch::now();
    let (visits, _) = Visits::open(folder.path())?;
    let opened = watch.elapsed().as_secs_f64() * 1e3;
    tell_size(&visits, crowd, opened);
    let policy = policy()?;
    let presence = visits.presence();
    let singles = cases(crowd, ONE);
    let one = ask_one_by_one(presence, &singles, &policy, crowd, rows)?;
    let capped = Policy { cap: Some(CAP), ..policy.clone() };
    ask_second_rings(presence, &singles, &capped, crowd, rows)?;
    ask_second_rings(presence, &singles, &policy, crowd, rows)?;
    let all = cases(crowd, CASES);
    let (mut thousand, mut found) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let watch = Watch::now();
        found = ask_all(presence, &all, &policy)?;
        thousand.push(all.len() as f64 / watch.elapsed().as_secs_f64());
    }
    eprintln!(
        "index: memory {before} MiB before, at most {} MiB while asking (pages of the files included)",
        machine::peak_mib()?
    );
    Ok(Measured { one, thousand, found, visits: crowd.visits })
}

/// Appends all visits and makes them findable.
fn load(crowd: &Crowd, folder: &Path) -> Answer<Row> {
    let (mut visits, _) = Visits::open(folder)?;
    let mut floor = tempfile::NamedTempFile::new_in(folder)?;
    let (mut seconds, mut floor_seconds, mut indexing) = (0.0, 0.0, 0.0);
    for day in 0..crowd.days {
        let of_day: Vec<CityVisit> = crowd.visits_of_day(day).map(kept).collect();
        for batch in of_day.chunks(BATCH) {
            let watch = Watch::now();
            visits.append(batch)?;
            seconds += watch.elapsed().as_secs_f64();
        }
        for batch in of_day.chunks(BATCH) {
            let watch = Watch::now();
            floor.write_all(&vec![7; batch.len() * 16])?;
            floor.as_file().sync_data()?;
            floor_seconds += watch.elapsed().as_secs_f64();
        }
        floor.as_file().set_len(0)?;
        let watch = Watch::now();
        visits.refresh()?;
        indexing += watch.elapsed().as_secs_f64();
    }
    eprintln!("index: made in {indexing:.1} s, {:.0} visits/s on one core", crowd.visits as f64 / indexing);
    let rate = |seconds: f64| Rounds::rates(&[crowd.visits as f64 / seconds], "visits/s");
    Ok(Row {
        name: "visits in bulk".to_owned(),
        done: format!("{} visits, {BATCH} at a time, on disk when acknowledged", crowd.visits),
        figure: rate(seconds),
        yardstick: "writing as many bytes to one file, on disk each time",
        yard: rate(floor_seconds),
        aim: Aim::Figure(200_000.0),
    })
}

fn kept(visit: healthcode_testkit::crowd::CrowdVisit) -> CityVisit {
    let healthcode_testkit::crowd::CrowdVisit { person, place, from, until } = visit;
    CityVisit { person, place, from, until, grade: Grade::Witnessed }
}

fn tell_size(visits: &Visits, crowd: &Crowd, opened_ms: f64) {
    let mut bytes = [0; 2];
    for index in visits.presence().indexes() {
        index.bytes().into_iter().zip(&mut bytes).for_each(|(of_day, all)| *all += of_day);
    }
    let [by_place, by_person] = bytes.map(|bytes| bytes as f64 / crowd.visits as f64);
    eprintln!(
        "index: {by_place:.2} bytes a visit by place, {by_person:.2} by person; opened in {opened_ms:.0} ms"
    );
}

/// Cases a second in each round; adds the row of the slow ones.
fn ask_one_by_one(
    presence: &Presence<Bytes>,
    singles: &[Case],
    policy: &Policy,
    crowd: &Crowd,
    rows: &mut Rows,
) -> Answer<Vec<f64>> {
    let (mut rates, mut slow, mut middle, mut found) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for _ in 0..ROUNDS {
        let mut ms = Vec::with_capacity(singles.len());
        for case in singles {
            let watch = Watch::now();
            found += contacts(presence, case, policy)?.len();
            ms.push(watch.elapsed().as_secs_f64() * 1e3);
        }
        rates.push(singles.len() as f64 * 1e3 / ms.iter().sum::<f64>());
        let (p50, p99) = percentiles(ms);
        middle.push(p50);
        slow.push(p99);
    }
    rows.add(Row {
        name: "one case, 99 in 100".to_owned(),
        done: format!(
            "{} visits, {} rows for each of {} people",
            crowd.visits,
            found / ROUNDS / singles.len(),
            singles.len()
        ),
        figure: Rounds::times(&slow, "ms"),
        yardstick: "the median of the same",
        yard: Rounds::times(&middle, "ms"),
        aim: Aim::FigureAtMost(1.0),
    });
    Ok(rates)
}

/// Contacts of contacts, from the moment each met the case.
fn ask_second_rings(
    presence: &Presence<Bytes>,
    singles: &[Case],
    policy: &Policy,
    crowd: &Crowd,
    rows: &mut Rows,
) -> Answer<()> {
    let (mut slow, mut middle, mut found, mut asked) = (Vec::new(), Vec::new(), 0, 0);
    let step = (singles.len() / RING).max(1);
    for _ in 0..ROUNDS {
        let mut ms = Vec::new();
        for case in singles.iter().step_by(step) {
            let watch = Watch::now();
            let close = contacts(presence, case, policy)?;
            let ring = Asked { windows: &[], weakest: Grade::Rotating, policy };
            found += presence.second_ring(case.person, &close, case.until, ring)?.len();
            asked += 1;
            ms.push(watch.elapsed().as_secs_f64() * 1e3);
        }
        let (p50, p99) = percentiles(ms);
        middle.push(p50);
        slow.push(p99);
    }
    let cap = policy.cap.map_or("no cap".to_owned(), |cap| format!("cap {cap}"));
    rows.add(Row {
        name: format!("second ring, {cap}, 99 in 100"),
        done: format!(
            "{} visits, both rings, {} rows a case in the second",
            crowd.visits,
            found / asked.max(1)
        ),
        figure: Rounds::times(&slow, "ms"),
        yardstick: "the median of the same",
        yard: Rounds::times(&middle, "ms"),
        aim: Aim::FigureAtMost(10.0),
    });
    Ok(())
}

fn percentiles(mut ms: Vec<f64>) -> (f64, f64) {
    ms.sort_unstable_by(f64::total_cmp);
    (ms[ms.len() / 2], ms[ms.len() * 99 / 100])
}

fn contacts(presence: &Presence<Bytes>, case: &Case, policy: &Policy) -> Answer<Vec<CityContact>> {
    let asked = Asked { windows: &[case.window()], weakest: Grade::Rotating, policy };
    Ok(presence.contacts(case.person, asked)?.found)
}

/// Every case, on all cores; rows by case, person and place.
fn ask_all(presence: &Presence<Bytes>, cases: &[Case], policy: &Policy) -> Answer<Vec<Found>> {
    let next = AtomicUsize::new(0);
    let parts = on_all_cores(|_| {
        let mut found = Vec::new();
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            found.extend(contacts(presence, case, policy)?.into_iter().map(|row| (case.person, row)));
        }
        Ok(found)
    })?;
    let mut found = parts.concat();
    found.sort_unstable();
    Ok(found)
}
