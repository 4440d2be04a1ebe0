//! Root keys: made, and used to sign.

use crate::fault::{Answer, Fault};
use crate::files;
use crate::installation::installation;
use clap::Args;
use healthcode_credential::bundle::{self, LONGEST_FILE_BYTES, Roots};
use healthcode_server::root_key;
use std::path::PathBuf;

/// Where the key goes.
#[derive(Args)]
#[command(after_help = "Example:\n  healthcode bundle root --out root.json > root-public.json")]
pub struct Arguments {
    /// File of the new key; one that is there is never overwritten
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// What is signed, and with what.
#[derive(Args)]
#[command(after_help = "Example:\n  healthcode bundle sign body --root root.json > signature.json")]
pub struct SignArguments {
    /// The body that `draft` wrote
    #[arg(value_name = "BODY")]
    body: PathBuf,
    /// Root key that `root` made; the key of an installation without a ceremony is `root.json` in its data folder
    #[arg(long, value_name = "FILE")]
    root: PathBuf,
}

/// Makes a root key and prints its public half, as `draft --roots` takes it.
pub fn make(arguments: &Arguments) -> Result<Answer, Fault> {
    let key = root_key::make(&arguments.out).map_err(installation)?;
    let roots = Roots::new(1, [key.public().clone()]).map_err(installation)?;
    println!("{}", serde_json::to_string(&roots).map_err(installation)?);
    Ok(Answer::Done)
}

/// Signs a body and prints the signature.
pub fn sign(arguments: &SignArguments) -> Result<Answer, Fault> {
    let body = files::read(&arguments.body, LONGEST_FILE_BYTES as u64)?;
    let key = root_key::read(&arguments.root).map_err(installation)?;
    let missing = || Fault::file(files::shown(&arguments.root), "there is no such root key");
    let signature = bundle::sign(&body, &key.ok_or_else(missing)?);
    let signature = signature.map_err(|fault| Fault::file(files::shown(&arguments.body), fault))?;
    println!("{}", signature.write());
    Ok(Answer::Done)
}
