//! What an import says at its end, and the file of refused rows.

use super::kinds::csv_line;
use super::reading::Reading;
use super::table::Table;
use crate::fault::Fault;
use crate::files::Output;

/// Refused rows that are told one by one; the others are counted.
const MOST_TOLD: usize = 20;

/// For people.
pub fn words(reading: &Reading, table: &Table) -> String {
    let mut text = String::new();
    for note in &reading.notes {
        text += &format!("{note}\n");
    }
    let used: Vec<_> = reading.used.iter().map(|(field, heading)| format!("{field} = {heading:?}")).collect();
    text += &format!("columns used: {}\n", used.join(", "));
    let not_used: Vec<_> = reading.not_used.iter().map(|heading| format!("{heading:?}")).collect();
    let none = "none".to_owned();
    text += &format!("columns not used: {}\n", if not_used.is_empty() { none } else { not_used.join(", ") });
    for (place, reason) in reading.refused.iter().take(MOST_TOLD) {
        text += &format!("refused, line {}: {reason}\n", table.rows[*place].line);
    }
    if reading.refused.len() > MOST_TOLD {
        text += &format!("and {} more; --refused FILE writes all\n", reading.refused.len() - MOST_TOLD);
    }
    let (read, stored, refused) = (reading.read(), reading.count_stored(), reading.refused.len());
    text + &format!("read {read} = stored {stored} + refused {refused} + skipped {}\n", reading.skipped)
}

/// For programs.
pub fn json(reading: &Reading, table: &Table) -> String {
    let used: serde_json::Map<_, _> =
        reading.used.iter().map(|(field, heading)| ((*field).to_owned(), heading.as_str().into())).collect();
    let refusals = reading
        .refused
        .iter()
        .map(|(place, reason)| serde_json::json!({ "line": table.rows[*place].line, "reason": reason }));
    let report = serde_json::json!({
        "read": reading.read(),
        "stored": reading.count_stored(),
        "refused": reading.refused.len(),
        "skipped": reading.skipped,
        "used": used,
        "not_used": reading.not_used,
        "notes": reading.notes,
        "refusals": refusals.collect::<Vec<_>>(),
    });
    format!("{report}\n")
}

/// CSV `line,reason` and then the row as it was; written but not yet in place.
pub fn refused_rows(reading: &Reading, table: &Table, mut out: Output) -> Result<Output, Fault> {
    let with = |first: [&str; 2], rest: &[String]| {
        let fields: Vec<&str> = first.into_iter().chain(rest.iter().map(String::as_str)).collect();
        csv_line(&fields)
    };
    out.line(&with(["line", "reason"], &table.headings))?;
    for (place, reason) in &reading.refused {
        let row = &table.rows[*place];
        out.line(&with([&row.line.to_string(), reason], &row.cells))?;
    }
    Ok(out)
}
