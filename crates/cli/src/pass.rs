//! `healthcode pass`: judges codes against trusted keys.

mod evidence;
mod logic;
mod status;

use crate::fault::{Answer, Fault};
use crate::files::{self, Line};
use crate::rules::At;
use clap::{Args, Subcommand};
use healthcode_credential::foreign::{Trust, judge};
use healthcode_credential::outcome::Outcome;
use healthcode_credential::status::follower::Follower;
use healthcode_credential::verdict::VerdictLine;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::PathBuf;

/// Bytes of one code, at most; the largest QR code holds 4,296 characters.
const MOST_CODE_BYTES: usize = 1 << 16;
/// Bytes of a trust file, at most.
const MOST_TRUST_BYTES: u64 = 64 << 20;

/// What the command takes.
#[derive(Args)]
#[command(
    after_help = "Example:\n  healthcode pass verify --trust trust.json --at 2020-02-12T09:00:00+08:00 < codes.txt"
)]
pub struct Arguments {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Judge the codes on standard input, one a line; one verdict a line comes out. Exit status 1 if any is not valid.
    Verify(Verify),
    /// Turn the travellers' documents on standard input, one a line, into evidence about a person. Nothing comes out, and
    /// the exit status is 1, if any of them is not valid or proves nothing.
    Evidence(Evidence),
    /// Evaluate CertLogic: one `{"logic":…,"data":…}` a line on standard input, `{"line":…,"result":…}` or
    /// `{"line":…,"fault":…}` a line out. Exit status 1 if any has a fault.
    Logic {
        /// Write JSON Lines, which is what is written anyway
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
#[command(
    after_help = "Example:\n  healthcode pass evidence --trust signer.pem --at 2021-06-15T09:00:00+08:00 --person p1 < codes.txt"
)]
struct Evidence {
    #[command(flatten)]
    verify: Verify,
    /// Whom it is about: an id of yours; that the document is this person's is for you to see
    #[arg(long, value_name = "ID")]
    person: String,
}

#[derive(Args)]
#[command(
    after_help = "Example:\n  healthcode pass verify --trust trust.json --at 2020-02-12T09:00:00+08:00 < codes.txt"
)]
struct Verify {
    /// Whose signatures count: a trust bundle or a trust file of ours, a certificate (PEM, DER, base64 of DER), a JWK set or a DID document;
    /// may be repeated
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    trust: Vec<PathBuf>,
    /// The instant to judge for, RFC 3339 with an offset
    #[arg(long, value_name = "T")]
    at: At,
    /// Add the colour of our own passes from a status file: a snapshot, and then the deltas that follow it, in order
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "status_key")]
    status: Vec<PathBuf>,
    /// Keys of the status files: the list `day_keys` of `GET /api/v1/gate`, `[{"day":"2020-02-11","secret":"…"}]`
    #[arg(long, value_name = "FILE")]
    status_key: Option<PathBuf>,
    /// Write JSON Lines, which is what is written anyway
    #[arg(long)]
    json: bool,
}

/// Does what was asked about passes.
pub fn run(arguments: &Arguments) -> Result<Answer, Fault> {
    match &arguments.act {
        Act::Verify(verify) => {
            let trust = trust(&verify.trust)?;
            let colours = status::read(&verify.status, verify.status_key.as_deref(), &trust.own)?;
            judge_all(&trust, colours.as_ref(), &verify.at)
        }
        Act::Evidence(evidence) => evidence::write(&trust(&evidence.verify.trust)?, evidence),
        Act::Logic { .. } => logic::evaluate_all(),
    }
}

fn trust(paths: &[PathBuf]) -> Result<Trust, Fault> {
    let mut trust = Trust::default();
    for path in paths {
        let file = |problem: String| Fault::file(files::shown(path), problem);
        if files::is_dash(path) {
            return Err(Fault::Usage(
                "--trust cannot be standard input: the codes come from there".to_owned(),
            ));
        }
        let bytes = files::read(path, MOST_TRUST_BYTES)?;
        let read = Trust::read(&bytes).map_err(|fault| file(fault.to_string()))?;
        trust.merge(read).map_err(|fault| file(fault.to_string()))?;
    }
    Ok(trust)
}

/// Every line gets a verdict, an empty or unreadable one too, so that numbers agree.
fn judge_all(trust: &Trust, colours: Option<&Follower>, at: &At) -> Result<Answer, Fault> {
    let unwritable = |source| Fault::Write { file: "standard output".to_owned(), source };
    let unreadable = |source| Fault::Read { file: "standard input".to_owned(), source };
    let mut input = BufReader::with_capacity(1 << 16, io::stdin().lock());
    let mut out = BufWriter::new(io::stdout().lock());
    let (mut bytes, mut line, mut all_valid) = (Vec::new(), 0, true);
    loop {
        let text = match files::next_line(&mut input, &mut bytes, MOST_CODE_BYTES).map_err(unreadable)? {
            Line::End => break,
            Line::Read => std::str::from_utf8(&bytes).unwrap_or_default(),
            Line::TooLong => {
                skip_rest_of_line(&mut input).map_err(unreadable)?;
                ""
            }
        };
        line += 1;
        let judged = judge(text, trust, at.instant);
        all_valid &= judged.outcome() == Outcome::Valid;
        let mut verdict = VerdictLine::of(line, text, &judged);
        verdict.colour = colours.and_then(|colours| status::colour(&judged, colours));
        serde_json::to_writer(&mut out, &verdict).map_err(|fault| unwritable(fault.into()))?;
        out.write_all(b"\n").map_err(unwritable)?;
        // A scanner that sends one code waits for its verdict.
        if input.buffer().is_empty() {
            out.flush().map_err(unwritable)?;
        }
    }
    out.flush().map_err(unwritable)?;
    Ok(Answer::of(all_valid))
}

fn skip_rest_of_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        let (used, ended) = match buffer.iter().position(|byte| *byte == b'\n') {
            Some(end) => (end + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        input.consume(used);
        if ended {
            return Ok(());
        }
    }
}
