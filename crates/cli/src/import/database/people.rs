//! People: who is new claims her number and is pending until she declares.

use super::{Batch, Outcome};
use crate::import::kinds::Stored;
use crate::import::people::PersonRow;
use healthcode_core::ids::PersonId;
use healthcode_core::personal::{DocumentNumber, PersonName};
use healthcode_core::time::Day;
use healthcode_server::retention::{self, forget_on};
use healthcode_server::rules_in_force::decide_and_keep;
use healthcode_store::people::{self, Assurance, Person, Personal};
use healthcode_store::{Act, StoreFault, Tx, identity};

/// The rows of this kind.
pub fn row(stored: Stored) -> Option<PersonRow> {
    match stored {
        Stored::Person(row) => Some(row),
        _ => None,
    }
}

impl Act for Batch<PersonRow> {
    type Out = Vec<Outcome>;
    type Fault = StoreFault;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<Vec<Outcome>, StoreFault> {
        let today = self.site.zone.day_of(self.at);
        let mut outcomes = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            outcomes.push(self.add(tx, row, today).await?);
        }
        Ok(outcomes)
    }
}

impl Batch<PersonRow> {
    async fn add(&self, tx: &mut Tx<'_>, row: &PersonRow, today: Day) -> Result<Outcome, StoreFault> {
        let (Some(phone), Some(residence)) = (&row.phone, &row.residence) else {
            return Ok(Outcome::Refused("no phone or no residence"));
        };
        if DocumentNumber::new(row.document_kind, row.document.expose(), today).is_err() {
            return Ok(Outcome::Refused("document: the date of birth in the number is still to come"));
        }
        let (key, at) = (self.site.store.seal(), self.at);
        let forget = forget_on(at, retention::PERSON);
        let new = self.site.clock.random_name();
        let new = PersonId::new(new)
            .map_err(|fault| StoreFault::Damaged { what: "person", why: fault.to_string() })?;
        let document_hash = Personal::document_hash(key, row.document_kind, &row.document);
        let holder = identity::claim(tx.conn().await?, &document_hash, &new, at, forget).await?;
        if holder != new {
            let held = people::get(tx.conn().await?, key, &holder).await?;
            let same = held.is_some_and(|held| same_name(&held.personal.name, &row.name));
            return Ok(if same { Outcome::Skipped } else { Outcome::Refused(OTHER_NAME) });
        }
        let personal = Personal {
            name: row.name.clone(),
            document_kind: row.document_kind,
            document: row.document.clone(),
            phone: phone.clone(),
        };
        let residence = residence.clone();
        let assurance = Assurance::Declared;
        let person = Person { person: new, personal, assurance, active: false, residence };
        for statement in people::add(key, &person, &[], at, forget)? {
            tx.later(statement).await?;
        }
        let notice = self.site.clock.name_at(at);
        decide_and_keep(tx, &self.site.rules, &person.person, at, &notice).await?;
        Ok(Outcome::Stored)
    }
}

const OTHER_NAME: &str =
    "document: someone of another name holds this number here; compare the row with the document itself";

/// Capitals and blanks do not make another name.
fn same_name(one: &PersonName, other: &PersonName) -> bool {
    let bare = |name: &PersonName| -> String {
        name.expose().chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
    };
    bare(one) == bare(other)
}
