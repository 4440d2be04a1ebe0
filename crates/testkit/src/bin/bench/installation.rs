//! An installation with a city in it: residents who have declared and whose devices are signed in, devices of people
//! who have yet to declare, and checkers at their points.

use crate::http_load::request;
use crate::{Answer, ROUNDS, Sizes};
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::region::Region;
use healthcode_core::rule_set::RuleSet;
use healthcode_core::time::{Instant, Interval};
use healthcode_server::app::App;
use healthcode_server::caller::hash_token;
use healthcode_server::clock::Clock;
use healthcode_server::config::Config;
use healthcode_server::jobs::reload;
use healthcode_server::retention::{self, forget_on};
use healthcode_server::start;
use healthcode_store::bulk::{self, Cell};
use healthcode_store::{Act, StoreFault, Tx, rule_sets};
use healthcode_testkit::city::{City, Resident};
use healthcode_testkit::load;
use healthcode_testkit::world::Database;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Mutex;

const RULES: &str = include_str!("../../../../../rules/hangzhou-2020-02/rules.toml");
/// Checkers, each at a point of her own.
const CHECKERS: usize = 32;
/// People whose codes are shown at least, to see what they take of memory.
pub const SHOWN: usize = 10_000;
/// Rows in one commit.
const ROWS: usize = 2_000;

/// A founded city that no server serves yet.
pub struct Installation {
    pub database: Database,
    pub residents: u32,
    /// Seconds that loading took.
    pub loaded_s: f64,
    /// Requests "show my code", each of another resident.
    pub shows: Vec<Vec<u8>>,
    /// First declarations, each of another newcomer, round after round.
    pub declarations: Vec<Vec<u8>>,
    /// Session tokens of checkers.
    pub checkers: Vec<String>,
    /// Session tokens of residents, of those who can be scanned first.
    pub sessions: Vec<String>,
    pub sizes: (usize, usize),
}

impl Installation {
    /// Founds it and closes the database again.
    pub async fn found(database: Database, residents: u32, sizes: &Sizes) -> Answer<Self> {
        let began = std::time::Instant::now();
        let app = open(&database, Clock::system()).await?;
        let now = app.clock.now();
        adopt(&app, RULES, now.plus_days_of_24h(-30)).await?;
        reload::reload(&app).await.map_err(|problem| problem.code().word())?;
        let newcomers = sizes.declarations * ROUNDS;
        let city = city(&app, now, residents + newcomers as u32)?;
        load::points(&app, &city, now).await?;
        let known = city.residents().take(residents as usize).map(Into::into);
        load::people(&app, known, now.plus_days_of_24h(-13), now).await?;
        let shown = SHOWN.max(sizes.scans * ROUNDS).min(residents as usize);
        let mut sessions = Sessions::default();
        let signed_in = city.residents().take(shown).enumerate();
        let tokens: Vec<_> = signed_in
            .map(|(number, resident)| sessions.device(number, Some(&resident.person), now))
            .collect();
        let shows = tokens.iter().map(|token| request("GET", "/api/v1/me/code", token, "", "")).collect();
        let new = city.residents().skip(residents as usize).enumerate().map(|(number, resident)| {
            let token = sessions.device(shown + number, None, now);
            request("POST", "/api/v1/declarations", &token, &key("declare", number), &declaration(&resident))
        });
        let declarations = new.collect();
        let points = city.points().iter().take(CHECKERS).enumerate();
        let checkers = points.map(|(number, at)| sessions.checker(number, &at.point, now)).collect();
        sessions.store(&app).await?;
        app.store.close().await;
        let loaded_s = began.elapsed().as_secs_f64();
        eprintln!("founded a city of {residents} residents in {loaded_s:.1} s");
        let sizes = (sizes.scans, sizes.declarations);
        Ok(Self { database, residents, loaded_s, shows, declarations, checkers, sessions: tokens, sizes })
    }

    /// Opens it once more, without serving it.
    pub async fn open(&self) -> Answer<App> {
        open(&self.database, Clock::system()).await
    }

    /// Opens it at a later time, from which the clock goes on: on one that stood still, all rows of the outbox would have one
    /// instant, and lie in no order that a real server writes.
    pub async fn open_later(&self, at: Instant) -> Answer<App> {
        let clock = Clock::system();
        let seconds = at.seconds() - clock.now().seconds() + 1;
        clock.forward(u32::try_from(seconds)?);
        open(&self.database, clock).await
    }

    /// Puts the next edition of its rules in force from now on.
    pub async fn adopt_next(&self, app: &App) -> Answer<()> {
        adopt(app, &RULES.replace("version = 1", "version = 2"), app.clock.now()).await
    }
}

async fn open(database: &Database, clock: Clock) -> Answer<App> {
    let config = Config {
        database: Some(database.url()),
        data: database.folder().join("data"),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        ..Config::default()
    };
    Ok(start::open(config, clock).await?.app)
}

/// An idempotency key.
pub fn key(act: &str, number: usize) -> String {
    format!("{act}-{number:012}")
}

fn declaration(resident: &Resident) -> String {
    let body = json!({
        "document_kind": "identity_card", "document_number": resident.document.expose(),
        "name": resident.name.expose(), "phone": resident.phone.expose(), "symptoms": [],
        "temperature_c": 36.6, "contact": "no", "stayed_in": [resident.residence],
        "residence": resident.residence, "health_state": "normal",
    });
    body.to_string()
}

fn city(app: &App, now: Instant, people: u32) -> Answer<City> {
    let published = app.published();
    let zone = published.rules.zone(now);
    let is_street = |code: &&Region| code.as_str().len() == 9 && code.as_str().starts_with("3301");
    let streets: Vec<Region> = app.regions.iter().map(|(code, _)| code).filter(is_street).cloned().collect();
    Ok(City::generate(1, people, zone.day_of(now), zone, &streets)?)
}

async fn adopt(app: &App, text: &str, from: Instant) -> Answer<()> {
    let in_force = Interval { from, until: from.plus_days_of_24h(230) };
    let rules = RuleSet::parse(text).map_err(|_| "the preset does not load")?;
    let rules = rules.adopted(Region::new("330100")?, in_force);
    app.store.write(Adopt { rules, text: text.to_owned(), at: app.clock.now() }).await?;
    Ok(())
}

struct Adopt {
    rules: RuleSet,
    text: String,
    at: Instant,
}

impl Act for Adopt {
    type Out = ();
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<(), StoreFault> {
        let forget = forget_on(self.rules.in_force.until, retention::INSTALLATION);
        rule_sets::adopt(tx.conn().await?, &self.rules, &self.text, self.at, forget).await
    }
}

type Cells = Vec<Vec<Cell>>;

/// Sessions as signing in leaves them, to be stored in bulk.
#[derive(Default)]
struct Sessions {
    accounts: Cells,
    devices: Cells,
    staff: Cells,
    acting: Cells,
}

/// A text in a row.
pub fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

impl Sessions {
    /// A resident's device; its token.
    fn device(&mut self, number: usize, person: Option<&PersonId>, at: Instant) -> String {
        let account = format!("device-{number}");
        self.account(&account, "device", at);
        let (token, row) = session(&account, "resident", at);
        self.devices.push(row);
        let forget = Cell::Int(i64::from(forget_on(at, retention::PERSON).0));
        if let Some(person) = person {
            let row =
                vec![text(&account), text(person.as_str()), text("self"), Cell::Int(at.micros()), forget];
            self.acting.push(row);
        }
        token
    }

    /// A checker at a point; her token.
    fn checker(&mut self, number: usize, point: &PointId, at: Instant) -> String {
        let account = format!("checker-{number}");
        self.account(&account, "staff", at);
        let (token, mut row) = session(&account, "checker", at);
        row.push(text(point.as_str()));
        self.staff.push(row);
        token
    }

    fn account(&mut self, account: &str, kind: &str, at: Instant) {
        let forget = Cell::Int(i64::from(forget_on(at, retention::DEVICE_SESSION).0));
        self.accounts.push(vec![text(account), text(kind), text(""), Cell::Int(at.micros()), forget]);
    }

    async fn store(self, app: &App) -> Result<(), StoreFault> {
        const ACCOUNT: &[&str] = &["account", "kind", "label", "created_at", "forget_on"];
        const DEVICE: &[&str] = &["token_hash", "account", "role", "created_at", "expires_at", "forget_on"];
        const STAFF: &[&str] =
            &["token_hash", "account", "role", "created_at", "expires_at", "forget_on", "point"];
        const ACTING: &[&str] = &["account", "person", "relation", "since", "forget_on"];
        let tables = [
            ("account", ACCOUNT, self.accounts),
            ("session", DEVICE, self.devices),
            ("session", STAFF, self.staff),
            ("acts_for", ACTING, self.acting),
        ];
        for (table, columns, rows) in tables {
            let mut rows = rows.into_iter().peekable();
            while rows.peek().is_some() {
                let some = Mutex::new(rows.by_ref().take(ROWS).collect());
                app.store.write(SomeRows { table, columns, rows: some }).await?;
            }
        }
        Ok(())
    }
}

/// The token of a session, and its row.
fn session(account: &str, role: &str, at: Instant) -> (String, Vec<Cell>) {
    // As long as a drawn token. Nothing but this throw-away city is behind it.
    let token = format!("{account:0>64}");
    let (created, expires) = (Cell::Int(at.micros()), Cell::Int(at.plus_days_of_24h(1).micros()));
    let forget = Cell::Int(i64::from(forget_on(at, 2).0));
    let row =
        vec![Cell::Bytes(hash_token(&token).to_vec()), text(account), text(role), created, expires, forget];
    (token, row)
}

/// Rows of one table.
pub struct SomeRows {
    pub table: &'static str,
    pub columns: &'static [&'static str],
    pub rows: Mutex<Cells>,
}

impl Act for SomeRows {
    type Out = ();
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<(), StoreFault> {
        let rows = std::mem::take(&mut *self.rows.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        bulk::insert(tx, self.table, self.columns, rows).await
    }
}
