//! Looking at a person: every look is recorded in the same act, before anything is shown.

use crate::app::App;
use crate::caller::Caller;
use crate::problem::{Answer, Code, Problem};
use crate::retention::{self, forget_on};
use healthcode_core::ids::PersonId;
use healthcode_store::looks::{self, Look};
use healthcode_store::people::{self, Person};
use healthcode_store::{Act, Tx};

/// Purposes for which staff may look at a person.
pub const PURPOSES: [&str; 4] = ["case", "audit", "identity", "help"];

/// Reads a purpose.
pub fn read_purpose(text: Option<&str>) -> Answer<&'static str> {
    let known = PURPOSES.into_iter().find(|purpose| Some(*purpose) == text);
    known.ok_or(Problem::new(Code::Purpose).field("purpose"))
}

struct RecordLooks(Vec<Look>);

impl Act for RecordLooks {
    type Out = ();
    type Fault = Problem;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<()> {
        for look in &self.0 {
            tx.later(looks::record(look, forget_on(look.at, retention::LOOK))).await?;
        }
        Ok(())
    }
}

/// A look of a caller at a person.
pub fn look(app: &App, caller: &Caller, person: &PersonId, purpose: &'static str) -> Look {
    let at = app.clock.now();
    Look {
        person: person.clone(),
        at,
        id: app.clock.name_at(at),
        account: caller.account.clone(),
        role: caller.role.word().to_owned(),
        purpose: purpose.to_owned(),
        point: caller.point.clone(),
        action: None,
    }
}

/// Records that a caller looks at people, durably, before they are shown.
pub async fn record_looks(
    app: &App,
    caller: &Caller,
    people: &[PersonId],
    purpose: &'static str,
) -> Answer<()> {
    if people.is_empty() {
        return Ok(());
    }
    let looks = people.iter().map(|person| look(app, caller, person, purpose)).collect();
    app.store.write(RecordLooks(looks)).await
}

/// Reads a person's id out of a path or body.
pub fn read_person(text: &str) -> Answer<PersonId> {
    PersonId::new(text).map_err(|_| Code::NotFound.into())
}

/// A person who exists.
pub async fn existing(app: &App, person: &PersonId) -> Answer<Person> {
    let found = people::get(&mut *app.store.reader().await?, app.store.seal(), person).await?;
    found.ok_or(Problem::new(Code::NotFound))
}
