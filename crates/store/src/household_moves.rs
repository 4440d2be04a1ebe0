//! The households of one person given to another, when both turn out to be the same, and given back as they were. What
//! they were is kept as long as the households are.

use crate::engine::Conn;
use crate::{Statement, StoreFault, read_back};
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::time::{Day, Instant};
use sqlx::Row;
use sqlx::any::AnyRow;

/// Membership of a household.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Membership {
    /// Of which.
    pub household: PointId,
    person: PersonId,
    follows: Option<PersonId>,
    joined_at: Instant,
    left_at: Option<Instant>,
    forget_on: Day,
    /// The other was a member, too: then it goes, for nobody sleeps there twice.
    twice: bool,
}

impl Membership {
    /// The same after one person became another, who does not follow herself.
    fn renamed(&self, from: &PersonId, to: &PersonId) -> Self {
        let new = |id: &PersonId| if id == from { to.clone() } else { id.clone() };
        let person = new(&self.person);
        let follows = self.follows.as_ref().map(new).filter(|follows| *follows != person);
        Self { person, follows, ..self.clone() }
    }

    async fn remove(&self, conn: &mut Conn) -> Result<bool, StoreFault> {
        let sql = "DELETE FROM household_member WHERE person = $1 AND household = $2 AND joined_at = $3";
        let row = sqlx::query(sql).bind(self.person.as_str().to_owned());
        let row = row.bind(self.household.as_str().to_owned()).bind(self.joined_at.micros());
        Ok(row.execute(conn).await?.rows_affected() > 0)
    }

    async fn add(&self, conn: &mut Conn) -> Result<(), StoreFault> {
        let sql = "INSERT INTO household_member (person, household, follows, joined_at, left_at, forget_on)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (person, household, joined_at) DO NOTHING";
        let row =
            sqlx::query(sql).bind(self.person.as_str().to_owned()).bind(self.household.as_str().to_owned());
        let row = row.bind(self.follows.as_ref().map(|follows| follows.as_str().to_owned()));
        let row = row.bind(self.joined_at.micros()).bind(self.left_at.map(Instant::micros));
        row.bind(i64::from(self.forget_on.0)).execute(conn).await?;
        Ok(())
    }
}

/// Gives the households of one person to another, and says what they were. Proposals stay with whom they ask.
pub async fn give(conn: &mut Conn, from: &PersonId, to: &PersonId) -> Result<Vec<Membership>, StoreFault> {
    let rows = sqlx::query(
        "SELECT member.person, member.household, member.follows, member.joined_at, member.left_at, member.forget_on,
           CAST(CASE WHEN member.person = $1 AND EXISTS (SELECT 1 FROM household_member other
             WHERE other.household = member.household AND other.person = $2) THEN 1 ELSE 0 END AS BIGINT) AS twice
         FROM household_member member
         WHERE member.household IN (SELECT household FROM household_member WHERE person = $1)
           AND (member.person = $1 OR member.follows = $1)
         ORDER BY member.household, member.person, member.joined_at",
    )
    .bind(from.as_str().to_owned())
    .bind(to.as_str().to_owned())
    .fetch_all(&mut *conn)
    .await?;
    let given = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    for member in &given {
        member.remove(conn).await?;
        if !member.twice {
            member.renamed(from, to).add(conn).await?;
        }
    }
    Ok(given)
}

/// Keeps what a membership was before a merge.
pub fn keep(merge: &str, member: &Membership) -> Statement {
    let sql = "INSERT INTO household_given
           (merge_id, person, household, follows, joined_at, left_at, twice, forget_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    Statement::adds("household_given", sql)
        .text(merge)
        .text(member.person.as_str())
        .text(member.household.as_str())
        .text_if_any(member.follows.as_ref().map(PersonId::as_str))
        .at(member.joined_at)
        .at_if_any(member.left_at)
        .number(member.twice)
        .day(member.forget_on)
}

/// Gives back what a merge gave, as it was before, and says what that is; what is no longer there stays away.
pub async fn give_back(
    conn: &mut Conn,
    merge: &str,
    from: &PersonId,
    to: &PersonId,
) -> Result<Vec<Membership>, StoreFault> {
    let rows = sqlx::query(
        "SELECT person, household, follows, joined_at, left_at, forget_on, twice FROM household_given
         WHERE merge_id = $1 ORDER BY household, person, joined_at",
    )
    .bind(merge.to_owned())
    .fetch_all(&mut *conn)
    .await?;
    let given = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    for member in &given {
        if member.twice || member.renamed(from, to).remove(conn).await? {
            member.add(conn).await?;
        }
    }
    Ok(given)
}

fn read(row: &AnyRow) -> Result<Membership, StoreFault> {
    let person = |column: &str| -> Result<Option<PersonId>, StoreFault> {
        let id: Option<String> = row.try_get(column)?;
        id.map(|id| read_back("household_member.person", PersonId::new(id))).transpose()
    };
    let household = PointId::new(row.try_get::<String, _>("household")?);
    Ok(Membership {
        household: read_back("household_member.household", household)?,
        person: read_back("household_member.person", person("person")?.ok_or("nobody"))?,
        follows: person("follows")?,
        joined_at: Instant::from_micros(row.try_get("joined_at")?),
        left_at: row.try_get::<Option<i64>, _>("left_at")?.map(Instant::from_micros),
        forget_on: Day(row.try_get::<i64, _>("forget_on")? as i32),
        twice: row.try_get::<i64, _>("twice")? == 1,
    })
}
