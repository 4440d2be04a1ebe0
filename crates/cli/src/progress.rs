//! Progress on standard error, for people who wait: only at a terminal, and only after two seconds.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Counts what is done and says so now and then.
pub struct Progress {
    what: &'static str,
    done: u64,
    watched: bool,
    begun: Instant,
    last: Option<Instant>,
}

impl Progress {
    /// Begins with nothing done; `what` is counted, such as `lines read`.
    pub fn new(what: &'static str) -> Self {
        Self { what, done: 0, watched: std::io::stderr().is_terminal(), begun: Instant::now(), last: None }
    }

    /// One more is done.
    pub fn step(&mut self) {
        self.done += 1;
        if self.done.is_multiple_of(1024) {
            self.reach(self.done);
        }
    }

    /// So many are done in all.
    pub fn reach(&mut self, done: u64) {
        self.done = done;
        if !self.watched {
            return;
        }
        let now = Instant::now();
        let due = match self.last {
            None => now - self.begun > Duration::from_secs(2),
            Some(last) => now - last > Duration::from_millis(250),
        };
        if due {
            eprint!("\r{} {}", self.done, self.what);
            self.last = Some(now);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.last.is_some() {
            eprintln!("\r{} {}", self.done, self.what);
        }
    }
}
