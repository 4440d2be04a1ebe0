//! What can be wrong with the files of a tracing, in words for people.

use crate::seat::SeatFault;
use crate::written::Refused;
use healthcode_core::ids::IdFault;
use std::fmt;
use std::io;

/// Which of the two files.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Table {
    /// `person,place,entered_at,left_at[,grade][,kind][,seat]`
    Visits,
    /// `person,infectious_from,infectious_until`
    Cases,
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Visits => "visits",
            Self::Cases => "cases",
        })
    }
}

/// Why a tracing did not take place.
#[derive(Debug, thiserror::Error)]
pub enum TraceFault {
    /// The input could not be read.
    #[error("{table}, after line {line}: cannot be read: {source}")]
    Read {
        /// Which file.
        table: Table,
        /// The last line that was read.
        line: u64,
        /// What the system said.
        source: io::Error,
    },
    /// A line is no row of the table.
    #[error("{table}, line {line}: {fault}")]
    Line {
        /// Which file.
        table: Table,
        /// Counted from 1, the header included.
        line: u64,
        /// What is wrong.
        fault: LineFault,
    },
    /// A field of a row is wrong.
    #[error("{table}, line {line}, column {column}: {fault}")]
    Field {
        /// Which file.
        table: Table,
        /// Counted from 1, the header included.
        line: u64,
        /// The name of the column.
        column: &'static str,
        /// What is wrong.
        fault: FieldFault,
    },
    /// The result could not be written.
    #[error("the contacts cannot be written: {0}")]
    Write(#[source] io::Error),
}

impl TraceFault {
    /// The permanent code of this kind of fault.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } => "trace_unreadable",
            Self::Write(_) => "trace_unwritable",
            Self::Line { fault, .. } => match fault {
                LineFault::NoHeader(_) => "trace_no_header",
                LineFault::UnknownColumn { .. } => "trace_unknown_column",
                LineFault::MissingColumn(_) => "trace_missing_column",
                LineFault::RepeatedColumn(_) => "trace_repeated_column",
                LineFault::TooLong { .. } => "trace_line_too_long",
                LineFault::NotUtf8 => "trace_not_utf8",
                LineFault::Quotes => "trace_bad_quotes",
                LineFault::Fields { .. } => "trace_wrong_number_of_fields",
            },
            Self::Field { fault, .. } => match fault {
                FieldFault::Id(_) => "trace_bad_id",
                FieldFault::Time(_) => "trace_bad_time",
                FieldFault::NotAfter(_) => "trace_end_not_after_start",
                FieldFault::Grade(_) => "trace_bad_grade",
                FieldFault::Seat(_) => "trace_bad_seat",
                FieldFault::TooManyForms => "trace_too_many_time_forms",
                FieldFault::TooManyIds => "trace_too_many_ids",
            },
        }
    }
}

/// Why a line is no row.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LineFault {
    /// There is no first line, or it is empty.
    #[error("the column names are missing; the first line must be {0}")]
    NoHeader(String),
    /// The header has a column that is not known.
    #[error("{column:?} is no column of this file; the columns are {known}, separated by commas")]
    UnknownColumn {
        /// At most 40 characters of it.
        column: String,
        /// All columns that may be there.
        known: String,
    },
    /// The header lacks a column.
    #[error("the column {0} is missing; add it")]
    MissingColumn(&'static str),
    /// The header names a column twice.
    #[error("the column {0} is there twice; remove one")]
    RepeatedColumn(&'static str),
    /// The line is longer than any row can be.
    #[error("the line is longer than {most} bytes; is this the right file, with line ends?")]
    TooLong {
        /// What is read of a line.
        most: usize,
    },
    /// The bytes are no text.
    #[error("the line is not UTF-8; save the file as UTF-8")]
    NotUtf8,
    /// A quotation mark stands where none may.
    #[error("a quoted field must begin and end with a quotation mark on this line, and double those inside")]
    Quotes,
    /// More or fewer fields than columns.
    #[error("the line has {found} fields, the header {columns}; quote a field that contains a comma")]
    Fields {
        /// Fields on the line.
        found: usize,
        /// Columns of the header.
        columns: usize,
    },
}

/// Why a field is refused. Texts from the file are cut to 40 characters.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FieldFault {
    /// No identifier.
    #[error("{0}")]
    Id(#[from] IdFault),
    /// No time.
    #[error(
        "{0:?} is not a time from 1900 to 2199; write RFC 3339 with an offset, such as \
         2020-02-11T09:00:00+08:00, or whole unix seconds"
    )]
    Time(String),
    /// An interval that is empty or runs backwards.
    #[error("{0:?} is not after the start; the end must be later")]
    NotAfter(String),
    /// No grade.
    #[error("{0:?} is no grade; write witnessed, rotating or poster, or leave it empty")]
    Grade(String),
    /// No seat.
    #[error("{0}")]
    Seat(#[from] SeatFault),
    /// More ways of writing times than can be told apart.
    #[error("the files write times in more than 1024 ways (offsets, digits); write them all one way")]
    TooManyForms,
    /// More people or places than can be numbered.
    #[error("there are more than 4,294,967,294 different ids; split the file")]
    TooManyIds,
}

impl FieldFault {
    pub(crate) fn time(refused: Refused, text: &str) -> Self {
        match refused {
            Refused::NoTime => Self::Time(cut(text)),
            Refused::TooManyForms => Self::TooManyForms,
        }
    }
}

/// What of a foreign text is shown.
pub(crate) fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}
