//! `healthcode demo`: a throw-away city with a cast of people, whose clock can be moved forward.

use crate::fault::{Answer, Fault};
use crate::installation::{asked_to_end, block_on, installation};
use crate::presets;
use crate::serve::{start_log, warn_of_missing_pages};
use clap::Args;
use healthcode_core::region::Region;
use healthcode_core::rule_set::Text;
use healthcode_core::time::{Instant, Interval};
use healthcode_server::api::demo::CastMember;
use healthcode_server::app::App;
use healthcode_server::clock::Clock;
use healthcode_server::config::{Activation, Config};
use healthcode_server::permission::Role;
use healthcode_server::{jobs, start};
use healthcode_store::sessions;
use healthcode_store::{Act, StoreFault, Tx, acts_for};
use healthcode_testkit::cast;
use healthcode_testkit::city::City;
use healthcode_testkit::load;
use std::net::SocketAddr;
use std::path::Path;

/// What the command takes.
#[derive(Args)]
#[command(after_help = "Example:\n  healthcode demo\n  healthcode demo --residents 1000000 --port 0")]
pub struct Arguments {
    /// Residents of the synthetic city
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    residents: u32,
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    port: u16,
    /// The city that grows from this seed is always the same
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    seed: u64,
    /// Database; a throw-away SQLite file unless given
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

/// Days of rules before and after the beginning of the demo.
const DAYS_BEFORE: i64 = 30;
const DAYS_AFTER: i64 = 335;
/// Days ago on which the residents declared.
const DECLARED_DAYS_AGO: i64 = 13;

/// Runs the demo until asked to end; nothing of it is left behind.
pub fn run(arguments: &Arguments) -> Result<Answer, Fault> {
    start_log();
    let folder = tempfile::tempdir().map_err(Fault::Temporary)?;
    let config = Config {
        database: arguments.database.clone(),
        data: folder.path().to_owned(),
        listen: SocketAddr::from(([127, 0, 0, 1], arguments.port)),
        activation: Activation::Automatic,
        demo: true,
        ..Config::default()
    };
    block_on(async {
        let started = start::open(config, Clock::system()).await.map_err(installation)?;
        let app = started.app.clone();
        found_city(&app, arguments).await?;
        println!("healthcode demo on {}", app.public_url);
        println!("\nsign in with one tap (each link works once; the start page has fresh ones):");
        for (name, link) in healthcode_server::api::demo::fresh_links(&app).await.map_err(|problem| {
            installation(format!("the cast could not be given links: {}", problem.code().word()))
        })? {
            println!("  {name:<28} {link}");
        }
        println!("\nits clock can be moved forward on every page; Ctrl-C ends it and leaves nothing behind");
        warn_of_missing_pages(Path::new("index.html"));
        started.serve(asked_to_end()).await.map_err(installation)?;
        Ok(Answer::Done)
    })
}

async fn found_city(app: &App, arguments: &Arguments) -> Result<(), Fault> {
    let began = std::time::Instant::now();
    let now = app.clock.now();
    adopt(app, now).await?;
    let published = app.published();
    let zone = published.rules.zone(now).clone();
    let streets: Vec<Region> = streets(app);
    let city = City::generate(arguments.seed, arguments.residents, zone.day_of(now), &zone, &streets);
    let city = city.map_err(|fault| Fault::Usage(fault.to_string()))?;
    let declared_at = now.plus_days_of_24h(-DECLARED_DAYS_AGO);
    load::points(app, &city, declared_at).await.map_err(installation)?;
    let cast = cast::cast();
    let everyone = city.residents().map(Into::into).chain(cast.iter().map(Into::into));
    let people = load::people(app, everyone, declared_at, now).await.map_err(installation)?;
    let visits = load::visits(app, &city, now).await.map_err(installation)?;
    let members = members(&city)?;
    app.store
        .write(Accounts { app: app.clone(), members: members.clone(), at: now })
        .await
        .map_err(installation)?;
    // Set once, here: nobody else sets it.
    let _ = app.cast.set(members);
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "founded a city of {people} people, {} places and {visits} visits in {seconds:.1} s",
        city.points().len()
    );
    Ok(())
}

async fn adopt(app: &App, now: Instant) -> Result<(), Fault> {
    let zone = healthcode_core::time::Zone::new("Asia/Shanghai").map_err(installation)?;
    let day = |days: i64| zone.start_of(zone.day_of(now.plus_days_of_24h(days)));
    let in_force = Interval { from: day(-DAYS_BEFORE), until: day(DAYS_AFTER) };
    let authority = Region::new("330100").map_err(installation)?;
    presets::adopt(&app.store, "hangzhou-2020-02", authority, in_force, now).await?;
    jobs::reload::reload(app).await.map_err(|problem| installation(problem.code().word()))
}

/// The streets of the demo city: regions of nine digits below its districts.
fn streets(app: &App) -> Vec<Region> {
    let of_city =
        app.regions.iter().filter(|(code, _)| code.as_str().len() == 9 && code.as_str().starts_with("3301"));
    of_city.map(|(code, _)| code.clone()).collect()
}

fn words(en: &str, zh: &str) -> Text {
    Text { en: en.to_owned(), zh: zh.to_owned() }
}

fn members(city: &City) -> Result<Vec<CastMember>, Fault> {
    let gate = city.points().iter().find(|point| point.kind.as_str() == "market").or(city.points().first());
    let gate = gate.ok_or_else(|| Fault::Usage("a city needs at least one resident".to_owned()))?;
    let account = |name: &str| load::account(name).map_err(installation);
    let mut members = vec![
        CastMember {
            name: words("The checker", "查验员"),
            note: words(&format!("at the gate of {}", gate.name_en), &format!("{}门口", gate.name_zh)),
            role: Role::Checker,
            account: account("checker")?,
            point: Some(gate.point.clone()),
        },
        CastMember {
            name: words("The officer", "卫生官员"),
            note: words("of the city's health authority", "市卫生部门"),
            role: Role::Officer,
            account: account("officer")?,
            point: None,
        },
    ];
    for member in cast::cast() {
        members.push(CastMember {
            name: words(member.name_en, member.name.expose()),
            note: words("a resident who has declared", "已申报的居民"),
            role: Role::Resident,
            account: account(&member.name_en.to_lowercase())?,
            point: None,
        });
    }
    Ok(members)
}

/// The accounts of the cast, and whom the residents among them act for.
struct Accounts {
    app: App,
    members: Vec<CastMember>,
    at: Instant,
}

impl Act for Accounts {
    type Out = ();
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<(), StoreFault> {
        use healthcode_server::retention::{INSTALLATION, forget_on};
        let forget = forget_on(self.at, INSTALLATION);
        for member in &self.members {
            let kind = if member.role == Role::Resident { "device" } else { "staff" };
            sessions::add_account(tx.conn().await?, &member.account, kind, &member.name.en, self.at, forget)
                .await?;
        }
        for member in cast::cast() {
            let account = load::account(&member.name_en.to_lowercase())?;
            tx.later(acts_for::let_act(&account, &member.person, "self", self.at, forget)).await?;
        }
        tracing::debug!(public_url = %self.app.public_url, "the cast has accounts");
        Ok(())
    }
}
