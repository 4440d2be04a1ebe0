//! `cargo xtask demo`: pages, server, and then the demo city in this terminal.

use crate::pages;
use crate::run::{Done, cargo, could_not_start, root, run, shown, target};
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Builds what is not up to date, then becomes `healthcode demo` with the arguments, so that Ctrl-C reaches it alone.
pub fn demo(args: &[&str]) -> Done {
    println!("1/3 pages");
    pages::build()?;
    println!("2/3 server");
    run(&mut cargo("build --release -p healthcode-cli"))?;
    println!("3/3 the demo city; Ctrl-C ends it");
    let mut healthcode = Command::new(target()?.join("release/healthcode"));
    healthcode.arg("demo").args(args).current_dir(root());
    // Returns only when it failed.
    let fault = healthcode.exec();
    Err(could_not_start(&shown(&healthcode), &fault))
}
