//! A city at once: everyone decided anew under another edition, from packed lives in memory.

use crate::lives::{self, FACTS};
use crate::table::{Aim, Rounds, Row};
use crate::{Answer, ROUNDS};
use healthcode_core::comparison::Comparison;
use healthcode_core::decide::decide;
use healthcode_core::decision::Colour;
use healthcode_core::ids::PersonId;
use healthcode_core::life::Life;
use healthcode_core::packed;
use healthcode_core::rule_set::RuleSet;
use healthcode_core::time::Instant;
use std::time::Instant as Watch;

/// Cores of the machine that the aims are for.
pub const THREADS: usize = 2;

/// Packed lives, one after another.
pub struct Lives {
    people: Vec<(PersonId, Colour)>,
    ends: Vec<usize>,
    bytes: Vec<u8>,
}

impl Lives {
    fn make(range: std::ops::Range<u64>, rules: &RuleSet, at: Instant) -> Answer<Self> {
        let mut lives = Self { people: Vec::new(), ends: Vec::new(), bytes: Vec::new() };
        for number in range {
            let evidence = lives::evidence(number)?;
            evidence.iter().for_each(|evidence| packed::append(evidence, &mut lives.bytes));
            let colour = decide(rules, &Life::new(evidence)?, at)?.colour;
            lives.people.push((lives::person(number), colour));
            lives.ends.push(lives.bytes.len());
        }
        Ok(lives)
    }

    /// Everyone, a share for each core.
    pub fn of_city(people: u64, rules: &RuleSet, at: Instant) -> Answer<Vec<Self>> {
        let share = people / THREADS as u64;
        on_all_cores(|number| {
            let from = share * number as u64;
            Self::make(from..from + share, rules, at)
        })
    }

    /// Reads every life, and does something with it.
    pub fn each<T>(&self, mut what: impl FnMut(&Life) -> Answer<T>) -> Answer<Vec<T>> {
        let from = std::iter::once(0).chain(self.ends.iter().copied());
        let lives = self.people.iter().zip(from.zip(&self.ends));
        lives
            .map(|((person, _), (from, end))| {
                let evidence = packed::read(person, &self.bytes[from..*end]).ok_or("packed here")?;
                what(&Life::new(evidence)?)
            })
            .collect()
    }

    fn redecide(&self, rules: &RuleSet, at: Instant) -> Answer<Comparison> {
        let mut comparison = Comparison::default();
        let mut people = self.people.iter();
        self.each(|life| {
            let (person, before) = people.next().ok_or("as many as lives")?;
            comparison.count(person, Some("330106"), *before, decide(rules, life, at)?.colour);
            Ok(())
        })?;
        Ok(comparison)
    }
}

/// Does the work of each thread.
pub fn on_all_cores<T: Send>(work: impl Fn(usize) -> Answer<T> + Sync) -> Answer<Vec<T>> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|number| {
                let work = &work;
                scope.spawn(move || work(number))
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().map_err(|_| "a thread ended early")?).collect()
    })
}

/// Lives of the yardstick.
const BUILT: u64 = 200_000;

/// Decides anew about everyone from memory.
pub fn from_memory(people: u64) -> Answer<Row> {
    let (rules, at) = (lives::rules()?, lives::at()?);
    let lives = Lives::of_city(people, &rules, at)?;
    let (mut figures, mut built_rates) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let watch = Watch::now();
        let parts = on_all_cores(|number| lives[number].redecide(&rules, at))?;
        let mut all = Comparison::default();
        parts.into_iter().for_each(|part| all.merge(part));
        figures.push(people as f64 / watch.elapsed().as_secs_f64());
        let report = all.report();
        if (report.people, report.changed) != (people, 0) {
            return Err("everyone is counted, and the same rules change nobody".into());
        }
    }
    let bytes: usize = lives.iter().map(|lives| lives.bytes.len()).sum();
    drop(lives);
    let built = people.min(BUILT) / THREADS as u64;
    let lives = on_all_cores(|number| {
        let from = built * number as u64;
        (from..from + built)
            .map(|number| Ok(Life::new(lives::evidence(number)?)?))
            .collect::<Answer<Vec<_>>>()
    })?;
    for _ in 0..ROUNDS {
        let watch = Watch::now();
        on_all_cores(|number| {
            Ok(lives[number].iter().filter(|life| decide(&rules, life, at).is_ok()).count())
        })?;
        built_rates.push((built * THREADS as u64) as f64 / watch.elapsed().as_secs_f64());
    }
    Ok(Row {
        name: "a city from memory".to_owned(),
        done: format!("{people} people, {FACTS} facts each in {} bytes, two cores", bytes as u64 / people),
        figure: Rounds::rates(&figures, "people/s"),
        yardstick: "only deciding, on lives built before, two cores",
        yard: Rounds::rates(&built_rates, "people/s"),
        aim: Aim::Figure(1_000_000.0),
    })
}
