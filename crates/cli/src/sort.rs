//! Sorting more than fits into memory: sorted runs in unnamed temporary files, merged at the end. The files have no
//! name, so the system removes them however the command ends.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

/// Runs merged at once; more than that are merged into one first.
const MOST_RUNS: usize = 32;
/// What a record costs beside its texts.
const RECORD_COST: usize = std::mem::size_of::<Record>() + 32;

/// Something to be sorted, by key and then by line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// What it is sorted by, as bytes.
    pub key: Box<[u8]>,
    /// The line it was read from.
    pub line: u64,
    /// What it carries.
    pub text: Box<str>,
}

impl Ord for Record {
    fn cmp(&self, other: &Self) -> Ordering {
        (&self.key, self.line).cmp(&(&other.key, other.line))
    }
}

impl PartialOrd for Record {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Takes records in any order and gives them back in order.
pub struct Sorter {
    memory: usize,
    used: usize,
    records: Vec<Record>,
    runs: Vec<File>,
}

impl Sorter {
    /// Keeps about `memory` bytes of records before it writes a temporary file.
    pub fn new(memory: usize) -> Self {
        Self { memory, used: 0, records: Vec::new(), runs: Vec::new() }
    }

    /// Takes a record.
    pub fn push(&mut self, record: Record) -> io::Result<()> {
        self.used += record.key.len() + record.text.len() + RECORD_COST;
        self.records.push(record);
        if self.used > self.memory { self.spill() } else { Ok(()) }
    }

    /// Everything that was taken, in order.
    pub fn sorted(mut self) -> io::Result<Merge> {
        self.records.sort_unstable();
        let memory = std::mem::take(&mut self.records).into_iter();
        Merge::new(std::mem::take(&mut self.runs), memory)
    }

    fn spill(&mut self) -> io::Result<()> {
        self.records.sort_unstable();
        let run = write_run(self.records.drain(..).map(Ok))?;
        self.used = 0;
        self.runs.push(run);
        if self.runs.len() == MOST_RUNS {
            let merged = write_run(Merge::new(std::mem::take(&mut self.runs), Vec::new().into_iter())?)?;
            self.runs.push(merged);
        }
        Ok(())
    }
}

fn write_run(records: impl Iterator<Item = io::Result<Record>>) -> io::Result<File> {
    let mut out = BufWriter::with_capacity(1 << 16, tempfile::tempfile()?);
    for record in records {
        let record = record?;
        out.write_all(&(record.key.len() as u32).to_le_bytes())?;
        out.write_all(&record.line.to_le_bytes())?;
        out.write_all(&(record.text.len() as u32).to_le_bytes())?;
        out.write_all(&record.key)?;
        out.write_all(record.text.as_bytes())?;
    }
    let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.rewind()?;
    Ok(file)
}

/// The records of a sorter in order.
pub struct Merge {
    runs: Vec<BufReader<File>>,
    memory: std::vec::IntoIter<Record>,
    /// The next record of each run (by its number) and of the memory (one number more), the smallest on top.
    heads: BinaryHeap<std::cmp::Reverse<(Record, usize)>>,
}

impl Merge {
    fn new(runs: Vec<File>, memory: std::vec::IntoIter<Record>) -> io::Result<Self> {
        let runs: Vec<_> = runs.into_iter().map(|run| BufReader::with_capacity(1 << 15, run)).collect();
        let mut merge = Self { heads: BinaryHeap::with_capacity(runs.len() + 1), runs, memory };
        for from in 0..=merge.runs.len() {
            merge.refill(from)?;
        }
        Ok(merge)
    }

    fn refill(&mut self, from: usize) -> io::Result<()> {
        let next = match self.runs.get_mut(from) {
            Some(run) => read_record(run)?,
            None => self.memory.next(),
        };
        self.heads.extend(next.map(|record| std::cmp::Reverse((record, from))));
        Ok(())
    }
}

impl Iterator for Merge {
    type Item = io::Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        let std::cmp::Reverse((record, from)) = self.heads.pop()?;
        Some(self.refill(from).map(|()| record))
    }
}

/// `None` at the end of the run.
fn read_record(run: &mut BufReader<File>) -> io::Result<Option<Record>> {
    let mut head = [0; 16];
    if run.read(&mut head[..1])? == 0 {
        return Ok(None);
    }
    run.read_exact(&mut head[1..])?;
    let [a, b, c, d, l @ .., w, x, y, z] = head;
    let mut key = vec![0; u32::from_le_bytes([a, b, c, d]) as usize];
    let mut text = vec![0; u32::from_le_bytes([w, x, y, z]) as usize];
    run.read_exact(&mut key)?;
    run.read_exact(&mut text)?;
    let text =
        String::from_utf8(text).map_err(|_| io::Error::other("it has been changed by another program"))?;
    Ok(Some(Record { key: key.into(), line: u64::from_le_bytes(l), text: text.into() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(key: u64, line: u64) -> Record {
        let key = format!("k{key}").into_bytes().into();
        Record { key, line, text: format!("text of line {line}, 人").into() }
    }

    #[test]
    fn any_amount_of_memory_gives_the_same_order() {
        // Multiplying by a number without common divisor visits every residue in a scattered order.
        let records: Vec<_> = (0..5_000).map(|n| record(n * 7_919 % 1_000, n)).collect();
        let mut want = records.clone();
        want.sort_unstable();
        for memory in [0, 1_000, 100_000, usize::MAX] {
            let mut sorter = Sorter::new(memory);
            for record in records.iter().take(if memory == 0 { 100 } else { 5_000 }) {
                sorter.push(record.clone()).unwrap();
            }
            let got: Vec<_> = sorter.sorted().unwrap().map(Result::unwrap).collect();
            if memory == 0 {
                assert!(got.len() == 100 && got.is_sorted());
            } else {
                assert_eq!(got, want, "{memory} bytes");
            }
        }
    }
}
