//! Regions beyond the built-in table. A running server reads them at its start.

use super::{Batch, Outcome};
use crate::import::kinds::Stored;
use healthcode_server::retention::{self, forget_on};
use healthcode_store::regions::{self, RegionRow};
use healthcode_store::{Act, StoreFault, Tx};
use std::collections::{BTreeMap, HashMap};

/// Levels of regions, at most; the table itself refuses more.
const LEVELS: usize = 16;

/// The rows of this kind.
pub fn row(stored: Stored) -> Option<RegionRow> {
    match stored {
        Stored::Region([code, en, zh, parent, _, _]) => {
            Some((code, en, zh, Some(parent).filter(|parent| !parent.is_empty())))
        }
        _ => None,
    }
}

/// What else is worth saying.
pub fn notes(rows: &[(usize, Stored)]) -> Vec<String> {
    let dated = |stored: &Stored| matches!(stored, Stored::Region([.., from, until]) if !(from.is_empty() && until.is_empty()));
    let dated = rows.iter().filter(|(_, stored)| dated(stored)).count();
    let mut notes = vec!["a running server takes new regions up at its next start".to_owned()];
    if dated > 0 {
        notes.push(format!("{dated} regions have dates, which the database does not keep"));
    }
    notes
}

/// Parents before what lies in them: an import that stops half way leaves no region without its parent.
pub fn parents_first(mut rows: Vec<(usize, Stored)>) -> Vec<(usize, Stored)> {
    let parents: HashMap<String, String> = rows
        .iter()
        .filter_map(|(_, stored)| match stored {
            Stored::Region([code, _, _, parent, ..]) => Some((code.clone(), parent.clone())),
            _ => None,
        })
        .collect();
    let depth = |stored: &Stored| {
        let Stored::Region([code, ..]) = stored else { return 0 };
        let above = std::iter::successors(parents.get(code), |parent| parents.get(*parent));
        above.take(LEVELS).count()
    };
    rows.sort_by_cached_key(|(_, stored)| depth(stored));
    rows
}

impl Act for Batch<RegionRow> {
    type Out = Vec<Outcome>;
    type Fault = StoreFault;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<Vec<Outcome>, StoreFault> {
        let there: BTreeMap<String, RegionRow> =
            regions::all(tx.conn().await?).await?.into_iter().map(|row| (row.0.clone(), row)).collect();
        let mut outcomes = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            if there.get(&row.0) == Some(row) {
                outcomes.push(Outcome::Skipped);
                continue;
            }
            regions::put(tx.conn().await?, row, forget_on(self.at, retention::INSTALLATION)).await?;
            outcomes.push(Outcome::Stored);
        }
        Ok(outcomes)
    }
}
