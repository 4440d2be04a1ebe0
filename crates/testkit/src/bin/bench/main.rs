//! The measurements, run by `cargo xtask bench`: one table, each row beside its yardstick from the same run.
//! docs/benchmarks.md says what each row means. Ends by itself within minutes; leaves nothing behind.

mod as_sql;
mod city;
mod city_store;
mod decide;
mod decide_anew;
mod engine_floor;
mod gate_alone;
mod http_load;
mod installation;
mod kept_visits;
mod lives;
mod machine;
mod pass;
mod phones;
mod scan_and_declare;
mod server_process;
mod show;
mod start_up;
mod table;
mod trace;
mod work_list;

use healthcode_testkit::world::{Database, POSTGRES};
use installation::Installation;
use server_process::ServerProcess;
use table::Rows;

/// The same as the server's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Answer<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// How much is done.
struct Sizes {
    /// People decided on.
    lives: usize,
    /// People decided on at once.
    city: u64,
    /// Residents of the SQLite installation and of the PostgreSQL one.
    residents: [u32; 2],
    /// Scans, and declarations, of one round.
    scans: usize,
    declarations: usize,
    /// Hot showings of one round.
    shows: usize,
}

const QUICK: Sizes = Sizes {
    lives: 60_000,
    city: 100_000,
    residents: [100_000, 30_000],
    scans: 8_000,
    declarations: 4_000,
    shows: 60_000,
};
const FULL: Sizes = Sizes {
    lives: 300_000,
    city: 1_000_000,
    residents: [1_000_000, 200_000],
    scans: 40_000,
    declarations: 20_000,
    shows: 300_000,
};

/// Rounds of every measurement. The quickest counts, because whatever disturbs a round only slows it; the slowest is
/// printed beside it.
const ROUNDS: usize = 3;

fn main() -> Answer<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => measure(&QUICK),
        ["--full"] => measure(&FULL),
        ["--gate"] => gate(),
        ["--visits"] => kept(1_000_000),
        ["--scans"] => scanned(),
        ["--work"] => work(100_000),
        ["--trace"] => traced(trace::USUAL),
        ["--trace", "--full"] => traced(trace::FULL),
        ["--city"] => cities(&[10_000, 100_000, 1_000_000, 10_000_000]),
        // What this program starts beside itself, so that server and load generator are two processes.
        ["serve", data, url] => server_process::serve(data, url),
        ["constant", bytes] => server_process::serve_constant(bytes.parse()?),
        _ => {
            Err("bench takes nothing, --full, --gate, --city, --scans, --visits, --work or --trace [--full]; run it with `cargo xtask bench`"
                .into())
        }
    }
}

/// What a gate alone does.
fn gate() -> Answer<()> {
    println!("{}", machine::facts()?);
    let mut rows = Rows::default();
    gate_alone::measure()?.into_iter().for_each(|row| rows.add(row));
    println!("\n{rows}");
    Ok(())
}

/// Everyone decided at once, in cities of growing size.
fn cities(sizes: &[u64]) -> Answer<()> {
    println!("{}", machine::facts()?);
    let mut rows = Rows::default();
    for people in sizes {
        city(*people, &mut rows)?;
    }
    println!("\n{rows}");
    Ok(())
}

/// Scans and declarations alone, on a small installation of each engine.
fn scanned() -> Answer<()> {
    println!("{}", machine::facts()?);
    let sizes = Sizes { residents: [30_000; 2], ..QUICK };
    let mut rows = Rows::default();
    let load = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    load.block_on(async {
        let databases = [Some(Database::sqlite()), Database::postgres().await];
        for (database, engine) in databases.into_iter().flatten().zip(["SQLite", "PostgreSQL"]) {
            let installation = Installation::found(database, sizes.residents[0], &sizes).await?;
            let (server, _) = start_up::start(&installation).await?;
            start_up::show_first(&installation, &server).await?;
            scan_and_declare::measure(&installation, server, engine, &mut rows).await?;
        }
        Answer::Ok(())
    })?;
    println!("\n{rows}");
    Ok(())
}

/// A day of visits in the database.
fn kept(visits: u64) -> Answer<()> {
    println!("{}", machine::facts()?);
    let mut rows = Rows::default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        kept_visits::measure(visits, Database::sqlite(), "SQLite")
            .await?
            .into_iter()
            .for_each(|row| rows.add(row));
        if let Some(database) = Database::postgres().await {
            let measured = kept_visits::measure(visits, database, "PostgreSQL").await?;
            measured.into_iter().for_each(|row| rows.add(row));
        }
        Answer::Ok(())
    })?;
    println!("\n{rows}");
    Ok(())
}

/// The list of whom to call first.
fn work(people: usize) -> Answer<()> {
    println!("{}", machine::facts()?);
    let mut rows = Rows::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        rows.add(work_list::measure(people, Database::sqlite(), "SQLite").await?);
        if let Some(database) = Database::postgres().await {
            rows.add(work_list::measure(people, database, "PostgreSQL").await?);
        }
        Answer::Ok(())
    })?;
    println!("\n{rows}");
    Ok(())
}

/// Visits and contacts alone.
fn traced(sizes: trace::Sizes) -> Answer<()> {
    println!("{}", machine::facts()?);
    let mut rows = Rows::default();
    trace::measure(sizes, &mut rows)?;
    println!("\n{rows}");
    Ok(())
}

fn city(people: u64, rows: &mut Rows) -> Answer<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        rows.add(city_store::measure(people, Database::sqlite(), "SQLite").await?);
        if let Some(database) = Database::postgres().await {
            rows.add(city_store::measure(people, database, "PostgreSQL").await?);
        }
        Answer::Ok(())
    })?;
    rows.add(city::from_memory(people)?);
    match as_sql::measure(people)? {
        Some(row) => rows.add(row),
        None => eprintln!("SKIPPED: no rules as SQL beside; install the Python package duckdb"),
    }
    Ok(())
}

fn measure(sizes: &Sizes) -> Answer<()> {
    println!("{}", machine::facts()?);
    let mut rows = Rows::default();
    rows.add(decide::measure(sizes.lives)?);
    city(sizes.city, &mut rows)?;
    gate_alone::measure()?.into_iter().for_each(|row| rows.add(row));
    trace::measure(trace::QUICK, &mut rows)?;
    pass::measure()?.into_iter().for_each(|row| rows.add(row));
    // One thread makes the load, the same for every row; what a server does by itself has as many as a server.
    let load = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let jobs = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let installation = load.block_on(on_sqlite(sizes, &mut rows))?;
    jobs.block_on(decide_anew::measure(&installation, "SQLite"))?.into_iter().for_each(|row| rows.add(row));
    drop(installation);
    match load.block_on(Database::postgres()) {
        Some(database) => {
            let installation = load.block_on(on_postgres(sizes, database, &mut rows))?;
            let measured = jobs.block_on(decide_anew::measure(&installation, "PostgreSQL"))?;
            measured.into_iter().for_each(|row| rows.add(row));
        }
        None => eprintln!("SKIPPED: PostgreSQL is not measured; give {POSTGRES}=postgres://USER@HOST/NAME"),
    }
    println!("\n{rows}");
    Ok(())
}

async fn on_sqlite(sizes: &Sizes, rows: &mut Rows) -> Answer<Installation> {
    let installation = Installation::found(Database::sqlite(), sizes.residents[0], sizes).await?;
    let (server, started) = start_up::start(&installation).await?;
    let first_shows = start_up::show_first(&installation, &server).await?;
    start_up::rows(&installation, started, first_shows).into_iter().for_each(|row| rows.add(row));
    rows.add(show::measure(&installation, &server, sizes.shows).await?);
    scan_and_declare::measure(&installation, server, "SQLite", rows).await?;
    Ok(installation)
}

async fn on_postgres(sizes: &Sizes, database: Database, rows: &mut Rows) -> Answer<Installation> {
    let installation = Installation::found(database, sizes.residents[1], sizes).await?;
    let (server, _) = start_up::start(&installation).await?;
    start_up::show_first(&installation, &server).await?;
    scan_and_declare::measure(&installation, server, "PostgreSQL", rows).await?;
    Ok(installation)
}
