//! Who holds a document number. It is claimed first, by its keyed hash; a second claimant waits in a queue until one
//! of the two shows the document.

use crate::engine::Conn;
use crate::{Statement, StoreFault, read_back};
use healthcode_core::ids::PersonId;
use healthcode_core::time::{Day, Instant};
use sqlx::Row;

/// Claims a number that nobody holds; a fault where somebody does.
pub fn claim_free(document_hash: &[u8], person: &PersonId, at: Instant, forget_on: Day) -> Statement {
    let sql = "INSERT INTO identity (document_hash, person, claimed_at, forget_on) VALUES ($1, $2, $3, $4)";
    Statement::adds("identity", sql).bytes(document_hash.to_vec()).text(person.as_str()).at(at).day(forget_on)
}

/// Claims a number for a person; answers who holds it, the claimant or whoever came before.
pub async fn claim(
    conn: &mut Conn,
    document_hash: &[u8],
    person: &PersonId,
    at: Instant,
    forget_on: Day,
) -> Result<PersonId, StoreFault> {
    // The change changes nothing: it makes the row that was there answer, too.
    let row = sqlx::query(
        "INSERT INTO identity (document_hash, person, claimed_at, forget_on) VALUES ($1, $2, $3, $4)
         ON CONFLICT (document_hash) DO UPDATE SET person = identity.person RETURNING person",
    )
    .bind(document_hash.to_vec())
    .bind(person.as_str().to_owned())
    .bind(at.micros())
    .bind(i64::from(forget_on.0))
    .fetch_one(conn)
    .await?;
    read_back("identity.person", PersonId::new(row.try_get::<String, _>(0)?))
}

/// Who holds a number.
pub async fn holder(conn: &mut Conn, document_hash: &[u8]) -> Result<Option<PersonId>, StoreFault> {
    let row = sqlx::query("SELECT person FROM identity WHERE document_hash = $1")
        .bind(document_hash.to_vec())
        .fetch_optional(conn)
        .await?;
    row.map(|row| read_back("identity.person", PersonId::new(row.try_get::<String, _>(0)?))).transpose()
}

/// A number that two people have declared.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// Keyed hash of the number.
    pub document_hash: Vec<u8>,
    /// Who came second.
    pub claimant: PersonId,
    /// Who came first.
    pub holder: PersonId,
    /// When.
    pub opened_at: Instant,
}

/// Queues a claim; declaring the same number once more changes nothing.
pub async fn open_claim(conn: &mut Conn, claim: &Claim, forget_on: Day) -> Result<(), StoreFault> {
    sqlx::query(
        "INSERT INTO identity_claim (document_hash, claimant, holder, opened_at, settled_at, forget_on)
         VALUES ($1, $2, $3, $4, NULL, $5) ON CONFLICT (document_hash, claimant) DO NOTHING",
    )
    .bind(claim.document_hash.clone())
    .bind(claim.claimant.as_str().to_owned())
    .bind(claim.holder.as_str().to_owned())
    .bind(claim.opened_at.micros())
    .bind(i64::from(forget_on.0))
    .execute(conn)
    .await?;
    Ok(())
}

/// Open claims, oldest first, after a cursor of (opened_at, claimant).
pub async fn open_claims(
    conn: &mut Conn,
    after: (Instant, &str),
    most: i64,
) -> Result<Vec<Claim>, StoreFault> {
    let rows = sqlx::query(
        "SELECT document_hash, claimant, holder, opened_at FROM identity_claim
         WHERE settled_at IS NULL AND (opened_at > $1 OR (opened_at = $1 AND claimant > $2))
         ORDER BY opened_at, claimant LIMIT $3",
    )
    .bind(after.0.micros())
    .bind(after.1.to_owned())
    .bind(most)
    .fetch_all(conn)
    .await?;
    rows.iter().map(read_claim).collect()
}

/// The open claims on a number.
pub async fn open_claims_on(conn: &mut Conn, document_hash: &[u8]) -> Result<Vec<Claim>, StoreFault> {
    let rows = sqlx::query(
        "SELECT document_hash, claimant, holder, opened_at FROM identity_claim
         WHERE document_hash = $1 AND settled_at IS NULL",
    )
    .bind(document_hash.to_vec())
    .fetch_all(conn)
    .await?;
    rows.iter().map(read_claim).collect()
}

fn read_claim(row: &sqlx::any::AnyRow) -> Result<Claim, StoreFault> {
    Ok(Claim {
        document_hash: row.try_get("document_hash")?,
        claimant: read_back("identity_claim.claimant", PersonId::new(row.try_get::<String, _>("claimant")?))?,
        holder: read_back("identity_claim.holder", PersonId::new(row.try_get::<String, _>("holder")?))?,
        opened_at: Instant::from_micros(row.try_get("opened_at")?),
    })
}

/// Settles every open claim on a number.
pub async fn settle(conn: &mut Conn, document_hash: &[u8], at: Instant) -> Result<(), StoreFault> {
    sqlx::query("UPDATE identity_claim SET settled_at = $2 WHERE document_hash = $1 AND settled_at IS NULL")
        .bind(document_hash.to_vec())
        .bind(at.micros())
        .execute(conn)
        .await?;
    Ok(())
}
