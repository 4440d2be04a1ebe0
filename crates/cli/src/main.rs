//! The command line: names the commands and hands over, one file a command.

mod bundle;
mod decide;
mod demo;
mod doctor;
mod explain;
mod fault;
mod files;
mod gate;
mod import;
mod installation;
mod key_access;
mod keys;
mod pass;
mod people;
mod presets;
mod progress;
mod replay;
mod rules;
mod serve;
mod sort;
mod store;
mod tls;
mod trace;

use clap::{Parser, Subcommand};
use fault::{Answer, Fault};
use std::process::ExitCode;

/// Docs: docs/decisions/0020-scans-together.md.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// An open, self-hostable epidemic prevention code platform.
///
/// Exit status: 0 done, 1 the answer is no, 2 bad input or usage.
#[derive(Parser)]
#[command(name = "healthcode", version, arg_required_else_help = true)]
#[command(
    after_help = "Example:\n  healthcode decide --rules rules/hangzhou-2020-02 --evidence evidence.jsonl \\\n    --at 2020-02-12T09:00:00+08:00"
)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server and its jobs.
    Serve(serve::Arguments),
    /// Run a throw-away city with a cast of people and a clock that can be moved.
    Demo(demo::Arguments),
    /// Decide on every person of an evidence file at an instant.
    Decide(decide::Arguments),
    /// Show how decisions change over time.
    Replay(replay::Arguments),
    /// Check and compare rule sets.
    Rules(rules::Arguments),
    /// Read a table of cases, people, tests, visits or regions.
    Import(import::Arguments),
    /// Find the contacts of cases in a table of visits.
    Trace(trace::Arguments),
    /// Verify passes.
    Pass(pass::Arguments),
    /// Decide at a turnstile or a counter, with the network or without.
    Gate(gate::Arguments),
    /// Make, list, rotate and withdraw signing keys.
    Keys(keys::Arguments),
    /// Draft, sign and publish trust bundles for gates.
    Bundle(bundle::Arguments),
    /// Migrate, back up, restore and check the database.
    Store(store::Arguments),
    /// Say what is wrong with this installation and what to do.
    Doctor(doctor::Arguments),
}

impl Command {
    fn run(self) -> Result<Answer, Fault> {
        match self {
            Self::Serve(arguments) => serve::run(&arguments),
            Self::Demo(arguments) => demo::run(&arguments),
            Self::Decide(arguments) => decide::run(&arguments),
            Self::Replay(arguments) => replay::run(&arguments),
            Self::Rules(arguments) => rules::run(&arguments),
            Self::Import(arguments) => import::run(&arguments),
            Self::Trace(arguments) => trace::run(&arguments),
            Self::Pass(arguments) => pass::run(&arguments),
            Self::Gate(arguments) => gate::run(&arguments),
            Self::Keys(arguments) => keys::run(&arguments),
            Self::Bundle(arguments) => bundle::run(&arguments),
            Self::Store(arguments) => store::run(&arguments),
            Self::Doctor(arguments) => doctor::run(&arguments),
        }
    }
}

fn main() -> ExitCode {
    match CommandLine::parse().command.run() {
        Ok(answer) => answer.exit_code(),
        // Whoever reads the output has gone away, as `head` does: nothing is wrong.
        Err(fault) if fault.is_closed_pipe() => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("error: {fault} [{}]", fault.code());
            ExitCode::from(2)
        }
    }
}
