//! Rows of a CSV file (RFC 4180), strictly and in bounded memory.
//!
//! No field of these files may contain a line break, so a row is a line; that gives exact line numbers, and a
//! quotation mark that is never closed swallows one line, not the file.

use crate::fault::{LineFault, Table, TraceFault, cut};
use std::io::{BufRead, Read};

/// Bytes of a line that are read: two ids of 64 characters, doubly quoted, with room to spare.
const MOST: usize = 4096;
/// The most columns a table has.
const COLUMNS: usize = 5;

/// A column: its name, and whether it must be there.
pub(crate) type Column = (&'static str, bool);

/// A file of rows under a header.
pub(crate) struct Rows<R> {
    table: Table,
    reader: R,
    line: u64,
    bytes: Vec<u8>,
    unquoted: String,
    /// For each column of the file, its place among the known ones.
    order: Vec<usize>,
}

/// One row, its fields in the order of the known columns; an optional column that is not there is empty.
pub(crate) struct Row<'a> {
    pub line: u64,
    pub fields: [&'a str; COLUMNS],
}

impl<R: BufRead> Rows<R> {
    /// Reads the header: the known columns in any order, those that must be there, no others.
    pub fn open(table: Table, reader: R, known: &'static [Column]) -> Result<Self, TraceFault> {
        let (bytes, unquoted) = (Vec::with_capacity(MOST), String::new());
        let mut rows = Self { table, reader, line: 0, bytes, unquoted, order: Vec::new() };
        let found = rows.read_line()?;
        rows.order = header(rows.bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&rows.bytes), found, known)
            .map_err(|fault| TraceFault::Line { table, line: 1, fault })?;
        Ok(rows)
    }

    /// The next row; empty lines are passed over.
    pub fn next(&mut self) -> Result<Option<Row<'_>>, TraceFault> {
        loop {
            if !self.read_line()? {
                return Ok(None);
            }
            if !self.bytes.is_empty() {
                break;
            }
        }
        let (table, line) = (self.table, self.line);
        let row = fill(&self.bytes, &mut self.unquoted, &self.order);
        let fields = row.map_err(|fault| TraceFault::Line { table, line, fault })?;
        Ok(Some(Row { line, fields }))
    }

    /// Reads a line without its end into `bytes`; false at the end of the file.
    fn read_line(&mut self) -> Result<bool, TraceFault> {
        self.bytes.clear();
        let (table, line) = (self.table, self.line);
        self.reader
            .by_ref()
            .take(MOST as u64 + 2)
            .read_until(b'\n', &mut self.bytes)
            .map_err(|source| TraceFault::Read { table, line, source })?;
        if self.bytes.is_empty() {
            return Ok(false);
        }
        self.line += 1;
        if self.bytes.last() == Some(&b'\n') {
            self.bytes.pop();
        }
        if self.bytes.last() == Some(&b'\r') {
            self.bytes.pop();
        }
        if self.bytes.len() > MOST {
            return Err(TraceFault::Line {
                table,
                line: self.line,
                fault: LineFault::TooLong { most: MOST },
            });
        }
        Ok(true)
    }
}

fn header(bytes: &[u8], found: bool, known: &'static [Column]) -> Result<Vec<usize>, LineFault> {
    let names = || known.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(",");
    if !found || bytes.is_empty() {
        return Err(LineFault::NoHeader(names()));
    }
    let mut unquoted = String::new();
    let (text, separator) = as_text(bytes, &mut unquoted)?;
    let mut order = Vec::new();
    for column in text.split(separator) {
        let Some(place) = known.iter().position(|(name, _)| *name == column) else {
            return Err(LineFault::UnknownColumn { column: cut(column), known: names() });
        };
        if order.contains(&place) {
            return Err(LineFault::RepeatedColumn(known[place].0));
        }
        order.push(place);
    }
    match known.iter().enumerate().find(|(place, (_, needed))| *needed && !order.contains(place)) {
        Some((_, (name, _))) => Err(LineFault::MissingColumn(name)),
        None => Ok(order),
    }
}

fn fill<'a>(
    bytes: &'a [u8],
    unquoted: &'a mut String,
    order: &[usize],
) -> Result<[&'a str; COLUMNS], LineFault> {
    let (text, separator) = as_text(bytes, unquoted)?;
    let mut fields = [""; COLUMNS];
    let mut found = 0;
    for field in text.split(separator) {
        if let Some(place) = order.get(found) {
            fields[*place] = field;
        }
        found += 1;
    }
    if found != order.len() {
        return Err(LineFault::Fields { found, columns: order.len() });
    }
    Ok(fields)
}

/// The line as text and what separates its fields: a comma, or, where there are quotation marks, a line break,
/// which no field can contain.
fn as_text<'a>(bytes: &'a [u8], unquoted: &'a mut String) -> Result<(&'a str, char), LineFault> {
    let text = std::str::from_utf8(bytes).map_err(|_| LineFault::NotUtf8)?;
    if !bytes.contains(&b'"') {
        return Ok((text, ','));
    }
    unquoted.clear();
    unquote(text, unquoted).ok_or(LineFault::Quotes)?;
    Ok((unquoted, '\n'))
}

fn unquote(text: &str, out: &mut String) -> Option<()> {
    let mut rest = text;
    loop {
        if let Some(mut quoted) = rest.strip_prefix('"') {
            loop {
                let (before, after) = quoted.split_once('"')?;
                out.push_str(before);
                rest = after;
                match after.strip_prefix('"') {
                    Some(more) => quoted = more,
                    None => break,
                }
                out.push('"');
            }
        } else {
            let (field, after) = rest.split_at(rest.find(',').unwrap_or(rest.len()));
            if field.contains('"') {
                return None;
            }
            out.push_str(field);
            rest = after;
        }
        if rest.is_empty() {
            return Some(());
        }
        rest = rest.strip_prefix(',')?;
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unquoted(text: &str) -> Option<String> {
        let mut out = String::new();
        unquote(text, &mut out).map(|()| out)
    }

    #[test]
    fn quoted_fields_may_hold_commas_and_doubled_quotation_marks() {
        assert_eq!(unquoted(r#""a,b",c,"say ""hi""","",d"#).unwrap(), "a,b\nc\nsay \"hi\"\n\nd");
        for bad in [r#""a"#, r#""a"b,c"#, r#"a"b,c"#, r#"a,"b"#] {
            assert_eq!(unquoted(bad), None, "{bad}");
        }
    }
}
