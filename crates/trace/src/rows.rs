//! Rows of a CSV file (RFC 4180), strictly and in bounded memory.
//!
//! No field of these files may contain a line break, so a row is a line; that gives exact line numbers, and a
//! quotation mark that is never closed swallows one line, not the file.

use crate::fault::{FieldFault, LineFault, Table, TraceFault, cut};
use std::io::{BufRead, Read};

/// Bytes of a line that are read: two ids of 64 characters and a kind, doubly quoted, with room to spare.
pub(crate) const MOST: usize = 4096;
/// The most columns a table has.
pub(crate) const COLUMNS: usize = 7;

/// A column: its name, and whether it must be there.
pub(crate) type Column = (&'static str, bool);

/// One row, its fields in the order of the known columns; an optional column that is not there is empty.
pub(crate) struct Row<'a> {
    pub fields: [&'a str; COLUMNS],
}

/// What can be wrong with a row.
pub(crate) enum RowFault {
    /// With the line.
    Line(LineFault),
    /// With a field.
    Field(FieldFault),
}

/// For each column of the file, its place among the known ones.
pub(crate) struct Header(Vec<usize>);

impl Header {
    /// Reads the first line: the known columns in any order, those that must be there, no others.
    pub fn read(
        table: Table,
        reader: &mut impl BufRead,
        known: &'static [Column],
    ) -> Result<Self, TraceFault> {
        let mut bytes = Vec::new();
        reader.take(MOST as u64 + 2).read_until(b'\n', &mut bytes).map_err(|source| TraceFault::Read {
            table,
            line: 0,
            source,
        })?;
        let line = without_end(&bytes);
        let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        Self::of_line(line, known).map_err(|fault| TraceFault::Line { table, line: 1, fault })
    }

    fn of_line(bytes: &[u8], known: &'static [Column]) -> Result<Self, LineFault> {
        let names = || known.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(",");
        if bytes.is_empty() {
            return Err(LineFault::NoHeader(names()));
        }
        if bytes.len() > MOST {
            return Err(LineFault::TooLong { most: MOST });
        }
        let mut unquoted = String::new();
        let text = std::str::from_utf8(bytes).map_err(|_| LineFault::NotUtf8)?;
        let (text, separator) = separated(text, &mut unquoted)?;
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
            None => Ok(Self(order)),
        }
    }
}

/// A line without its end.
fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Hands every row of a block of whole lines to `each`, with the number of its line in the block from 0; empty lines
/// are passed over. How many lines there are; or line, column and fault of the first that is wrong.
pub(crate) fn each_row(
    block: &[u8],
    header: &Header,
    unquoted: &mut String,
    mut each: impl FnMut(u64, &Row<'_>) -> Result<(), (usize, RowFault)>,
) -> Result<u64, (u64, usize, RowFault)> {
    let (text, is_text) = as_text(block);
    let bytes = text.as_bytes();
    let mut row = Unfinished::default();
    let mut number = 0;
    for at in memchr::memchr3_iter(b',', b'\n', b'"', bytes) {
        match bytes[at] {
            b'\n' => {
                finish(&mut row, text, at, header, unquoted, |row| each(number, row))
                    .map_err(|(column, fault)| (number, column, fault))?;
                number += 1;
                row = Unfinished { line: at + 1, field: at + 1, ..Unfinished::default() };
            }
            b'"' => row.quoted = true,
            _ => {
                row.put(header, &text[row.field..at]);
                row.field = at + 1;
            }
        }
    }
    if !is_text {
        let length = memchr::memchr(b'\n', &block[row.line..]).unwrap_or(block.len() - row.line);
        let fault = if length > MOST + 1 { LineFault::TooLong { most: MOST } } else { LineFault::NotUtf8 };
        return Err((number, 0, fault.into()));
    }
    if row.line < bytes.len() {
        finish(&mut row, text, bytes.len(), header, unquoted, |row| each(number, row))
            .map_err(|(column, fault)| (number, column, fault))?;
        number += 1;
    }
    Ok(number)
}

/// Hands over the row whose line ends at `end`.
fn finish<'a>(
    row: &mut Unfinished<'a>,
    text: &'a str,
    end: usize,
    header: &Header,
    unquoted: &mut String,
    each: impl FnOnce(&Row<'_>) -> Result<(), (usize, RowFault)>,
) -> Result<(), (usize, RowFault)> {
    let line = &text[row.line..end];
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.len() > MOST {
        return Err((0, LineFault::TooLong { most: MOST }.into()));
    }
    if line.is_empty() {
        return Ok(());
    }
    let fields = if row.quoted {
        unquote_fields(line, unquoted, header)
    } else {
        // A comma before the end of the line leaves an empty field, a carriage return ends it.
        let end = row.line + line.len();
        row.put(header, &text[row.field.min(end)..end]);
        row.fields(header)
    };
    each(&Row { fields: fields.map_err(|fault| (0, fault.into()))? })
}

/// The whole lines that are UTF-8, and whether that is all.
fn as_text(block: &[u8]) -> (&str, bool) {
    match std::str::from_utf8(block) {
        Ok(text) => (text, true),
        Err(fault) => {
            let lines = memchr::memrchr(b'\n', &block[..fault.valid_up_to()]).map_or(0, |at| at + 1);
            // Cannot fail: it ends before what is not UTF-8, behind a line.
            (std::str::from_utf8(&block[..lines]).unwrap_or_default(), false)
        }
    }
}

/// A row whose line has not ended yet.
#[derive(Default)]
struct Unfinished<'a> {
    line: usize,
    field: usize,
    found: usize,
    quoted: bool,
    fields: [&'a str; COLUMNS],
}

impl<'a> Unfinished<'a> {
    fn put(&mut self, header: &Header, field: &'a str) {
        if let Some(place) = header.0.get(self.found) {
            self.fields[*place] = field;
        }
        self.found += 1;
    }

    fn fields(&self, header: &Header) -> Result<[&'a str; COLUMNS], LineFault> {
        let (found, columns) = (self.found, header.0.len());
        if found == columns { Ok(self.fields) } else { Err(LineFault::Fields { found, columns }) }
    }
}

/// The fields of a line that has quotation marks.
fn unquote_fields<'a>(
    line: &str,
    unquoted: &'a mut String,
    header: &Header,
) -> Result<[&'a str; COLUMNS], LineFault> {
    unquoted.clear();
    unquote(line, unquoted).ok_or(LineFault::Quotes)?;
    let mut row = Unfinished::default();
    unquoted.split('\n').for_each(|field| row.put(header, field));
    row.fields(header)
}

/// The line as text and what separates its fields: a comma, or, where there are quotation marks, a line break,
/// which no field can contain.
fn separated<'a>(text: &'a str, unquoted: &'a mut String) -> Result<(&'a str, char), LineFault> {
    if !text.contains('"') {
        return Ok((text, ','));
    }
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
