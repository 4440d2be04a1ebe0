//! `healthcode rules adopt`: makes a preset a dated rule set of this installation.

use super::At;
use crate::fault::{Answer, Fault};
use crate::installation::{Place, block_on, known_regions};
use crate::presets;
use clap::Args;
use healthcode_core::region::Region;
use healthcode_core::time::Interval;
use healthcode_server::clock::Clock;
use healthcode_store::Store;

/// What the command takes.
#[derive(Args)]
#[command(
    after_help = "Example:\n  healthcode rules adopt hangzhou-2020-02 --authority 330100 \\\n    --from 2026-12-01T00:00:00+08:00 --until 2027-03-01T00:00:00+08:00"
)]
pub struct Arguments {
    /// Name of a preset
    #[arg(value_name = "NAME")]
    name: String,
    /// Region whose authority answers for the rules
    #[arg(long, value_name = "REGION")]
    authority: String,
    /// First instant at which they hold
    #[arg(long, value_name = "T")]
    from: At,
    /// Instant at which they end
    #[arg(long, value_name = "T")]
    until: At,
    #[command(flatten)]
    place: Place,
    /// Print as one JSON object
    #[arg(long)]
    json: bool,
}

/// Adopts.
pub fn run(arguments: &Arguments) -> Result<Answer, Fault> {
    let authority =
        Region::new(&arguments.authority).map_err(|fault| Fault::Usage(format!("--authority: {fault}")))?;
    let in_force = Interval::new(arguments.from.instant, arguments.until.instant)
        .ok_or_else(|| Fault::Usage("--until must be after --from".to_owned()))?;
    presets::text(&arguments.name)?;
    let clock = Clock::system();
    let rules = block_on(async {
        let (_, store) = arguments.place.open(&clock).await?;
        let adopted = async {
            check_region(&store, &authority).await?;
            presets::adopt(&store, &arguments.name, authority, in_force, clock.now()).await
        }
        .await;
        store.close().await;
        adopted
    })?;
    let (from, until) = (rules.zone.show(in_force.from), rules.zone.show(in_force.until));
    if arguments.json {
        let line = serde_json::json!({ "rule_set": rules.id(), "authority": rules.authority, "from": from, "until": until });
        println!("{line}");
    } else {
        println!("{} is adopted for {} from {from} until {until}", rules.id(), rules.authority);
        println!("a running server takes it up within seconds");
    }
    Ok(Answer::Done)
}

/// The authority's region must be built in, or one that this installation has added.
async fn check_region(store: &Store, authority: &Region) -> Result<(), Fault> {
    if known_regions(store).await?.contains(authority) {
        return Ok(());
    }
    Err(Fault::Usage(format!(
        "--authority: no region has the code {authority}; choose one of regions.csv, or add it with \
         `healthcode import regions`"
    )))
}
