//! A person's visits around an instant: what a scan is looked over against. A writer reads them for all acts of a group in
//! one pass, since a pass costs more than what it reads.

use crate::engine::Conn;
use crate::visits::{Visit, of_people};
use crate::{StoreFault, Tx};
use healthcode_core::ids::PersonId;
use healthcode_core::time::Interval;
use std::collections::HashMap;

/// Visits of a person that are looked back on, at most: twice what anybody makes in the busiest hour that is believed.
pub const MOST: usize = 400;

/// Visits that are read for a group of acts, at most. Where there are more, each act reads its own.
const MOST_FORESEEN: usize = 8_192;

/// Whose visits, and when they began.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Around {
    /// Whose.
    pub person: PersonId,
    /// When they began.
    pub began: Interval,
}

/// The visits, newest first, at most [`MOST`].
pub async fn read(tx: &mut Tx<'_>, around: &Around) -> Result<Vec<Visit>, StoreFault> {
    match tx.foreseen(around) {
        Some(visits) => Ok(visits),
        None => of_people(tx.conn().await?, [&around.person], around.began, MOST).await,
    }
}

/// What was read for a group of acts, by person.
#[derive(Default)]
pub(crate) struct Foreseen(HashMap<PersonId, (Interval, Vec<Visit>)>);

impl Foreseen {
    /// Reads what some acts will ask for. Where two ask for the same person, the last is answered if the first has written
    /// nothing of her visits.
    pub(crate) async fn read(conn: &mut Conn, asked: Vec<Around>) -> Result<Self, StoreFault> {
        let mut foreseen: HashMap<PersonId, (Interval, Vec<Visit>)> = HashMap::new();
        let mut span: Option<Interval> = None;
        for Around { person, began } in asked {
            let wide = span.get_or_insert(began);
            *wide = Interval { from: wide.from.min(began.from), until: wide.until.max(began.until) };
            foreseen.insert(person, (began, Vec::new()));
        }
        let Some(span) = span.filter(|_| foreseen.len() > 1) else { return Ok(Self::default()) };
        let visits = of_people(conn, foreseen.keys(), span, MOST_FORESEEN).await?;
        if visits.len() >= MOST_FORESEEN {
            return Ok(Self::default());
        }
        for visit in visits {
            if let Some((began, visits)) = foreseen.get_mut(&visit.person)
                && began.contains(visit.stay.from)
            {
                visits.push(visit);
            }
        }
        Ok(Self(foreseen))
    }

    pub(crate) fn get(&self, around: &Around) -> Option<Vec<Visit>> {
        let (began, visits) = self.0.get(&around.person)?;
        (*began == around.began).then(|| visits.iter().take(MOST).cloned().collect())
    }

    pub(crate) fn forget(&mut self, person: &PersonId) {
        self.0.remove(person);
    }
}
