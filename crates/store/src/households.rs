//! What may be asked of households: for which nights two adults said that they sleep under one roof, or an officer
//! recorded it of somebody. Kinship is nowhere in it. The nights become stays only where the tracing of a case asks.

use crate::engine::Conn;
use crate::visits::Visit;
use crate::{Statement, StoreFault, household_moves, read_back};
use healthcode_core::ids::{AccountId, PersonId, PointId, VisitId};
use healthcode_core::time::{Day, Instant, Interval, Zone};
use sqlx::Row;
use sqlx::any::AnyRow;

/// Hours after local midnight at which a night begins, and at which it ends the next morning: this project's choice.
const NIGHT_HOURS: (i64, i64) = (20, 8);

/// On what a household rests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Basis {
    /// Two adults said so, each on a device of their own.
    Agreed,
    /// An officer recorded it.
    Officer,
}

impl Basis {
    /// The word used in the database and in interfaces.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Agreed => "agreed",
            Self::Officer => "officer",
        }
    }
}

/// A household.
#[derive(Clone, Debug, PartialEq)]
pub struct Household {
    /// Its id; the place of its stays.
    pub household: PointId,
    /// On what it rests.
    pub basis: Basis,
    /// The first night, by the local date of its evening.
    pub first_night: Day,
    /// The last one.
    pub last_night: Day,
    /// When the first of the two said so.
    pub proposed_at: Instant,
    /// Who that was.
    pub proposed_by: AccountId,
    /// The other one, who becomes a member by saying so, too; none where an officer recorded it.
    pub invited: Option<PersonId>,
    /// When the other one did; none while it is a proposal.
    pub agreed_at: Option<Instant>,
    /// When somebody ended it; nights before stay what they were.
    pub ended_at: Option<Instant>,
    /// An officer's reason; empty otherwise.
    pub reason: String,
    /// Why an officer ended it; empty otherwise.
    pub end_reason: String,
}

/// Somebody of a household.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Who.
    pub person: PersonId,
    /// The adult who said that she sleeps there, too; none for an adult.
    pub follows: Option<PersonId>,
    /// Since when she belongs to it.
    pub joined_at: Instant,
    /// When she left.
    pub left_at: Option<Instant>,
}

/// Adds a household.
pub fn add(household: &Household, forget_on: Day) -> Statement {
    let sql = "INSERT INTO household (household, basis, first_night, last_night, proposed_at, proposed_by, invited, agreed_at,
           reason, forget_on) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    Statement::adds("household", sql)
        .text(household.household.as_str())
        .text(household.basis.word())
        .day(household.first_night)
        .day(household.last_night)
        .at(household.proposed_at)
        .text(household.proposed_by.as_str())
        .text_if_any(household.invited.as_ref().map(PersonId::as_str))
        .at_if_any(household.agreed_at)
        .text(&*household.reason)
        .day(forget_on)
}

/// Adds a member.
pub fn add_member(household: &PointId, member: &Member, forget_on: Day) -> Statement {
    let sql = "INSERT INTO household_member (person, household, follows, joined_at, forget_on)
         VALUES ($1, $2, $3, $4, $5)";
    Statement::adds("household_member", sql)
        .text(member.person.as_str())
        .text(household.as_str())
        .text_if_any(member.follows.as_ref().map(PersonId::as_str))
        .at(member.joined_at)
        .day(forget_on)
}

/// The other one says so, too.
pub fn agree(household: &PointId, at: Instant) -> Statement {
    let sql =
        "UPDATE household SET agreed_at = $2 WHERE household = $1 AND agreed_at IS NULL AND ended_at IS NULL";
    Statement::changes("household", sql).text(household.as_str()).at(at)
}

/// Ends a household, or takes a proposal back; an officer says why.
pub fn end(household: &PointId, at: Instant, by: &AccountId, reason: &str) -> Statement {
    let sql = "UPDATE household SET ended_at = $2, ended_by = $3, end_reason = $4
         WHERE household = $1 AND ended_at IS NULL";
    Statement::changes("household", sql).text(household.as_str()).at(at).text(by.as_str()).text(reason)
}

/// The kind of the place where a household's nights are spent.
pub const KIND: &str = "household";

/// Asks for the reconciliation of every case among the members.
pub fn ask_for_cases(household: &PointId, at: Instant, forget_on: Day) -> Statement {
    let sql = "INSERT INTO work (kind, key, due_at, leased_until, revision, forget_on)
         SELECT DISTINCT 'reconcile', member.person, CAST($1 AS BIGINT), 0, 1, CAST($2 AS BIGINT)
         FROM household_member member JOIN case_window ON case_window.person = member.person
         WHERE member.household = $3
         ON CONFLICT (kind, key) DO UPDATE SET revision = work.revision + 1";
    Statement::changes("work", sql).at(at).day(forget_on).text(household.as_str())
}

const COLUMNS: &str = "household.household, basis, first_night, last_night, proposed_at, proposed_by, invited, agreed_at, ended_at, reason, end_reason";

/// A household.
pub async fn get(conn: &mut Conn, household: &PointId) -> Result<Option<Household>, StoreFault> {
    let sql = format!("SELECT {COLUMNS} FROM household WHERE household = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(household.as_str().to_owned());
    row.fetch_optional(conn).await?.as_ref().map(read).transpose()
}

/// Households of a person, proposals and ended ones, too; the newest first.
pub async fn of_person(conn: &mut Conn, person: &PersonId) -> Result<Vec<Household>, StoreFault> {
    let sql = format!(
        "SELECT {COLUMNS} FROM household WHERE household.household IN (
           SELECT household FROM household_member WHERE person = $1
           UNION SELECT household FROM household WHERE invited = $1)
         ORDER BY proposed_at DESC, household.household"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(person.as_str().to_owned()).fetch_all(conn).await?;
    rows.iter().map(read).collect()
}

/// Everyone of a household, those who left, too.
pub async fn members(conn: &mut Conn, household: &PointId) -> Result<Vec<Member>, StoreFault> {
    let rows = sqlx::query(
        "SELECT person, follows, joined_at, left_at FROM household_member WHERE household = $1
         ORDER BY joined_at, person",
    )
    .bind(household.as_str().to_owned())
    .fetch_all(conn)
    .await?;
    rows.iter().map(read_member).collect()
}

/// Gives the households of one person to another, for good.
pub async fn hand_over(conn: &mut Conn, from: &PersonId, to: &PersonId) -> Result<(), StoreFault> {
    household_moves::give(conn, from, to).await?;
    // Whoever entered this number is the one who was asked.
    let sql = "UPDATE household SET invited = $2 WHERE invited = $1";
    let rows = sqlx::query(sql).bind(from.as_str().to_owned()).bind(to.as_str().to_owned());
    rows.execute(conn).await?;
    Ok(())
}

/// Nights of a person under one roof with others that share time with a span, as stays at the household: only for the
/// tracing of a case.
pub async fn stays_of(
    conn: &mut Conn,
    person: &PersonId,
    span: Interval,
    zone: &Zone,
) -> Result<Vec<Visit>, StoreFault> {
    let mut stays = Vec::new();
    for household in of_person(conn, person).await? {
        for member in members(conn, &household.household).await?.iter().filter(|one| one.person == *person) {
            stays.extend(nights(&household, member, span, zone)?);
        }
    }
    stays.sort_by(|a: &Visit, b| (a.stay.from, &a.id).cmp(&(b.stay.from, &b.id)));
    Ok(stays)
}

/// Nights of everyone of a household that share time with a span: only for the tracing of a case.
pub async fn stays_at(
    conn: &mut Conn,
    household: &PointId,
    span: Interval,
    zone: &Zone,
) -> Result<Vec<Visit>, StoreFault> {
    let Some(known) = get(conn, household).await? else { return Ok(Vec::new()) };
    let mut stays = Vec::new();
    for member in members(conn, household).await? {
        stays.extend(nights(&known, &member, span, zone)?);
    }
    stays.sort_by(|a: &Visit, b| (a.stay.from, &a.person).cmp(&(b.stay.from, &b.person)));
    Ok(stays)
}

/// The nights of a member that share time with a span; none of a proposal.
fn nights(
    household: &Household,
    member: &Member,
    span: Interval,
    zone: &Zone,
) -> Result<Vec<Visit>, StoreFault> {
    let Some(agreed_at) = household.agreed_at else { return Ok(Vec::new()) };
    // Whoever is there from the beginning was there on every night that was stated; whoever came later, since then.
    let since = Some(member.joined_at).filter(|joined_at| *joined_at > agreed_at);
    let until = [household.ended_at, member.left_at].into_iter().flatten().min();
    let first = household.first_night.0.max(zone.day_of(span.from).0 - 1);
    let last = household.last_night.0.min(zone.day_of(span.until).0);
    let mut stays = Vec::new();
    for day in first..=last {
        let (evening, morning) = NIGHT_HOURS;
        let from = zone.start_of(Day(day)).plus_seconds(evening * 3_600);
        let to = zone.start_of(Day(day + 1)).plus_seconds(morning * 3_600);
        let (from, to) =
            (since.map_or(from, |since| from.max(since)), until.map_or(to, |until| to.min(until)));
        let Some(stay) = Interval::new(from, to).filter(|stay| stay.overlap(&span).is_some()) else {
            continue;
        };
        stays.push(night(household, member, Day(day), stay)?);
    }
    Ok(stays)
}

fn night(household: &Household, member: &Member, day: Day, stay: Interval) -> Result<Visit, StoreFault> {
    let place: String = household.household.as_str().chars().take(32).collect();
    let whose: String = member.person.as_str().chars().take(16).collect();
    let grade = match household.basis {
        Basis::Officer => "witnessed",
        Basis::Agreed => "rotating",
    };
    Ok(Visit {
        id: read_back("household.household", VisitId::new(format!("{place}-{whose}-{}", day.0)))?,
        point: household.household.clone(),
        person: member.person.clone(),
        stay,
        assumed: false,
        open: false,
        grade: grade.to_owned(),
        kind: KIND.to_owned(),
        seat: None,
        part: None,
        way: None,
        flag: None,
        cleared_at: None,
    })
}

fn read(row: &AnyRow) -> Result<Household, StoreFault> {
    let day = |column: &str| Ok::<_, StoreFault>(Day(row.try_get::<i64, _>(column)? as i32));
    let at =
        |column: &str| Ok::<_, StoreFault>(row.try_get::<Option<i64>, _>(column)?.map(Instant::from_micros));
    let basis = match row.try_get::<&str, _>("basis")? {
        "agreed" => Ok(Basis::Agreed),
        "officer" => Ok(Basis::Officer),
        _ => Err("neither agreed nor officer"),
    };
    let invited: Option<String> = row.try_get("invited")?;
    let account = AccountId::new(row.try_get::<String, _>("proposed_by")?);
    Ok(Household {
        household: read_back("household.household", PointId::new(row.try_get::<String, _>("household")?))?,
        basis: read_back("household.basis", basis)?,
        first_night: day("first_night")?,
        last_night: day("last_night")?,
        proposed_at: Instant::from_micros(row.try_get("proposed_at")?),
        proposed_by: read_back("household.proposed_by", account)?,
        invited: invited.map(|text| read_back("household.invited", PersonId::new(text))).transpose()?,
        agreed_at: at("agreed_at")?,
        ended_at: at("ended_at")?,
        reason: row.try_get("reason")?,
        end_reason: row.try_get("end_reason")?,
    })
}

fn read_member(row: &AnyRow) -> Result<Member, StoreFault> {
    let follows: Option<String> = row.try_get("follows")?;
    Ok(Member {
        person: read_back("household_member.person", PersonId::new(row.try_get::<String, _>("person")?))?,
        follows: follows
            .map(|text| read_back("household_member.follows", PersonId::new(text)))
            .transpose()?,
        joined_at: Instant::from_micros(row.try_get("joined_at")?),
        left_at: row.try_get::<Option<i64>, _>("left_at")?.map(Instant::from_micros),
    })
}
