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
    /// The nearer of both; they are declared from near to far.
    pub(crate) fn nearer(self, other: Self) -> Self {
        if self as u8 <= other as u8 { self } else { other }
    }

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
    /// Places of certain kinds that have a minimum of their own. Time there is judged by it alone, apart from time
    /// elsewhere; who meets several is of the nearest level.
    pub kinds: Vec<KindRule>,
    /// The most people who may become contacts of one case at one place; where more would, none does, and the
    /// place is listed for an officer to look at. `None`: no bound.
    pub cap: Option<u32>,
    /// Civil days before the day of onset on which the infectious window starts, 0 to 60.
    pub days_before_onset: u8,
    /// The same before the day of the first positive sample, for a case without symptoms.
    pub days_before_sample: u8,
    /// Civil days after that day on which the window ends, 0 to 60, unless isolation ends it earlier.
    pub days_after: u8,
    /// Whether the window of a case that was found by repeated screening begins with the last negative sample.
    pub after_last_negative: bool,
    /// How long a place stays risky after a case has left it: as long as the case had been there, at most so many
    /// seconds, 0 to 86,400. It counts even where the infectious window ends meanwhile.
    pub tail_seconds: u32,
    /// Why nobody may use the definition, where nobody may: it is here to be known, not to be run.
    pub off: Option<String>,
    /// Where the definition was published.
    pub source: String,
}

/// What counts at places of some kinds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KindRule {
    /// The kinds, in the words of the file of visits; 1 to 64 characters each.
    pub of: Vec<String>,
    /// As [`Policy::minimum_seconds`].
    pub minimum_seconds: u32,
    /// As [`Policy::mode`].
    pub mode: Mode,
    /// As [`Policy::level`].
    pub level: Level,
}

macro_rules! presets {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../../policies/", $name, "/policy.toml")))),*]
    };
}

const BUILT_IN: [(&str, &str); 5] = presets![
    "place-15min-sum-24h",
    "place-15min-unbroken",
    "place-10min-tail-30min",
    "china-protocol-9",
    "grid-800m-companion",
];

const KINDS_KEYS: [&str; 5] = ["of", "mode", "minimum_seconds", "sum_hours", "level"];
const KEYS: [&str; 14] = [
    "name",
    "mode",
    "minimum_seconds",
    "sum_hours",
    "level",
    "cap",
    "days_before_onset",
    "days_before_sample",
    "days_after",
    "after_last_negative",
    "tail_minutes",
    "off",
    "source",
    "kind",
];

impl Policy {
    /// The number of the rule that judges time at places of a kind: 0 the policy's own, else a kind's, from 1.
    pub(crate) fn rule_of_kind(&self, kind: &str) -> u8 {
        let at = self.kinds.iter().position(|rule| rule.of.iter().any(|of| of == kind));
        // At most 250 of them were read; one beyond could not be told from the policy's own.
        at.and_then(|at| u8::try_from(at + 1).ok()).unwrap_or(0)
    }

    /// Every rule: its number, the least time in seconds, how it is counted, and the level it makes.
    pub(crate) fn rules(&self) -> impl Iterator<Item = (u8, u32, Mode, Level)> {
        let kinds = self.kinds.iter().map(|rule| (rule.minimum_seconds, rule.mode, rule.level));
        let all = std::iter::once((self.minimum_seconds, self.mode, self.level)).chain(kinds);
        (0..=u8::MAX).zip(all).map(|(number, (minimum, mode, level))| (number, minimum, mode, level))
    }

    /// The built-in policy of that name.
    pub fn built_in(name: &str) -> Option<Self> {
        let (_, text) = BUILT_IN.iter().find(|(built_in, _)| *built_in == name)?;
        Self::parse(text).ok()
    }

    /// The names of the built-in policies.
    pub fn built_in_names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// Reads a policy file. Every key of [`Policy`] must be there but `cap`, `after_last_negative` (false without),
    /// `tail_minutes` (none without), `off` and `[[kind]]` tables; `mode` is `"sum"`, with `sum_hours`, or `"unbroken"`,
    /// without. Unknown keys are refused. On failure every mistake is returned.
    pub fn parse(text: &str) -> Result<Self, PolicyFaults> {
        let (document, errors) = DeTable::parse_recoverable(text);
        let mut reader = Reader { text, table: document.get_ref(), faults: Vec::new() };
        for error in errors {
            reader.fault("policy_not_toml", error.span(), format!("this is not TOML: {}", error.message()));
        }
        reader.refuse_unknown_keys(&KEYS);
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
        let (minimum_seconds, mode, level) = self.rule();
        let kinds = self.optional("kind", Vec::new(), Self::kinds);
        let cap = self.optional("cap", None, |reader, key| reader.whole(key, 1..=u32::MAX).map(Some));
        let days_before_onset = self.days("days_before_onset");
        let days_before_sample = self.days("days_before_sample");
        let days_after = self.days("days_after");
        let after_last_negative = self.optional("after_last_negative", false, Self::yes_or_no);
        let tail_minutes = self.optional("tail_minutes", 0, |reader, key| reader.whole(key, 0..=1_440));
        let off = self.optional("off", None, |reader, key| reader.words(key, 1_000).map(Some));
        let source = self.words("source", 1_000);
        Some(Policy {
            name: name?,
            minimum_seconds: minimum_seconds?,
            mode: mode?,
            level: level?,
            kinds: kinds?,
            cap: cap?,
            days_before_onset: days_before_onset?,
            days_before_sample: days_before_sample?,
            days_after: days_after?,
            after_last_negative: after_last_negative?,
            tail_seconds: tail_minutes? * 60,
            off: off?,
            source: source?,
        })
    }

    /// Minimum, mode and level, of the policy or of a kind.
    fn rule(&mut self) -> (Option<u32>, Option<Mode>, Option<Level>) {
        let minimum_seconds = self.whole("minimum_seconds", 1..=31_622_400);
        let (mode, level) = (self.mode(), self.level());
        if let (Some(Mode::Sum { hours }), Some(seconds)) = (mode, minimum_seconds)
            && seconds > hours * 3600
        {
            let what = format!(
                "minimum_seconds is {seconds}, which {hours} hours cannot hold; make it smaller or sum_hours larger"
            );
            self.fault("policy_bad_value", self.value("minimum_seconds").map(|(_, span)| span), what);
        }
        (minimum_seconds, mode, level)
    }

    /// The `[[kind]]` tables, at most 250.
    fn kinds(&mut self, key: &str) -> Option<Vec<KindRule>> {
        let (value, span) = self.needed(key)?;
        let tables: Option<Vec<_>> = value
            .as_array()
            .filter(|tables| (1..=250).contains(&tables.len()))
            .and_then(|tables| tables.iter().map(|table| table.get_ref().as_table()).collect());
        let Some(tables) = tables else {
            let what = "kind must be tables, at most 250; write [[kind]] before each".to_owned();
            self.fault("policy_bad_value", Some(span), what);
            return None;
        };
        let mut kinds = Vec::new();
        for table in tables {
            let mut reader = Reader { text: self.text, table, faults: Vec::new() };
            reader.refuse_unknown_keys(&KINDS_KEYS);
            let of = reader.list("of");
            let (minimum_seconds, mode, level) = reader.rule();
            // A missing key is told where the table begins, as far as a key of it says.
            let line = reader.faults.iter().map(|fault| fault.line).max().unwrap_or(1);
            reader.faults.iter_mut().filter(|fault| fault.line == 1).for_each(|fault| fault.line = line);
            self.faults.append(&mut reader.faults);
            if let (Some(of), Some(minimum_seconds), Some(mode), Some(level)) =
                (of, minimum_seconds, mode, level)
            {
                kinds.push(KindRule { of, minimum_seconds, mode, level });
            }
        }
        Some(kinds)
    }

    fn list(&mut self, key: &str) -> Option<Vec<String>> {
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

    /// What `read` makes of a key that may be absent.
    fn optional<T>(
        &mut self,
        key: &str,
        absent: T,
        read: impl FnOnce(&mut Self, &str) -> Option<T>,
    ) -> Option<T> {
        if self.table.contains_key(key) { read(self, key) } else { Some(absent) }
    }

    fn yes_or_no(&mut self, key: &str) -> Option<bool> {
        let (value, span) = self.needed(key)?;
        let found = value.as_bool();
        if found.is_none() {
            self.fault("policy_bad_value", Some(span), format!("{key} must be true or false"));
        }
        found
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

    fn refuse_unknown_keys(&mut self, keys: &[&str]) {
        for key in self.table.keys().filter(|key| !keys.contains(&key.get_ref().as_ref())) {
            let name: String = key.get_ref().chars().take(40).collect();
            let what = format!("{name:?} is no key of a policy; the keys here are {}", keys.join(", "));
            self.fault("policy_unknown_key", Some(key.span()), what);
        }
    }

    fn fault(&mut self, code: &'static str, span: Option<Range<usize>>, what: String) {
        let before = self.text.get(..span.map_or(0, |span| span.start)).unwrap_or_default();
        self.faults.push(PolicyFault { code, line: before.matches('\n').count() + 1, what });
    }
}
