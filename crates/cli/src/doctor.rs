//! `healthcode doctor`: what is wrong with this installation, and what to do.

mod bundle;
mod certificates;
mod keys;

use crate::fault::{Answer, Fault};
use crate::installation::{Place, block_on, check_key_fits, installation};
use crate::tls::TlsArguments;
use clap::Args;
use healthcode_core::time::Instant;
use healthcode_server::clock::Clock;
use healthcode_server::keys::Keys;
use healthcode_server::rules_in_force::RulesInForce;
use healthcode_server::web;
use healthcode_store::seal::SealKey;
use healthcode_store::{Store, people, rule_sets, sessions};
use serde::Serialize;

/// What the command takes.
#[derive(Args)]
#[command(
    after_help = "Example:\n  healthcode doctor --data /srv/healthcode\n  healthcode doctor --tls cert.pem,key.pem"
)]
pub struct Arguments {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    tls: TlsArguments,
    /// Print one JSON object a finding
    #[arg(long)]
    json: bool,
}

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Well,
    Note,
    Wrong,
}

#[derive(Serialize)]
struct Finding {
    state: State,
    what: &'static str,
    finding: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    do_this: Option<&'static str>,
}

struct Findings(Vec<Finding>);

impl Findings {
    fn add(
        &mut self,
        state: State,
        what: &'static str,
        finding: impl Into<String>,
        do_this: Option<&'static str>,
    ) {
        self.0.push(Finding { state, what, finding: finding.into(), do_this });
    }
}

/// Looks at everything and says what it found.
pub fn run(arguments: &Arguments) -> Result<Answer, Fault> {
    let mut findings = Findings(Vec::new());
    let clock = Clock::system();
    let now = clock.now();
    look_at_clock(&mut findings, now);
    look_at_pages(&mut findings);
    certificates::look(&mut findings, arguments, now);
    if let Some(keys) = keys::look(&mut findings, arguments, now) {
        // What cannot be looked at is a finding, too.
        if let Err(fault) = block_on(look_at_store(&mut findings, arguments, &keys, now)) {
            let do_this = "healthcode store check, which names what does not read back";
            findings.add(State::Wrong, "database", fault.to_string(), Some(do_this));
        }
    }
    for finding in &findings.0 {
        if arguments.json {
            println!("{}", serde_json::to_string(finding).map_err(installation)?);
            continue;
        }
        let mark = match finding.state {
            State::Well => "well ",
            State::Note => "note ",
            State::Wrong => "WRONG",
        };
        println!("{mark}  {:<9} {}", finding.what, finding.finding);
        if let Some(do_this) = finding.do_this {
            println!("                 → {do_this}");
        }
    }
    Ok(Answer::of(findings.0.iter().all(|finding| finding.state != State::Wrong)))
}

fn look_at_clock(findings: &mut Findings, now: Instant) {
    // The year in which this program was written: a clock before it is not set.
    let written = Instant::from_seconds(1_767_225_600);
    if now < written {
        let do_this = "set the clock (timedatectl set-ntp true): every pass and decision carries its time";
        findings.add(State::Wrong, "clock", format!("says {now}, which is past"), Some(do_this));
    } else {
        findings.add(State::Well, "clock", format!("says {now}"), None);
    }
}

fn look_at_pages(findings: &mut Findings) {
    if web::has("index.html") {
        findings.add(State::Well, "pages", "are part of this build", None);
    } else {
        let do_this = "build them (npm run build in web/) and build the server again";
        findings.add(State::Wrong, "pages", "are not part of this build", Some(do_this));
    }
}

async fn look_at_store(
    findings: &mut Findings,
    arguments: &Arguments,
    keys: &Keys,
    now: Instant,
) -> Result<(), Fault> {
    let seal = SealKey::new(keys.secret()).map_err(installation)?;
    let store = match Store::open(&arguments.place.config()?.database_url(), seal).await {
        Ok(store) => store,
        Err(fault) => {
            let do_this = "check --database and that its server runs and lets this user in";
            findings.add(State::Wrong, "database", fault.to_string(), Some(do_this));
            return Ok(());
        }
    };
    let mut conn = store.reader().await.map_err(installation)?;
    let count = people::count(&mut conn).await.map_err(installation)?;
    findings.add(State::Well, "database", format!("{:?}, {count} people", store.engine()), None);
    if let Err(fault) = check_key_fits(&store, keys).await {
        let do_this = "restore the keys.json that belongs to this database from your backup";
        findings.add(State::Wrong, "keys", fault.to_string(), Some(do_this));
    }
    let sets = rule_sets::all(&mut conn).await.map_err(installation)?;
    let rules = RulesInForce::new(sets).map_err(installation)?;
    match rules.at(now) {
        Some(set) => {
            let until = set.zone.show(set.in_force.until);
            findings.add(State::Well, "rules", format!("{} is in force until {until}", set.id()), None);
        }
        None => {
            let dates: Vec<_> = rules
                .all()
                .iter()
                .map(|set| format!("{} from {} until {}", set.id(), set.in_force.from, set.in_force.until))
                .collect();
            let adopted = if dates.is_empty() { "none is adopted".to_owned() } else { dates.join("; ") };
            let do_this = "healthcode rules adopt NAME --authority REGION --from T --until T";
            findings.add(
                State::Wrong,
                "rules",
                format!("no rule set is in force, so everyone is pending: {adopted}"),
                Some(do_this),
            );
        }
    }
    bundle::look(findings, &mut conn, &rules.authority(now), now).await?;
    if !sessions::anyone_holds(&mut conn, "officer").await.map_err(installation)? {
        let do_this = "open the sign-in link that `healthcode serve` prints at its start";
        findings.add(State::Note, "officers", "nobody has signed in as officer yet", Some(do_this));
    }
    drop(conn);
    store.close().await;
    Ok(())
}
