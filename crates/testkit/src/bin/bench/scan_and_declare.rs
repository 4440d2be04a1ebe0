//! Acts that are on disk before they are answered: scans of people not scanned before, and first declarations.

use crate::http_load::{self, request};
use crate::installation::{Installation, key};
use crate::phones::Phones;
use crate::table::{Aim, Rounds, Row, Rows};
use crate::{Answer, ROUNDS, ServerProcess, engine_floor, machine, start_up};
use healthcode_server::clock::Clock;
use serde_json::json;
use std::ops::Range;

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

/// The rows of an engine: scans on the server that issued the passes and has shown the codes, declarations, and scans on
/// a server that was just started and knows neither people nor passes.
pub async fn measure(
    installation: &Installation,
    server: ServerProcess,
    engine: &str,
    rows: &mut Rows,
) -> Answer<()> {
    let (scans_a_round, a_round) = installation.sizes;
    let phones = Phones::fetch(server.address, &installation.sessions[..scans_a_round * ROUNDS]).await?;
    let scan = |name: &'static str| {
        let phones = &phones;
        move |round: usize| {
            let some = round * scans_a_round..(round + 1) * scans_a_round;
            scans(&installation.checkers, phones, some, name)
        }
    };
    rows.add(row(installation, &server, engine, &SCAN, scan("scan")).await?);
    let declare =
        |round: usize| Ok(installation.declarations[round * a_round..(round + 1) * a_round].to_vec());
    rows.add(row(installation, &server, engine, &DECLARE, declare).await?);
    drop(server);
    let (server, _) = start_up::start(installation).await?;
    rows.add(row(installation, &server, engine, &SCAN_OF_STRANGERS, scan("stranger")).await?);
    Ok(())
}

/// Scans of what some phones show now.
fn scans(checkers: &[String], phones: &Phones, some: Range<usize>, name: &str) -> Answer<Vec<Vec<u8>>> {
    let codes = phones.present(some.clone(), Clock::system().now())?;
    let scan = |(number, code): (usize, &String)| {
        let body = json!({ "code": code, "direction": "in" }).to_string();
        request("POST", "/api/v1/scans", &checkers[number % checkers.len()], &key(name, number), &body)
    };
    Ok(some.zip(&codes).map(scan).collect())
}

async fn row(
    installation: &Installation,
    server: &ServerProcess,
    engine: &str,
    kind: &Kind,
    requests: impl Fn(usize) -> Answer<Vec<Vec<u8>>>,
) -> Answer<Row> {
    let url = installation.database.url();
    let (mut figures, mut yards, mut p99_ms) = (Vec::new(), Vec::new(), f64::INFINITY);
    let (mut processor_s, mut acts) = (0.0, 0);
    for round in 0..ROUNDS {
        let requests = requests(round)?;
        let before = machine::processor_s(server.id())?;
        let run = http_load::run(server.address, CONNECTIONS, &requests, requests.len(), |_, _| ()).await?;
        figures.push(run.rate);
        processor_s += machine::processor_s(server.id())? - before;
        p99_ms = p99_ms.min(run.p99_ms);
        acts += requests.len();
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
