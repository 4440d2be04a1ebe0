//! `cargo xtask test`: everything that must hold. A failed step does not keep the later ones from telling what they
//! know.

use crate::report::Report;
use crate::run::{Done, cargo, run};
use crate::{browser, install, pages, rust};

/// Runs every check. With `install`, what is missing is installed first and nothing may be skipped.
pub fn test(install: bool) -> Done {
    let mut report = Report::default();
    let missing = install::missing();
    if install && !missing.is_empty() {
        report.step("install what is missing", || install::install(&missing));
    } else if !missing.is_empty() {
        println!("{}", install::advice(&missing));
    }
    report.step("format", || run(&mut cargo("fmt --all --check")));
    let node = pages::missing_node();
    match &node {
        // The server carries the pages, so they come first.
        None => {
            report.step("pages", pages::build);
            report.step("types of the pages", pages::check);
            report.step("tests of the pages", pages::test);
        }
        Some(what) => report.skip("pages", what),
    }
    rust::check(&mut report);
    let built = rust::release(&mut report);
    let why_not = match (browser::chromium(), node) {
        _ if !built => Err("the release build failed".to_owned()),
        (None, _) => Err("Chromium is not installed".to_owned()),
        (_, Some(what)) => Err(what),
        (Some(chromium), None) => Ok(chromium),
    };
    for (name, script) in browser::SCRIPTS {
        match &why_not {
            Ok(chromium) => {
                report.step(name, || browser::test(chromium, script));
            }
            Err(what) => report.skip(name, what),
        }
    }
    report.end(install)
}
