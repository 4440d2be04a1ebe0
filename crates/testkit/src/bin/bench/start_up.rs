//! Starting on a full database, and the first codes of the day: each is a token signed, and its place stored.

use crate::http_load::{self, Run, request};
use crate::installation::{Installation, SHOWN};
use crate::table::{Aim, Rounds, Row};
use crate::{Answer, ServerProcess, engine_floor, machine};
use serde_json::Value;
use std::cell::Cell;
use std::time::Instant;

/// Connections that ask for first codes.
const CONNECTIONS: usize = 128;
/// About the bytes that a stored pass takes.
const PASS_BYTES: usize = 500;

/// Milliseconds from the start of the process.
pub struct StartUp {
    ready_ms: f64,
    first_code_ms: f64,
    /// Resident memory then, and once [`SHOWN`] codes were shown.
    ready_mib: f64,
}

/// First codes, and what they cost.
pub struct FirstShows {
    run: Run,
    floor: f64,
    shown_mib: f64,
}

/// Starts the server.
pub async fn start(installation: &Installation) -> Answer<(ServerProcess, StartUp)> {
    let data = installation.database.folder().join("data");
    let url = installation.database.url();
    let start = Instant::now();
    let server = ServerProcess::start(&["serve", &data.to_string_lossy(), &url])?;
    let ms = || start.elapsed().as_secs_f64() * 1_000.0;
    let ready = [request("GET", "/readyz", "", "", "")];
    http_load::run(server.address, 1, &ready, 1, |_, _| ()).await?;
    let ready_ms = ms();
    let ready_mib = machine::resident_mib(server.id())?;
    http_load::run(server.address, 1, &installation.shows[..1], 1, |_, _| ()).await?;
    let first_code_ms = ms();
    Ok((server, StartUp { ready_ms, first_code_ms, ready_mib }))
}

/// Shows every code for the first time.
pub async fn show_first(installation: &Installation, server: &ServerProcess) -> Answer<FirstShows> {
    let shows = &installation.shows;
    let shown = Cell::new(0);
    let keep = |_: usize, body: &[u8]| {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        shown.set(shown.get() + usize::from(body["pass"]["text"].is_string()));
    };
    let (first, rest) = shows.split_at(SHOWN.min(shows.len()));
    let run = http_load::run(server.address, CONNECTIONS, first, first.len(), keep).await?;
    let shown_mib = machine::resident_mib(server.id())?;
    if !rest.is_empty() {
        http_load::run(server.address, CONNECTIONS, rest, rest.len(), keep).await?;
    }
    if shown.get() < shows.len() {
        return Err("someone was shown no code".into());
    }
    let floor = engine_floor::rows_a_second(&installation.database.url(), PASS_BYTES).await?;
    Ok(FirstShows { run, floor, shown_mib })
}

/// The rows about the start.
pub fn rows(installation: &Installation, started: StartUp, shown: FirstShows) -> Vec<Row> {
    let residents = installation.residents;
    let one = |value, unit| Rounds::times(&[value], unit);
    let row = |name: &str, done: String, figure, yardstick, yard| Row {
        name: name.to_owned(),
        done,
        figure,
        yardstick,
        yard,
        aim: Aim::None,
    };
    let loaded = f64::from(residents) / installation.loaded_s;
    let StartUp { ready_ms, first_code_ms, ready_mib } = started;
    vec![
        row(
            "start, first code",
            format!("SQLite, {residents} residents (loaded at {loaded:.0}/s)"),
            one(first_code_ms, "ms"),
            "/readyz answers",
            one(ready_ms, "ms"),
        ),
        row(
            "resident memory",
            format!("{residents} residents, {SHOWN} codes shown"),
            one(shown.shown_mib, "MiB"),
            "the same process when ready",
            one(ready_mib, "MiB"),
        ),
        row(
            "first show of a day",
            format!(
                "SQLite, {SHOWN} people, {CONNECTIONS} connections, 99 % within {:.0} ms",
                shown.run.p99_ms
            ),
            Rounds::rates(&[shown.run.rate], "stored passes/s"),
            "rows of 500 bytes, 64 a commit",
            Rounds::rates(&[shown.floor], "rows/s"),
        ),
    ]
}
