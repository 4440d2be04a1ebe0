//! The tables of a region: two bits for every index of an issue day.

use crate::bearer::StatusReference;
use healthcode_core::time::Day;
use serde::Serialize;
use std::collections::BTreeMap;

/// Indexes of a day's table, at most: 2^28, of which two bits each are 64 MiB.
pub const LARGEST_DAY: u32 = 1 << 28;
/// Days that are kept, at most: those whose passes may still be good.
pub const MOST_DAYS: usize = 8;

/// What a table says of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Green; also every index that was never issued.
    Green,
    /// Yellow.
    Yellow,
    /// Red.
    Red,
    /// No decision: under review, withdrawn, or its document was never compared. A gate asks.
    Undecided,
}

impl Status {
    /// Every status, in the order of its two bits.
    pub const ALL: [Self; 4] = [Self::Green, Self::Yellow, Self::Red, Self::Undecided];

    /// The word used in verdicts.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Red => "red",
            Self::Undecided => "undecided",
        }
    }
}

/// One day's table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayTable {
    size: u32,
    /// 32 indexes a word, the lowest two bits first.
    words: Vec<u64>,
}

impl DayTable {
    /// A table of `size` indexes, all green. Sizes above [`LARGEST_DAY`] are cut to it.
    pub fn new(size: u32) -> Self {
        let size = size.min(LARGEST_DAY);
        Self { size, words: vec![0; (size as usize).div_ceil(32)] }
    }

    /// How many indexes there are.
    pub fn size(&self) -> u32 {
        self.size
    }

    /// What it says of an index; `None` beyond its size.
    pub fn get(&self, index: u32) -> Option<Status> {
        let word = (index < self.size).then(|| self.words[index as usize / 32])?;
        Some(Status::ALL[(word >> (index % 32 * 2) & 3) as usize])
    }

    /// Sets an index; beyond the size nothing happens.
    pub fn set(&mut self, index: u32, status: Status) {
        if index < self.size {
            let shift = index % 32 * 2;
            let word = &mut self.words[index as usize / 32];
            *word = *word & !(3 << shift) | (status as u64) << shift;
        }
    }

    /// Makes it larger; it never becomes smaller.
    pub fn grow(&mut self, size: u32) {
        let size = size.min(LARGEST_DAY);
        if size > self.size {
            self.size = size;
            self.words.resize((size as usize).div_ceil(32), 0);
        }
    }

    /// The indexes of one status other than green, ascending.
    pub fn indexes_of(&self, status: Status) -> Vec<u32> {
        let pattern = (status as u64) * 0x5555_5555_5555_5555;
        let mut found = Vec::new();
        for (place, word) in self.words.iter().enumerate().filter(|(_, word)| **word != 0) {
            // Both bits of a pair are zero exactly where the pair equals the status.
            let differs = word ^ pattern;
            let mut same = !(differs | differs >> 1) & 0x5555_5555_5555_5555;
            while same != 0 {
                found.push(place as u32 * 32 + same.trailing_zeros() / 2);
                same &= same - 1;
            }
        }
        found.retain(|index| *index < self.size);
        found
    }
}

/// The tables of a region, by issue day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusTables(BTreeMap<Day, DayTable>);

impl StatusTables {
    /// What the tables say of a pass; `None` where its day has no table or the index lies beyond it, which no issued
    /// pass has.
    pub fn get(&self, reference: StatusReference) -> Option<Status> {
        self.0.get(&reference.day)?.get(reference.index)
    }

    /// The table of a day, made or made larger where needed.
    pub fn day_mut(&mut self, day: Day, size: u32) -> &mut DayTable {
        let table = self.0.entry(day).or_insert_with(|| DayTable::new(size));
        table.grow(size);
        table
    }

    /// The tables, by day.
    pub fn days(&self) -> impl Iterator<Item = (Day, &DayTable)> {
        self.0.iter().map(|(day, table)| (*day, table))
    }

    /// How many indexes the table of a day has; `None` where it has none.
    pub fn size_of(&self, day: Day) -> Option<u32> {
        self.0.get(&day).map(DayTable::size)
    }

    /// Drops the tables of days before `day`, whose passes have all ended.
    pub fn forget_before(&mut self, day: Day) {
        self.0 = self.0.split_off(&day);
    }

    /// How many days have a table.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    proptest! {
        #[test]
        fn a_table_says_what_was_last_set_and_green_of_all_others(
            size in 1u32..2_000,
            sets in prop::collection::vec((0u32..2_100, 0usize..4), 0..300),
        ) {
            let (mut table, mut told) = (DayTable::new(size), HashMap::new());
            for (index, status) in sets {
                table.set(index, Status::ALL[status]);
                told.insert(index, Status::ALL[status]);
            }
            for index in 0..2_100 {
                let wanted = (index < size).then(|| told.get(&index).copied().unwrap_or(Status::Green));
                prop_assert_eq!(table.get(index), wanted);
            }
            for status in &Status::ALL[1..] {
                let wanted: Vec<_> = (0..size).filter(|index| told.get(index) == Some(status)).collect();
                prop_assert_eq!(table.indexes_of(*status), wanted);
            }
        }
    }

    #[test]
    fn a_table_grows_and_keeps_what_it_says() {
        let mut table = DayTable::new(10);
        table.set(9, Status::Red);
        table.grow(100);
        table.grow(5);
        assert_eq!(
            (table.size(), table.get(9), table.get(99)),
            (100, Some(Status::Red), Some(Status::Green))
        );
    }
}
