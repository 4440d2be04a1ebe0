//! Reads single keys of a policy file and gathers what is wrong with them.

use crate::policy_fault::PolicyFault;
use std::ops::{Range, RangeInclusive};
use toml::de::{DeTable, DeValue};

/// One table of the file. What cannot be read is `None`, and a fault says why.
pub(crate) struct Reader<'a> {
    text: &'a str,
    table: &'a DeTable<'a>,
    pub faults: Vec<PolicyFault>,
}

impl<'a> Reader<'a> {
    pub fn new(text: &'a str, table: &'a DeTable<'a>) -> Self {
        Self { text, table, faults: Vec::new() }
    }

    /// What `read` makes of a table inside this one. A key that is missing there is told at the line of its last fault,
    /// else where the table's keys begin.
    pub fn inside<T>(&mut self, table: &'a DeTable<'a>, read: impl FnOnce(&mut Reader<'a>) -> T) -> T {
        let mut reader = Reader::new(self.text, table);
        let found = read(&mut reader);
        let first = table.keys().map(|key| key.span().start).min();
        let begins = reader.line(first.unwrap_or(0));
        let line = reader.faults.iter().map(|fault| fault.line).fold(begins, usize::max);
        reader.faults.iter_mut().filter(|fault| fault.line == 1).for_each(|fault| fault.line = line);
        self.faults.append(&mut reader.faults);
        found
    }

    /// The table under a key that must be there.
    pub fn table(&mut self, key: &str) -> Option<&'a DeTable<'a>> {
        let (value, span) = self.needed(key)?;
        let table = value.as_table();
        if table.is_none() {
            self.fault(
                "policy_bad_value",
                Some(span),
                format!("{key} must be a table; write [{key}] before it"),
            );
        }
        table
    }

    /// The tables under a key that must be there, at most 250.
    pub fn tables(&mut self, key: &str) -> Option<Vec<&'a DeTable<'a>>> {
        let (value, span) = self.needed(key)?;
        let tables = value
            .as_array()
            .filter(|tables| (1..=250).contains(&tables.len()))
            .and_then(|tables| tables.iter().map(|table| table.get_ref().as_table()).collect());
        if tables.is_none() {
            let what = format!("{key} must be tables, at most 250; write [[{key}]] before each");
            self.fault("policy_bad_value", Some(span), what);
        }
        tables
    }

    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Refuses those of `keys` that are there.
    pub fn refuse(&mut self, keys: &[&str], why: &str) {
        for key in keys {
            if let Some((_, span)) = self.value(key) {
                self.fault("policy_bad_value", Some(span), format!("{key} {why}; remove it"));
            }
        }
    }

    /// Says that the value of a key, or its absence, is wrong.
    pub fn wrong(&mut self, key: &str, what: String) {
        let span = self.value(key).map(|(_, span)| span);
        self.fault("policy_bad_value", span, what);
    }

    /// Different whole numbers.
    pub fn numbers(&mut self, key: &str, range: RangeInclusive<u32>) -> Option<Vec<u32>> {
        let (value, span) = self.needed(key)?;
        let numbers: Option<Vec<u32>> =
            value.as_array().and_then(|all| all.iter().map(|one| number(one.get_ref(), &range)).collect());
        if numbers.is_none() {
            let what =
                format!("{key} must be a list of whole numbers from {} to {}", range.start(), range.end());
            self.fault("policy_bad_value", Some(span), what);
        }
        numbers
    }

    pub fn list(&mut self, key: &str) -> Option<Vec<String>> {
        let (value, span) = self.needed(key)?;
        let good =
            |text: &&str| (1..=64).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        let words: Option<Vec<String>> =
            value.as_array().filter(|words| !words.is_empty()).and_then(|words| {
                words.iter().map(|word| word.get_ref().as_str().filter(good).map(str::to_owned)).collect()
            });
        if words.is_none() {
            let what = format!("{key} must be a list of texts of 1 to 64 characters, such as [\"home\"]");
            self.fault("policy_bad_value", Some(span), what);
        }
        words
    }

    /// What `read` makes of a key that may be absent.
    pub fn optional<T>(
        &mut self,
        key: &str,
        absent: T,
        read: impl FnOnce(&mut Self, &str) -> Option<T>,
    ) -> Option<T> {
        if self.table.contains_key(key) { read(self, key) } else { Some(absent) }
    }

    pub fn yes_or_no(&mut self, key: &str) -> Option<bool> {
        let (value, span) = self.needed(key)?;
        let found = value.as_bool();
        if found.is_none() {
            self.fault("policy_bad_value", Some(span), format!("{key} must be true or false"));
        }
        found
    }

    fn value(&self, key: &str) -> Option<(&'a DeValue<'a>, Range<usize>)> {
        self.table.get(key).map(|value| (value.get_ref(), value.span()))
    }

    /// The value of a key that must be there.
    fn needed(&mut self, key: &str) -> Option<(&'a DeValue<'a>, Range<usize>)> {
        let found = self.value(key);
        if found.is_none() {
            self.fault("policy_missing_key", None, format!("{key} is missing; add it"));
        }
        found
    }

    pub fn words(&mut self, key: &str, most: usize) -> Option<String> {
        let (value, span) = self.needed(key)?;
        match value.as_str().map(str::trim).filter(|text| (1..=most).contains(&text.chars().count())) {
            Some(text) if !text.chars().any(char::is_control) => Some(text.to_owned()),
            _ => {
                let what = format!("{key} must be a text of 1 to {most} characters on one line");
                self.fault("policy_bad_value", Some(span), what);
                None
            }
        }
    }

    pub fn choice(&mut self, key: &str, among: &[&'static str]) -> Option<&'static str> {
        let (value, span) = self.needed(key)?;
        let found = value.as_str().and_then(|text| among.iter().find(|word| **word == text));
        if found.is_none() {
            let what = format!("{key} must be one of \"{}\"", among.join("\", \""));
            self.fault("policy_bad_value", Some(span), what);
        }
        found.copied()
    }

    pub fn whole(&mut self, key: &str, range: RangeInclusive<u32>) -> Option<u32> {
        let (value, span) = self.needed(key)?;
        let number = number(value, &range);
        if number.is_none() {
            let what = format!("{key} must be a whole number from {} to {}", range.start(), range.end());
            self.fault("policy_bad_value", Some(span), what);
        }
        number
    }

    pub fn refuse_unknown_keys(&mut self, keys: &[&str]) {
        for key in self.table.keys().filter(|key| !keys.contains(&key.get_ref().as_ref())) {
            let name: String = key.get_ref().chars().take(40).collect();
            let what = format!("{name:?} is no key of a policy; the keys here are {}", keys.join(", "));
            self.fault("policy_unknown_key", Some(key.span()), what);
        }
    }

    pub fn fault(&mut self, code: &'static str, span: Option<Range<usize>>, what: String) {
        let line = self.line(span.map_or(0, |span| span.start));
        self.faults.push(PolicyFault { code, line, what });
    }

    fn line(&self, at: usize) -> usize {
        self.text.get(..at).unwrap_or_default().matches('\n').count() + 1
    }
}

fn number(value: &DeValue<'_>, range: &RangeInclusive<u32>) -> Option<u32> {
    let number = value.as_integer().and_then(|n| u32::from_str_radix(n.as_str(), n.radix()).ok());
    number.filter(|number| range.contains(number))
}
