//! `healthcode store`: brings the schema up to date, backs up, restores and checks the database.

use crate::fault::{Answer, Fault};
use crate::files::{self, Output};
use crate::installation::{Place, block_on, installation};
use clap::{Args, Subcommand};
use healthcode_server::clock::Clock;
use healthcode_store::{backup, schema};
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;

/// What the command takes.
#[derive(Args)]
#[command(
    after_help = "Example:\n  healthcode store backup --out city.backup\n  healthcode store restore --from city.backup --database postgres://healthcode@localhost/healthcode"
)]
pub struct Arguments {
    #[command(subcommand)]
    act: Act,
    #[command(flatten)]
    place: Place,
    /// Print as one JSON object
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Act {
    /// Bring the schema up to date.
    Migrate,
    /// Write everything into one file, as of one instant; the key file is not part of it.
    Backup {
        /// The file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Fill an empty database from a backup, of either engine.
    Restore {
        /// The file
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
    },
    /// Read everything back and say what does not fit together.
    Check,
}

/// Does what was asked about the database.
pub fn run(arguments: &Arguments) -> Result<Answer, Fault> {
    block_on(async {
        let clock = Clock::system();
        let (_, store) = match arguments.act {
            Act::Migrate => arguments.place.open(&clock).await?,
            Act::Backup { .. } | Act::Restore { .. } | Act::Check => {
                arguments.place.open_existing(&clock).await?
            }
        };
        let answer = act(arguments, &store).await;
        store.close().await;
        answer
    })
}

async fn act(arguments: &Arguments, store: &healthcode_store::Store) -> Result<Answer, Fault> {
    let mut conn = store.reader().await.map_err(installation)?;
    let say = |words: String, value: serde_json::Value| {
        if arguments.json { println!("{value}") } else { println!("{words}") }
    };
    match &arguments.act {
        Act::Migrate => {
            let version = schema::version(&mut conn).await.map_err(installation)?;
            say(format!("the schema is at version {version}"), json!({ "schema": version }));
        }
        Act::Backup { out } => {
            let text = backup::read_all(store.engine(), &mut conn).await.map_err(installation)?;
            let rows = text.lines().count() - 1;
            let mut output = Output::to(out)?;
            output.write_all(text.as_bytes()).map_err(installation)?;
            output.finish()?;
            if files::is_dash(out) {
                eprintln!("{rows} rows were written");
            } else {
                say(format!("{rows} rows were written to {}", out.display()), json!({ "rows": rows }));
            }
        }
        Act::Restore { from } => {
            let file = files::open(from)?;
            drop(conn);
            let rows = backup::fill(store, file).await;
            let rows = rows.map_err(|fault| Fault::file(files::shown(from), fault))?;
            say(format!("{rows} rows were restored"), json!({ "rows": rows }));
        }
        Act::Check => {
            let faults = backup::check(store.seal(), &mut conn).await.map_err(installation)?;
            if arguments.json {
                println!("{}", json!({ "faults": faults }));
            } else if faults.is_empty() {
                println!("everything reads back and fits together");
            } else {
                faults.iter().for_each(|fault| println!("{fault}"));
            }
            return Ok(Answer::of(faults.is_empty()));
        }
    }
    Ok(Answer::Done)
}
