//! What a bundle says, for people who compare it with what they were told.

use crate::fault::{Answer, Fault};
use crate::files;
use clap::Args;
use healthcode_credential::bundle::{Bundle, Contents, LONGEST_FILE_BYTES};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Which bundle.
#[derive(Args)]
#[command(after_help = "Example:\n  healthcode bundle export | healthcode bundle show -")]
pub struct Arguments {
    /// The bundle
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print as one JSON object
    #[arg(long)]
    json: bool,
}

/// Reads a bundle that is signed by enough of the roots it names.
pub fn read(path: &Path) -> Result<(Bundle, Vec<u8>), Fault> {
    let file = files::read(path, LONGEST_FILE_BYTES as u64)?;
    let read = Bundle::fingerprint_of(&file).and_then(|roots| Bundle::begin(&file, &roots));
    Ok((read.map_err(|fault| Fault::file(files::shown(path), fault))?, file))
}

/// Shows it.
pub fn run(arguments: &Arguments) -> Result<Answer, Fault> {
    let (bundle, _) = read(&arguments.file)?;
    if arguments.json {
        as_json(bundle.contents())
    } else {
        in_words(bundle.contents())
    }
    Ok(Answer::Done)
}

fn as_json(says: &Contents) {
    let keys: Vec<_> = says
        .keys
        .iter()
        .map(|key| {
            let life = key.life.map(|life| life.state());
            json!({ "kid": key.public.id(), "purpose": key.purpose, "issuer": key.issuer, "state": life })
        })
        .collect();
    let line = json!({
        "region": says.region, "version": says.version, "issued_at": says.issued_at, "ends_at": says.ends_at,
        "threshold": says.roots.threshold(), "fingerprint": says.roots.fingerprint().to_string(),
        "roots": says.roots.keys().map(|key| key.id()).collect::<Vec<_>>(), "keys": keys,
        "recognises": says.recognises, "rule_set": says.rule_set,
    });
    println!("{line}");
}

fn in_words(says: &Contents) {
    println!("bundle {} of {}, from {} until {}", says.version, says.region, says.issued_at, says.ends_at);
    let roots: Vec<_> = says.roots.keys().map(|key| key.id().to_string()).collect();
    println!("signed by {} of {} roots: {}", says.roots.threshold(), roots.len(), roots.join(", "));
    println!("fingerprint of the roots: {}", says.roots.fingerprint());
    for key in &says.keys {
        let issuer = key.issuer.as_ref().map(|issuer| issuer.to_string()).unwrap_or_default();
        let state = key.life.map_or("", |life| life.state());
        println!("key {}  {:?} of {issuer}, {state}", key.public.id(), key.purpose);
    }
    for rule in &says.recognises {
        let until = rule.until.map(|until| format!(" until {until}")).unwrap_or_default();
        println!("recognises passes of {} from {}{until}", rule.issuer, rule.from);
    }
    println!("rules {}", says.rule_set);
}
