//! `cargo xtask bench`: the measurements, on SQLite and where it is installed on PostgreSQL.

use crate::postgres::{self, Postgres};
use crate::run::{Done, cargo, run};
use crate::{install, pages};

/// Builds and runs the measurements; `--full` takes the sizes of a large city, `--gate` only what a gate alone does,
/// `--city` decides about ten million at once, `--visits` stores and forgets a day, `--trace` traces alone, `--work`
/// reads the list of whom to call first.
pub fn bench(size: &[&str]) -> Done {
    match pages::missing_node() {
        None => pages::build()?,
        Some(what) => println!("The pages are measured as they were last built: {what}"),
    }
    let mut bench = cargo("run --release -p healthcode-testkit --features lsm --bin bench --");
    bench.args(size);
    let server = match postgres::bin() {
        _ if std::env::var_os(postgres::VARIABLE).is_some() => None,
        Some(bin) => Some(Postgres::start(&bin)?),
        None => {
            println!("{}", install::advice(&install::missing()));
            None
        }
    };
    if let Some(server) = &server {
        bench.env(postgres::VARIABLE, server.url());
    }
    run(&mut bench)
}
