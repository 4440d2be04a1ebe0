//! Areas: an officer's grant holds for a region. Whom it does not reach is shown under a pseudonym, and no act touches
//! her, until the officer breaks the glass with a reason.

use crate::app::App;
use crate::caller::Caller;
use crate::looking::existing;
use crate::problem::{Answer, Code};
use healthcode_core::ids::PersonId;
use healthcode_store::people::Person;
use healthcode_store::{Conn, break_glass, case_files, quarantines};

/// Whether a caller's grant reaches a person: by where she lives, by whose case or order she is, because it was given to
/// the caller to look after, or because the glass was broken.
pub(crate) async fn reaches(app: &App, conn: &mut Conn, caller: &Caller, person: &Person) -> Answer<bool> {
    let inside = |region: &str| region.starts_with(&*caller.area);
    if inside(person.residence.as_str()) {
        return Ok(true);
    }
    let id = &person.person;
    if let Some(file) = case_files::get(conn, id).await?
        && (inside(&file.region) || file.officer.as_ref() == Some(&caller.account))
    {
        return Ok(true);
    }
    if let Some(order) = quarantines::open_of(conn, id).await?
        && (inside(&order.region) || order.officer.as_ref() == Some(&caller.account))
    {
        return Ok(true);
    }
    Ok(break_glass::is_open(conn, id, &caller.account, app.clock.now()).await?)
}

/// A person whom a caller's grant reaches; anyone else is refused.
pub(crate) async fn reachable(app: &App, caller: &Caller, person: &PersonId) -> Answer<Person> {
    let known = existing(app, person).await?;
    match reaches(app, &mut *app.store.reader().await?, caller, &known).await? {
        true => Ok(known),
        false => Err(Code::OutsideArea.into()),
    }
}

/// What a person is called on a screen.
pub(crate) struct Named {
    /// The masked name, or a pseudonym that is always the same for the same person.
    pub masked_name: String,
    /// Of the document; dots outside one's area.
    pub last_four: String,
    /// Whether the caller's grant reaches her.
    pub within: bool,
}

/// The pseudonym of a person.
fn pseudonym(app: &App, person: &PersonId) -> String {
    let tag = app.store.seal().find("pseudonym", person.as_str());
    format!("P-{}", crate::clock::hex(&tag[..4]).to_uppercase())
}

/// What a caller may call a person.
pub(crate) async fn named(app: &App, conn: &mut Conn, caller: &Caller, person: &Person) -> Answer<Named> {
    let within = reaches(app, conn, caller, person).await?;
    let (masked_name, last_four) = match within {
        true => (person.personal.name.masked(), person.personal.document.last_four().to_owned()),
        false => (pseudonym(app, &person.person), "····".to_owned()),
    };
    Ok(Named { masked_name, last_four, within })
}
