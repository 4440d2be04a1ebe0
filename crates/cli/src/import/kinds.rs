//! What a table may hold, and what becomes of a row.

use super::columns::Field;
use super::matching::{self, Whom};
use super::reading::{RowReader, View};
use super::{Arguments, linelist, people, regions, tests, visits};
use clap::ValueEnum;
use healthcode_core::evidence::Evidence;
use healthcode_core::time::Zone;

/// Kinds of tables.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Kind {
    /// Cases, one a row
    Linelist,
    /// People with documents and phones
    People,
    /// Test results
    Tests,
    /// Visits to places
    Visits,
    /// Regions
    Regions,
}

impl Kind {
    /// The fields of the kind; in a database, evidence is about people who are found there.
    pub fn fields(self, to_database: bool) -> Vec<Field> {
        match self {
            Self::Linelist if to_database => matching::fields(linelist::FIELDS, "case_id"),
            Self::Tests if to_database => matching::fields(tests::FIELDS, "person"),
            Self::Linelist => linelist::FIELDS.to_vec(),
            Self::People => people::FIELDS.to_vec(),
            Self::Tests => tests::FIELDS.to_vec(),
            Self::Visits => visits::FIELDS.to_vec(),
            Self::Regions => regions::FIELDS.to_vec(),
        }
    }

    /// The first line of the result, where it is CSV.
    pub fn header(self) -> Option<&'static str> {
        match self {
            Self::Linelist | Self::Tests | Self::People => None,
            Self::Visits => Some("person,place,entered_at,left_at,grade"),
            Self::Regions => Some("code,en,zh,parent,from,until"),
        }
    }

    /// What reads the rows.
    pub fn reader(self, view: &View<'_>, arguments: &Arguments) -> Result<Box<dyn RowReader>, String> {
        Ok(match self {
            Self::Linelist => Box::new(linelist::Cases::new(view)?),
            Self::People => Box::new(people::People::new(view)?),
            Self::Tests => Box::new(tests::Tests::new(view, arguments.assay)?),
            Self::Visits => Box::new(visits::Visits),
            Self::Regions => Box::new(regions::Regions),
        })
    }
}

/// What a good row became.
#[derive(Debug)]
pub enum Stored {
    /// Evidence.
    Evidence(EvidenceRow),
    /// A person.
    Person(people::PersonRow),
    /// A visit.
    Visit(visits::VisitRow),
    /// A region, as its fields.
    Region([String; 6]),
}

/// The evidence of a row.
#[derive(Debug)]
pub struct EvidenceRow {
    /// How its person is found in a database.
    pub whom: Whom,
    /// What the laboratory calls the sample, for a test.
    pub sample: Option<String>,
    /// One piece or more, under the ids of the file.
    pub evidence: Vec<Evidence>,
}

impl Stored {
    /// Its lines in the result.
    pub fn lines(&self, zone: &Zone) -> Vec<String> {
        match self {
            Self::Evidence(row) => row.evidence.iter().map(Evidence::to_json).collect(),
            Self::Person(_) => Vec::new(),
            Self::Visit(visit) => vec![visit.line(zone)],
            Self::Region(fields) => vec![csv_line(fields)],
        }
    }
}

/// One line of CSV without its end.
pub fn csv_line(fields: &[impl AsRef<str>]) -> String {
    let fields: Vec<_> = fields.iter().map(|field| quoted(field.as_ref())).collect();
    fields.join(",")
}

fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) || field.starts_with('#') {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}
