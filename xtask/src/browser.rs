//! People in real browsers: a demo city on a free port for each script that walks through one.

use crate::guard::Guard;
use crate::run::{Done, could_not_start, find, root, run, shown, target};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// Longest time for the demo city to print its address.
const START: Duration = Duration::from_secs(120);
/// Longest time for the script.
const LOOP: Duration = Duration::from_secs(15 * 60);
/// Longest time for the demo city to end.
const END: Duration = Duration::from_secs(20);

/// The browser: what CHROMIUM names, else one of PATH.
pub fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from).filter(|file| file.is_file());
    let names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
    named.or_else(|| names.into_iter().find_map(find))
}

/// What is played: the loop from a declaration to a red code and back; hours without a network; a household on one phone.
pub const SCRIPTS: [(&str, &str); 4] = [
    ("the whole loop in a browser", "tests/whole_loop.mjs"),
    ("the plug is pulled in a browser", "tests/plug_pulled.mjs"),
    ("a household in a browser", "tests/household.mjs"),
    ("under one roof in a browser", "tests/under_one_roof.mjs"),
];

/// Starts a city, runs a script, ends the city; tells what the city said if anything failed.
pub fn test(chromium: &Path, script: &str) -> Done {
    let mut healthcode = Command::new(target()?.join("release/healthcode"));
    healthcode.args(["demo", "--port", "0", "--residents", "200"]).current_dir(root());
    let city = City::start(&mut healthcode)?;
    let mut heard = Vec::new();
    let done = city.url(&mut heard).and_then(|url| {
        println!("  the demo city is at {url}");
        let mut node = Command::new("node");
        node.arg(script).current_dir(root().join("web"));
        within(LOOP, node.env("HEALTHCODE_URL", url).env("CHROMIUM", chromium))
    });
    heard.extend(city.stop());
    done.map_err(|fault| {
        let last = &heard[heard.len().saturating_sub(60)..];
        format!("{fault}\nthe demo city last said:\n  {}", last.join("\n  "))
    })
}

/// A demo city that runs beside us.
struct City {
    child: Child,
    lines: Receiver<String>,
    guard: Guard,
}

impl City {
    fn start(command: &mut Command) -> Result<Self, String> {
        println!("  $ {}", shown(command));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|fault| could_not_start(&shown(command), &fault))?;
        let (sender, lines) = channel();
        if let Some(output) = child.stdout.take() {
            listen(output, sender.clone());
        }
        if let Some(errors) = child.stderr.take() {
            listen(errors, sender);
        }
        match Guard::set("kill -TERM \"$1\"", &[&child.id().to_string()], None) {
            Ok(guard) => Ok(Self { child, lines, guard }),
            Err(fault) => {
                // Nothing may stay behind, and it may have ended already.
                let _ = child.kill();
                Err(fault)
            }
        }
    }

    /// Waits for the address, keeping the lines before it.
    fn url(&self, heard: &mut Vec<String>) -> Result<String, String> {
        let end = Instant::now() + START;
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    heard.push(line);
                    if let Some(url) = heard.last().and_then(|line| url_in(line)) {
                        return Ok(url);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    return Err(format!("no address within {} s", START.as_secs()));
                }
                Err(RecvTimeoutError::Disconnected) => return Err("the demo city ended by itself".to_owned()),
            }
        }
    }

    /// Asks it to end, and ends it less gently if that is not heard; gives back the rest of what it said.
    fn stop(mut self) -> Vec<String> {
        drop(self.guard);
        let (mut heard, end) = (Vec::new(), Instant::now() + END);
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => heard.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    heard.push(format!(
                        "(did not end within {} s of being asked and was killed)",
                        END.as_secs()
                    ));
                    // It may have ended just now.
                    let _ = self.child.kill();
                    break;
                }
            }
        }
        if let Err(fault) = self.child.wait() {
            heard.push(format!("(its end was not seen: {fault})"));
        }
        heard
    }
}

/// Passes on every line, so that a full pipe never stops the city.
fn listen(output: impl Read + Send + 'static, to: Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if to.send(line).is_err() {
                break;
            }
        }
    });
}

/// `http://127.0.0.1:PORT` from a line that contains it.
fn url_in(line: &str) -> Option<String> {
    let host = "http://127.0.0.1:";
    let (_, rest) = line.split_once(host)?;
    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (!port.is_empty()).then(|| format!("{host}{port}"))
}

/// Runs a program to its end, or ends it when it takes too long.
fn within(limit: Duration, command: &mut Command) -> Done {
    let shown = shown(command);
    println!("  $ {shown}");
    let mut child = command.stdin(Stdio::null()).spawn().map_err(|fault| could_not_start(&shown, &fault))?;
    let id = child.id().to_string();
    let (sender, ended) = channel();
    std::thread::spawn(move || sender.send(child.wait()));
    match ended.recv_timeout(limit) {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(format!("`{shown}` ended with {status}")),
        Ok(Err(fault)) => Err(could_not_start(&shown, &fault)),
        Err(_) => {
            run(Command::new("kill").arg(&id))?;
            Err(format!("`{shown}` took longer than {} s and was ended", limit.as_secs()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_within_a_line() {
        let url = url_in("Open http://127.0.0.1:40123/sign-in/abc now");
        assert_eq!(url.as_deref(), Some("http://127.0.0.1:40123"));
        assert_eq!(url_in("listening on http://127.0.0.1:"), None);
    }

    #[test]
    fn a_program_that_takes_too_long_is_ended() {
        let fault = within(Duration::from_millis(50), Command::new("sleep").arg("60")).unwrap_err();
        assert!(fault.contains("took longer"), "{fault}");
        assert_eq!(within(Duration::from_secs(60), &mut Command::new("true")), Ok(()));
        assert!(within(Duration::from_secs(60), &mut Command::new("false")).is_err());
    }

    #[test]
    fn a_city_is_heard_and_ends_when_asked() {
        let script = "trap 'echo bye; kill $!; exit' TERM; sleep 60 >/dev/null 2>&1 & echo at http://127.0.0.1:7/x; wait";
        let city = City::start(Command::new("sh").args(["-c", script])).unwrap();
        let mut heard = Vec::new();
        assert_eq!(city.url(&mut heard).as_deref(), Ok("http://127.0.0.1:7"));
        assert_eq!(heard, ["at http://127.0.0.1:7/x"]);
        assert_eq!(city.stop(), ["bye"]);
    }

    #[test]
    fn a_city_that_ends_by_itself_is_told() {
        let city = City::start(Command::new("sh").args(["-c", "echo sorry"])).unwrap();
        let mut heard = Vec::new();
        assert_eq!(city.url(&mut heard), Err("the demo city ended by itself".to_owned()));
        assert_eq!(heard, ["sorry"]);
        assert!(city.stop().is_empty());
    }
}
