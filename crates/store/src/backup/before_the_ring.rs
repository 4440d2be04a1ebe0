//! A backup of a program that kept all visits in one table: they are moved to the days of the ring, as the migration does.

use super::{Line, Value};
use crate::visit_days::{TABLES, day_of, slot_of};
use healthcode_core::time::{Day, Instant};
use std::collections::{BTreeSet, HashMap};

/// The table in which all visits lay.
pub(super) const TABLE: &str = "visit";
/// Days for which a visit is kept, as the migration says.
const DAYS: i32 = 28;

fn cell<'a>(line: &'a Line, name: &str) -> Option<&'a Value> {
    line.row.iter().find(|(column, _)| column == name).map(|(_, value)| value)
}

fn text<'a>(line: &'a Line, name: &str) -> Option<&'a str> {
    match cell(line, name) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

fn day(line: &Line) -> Option<Day> {
    match cell(line, "entered_at") {
        Some(Value::Int(micros)) if line.table == TABLE => Some(day_of(Instant::from_micros(*micros))),
        _ => None,
    }
}

/// Moves the visits of one table to their days, and opens these; everything else stays as it is.
pub(super) fn moved(rows: Vec<Line>) -> Vec<Line> {
    let Some(newest) = rows.iter().filter_map(day).max() else { return rows };
    let kinds: HashMap<String, String> = rows
        .iter()
        .filter(|line| line.table == "point")
        .filter_map(|line| Some((text(line, "point")?.to_owned(), text(line, "kind")?.to_owned())))
        .collect();
    let (mut moved, mut days) = (Vec::with_capacity(rows.len()), BTreeSet::new());
    for mut line in rows {
        let Some(day) = day(&line) else {
            moved.push(line);
            continue;
        };
        if newest.0 - day.0 >= TABLES.len() as i32 {
            continue;
        }
        let kind = text(&line, "point").and_then(|point| kinds.get(point)).map_or("other", String::as_str);
        let kind = Value::Text(kind.to_owned());
        line.row.retain(|(column, _)| column != "forget_on");
        line.row.push(("kind".to_owned(), kind));
        line.row.push(("forget_on".to_owned(), Value::Int(i64::from(day.0 + DAYS))));
        line.table = TABLES[slot_of(day)].to_owned();
        moved.push(line);
        days.insert(day);
    }
    moved.extend(days.into_iter().map(slot));
    moved
}

fn slot(day: Day) -> Line {
    let numbers =
        [("slot", slot_of(day) as i64), ("day", day.0.into()), ("forget_on", (day.0 + DAYS).into())];
    let row = numbers.into_iter().map(|(name, number)| (name.to_owned(), Value::Int(number))).collect();
    Line { table: "visit_slot".to_owned(), row }
}
