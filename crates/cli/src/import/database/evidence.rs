//! Evidence for people of this database, who are decided on anew.

use super::{BY, Batch, Outcome};
use crate::import::kinds::{EvidenceRow, Stored};
use crate::import::matching::Whom;
use crate::import::tests::digest;
use healthcode_core::evidence::Evidence;
use healthcode_core::fact::{CaseStatus, Fact};
use healthcode_core::ids::{EvidenceId, PersonId};
use healthcode_core::life::Life;
use healthcode_server::retention::{self, forget_on};
use healthcode_server::rules_in_force::decide_and_keep;
use healthcode_store::queue::{self, RECONCILE};
use healthcode_store::{Act, StoreFault, Tx, evidence, identity, people};
use std::collections::{BTreeMap, BTreeSet};

/// The rows of this kind.
pub fn row(stored: Stored) -> Option<EvidenceRow> {
    match stored {
        Stored::Evidence(row) => Some(row),
        _ => None,
    }
}

/// What an act knows of the people it is about, and what it has added.
#[derive(Default)]
struct Known {
    evidence: BTreeMap<PersonId, Vec<Evidence>>,
    changed: BTreeSet<PersonId>,
    cases: BTreeSet<PersonId>,
}

impl Act for Batch<EvidenceRow> {
    type Out = Vec<Outcome>;
    type Fault = StoreFault;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<Vec<Outcome>, StoreFault> {
        let mut found = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            found.push(self.find(tx, &row.whom).await?);
        }
        // In order of id, so that two acts never wait for each other.
        for person in found.iter().flatten().collect::<BTreeSet<_>>() {
            tx.lock_person(person.as_str()).await?;
        }
        let mut known = Known::default();
        let mut outcomes = Vec::with_capacity(self.rows.len());
        for (row, found) in self.rows.iter().zip(found) {
            outcomes.push(match found {
                Ok(person) => self.add(tx, row, &person, &mut known).await?,
                Err(reason) => Outcome::Refused(reason),
            });
        }
        for person in &known.changed {
            let notice = self.site.clock.name_at(self.at);
            decide_and_keep(tx, &self.site.rules, person, self.at, &notice).await?;
        }
        for case in &known.cases {
            let forget = forget_on(self.at, retention::PERSON);
            tx.later(queue::ask(RECONCILE, case.as_str(), self.at, forget)).await?;
        }
        Ok(outcomes)
    }
}

impl Batch<EvidenceRow> {
    async fn find(&self, tx: &mut Tx<'_>, whom: &Whom) -> Result<Result<PersonId, &'static str>, StoreFault> {
        let key = self.site.store.seal();
        Ok(match whom {
            Whom::Document(kind, number) => {
                let hash = people::Personal::document_hash(key, *kind, number);
                let holder = identity::holder(tx.conn().await?, &hash).await?;
                holder.ok_or("document: nobody here holds this number; import the person first")
            }
            Whom::Phone(phone) => match &people::by_phone(tx.conn().await?, key, phone).await?[..] {
                [] => Err("phone: nobody here has this number; import the person first"),
                [person] => Ok(person.clone()),
                _ => Err("phone: several people share this number; add a column of document numbers"),
            },
            Whom::Person(person) => {
                let known = people::get(tx.conn().await?, key, person).await?;
                known.map(|known| known.person).ok_or(
                    "nobody here has this id; add a column of document numbers or phones to find people by",
                )
            }
        })
    }

    /// All pieces of a row, or none.
    async fn add(
        &self,
        tx: &mut Tx<'_>,
        row: &EvidenceRow,
        person: &PersonId,
        known: &mut Known,
    ) -> Result<Outcome, StoreFault> {
        if !known.evidence.contains_key(person) {
            let before = evidence::of_person(tx.conn().await?, person).await?;
            known.evidence.insert(person.clone(), before);
        }
        let before = known.evidence.entry(person.clone()).or_default();
        let new = match self.new_pieces(row, person, before)? {
            Ok(new) if new.is_empty() => return Ok(Outcome::Skipped),
            Ok(new) => new,
            Err(reason) => return Ok(Outcome::Refused(reason)),
        };
        let pieces: Vec<_> = new.iter().collect();
        evidence::add(tx, person, &pieces, BY, forget_on(self.at, retention::PERSON)).await?;
        for piece in new {
            if matches!(piece.fact, Fact::CaseReport(_)) {
                known.cases.insert(person.clone());
            }
            before.push(piece);
        }
        known.changed.insert(person.clone());
        Ok(Outcome::Stored)
    }

    /// What of a row is not recorded yet, or why the row does not fit what is.
    fn new_pieces(
        &self,
        row: &EvidenceRow,
        person: &PersonId,
        before: &[Evidence],
    ) -> Result<Result<Vec<Evidence>, &'static str>, StoreFault> {
        let mut new: Vec<Evidence> = Vec::new();
        for piece in &row.evidence {
            let id = id(row, person, piece)?;
            let piece = Evidence { id, person: person.clone(), recorded_at: self.at, ..piece.clone() };
            if piece.happened_at > self.at {
                return Ok(Err("its date lies in the future"));
            }
            match before.iter().chain(&new).find(|other| other.id == piece.id) {
                Some(other) if is_same(other, &piece) => continue,
                Some(_) => return Ok(Err(OTHER_CONTENT)),
                None => {}
            }
            if excludes(&piece) && self.is_no_case(before)? {
                return Ok(Err("excluded, but the person is not recorded as a case here"));
            }
            new.push(piece);
        }
        Ok(Ok(new))
    }

    fn is_no_case(&self, before: &[Evidence]) -> Result<bool, StoreFault> {
        let life = Life::new(before.to_vec())
            .map_err(|fault| StoreFault::Damaged { what: "evidence", why: fault.to_string() })?;
        Ok(life.case_at(self.at).is_none())
    }
}

const OTHER_CONTENT: &str = "this sample is recorded with another result; an officer corrects the record";

fn excludes(piece: &Evidence) -> bool {
    matches!(&piece.fact, Fact::CaseReport(case) if case.status == CaseStatus::Excluded)
}

fn is_same(one: &Evidence, other: &Evidence) -> bool {
    one.happened_at == other.happened_at
        && one.fact.kind() == other.fact.kind()
        && one.fact.to_data() == other.fact.to_data()
}

/// Made from the person and the content, or the sample, so that the same row makes the same evidence. It holds no
/// personal datum: a person's id is random.
fn id(row: &EvidenceRow, person: &PersonId, piece: &Evidence) -> Result<EvidenceId, StoreFault> {
    let what = match &row.sample {
        Some(sample) => format!("sample\n{sample}"),
        None => format!("{}\n{}\n{}", piece.fact.kind(), piece.happened_at.micros(), piece.fact.to_data()),
    };
    let name = format!("{BY}-{}", digest(&format!("{person}\n{what}")));
    EvidenceId::new(name).map_err(|fault| StoreFault::Damaged { what: "evidence.id", why: fault.to_string() })
}
