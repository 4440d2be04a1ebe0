//! What may be asked of clusters: cases that belong together.

use crate::engine::Conn;
use crate::seal::SealKey;
use crate::{Statement, StoreFault, read_back};
use healthcode_core::ids::{AccountId, PersonId};
use healthcode_core::time::{Day, Instant};
use sqlx::Row;
use sqlx::any::AnyRow;

/// A cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// Unique.
    pub id: String,
    /// Its name; it may name a family.
    pub name: String,
    /// Who opened it.
    pub opened_by: AccountId,
    /// When.
    pub opened_at: Instant,
}

fn about(id: &str) -> String {
    format!("cluster {id}")
}

/// Opens a cluster.
pub fn open(key: &SealKey, cluster: &Cluster, forget_on: Day) -> Result<Statement, StoreFault> {
    let sql =
        "INSERT INTO case_cluster (id, name, opened_by, opened_at, forget_on) VALUES ($1, $2, $3, $4, $5)";
    Ok(Statement::adds("case_cluster", sql)
        .text(&*cluster.id)
        .bytes(key.seal(&about(&cluster.id), cluster.name.as_bytes())?)
        .text(cluster.opened_by.as_str())
        .at(cluster.opened_at)
        .day(forget_on))
}

fn read(row: &AnyRow, key: &SealKey) -> Result<Cluster, StoreFault> {
    let id: String = row.try_get("id")?;
    let plain = key.open(&about(&id), &row.try_get::<Vec<u8>, _>("name")?)?;
    let opened_by: String = row.try_get("opened_by")?;
    Ok(Cluster {
        name: read_back("case_cluster.name", String::from_utf8(plain))?,
        opened_by: read_back("case_cluster.opened_by", AccountId::new(opened_by))?,
        opened_at: Instant::from_micros(row.try_get("opened_at")?),
        id,
    })
}

/// Clusters, newest first, at most 200, with the number of their cases.
pub async fn list(conn: &mut Conn, key: &SealKey) -> Result<Vec<(Cluster, i64)>, StoreFault> {
    let rows = sqlx::query(
        "SELECT id, name, opened_by, opened_at,
           (SELECT COUNT(*) FROM case_in_cluster WHERE case_in_cluster.id = case_cluster.id) AS cases
         FROM case_cluster ORDER BY opened_at DESC, id LIMIT 200",
    )
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| Ok((read(row, key)?, row.try_get("cases")?))).collect()
}

/// Clusters that a case belongs to.
pub async fn of_person(
    conn: &mut Conn,
    key: &SealKey,
    person: &PersonId,
) -> Result<Vec<Cluster>, StoreFault> {
    let rows = sqlx::query(
        "SELECT id, name, opened_by, opened_at FROM case_cluster
         WHERE id IN (SELECT id FROM case_in_cluster WHERE person = $1) ORDER BY opened_at, id",
    )
    .bind(person.as_str().to_owned())
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| read(row, key)).collect()
}

/// Whether there is such a cluster.
pub async fn exists(conn: &mut Conn, id: &str) -> Result<bool, StoreFault> {
    let row = sqlx::query("SELECT id FROM case_cluster WHERE id = $1").bind(id.to_owned());
    Ok(row.fetch_optional(conn).await?.is_some())
}

/// Puts a case into a cluster.
pub fn put(id: &str, person: &PersonId, account: &AccountId, at: Instant, forget_on: Day) -> Statement {
    let sql =
        "INSERT INTO case_in_cluster (id, person, account, since, forget_on) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id, person) DO NOTHING";
    Statement::changes("case_in_cluster", sql)
        .text(id)
        .text(person.as_str())
        .text(account.as_str())
        .at(at)
        .day(forget_on)
}

/// Takes a case out of a cluster.
pub fn take(id: &str, person: &PersonId) -> Statement {
    let sql = "DELETE FROM case_in_cluster WHERE id = $1 AND person = $2";
    Statement::changes("case_in_cluster", sql).text(id).text(person.as_str())
}

/// Gives the places of one person in clusters to another, when both turn out to be the same.
pub async fn hand_over(conn: &mut Conn, from: &PersonId, to: &PersonId) -> Result<(), StoreFault> {
    for sql in [
        "UPDATE case_in_cluster SET person = $2 WHERE person = $1 AND NOT EXISTS
           (SELECT 1 FROM case_in_cluster other WHERE other.person = $2 AND other.id = case_in_cluster.id)",
        "DELETE FROM case_in_cluster WHERE person = $1 AND person <> $2",
    ] {
        let moved = sqlx::query(sql).bind(from.as_str().to_owned()).bind(to.as_str().to_owned());
        moved.execute(&mut *conn).await?;
    }
    Ok(())
}
