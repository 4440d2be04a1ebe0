//! What may be asked of interviews: the places, rides and people that a case named. They colour nobody by themselves.

use crate::engine::Conn;
use crate::seal::SealKey;
use crate::{Statement, StoreFault, read_back};
use healthcode_core::ids::{AccountId, PersonId, PointId};
use healthcode_core::time::{Day, Instant};
use sqlx::Row;

/// Something that a case said.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// Unique.
    pub id: String,
    /// place, ride, person.
    pub kind: String,
    /// In words.
    pub said: String,
    /// The collection point, where it is one.
    pub point: Option<PointId>,
    /// The person, where she is known.
    pub named: Option<PersonId>,
    /// From when.
    pub from: Option<Instant>,
    /// Until when.
    pub until: Option<Instant>,
    /// When it was written down.
    pub at: Instant,
    /// By whom.
    pub account: AccountId,
}

fn about(person: &PersonId, id: &str) -> String {
    format!("interview {person} {id}")
}

/// Writes something down.
pub fn add(key: &SealKey, person: &PersonId, said: &Said, forget_on: Day) -> Result<Statement, StoreFault> {
    let sql = "INSERT INTO interview (person, id, kind, said, point, named, from_at, until_at, at, account, forget_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    Ok(Statement::adds("interview", sql)
        .text(person.as_str())
        .text(&*said.id)
        .text(&*said.kind)
        .bytes(key.seal(&about(person, &said.id), said.said.as_bytes())?)
        .text_if_any(said.point.as_ref().map(PointId::as_str))
        .text_if_any(said.named.as_ref().map(PersonId::as_str))
        .at_if_any(said.from)
        .at_if_any(said.until)
        .at(said.at)
        .text(said.account.as_str())
        .day(forget_on))
}

/// Everything that a case said, in the order in which it was written down.
pub async fn of_person(conn: &mut Conn, key: &SealKey, person: &PersonId) -> Result<Vec<Said>, StoreFault> {
    let rows = sqlx::query(
        "SELECT id, kind, said, point, named, from_at, until_at, at, account FROM interview WHERE person = $1
         ORDER BY at, id LIMIT 500",
    )
    .bind(person.as_str().to_owned())
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let id: String = row.try_get("id")?;
            let plain = key.open(&about(person, &id), &row.try_get::<Vec<u8>, _>("said")?)?;
            let (point, named): (Option<String>, Option<String>) =
                (row.try_get("point")?, row.try_get("named")?);
            let at = |column: &str| {
                Ok::<_, StoreFault>(row.try_get::<Option<i64>, _>(column)?.map(Instant::from_micros))
            };
            Ok(Said {
                kind: row.try_get("kind")?,
                said: read_back("interview.said", String::from_utf8(plain))?,
                point: point.map(|text| read_back("interview.point", PointId::new(text))).transpose()?,
                named: named.map(|text| read_back("interview.named", PersonId::new(text))).transpose()?,
                from: at("from_at")?,
                until: at("until_at")?,
                at: Instant::from_micros(row.try_get("at")?),
                account: read_back(
                    "interview.account",
                    AccountId::new(row.try_get::<String, _>("account")?),
                )?,
                id,
            })
        })
        .collect()
}

/// Gives what one person said to another, when both turn out to be the same. It is sealed for the person that it is kept
/// for, so it is sealed anew; where others named the one who is gone, they named the one who goes on.
pub async fn hand_over(
    conn: &mut Conn,
    key: &SealKey,
    from: &PersonId,
    to: &PersonId,
) -> Result<(), StoreFault> {
    let rows = sqlx::query("SELECT id, said FROM interview WHERE person = $1");
    for row in rows.bind(from.as_str().to_owned()).fetch_all(&mut *conn).await? {
        let id: String = row.try_get("id")?;
        let plain = key.open(&about(from, &id), &row.try_get::<Vec<u8>, _>("said")?)?;
        sqlx::query("UPDATE interview SET person = $3, said = $4 WHERE person = $1 AND id = $2")
            .bind(from.as_str().to_owned())
            .bind(id.clone())
            .bind(to.as_str().to_owned())
            .bind(key.seal(&about(to, &id), &plain)?)
            .execute(&mut *conn)
            .await?;
    }
    sqlx::query("UPDATE interview SET named = $2 WHERE named = $1")
        .bind(from.as_str().to_owned())
        .bind(to.as_str().to_owned())
        .execute(conn)
        .await?;
    Ok(())
}
