//! The households of one person given to another, when both turn out to be the same, and given back as they were.

use crate::engine::Conn;
use crate::{StoreFault, read_back};
use healthcode_core::ids::{PersonId, PointId};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::any::AnyRow;

/// What was given, as it was before.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Given {
    members: Vec<Membership>,
    /// Households whose other adult the person was asked to be.
    invited: Vec<String>,
}

/// A row of `household_member`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Membership {
    household: String,
    person: String,
    follows: Option<String>,
    joined_at: i64,
    left_at: Option<i64>,
    forget_on: i64,
    /// The other was a member, too: then it was taken away, for nobody sleeps there twice.
    twice: bool,
}

impl Given {
    /// The households that it concerns.
    pub fn households(&self) -> Result<Vec<PointId>, StoreFault> {
        let ids = self.members.iter().map(|member| &member.household).chain(&self.invited);
        let mut ids = ids
            .map(|id| read_back("household_member.household", PointId::new(id.as_str())))
            .collect::<Result<Vec<_>, _>>()?;
        ids.sort();
        ids.dedup();
        Ok(ids)
    }
}

impl Membership {
    /// The same after one person became another, who follows nobody that is herself.
    fn renamed(&self, from: &PersonId, to: &PersonId) -> Self {
        let new = |id: &str| if id == from.as_str() { to.to_string() } else { id.to_owned() };
        let person = new(&self.person);
        let follows = self.follows.as_deref().map(new).filter(|follows| *follows != person);
        Self { person, follows, ..self.clone() }
    }

    async fn remove(&self, conn: &mut Conn) -> Result<bool, StoreFault> {
        let sql = "DELETE FROM household_member WHERE person = $1 AND household = $2 AND joined_at = $3";
        let row = sqlx::query(sql).bind(self.person.clone()).bind(self.household.clone());
        Ok(row.bind(self.joined_at).execute(conn).await?.rows_affected() > 0)
    }

    async fn add(&self, conn: &mut Conn) -> Result<(), StoreFault> {
        let sql = "INSERT INTO household_member (person, household, follows, joined_at, left_at, forget_on)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (person, household, joined_at) DO NOTHING";
        let row = sqlx::query(sql).bind(self.person.clone()).bind(self.household.clone());
        let row = row.bind(self.follows.clone()).bind(self.joined_at);
        row.bind(self.left_at).bind(self.forget_on).execute(conn).await?;
        Ok(())
    }
}

/// Gives the households of one person to another, and says what they were.
pub async fn give(conn: &mut Conn, from: &PersonId, to: &PersonId) -> Result<Given, StoreFault> {
    // Whoever follows one of the two is there, too; a row of the other's says that she is a member.
    let rows = sqlx::query(
        "SELECT member.person, member.household, member.follows, member.joined_at, member.left_at, member.forget_on,
           CAST(CASE WHEN member.person = $1 AND EXISTS (SELECT 1 FROM household_member other
             WHERE other.household = member.household AND other.person = $2) THEN 1 ELSE 0 END AS BIGINT) AS twice
         FROM household_member member WHERE member.person = $1 OR member.follows = $1
         ORDER BY member.household, member.person, member.joined_at",
    )
    .bind(from.as_str().to_owned())
    .bind(to.as_str().to_owned())
    .fetch_all(&mut *conn)
    .await?;
    let members = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    for member in &members {
        member.remove(conn).await?;
        if !member.twice {
            member.renamed(from, to).add(conn).await?;
        }
    }
    let rows = sqlx::query("SELECT household FROM household WHERE invited = $1 ORDER BY household");
    let rows = rows.bind(from.as_str().to_owned()).fetch_all(&mut *conn).await?;
    let invited = rows.iter().map(|row| row.try_get("household")).collect::<Result<Vec<String>, _>>()?;
    for household in &invited {
        invite(conn, household, from, to).await?;
    }
    Ok(Given { members, invited })
}

/// Gives back what was given, as it was before; what is no longer there stays away.
pub async fn take_back(
    conn: &mut Conn,
    given: &Given,
    from: &PersonId,
    to: &PersonId,
) -> Result<(), StoreFault> {
    for member in &given.members {
        if member.twice || member.renamed(from, to).remove(conn).await? {
            member.add(conn).await?;
        }
    }
    for household in &given.invited {
        invite(conn, household, to, from).await?;
    }
    Ok(())
}

async fn invite(conn: &mut Conn, household: &str, from: &PersonId, to: &PersonId) -> Result<(), StoreFault> {
    let sql = "UPDATE household SET invited = $3 WHERE household = $1 AND invited = $2";
    let row = sqlx::query(sql).bind(household.to_owned()).bind(from.as_str().to_owned());
    row.bind(to.as_str().to_owned()).execute(conn).await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Membership, StoreFault> {
    Ok(Membership {
        household: row.try_get("household")?,
        person: row.try_get("person")?,
        follows: row.try_get("follows")?,
        joined_at: row.try_get("joined_at")?,
        left_at: row.try_get("left_at")?,
        forget_on: row.try_get("forget_on")?,
        twice: row.try_get::<i64, _>("twice")? == 1,
    })
}
