//! What each step did: a heading and a duration while it runs, a summary at the end that hides nothing.

use crate::run::Done;
use std::time::{Duration, Instant};

/// Steps done, failed and left out so far.
#[derive(Default)]
pub struct Report {
    lines: Vec<String>,
    failed: Vec<String>,
    skipped: Vec<String>,
}

impl Report {
    /// Runs a step under its heading; true when it went well. A failure is told at once and again at the end.
    pub fn step(&mut self, title: &str, step: impl FnOnce() -> Done) -> bool {
        println!("\n=== {title} ===");
        let start = Instant::now();
        let done = step();
        let took = seconds(start.elapsed());
        let word = if done.is_ok() { "ok" } else { "FAILED" };
        println!("--- {title}: {word}, {took}");
        self.lines.push(format!("{word:<7} {took:>9}  {title}"));
        if let Err(fault) = &done {
            println!("{fault}");
            self.failed.push(format!("{title}: {fault}"));
        }
        done.is_ok()
    }

    /// Notes what is not checked this time, and why.
    pub fn skip(&mut self, title: &str, why: &str) {
        println!("\n!!! {title}: SKIPPED, {why}");
        self.lines.push(format!("{:<7} {:>9}  {title}", "SKIPPED", ""));
        self.skipped.push(format!("{title}: {why}"));
    }

    /// Prints the summary. With `complete`, what was skipped counts as failed.
    pub fn end(self, complete: bool) -> Done {
        println!("\n=== summary ===");
        for line in &self.lines {
            println!("{line}");
        }
        if !self.skipped.is_empty() {
            println!("\n!!! NOT CHECKED:\n!!!   {}", self.skipped.join("\n!!!   "));
        }
        if !self.failed.is_empty() {
            return Err(format!("failed:\n  {}", self.failed.join("\n  ")));
        }
        if complete && !self.skipped.is_empty() {
            return Err("with --install everything must be checked, and something was not".to_owned());
        }
        println!(
            "\n{}",
            if self.skipped.is_empty() { "All checked, all well." } else { "What was checked is well." }
        );
        Ok(())
    }
}

/// A duration in seconds or minutes.
pub fn seconds(took: Duration) -> String {
    match took.as_secs() {
        0..60 => format!("{:.1} s", took.as_secs_f64()),
        more => format!("{} min {:02} s", more / 60, more % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_fails_the_report_and_the_later_steps_still_run() {
        let mut report = Report::default();
        assert!(!report.step("one", || Err("broken".into())));
        assert!(report.step("two", || Ok(())));
        assert_eq!(report.end(false), Err("failed:\n  one: broken".into()));
    }

    #[test]
    fn what_was_skipped_fails_only_where_everything_must_be_checked() {
        let skipped = || {
            let mut report = Report::default();
            report.skip("browser", "no Chromium");
            report
        };
        assert_eq!(skipped().end(false), Ok(()));
        assert!(skipped().end(true).is_err());
    }

    #[test]
    fn durations_read_as_people_say_them() {
        assert_eq!(seconds(Duration::from_millis(1_240)), "1.2 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 05 s");
    }
}
