//! `healthcode store`: brings the schema up to date, backs up, restores and checks the database.

use crate::fault::{Answer, Fault};
use crate::files::{self, Output};
use crate::installation::{Place, block_on, installation};
use clap::{Args, Subcommand};
use healthcode_server::clock::Clock;
use healthcode_server::rules_in_force::{RulesInForce, scheme};
use healthcode_store::{Conn, backup, decisions, lives, people, rule_sets, schema};
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
    #[command(
        after_help = "Example:\n  healthcode store migrate --database postgres://healthcode@localhost/healthcode"
    )]
    Migrate,
    /// Write everything into one file, as of one instant; the key file is not part of it.
    #[command(after_help = "Example:\n  healthcode store backup --out city.backup")]
    Backup {
        /// The file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Fill an empty database from a backup, of either engine.
    #[command(after_help = "Example:\n  healthcode store restore --from city.backup")]
    Restore {
        /// The file
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
    },
    /// Read everything back and say what does not fit together.
    #[command(after_help = "Example:\n  healthcode store check --json")]
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
            let rows = text.lines().count().saturating_sub(2);
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
            let mut faults =
                backup::check(store.engine(), store.seal(), &mut conn).await.map_err(installation)?;
            faults.extend(decisions_that_differ(&mut conn).await?);
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

/// People read at once.
const AT_ONCE: i64 = 200;

/// Decisions that the evidence and the rules of their day do not give.
async fn decisions_that_differ(conn: &mut Conn) -> Result<Vec<String>, Fault> {
    let sets = rule_sets::all(conn).await.map_err(installation)?;
    let rules = RulesInForce::new(sets).map_err(installation)?;
    let (mut faults, mut after) = (Vec::new(), String::new());
    loop {
        let some = people::page(conn, &after, AT_ONCE).await.map_err(installation)?;
        let Some((last, _)) = some.last() else { return Ok(faults) };
        after = last.to_string();
        let ids: Vec<_> = some.into_iter().map(|(person, _)| person).collect();
        let stored = decisions::of_people(conn, &ids, &scheme()).await.map_err(installation)?;
        // What does not read back was said above.
        for person in ids {
            let (Ok(life), Some(stored)) = (lives::of_person(conn, &person).await, stored.get(&person))
            else {
                continue;
            };
            let anew = rules.decide(&life, &person, stored.decided_at);
            if anew.rule_set == stored.rule_set
                && (anew.colour, &anew.reasons) != (stored.colour, &stored.reasons)
            {
                let (was, is) = (stored.colour, anew.colour);
                faults.push(format!("person {person}: the decision says {was}, the evidence {is}"));
            }
        }
    }
}
