//! Visits of known people to known points; cases they may concern are reconciled.

use super::{BY, Batch, Outcome};
use crate::import::kinds::Stored;
use crate::import::tests::digest;
use crate::import::visits::VisitRow;
use healthcode_core::ids::{PersonId, PointId, VisitId};
use healthcode_core::time::Interval;
use healthcode_server::retention::{self, forget_on};
use healthcode_store::visits::{self, LONGEST_SECONDS, Visit};
use healthcode_store::{Act, StoreFault, Tx, people, points, queue};
use std::collections::HashMap;

/// The rows of this kind.
pub fn row(stored: Stored) -> Option<VisitRow> {
    match stored {
        Stored::Visit(row) => Some(row),
        _ => None,
    }
}

/// People and points that an act has looked up.
#[derive(Default)]
struct Seen {
    people: HashMap<PersonId, bool>,
    points: HashMap<PointId, bool>,
}

impl Act for Batch<VisitRow> {
    type Out = Vec<Outcome>;
    type Fault = StoreFault;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<Vec<Outcome>, StoreFault> {
        let mut seen = Seen::default();
        let mut outcomes = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            outcomes.push(match self.why_not(tx, row, &mut seen).await? {
                Some(reason) => Outcome::Refused(reason),
                None => self.add(tx, row).await?,
            });
        }
        Ok(outcomes)
    }
}

impl Batch<VisitRow> {
    async fn why_not(
        &self,
        tx: &mut Tx<'_>,
        row: &VisitRow,
        seen: &mut Seen,
    ) -> Result<Option<&'static str>, StoreFault> {
        if !seen.people.contains_key(&row.person) {
            let known = people::get(tx.conn().await?, self.site.store.seal(), &row.person).await?.is_some();
            seen.people.insert(row.person.clone(), known);
        }
        if !seen.points.contains_key(&row.place) {
            let known = points::get(tx.conn().await?, &row.place).await?.is_some();
            seen.points.insert(row.place.clone(), known);
        }
        let oldest = self.at.plus_days_of_24h(-i64::from(retention::VISIT));
        Ok(if seen.people.get(&row.person) != Some(&true) {
            Some("person: nobody here has this id")
        } else if seen.points.get(&row.place) != Some(&true) {
            Some("place: there is no collection point with this id")
        } else if row.left_at.seconds() - row.entered_at.seconds() > LONGEST_SECONDS {
            Some("longer than 24 hours; write one row a day")
        } else if row.left_at > self.at {
            Some("left_at lies in the future")
        } else if row.left_at < oldest {
            Some("left_at lies more than 28 days ago, and visits are kept no longer")
        } else {
            None
        })
    }

    async fn add(&self, tx: &mut Tx<'_>, row: &VisitRow) -> Result<Outcome, StoreFault> {
        let stay = Interval::new(row.entered_at, row.left_at)
            .ok_or(StoreFault::Damaged { what: "visit", why: "it ends before it begins".to_owned() })?;
        let grade = if row.grade.is_empty() { "witnessed" } else { row.grade.as_str() };
        let id = id(row, grade)?;
        if visits::of_person(tx.conn().await?, &row.person, stay).await?.iter().any(|visit| visit.id == id) {
            return Ok(Outcome::Skipped);
        }
        let visit = Visit {
            id,
            point: row.place.clone(),
            person: row.person.clone(),
            stay,
            assumed: false,
            open: false,
            grade: grade.to_owned(),
        };
        // Kept for as long as a visit that was scanned when it happened.
        tx.later(visits::add(&visit, self.at, BY, forget_on(row.left_at, retention::VISIT))).await?;
        let forget = forget_on(self.at, retention::VISIT);
        tx.later(queue::ask_for_visit(&row.person, &row.place, stay, self.at, forget)).await?;
        Ok(Outcome::Stored)
    }
}

/// Made from the content, so that the same row makes the same visit.
fn id(row: &VisitRow, grade: &str) -> Result<VisitId, StoreFault> {
    let (entered, left) = (row.entered_at.micros(), row.left_at.micros());
    let what = format!("{}\n{}\n{entered}\n{left}\n{grade}", row.person, row.place);
    VisitId::new(format!("{BY}-{}", digest(&what)))
        .map_err(|fault| StoreFault::Damaged { what: "visit.id", why: fault.to_string() })
}
