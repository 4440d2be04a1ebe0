//! The three words to remember: `cargo xtask demo`, `cargo xtask test`, `cargo xtask bench`. Only the standard
//! library, so that it builds in seconds.

mod bench;
mod browser;
mod demo;
mod guard;
mod install;
mod pages;
mod postgres;
mod report;
mod run;
mod rust;
mod test;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask WORD

  demo [-- ARGS]     build pages and server, then run the demo city; Ctrl-C ends it
  test [--install]   check everything; --install first installs what is missing (Debian, as root or with sudo)
  bench [--full|--gate|--city|--scans|--visits|--work|--trace [--full]]
                     measure, on SQLite and where installed on PostgreSQL

Example: cargo xtask demo -- --port 8081
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (word, rest) = args.split_first().map_or(("help", &args[..]), |(word, rest)| (word.as_str(), rest));
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    let done = match (word, rest.as_slice()) {
        ("help" | "--help" | "-h", _) | (_, ["--help" | "-h"]) => {
            print!("{HELP}");
            Ok(())
        }
        // Only the first `--` is ours; what follows it belongs to the program.
        ("demo", ["--", args @ ..] | args) => demo::demo(args),
        ("test", []) => test::test(false),
        ("test", ["--install"]) => test::test(true),
        (
            "bench",
            size @ ([]
            | ["--full" | "--gate" | "--city" | "--scans" | "--visits" | "--work" | "--trace"]
            | ["--trace", "--full"]),
        ) => bench::bench(size),
        _ => {
            eprintln!("xtask: {} is not understood\n\n{HELP}", args.join(" "));
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("\nxtask {word}: {fault}");
            ExitCode::FAILURE
        }
    }
}
