//! The line list of cases as CSV, for a purpose. Every person in it sees the look, the export itself is recorded, beyond
//! one's area it has pseudonyms, and no cell is a formula.

use crate::app::App;
use crate::caller::Caller;
use crate::looking::{read_purpose, record_looks};
use crate::permission::Deed;
use crate::problem::Answer;
use crate::reach::named;
use crate::recording::show;
use crate::request::Body;
use crate::watching::record_inquiry;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use healthcode_core::time::Instant;
use healthcode_store::{outbreak, people};
use serde::{Deserialize, Serialize};

/// Cases in an export, at most.
const MOST_CASES: i64 = 5_000;

/// What for.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportRequest {
    /// `case`, `audit`, `identity` or `help`; everyone in the export sees it.
    #[serde(default)]
    purpose: Option<String>,
}

/// A cell: quoted, and never begun so that a table program takes it for a formula.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = text.replace('"', "\"\"");
    format!("\"{}{text}\"", if formula { "'" } else { "" })
}

/// Exports the cases of one's area.
#[utoipa::path(post, path = "/api/v1/cases/exports", tag = "officer", request_body = ExportRequest, responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn export_cases(
    State(app): State<App>,
    caller: Caller,
    Body(request): Body<ExportRequest>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::ExportCases)?;
    let purpose = read_purpose(request.purpose.as_deref())?;
    let mut conn = app.store.reader().await?;
    let found = outbreak::illnesses(&mut conn, &caller.area, Instant::from_micros(0), MOST_CASES).await?;
    record_inquiry(&app, &caller, "export", "cases", (purpose, found.len())).await?;
    let looked: Vec<_> = found.iter().map(|case| case.person.clone()).collect();
    record_looks(&app, &caller, &looked, purpose).await?;
    // With a byte order mark: table programs read it as UTF-8 then.
    let mut csv =
        "\u{feff}person,name,document_last_four,status,reported_at,onset_at,sampled_at,region\r\n".to_owned();
    let time = |at: Option<Instant>| at.map(|at| show(&app, at).to_string()).unwrap_or_default();
    for case in found {
        let Some(known) = people::get(&mut conn, app.store.seal(), &case.person).await? else { continue };
        let shown = named(&app, &mut conn, &caller, &known).await?;
        let person = if shown.within { case.person.to_string() } else { shown.masked_name.clone() };
        let cells = [
            person,
            shown.masked_name,
            shown.last_four,
            case.status,
            time(Some(case.reported_at)),
            time(case.onset_at),
            time(case.sampled_at),
            case.region,
        ];
        csv.push_str(&cells.map(|text| cell(&text)).join(","));
        csv.push_str("\r\n");
    }
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"cases.csv\""),
    ];
    Ok((headers, csv))
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn no_cell_is_a_formula() {
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
        assert_eq!(cell("@sum"), "\"'@sum\"");
        assert_eq!(cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
        assert_eq!(cell("王*"), "\"王*\"");
    }
}
