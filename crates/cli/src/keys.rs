//! `healthcode keys`: makes, lists, rotates and withdraws signing keys, and writes the trust file for gates.

use crate::fault::{Answer, Fault};
use crate::installation::{Place, installation};
use clap::{Args, Subcommand};
use healthcode_core::region::Region;
use healthcode_server::clock::Clock;
use healthcode_server::keys::Keys;
use serde_json::json;

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
    /// Sign with a new key from now on; what the old one signed still counts.
    #[command(after_help = "Example:\n  healthcode keys rotate")]
    Rotate,
    /// Withdraw a key for good: nothing it signed counts any more.
    #[command(after_help = "Example:\n  healthcode keys withdraw 6f2c1d0a9b8e7f65")]
    Withdraw {
        /// Key id, as `list` shows it
        #[arg(value_name = "KID")]
        kid: String,
    },
    /// Write the trust file that gates check passes with.
    #[command(after_help = "Example:\n  healthcode keys trust --issuer 330100 > trust.json")]
    Trust {
        /// Region whose authority issues the passes
        #[arg(long, value_name = "REGION")]
        issuer: String,
    },
}

/// Does what was asked about keys.
pub fn run(arguments: &Arguments) -> Result<Answer, Fault> {
    let clock = Clock::system();
    if let Act::Make = arguments.act {
        let path = Keys::path_in(&arguments.place.data);
        healthcode_server::start::make_data_folder(&arguments.place.data).map_err(installation)?;
        list(&Keys::make(path, &clock).map_err(installation)?, arguments.json);
        return Ok(Answer::Done);
    }
    let mut keys = Keys::open(&arguments.place.key_file()?).map_err(installation)?;
    match &arguments.act {
        Act::Make | Act::List => {}
        Act::Rotate => keys.rotate(clock.now()).map_err(installation)?,
        Act::Withdraw { kid } => keys.withdraw(kid, clock.now()).map_err(installation)?,
        Act::Trust { issuer } => {
            let issuer = Region::new(issuer).map_err(|fault| Fault::Usage(format!("--issuer: {fault}")))?;
            println!("{}", keys.trust_file(&issuer));
            return Ok(Answer::Done);
        }
    }
    list(&keys, arguments.json);
    if matches!(arguments.act, Act::Rotate | Act::Withdraw { .. }) {
        eprintln!("restart the server, and give gates the new trust file (`healthcode keys trust`)");
    }
    Ok(Answer::Done)
}

fn list(keys: &Keys, as_json: bool) {
    for held in &keys.signing {
        let (kid, state, in_force) = (held.key.public().id(), held.life.state(), held.life.in_force());
        if as_json {
            println!(
                "{}",
                json!({ "kid": kid, "state": state, "from": in_force.from, "until": in_force.until })
            );
        } else {
            println!("{kid}  {state:<10} {} until {}", in_force.from, in_force.until);
        }
    }
}
