//! Going through the rows of a table: each is stored, refused or skipped.

use super::Arguments;
use super::columns::Columns;
use super::dates::{self, Column, Order, When};
use super::kinds::Stored;
use super::table::{Row, Table};
use crate::progress::Progress;
use healthcode_core::ids::PersonId;
use healthcode_core::region_table::RegionTable;
use healthcode_core::time::Zone;
use std::collections::{BTreeMap, HashSet};

/// What reads the rows of one kind.
pub trait RowReader {
    /// Makes something of a row, or says why not.
    fn read(&mut self, view: &View<'_>, row: &Row) -> Result<Stored, String>;

    /// After the last row: rows (by place) to be refused in view of the others.
    fn settle(&mut self, _view: &View<'_>, _stored: &[(usize, Stored)]) -> Vec<(usize, String)> {
        Vec::new()
    }

    /// What else is worth saying.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}

/// How the rows of a table are seen.
pub struct View<'a> {
    /// The table.
    pub table: &'a Table,
    /// Which column holds what.
    pub columns: Columns,
    /// Zone of times that name none.
    pub zone: &'a Zone,
    /// Put before ids.
    pub prefix: &'a str,
    /// Known regions.
    pub regions: &'a RegionTable,
    /// Whether the rows go into a database.
    pub to_database: bool,
    orders: BTreeMap<&'static str, Order>,
}

impl View<'_> {
    /// A field of a row; `None` when nothing is there.
    pub fn text<'r>(&self, row: &'r Row, field: &str) -> Option<&'r str> {
        self.columns.get(row, field)
    }

    /// A field that must be there.
    pub fn needed<'r>(&self, row: &'r Row, field: &str) -> Result<&'r str, String> {
        self.text(row, field).ok_or_else(|| format!("no {field}"))
    }

    /// A time; `None` when nothing is there.
    pub fn time(&self, row: &Row, field: &'static str) -> Result<Option<When>, String> {
        let Some(text) = self.text(row, field) else { return Ok(None) };
        let order = self.orders.get(field).copied().unwrap_or(Order::Dmy);
        let when =
            dates::read(text, order).filter(|when| (1900..2200).contains(&when.day(self.zone).ymd().0));
        let cut: String = text.chars().take(40).collect();
        when.map(Some).ok_or_else(|| format!("{field}: {cut:?} is not a date"))
    }

    /// A person's id, with the prefix.
    pub fn person(&self, row: &Row, field: &str) -> Result<PersonId, String> {
        let text = self.needed(row, field)?;
        PersonId::new(format!("{}{text}", self.prefix)).map_err(|fault| format!("{field}: {fault}"))
    }
}

/// What came of a table.
pub struct Reading {
    /// Good rows, by place in the table.
    pub stored: Vec<(usize, Stored)>,
    /// How many of them a database has taken.
    pub taken: u64,
    /// Refused rows, by place in the table, with the reason.
    pub refused: Vec<(usize, String)>,
    /// Blank rows and exact repeats.
    pub skipped: u64,
    /// Field and heading of each column used.
    pub used: Vec<(&'static str, String)>,
    /// Headings of the others.
    pub not_used: Vec<String>,
    /// What else is worth saying.
    pub notes: Vec<String>,
}

impl Reading {
    /// Reads all rows. A fault is one of the whole file.
    pub fn of(table: &Table, arguments: &Arguments, regions: &RegionTable) -> Result<Self, String> {
        let to_database = arguments.database.is_some();
        let columns = Columns::find(table, arguments.kind.fields(to_database), &arguments.map)?;
        let (orders, mut notes) = orders(table, &columns, arguments.dates)?;
        notes.insert(0, format!("read as {}", table.read_as));
        let (zone, prefix) = (&arguments.zone, arguments.prefix.as_str());
        let view = View { table, columns, zone, prefix, regions, to_database, orders };
        let mut reader = arguments.kind.reader(&view, arguments)?;
        let mut reading = Self {
            stored: Vec::new(),
            taken: 0,
            refused: Vec::new(),
            skipped: 0,
            used: view.columns.used(table).map(|(field, heading)| (field, heading.to_owned())).collect(),
            not_used: view.columns.not_used(table).map(str::to_owned).collect(),
            notes,
        };
        reading.take_rows(&view, &mut *reader);
        for (at, reason) in reader.settle(&view, &reading.stored).into_iter().rev() {
            let (place, _) = reading.stored.remove(at);
            reading.refused.push((place, reason));
        }
        reading.refused.sort_by_key(|(place, _)| *place);
        reading.notes.extend(reader.notes());
        Ok(reading)
    }

    fn take_rows(&mut self, view: &View<'_>, reader: &mut dyn RowReader) {
        let mut progress = Progress::new("rows read");
        let mut seen: HashSet<&[String]> = HashSet::new();
        for (place, row) in view.table.rows.iter().enumerate() {
            progress.step();
            let cells = row.cells.as_slice();
            let end = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
            if row.is_blank() || !seen.insert(&cells[..end]) {
                self.skipped += 1;
                continue;
            }
            let known = view.table.headings.len();
            let outcome = if end > known {
                Err(format!("{end} cells under {known} headings; quote a cell that contains the delimiter"))
            } else {
                reader.read(view, row)
            };
            match outcome {
                Ok(stored) => self.stored.push((place, stored)),
                Err(reason) => self.refused.push((place, reason)),
            }
        }
    }

    /// Rows that are stored, or would be.
    pub fn count_stored(&self) -> u64 {
        self.taken + self.stored.len() as u64
    }

    /// Rows that were read.
    pub fn read(&self) -> u64 {
        self.count_stored() + self.refused.len() as u64 + self.skipped
    }
}

/// The order of each column of times: what the caller says, else what the column says, else what the other columns of
/// the file agree on.
fn orders(
    table: &Table,
    columns: &Columns,
    said: Option<Order>,
) -> Result<(BTreeMap<&'static str, Order>, Vec<String>), String> {
    let mut orders = BTreeMap::new();
    let (mut open, mut notes) = (Vec::new(), Vec::new());
    for (field, place) in columns.times() {
        let heading = &table.headings[place];
        let texts = table.rows.iter().filter_map(|row| columns.get(row, field));
        match (said, dates::look_at(texts)) {
            (_, Column::Any) => {}
            (Some(order), _) => drop(orders.insert(field, order)),
            (None, Column::Only(order)) => drop(orders.insert(field, order)),
            (None, Column::Open(example)) => open.push((field, heading, example)),
            (None, Column::Mixed(one, other)) => {
                return Err(format!(
                    "column {heading:?}: {one:?} and {other:?} cannot both be right; say --dates dmy or --dates mdy, \
                     and rows that do not fit are refused"
                ));
            }
        }
    }
    let mut decided: Vec<_> = orders.values().copied().collect();
    decided.dedup();
    for (field, heading, example) in open {
        // Only a file whose other columns are of one mind tells how this one is meant.
        let [order] = decided[..] else {
            return Err(format!(
                "column {heading:?}: it cannot be told whether the day or the month comes first, as in {example:?}; \
                 say --dates dmy or --dates mdy"
            ));
        };
        let first = if order == Order::Mdy { "month" } else { "day" };
        notes.push(format!(
            "column {heading:?} could be read either way; read {first} first, as the other columns are"
        ));
        orders.insert(field, order);
    }
    Ok((orders, notes))
}
