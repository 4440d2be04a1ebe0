//! What may be asked of orders of isolation: who is under one, what came of it, and whom to call first.

use crate::engine::Conn;
use crate::seal::SealKey;
use crate::{Statement, StoreFault, read_back};
use healthcode_core::ids::{AccountId, EvidenceId, PersonId};
use healthcode_core::time::{Day, Instant};
use sqlx::Row;
use sqlx::any::AnyRow;

/// An order of isolation.
#[derive(Clone, Debug)]
pub struct Order {
    /// Under it.
    pub person: PersonId,
    /// The evidence that ordered it.
    pub id: EvidenceId,
    /// Why, in words that the person reads; empty where nobody wrote any.
    pub reason: String,
    /// Of which kind: case, close_contact, secondary_contact, arrival, risk_area, other.
    pub kind: String,
    /// central, home, monitoring.
    pub place: String,
    /// Where exactly, sealed; see [`seal_address`].
    pub address: Option<Vec<u8>>,
    /// Whose it is: the region of residence when it was ordered, until it is handed over.
    pub region: String,
    /// Rule set in force when it was ordered.
    pub edition: String,
    /// Beginning.
    pub from: Instant,
    /// End (outside).
    pub until: Instant,
    /// Who ordered it.
    pub ordered_by: AccountId,
    /// When.
    pub ordered_at: Instant,
    /// Who looks after it.
    pub officer: Option<AccountId>,
    /// The last report; the order itself, until there is one.
    pub last_report_at: Instant,
    /// When it was withdrawn or ended by evidence.
    pub closed_at: Option<Instant>,
}

const COLUMNS: &str =
    "q.person, q.id, q.kind, q.place, q.address, q.region, q.edition, q.from_at, q.until_at,
    q.ordered_by, q.ordered_at, q.officer, q.last_report_at, q.closed_at, q.reason";

fn read(row: &AnyRow) -> Result<Order, StoreFault> {
    let account = |text: String| read_back("quarantine.ordered_by", AccountId::new(text));
    let at = |column: &str| Ok::<_, StoreFault>(Instant::from_micros(row.try_get(column)?));
    Ok(Order {
        person: read_back("quarantine.person", PersonId::new(row.try_get::<String, _>("person")?))?,
        id: read_back("quarantine.id", EvidenceId::new(row.try_get::<String, _>("id")?))?,
        reason: row.try_get("reason")?,
        kind: row.try_get("kind")?,
        place: row.try_get("place")?,
        address: row.try_get("address")?,
        region: row.try_get("region")?,
        edition: row.try_get("edition")?,
        from: at("from_at")?,
        until: at("until_at")?,
        ordered_by: account(row.try_get("ordered_by")?)?,
        ordered_at: at("ordered_at")?,
        officer: row.try_get::<Option<String>, _>("officer")?.map(account).transpose()?,
        last_report_at: at("last_report_at")?,
        closed_at: row.try_get::<Option<i64>, _>("closed_at")?.map(Instant::from_micros),
    })
}

fn about(person: &PersonId) -> String {
    format!("quarantine {person}")
}

/// Seals where exactly an order is spent.
pub fn seal_address(key: &SealKey, person: &PersonId, address: &str) -> Result<Vec<u8>, StoreFault> {
    key.seal(&about(person), address.as_bytes())
}

/// Opens where exactly an order is spent.
pub fn open_address(key: &SealKey, order: &Order) -> Result<Option<String>, StoreFault> {
    let Some(sealed) = &order.address else { return Ok(None) };
    let plain = key.open(&about(&order.person), sealed)?;
    Ok(Some(read_back("quarantine.address", String::from_utf8(plain))?))
}

/// Adds an order.
pub async fn add(conn: &mut Conn, order: &Order, forget_on: Day) -> Result<(), StoreFault> {
    sqlx::query(
        "INSERT INTO quarantine (person, id, kind, place, address, region, edition, from_at, until_at, ordered_by,
           ordered_at, officer, last_report_at, abnormal_at, not_met_at, flagged_at, handled_at, closed_at, forget_on, reason)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, 0, 0, 0, NULL, $14, $15)",
    )
    .bind(order.person.as_str().to_owned())
    .bind(order.id.to_string())
    .bind(order.kind.clone())
    .bind(order.place.clone())
    .bind(order.address.clone())
    .bind(order.region.clone())
    .bind(order.edition.clone())
    .bind(order.from.micros())
    .bind(order.until.micros())
    .bind(order.ordered_by.as_str().to_owned())
    .bind(order.ordered_at.micros())
    .bind(order.officer.as_ref().map(|officer| officer.as_str().to_owned()))
    .bind(order.last_report_at.micros())
    .bind(i64::from(forget_on.0))
    .bind(order.reason.clone())
    .execute(conn)
    .await?;
    Ok(())
}

/// Orders of a person, newest first.
pub async fn of_person(conn: &mut Conn, person: &PersonId) -> Result<Vec<Order>, StoreFault> {
    let sql = format!(
        "SELECT {COLUMNS} FROM quarantine q WHERE q.person = $1 ORDER BY q.ordered_at DESC, q.id DESC"
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(person.as_str().to_owned());
    query.fetch_all(conn).await?.iter().map(read).collect()
}

/// The order of a person that was neither withdrawn nor ended, the newest of several.
pub async fn open_of(conn: &mut Conn, person: &PersonId) -> Result<Option<Order>, StoreFault> {
    Ok(of_person(conn, person).await?.into_iter().find(|order| order.closed_at.is_none()))
}

/// Moves the end of an order, and takes or gives it its close.
pub fn set_end(order: &Order, until: Instant, closed_at: Option<Instant>) -> Statement {
    let sql = "UPDATE quarantine SET until_at = $3, closed_at = $4 WHERE person = $1 AND id = $2";
    Statement::changes("quarantine", sql)
        .text(order.person.as_str())
        .text(order.id.to_string())
        .at(until)
        .at_if_any(closed_at)
}

/// Gives an order to an officer to look after.
pub fn assign(order: &Order, officer: &AccountId) -> Statement {
    let sql = "UPDATE quarantine SET officer = $3 WHERE person = $1 AND id = $2";
    Statement::changes("quarantine", sql)
        .text(order.person.as_str())
        .text(order.id.to_string())
        .text(officer.as_str())
}

/// Hands an order to the officers of another region; who looks after it there, they say.
pub fn transfer(order: &Order, region: &str) -> Statement {
    let sql = "UPDATE quarantine SET region = $3, officer = NULL WHERE person = $1 AND id = $2";
    Statement::changes("quarantine", sql).text(order.person.as_str()).text(order.id.to_string()).text(region)
}

/// Moves where an order is spent.
pub fn move_to(order: &Order, place: &str) -> Statement {
    let sql = "UPDATE quarantine SET place = $3 WHERE person = $1 AND id = $2";
    Statement::changes("quarantine", sql).text(order.person.as_str()).text(order.id.to_string()).text(place)
}

/// A report came.
pub fn reported(person: &PersonId, at: Instant, abnormal: bool) -> Statement {
    let sql = "UPDATE quarantine SET last_report_at = $2,
           abnormal_at = CASE WHEN $3 = 1 THEN $2 ELSE abnormal_at END
         WHERE person = $1 AND closed_at IS NULL";
    Statement::changes("quarantine", sql).text(person.as_str()).at(at).number(abnormal)
}

/// An officer followed up what the work list says.
pub fn handled(person: &PersonId, at: Instant) -> Statement {
    let sql = "UPDATE quarantine SET handled_at = $2 WHERE person = $1 AND closed_at IS NULL";
    Statement::changes("quarantine", sql).text(person.as_str()).at(at)
}

/// A change of an order.
#[derive(Clone, Debug)]
pub struct OrderChange {
    /// When.
    pub at: Instant,
    /// What says so; of a transfer, which is no evidence, a name of its own.
    pub evidence: EvidenceId,
    /// extended, shortened, withdrawn, transferred.
    pub action: String,
    /// The former end.
    pub until_before: Instant,
    /// The new end; none when withdrawn.
    pub until_after: Option<Instant>,
    /// Whose it was and whose it is, where it was handed over.
    pub region: Option<(String, String)>,
    /// Why.
    pub reason: String,
    /// By whom.
    pub account: AccountId,
}

/// Keeps a change with the former end.
pub fn note_change(order: &Order, change: &OrderChange, forget_on: Day) -> Statement {
    let sql = "INSERT INTO quarantine_change
         (person, at, evidence, quarantine, action, until_before, until_after, reason, account, forget_on, region_before, region_after)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    Statement::adds("quarantine_change", sql)
        .text(order.person.as_str())
        .at(change.at)
        .text(change.evidence.to_string())
        .text(order.id.to_string())
        .text(&*change.action)
        .at(change.until_before)
        .at_if_any(change.until_after)
        .text(&*change.reason)
        .text(change.account.as_str())
        .day(forget_on)
        .text_if_any(change.region.as_ref().map(|(before, _)| before.as_str()))
        .text_if_any(change.region.as_ref().map(|(_, after)| after.as_str()))
}

/// Changes of an order, oldest first.
pub async fn changes(conn: &mut Conn, order: &Order) -> Result<Vec<OrderChange>, StoreFault> {
    let rows = sqlx::query(
        "SELECT at, evidence, action, until_before, until_after, reason, account, region_before, region_after
         FROM quarantine_change
         WHERE person = $1 AND quarantine = $2 ORDER BY at, evidence",
    )
    .bind(order.person.as_str().to_owned())
    .bind(order.id.to_string())
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let (evidence, account): (String, String) = (row.try_get("evidence")?, row.try_get("account")?);
            let (before, after): (Option<String>, Option<String>) =
                (row.try_get("region_before")?, row.try_get("region_after")?);
            Ok(OrderChange {
                region: before.zip(after),
                at: Instant::from_micros(row.try_get("at")?),
                evidence: read_back("quarantine_change.evidence", EvidenceId::new(evidence))?,
                action: row.try_get("action")?,
                until_before: Instant::from_micros(row.try_get("until_before")?),
                until_after: row.try_get::<Option<i64>, _>("until_after")?.map(Instant::from_micros),
                reason: row.try_get("reason")?,
                account: read_back("quarantine_change.account", AccountId::new(account))?,
            })
        })
        .collect()
}

/// Gives the orders of one person to another, when both turn out to be the same. Addresses are sealed for the person that
/// they are kept for, so they are sealed anew.
pub async fn hand_over(
    conn: &mut Conn,
    key: &SealKey,
    from: &PersonId,
    to: &PersonId,
) -> Result<(), StoreFault> {
    for order in of_person(conn, from).await? {
        let address = open_address(key, &order)?.map(|plain| seal_address(key, to, &plain)).transpose()?;
        sqlx::query("UPDATE quarantine SET person = $3, address = $4 WHERE person = $1 AND id = $2")
            .bind(from.as_str().to_owned())
            .bind(order.id.to_string())
            .bind(to.as_str().to_owned())
            .bind(address)
            .execute(&mut *conn)
            .await?;
    }
    for table in ["quarantine_change", "door_check", "report_flag"] {
        let sql = sqlx::AssertSqlSafe(format!("UPDATE {table} SET person = $2 WHERE person = $1"));
        let moved = sqlx::query(sql).bind(from.as_str().to_owned()).bind(to.as_str().to_owned());
        moved.execute(&mut *conn).await?;
    }
    Ok(())
}
