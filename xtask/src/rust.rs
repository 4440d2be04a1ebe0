//! The Rust half of the checks. One profile for lints, tests and doc tests, and all of the workspace each time, so
//! that nothing is built twice.

use crate::postgres::{self, Postgres};
use crate::report::Report;
use crate::run::{cargo, read, run};
use std::process::Command;

/// Lints, tests on both databases, doc tests.
pub fn check(report: &mut Report) {
    report.step("lints", || run(&mut cargo("clippy --workspace --all-targets -- -D warnings")));
    let server = database(report);
    let with_database = |mut command: Command| {
        if let Some(server) = &server {
            command.env(postgres::VARIABLE, server.url());
        }
        run(&mut command)
    };
    report.step("tests", || {
        if read(&mut cargo("nextest --version")).is_ok() {
            return with_database(cargo("nextest run --workspace --no-fail-fast"));
        }
        println!("  cargo-nextest is not here; `cargo test` does the same, slower");
        with_database(cargo("test --workspace --no-fail-fast --lib --bins --tests --examples"))
    });
    report.step("examples in the documentation", || {
        with_database(cargo("test --workspace --doc --no-fail-fast"))
    });
}

/// The binary that is shipped; true when it was built.
pub fn release(report: &mut Report) -> bool {
    report.step("release build", || run(&mut cargo("build --release -p healthcode-cli")))
}

/// A server for this run, unless the caller named one or there is none to start.
fn database(report: &mut Report) -> Option<Postgres> {
    if std::env::var_os(postgres::VARIABLE).is_some() {
        println!("\nPostgreSQL is the one that {} names", postgres::VARIABLE);
        return None;
    }
    let Some(bin) = postgres::bin() else {
        report.skip("PostgreSQL", "every test on PostgreSQL, because its server is not installed");
        return None;
    };
    let mut server = None;
    report.step("a PostgreSQL server for the tests", || {
        server = Some(Postgres::start(&bin)?);
        Ok(())
    });
    server
}
