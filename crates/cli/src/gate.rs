//! `healthcode gate`: a turnstile or a counter computer. A scanner types codes, one a line; a verdict a line comes out, and a
//! word for the lamp. It decides by what it holds, so that it works for a day without anybody; beside that it follows the
//! region's files and delivers its scans whenever the server can be reached.

mod deliver;
mod folder;
mod follow;
mod hear;
mod home;
mod kept;
mod saved;
mod scanner;
mod server;
mod station;
mod words;

use crate::fault::{Answer, Fault};
use crate::gate::follow::{Follow, Wake};
use crate::gate::home::Home;
use crate::gate::scanner::Scanner;
use crate::gate::station::Station;
use clap::{Args, ValueEnum};
use healthcode_credential::bundle::Fingerprint;
use healthcode_server::clock::Clock;
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

/// What the command takes.
#[derive(Args)]
#[command(
    after_help = "Example:\n  healthcode gate --sign-in 'https://code.example/sign-in#…' --data /var/lib/healthcode-gate\n  healthcode gate --data /var/lib/healthcode-gate --device /dev/ttyACM0 --relay /dev/ttyS1\n\nSet a serial scanner up first: stty -F /dev/ttyACM0 9600 -echo icrnl"
)]
pub struct Arguments {
    /// Folder of what the gate holds: trust, colours, its session, the scans it still has to deliver
    #[arg(long, value_name = "DIR", default_value = "healthcode-gate")]
    data: PathBuf,
    /// Enrol with this sign-in link of a collection point; again when the session has ended
    #[arg(long, value_name = "LINK")]
    sign_in: Option<String>,
    /// Address of the server; that of the sign-in link unless given
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Fingerprint of the roots, as the health authority publishes it; unless given, whatever the server first says is trusted
    #[arg(long, value_name = "DIGITS", value_parser = fingerprint)]
    roots: Option<Fingerprint>,
    /// Certificate (PEM) of the authority behind the server's, where it is not one of the web's
    #[arg(long, value_name = "FILE")]
    authority: Option<PathBuf>,
    /// Read codes from this device instead of standard input
    #[arg(long, value_name = "FILE")]
    device: Option<PathBuf>,
    /// Write `pass`, `ask` or `stop`, one a line, to this file or device, too
    #[arg(long, value_name = "FILE")]
    relay: Option<PathBuf>,
    /// Which way people go here
    #[arg(long, value_enum, default_value = "in")]
    direction: Direction,
    /// Add a sentence for the guard to each verdict
    #[arg(long, value_enum, value_name = "LANGUAGE")]
    explain: Option<words::Language>,
    /// Follow once, judge what comes until its end, deliver, and end
    #[arg(long)]
    once: bool,
    /// Write JSON Lines, which is what is written anyway
    #[arg(long)]
    json: bool,
}

/// Which way people go at a gate.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Direction {
    /// They enter; a leaving scan may follow
    In,
    /// They leave
    Out,
    /// They pass; nobody is scanned when leaving
    Passing,
}

impl Direction {
    /// As the server reads it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::Passing => "passing",
        }
    }
}

fn fingerprint(text: &str) -> Result<Fingerprint, String> {
    Fingerprint::parse(text).ok_or_else(|| "write the 64 digits of the roots' fingerprint".to_owned())
}

/// Judges until the codes end.
pub fn run(arguments: &Arguments) -> Result<Answer, Fault> {
    let clock = Clock::system();
    let home = Home::open(&arguments.data)?;
    let authority =
        arguments.authority.as_deref().map(|path| crate::files::read(path, 1 << 20)).transpose()?;
    if let Some(link) = &arguments.sign_in {
        home.enrol(link, arguments.url.as_deref(), arguments.roots, authority.as_deref(), &clock)?;
    }
    let station = Arc::new(Station::open(home, authority.as_deref(), arguments.direction, clock)?);
    let mut scanner = Scanner::open(arguments.device.as_deref())?;
    let mut relay = arguments.relay.as_deref().map(Relay::open).transpose()?;
    let mut follow = Follow::default();
    if arguments.once {
        follow.round(&station);
        judge_all(&station, &mut scanner, &mut relay, arguments)?;
        follow.deliver(&station);
        return Ok(Answer::Done);
    }
    std::thread::scope(|scope| {
        let (end, ended) = std::sync::mpsc::channel();
        let (heard, wake) = (station.clone(), end.clone());
        // It may wait for the server when the codes end, and nobody waits for it.
        std::thread::spawn(move || hear::hear(&heard, &wake));
        let station = &*station;
        scope.spawn(move || follow.until(station, &ended));
        let judged = judge_all(station, &mut scanner, &mut relay, arguments);
        // The thread may have ended before.
        let _ = end.send(Wake::End);
        judged
    })?;
    Ok(Answer::Done)
}

fn judge_all(
    station: &Station,
    scanner: &mut Scanner,
    relay: &mut Option<Relay>,
    arguments: &Arguments,
) -> Result<(), Fault> {
    let mut out = io::stdout().lock();
    let unwritable = |source| Fault::Write { file: "standard output".to_owned(), source };
    let mut line = 0;
    while let Some(code) = scanner.next_code()? {
        line += 1;
        // What is to be delivered is on disk before anybody hears of it.
        let (verdict, action) = station.judge(line, &code, arguments.explain)?;
        serde_json::to_writer(&mut out, &verdict).map_err(|fault| unwritable(fault.into()))?;
        out.write_all(b"\n").and_then(|()| out.flush()).map_err(unwritable)?;
        if let Some(relay) = relay {
            relay.say(action)?;
        }
    }
    Ok(())
}

/// Where the lamp or the turnstile listens.
struct Relay {
    path: PathBuf,
    file: File,
}

impl Relay {
    fn open(path: &std::path::Path) -> Result<Self, Fault> {
        let file = File::options().append(true).create(true).open(path);
        let file = file.map_err(|source| Fault::Write { file: path.display().to_string(), source })?;
        Ok(Self { path: path.to_owned(), file })
    }

    fn say(&mut self, word: &str) -> Result<(), Fault> {
        let written = self.file.write_all(format!("{word}\n").as_bytes()).and_then(|()| self.file.flush());
        written.map_err(|source| Fault::Write { file: self.path.display().to_string(), source })
    }
}
