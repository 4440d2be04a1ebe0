//! Bundles into this installation's database, and out of it.

use crate::fault::{Answer, Fault};
use crate::files;
use crate::installation::{Place, block_on, installation};
use clap::Args;
use healthcode_core::region::Region;
use healthcode_core::time::Instant;
use healthcode_credential::bundle::{Bundle, LONGEST_FILE_BYTES, RootSignature, assemble};
use healthcode_server::clock::Clock;
use healthcode_server::jobs::bundle::Publish;
use healthcode_server::rules_in_force::RulesInForce;
use healthcode_store::{Store, bundles, rule_sets};
use std::io::Write;
use std::path::PathBuf;

/// What is published.
#[derive(Args)]
#[command(after_help = "Example:\n  healthcode bundle publish body one.json two.json")]
pub struct Arguments {
    /// The body that `draft` wrote
    #[arg(value_name = "BODY")]
    body: PathBuf,
    /// Signatures that `sign` printed, of enough roots of this bundle and of the one before
    #[arg(value_name = "SIGNATURE", required = true)]
    signatures: Vec<PathBuf>,
    #[command(flatten)]
    place: Place,
}

/// Whose bundle.
#[derive(Args)]
#[command(after_help = "Example:\n  healthcode bundle export > now.json")]
pub struct ExportArguments {
    #[command(flatten)]
    place: Place,
}

/// Publishes, after checking all that a gate will check.
pub fn run(arguments: &Arguments) -> Result<Answer, Fault> {
    let body = files::read(&arguments.body, LONGEST_FILE_BYTES as u64)?;
    let mut signatures = Vec::new();
    for path in &arguments.signatures {
        let file = files::read(path, LONGEST_FILE_BYTES as u64)?;
        signatures.push(RootSignature::read(&file).map_err(|fault| Fault::file(files::shown(path), fault))?);
    }
    let file = assemble(&body, &signatures);
    let clock = Clock::system();
    let published = block_on(async {
        let (_, store) = arguments.place.open_existing(&clock).await?;
        let published = publish(&store, file, clock.now()).await;
        store.close().await;
        published
    })?;
    println!("bundle {} of {} is published; gates take it within a minute", published.1, published.0);
    Ok(Answer::Done)
}

async fn publish(store: &Store, file: Vec<u8>, at: Instant) -> Result<(Region, u64), Fault> {
    let (region, newest) = newest(store, at).await?;
    let (_, before) = newest.ok_or_else(none_yet)?;
    let known = Bundle::fingerprint_of(&before).and_then(|roots| Bundle::begin(&before, &roots));
    let next = known.map_err(installation)?.follow(&file).map_err(|fault| Fault::Usage(fault.to_string()))?;
    let version = next.contents().version;
    let act = Publish { region: region.clone(), version, file, at };
    match store.write(act).await {
        Err(fault) if fault.is_taken() => {
            Err(Fault::Usage(format!("bundle {version} is published already; draft the next one after it")))
        }
        done => done.map_err(installation).map(|()| (region, version)),
    }
}

/// Writes the newest bundle.
pub fn export(arguments: &ExportArguments) -> Result<Answer, Fault> {
    let clock = Clock::system();
    let (_, file) = block_on(async {
        let (_, store) = arguments.place.open_existing(&clock).await?;
        let newest = newest(&store, clock.now()).await;
        store.close().await;
        newest?.1.ok_or_else(none_yet)
    })?;
    let written = std::io::stdout().write_all(&[&file[..], b"\n"].concat());
    written.map_err(|source| Fault::Write { file: "standard output".to_owned(), source })?;
    Ok(Answer::Done)
}

fn none_yet() -> Fault {
    Fault::Installation(
        "there is no bundle yet; the server publishes the first one when it starts".to_owned(),
    )
}

type Newest = Option<(u64, Vec<u8>)>;

async fn newest(store: &Store, at: Instant) -> Result<(Region, Newest), Fault> {
    let mut conn = store.reader().await.map_err(installation)?;
    let sets = rule_sets::all(&mut conn).await.map_err(installation)?;
    let region = RulesInForce::new(sets).map_err(installation)?.authority(at);
    let newest = bundles::newest(&mut conn, &region).await.map_err(installation)?;
    Ok((region, newest))
}
