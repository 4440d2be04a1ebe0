//! Evidence from a file of JSON Lines to people: every line checked, repeats dropped, conflicts refused, and then one
//! life a person, ordered by person, however large the file.

use crate::fault::Fault;
use crate::files::{self, Line};
use crate::progress::Progress;
use crate::sort::{Record, Sorter};
use clap::Args;
use healthcode_core::evidence::{Evidence, EvidenceFault};
use healthcode_core::fact::Fact;
use healthcode_core::ids::PersonId;
use healthcode_core::life::Life;
use healthcode_core::region::Region;
use healthcode_core::region_table::RegionTable;
use std::path::{Path, PathBuf};

/// Bytes of one line, at most.
const MOST_LINE_BYTES: usize = 1 << 20;
/// Bytes of a region file, at most.
const MOST_REGION_BYTES: u64 = 64 << 20;

/// Where the evidence comes from.
#[derive(Args)]
pub struct Input {
    /// Evidence, one JSON object a line, in any order; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub evidence: PathBuf,
    /// More regions (CSV: code,en,zh,parent,from,until); evidence may then name no region that is in no table
    #[arg(long, value_name = "FILE")]
    pub regions: Option<PathBuf>,
    /// Memory for sorting, beyond which temporary files are used, such as 64MiB
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = parse_size)]
    pub memory: usize,
}

/// Reads a size such as `64MiB`, `1GiB` or `100000`.
fn parse_size(text: &str) -> Result<usize, String> {
    let fault =
        || format!("{text:?} is not a size; write bytes, KiB, MiB or GiB, at least 64KiB, such as 64MiB");
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let shift = match text[digits..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kib" | "kb" => 10,
        "m" | "mib" | "mb" => 20,
        "g" | "gib" | "gb" => 30,
        _ => return Err(fault()),
    };
    let size = text[..digits].parse::<usize>().ok().and_then(|size| size.checked_mul(1 << shift));
    size.filter(|size| *size >= 64 << 10).ok_or_else(fault)
}

impl Input {
    /// Hands every person over, in byte order. Nothing of what `each` makes may be shown before this returns `Ok`: a
    /// fault may lie in the last line.
    pub fn each_person(
        &self,
        mut each: impl FnMut(&PersonId, &Life) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let reader = Reader { file: files::shown(&self.evidence), regions: self.region_table()? };
        let by_person = self.by_person(&reader)?;
        let mut progress = Progress::new("people decided");
        let mut group: Vec<Record> = Vec::new();
        for record in by_person.sorted().map_err(Fault::Temporary)? {
            let record = record.map_err(Fault::Temporary)?;
            if group.first().is_some_and(|first| first.key != record.key) {
                reader.hand_over(&group, &mut each)?;
                progress.step();
                group.clear();
            }
            group.push(record);
        }
        if group.is_empty() { Ok(()) } else { reader.hand_over(&group, &mut each) }
    }

    /// The platform's regions and those of the file; none when no file is given, for then codes are not looked up.
    fn region_table(&self) -> Result<Option<RegionTable>, Fault> {
        self.regions.as_deref().map(|path| region_table(Some(path))).transpose()
    }

    /// Sorts by id first, so that repeats and conflicts lie side by side; what is left is sorted by person.
    fn by_person(&self, reader: &Reader) -> Result<Sorter, Fault> {
        let by_id = self.by_id(reader)?;
        let mut by_person = Sorter::new(self.memory / 2);
        let mut last: Option<Record> = None;
        for record in by_id.sorted().map_err(Fault::Temporary)? {
            let record = record.map_err(Fault::Temporary)?;
            let (id, person) = id_and_person(&record);
            match &last {
                Some(last) if id_and_person(last).0 == id => {
                    let same = last.text == record.text
                        || reader.parse(last.line, &last.text)? == reader.parse(record.line, &record.text)?;
                    if !same {
                        return Err(reader.conflict(last, &record));
                    }
                }
                _ => {
                    let kept = Record { key: person.into(), line: record.line, text: record.text.clone() };
                    by_person.push(kept).map_err(Fault::Temporary)?;
                    last = Some(record);
                }
            }
        }
        Ok(by_person)
    }

    fn by_id(&self, reader: &Reader) -> Result<Sorter, Fault> {
        let mut input = files::open(&self.evidence)?;
        let mut progress = Progress::new("lines read");
        let mut by_id = Sorter::new(self.memory / 2);
        let mut bytes = Vec::new();
        let mut line = 0;
        loop {
            line += 1;
            let found = files::next_line(&mut *input, &mut bytes, MOST_LINE_BYTES);
            match found.map_err(|source| Fault::Read { file: reader.file.clone(), source })? {
                Line::End => return Ok(by_id),
                Line::TooLong => {
                    let problem = "is longer than 1 MiB; write one JSON object a line";
                    return Err(reader.fault(line, None, problem));
                }
                Line::Read => {}
            }
            let bytes =
                if line == 1 { bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes) } else { &bytes };
            let Ok(text) = std::str::from_utf8(bytes) else {
                return Err(reader.fault(line, None, "is not UTF-8; save the file as UTF-8"));
            };
            if text.trim().is_empty() {
                continue;
            }
            let evidence = reader.parse(line, text)?;
            let key = format!("{}\0{}", evidence.id, evidence.person).into_bytes().into();
            let record = Record { key, line, text: text.trim().into() };
            by_id.push(record).map_err(Fault::Temporary)?;
            progress.step();
        }
    }
}

/// Turns lines into evidence, and evidence into lives; knows where a fault lies.
struct Reader {
    file: String,
    regions: Option<RegionTable>,
}

impl Reader {
    fn fault(&self, line: u64, place: Option<String>, problem: impl ToString) -> Fault {
        Fault::Line { file: self.file.clone(), line, place, problem: problem.to_string() }
    }

    fn conflict(&self, first: &Record, second: &Record) -> Fault {
        let (first, second) = if first.line < second.line { (first, second) } else { (second, first) };
        let id = String::from_utf8_lossy(id_and_person(second).0);
        let problem = format!(
            "evidence {id} was on line {} with other content; an id is used once, changes are written as corrections",
            first.line
        );
        self.fault(second.line, Some("field id".to_owned()), problem)
    }

    fn parse(&self, line: u64, text: &str) -> Result<Evidence, Fault> {
        let evidence = Evidence::from_json(text).map_err(|fault| match fault {
            EvidenceFault::Envelope(problem) => {
                let (problem, column) = without_position(&problem);
                self.fault(line, column.map(|column| format!("column {column}")), mend(problem))
            }
            EvidenceFault::Data { kind, fault } => {
                let problem = fault.to_string();
                let (problem, _) = without_position(&problem);
                self.fault(line, Some("field data".to_owned()), mend(&format!("of kind {kind:?}: {problem}")))
            }
        })?;
        self.check_regions(line, &evidence.fact)?;
        Ok(evidence)
    }

    fn check_regions(&self, line: u64, fact: &Fact) -> Result<(), Fault> {
        let Some(table) = &self.regions else { return Ok(()) };
        let named: Vec<(&str, &Region)> = match fact {
            Fact::Declaration(d) => {
                let residence = d.residence.iter().map(|region| ("residence", region));
                d.stayed_in.iter().map(|region| ("stayed_in", region)).chain(residence).collect()
            }
            Fact::Stay(stay) => vec![("region", &stay.region)],
            Fact::Arrival(arrival) => vec![("from_country", &arrival.from_country)],
            _ => Vec::new(),
        };
        match named.into_iter().find(|(_, region)| !table.contains(region)) {
            None => Ok(()),
            Some((field, region)) => {
                let problem =
                    format!("region {region} is in no table; correct the code, or add it to --regions");
                Err(self.fault(line, Some(format!("field data.{field}")), problem))
            }
        }
    }

    /// Makes the life of one person out of the lines about them.
    fn hand_over(
        &self,
        group: &[Record],
        each: &mut impl FnMut(&PersonId, &Life) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let evidence = group.iter().map(|record| self.parse(record.line, &record.text));
        let evidence = evidence.collect::<Result<Vec<_>, Fault>>()?;
        let Some(person) = evidence.first().map(|evidence| evidence.person.clone()) else { return Ok(()) };
        self.check_corrections(group, &evidence)?;
        let ids: Vec<_> = evidence.iter().map(|evidence| evidence.id.clone()).collect();
        let life = Life::new(evidence).map_err(|fault| {
            let at = ids.iter().position(|id| id == fault.evidence()).map_or(0, |index| group[index].line);
            self.fault(at, None, format!("{fault}; correct the line, or take it out"))
        })?;
        each(&person, &life)
    }

    /// The regions of corrected data, which has the kind of its original.
    fn check_corrections(&self, group: &[Record], evidence: &[Evidence]) -> Result<(), Fault> {
        if self.regions.is_none() {
            return Ok(());
        }
        for (record, correction) in group.iter().zip(evidence) {
            if let Fact::Correction(data) = &correction.fact
                && let Some(original) = evidence.iter().find(|original| original.id == data.of)
                && let Ok(fact) = Fact::from_json(original.fact.kind(), data.data.0.get())
            {
                self.check_regions(record.line, &fact)?;
            }
        }
        Ok(())
    }
}

/// Takes a key of the first sorting apart. Ids hold no control characters, so a zero byte keeps equal ids together.
fn id_and_person(record: &Record) -> (&[u8], &[u8]) {
    let zero = record.key.iter().position(|byte| *byte == 0).unwrap_or(record.key.len());
    (&record.key[..zero], record.key.get(zero + 1..).unwrap_or_default())
}

/// JSON faults end in ` at line 1 column 57`; the line is the file's own, so only the column is of use.
fn without_position(problem: &str) -> (&str, Option<&str>) {
    match problem.rsplit_once(" at line ") {
        Some((text, position)) => (text, position.split_once(" column ").map(|(_, column)| column)),
        None => (problem, None),
    }
}

fn mend(problem: &str) -> String {
    format!("{problem}; correct the line, or take it out")
}

/// The platform's regions, and those of a file.
pub fn region_table(more: Option<&Path>) -> Result<RegionTable, Fault> {
    let mut table = RegionTable::built_in();
    if let Some(path) = more
        && let Err(faults) = table.extend(&files::read_text(path, MOST_REGION_BYTES)?)
    {
        let all: Vec<_> = faults.iter().map(ToString::to_string).collect();
        return Err(Fault::file(files::shown(path), all.join("\n  ")));
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_written_with_or_without_a_unit() {
        assert_eq!(parse_size("64MiB"), Ok(64 << 20));
        assert_eq!(parse_size("1GiB"), Ok(1 << 30));
        assert_eq!(parse_size("100000"), Ok(100_000));
        for bad in ["", "MiB", "1", "-5MiB", "1TiB", "99999999999999999999"] {
            assert!(parse_size(bad).is_err(), "{bad}");
        }
    }
}
