//! What counts as a contact, as data.

use crate::policy_fault::{PolicyFault, PolicyFaults};
use serde::{Deserialize, Serialize};
use std::ops::{Range, RangeInclusive};
use toml::de::{DeTable, DeValue};

/// How near a contact is; the words of exposure evidence.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Close contact of a case.
    Close,
    /// Close contact of a close contact.
    Secondary,
    /// Was near without meeting the terms of a close contact.
    General,
}

impl Level {
    /// The word for it in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Close => "close",
            Self::Secondary => "secondary",
            Self::General => "general",
        }
    }
}

/// How time together is counted against the minimum.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Added up over all places within some half-open window of so many hours, wherever that window lies. Time
    /// in two places at once counts once.
    Sum {
        /// Length of the window, 1 to 8784 hours.
        hours: u32,
    },
    /// One overlap at one place.
    Unbroken,
}

/// A contact definition. Read from TOML with [`Policy::parse`]; two are [built in](Policy::built_in).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Policy {
    /// What it is called, 1 to 64 characters.
    pub name: String,
    /// The least time together that makes a contact, in seconds; 1 to 31,622,400 (366 days).
    pub minimum_seconds: u32,
    /// How that time is counted.
    pub mode: Mode,
    /// What the contacts are.
    pub level: Level,
    /// The most people who may become contacts of one case at one place; where more would, none does, and the
    /// place is listed for an officer to look at. `None`: no bound.
    pub cap: Option<u32>,
    /// Civil days before the day of onset on which the infectious window starts, 0 to 60.
    pub days_before_onset: u8,
    /// The same before the day of the first positive sample, for a case without symptoms.
    pub days_before_sample: u8,
    /// Civil days after that day on which the window ends, 0 to 60, unless isolation ends it earlier.
    pub days_after: u8,
    /// Where the definition was published.
    pub source: String,
}

const BUILT_IN: [(&str, &str); 2] = [
    ("place-15min-sum-24h", include_str!("../policies/place-15min-sum-24h.toml")),
    ("place-15min-unbroken", include_str!("../policies/place-15min-unbroken.toml")),
];

const KEYS: [&str; 10] = [
    "name",
    "mode",
    "minimum_seconds",
    "sum_hours",
    "level",
    "cap",
    "days_before_onset",
    "days_before_sample",
    "days_after",
    "source",
];

impl Policy {
    /// The built-in policy of that name.
    pub fn built_in(name: &str) -> Option<Self> {
        let (_, text) = BUILT_IN.iter().find(|(built_in, _)| *built_in == name)?;
        Self::parse(text).ok()
    }

    /// The names of the built-in policies.
    pub fn built_in_names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// Reads a policy file. Every key of [`Policy`] must be there but `cap`; `mode` is `"sum"`, with
    /// `sum_hours`, or `"unbroken"`, without. Unknown keys are refused. On failure every mistake is returned.
    pub fn parse(text: &str) -> Result<Self, PolicyFaults> {
        let (document, errors) = DeTable::parse_recoverable(text);
        let mut reader = Reader { text, table: document.get_ref(), faults: Vec::new() };
        for error in errors {
            reader.fault("policy_not_toml", error.span(), format!("this is not TOML: {}", error.message()));
        }
        reader.refuse_unknown_keys();
        let policy = reader.policy();
        let mut faults = reader.faults;
        faults.sort_by_key(|fault| fault.line);
        match policy {
            Some(policy) if faults.is_empty() => Ok(policy),
            _ => Err(PolicyFaults(faults)),
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    table: &'a DeTable<'a>,
    faults: Vec<PolicyFault>,
}

impl<'a> Reader<'a> {
    /// `None` when something is missing or wrong; the faults say what. Everything is read before it is judged.
    fn policy(&mut self) -> Option<Policy> {
        let name = self.words("name", 64);
        let minimum_seconds = self.whole("minimum_seconds", 1..=31_622_400);
        let mode = self.mode();
        let level = self.level();
        let cap = if self.table.contains_key("cap") {
            self.whole("cap", 1..=u32::MAX).map(Some)
        } else {
            Some(None)
        };
        let days_before_onset = self.days("days_before_onset");
        let days_before_sample = self.days("days_before_sample");
        let days_after = self.days("days_after");
        let source = self.words("source", 1_000);
        let policy = Policy {
            name: name?,
            minimum_seconds: minimum_seconds?,
            mode: mode?,
            level: level?,
            cap: cap?,
            days_before_onset: days_before_onset?,
            days_before_sample: days_before_sample?,
            days_after: days_after?,
            source: source?,
        };
        if let Mode::Sum { hours } = policy.mode
            && policy.minimum_seconds > hours * 3600
        {
            let what = format!(
                "minimum_seconds is {}, which {hours} hours cannot hold; make it smaller or sum_hours larger",
                policy.minimum_seconds
            );
            self.fault("policy_bad_value", self.value("minimum_seconds").map(|(_, span)| span), what);
        }
        Some(policy)
    }

    fn mode(&mut self) -> Option<Mode> {
        match self.choice("mode", &["sum", "unbroken"])? {
            "sum" => Some(Mode::Sum { hours: self.whole("sum_hours", 1..=8_784)? }),
            _ => {
                if let Some((_, span)) = self.value("sum_hours") {
                    let what = "sum_hours belongs to mode \"sum\" only; remove it".to_owned();
                    self.fault("policy_bad_value", Some(span), what);
                }
                Some(Mode::Unbroken)
            }
        }
    }

    fn level(&mut self) -> Option<Level> {
        let levels = [Level::Close, Level::Secondary, Level::General];
        let word = self.choice("level", &levels.map(Level::as_str))?;
        levels.into_iter().find(|level| level.as_str() == word)
    }

    fn days(&mut self, key: &str) -> Option<u8> {
        self.whole(key, 0..=60).and_then(|days| u8::try_from(days).ok())
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

    fn words(&mut self, key: &str, most: usize) -> Option<String> {
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

    fn choice(&mut self, key: &str, among: &[&'static str]) -> Option<&'static str> {
        let (value, span) = self.needed(key)?;
        let found = value.as_str().and_then(|text| among.iter().find(|word| **word == text));
        if found.is_none() {
            let what = format!("{key} must be one of \"{}\"", among.join("\", \""));
            self.fault("policy_bad_value", Some(span), what);
        }
        found.copied()
    }

    fn whole(&mut self, key: &str, range: RangeInclusive<u32>) -> Option<u32> {
        let (value, span) = self.needed(key)?;
        let number = value.as_integer().and_then(|n| u32::from_str_radix(n.as_str(), n.radix()).ok());
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let what = format!("{key} must be a whole number from {} to {}", range.start(), range.end());
            self.fault("policy_bad_value", Some(span), what);
        }
        number
    }

    fn refuse_unknown_keys(&mut self) {
        for key in self.table.keys().filter(|key| !KEYS.contains(&key.get_ref().as_ref())) {
            let name: String = key.get_ref().chars().take(40).collect();
            let what = format!("{name:?} is no key of a policy; the keys are {}", KEYS.join(", "));
            self.fault("policy_unknown_key", Some(key.span()), what);
        }
    }

    fn fault(&mut self, code: &'static str, span: Option<Range<usize>>, what: String) {
        let before = self.text.get(..span.map_or(0, |span| span.start)).unwrap_or_default();
        self.faults.push(PolicyFault { code, line: before.matches('\n').count() + 1, what });
    }
}
