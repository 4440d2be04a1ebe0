//! Showing one's pass and decision, beside a handler of the same framework that returns as many bytes.

use crate::http_load;
use crate::installation::Installation;
use crate::table::{Aim, Rounds, Row};
use crate::{Answer, ROUNDS, ServerProcess, machine};
use std::cell::Cell;

/// Connections of both.
const CONNECTIONS: usize = 64;

/// Everyone asks in turn; both servers get the same requests.
pub async fn measure(installation: &Installation, server: &ServerProcess, count: usize) -> Answer<Row> {
    let people = &installation.shows;
    let bytes = Cell::new(0);
    http_load::run(server.address, 1, people, 1, |_, body| bytes.set(body.len())).await?;
    let bytes = bytes.get();
    let constant = ServerProcess::start(&["constant", &bytes.to_string()])?;
    let (mut figures, mut yards, mut p99_ms) = (Vec::new(), Vec::new(), f64::INFINITY);
    let mut processor_s = 0.0;
    for _ in 0..ROUNDS {
        yards.push(http_load::run(constant.address, CONNECTIONS, people, count, |_, _| ()).await?.rate);
        let before = machine::processor_s(server.id())?;
        let run = http_load::run(server.address, CONNECTIONS, people, count, |_, _| ()).await?;
        processor_s += machine::processor_s(server.id())? - before;
        figures.push(run.rate);
        p99_ms = p99_ms.min(run.p99_ms);
    }
    let processor_us = processor_s * 1e6 / (count * ROUNDS) as f64;
    Ok(Row {
        name: "show pass and decision".to_owned(),
        done: format!(
            "{count} requests of {} people, {CONNECTIONS} connections, {bytes} bytes, 99 % within {p99_ms:.1} ms, {processor_us:.0} µs of the server's processor each",
            people.len()
        ),
        figure: Rounds::rates(&figures, "shows/s"),
        yardstick: "axum handler that returns a constant",
        yard: Rounds::rates(&yards, "answers/s"),
        aim: Aim::RatioAtLeast(0.5),
    })
}
