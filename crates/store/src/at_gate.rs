//! What a gate needs to know of a person, read at once: all of it lies with the person.

use crate::engine::Conn;
use crate::people::{self, Person};
use crate::seal::SealKey;
use crate::{StoreFault, read_back};
use healthcode_core::decision::Colour;
use healthcode_core::ids::{PersonId, Scheme};
use healthcode_core::time::Instant;
use sqlx::Row;

/// A person at a gate.
#[derive(Clone, Debug)]
pub struct AtGate {
    /// Who it is.
    pub person: Person,
    /// The decision that stands; `None` while nothing was decided.
    pub decided: Option<Decided>,
}

/// The part of a decision that a gate asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    /// The colour.
    pub colour: Colour,
    /// Name and version of the rule set.
    pub rule_set: String,
    /// When it must be decided again.
    pub next_change_at: Option<Instant>,
}

/// Reads a person as a gate does; `None` when there is no such person.
pub async fn read(
    conn: &mut Conn,
    key: &SealKey,
    person: &PersonId,
    scheme: &Scheme,
) -> Result<Option<AtGate>, StoreFault> {
    let row = sqlx::query(
        "SELECT p.personal, p.assurance, p.active, p.residence, d.colour, d.rule_set, d.next_change_at
         FROM person p LEFT JOIN decision d ON d.person = p.person AND d.scheme = $2 WHERE p.person = $1",
    )
    .bind(person.as_str().to_owned())
    .bind(scheme.as_str().to_owned())
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let decided = match row.try_get::<Option<String>, _>("colour")? {
        Some(word) => Some(Decided {
            colour: read_back("decision.colour", Colour::from_word(&word).ok_or(word))?,
            rule_set: row.try_get("rule_set")?,
            next_change_at: row.try_get::<Option<i64>, _>("next_change_at")?.map(Instant::from_micros),
        }),
        None => None,
    };
    Ok(Some(AtGate { person: people::open(&row, key, person)?, decided }))
}
