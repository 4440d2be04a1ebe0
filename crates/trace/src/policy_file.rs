//! Reads a policy file.

use crate::near::{Near, Nearness};
use crate::policy::{KindRule, Level, Mode, Policy, SecondRing};
use crate::policy_fault::PolicyFaults;
use crate::policy_reader::Reader;
use healthcode_core::fact::ExposureBasis;
use healthcode_core::time::Zone;
use toml::de::DeTable;

const KEYS: [&str; 19] = [
    "name",
    "mode",
    "minimum_seconds",
    "sum_hours",
    "level",
    "same_date",
    "zone",
    "ask_above",
    "cap",
    "days_before_onset",
    "days_before_sample",
    "days_after",
    "after_last_negative",
    "tail_minutes",
    "usual_stay_minutes",
    "off",
    "source",
    "second_ring",
    "kind",
];
const RING_KEYS: [&str; 5] = ["level", "mode", "minimum_seconds", "sum_hours", "ask_above"];
const KIND_KEYS: [&str; 16] = [
    "of",
    "mode",
    "minimum_seconds",
    "sum_hours",
    "level",
    "same_date",
    "basis",
    "near",
    "rows",
    "seats",
    "beside",
    "missing_rows",
    "letters",
    "crew",
    "beyond",
    "unknown_seat",
];
/// The letters of the widest cabins: nobody sits in I.
const LETTERS: &str = "ABCDEFGHJK";

impl Policy {
    /// Reads a policy file; the keys are told in `docs/tracing.md`. Unknown ones are refused. On failure every mistake
    /// is returned.
    pub fn parse(text: &str) -> Result<Self, PolicyFaults> {
        let (document, errors) = DeTable::parse_recoverable(text);
        let mut reader = Reader::new(text, document.get_ref());
        for error in errors {
            reader.fault("policy_not_toml", error.span(), format!("this is not TOML: {}", error.message()));
        }
        reader.refuse_unknown_keys(&KEYS);
        let policy = policy(&mut reader);
        let mut faults = reader.faults;
        faults.sort_by_key(|fault| fault.line);
        match policy {
            Some(policy) if faults.is_empty() => Ok(policy),
            _ => Err(PolicyFaults(faults)),
        }
    }
}

/// `None` when something is missing or wrong; the faults say what. Everything is read before it is judged.
fn policy(reader: &mut Reader<'_>) -> Option<Policy> {
    let name = reader.words("name", 64);
    let (minimum_seconds, mode) = minimum(reader);
    let level = level(reader, "level");
    let same_date = yes(reader, "same_date");
    let zone = reader.optional("zone", None, |reader, key| zone(reader, key).map(Some));
    let kinds = reader.optional("kind", Vec::new(), kinds);
    let ask_above = reader.optional("ask_above", None, people);
    let cap = reader.optional("cap", None, people);
    let ring = reader
        .optional("second_ring", None, |reader, key| second_ring(reader, key, ask_above.flatten()).map(Some));
    let days_before_onset = days(reader, "days_before_onset");
    let days_before_sample = days(reader, "days_before_sample");
    let days_after = days(reader, "days_after");
    let after_last_negative = yes(reader, "after_last_negative");
    let tail_minutes = reader.optional("tail_minutes", 0, |reader, key| reader.whole(key, 0..=1_440));
    let usual = reader.optional("usual_stay_minutes", None, |reader, key| {
        reader.whole(key, 1..=1_440).map(|minutes| Some(minutes * 60))
    });
    let off = reader.optional("off", None, |reader, key| reader.words(key, 1_000).map(Some));
    let source = reader.words("source", 1_000);
    let policy = Policy {
        name: name?,
        minimum_seconds: minimum_seconds?,
        mode: mode?,
        level: level?,
        same_date: same_date?,
        zone: zone?,
        kinds: kinds?,
        second_ring: ring?,
        ask_above: ask_above?,
        cap: cap?,
        days_before_onset: days_before_onset?,
        days_before_sample: days_before_sample?,
        days_after: days_after?,
        after_last_negative: after_last_negative?,
        tail_seconds: tail_minutes? * 60,
        usual_stay_seconds: usual?,
        off: off?,
        source: source?,
    };
    if policy.goes_by_dates() && policy.zone.is_none() {
        reader.wrong("zone", "same_date needs a zone; add one, such as zone = \"Europe/London\"".to_owned());
    }
    Some(policy)
}

/// Minimum and mode, of the policy, a kind or the second ring.
fn minimum(reader: &mut Reader<'_>) -> (Option<u32>, Option<Mode>) {
    let minimum_seconds = reader.whole("minimum_seconds", 1..=31_622_400);
    let mode = mode(reader);
    if let (Some(Mode::Sum { hours }), Some(seconds)) = (mode, minimum_seconds)
        && seconds > hours * 3600
    {
        let what = format!(
            "minimum_seconds is {seconds}, which {hours} hours cannot hold; make it smaller or sum_hours larger"
        );
        reader.wrong("minimum_seconds", what);
    }
    (minimum_seconds, mode)
}

fn mode(reader: &mut Reader<'_>) -> Option<Mode> {
    match reader.choice("mode", &["sum", "unbroken"])? {
        "sum" => Some(Mode::Sum { hours: reader.whole("sum_hours", 1..=8_784)? }),
        _ => {
            reader.refuse(&["sum_hours"], "belongs to mode \"sum\" only");
            Some(Mode::Unbroken)
        }
    }
}

fn level(reader: &mut Reader<'_>, key: &str) -> Option<Level> {
    let levels = [Level::Close, Level::Secondary, Level::General];
    let word = reader.choice(key, &levels.map(Level::as_str))?;
    levels.into_iter().find(|level| level.as_str() == word)
}

fn second_ring(reader: &mut Reader<'_>, key: &str, ask_above: Option<u32>) -> Option<SecondRing> {
    let table = reader.table(key)?;
    reader.inside(table, |reader| {
        reader.refuse_unknown_keys(&RING_KEYS);
        let level = level(reader, "level");
        let asks = ["mode", "minimum_seconds", "sum_hours"].iter().any(|key| reader.has(key));
        let minimum = if asks { Some(minimum(reader)) } else { None };
        let ask_above = reader.optional("ask_above", ask_above, people);
        let minimum = match minimum {
            None => None,
            Some((seconds, mode)) => Some((seconds?, mode?)),
        };
        Some(SecondRing { level: level?, minimum, ask_above: ask_above? })
    })
}

fn kinds(reader: &mut Reader<'_>, key: &str) -> Option<Vec<KindRule>> {
    let tables = reader.tables(key)?;
    // All are read, so that every mistake is told.
    let kinds: Vec<Option<KindRule>> = tables.into_iter().map(|table| reader.inside(table, kind)).collect();
    kinds.into_iter().collect()
}

fn kind(reader: &mut Reader<'_>) -> Option<KindRule> {
    reader.refuse_unknown_keys(&KIND_KEYS);
    let of = reader.list("of");
    let (minimum_seconds, mode) = minimum(reader);
    let level = level(reader, "level");
    let same_date = yes(reader, "same_date");
    let nearness = nearness(reader);
    let usual = if reader.has("near") { ExposureBasis::Transport } else { ExposureBasis::Place };
    let basis = reader.optional("basis", usual, |reader, key| {
        let bases = [ExposureBasis::Household, ExposureBasis::Place, ExposureBasis::Transport];
        let word = reader.choice(key, &bases.map(ExposureBasis::word))?;
        bases.into_iter().find(|basis| basis.word() == word)
    });
    if same_date == Some(true) {
        reader.refuse(&["near"], "cannot be told of people who were there at different times");
    }
    Some(KindRule {
        of: of?,
        minimum_seconds: minimum_seconds?,
        mode: mode?,
        level: level?,
        same_date: same_date?,
        basis: basis?,
        nearness: nearness?,
    })
}

/// What counts at seats: absent, or wrong.
fn nearness(reader: &mut Reader<'_>) -> Option<Option<Nearness>> {
    const OF_SEATS: [&str; 3] = ["crew", "beyond", "unknown_seat"];
    if !reader.has("near") {
        let keys = ["rows", "seats", "beside", "missing_rows", "letters"];
        reader.refuse(&[&keys[..], &OF_SEATS].concat(), "belongs to near");
        return Some(None);
    }
    let near = near(reader);
    if near == Some(Near::Vehicle) {
        reader.refuse(&OF_SEATS, "says nothing where the whole vehicle is near");
    }
    let crew = yes(reader, "crew");
    let beyond = reader.optional("beyond", None, |reader, key| level(reader, key).map(Some));
    let usual = beyond.flatten().unwrap_or(Level::General);
    let unknown_seat = reader.optional("unknown_seat", usual, level);
    Some(Some(Nearness { near: near?, crew: crew?, beyond: beyond?, unknown_seat: unknown_seat? }))
}

fn near(reader: &mut Reader<'_>) -> Option<Near> {
    let word = reader.choice("near", &["rows", "seats", "bay", "compartment", "carriage", "vehicle"])?;
    let its: &[&str] = match word {
        "rows" => &["rows", "missing_rows"],
        "seats" => &["seats", "missing_rows", "letters"],
        "bay" => &["beside"],
        _ => &[],
    };
    let others = ["rows", "seats", "beside", "missing_rows", "letters"];
    let others: Vec<&str> = others.into_iter().filter(|key| !its.contains(key)).collect();
    reader.refuse(&others, &format!("does not belong to near = \"{word}\""));
    let few = |reader: &mut Reader<'_>, key| reader.whole(key, 0..=99).map(|few| few as u16);
    Some(match word {
        "rows" => {
            let (rows, missing_rows) = (few(reader, "rows"), missing_rows(reader));
            Near::Rows { rows: rows?, missing_rows: missing_rows? }
        }
        "seats" => {
            let (seats, missing_rows) = (few(reader, "seats"), missing_rows(reader));
            let letters = reader.optional("letters", LETTERS.to_owned(), letters);
            Near::Seats { seats: seats?, missing_rows: missing_rows?, letters: letters? }
        }
        "bay" => Near::Bay { beside: few(reader, "beside")? },
        "compartment" => Near::Compartment,
        "carriage" => Near::Carriage,
        _ => Near::Vehicle,
    })
}

fn missing_rows(reader: &mut Reader<'_>) -> Option<Vec<u16>> {
    reader.optional("missing_rows", Vec::new(), |reader, key| {
        let mut rows: Vec<u16> = reader.numbers(key, 1..=999)?.into_iter().map(|row| row as u16).collect();
        rows.sort_unstable();
        rows.dedup();
        Some(rows)
    })
}

/// Different capital letters.
fn letters(reader: &mut Reader<'_>, key: &str) -> Option<String> {
    let letters = reader.words(key, 26)?;
    let twice = |(at, letter): (usize, char)| letters[..at].contains(letter);
    if letters.bytes().all(|letter| letter.is_ascii_uppercase()) && !letters.char_indices().any(twice) {
        return Some(letters);
    }
    reader.wrong(key, format!("{key} must be different letters from A to Z, such as \"ABCDEF\""));
    None
}

fn zone(reader: &mut Reader<'_>, key: &str) -> Option<Zone> {
    let name = reader.words(key, 64)?;
    Zone::new(&name).map_err(|fault| reader.wrong(key, format!("{key}: {fault}"))).ok()
}

fn people(reader: &mut Reader<'_>, key: &str) -> Option<Option<u32>> {
    reader.whole(key, 1..=u32::MAX).map(Some)
}

fn days(reader: &mut Reader<'_>, key: &str) -> Option<u8> {
    reader.whole(key, 0..=60).and_then(|days| u8::try_from(days).ok())
}

fn yes(reader: &mut Reader<'_>, key: &str) -> Option<bool> {
    reader.optional(key, false, Reader::yes_or_no)
}
