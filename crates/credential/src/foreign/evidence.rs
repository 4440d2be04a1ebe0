//! What travellers' documents prove, as the facts that rules understand.
//!
//! Codes: EU value sets (test types LP6464-4 and LP217198-3, results in SNOMED CT), FHIR resources `Immunization` and
//! `Observation` of SMART Health Cards (results in SNOMED CT, tests in LOINC).

use healthcode_core::fact::{Assay, CaseReport, CaseStatus, Fact, TestOutcome, TestResult, Vaccination};
use healthcode_core::time::{Day, Instant};
use serde_json::Value;

/// SNOMED CT: detected, and not detected.
const DETECTED: &str = "260373001";
const NOT_DETECTED: &str = "260415000";
/// EU value set `covid-19-lab-test-type`: nucleic acid, and rapid immunoassay.
const NUCLEIC_ACID: &str = "LP6464-4";
const RAPID: &str = "LP217198-3";
/// LOINC codes of nucleic acid tests for SARS-CoV-2 that cards carry.
const LOINC_PCR: [&str; 4] = ["94500-6", "94309-2", "94534-5", "94759-8"];
/// LOINC codes of antigen tests.
const LOINC_ANTIGEN: [&str; 3] = ["94558-4", "95209-3", "96119-3"];

/// What the claims of a verified document prove.
pub(super) fn facts(claims: &Value) -> Vec<(Instant, Fact)> {
    let entries = |kind: &str| claims["certificate"][kind].as_array().into_iter().flatten();
    let vaccinations = entries("v").filter_map(vaccination);
    let tests = entries("t").filter_map(test);
    let recoveries = entries("r").filter_map(recovery);
    let resources =
        claims["bundle"]["entry"].as_array().into_iter().flatten().map(|entry| &entry["resource"]);
    let cards = resources.clone().filter(|resource| resource["resourceType"] == "Immunization");
    let doses: Vec<&Value> = cards.filter(|dose| dose["status"] == "completed").collect();
    let immunizations =
        doses.iter().enumerate().filter_map(|(at, dose)| immunization(dose, at + 1, doses.len()));
    let observations =
        resources.filter(|resource| resource["resourceType"] == "Observation").filter_map(observation);
    let mut facts: Vec<_> =
        vaccinations.chain(tests).chain(recoveries).chain(immunizations).chain(observations).collect();
    facts.sort_by_key(|(at, _)| *at);
    facts
}

fn day(text: &str) -> Option<Day> {
    Day::parse(text.get(..10)?)
}

/// A day is told from its beginning in UTC: nobody knows where it was.
fn beginning(day: Day) -> Instant {
    Instant::from_seconds(i64::from(day.0) * 86_400)
}

fn dose(value: &Value) -> Option<u8> {
    u8::try_from(value.as_u64()?).ok().filter(|dose| *dose > 0)
}

fn vaccination(entry: &Value) -> Option<(Instant, Fact)> {
    let given_on = day(entry["dt"].as_str()?)?;
    let (number, of_doses) = (dose(&entry["dn"])?, dose(&entry["sd"])?);
    let product = entry["mp"].as_str()?.to_owned();
    let vaccination = Vaccination { product, dose: number, of_doses, given_on };
    Some((beginning(given_on), Fact::Vaccination(vaccination)))
}

fn outcome(code: &str) -> Option<TestOutcome> {
    match code {
        DETECTED => Some(TestOutcome::Positive),
        NOT_DETECTED => Some(TestOutcome::Negative),
        _ => None,
    }
}

fn test(entry: &Value) -> Option<(Instant, Fact)> {
    let assay = match entry["tt"].as_str()? {
        NUCLEIC_ACID => Assay::Pcr,
        RAPID => Assay::Antigen,
        _ => return None,
    };
    let sampled_at = Instant::parse(entry["sc"].as_str()?).ok()?;
    let result = outcome(entry["tr"].as_str()?)?;
    let kit = entry["ma"].as_str().or(entry["nm"].as_str()).map(str::to_owned);
    Some((sampled_at, Fact::TestResult(TestResult { assay, result, sampled_at, ct: None, kit })))
}

/// A certificate of recovery holds from some days after the first positive test.
fn recovery(entry: &Value) -> Option<(Instant, Fact)> {
    let at = beginning(day(entry["df"].as_str()?)?);
    Some((at, Fact::CaseReport(CaseReport { status: CaseStatus::Recovered, onset_at: None })))
}

fn code<'a>(concept: &'a Value, system: &str) -> Option<&'a str> {
    let codings = concept["coding"].as_array()?;
    codings.iter().find(|coding| coding["system"] == system).and_then(|coding| coding["code"].as_str())
}

/// The doses of a card are counted as they stand; of how many nobody says.
fn immunization(resource: &Value, number: usize, of: usize) -> Option<(Instant, Fact)> {
    let given_on = day(resource["occurrenceDateTime"].as_str()?)?;
    let cvx = code(&resource["vaccineCode"], "http://hl7.org/fhir/sid/cvx")?;
    let (dose, of_doses) = (u8::try_from(number).ok()?, u8::try_from(of).ok()?);
    let vaccination = Vaccination { product: format!("CVX {cvx}"), dose, of_doses, given_on };
    Some((beginning(given_on), Fact::Vaccination(vaccination)))
}

fn observation(resource: &Value) -> Option<(Instant, Fact)> {
    let loinc = code(&resource["code"], "http://loinc.org")?;
    let assay = if LOINC_PCR.contains(&loinc) {
        Assay::Pcr
    } else if LOINC_ANTIGEN.contains(&loinc) {
        Assay::Antigen
    } else {
        return None;
    };
    let result = outcome(code(&resource["valueCodeableConcept"], "http://snomed.info/sct")?)?;
    let when = resource["effectiveDateTime"].as_str()?;
    let sampled_at = Instant::parse(when).ok().or_else(|| day(when).map(beginning))?;
    Some((sampled_at, Fact::TestResult(TestResult { assay, result, sampled_at, ct: None, kit: None })))
}
