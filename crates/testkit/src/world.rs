//! One small world per test: a database of its own, a clock that stands still until it is moved, seeded chance, and
//! the real server called without a network.

mod call;
mod database;
mod people;
mod phone;

pub use call::{Answer, Live};
pub use database::{Database, POSTGRES};
pub use people::{Caller, declaration};
pub use phone::Phone;

use axum::Router;
use healthcode_core::region::Region;
use healthcode_core::rule_set::RuleSet;
use healthcode_core::time::{Instant, Interval};
use healthcode_server::app::App;
use healthcode_server::clock::Clock;
use healthcode_server::config::{Activation, Config, NoticeConfig, SECOND_OFFICER_ABOVE};
use healthcode_server::jobs::{publish, reconcile, reload};
use healthcode_server::retention::{INSTALLATION, forget_on};
use healthcode_server::router::router;
use healthcode_server::start;
use healthcode_store::{Act, Engine, StoreFault, Tx, rule_sets};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

/// The preset that worlds live under.
const RULES: &str = include_str!("../../../rules/hangzhou-2020-02/rules.toml");
/// When every world begins: a Monday morning.
const BEGINNING: &str = "2026-03-02T09:00:00+08:00";
/// Seconds of a day.
pub const DAY: u32 = 86_400;

/// A server with its database, clock and chance.
pub struct World {
    /// What the server's requests share.
    pub app: App,
    router: Router,
    keys: AtomicU64,
    setting: Setting,
    // Last: the database goes when the server's connections are gone.
    database: Database,
}

/// How a world differs from the usual one.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// What makes a code active.
    pub activation: Activation,
    /// Whether it is a demo.
    pub demo: bool,
    /// Whether rules are in force.
    pub rules: bool,
    /// People whom one case may expose without a second officer.
    pub second_officer_above: u32,
    /// Ports on this machine of a mail server and of a gateway for short messages.
    pub gateways: Option<[u16; 2]>,
}

impl Default for Setting {
    fn default() -> Self {
        let second_officer_above = SECOND_OFFICER_ABOVE;
        Self {
            activation: Activation::Automatic,
            demo: false,
            rules: true,
            second_officer_above,
            gateways: None,
        }
    }
}

/// Runs each story in a world of its own on SQLite, and again on PostgreSQL.
#[macro_export]
macro_rules! on_both_engines {
    ($($story:ident)+) => { $crate::on_both_engines! { $crate::world::Setting::default(); $($story)+ } };
    ($setting:expr; $($story:ident)+) => {
        mod sqlite {
            #[allow(unused_imports, reason = "the setting may name what stands outside")]
            use super::*;
            $(#[tokio::test]
            async fn $story() {
                let world = $crate::world::World::on($crate::world::Database::sqlite(), $setting).await;
                super::$story(&world).await;
            })+
        }
        mod postgres {
            #[allow(unused_imports, reason = "the setting may name what stands outside")]
            use super::*;
            $(#[tokio::test]
            async fn $story() {
                let Some(database) = $crate::world::Database::postgres().await else { return };
                let world = $crate::world::World::on(database, $setting).await;
                super::$story(&world).await;
            })+
        }
    };
}

impl World {
    /// A world on SQLite.
    pub async fn new(setting: Setting) -> Self {
        Self::on(Database::sqlite(), setting).await
    }

    /// A world on a database.
    pub async fn on(database: Database, setting: Setting) -> Self {
        let world = Self::start(database, setting, Instant::parse(BEGINNING).expect("a time")).await;
        if setting.rules {
            world.adopt(-30, 200).await;
        }
        world
    }

    async fn start(database: Database, setting: Setting, at: Instant) -> Self {
        let config = Config {
            database: Some(database.url()),
            data: database.folder().join("data"),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            activation: setting.activation,
            second_officer_above: setting.second_officer_above,
            demo: setting.demo,
            notices: setting.gateways.map_or_else(NoticeConfig::default, |[mail, sms]| NoticeConfig {
                mail: Some(format!("smtp://127.0.0.1:{mail}")),
                mail_from: "Health code <code@city.example>".to_owned(),
                sms: Some(format!("http://127.0.0.1:{sms}/send")),
                sms_token: Some("gateway token".to_owned()),
            }),
            ..Config::default()
        };
        let app = start::open(config, Clock::seeded(at, 7)).await.expect("a server that starts").app;
        Self { router: router(app.clone()), app, keys: AtomicU64::new(0), setting, database }
    }

    /// Ends the server, adopts the preset meanwhile, and starts the server anew with its jobs' first round.
    pub async fn restarted_with_rules(self, from_days: i64, until_days: i64) -> Self {
        let adopt = self.preset(from_days, until_days);
        self.app.store.write(adopt).await.expect("adopted");
        let at = self.now();
        self.app.store.close().await;
        let Self { database, setting, .. } = self;
        let world = Self::start(database, setting, at).await;
        reload::redecide_all(&world.app).await.expect("decided anew");
        world
    }

    /// Puts the preset in force, from and until days from now.
    pub async fn adopt(&self, from_days: i64, until_days: i64) {
        self.app.store.write(self.preset(from_days, until_days)).await.expect("adopted");
        reload::reload(&self.app).await.expect("reloaded");
    }

    fn preset(&self, from_days: i64, until_days: i64) -> Adopt {
        let at = self.now();
        let in_force =
            Interval { from: at.plus_days_of_24h(from_days), until: at.plus_days_of_24h(until_days) };
        let authority = Region::new("330100").expect("a region");
        let rules = RuleSet::parse(RULES).expect("a rule set").adopted(authority, in_force);
        Adopt { rules, at }
    }

    /// Which engine it lives on.
    pub fn engine(&self) -> Engine {
        self.app.store.engine()
    }

    /// Its database.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// What time it is.
    pub fn now(&self) -> Instant {
        self.app.clock.now()
    }

    /// Moves the clock.
    pub fn forward(&self, seconds: u32) {
        self.app.clock.forward(seconds);
    }

    /// Answers on a port of this machine, for programs that come from outside; whoever aborts the task pulls the plug.
    pub async fn plugged_in(&self, address: SocketAddr) -> (SocketAddr, tokio::task::JoinHandle<()>) {
        let listener = tokio::net::TcpListener::bind(address).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let router = self.router.clone();
        let task = tokio::spawn(async move {
            // It ends with the task.
            let _ = axum::serve(listener, router).await;
        });
        (address, task)
    }

    /// Does what the jobs would do now.
    pub async fn settle(&self) {
        reload::reload(&self.app).await.expect("rules reloaded");
        reconcile::reconcile(&self.app).await.expect("exposures reconciled");
        publish::publish(&self.app).await.expect("due decisions published");
    }

    /// An idempotency key that was not used before.
    pub fn new_key(&self) -> String {
        format!("key-{:08}", self.keys.fetch_add(1, Ordering::Relaxed))
    }
}

struct Adopt {
    rules: RuleSet,
    at: Instant,
}

impl Act for Adopt {
    type Out = ();
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<(), StoreFault> {
        let forget = forget_on(self.rules.in_force.until, INSTALLATION);
        rule_sets::adopt(tx.conn().await?, &self.rules, RULES, self.at, forget).await
    }
}
