//! Whom to call first, where the rules ask everybody for reports: a page of the list, beside a pass over the decisions of
//! the same people.

use crate::table::{Aim, Rounds, Row};
use crate::{Answer, ROUNDS};
use healthcode_core::ids::{AccountId, Scheme};
use healthcode_core::time::Instant;
use healthcode_server::rules_in_force::SCHEME;
use healthcode_store::bulk::{self, Cell};
use healthcode_store::seal::SealKey;
use healthcode_store::supervision::{self, Ask, Place};
use healthcode_store::{Act, Store, StoreFault, Tx, decisions};
use healthcode_testkit::world::Database;
use std::sync::Mutex;
use std::time::Instant as Watch;

/// People in one commit.
const AT_ONCE: usize = 5_000;
/// Each so many of them one is under an order.
const UNDER_ORDER: usize = 10;
/// When the list is asked for.
const AT: i64 = 1_772_413_200;
const DAY: i64 = 86_400;

struct Rows {
    table: &'static str,
    columns: &'static [&'static str],
    rows: Mutex<Vec<Vec<Cell>>>,
}

impl Act for Rows {
    type Out = ();
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<(), StoreFault> {
        let rows = std::mem::take(&mut *self.rows.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        bulk::insert(tx, self.table, self.columns, rows).await
    }
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

/// Microseconds, so many seconds before the list is asked for.
fn before(seconds: i64) -> i64 {
    (AT - seconds) * 1_000_000
}

/// Scattered as random ids are, and the last reports between an hour and three days ago.
fn who(number: usize) -> (String, i64) {
    let scattered = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (format!("{scattered:016x}"), before(3_600 + (scattered % (3 * DAY as u64)) as i64))
}

fn person(number: usize) -> Vec<Cell> {
    let (name, _) = who(number);
    let residence = text(["330106", "330102", "330108"][number % 3]);
    let hash = Cell::Bytes(number.to_be_bytes().to_vec());
    vec![
        text(&name),
        Cell::Bytes(vec![7; 110]),
        hash,
        text("declared"),
        Cell::Int(1),
        residence,
        Cell::Int(0),
        Cell::Int(99_999),
    ]
}

fn decision(number: usize) -> Vec<Cell> {
    let (name, _) = who(number);
    let body = format!("{:>700}", "{}");
    let at = Cell::Int(before(5 * DAY));
    let again = Cell::Int(before(5 * DAY));
    vec![
        text(&name),
        text(SCHEME),
        text("yellow"),
        text("Y1"),
        text("bench@1"),
        at,
        again,
        text(&body),
        Cell::Int(99_999),
    ]
}

fn duty(number: usize) -> Vec<Cell> {
    let (name, last) = who(number);
    let abnormal = if number.is_multiple_of(50) { last } else { 0 };
    let missed = if number.is_multiple_of(20) { Cell::Int(before(7_200)) } else { Cell::NoInt };
    vec![
        text(&name),
        Cell::Int(1),
        Cell::Int(before(5 * DAY)),
        Cell::Int(last),
        Cell::Int(abnormal),
        missed,
        Cell::Int(0),
        Cell::Int(99_999),
    ]
}

fn order(number: usize) -> Vec<Cell> {
    let (name, last) = who(number);
    let zeros = (0..4).map(|_| Cell::Int(0));
    let words =
        [text(&name), text("order"), text("close_contact"), text("home"), text("330106"), text("bench@1")];
    let times = [
        Cell::Int(before(5 * DAY)),
        Cell::Int(before(-9 * DAY)),
        text("officer"),
        Cell::Int(before(5 * DAY)),
        Cell::Int(last),
    ];
    words.into_iter().chain(times).chain(zeros).chain([Cell::Int(99_999)]).collect()
}

async fn load(store: &Store, people: usize) -> Answer<()> {
    type Made = fn(usize) -> Vec<Cell>;
    let tables: [(&'static str, &'static [&'static str], usize, Made); 4] = [
        (
            "person",
            &[
                "person",
                "personal",
                "document_hash",
                "assurance",
                "active",
                "residence",
                "created_at",
                "forget_on",
            ],
            1,
            person,
        ),
        (
            "decision",
            &[
                "person",
                "scheme",
                "colour",
                "reasons",
                "rule_set",
                "since",
                "decided_at",
                "body",
                "forget_on",
            ],
            1,
            decision,
        ),
        (
            "duty",
            &[
                "person",
                "reports",
                "asked_since",
                "last_report_at",
                "abnormal_at",
                "test_missed_at",
                "handled_at",
                "forget_on",
            ],
            1,
            duty,
        ),
        (
            "quarantine",
            &[
                "person",
                "id",
                "kind",
                "place",
                "region",
                "edition",
                "from_at",
                "until_at",
                "ordered_by",
                "ordered_at",
                "last_report_at",
                "abnormal_at",
                "not_met_at",
                "flagged_at",
                "handled_at",
                "forget_on",
            ],
            UNDER_ORDER,
            order,
        ),
    ];
    let mut numbers: Vec<usize> = (0..people).collect();
    numbers.sort_by_cached_key(|number| who(*number).0);
    for (table, columns, every, made) in tables {
        for some in numbers.chunks(AT_ONCE) {
            let rows = some.iter().filter(|number| number.is_multiple_of(every)).map(|number| made(*number));
            store.write(Rows { table, columns, rows: Mutex::new(rows.collect()) }).await?;
        }
    }
    Ok(())
}

/// Asks for the first page and for every hundredth after it.
pub async fn measure(people: usize, database: Database, engine: &str) -> Answer<Row> {
    let store = Store::open(&database.url(), SealKey::new(&[7; 32])?).await?;
    load(&store, people).await?;
    let (scheme, caller) = (Scheme::new(SCHEME)?, AccountId::new("officer")?);
    let at = Instant::from_seconds(AT);
    let (missed_before, late_before) = (at.plus_seconds(-DAY), Some(at.plus_seconds(-DAY / 2)));
    let ask = Ask {
        at,
        missed_before,
        late_before,
        scheme: &scheme,
        caller: &caller,
        region: "",
        only_mine: false,
        only_due: true,
    };
    let (mut pages, mut passes) = (Vec::new(), Vec::new());
    let mut after = Place { rank: 0, last_report_at: Instant::from_micros(0), person: String::new() };
    let mut conn = store.reader().await?;
    for round in 0..ROUNDS * 3 {
        let watch = Watch::now();
        let page = supervision::list(&mut conn, &ask, &after, 51).await?;
        pages.push(watch.elapsed().as_secs_f64() * 1e3);
        let last = page.last().ok_or("a page of the list")?;
        if round % 3 == 2 {
            after = Place {
                rank: last.risk().rank(),
                last_report_at: last.last_report_at,
                person: last.person.to_string(),
            };
        }
        let watch = Watch::now();
        decisions::count_by_colour(&mut conn, &scheme).await?;
        passes.push(watch.elapsed().as_secs_f64() * 1e3);
    }
    drop(conn);
    store.close().await;
    Ok(Row {
        name: format!("a page of the work list, {engine}"),
        done: format!("{people} people asked to report, one in {UNDER_ORDER} under an order"),
        figure: Rounds::times(&pages, "ms"),
        yardstick: "counting their decisions by colour",
        yard: Rounds::times(&passes, "ms"),
        aim: Aim::None,
    })
}
