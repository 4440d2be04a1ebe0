//! The same in an embedded LSM tree: two copies of each visit as keys, by person and by place.

use super::{CASES, Case, Measured, cases, policy};
use crate::{Answer, ROUNDS};
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use healthcode_testkit::crowd::{Crowd, LONGEST};
use healthcode_trace::Policy;
use healthcode_trace::city::{CityContact, contacts_among};
use std::time::Instant as Watch;

/// Visits of a batch, on disk before the next.
const BATCH: usize = 1 << 16;
/// Cases asked one by one in a round.
const SINGLES: usize = 500;

struct Lsm {
    by_person: Keyspace,
    by_place: Keyspace,
}

/// Loads the crowd and asks.
pub fn measure(crowd: &Crowd) -> Answer<Measured> {
    let folder = tempfile::tempdir()?;
    let database = Database::builder(folder.path()).open()?;
    let keyspace = |name| database.keyspace(name, KeyspaceCreateOptions::default);
    let lsm = Lsm { by_person: keyspace("by_person")?, by_place: keyspace("by_place")? };
    let watch = Watch::now();
    for day in 0..crowd.days {
        let visits: Vec<_> = crowd.visits_of_day(day).collect();
        for visits in visits.chunks(BATCH) {
            let mut batch = database.batch();
            for visit in visits {
                let gone = seconds(visit.until)?.to_be_bytes();
                batch.insert(&lsm.by_person, key(visit.person, seconds(visit.from)?, visit.place), gone);
                batch.insert(&lsm.by_place, key(visit.place, seconds(visit.from)?, visit.person), gone);
            }
            batch.commit()?;
            database.persist(PersistMode::SyncData)?;
        }
    }
    let loaded = watch.elapsed().as_secs_f64();
    eprintln!("fjall: loaded in {loaded:.1} s, {:.0} visits/s, on disk", crowd.visits as f64 / loaded);
    let (policy, all) = (policy()?, cases(crowd, CASES));
    let (mut one, mut thousand, mut found) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let watch = Watch::now();
        let singles = &all[..SINGLES.min(all.len())];
        singles.iter().try_for_each(|case| lsm.contacts(case, &policy).map(drop))?;
        one.push(singles.len() as f64 / watch.elapsed().as_secs_f64());
    }
    for _ in 0..ROUNDS {
        let watch = Watch::now();
        let half = all.len() / 2;
        let (first, second) = std::thread::scope(|scope| {
            let other = scope.spawn(|| lsm.all(&all[half..], &policy));
            (lsm.all(&all[..half], &policy), other.join())
        });
        found = first?;
        found.extend(second.map_err(|_| "a thread ended early")??);
        thousand.push(all.len() as f64 / watch.elapsed().as_secs_f64());
    }
    Ok(Measured { one, thousand, found, visits: crowd.visits })
}

fn seconds(at: i64) -> Answer<u32> {
    Ok(u32::try_from(at)?)
}

/// Big-endian, so that keys are in the order of the numbers.
fn key(first: u32, second: u32, third: u32) -> [u8; 12] {
    let mut key = [0; 12];
    for (at, part) in [first, second, third].into_iter().enumerate() {
        key[at * 4..at * 4 + 4].copy_from_slice(&part.to_be_bytes());
    }
    key
}

impl Lsm {
    fn all(&self, cases: &[Case], policy: &Policy) -> Answer<Vec<super::Found>> {
        let mut found = Vec::new();
        for case in cases {
            found.extend(self.contacts(case, policy)?.into_iter().map(|row| (case.person, row)));
        }
        Ok(found)
    }

    fn contacts(&self, case: &Case, policy: &Policy) -> Answer<Vec<CityContact>> {
        let mut times = Vec::new();
        let since = seconds(case.since)?;
        for (place, came, gone) in visits(&self.by_person, case.person, 0, seconds(case.until)?)? {
            let (came, gone) = (came.max(since), gone.min(seconds(case.until)?));
            let longest = came.saturating_sub(u32::try_from(LONGEST)?);
            for (person, enters, leaves) in visits(&self.by_place, place, longest, gone)? {
                if person != case.person && leaves > came && came < gone {
                    times.push((person, place, i64::from(enters.max(came)), i64::from(leaves.min(gone))));
                }
            }
        }
        Ok(contacts_among(policy, times.into_iter()))
    }
}

/// (third part of the key, came, gone) of those with this first part that came in the span.
fn visits(keyspace: &Keyspace, first: u32, from: u32, until: u32) -> Answer<Vec<(u32, u32, u32)>> {
    let mut found = Vec::new();
    for item in keyspace.range(key(first, from, 0)..key(first, until, 0)) {
        let (key, value) = item.into_inner()?;
        let part = |bytes: &[u8], at: usize| -> Answer<u32> {
            Ok(u32::from_be_bytes(bytes.get(at..at + 4).ok_or("a short key")?.try_into()?))
        };
        found.push((part(&key, 8)?, part(&key, 4)?, part(&value, 0)?));
    }
    Ok(found)
}
