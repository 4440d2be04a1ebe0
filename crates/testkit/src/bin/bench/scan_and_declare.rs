//! Acts that are on disk before they are answered: scans of people not scanned before, and first declarations.

use crate::http_load::{self, request};
use crate::installation::{Installation, key};
use crate::table::{Aim, Rounds, Row};
use crate::{Answer, ROUNDS, ServerProcess, engine_floor, machine};
use serde_json::json;

/// Connections that write at the same time.
const CONNECTIONS: usize = 128;
/// About the bytes that one act stores in all its tables.
const SCAN_BYTES: usize = 1_000;
const DECLARATION_BYTES: usize = 5_000;

/// Both rows of an engine.
pub async fn measure(
    installation: &Installation,
    server: &ServerProcess,
    codes: &[String],
    engine: &str,
) -> Answer<Vec<Row>> {
    let checkers = &installation.checkers;
    let scan = |(number, code): (usize, &String)| {
        let body = json!({ "code": code, "direction": "in" }).to_string();
        request("POST", "/api/v1/scans", &checkers[number % checkers.len()], &key("scan", number), &body)
    };
    let scans: Vec<_> = codes.iter().enumerate().map(scan).collect();
    let (scans_a_round, declarations_a_round) = installation.sizes;
    Ok(vec![
        Row {
            name: format!("scan, {engine}"),
            aim: Aim::Figure(5_000.0),
            ..row(installation, server, &scans, scans_a_round, ("durable scans/s", SCAN_BYTES)).await?
        },
        Row {
            name: format!("declare, {engine}"),
            aim: Aim::Figure(2_000.0),
            ..row(
                installation,
                server,
                &installation.declarations,
                declarations_a_round,
                ("durable declarations/s", DECLARATION_BYTES),
            )
            .await?
        },
    ])
}

async fn row(
    installation: &Installation,
    server: &ServerProcess,
    requests: &[Vec<u8>],
    a_round: usize,
    (unit, bytes): (&'static str, usize),
) -> Answer<Row> {
    let url = installation.database.url();
    let (mut figures, mut yards, mut p99_ms) = (Vec::new(), Vec::new(), f64::INFINITY);
    let mut processor_s = 0.0;
    for round in requests.chunks_exact(a_round).take(ROUNDS) {
        let before = machine::processor_s(server.id())?;
        let run = http_load::run(server.address, CONNECTIONS, round, a_round, |_, _| ()).await?;
        figures.push(run.rate);
        processor_s += machine::processor_s(server.id())? - before;
        p99_ms = p99_ms.min(run.p99_ms);
        yards.push(engine_floor::rows_a_second(&url, bytes).await?);
    }
    let (residents, acts) = (installation.residents, a_round * ROUNDS);
    // Unlike the rate it hardly depends on what else the machine does.
    let processor_us = processor_s * 1e6 / acts as f64;
    Ok(Row {
        name: String::new(),
        done: format!(
            "{acts} people of {residents}, {CONNECTIONS} connections, 99 % within {p99_ms:.0} ms, {processor_us:.0} µs of the server's processor time each"
        ),
        figure: Rounds::rates(&figures, unit),
        yardstick: if bytes == SCAN_BYTES {
            "rows of 1,000 bytes, 64 a commit"
        } else {
            "rows of 5,000 bytes, 64 a commit"
        },
        yard: Rounds::rates(&yards, "rows/s"),
        aim: Aim::None,
    })
}
