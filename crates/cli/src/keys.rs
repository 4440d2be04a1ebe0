//! `healthcode keys`: makes, lists, rotates and withdraws signing keys, and writes the trust file for gates.

use crate::fault::{Answer, Fault};
use crate::installation::{Place, installation};
use clap::{Args, Subcommand, ValueEnum};
use healthcode_core::region::Region;
use healthcode_core::time::Instant;
use healthcode_credential::trust::Purpose;
use healthcode_server::clock::Clock;
use healthcode_server::keys::{Keys, Start};
use serde_json::json;

/// Hours from the making of a key until it signs, unless said otherwise: gates fetch trust at least once a day, so
/// that one which failed once has heard of the key, too.
const AHEAD_HOURS: i64 = 48;

/// What the command takes.
#[derive(Args)]
#[command(
    after_help = "Example:\n  healthcode keys list\n  healthcode keys trust --issuer 330100 > trust.json"
)]
pub struct Arguments {
    #[command(subcommand)]
    act: Act,
    #[command(flatten)]
    place: Place,
    /// Print as JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Act {
    /// Make the key file of a new installation.
    #[command(after_help = "Example:\n  healthcode keys make --data /var/lib/healthcode")]
    Make,
    /// List the signing keys.
    #[command(after_help = "Example:\n  healthcode keys list --json")]
    List,
    /// Make new keys, which sign from some time ahead; what the old ones signed still counts.
    #[command(
        after_help = "Example:\n  healthcode keys rotate\n  healthcode keys rotate --purpose pass --now"
    )]
    Rotate {
        /// For what; both unless given
        #[arg(long, value_enum)]
        purpose: Option<PurposeArgument>,
        /// From when they sign; 48 hours from now unless given
        #[arg(long, value_name = "T", value_parser = instant)]
        at: Option<Instant>,
        /// Sign with them at once: for emergencies, since gates may not have heard of them yet
        #[arg(long, conflicts_with = "at")]
        now: bool,
    },
    /// Withdraw a key for good: nothing it signed counts any more.
    #[command(after_help = "Example:\n  healthcode keys withdraw 6f2c1d0a9b8e7f65")]
    Withdraw {
        /// Key id, as `list` shows it
        #[arg(value_name = "KID")]
        kid: String,
    },
    /// Encrypt the key file to an age identity, which is made where its file is missing.
    #[command(after_help = "Example:\n  healthcode keys encrypt --key-identity /etc/healthcode/identity.txt")]
    Encrypt,
    /// Write the key file plain again.
    #[command(after_help = "Example:\n  healthcode keys decrypt --key-identity /etc/healthcode/identity.txt")]
    Decrypt,
    /// Write the trust file that gates check passes and status tables with.
    #[command(after_help = "Example:\n  healthcode keys trust --issuer 330100 > trust.json")]
    Trust {
        /// Region whose authority issues the passes
        #[arg(long, value_name = "REGION")]
        issuer: String,
    },
}

/// What keys are for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum PurposeArgument {
    /// Passes
    Pass,
    /// Status tables and their changes
    Status,
}

fn instant(text: &str) -> Result<Instant, String> {
    Instant::parse(text).map_err(|fault| fault.to_string())
}

/// Does what was asked about keys.
pub fn run(arguments: &Arguments) -> Result<Answer, Fault> {
    let clock = Clock::system();
    let at = clock.now();
    let access = arguments.place.keys.access()?;
    if let Act::Make = arguments.act {
        let path = Keys::path_in(&arguments.place.data);
        healthcode_server::start::make_data_folder(&arguments.place.data).map_err(installation)?;
        let path = match &access.identity {
            // Made encrypted from the first moment on, where there is an identity to encrypt to.
            Some(identity) if identity.exists() => path.with_extension("age"),
            _ => path,
        };
        list(&Keys::make(path, &access, &clock).map_err(installation)?, at, arguments.json);
        return Ok(Answer::Done);
    }
    let mut keys = Keys::open(&arguments.place.key_file()?, &access).map_err(installation)?;
    match &arguments.act {
        Act::Make | Act::List => {}
        Act::Rotate { purpose, at: from, now } => {
            keys.rotate(&purposes(*purpose), start(*from, *now, at)?, at).map_err(installation)?;
        }
        Act::Encrypt if access.identity.is_none() => {
            return Err(Fault::Usage("name the identity to encrypt to with --key-identity FILE".to_owned()));
        }
        Act::Encrypt => keys.encrypt().map_err(installation)?,
        Act::Decrypt => keys.decrypt().map_err(installation)?,
        Act::Withdraw { kid } => keys.withdraw(kid, at).map_err(installation)?,
        Act::Trust { issuer } => {
            let issuer = Region::new(issuer).map_err(|fault| Fault::Usage(format!("--issuer: {fault}")))?;
            println!("{}", keys.trust_file(&issuer, at));
            return Ok(Answer::Done);
        }
    }
    list(&keys, at, arguments.json);
    if matches!(arguments.act, Act::Rotate { .. } | Act::Withdraw { .. }) {
        eprintln!(
            "servers take it up within seconds; copy the key file to those that have their own, and give gates the \
             new trust file (`healthcode keys trust`)"
        );
    }
    Ok(Answer::Done)
}

/// From when new keys sign.
fn start(from: Option<Instant>, now: bool, at: Instant) -> Result<Start, Fault> {
    if now {
        return Ok(Start::Now);
    }
    let from = from.unwrap_or(at.plus_seconds(AHEAD_HOURS * 3600));
    if from <= at {
        return Err(Fault::Usage(
            "--at lies in the past; a key that is to sign at once is made with --now".to_owned(),
        ));
    }
    if from < at.plus_seconds(24 * 3600) {
        eprintln!("gates fetch trust once a day: those that do not by {from} will not know the new keys");
    }
    Ok(Start::At(from))
}

fn purposes(chosen: Option<PurposeArgument>) -> Vec<Purpose> {
    match chosen {
        None => Purpose::ALL.to_vec(),
        Some(PurposeArgument::Pass) => vec![Purpose::Pass],
        Some(PurposeArgument::Status) => vec![Purpose::Status],
    }
}

fn list(keys: &Keys, at: Instant, as_json: bool) {
    for (held, life) in keys.signing.iter().zip(keys.lives(at)) {
        let (kid, purpose) = (held.key.public().id(), held.purpose.word());
        let place = held.token.as_deref().map_or_else(String::new, |label| format!("  in token {label:?}"));
        let (state, in_force) = (life.state(), life.in_force());
        if as_json {
            let (from, until) = (in_force.from, in_force.until);
            println!(
                "{}",
                json!({ "kid": kid, "purpose": purpose, "state": state, "from": from, "until": until, "token": held.token })
            );
        } else {
            println!("{kid}  {purpose:<6} {state:<9} {} until {}{place}", in_force.from, in_force.until);
        }
    }
}
