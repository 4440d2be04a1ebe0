//! Visits of known people to known points and rides; cases they may concern are reconciled.

use super::{BY, Batch, Outcome};
use crate::import::kinds::Stored;
use crate::import::tests::digest;
use crate::import::visits::VisitRow;
use healthcode_core::ids::{PersonId, PointId, VisitId};
use healthcode_core::time::Interval;
use healthcode_server::retention::{self, forget_on};
use healthcode_server::visiting::{kept_days, open_day};
use healthcode_store::visits::{LONGEST_SECONDS, Visit};
use healthcode_store::{Act, StoreFault, Tx, people, points, rides, visit_days, visit_load};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

/// The rows of this kind.
pub fn row(stored: Stored) -> Option<VisitRow> {
    match stored {
        Stored::Visit(row) => Some(row),
        _ => None,
    }
}

/// All rows in the order of their tables, so that each act fills pages of its own and none is written twice.
pub fn in_order(mut rows: Vec<(usize, Stored)>) -> Vec<(usize, Stored)> {
    let key = |stored: &Stored| match stored {
        Stored::Visit(row) => Some((visit_days::day_of(row.entered_at), row.place.clone(), row.entered_at)),
        _ => None,
    };
    rows.sort_by_cached_key(|(_, stored)| key(stored));
    rows
}

/// People and places that were looked up, each with its kind; kept from one act to the next.
#[derive(Default)]
pub struct Seen(Mutex<Known>);

#[derive(Default)]
struct Known {
    people: HashMap<PersonId, bool>,
    places: HashMap<PointId, Option<String>>,
}

impl Seen {
    fn with<T>(&self, act: impl FnOnce(&mut Known) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Act for Batch<VisitRow> {
    type Out = Vec<Outcome>;
    type Fault = StoreFault;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<Vec<Outcome>, StoreFault> {
        self.look_up(tx).await?;
        let mut outcomes = Vec::with_capacity(self.rows.len());
        let mut visits = Vec::with_capacity(self.rows.len());
        let (mut days, today) = (BTreeSet::new(), visit_days::day_of(self.at));
        for row in &self.rows {
            match self.site.seen.with(|known| self.why_not(row, known)) {
                Some(reason) => outcomes.push(Outcome::Refused(reason)),
                None => {
                    // Stored, unless it was there already; how many were is known below.
                    outcomes.push(Outcome::Stored);
                    days.insert(visit_days::day_of(row.entered_at));
                    visits.push(self.visit(row)?);
                }
            }
        }
        for day in days {
            open_day(tx, day, today).await?;
        }
        let stored = visit_load::load(tx, &visits, self.at, BY).await? as usize;
        visit_load::ask_for(tx, &visits, self.at, forget_on(self.at, retention::VISIT)).await?;
        // Which of them were there already is not asked, only how many.
        let taken = outcomes.iter_mut().filter(|outcome| matches!(outcome, Outcome::Stored));
        taken.skip(stored).for_each(|outcome| *outcome = Outcome::Skipped);
        Ok(outcomes)
    }
}

impl Batch<VisitRow> {
    /// Looks up the people and places of which nothing is known yet.
    async fn look_up(&self, tx: &mut Tx<'_>) -> Result<(), StoreFault> {
        let (people, places) = self.site.seen.with(|known| {
            let people = self.rows.iter().map(|row| &row.person);
            let people: BTreeSet<_> = people.filter(|person| !known.people.contains_key(*person)).collect();
            let places = self.rows.iter().map(|row| &row.place);
            let places: BTreeSet<_> = places.filter(|place| !known.places.contains_key(*place)).collect();
            (people.into_iter().cloned().collect::<Vec<_>>(), places.into_iter().cloned().collect::<Vec<_>>())
        });
        let found = people::known(tx.conn().await?, &people).await?;
        for place in places {
            let kind = match points::get(tx.conn().await?, &place).await? {
                Some(point) => Some(point.kind),
                None => rides::get(tx.conn().await?, &place).await?.map(|ride| ride.kind),
            };
            self.site.seen.with(|known| known.places.insert(place, kind));
        }
        self.site.seen.with(|known| {
            known.people.extend(people.into_iter().map(|person| (person.clone(), found.contains(&person))));
        });
        Ok(())
    }

    fn why_not(&self, row: &VisitRow, known: &Known) -> Option<&'static str> {
        let days = kept_days(visit_days::day_of(self.at));
        let kind = known.places.get(&row.place).and_then(Option::as_deref);
        if known.people.get(&row.person) != Some(&true) {
            Some("person: nobody here has this id")
        } else if kind.is_none() {
            Some("place: there is no collection point or ride with this id")
        } else if row.kind.as_deref().is_some_and(|said| Some(said) != kind) {
            Some("kind: the place is of another kind")
        } else if row.left_at.seconds() - row.entered_at.seconds() > LONGEST_SECONDS {
            Some("longer than 24 hours; write one row a day")
        } else if row.left_at > self.at {
            Some("left_at lies in the future")
        } else if visit_days::day_of(row.entered_at) < *days.start() {
            Some("entered_at lies more than 28 days ago, and visits are kept no longer")
        } else {
            None
        }
    }

    fn visit(&self, row: &VisitRow) -> Result<Visit, StoreFault> {
        let stay = Interval::new(row.entered_at, row.left_at)
            .ok_or(StoreFault::Damaged { what: "visit", why: "it ends before it begins".to_owned() })?;
        let grade = if row.grade.is_empty() { "witnessed" } else { row.grade.as_str() };
        Ok(Visit {
            id: id(row, grade)?,
            point: row.place.clone(),
            person: row.person.clone(),
            stay,
            assumed: false,
            open: false,
            grade: grade.to_owned(),
            kind: self
                .site
                .seen
                .with(|known| known.places.get(&row.place).cloned())
                .flatten()
                .unwrap_or_default(),
            seat: row.seat.clone(),
            part: None,
            way: None,
            flag: None,
            cleared_at: None,
        })
    }
}

/// Made from the content, so that the same row makes the same visit.
fn id(row: &VisitRow, grade: &str) -> Result<VisitId, StoreFault> {
    let (entered, left) = (row.entered_at.micros(), row.left_at.micros());
    let what = format!("{}\n{}\n{entered}\n{left}\n{grade}", row.person, row.place);
    VisitId::new(format!("{BY}-{}", digest(&what)))
        .map_err(|fault| StoreFault::Damaged { what: "visit.id", why: fault.to_string() })
}
