//! Visits that are doubted: kept, and used against nobody until an officer has cleared them.

use crate::engine::Conn;
use crate::visit_days::table_of;
use crate::visits::Visit;
use crate::{Statement, StoreFault, read_back};
use healthcode_core::ids::{AccountId, PersonId, PointId, VisitId};
use healthcode_core::time::{Day, Instant};
use sqlx::Row;
use sqlx::any::AnyRow;

/// Why a visit is doubted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flag {
    /// Delivered long after it happened.
    Late,
    /// The same once more, within seconds.
    Double,
    /// Leaving before entering.
    OutOfOrder,
    /// Ahead of the server's clock.
    Future,
    /// Nobody can have been there: two distant places within a minute, hundreds of visits within an hour.
    Impossible,
}

impl Flag {
    /// Every flag.
    pub const ALL: [Self; 5] = [Self::Late, Self::Double, Self::OutOfOrder, Self::Future, Self::Impossible];

    /// The word used in the database and in interfaces.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Late => "late",
            Self::Double => "double",
            Self::OutOfOrder => "out_of_order",
            Self::Future => "future",
            Self::Impossible => "impossible",
        }
    }

    /// The flag that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flag| flag.word() == word)
    }
}

/// What an officer said of a doubted visit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ruling {
    /// It is right, and counts.
    Cleared,
    /// It is wrong, and never counts.
    Rejected,
}

impl Ruling {
    /// The word used in the database and in interfaces.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cleared => "cleared",
            Self::Rejected => "rejected",
        }
    }

    /// The ruling that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Cleared, Self::Rejected].into_iter().find(|ruling| ruling.word() == word)
    }
}

/// A visit that is doubted.
#[derive(Clone, Debug, PartialEq)]
pub struct Doubt {
    /// Which visit.
    pub visit: VisitId,
    /// When it began.
    pub entered_at: Instant,
    /// Whose.
    pub person: PersonId,
    /// Where.
    pub point: PointId,
    /// The region of the place.
    pub region: String,
    /// Why it is doubted.
    pub flag: Flag,
    /// Since when.
    pub noted_at: Instant,
    /// What was said of it last.
    pub ruling: Option<Ruling>,
}

/// Notes a doubt beside its visit, which carries the flag.
pub fn note(doubt: &Doubt, forget_on: Day) -> Statement {
    let sql =
        "INSERT INTO doubt (visit, entered_at, person, point, region, flag, noted_at, ruling, forget_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, $8)";
    Statement::adds("doubt", sql)
        .text(doubt.visit.as_str())
        .at(doubt.entered_at)
        .text(doubt.person.as_str())
        .text(doubt.point.as_str())
        .text(&*doubt.region)
        .text(doubt.flag.word())
        .at(doubt.noted_at)
        .day(forget_on)
}

const COLUMNS: &str = "visit, entered_at, person, point, region, flag, noted_at, ruling";

/// Doubted visits on which nobody has ruled, in a region and what lies within, oldest first, after one.
pub async fn open_in(
    conn: &mut Conn,
    region: &str,
    (after, after_visit): (Instant, &str),
    most: i64,
) -> Result<Vec<Doubt>, StoreFault> {
    let sql = format!(
        "SELECT {COLUMNS} FROM doubt WHERE ruling IS NULL AND region LIKE $1
           AND (entered_at > $2 OR (entered_at = $2 AND visit > $3)) ORDER BY entered_at, visit LIMIT $4"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(format!("{region}%"))
        .bind(after.micros())
        .bind(after_visit.to_owned())
        .bind(most)
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

/// The doubt about a visit.
pub async fn get(conn: &mut Conn, visit: &VisitId) -> Result<Option<Doubt>, StoreFault> {
    let sql = format!("SELECT {COLUMNS} FROM doubt WHERE visit = $1");
    let row =
        sqlx::query(sqlx::AssertSqlSafe(sql)).bind(visit.as_str().to_owned()).fetch_optional(conn).await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &AnyRow) -> Result<Doubt, StoreFault> {
    let flag = Flag::from_word(row.try_get::<&str, _>("flag")?).ok_or("unknown");
    let ruling: Option<String> = row.try_get("ruling")?;
    let ruling = ruling.map(|word| read_back("doubt.ruling", Ruling::from_word(&word).ok_or("unknown")));
    Ok(Doubt {
        visit: read_back("doubt.visit", VisitId::new(row.try_get::<String, _>("visit")?))?,
        entered_at: Instant::from_micros(row.try_get("entered_at")?),
        person: read_back("doubt.person", PersonId::new(row.try_get::<String, _>("person")?))?,
        point: read_back("doubt.point", PointId::new(row.try_get::<String, _>("point")?))?,
        region: row.try_get("region")?,
        flag: read_back("doubt.flag", flag)?,
        noted_at: Instant::from_micros(row.try_get("noted_at")?),
        ruling: ruling.transpose()?,
    })
}

/// A ruling, with its reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Ruled {
    /// When.
    pub at: Instant,
    /// Unique.
    pub id: String,
    /// What was said.
    pub ruling: Ruling,
    /// Why.
    pub reason: String,
    /// By which officer.
    pub account: AccountId,
}

/// Rules on a doubted visit: the ruling is kept beside earlier ones, and the visit counts from now on, or does not.
pub fn rule(visit: &Visit, ruled: &Ruled, forget_on: Day) -> [Statement; 3] {
    let keep = "INSERT INTO ruling (visit, at, id, ruling, reason, account, forget_on) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let table = table_of(visit.stay.from);
    let mark = format!(
        "UPDATE {table} SET cleared_by = $4, cleared_at = $5 WHERE point = $1 AND entered_at = $2 AND id = $3"
    );
    let cleared = ruled.ruling == Ruling::Cleared;
    [
        Statement::adds("ruling", keep)
            .text(visit.id.as_str())
            .at(ruled.at)
            .text(&*ruled.id)
            .text(ruled.ruling.word())
            .text(&*ruled.reason)
            .text(ruled.account.as_str())
            .day(forget_on),
        Statement::changes("doubt", "UPDATE doubt SET ruling = $2 WHERE visit = $1")
            .text(visit.id.as_str())
            .text(ruled.ruling.word()),
        Statement::changes(table, mark)
            .text(visit.point.as_str())
            .at(visit.stay.from)
            .text(visit.id.as_str())
            .text_if_any(cleared.then(|| ruled.account.as_str()))
            .at_if_any(cleared.then_some(ruled.at)),
    ]
}

/// What officers said of a visit, oldest first.
pub async fn rulings(conn: &mut Conn, visit: &VisitId) -> Result<Vec<Ruled>, StoreFault> {
    let rows =
        sqlx::query("SELECT at, id, ruling, reason, account FROM ruling WHERE visit = $1 ORDER BY at, id")
            .bind(visit.as_str().to_owned())
            .fetch_all(conn)
            .await?;
    rows.iter()
        .map(|row| {
            let ruling = Ruling::from_word(row.try_get::<&str, _>("ruling")?).ok_or("unknown");
            Ok(Ruled {
                at: Instant::from_micros(row.try_get("at")?),
                id: row.try_get("id")?,
                ruling: read_back("ruling.ruling", ruling)?,
                reason: row.try_get("reason")?,
                account: read_back("ruling.account", AccountId::new(row.try_get::<String, _>("account")?))?,
            })
        })
        .collect()
}
