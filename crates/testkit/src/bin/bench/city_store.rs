//! A city at once, from the store: everyone decided under two editions, with the table of who goes from what to what.

use crate::lives::{self, FACTS};
use crate::table::{Aim, Rounds, Row};
use crate::{Answer, ROUNDS, machine};
use healthcode_core::packed;
use healthcode_core::time::Interval;
use healthcode_server::comparison::compare;
use healthcode_server::rules_in_force::RulesInForce;
use healthcode_store::bulk::{self, Cell};
use healthcode_store::seal::SealKey;
use healthcode_store::{Act, Store, StoreFault, Tx, lives as stored};
use healthcode_testkit::world::Database;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::time::Instant as Watch;

/// People in one commit.
const AT_ONCE: usize = 5_000;
/// Bytes of a sealed name, number and phone.
const SEALED: usize = 110;
/// Ten million in a minute.
const AIM: f64 = 10_000_000.0 / 60.0;

struct Rows(Mutex<Vec<Vec<Cell>>>);

impl Act for Rows {
    type Out = ();
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<(), StoreFault> {
        const COLUMNS: &[&str] = &[
            "person",
            "personal",
            "document_hash",
            "assurance",
            "active",
            "residence",
            "created_at",
            "forget_on",
            "life",
        ];
        let rows = std::mem::take(&mut *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        bulk::insert(tx, "person", COLUMNS, rows).await
    }
}

fn row(number: u64) -> Answer<Vec<Cell>> {
    let mut life = Vec::new();
    lives::evidence(number)?.iter().for_each(|evidence| packed::append(evidence, &mut life));
    let text = |text: &str| Cell::Text(text.to_owned());
    Ok(vec![
        text(lives::person(number).as_str()),
        Cell::Bytes(vec![7; SEALED]),
        Cell::Bytes(vec![7; 32]),
        text("declared"),
        Cell::Int(1),
        text(["330106", "330102", "330108"][number as usize % 3]),
        Cell::Int(0),
        Cell::Int(99_999),
        Cell::Bytes(life),
    ])
}

/// Stores the people whose lives a comparison reads, in the order of their ids; the rows of their evidence are not read
/// by it and are left out.
async fn load(store: &Store, people: u64) -> Answer<()> {
    let began = Watch::now();
    let mut numbers: Vec<u64> = (0..people).collect();
    numbers.sort_by_cached_key(|number| lives::first_bytes(*number));
    for some in numbers.chunks(AT_ONCE) {
        let rows = some.iter().map(|number| row(*number)).collect::<Answer<Vec<_>>>()?;
        store.write(Rows(Mutex::new(rows))).await?;
    }
    eprintln!("stored {people} people in {:.0} s", began.elapsed().as_secs_f64());
    Ok(())
}

/// Reads every packed life and does nothing with it.
async fn only_read(store: &Store) -> Answer<f64> {
    let watch = Watch::now();
    let (mut after, mut count) = (String::new(), 0.0);
    loop {
        let page = stored::page(&mut *store.reader().await?, &after, None, 2_000).await?;
        let Some(last) = page.last() else { return Ok(count / watch.elapsed().as_secs_f64()) };
        after = last.person.to_string();
        count += page.len() as f64;
    }
}

/// Decides about everyone under two editions, from the store.
pub async fn measure(people: u64, database: Database, engine: &str) -> Answer<Row> {
    let store = Store::open(&database.url(), SealKey::new(&[7; 32])?).await?;
    load(&store, people).await?;
    let (rules, at) = (lives::rules()?, lives::at()?);
    let in_force = Interval { from: rules.in_force.from, until: rules.in_force.until };
    let old = RulesInForce::new(vec![rules.clone().adopted(rules.authority.clone(), in_force)])?;
    let (mut figures, mut reads) = (Vec::new(), Vec::new());
    machine::reset_peak()?;
    let before = machine::peak_mib()?;
    for _ in 0..ROUNDS {
        let watch = Watch::now();
        let report = compare(&store, &old, &rules, at, &AtomicU64::new(0)).await?;
        figures.push(people as f64 / watch.elapsed().as_secs_f64());
        if (report.people, report.changed) != (people, 0) {
            return Err("everyone is counted, and the same rules change nobody".into());
        }
        reads.push(only_read(&store).await?);
    }
    store.close().await;
    Ok(Row {
        name: format!("a city from the store, {engine}"),
        done: format!(
            "{people} people, {FACTS} facts each, under two editions; {} MiB more than before at most",
            machine::peak_mib()?.saturating_sub(before)
        ),
        figure: Rounds::rates(&figures, "people/s"),
        yardstick: "only reading the same rows, one after another",
        yard: Rounds::rates(&reads, "people/s"),
        aim: Aim::Figure(AIM),
    })
}
