//! Deciding on people with ten facts each, on one core.

use crate::lives::{self, FACTS};
use crate::table::{Aim, Rounds, Row};
use crate::{Answer, ROUNDS};
use healthcode_core::decide::decide;
use healthcode_core::life::Life;
use std::hint::black_box;

/// Times the whole public call; the lives were built before.
pub fn measure(people: usize) -> Answer<Row> {
    let (rules, at) = (lives::rules()?, lives::at()?);
    let life = |number| Ok(Life::new(lives::evidence(number)?)?);
    let lives = (0..people as u64).map(life).collect::<Answer<Vec<_>>>()?;
    let (mut figures, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        figures.push(rate(&lives, |life| decide(&rules, black_box(life), at).is_ok()));
        floors.push(rate(&lives, |life| touch(black_box(life)) != 0));
    }
    Ok(Row {
        name: "decide".to_owned(),
        done: format!("{people} people, {FACTS} facts each, a third exposed, one core"),
        figure: Rounds::rates(&figures, "people/s"),
        yardstick: "only reading ids and times of the same evidence",
        yard: Rounds::rates(&floors, "people/s"),
        aim: Aim::Figure(1_000_000.0),
    })
}

fn rate(lives: &[Life], mut call: impl FnMut(&Life) -> bool) -> f64 {
    let start = std::time::Instant::now();
    for life in lives {
        assert!(black_box(call(life)), "every call must succeed");
    }
    lives.len() as f64 / start.elapsed().as_secs_f64()
}

/// Reads what no decision can do without: when everything happened and was recorded, and which evidence it is.
fn touch(life: &Life) -> u64 {
    let Some(first) = life.originals().first() else { return 1 };
    life.originals().iter().fold(1, |sum: u64, e| {
        let later = u64::from(e.id > first.id);
        sum.rotate_left(5) ^ later ^ (e.happened_at.micros() as u64) ^ (e.recorded_at.micros() as u64)
    })
}
