//! The life of a person in one column: everything in `evidence` about her, packed. It is written in the act that adds
//! the evidence, so that deciding about somebody reads one row, and about a city reads one table from end to end.
//! Derived: where it is null, as after a migration, the rows of `evidence` are read instead, until it is made again.

use crate::engine::{Conn, Engine};
use crate::{Statement, StoreFault, evidence, numbered, read_back};
use healthcode_core::evidence::Evidence;
use healthcode_core::ids::PersonId;
use healthcode_core::life::Life;
use healthcode_core::packed;
use sqlx::Row;
use sqlx::any::AnyRow;
use std::collections::HashMap;

/// The packed form of some evidence.
pub fn pack<'a>(evidence: impl IntoIterator<Item = &'a Evidence>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(128);
    evidence.into_iter().for_each(|evidence| packed::append(evidence, &mut bytes));
    bytes
}

/// Reads a packed life.
pub fn unpack(person: &PersonId, bytes: &[u8]) -> Result<Life, StoreFault> {
    let evidence =
        packed::read(person, bytes).ok_or("it does not read back; set it to null, it is made again");
    read_back("person.life", Life::new(read_back("person.life", evidence)?))
}

/// Appends evidence to a life. What is null stays null.
pub fn append(engine: Engine, person: &PersonId, new: &[&Evidence]) -> Statement {
    let sql = match engine {
        // Joined bytes are a text to SQLite unless it is told otherwise.
        Engine::Sqlite => "UPDATE person SET life = CAST(life || $2 AS BLOB) WHERE person = $1",
        Engine::Postgres => "UPDATE person SET life = life || $2 WHERE person = $1",
    };
    Statement::changes("person", sql)
        .text(person.as_str())
        .bytes(pack(new.iter().copied()))
        .of_row(person.as_str())
}

/// The life of a person as recorded: as packed, or from the rows where that is missing or does not read back.
pub async fn of_person(conn: &mut Conn, person: &PersonId) -> Result<Life, StoreFault> {
    match as_packed(conn, person).await? {
        Some(Ok(life)) => Ok(life),
        _ => read_back("evidence", Life::new(evidence::of_person(conn, person).await?)),
    }
}

/// The life as packed; `None` where it is missing.
pub(crate) async fn as_packed(
    conn: &mut Conn,
    person: &PersonId,
) -> Result<Option<Result<Life, StoreFault>>, StoreFault> {
    let row = sqlx::query("SELECT life FROM person WHERE person = $1")
        .bind(person.as_str().to_owned())
        .fetch_optional(conn)
        .await?;
    let bytes = row.map(|row| row.try_get::<Option<Vec<u8>>, _>(0)).transpose()?.flatten();
    Ok(bytes.map(|bytes| unpack(person, &bytes)))
}

/// A person with the packed life, where there is one.
pub struct Packed {
    /// Whose.
    pub person: PersonId,
    /// Region of residence.
    pub residence: String,
    /// The life.
    pub life: Option<Vec<u8>>,
}

fn read(row: &AnyRow) -> Result<Packed, StoreFault> {
    Ok(Packed {
        person: read_back("person.person", PersonId::new(row.try_get::<&str, _>(0)?))?,
        residence: row.try_get(1)?,
        life: row.try_get(2)?,
    })
}

/// The packed lives of some people, in no order.
pub async fn of_people(conn: &mut Conn, people: &[PersonId]) -> Result<Vec<Packed>, StoreFault> {
    let sql =
        format!("SELECT person, residence, life FROM person WHERE person IN ({})", numbered(people.len(), 0));
    let query = people
        .iter()
        .fold(sqlx::query(sqlx::AssertSqlSafe(sql)), |query, person| query.bind(person.as_str().to_owned()));
    query.fetch_all(conn).await?.iter().map(read).collect()
}

/// The packed lives of people after `after` and, where it is given, up to `until`, in order of id, at most `most`.
pub async fn page(
    conn: &mut Conn,
    after: &str,
    until: Option<&str>,
    most: i64,
) -> Result<Vec<Packed>, StoreFault> {
    let sql = match until {
        None => "SELECT person, residence, life FROM person WHERE person > $1 ORDER BY person LIMIT $2",
        Some(_) => {
            "SELECT person, residence, life FROM person WHERE person > $1 AND person <= $3 ORDER BY person LIMIT $2"
        }
    };
    let query = sqlx::query(sql).bind(after.to_owned()).bind(most);
    let query = until.into_iter().fold(query, |query, until| query.bind(until.to_owned()));
    query.fetch_all(conn).await?.iter().map(read).collect()
}

/// The packed life of a person as the rows of `evidence` have it.
pub async fn of_rows(conn: &mut Conn, person: &PersonId) -> Result<Vec<u8>, StoreFault> {
    Ok(pack(&evidence::of_person(conn, person).await?))
}

/// How many bytes the packed lives of some people have: evidence is only added, so as many as before are the same.
pub async fn lengths_of(
    conn: &mut Conn,
    people: &[PersonId],
) -> Result<HashMap<PersonId, Option<i64>>, StoreFault> {
    let sql = format!(
        "SELECT person, CAST(LENGTH(life) AS BIGINT) FROM person WHERE person IN ({})",
        numbered(people.len(), 0)
    );
    let query = people
        .iter()
        .fold(sqlx::query(sqlx::AssertSqlSafe(sql)), |query, person| query.bind(person.as_str().to_owned()));
    let entry = |row: &AnyRow| {
        let person = read_back("person.person", PersonId::new(row.try_get::<&str, _>(0)?))?;
        Ok((person, row.try_get(1)?))
    };
    query.fetch_all(conn).await?.iter().map(entry).collect()
}

/// People whose life is to be made again.
pub async fn missing(conn: &mut Conn, most: i64) -> Result<Vec<PersonId>, StoreFault> {
    let rows = sqlx::query("SELECT person FROM person WHERE life IS NULL ORDER BY person LIMIT $1")
        .bind(most)
        .fetch_all(conn)
        .await?;
    rows.iter().map(|row| read_back("person.person", PersonId::new(row.try_get::<&str, _>(0)?))).collect()
}

/// Makes the life of a person again from the rows.
pub async fn make_again(conn: &mut Conn, person: &PersonId) -> Result<(), StoreFault> {
    let life = of_rows(conn, person).await?;
    sqlx::query("UPDATE person SET life = $2 WHERE person = $1")
        .bind(person.as_str().to_owned())
        .bind(life)
        .execute(conn)
        .await?;
    Ok(())
}
