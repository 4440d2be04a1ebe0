//! Good rows into the database of an installation, hundreds or thousands an act: an act is stored as a whole or not at all, and
//! importing the same file once more stores nothing twice.

mod evidence;
mod people;
mod regions;
mod visits;

use super::Arguments;
use super::kinds::{Kind, Stored};
use super::reading::Reading;
use super::table::Table;
use crate::fault::Fault;
use crate::installation::{Place, block_on, check_key_fits, installation, known_regions};
use crate::progress::Progress;
use healthcode_core::time::{Instant, Zone};
use healthcode_server::clock::Clock;
use healthcode_server::rules_in_force::RulesInForce;
use healthcode_store::{Act, Store, StoreFault, rule_sets};
use std::sync::Arc;

/// Rows in one act, at most.
const ROWS: usize = 500;
/// Named as the one who recorded.
const BY: &str = "import";

/// What came of a row.
enum Outcome {
    Stored,
    /// It is there already.
    Skipped,
    /// Why not; never holds a personal datum.
    Refused(&'static str),
}

/// What the acts of one import share.
struct Site {
    store: Store,
    clock: Clock,
    rules: RulesInForce,
    zone: Zone,
    seen: visits::Seen,
}

/// Some rows that are stored together.
struct Batch<R> {
    site: Arc<Site>,
    rows: Vec<R>,
    at: Instant,
}

/// Reads the table and stores what is good of it.
pub fn store(table: &Table, arguments: &Arguments) -> Result<Reading, Fault> {
    let (database, data) = (arguments.database.clone(), arguments.data.clone());
    let place = Place { database, data, keys: arguments.keys.clone() };
    let clock = Clock::system();
    block_on(async {
        let (keys, store) = place.open(&clock).await?;
        let done = async {
            check_key_fits(&store, &keys).await?;
            let site = Site::new(store.clone(), clock, &arguments.zone).await?;
            let regions = known_regions(&site.store).await?;
            let mut reading = super::read(table, arguments, &regions)?;
            Arc::new(site).store_all(arguments, &mut reading).await?;
            Ok(reading)
        }
        .await;
        store.close().await;
        done
    })
}

impl Site {
    async fn new(store: Store, clock: Clock, zone: &Zone) -> Result<Self, Fault> {
        let mut conn = store.reader().await.map_err(installation)?;
        let sets = rule_sets::all(&mut conn).await.map_err(installation)?;
        drop(conn);
        let rules = RulesInForce::new(sets).map_err(installation)?;
        Ok(Self { store, clock, rules, zone: zone.clone(), seen: visits::Seen::default() })
    }

    async fn store_all(self: Arc<Self>, arguments: &Arguments, reading: &mut Reading) -> Result<(), Fault> {
        let rows = std::mem::take(&mut reading.stored);
        match arguments.kind {
            Kind::People => self.store_rows(rows, (people::row, ROWS), reading).await,
            Kind::Linelist | Kind::Tests => self.store_rows(rows, (evidence::row, ROWS), reading).await,
            Kind::Visits => {
                let at_once = arguments.at_once as usize;
                self.store_rows(visits::in_order(rows), (visits::row, at_once), reading).await
            }
            Kind::Regions => {
                reading.notes.extend(regions::notes(&rows));
                self.store_rows(regions::parents_first(rows), (regions::row, ROWS), reading).await
            }
        }
    }

    async fn store_rows<R: Send>(
        self: &Arc<Self>,
        rows: Vec<(usize, Stored)>,
        (pick, at_once): (fn(Stored) -> Option<R>, usize),
        reading: &mut Reading,
    ) -> Result<(), Fault>
    where
        Batch<R>: Act<Out = Vec<Outcome>, Fault = StoreFault>,
    {
        let mut progress = Progress::new("rows stored, refused or skipped");
        let all = rows.len();
        let picked = rows.into_iter().filter_map(|(place, stored)| Some((place, pick(stored)?)));
        let mut picked = picked.peekable();
        let mut done = 0;
        while picked.peek().is_some() {
            let (places, rows): (Vec<usize>, Vec<R>) = picked.by_ref().take(at_once).unzip();
            // The clock is read for each act: notices must not be older than the running servers look back.
            let batch = Batch { site: self.clone(), rows, at: self.clock.now() };
            let outcomes = self.store.write(batch).await.map_err(|fault| stopped(&fault, done, all))?;
            done += places.len();
            for (place, outcome) in places.into_iter().zip(outcomes) {
                progress.step();
                match outcome {
                    Outcome::Stored => reading.taken += 1,
                    Outcome::Skipped => reading.skipped += 1,
                    Outcome::Refused(reason) => reading.refused.push((place, reason.to_owned())),
                }
            }
        }
        reading.refused.sort_by_key(|(place, _)| *place);
        Ok(())
    }
}

fn stopped(fault: &StoreFault, done: usize, all: usize) -> Fault {
    installation(format!(
        "{fault}; {done} of {all} good rows were dealt with before, the others were not touched; \
         import the same file again: what is stored is skipped"
    ))
}
