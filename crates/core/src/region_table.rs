//! Which regions there are: names in both languages, what lies in what, and from when to when.

use crate::region::Region;
use crate::time::Day;
use std::collections::BTreeMap;

/// The columns of a region file, in this order.
pub const COLUMNS: [&str; 6] = ["code", "en", "zh", "parent", "from", "until"];

/// A language that names are written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    /// English.
    English,
    /// Chinese.
    Chinese,
}

/// One region of a table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegionEntry {
    /// English name.
    pub en: Box<str>,
    /// Chinese name.
    pub zh: Box<str>,
    /// The region it is counted to; none for a country.
    pub parent: Option<Region>,
    /// The first day on which it exists; none: since before anything recorded.
    pub from: Option<Day>,
    /// The first day on which it exists no more; none: it still does.
    pub until: Option<Day>,
}

impl RegionEntry {
    /// Whether the region exists on that day.
    pub fn exists_on(&self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day < until)
    }
}

/// One mistake in a region file.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}, {column}: {problem}")]
pub struct RegionTableFault {
    /// Counted from 1, comments included.
    pub line: usize,
    /// The column, or `row`.
    pub column: &'static str,
    /// What is wrong and how to mend it.
    pub problem: String,
}

/// Regions by code.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RegionTable {
    entries: BTreeMap<Region, RegionEntry>,
}

/// The table that comes with the platform.
const BUILT_IN: &str = include_str!("../../../regions/regions.csv");

impl RegionTable {
    /// The table that comes with the platform, `regions/regions.csv`.
    pub fn built_in() -> Self {
        let mut table = Self::default();
        let read = table.extend(BUILT_IN);
        // A test keeps the file that is compiled in free of mistakes.
        debug_assert_eq!(read, Ok(()));
        table
    }

    /// Adds the regions of a file. A region that is there already is replaced. On a mistake nothing is added and every
    /// mistake is returned, by line.
    ///
    /// The file is CSV in UTF-8 with the header `code,en,zh,parent,from,until`; lines that start with `#` and blank
    /// lines are passed over, `parent` and the dates (`2020-02-11`, the last not included) may be empty. A parent is a
    /// region of the file or of the table.
    pub fn extend(&mut self, csv: &str) -> Result<(), Vec<RegionTableFault>> {
        let mut faults = Vec::new();
        let mut header = false;
        let mut new: BTreeMap<Region, (usize, RegionEntry)> = BTreeMap::new();
        for (index, text) in csv.strip_prefix('\u{FEFF}').unwrap_or(csv).lines().enumerate() {
            let line = index + 1;
            if text.trim().is_empty() || text.starts_with('#') {
                continue;
            }
            let row = match fields(text) {
                Ok(row) => row,
                Err(problem) => {
                    faults.push(RegionTableFault { line, column: "row", problem });
                    continue;
                }
            };
            if !header {
                header = true;
                if row != COLUMNS {
                    let problem = format!("the first line must be {}", COLUMNS.join(","));
                    return Err(vec![RegionTableFault { line, column: "row", problem }]);
                }
                continue;
            }
            if let Some((code, entry)) = read_row(line, &row, &mut faults) {
                match new.get(&code) {
                    Some((earlier, _)) => {
                        let problem = format!("{code} is on line {earlier} already; remove one of them");
                        faults.push(RegionTableFault { line, column: "code", problem });
                    }
                    None => drop(new.insert(code, (line, entry))),
                }
            }
        }
        if !header {
            let problem = format!("the file is empty; its first line must be {}", COLUMNS.join(","));
            faults.push(RegionTableFault { line: 1, column: "row", problem });
        }
        self.check_parents(&new, &mut faults);
        if !faults.is_empty() {
            faults.sort_by_key(|fault| fault.line);
            return Err(faults);
        }
        self.entries.extend(new.into_iter().map(|(code, (_, entry))| (code, entry)));
        Ok(())
    }

    /// Every parent is known, and nothing lies in itself.
    fn check_parents(
        &self,
        new: &BTreeMap<Region, (usize, RegionEntry)>,
        faults: &mut Vec<RegionTableFault>,
    ) {
        let entry_of =
            |code: &Region| new.get(code).map(|(_, entry)| entry).or_else(|| self.entries.get(code));
        for (code, (line, entry)) in new {
            let mut fault =
                |problem| faults.push(RegionTableFault { line: *line, column: "parent", problem });
            let mut above = entry.parent.as_ref();
            let mut steps = 0;
            while let Some(parent) = above {
                steps += 1;
                match entry_of(parent) {
                    None if steps == 1 => fault(format!("{parent} is in no table; add a row for it")),
                    Some(_) if parent == code || steps > 16 => {
                        fault(format!("{code} would lie within itself; correct the parents"));
                        break;
                    }
                    _ => {}
                }
                above = entry_of(parent).and_then(|entry| entry.parent.as_ref());
            }
        }
    }

    /// What is known about a region.
    pub fn get(&self, code: &Region) -> Option<&RegionEntry> {
        self.entries.get(code)
    }

    /// Whether the table has the region, on whatever day.
    pub fn contains(&self, code: &Region) -> bool {
        self.entries.contains_key(code)
    }

    /// The regions whose parent is this one, by code.
    pub fn children<'a>(&'a self, of: &'a Region) -> impl Iterator<Item = (&'a Region, &'a RegionEntry)> {
        self.iter().filter(move |(_, entry)| entry.parent.as_ref() == Some(of))
    }

    /// The name of a region.
    pub fn name(&self, code: &Region, language: Language) -> Option<&str> {
        self.get(code).map(|entry| match language {
            Language::English => &*entry.en,
            Language::Chinese => &*entry.zh,
        })
    }

    /// The region that has this name, in either language, whatever the capitals, with or without the Chinese word for
    /// the kind of division (`武汉` is `武汉市`). Of several the widest: `Jilin` is the province. `None` when there is
    /// none, or more than one of the same width.
    pub fn named(&self, name: &str) -> Option<&Region> {
        let wanted = bare(name);
        let fits = |entry: &RegionEntry| {
            !wanted.is_empty() && (bare(&entry.en) == wanted || bare(&entry.zh) == wanted)
        };
        let found: Vec<_> = self.iter().filter(|(_, entry)| fits(entry)).map(|(code, _)| code).collect();
        let widest = found.iter().map(|code| width(code)).min()?;
        let mut widest = found.into_iter().filter(|code| width(code) == widest);
        widest.next().filter(|_| widest.next().is_none())
    }

    /// All regions, by code.
    pub fn iter(&self) -> impl Iterator<Item = (&Region, &RegionEntry)> {
        self.entries.iter()
    }
}

/// 0 for a province, 1 for a country (Hong Kong is both, and the division says more), then by depth.
fn width(code: &Region) -> usize {
    let digits = code.as_str();
    match digits.len() {
        2 => 1,
        6 if digits.ends_with("0000") => 0,
        6 if digits.ends_with("00") => 2,
        length => length,
    }
}

/// A name without capitals, blanks around it and the word for the kind of division.
fn bare(name: &str) -> String {
    let name = name.trim().to_lowercase();
    for kind in ["特别行政区", "壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "省", "市", "区", "县"]
    {
        if let Some(short) = name.strip_suffix(kind)
            && short.chars().count() >= 2
        {
            return short.to_owned();
        }
    }
    name
}

fn read_row(
    line: usize,
    row: &[String],
    faults: &mut Vec<RegionTableFault>,
) -> Option<(Region, RegionEntry)> {
    let before = faults.len();
    let mut fault = |column, problem: String| faults.push(RegionTableFault { line, column, problem });
    let [code, en, zh, parent, from, until] = row else {
        fault(
            "row",
            format!("{} fields instead of {}; quote a field that contains a comma", row.len(), COLUMNS.len()),
        );
        return None;
    };
    let region = |text: &str| Region::new(text).map_err(|fault| fault.to_string());
    let day = |text: &str| Day::parse(text).ok_or(format!("{text:?} is not a date; write it as 2020-02-11"));
    let code = region(code).map_err(|problem| fault("code", problem)).ok();
    for (column, name) in [("en", en), ("zh", zh)] {
        if name.trim().is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
            fault(column, "a name has 1 to 100 characters".to_owned());
        }
    }
    let mut optional = |column, text: &String| {
        (!text.is_empty()).then(|| day(text).map_err(|p| fault(column, p)).ok()).flatten()
    };
    let (from, until) = (optional("from", from), optional("until", until));
    if let (Some(from), Some(until)) = (from, until)
        && until <= from
    {
        fault("until", format!("{until} is not after {from}"));
    }
    let parent = if parent.is_empty() {
        None
    } else {
        region(parent).map_err(|problem| fault("parent", problem)).ok()
    };
    let entry = RegionEntry { en: en.trim().into(), zh: zh.trim().into(), parent, from, until };
    code.filter(|_| faults.len() == before).map(|code| (code, entry))
}

/// Splits a line at commas; a field in quotation marks may hold commas, and doubled quotation marks.
fn fields(line: &str) -> Result<Vec<String>, String> {
    let fault =
        || "a quoted field must begin and end with a quotation mark, and double those inside".to_owned();
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let (field, after) = match rest.strip_prefix('"') {
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                if rest[..end].contains('"') {
                    return Err(fault());
                }
                (rest[..end].to_owned(), &rest[end..])
            }
            Some(quoted) => {
                let mut end = quoted.find('"').ok_or_else(fault)?;
                while quoted[end + 1..].starts_with('"') {
                    end += 2 + quoted[end + 2..].find('"').ok_or_else(fault)?;
                }
                (quoted[..end].replace("\"\"", "\""), &quoted[end + 1..])
            }
        };
        fields.push(field);
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None if after.is_empty() => return Ok(fields),
            None => return Err(fault()),
        }
    }
}

#[cfg(test)]
#[path = "region_table_tests.rs"]
mod tests;
