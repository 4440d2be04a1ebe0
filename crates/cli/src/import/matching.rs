//! Whom a row of evidence is about. In a database people are found by document number or phone, never by name.

use super::columns::Field;
use super::people::{self, DOCUMENT, DOCUMENT_KIND, PHONE};
use super::reading::View;
use super::table::Row;
use healthcode_core::ids::PersonId;
use healthcode_core::personal::{DocumentKind, DocumentNumber, Phone};

/// How the person of a row is found.
#[derive(Debug)]
pub enum Whom {
    /// By the document.
    Document(DocumentKind, DocumentNumber),
    /// By the phone; a family may share one.
    Phone(Phone),
    /// By the person's own id.
    Person(PersonId),
}

/// The fields of a kind of evidence with those by which people are found; its own id may then be absent.
pub fn fields(own: &[Field], id: &str) -> Vec<Field> {
    let own = own.iter().map(|field| if field.name == id { field.optional() } else { *field });
    own.chain([DOCUMENT, DOCUMENT_KIND, PHONE]).collect()
}

/// Whether the file has a column by which people are found.
fn has_numbers(view: &View<'_>) -> bool {
    view.to_database && ["document", "phone"].iter().any(|field| view.columns.place(field).is_some())
}

/// A file must have some column that says whom a row is about.
pub fn check(view: &View<'_>, id: &str) -> Result<(), String> {
    if has_numbers(view) || view.columns.place(id).is_some() {
        return Ok(());
    }
    let missing = view.columns.missing("document", view.table);
    Err(format!("{missing}; people are found by document, phone or, as {id}, their id in the database"))
}

/// The id under which a row is read, and how its person is found in a database. Reasons never hold a personal datum.
pub fn whom(view: &View<'_>, row: &Row, id: &str) -> Result<(PersonId, Whom), String> {
    if !has_numbers(view) {
        let person = view.person(row, id)?;
        return Ok((person.clone(), Whom::Person(person)));
    }
    let whom = match (people::document(view, row)?, people::phone(view, row)?) {
        (Some((kind, number)), _) => Whom::Document(kind, number),
        (None, Some(phone)) => Whom::Phone(phone),
        (None, None) => return Err("no document and no phone, so nobody can be found".to_owned()),
    };
    // Only tells rows of this file apart; what is stored gets an id of its own.
    let person = match view.text(row, id) {
        Some(_) => view.person(row, id)?,
        None => PersonId::new(format!("line-{}", row.line)).map_err(|fault| fault.to_string())?,
    };
    Ok((person, whom))
}
