//! A line list: one case a row. Each becomes a case status, a stay for every place of infection that is a known region
//! and has a time, and a recovery where one is dated.

mod headings;

use super::kinds::{EvidenceRow, Stored};
use super::matching;
use super::reading::{RowReader, View};
use super::table::Row;
pub use headings::FIELDS;
use healthcode_core::evidence::{Evidence, Source};
use healthcode_core::fact::{CaseReport, CaseStatus, Fact, Stay};
use healthcode_core::ids::{EvidenceId, PersonId};
use healthcode_core::region::Region;
use healthcode_core::region_table::RegionTable;
use healthcode_core::time::Instant;
use std::collections::HashMap;

/// Symptoms that begin more days than this after the confirmation belong to another illness, or to a typing error.
const MOST_DAYS_ONSET_AFTER: i32 = 60;

/// Reads cases.
pub struct Cases {
    /// Lines of the cases seen.
    seen: HashMap<PersonId, u64>,
    not_understood: u64,
    without_time: u64,
    onset_only: u64,
    undated: u64,
}

impl Cases {
    /// A file must have a column of dates.
    pub fn new(view: &View<'_>) -> Result<Self, String> {
        if !["confirmed_on", "reported_on", "onset_on"]
            .iter()
            .any(|field| view.columns.place(field).is_some())
        {
            return Err(view.columns.missing("confirmed_on", view.table));
        }
        matching::check(view, "case_id")?;
        Ok(Self { seen: HashMap::new(), not_understood: 0, without_time: 0, onset_only: 0, undated: 0 })
    }
}

/// The dates of a row that passed.
struct Dated {
    happened_at: Instant,
    recorded_at: Instant,
    onset_at: Option<Instant>,
    recovered_at: Option<Instant>,
    /// Of the place of infection; the end is not included.
    stay: Option<(Instant, Instant)>,
    onset_only: bool,
}

impl RowReader for Cases {
    fn read(&mut self, view: &View<'_>, row: &Row) -> Result<Stored, String> {
        let (person, whom) = matching::whom(view, row, "case_id")?;
        if let Some(line) = self.seen.get(&person) {
            return Err(format!("case {person} is on line {line} already, with other content"));
        }
        let status = status(view.text(row, "status"))?;
        let dated = dated(view, row)?;
        let make = |what: &str, happened_at, recorded_at, fact| Evidence {
            id: id(&person, what),
            person: person.clone(),
            happened_at,
            recorded_at,
            source: Source::Import,
            fact,
        };
        let case = Fact::CaseReport(CaseReport { status, onset_at: dated.onset_at });
        let mut evidence = vec![make("case", dated.happened_at, dated.recorded_at, case)];
        let places = self.places(view.regions, view.text(row, "place"));
        if let Some((from, to)) = dated.stay {
            for (number, region) in places.into_iter().enumerate() {
                let stay = Fact::Stay(Stay { region, from, to });
                evidence.push(make(&format!("stay-{}", number + 1), from, dated.recorded_at, stay));
            }
        } else {
            self.without_time += places.len() as u64;
        }
        if let Some(at) = dated.recovered_at {
            let recovered = Fact::CaseReport(CaseReport { status: CaseStatus::Recovered, onset_at: None });
            evidence.push(make("recovered", at, at.max(dated.recorded_at), recovered));
        }
        self.undated += u64::from(says_undated(view, row));
        self.onset_only += u64::from(dated.onset_only);
        self.seen.insert(person, row.line);
        Ok(Stored::Evidence(EvidenceRow { whom, sample: None, evidence }))
    }

    fn notes(&self) -> Vec<String> {
        let told = [
            (self.not_understood, "sources not understood (no known region; listed in the table only)"),
            (self.without_time, "sources that are a region but have no dates, so no stay was made"),
            (self.onset_only, "cases with a date of onset only, taken as the day of the record, too"),
            (self.undated, "recoveries without a date, not taken"),
        ];
        told.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect()
    }
}

impl Cases {
    /// The regions that a source names, each once. `Wuhan; train` is one region and something not understood.
    fn places(&mut self, regions: &RegionTable, source: Option<&str>) -> Vec<Region> {
        let mut places = Vec::new();
        let parts = source.unwrap_or_default().split([';', ',', '/', '；', '，', '、']).map(str::trim);
        for part in parts.filter(|part| !part.is_empty()) {
            let code = Region::new(part).ok().filter(|code| regions.contains(code));
            match code.or_else(|| regions.named(part).cloned()) {
                Some(region) if !places.contains(&region) => places.push(region),
                Some(_) => {}
                None => self.not_understood += 1,
            }
        }
        places
    }
}

fn dated(view: &View<'_>, row: &Row) -> Result<Dated, String> {
    let [confirmed, reported, onset, from, to] =
        ["confirmed_on", "reported_on", "onset_on", "place_from", "place_to"]
            .map(|field| view.time(row, field));
    let (confirmed, reported, onset) = (confirmed?, reported?, onset?);
    let (from, to) = (from?, to?);
    let recovered = if says_undated(view, row) { None } else { view.time(row, "recovered_on")? };
    let happened = confirmed.or(reported).or(onset).ok_or("no date of confirmation, report or onset")?;
    let zone = view.zone;
    if let Some(onset) = onset
        && onset.day(zone) > happened.day(zone).plus(MOST_DAYS_ONSET_AFTER)
    {
        let (onset, happened) = (onset.day(zone), happened.day(zone));
        return Err(format!("onset_on {onset} lies more than {MOST_DAYS_ONSET_AFTER} days after {happened}"));
    }
    if let Some(recovered) = recovered
        && recovered.day(zone) < happened.day(zone)
    {
        return Err(format!("recovered_on {} lies before {}", recovered.day(zone), happened.day(zone)));
    }
    let (first, last) = (from.or(to), to.or(from));
    let stay = match (first, last) {
        (Some(first), Some(last)) if last.day(zone) < first.day(zone) => {
            return Err(format!("place_to {} lies before place_from {}", last.day(zone), first.day(zone)));
        }
        // A stay of which one end is known is known for that day only.
        (Some(first), Some(last)) => {
            Some((zone.start_of(first.day(zone)), zone.start_of(last.day(zone).plus(1))))
        }
        _ => None,
    };
    let recorded = reported.or(confirmed).unwrap_or(happened);
    Ok(Dated {
        happened_at: happened.instant(zone),
        recorded_at: recorded.instant(zone),
        onset_at: onset.map(|onset| onset.instant(zone)),
        recovered_at: recovered.map(|recovered| recovered.instant(zone)),
        stay,
        onset_only: confirmed.is_none() && reported.is_none(),
    })
}

/// Whether the row says of the recovery only that there was one or none, such as `yes` or `0`.
fn says_undated(view: &View<'_>, row: &Row) -> bool {
    view.text(row, "recovered_on").is_some_and(|text| text.chars().filter(char::is_ascii_digit).count() < 4)
}

/// The words that lists use; an outcome in this column means that there was a case.
fn status(text: Option<&str>) -> Result<CaseStatus, String> {
    let Some(text) = text else { return Ok(CaseStatus::Confirmed) };
    let word: String = text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    match word.as_str() {
        "asymptomatic" | "asymptomaticinfection" | "无症状" | "无症状感染者" | "无症状感染" => {
            Ok(CaseStatus::Asymptomatic)
        }
        "suspected" | "suspect" | "suspectedcase" | "probable" | "possible" | "疑似" | "疑似病例"
        | "临床诊断病例" | "临床诊断" => Ok(CaseStatus::Suspected),
        "excluded" | "discarded" | "notacase" | "ruledout" | "排除" | "已排除" => {
            Ok(CaseStatus::Excluded)
        }
        "confirmed"
        | "confirmedcase"
        | "laboratoryconfirmed"
        | "labconfirmed"
        | "positive"
        | "case"
        | "recovered"
        | "discharged"
        | "hospitalized"
        | "hospitalised"
        | "deceased"
        | "dead"
        | "died"
        | "alive"
        | "stable"
        | "确诊"
        | "确诊病例"
        | "实验室确诊"
        | "阳性"
        | "治愈"
        | "出院"
        | "死亡" => Ok(CaseStatus::Confirmed),
        _ => {
            let cut: String = text.chars().take(40).collect();
            Err(format!("status {cut:?} is not known; write confirmed, asymptomatic, suspected or excluded"))
        }
    }
}

/// `linelist-TJ1-case`; a case id that is too long for that is shortened to a number made from it.
fn id(person: &PersonId, what: &str) -> EvidenceId {
    let plain = format!("linelist-{person}-{what}");
    // Cannot fail: 64 characters hold the words and 32 digits.
    EvidenceId::new(plain)
        .or_else(|_| EvidenceId::new(format!("linelist-{}-{what}", super::tests::digest(person.as_str()))))
        .unwrap_or_else(|_| unreachable!("words and 32 digits are an id"))
}
