//! What the figures were measured on.

use crate::Answer;
use healthcode_core::time::Zone;
use healthcode_server::clock::Clock;
use std::io::Write;
use std::time::Instant;

/// Synchronised appends that are timed.
const APPENDS: u32 = 200;

/// Date, processor, memory, disk and command.
pub fn facts() -> Answer<String> {
    let now = Zone::new("UTC")?.show(Clock::system().now()).to_string();
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let of = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(':')).map_or("unknown".to_owned(), |(_, v)| v.trim().to_owned())
    };
    let cores = std::thread::available_parallelism()?;
    let command: Vec<String> = std::env::args().skip(1).collect();
    Ok(format!(
        "date      {now}\nprocessor {}, {cores} cores for server, database and load together\nmemory    {}\nload      {} when it began (1, 5, 15 minutes)\ndisk      {:.0} µs for an appended and synchronised page of 4,096 bytes\ncommand   bench {}",
        of(&cpu, "model name"),
        of(&memory, "MemTotal"),
        load.split(' ').take(3).collect::<Vec<_>>().join(" "),
        append_us()?,
        command.join(" "),
    ))
}

/// Microseconds of one append that is on disk before the next begins: what a commit waits for.
fn append_us() -> Answer<f64> {
    let mut file = tempfile::tempfile()?;
    let page = [7; 4_096];
    let start = Instant::now();
    for _ in 0..APPENDS {
        file.write_all(&page)?;
        file.sync_data()?;
    }
    Ok(start.elapsed().as_secs_f64() * 1e6 / f64::from(APPENDS))
}

/// Mebibytes that a process has resident.
pub fn resident_mib(process: u32) -> Answer<f64> {
    status_mib(&process.to_string(), "VmRSS:")
}

/// Forgets how much memory this process has had, so that [`peak_mib`] counts from now on.
pub fn reset_peak() -> Answer<()> {
    Ok(std::fs::write("/proc/self/clear_refs", "5")?)
}

/// Mebibytes that this process has had resident at most, since it began or was reset.
pub fn peak_mib() -> Answer<u64> {
    Ok(status_mib("self", "VmHWM:")? as u64)
}

fn status_mib(process: &str, what: &str) -> Answer<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(what)).ok_or("not in /proc")?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib / 1024.0)
}

/// Ticks of the system's clock in a second, in which Linux tells the time of processes (USER_HZ).
const TICKS: f64 = 100.0;

/// Seconds of processor time that a process has taken so far, its own and the system's for it.
pub fn processor_s(process: u32) -> Answer<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name in parentheses may hold blanks; what follows it does not.
    let (_, fields) = stat.rsplit_once(')').ok_or("no name in /proc")?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    Ok(ticks.sum::<Result<f64, _>>()? / TICKS)
}
