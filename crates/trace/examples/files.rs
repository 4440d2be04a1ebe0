//! Traces files and tells the seconds, for profiling:
//! `cargo run --release -p healthcode-trace --example files -- visits.csv cases.csv contacts.csv`.

use healthcode_trace::{Policy, run};
use std::fs::File;
use std::io::BufReader;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let [visits, cases, out] = &files[..] else {
        return Err("give visits, cases and a file to write".into());
    };
    let policy = Policy::built_in("place-15min-sum-24h").ok_or("it is built in")?;
    let open = |name| File::open(name).map(|file| BufReader::with_capacity(1 << 16, file));
    let started = Instant::now();
    let summary = run(open(visits)?, open(cases)?, &policy, None, File::create(out)?)?;
    println!("{:.2} s, {} visits, {} rows", started.elapsed().as_secs_f64(), summary.visits, summary.rows);
    let status = std::fs::read_to_string("/proc/self/status")?;
    status.lines().filter(|line| line.starts_with("VmHWM")).for_each(|line| println!("{line}"));
    Ok(())
}
