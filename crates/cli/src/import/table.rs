//! A table: headings and rows of text, from CSV in any common dress or from XLSX.

use super::text;
use calamine::{DataRef, Reader, Xlsx};
use std::io::Cursor;

/// Columns of a table, at most.
const MOST_COLUMNS: usize = 1024;
/// Cells of a sheet, at most: a small file can unpack to a very large one.
const MOST_CELLS: usize = 50_000_000;

/// Headings and rows.
#[derive(Debug, Default)]
pub struct Table {
    /// Headings as written, without blanks around them.
    pub headings: Vec<String>,
    /// The rows below them, blank ones too.
    pub rows: Vec<Row>,
    /// How it was read: encoding and delimiter, or sheet.
    pub read_as: String,
}

/// One row.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// Line of the file on which it begins, or row of the sheet, from 1.
    pub line: u64,
    /// Cells without blanks around them.
    pub cells: Vec<String>,
}

impl Row {
    /// Whether nothing is written in it.
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(String::is_empty)
    }
}

/// What the caller says about the file.
#[derive(Clone, Copy, Default)]
pub struct Dress<'a> {
    /// Name of the encoding.
    pub encoding: Option<&'a str>,
    /// Name of the sheet.
    pub sheet: Option<&'a str>,
}

impl Table {
    /// Reads a file; the first row that is not blank holds the headings.
    pub fn read(bytes: &[u8], dress: Dress<'_>) -> Result<Self, String> {
        let (rows, read_as) = if bytes.starts_with(b"PK\x03\x04") {
            sheet(bytes, dress.sheet)?
        } else if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
            return Err("is an old Excel file (.xls); save it as .xlsx or CSV".to_owned());
        } else {
            let (text, encoding) = text::decode(bytes, dress.encoding)?;
            let delimiter = delimiter(&text);
            let shown = if delimiter == '\t' { "tab".to_owned() } else { format!("{delimiter:?}") };
            (split(&text, delimiter)?, format!("CSV, {encoding}, delimiter {shown}"))
        };
        let mut rows = rows.into_iter().skip_while(Row::is_blank);
        let mut headings = rows.next().ok_or("is empty; the first row must hold the headings")?.cells;
        while headings.last().is_some_and(String::is_empty) {
            headings.pop();
        }
        Ok(Self { headings, rows: rows.collect(), read_as })
    }
}

/// The commonest of comma, semicolon, tab and bar outside quotation marks on the first line that is not blank.
fn delimiter(text: &str) -> char {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let bare: String = line.split('"').step_by(2).collect();
    let count = |c: char| bare.matches(c).count();
    // Of equals the last wins, hence the comma.
    ['|', '\t', ';', ','].into_iter().max_by_key(|c| count(*c)).unwrap_or(',')
}

/// Splits CSV (RFC 4180, with any delimiter and line end); a quoted field may hold line breaks.
fn split(text: &str, delimiter: char) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    let mut characters = text.chars().peekable();
    let (mut line, mut begun) = (1, 1);
    let (mut cells, mut cell) = (Vec::new(), String::new());
    while let Some(c) = characters.next() {
        match c {
            '"' if cell.trim().is_empty() => {
                cell.clear();
                let opened = line;
                loop {
                    match characters.next() {
                        Some('"') if characters.peek() == Some(&'"') => cell.extend(characters.next()),
                        Some('"') => break,
                        Some(c) => {
                            line += u64::from(c == '\n');
                            cell.push(c);
                        }
                        None => {
                            return Err(format!(
                                "line {opened}: a quotation mark is never closed; close or remove it"
                            ));
                        }
                    }
                }
            }
            c if c == delimiter => {
                cells.push(take(&mut cell));
                if cells.len() > MOST_COLUMNS {
                    return Err(format!("line {line}: more than {MOST_COLUMNS} columns; is this a table?"));
                }
            }
            '\r' if characters.peek() == Some(&'\n') => {}
            '\r' | '\n' => {
                cells.push(take(&mut cell));
                rows.push(Row { line: begun, cells: std::mem::take(&mut cells) });
                line += 1;
                begun = line;
            }
            c => cell.push(c),
        }
    }
    if !cells.is_empty() || !cell.is_empty() {
        cells.push(take(&mut cell));
        rows.push(Row { line: begun, cells });
    }
    Ok(rows)
}

fn take(cell: &mut String) -> String {
    let taken = cell.trim().to_owned();
    cell.clear();
    taken
}

/// Reads the named sheet, else the first.
fn sheet(bytes: &[u8], named: Option<&str>) -> Result<(Vec<Row>, String), String> {
    let fault =
        |fault: calamine::XlsxError| format!("cannot be read as XLSX: {fault}; save it anew, or as CSV");
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(fault)?;
    let names = book.sheet_names();
    let name = match named {
        Some(name) if names.iter().any(|sheet| sheet == name) => name.to_owned(),
        Some(name) => return Err(format!("has no sheet {name:?}; there are {}", names.join(", "))),
        None => names.first().cloned().ok_or("has no sheet")?,
    };
    let mut cells = book.worksheet_cells_reader(&name).map_err(fault)?;
    let mut rows: Vec<Row> = Vec::new();
    let mut count = 0;
    while let Some(cell) = cells.next_cell().map_err(fault)? {
        let (row, column) = cell.get_position();
        let text = shown(cell.get_value());
        if text.is_empty() {
            continue;
        }
        let (line, column) = (u64::from(row) + 1, column as usize);
        if rows.last().is_none_or(|last| last.line < line) {
            rows.push(Row { line, cells: Vec::new() });
        }
        let Some(last) = rows.last_mut().filter(|last| last.line == line) else {
            return Err("has rows out of order; save it anew, or as CSV".to_owned());
        };
        count += (column + 1).saturating_sub(last.cells.len());
        if column >= MOST_COLUMNS || count > MOST_CELLS {
            return Err(format!("has more than {MOST_COLUMNS} columns or {MOST_CELLS} cells; split it"));
        }
        if last.cells.len() <= column {
            last.cells.resize(column + 1, String::new());
        }
        last.cells[column] = text;
    }
    Ok((rows, format!("XLSX, sheet {name}")))
}

/// A cell as a person would write it; dates as ISO.
fn shown(cell: &DataRef<'_>) -> String {
    match cell {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) => text.trim().to_owned(),
        DataRef::SharedString(text) => text.trim().to_owned(),
        DataRef::Bool(yes) => yes.to_string(),
        DataRef::DateTime(at) if at.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            if (hour, minute, second) == (0, 0, 0) {
                return date;
            }
            format!("{date} {hour:02}:{minute:02}:{second:02}")
        }
        DataRef::DateTime(duration) => duration.as_f64().to_string(),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Table {
        Table::read(text.as_bytes(), Dress::default()).unwrap()
    }

    #[test]
    fn rows_know_their_lines_and_quoted_cells_may_hold_anything() {
        let table = read("\nid;note\r\n1;\"a; \"\"b\"\"\nc\"\r\n\r\n2;x\r\n");
        assert_eq!(table.headings, ["id", "note"]);
        let seen: Vec<_> = table.rows.iter().map(|row| (row.line, row.cells.join("|"))).collect();
        assert_eq!(seen, [(3, "1|a; \"b\"\nc".to_owned()), (5, String::new()), (6, "2|x".to_owned())]);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "[a\",;\t\r\n]{0,60}") {
            let _ = Table::read(&bytes, Dress::default());
            let _ = Table::read(text.as_bytes(), Dress::default());
            let _ = Table::read(&[b"PK\x03\x04", bytes.as_slice()].concat(), Dress::default());
        }
    }

    #[test]
    fn the_delimiter_is_found() {
        for text in ["a,b\n1,2", "a;b\n1;2", "a\tb\n1\t2", "a,\"b;c;d\"\n1,2"] {
            assert_eq!(read(text).headings.len(), 2, "{text:?}");
        }
    }

    #[test]
    fn an_open_quotation_mark_is_named() {
        let fault = Table::read(b"a,b\n1,\"2\n3,4\n", Dress::default()).unwrap_err();
        assert!(fault.contains("line 2"), "{fault}");
        assert!(Table::read(b"", Dress::default()).is_err());
        assert!(Table::read(b"PK\x03\x04nonsense", Dress::default()).is_err());
    }
}
