//! What may be asked of duties: whom the rules ask for daily reports or tests now. Derived from decision and evidence, and
//! written with them.

use crate::Statement;
use healthcode_core::ids::PersonId;
use healthcode_core::time::{Day, Instant};

/// What the rules ask of someone, and what of it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    /// Whether daily reports are asked.
    pub reports: bool,
    /// Since when anything is asked; kept as it was where it was asked before.
    pub asked_since: Instant,
    /// The last report.
    pub last_report_at: Option<Instant>,
    /// The last report of fever or a symptom.
    pub abnormal_at: Option<Instant>,
    /// The end of the first day on which a test was asked, where no sample of that day or a later one is known.
    pub test_missed_at: Option<Instant>,
}

/// Puts a duty in force; that an officer followed up stays.
pub fn put(person: &PersonId, duty: &Duty, forget_on: Day) -> Statement {
    let sql = "INSERT INTO duty
         (person, reports, asked_since, last_report_at, abnormal_at, test_missed_at, handled_at, forget_on)
         VALUES ($1, $2, $3, $4, $5, $6, 0, $7)
         ON CONFLICT (person) DO UPDATE SET reports = excluded.reports, last_report_at = excluded.last_report_at,
           abnormal_at = excluded.abnormal_at, test_missed_at = excluded.test_missed_at,
           forget_on = excluded.forget_on";
    Statement::changes("duty", sql)
        .text(person.as_str())
        .number(duty.reports)
        .at(duty.asked_since)
        .number(duty.last_report_at.map_or(0, Instant::micros))
        .number(duty.abnormal_at.map_or(0, Instant::micros))
        .at_if_any(duty.test_missed_at)
        .day(forget_on)
        .of_row(person.as_str())
}

/// Takes the duty of someone of whom nothing is asked any more.
pub fn drop(person: &PersonId) -> Statement {
    let sql = "DELETE FROM duty WHERE person = $1";
    Statement::changes("duty", sql).text(person.as_str()).of_row(person.as_str())
}

/// An officer followed up what the work list says.
pub fn handled(person: &PersonId, at: Instant) -> Statement {
    let sql = "UPDATE duty SET handled_at = $2 WHERE person = $1";
    Statement::changes("duty", sql).text(person.as_str()).at(at).of_row(person.as_str())
}
