//! Acts that are on disk before they are answered: scans of people not scanned before, and first declarations.

use crate::http_load::{self, request};
use crate::installation::{Installation, key};
use crate::table::{Aim, Rounds, Row, Rows};
use crate::{Answer, ROUNDS, ServerProcess, engine_floor, machine, start_up};
use serde_json::json;

/// Connections that write at the same time.
const CONNECTIONS: usize = 128;

/// What tells the acts apart.
struct Kind {
    name: &'static str,
    unit: &'static str,
    aim: f64,
    /// About the bytes that one act stores in all its tables.
    bytes: usize,
    yardstick: &'static str,
}

const SCAN: Kind = Kind {
    name: "scan",
    unit: "durable scans/s",
    aim: 5_000.0,
    bytes: 1_000,
    yardstick: "rows of 1,000 bytes, 64 a commit",
};
const SCAN_OF_STRANGERS: Kind = Kind { name: "scan of strangers", ..SCAN };
const DECLARE: Kind = Kind {
    name: "declare",
    unit: "durable declarations/s",
    aim: 2_000.0,
    bytes: 5_000,
    yardstick: "rows of 5,000 bytes, 64 a commit",
};

/// The rows of an engine: scans on the server that has shown the codes, declarations, and scans on a server that was
/// just started and knows nobody.
pub async fn measure(
    installation: &Installation,
    server: ServerProcess,
    codes: &[String],
    engine: &str,
    rows: &mut Rows,
) -> Answer<()> {
    let (a_round, declarations) = (installation.sizes, &installation.declarations);
    let scanned = scans(installation, codes, "scan");
    rows.add(row(installation, &server, engine, &SCAN, scanned.chunks_exact(a_round.0)).await?);
    rows.add(row(installation, &server, engine, &DECLARE, declarations.chunks_exact(a_round.1)).await?);
    drop(server);
    let (server, _) = start_up::start(installation).await?;
    let strangers = scans(installation, codes, "stranger");
    rows.add(
        row(installation, &server, engine, &SCAN_OF_STRANGERS, strangers.chunks_exact(a_round.0)).await?,
    );
    Ok(())
}

fn scans(installation: &Installation, codes: &[String], name: &str) -> Vec<Vec<u8>> {
    let checkers = &installation.checkers;
    let scan = |(number, code): (usize, &String)| {
        let body = json!({ "code": code, "direction": "in" }).to_string();
        request("POST", "/api/v1/scans", &checkers[number % checkers.len()], &key(name, number), &body)
    };
    codes.iter().enumerate().map(scan).collect()
}

async fn row(
    installation: &Installation,
    server: &ServerProcess,
    engine: &str,
    kind: &Kind,
    rounds: impl Iterator<Item = &[Vec<u8>]>,
) -> Answer<Row> {
    let url = installation.database.url();
    let (mut figures, mut yards, mut p99_ms) = (Vec::new(), Vec::new(), f64::INFINITY);
    let (mut processor_s, mut acts) = (0.0, 0);
    for round in rounds.take(ROUNDS) {
        let before = machine::processor_s(server.id())?;
        let run = http_load::run(server.address, CONNECTIONS, round, round.len(), |_, _| ()).await?;
        figures.push(run.rate);
        processor_s += machine::processor_s(server.id())? - before;
        p99_ms = p99_ms.min(run.p99_ms);
        acts += round.len();
        yards.push(engine_floor::rows_a_second(&url, kind.bytes).await?);
    }
    // Unlike the rate it hardly depends on what else the machine does.
    let processor_us = processor_s * 1e6 / acts as f64;
    let residents = installation.residents;
    Ok(Row {
        name: format!("{}, {engine}", kind.name),
        done: format!(
            "{acts} people of {residents}, {CONNECTIONS} connections, 99 % within {p99_ms:.0} ms, {processor_us:.0} µs of the server's processor each"
        ),
        figure: Rounds::rates(&figures, kind.unit),
        yardstick: kind.yardstick,
        yard: Rounds::rates(&yards, "rows/s"),
        aim: Aim::Figure(kind.aim),
    })
}
